// The first difference of two captures and its cause. The captures are made by a second, plain
// implementation of the chip with one fault built in, on random networks; what is expected is the
// fault, and the place where a direct comparison of the two runs finds it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/diagnose/capture_diff.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

constexpr std::uint32_t steps = 400;
enum Index : std::uint32_t { in, hidden, out };

std::int32_t random_in(Random& random, std::int64_t low, std::int64_t high) {
  return static_cast<std::int32_t>(
      low + static_cast<std::int64_t>(random.index(static_cast<std::uint64_t>(high - low + 1))));
}

// 8 inputs, 12 recurrent neurons, 3 readouts; all parameters random, delays 0 .. 9. A third has
// refractory periods and a third biases; in -> hidden has an exponent of -2, 0 or 1.
ChipNetwork random_network(std::uint64_t seed) {
  Random random(seed, "divergence/network");
  ChipNetwork network;
  network.populations = {{"in", Model::input, 0, 8},
                         {"hidden", Model::cuba_lif, 8, 12},
                         {"out", Model::cuba_li, 20, 3}};
  for (NeuronId n = 0; n < 23; ++n) {
    loihi2::CubaLif neuron;
    neuron.du = random_in(random, 300, 1500);
    neuron.dv = random_in(random, 60, 400);
    neuron.vth = random_in(random, 300, 1200);
    if (random.index(3) == 0) neuron.refractory_delay = random_in(random, 2, 12);
    if (random.index(3) == 0) neuron.bias_mantissa = random_in(random, -300, 900);
    network.neurons.push_back(neuron);
  }
  constexpr std::array exponents = {-2, 0, 1};
  const auto connect = [&](Index source, Index target, int exponent, int message_bits) {
    ChipProjection p;
    p.name = network.populations[source].name + "->" + network.populations[target].name;
    p.source = source;
    p.target = target;
    p.format = {SignMode::mixed, 8, exponent};
    p.message_bits = message_bits;
    for (std::uint32_t s = 0; s < network.populations[source].size; ++s)
      for (std::uint32_t t = 0; t < network.populations[target].size; ++t)
        p.synapses.push_back({s, t, static_cast<std::int16_t>(2 * random_in(random, -50, 100)),
                              static_cast<std::uint8_t>(random_in(random, 0, 9))});
    network.projections.push_back(std::move(p));
  };
  connect(in, hidden, exponents[random.index(3)], 8);
  connect(hidden, hidden, 0, 0);
  connect(hidden, out, 0, 0);
  return network;
}

std::vector<ChipSpike> random_inputs(std::uint64_t seed) {
  Random random(seed, "divergence/inputs");
  std::vector<ChipSpike> inputs;
  for (std::uint32_t t = 0; t < steps; ++t)
    for (NeuronId n = 0; n < 8; ++n)
      if (random.index(12) == 0) inputs.push_back({t, n, random_in(random, 1, 3)});
  return inputs;
}

// A chip that is not quite right.
struct Fault {
  std::function<std::int64_t(std::int64_t x, std::int64_t d)> decay = [](auto x, auto d) {
    return x * (4096 - d) / 4096;  // C++ divides toward zero
  };
  std::function<std::int64_t(std::int64_t)> u_register = [](std::int64_t x) {
    while (x > 1 << 23) x -= 1 << 24;
    while (x <= -(1 << 23)) x += 1 << 24;
    return x;
  };
  std::function<std::int64_t(std::int64_t)> v_register = [](std::int64_t x) {
    return std::clamp<std::int64_t>(x, 1 - (1 << 23), (1 << 23) - 1);
  };
  std::function<bool(std::int64_t v, std::int64_t threshold)> fires = [](auto v, auto threshold) {
    return v > threshold;
  };
  std::function<std::int64_t(std::int64_t v, std::int64_t threshold)> reset = [](auto, auto) {
    return 0;
  };
  bool clears_u = false, shows_counter = false;
  std::uint32_t latency = 1;
  // The message of this step to this neuron does not arrive.
  std::uint32_t lost_step = steps;
  NeuronId lost_source = 0, lost_target = 0;
};

Capture run_plainly(const ChipNetwork& network, const std::vector<ChipSpike>& inputs,
                    const Fault& fault = {}) {
  const std::size_t neurons = network.neurons.size();
  std::vector<std::vector<std::int64_t>> a(neurons, std::vector<std::int64_t>(steps + 80, 0));
  std::vector<std::int64_t> u(neurons, 0), v(neurons, 0);
  std::vector<int> held(neurons, 0);
  Capture capture;
  capture.steps = steps;
  for (const ChipPopulation& p : network.populations) {
    CapturedPopulation population{p.name, std::vector<CapturedNeuron>(p.size), 0, steps};
    for (CapturedNeuron& n : population.neurons) {
      n.messages.assign(steps, 0);
      if (p.model == ChipModel::input) continue;
      n.u.assign(steps, 0);
      n.v.assign(steps, 0);
    }
    capture.populations.push_back(std::move(population));
  }
  const auto record = [&](NeuronId n) -> CapturedNeuron& {
    const std::uint32_t p = network.population_of(n);
    return capture.populations[p].neurons[n - network.populations[p].first];
  };
  // Of each projection and delay a sum of its own, shifted as one.
  std::map<std::tuple<std::uint32_t, std::size_t, std::uint8_t, NeuronId>, std::int64_t> slots;
  std::size_t next = 0;
  for (std::uint32_t t = 0; t < steps; ++t) {
    for (auto at = slots.begin(); at != slots.end() && std::get<0>(at->first) == t;
         at = slots.erase(at)) {
      const int e = network.projections[std::get<1>(at->first)].format.exponent;
      a[std::get<3>(at->first)][t] +=
          static_cast<std::int64_t>(std::floor(std::ldexp(static_cast<double>(at->second), e)));
    }
    std::vector<std::pair<NeuronId, std::int32_t>> sent;
    for (; next < inputs.size() && inputs[next].step == t; ++next)
      sent.emplace_back(inputs[next].neuron, inputs[next].payload);
    for (NeuronId n = 8; n < neurons; ++n) {
      const loihi2::CubaLif& c = network.neurons[n];
      const std::int64_t threshold = 64 * std::int64_t{c.vth};
      u[n] = fault.u_register(fault.decay(u[n], c.du + 1) + 64 * a[n][t]);
      v[n] = fault.v_register(fault.decay(v[n], c.dv) + u[n] + c.bias_mantissa);
      if (held[n] > 0) --held[n];
      if (held[n] > 0) {
        v[n] = 0;
      } else if (n < 20 && fault.fires(v[n], threshold)) {
        sent.emplace_back(n, 1);
        v[n] = fault.reset(v[n], threshold);
        held[n] = c.refractory_delay;
        if (fault.clears_u) u[n] = 0;
      }
      record(n).u[t] = static_cast<std::int32_t>(u[n]);
      record(n).v[t] =
          fault.shows_counter && held[n] > 0 ? 128 * held[n] : static_cast<std::int32_t>(v[n]);
    }
    for (const auto& [source, payload] : sent) {
      record(source).messages[t] = payload;
      for (std::size_t k = 0; k < network.projections.size(); ++k) {
        const ChipProjection& p = network.projections[k];
        for (const ChipSynapse& s : p.synapses) {
          if (network.populations[p.source].first + s.source != source) continue;
          const NeuronId target = network.populations[p.target].first + s.target;
          if (t == fault.lost_step && source == fault.lost_source && target == fault.lost_target)
            continue;
          slots[{t + fault.latency + s.delay, k, s.delay, target}] +=
              s.weight * (p.message_bits > 0 ? payload : 1);
        }
      }
    }
  }
  return capture;
}

struct Place {
  std::uint32_t step = steps, population = 0, neuron = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

Place first_difference(const Capture& a, const Capture& b) {
  Place first;
  for (std::uint32_t p = 0; p < a.populations.size(); ++p)
    for (std::uint32_t n = 0; n < a.populations[p].neurons.size(); ++n) {
      const CapturedNeuron &x = a.populations[p].neurons[n], &y = b.populations[p].neurons[n];
      for (std::uint32_t t = 0; t < first.step; ++t)
        if (x.messages[t] != y.messages[t] ||
            (!x.u.empty() && (x.u[t] != y.u[t] || x.v[t] != y.v[t])))
          first = std::min(first, Place{t, p, n});
    }
  return first;
}

struct Tried {
  int effective = 0;  // seeds in which the fault showed
  int explained = 0;  // of those, named right
};

// Runs `seeds` networks with and without a fault; `inject` may change the network, the inputs and
// the chip of side B, and returns the synapse that it changed, if it was one. The place has to be
// right always, and so has who is wrong.
using Inject = std::function<std::optional<SynapseRef>(Random&, ChipNetwork&,
                                                       std::vector<ChipSpike>&, Fault&)>;
Tried try_fault(const char* what, Cause cause, const Inject& inject, int seeds = 40,
                const std::function<void(Random&, ChipNetwork&)>& prepare = {}) {
  Tried tried;
  for (std::uint64_t seed = 1; seed <= static_cast<std::uint64_t>(seeds); ++seed) {
    Random random(seed, what);
    ChipNetwork network = random_network(seed);
    if (prepare) prepare(random, network);
    const std::vector<ChipSpike> inputs = random_inputs(seed);
    ChipNetwork other = network;
    std::vector<ChipSpike> other_inputs = inputs;
    Fault fault;
    const std::optional<SynapseRef> changed = inject(random, other, other_inputs, fault);
    std::sort(other_inputs.begin(), other_inputs.end());
    const Capture right = run_plainly(network, inputs),
                  wrong = run_plainly(other, other_inputs, fault);
    const Place place = first_difference(right, wrong);
    if (place.step == steps) continue;
    ++tried.effective;
    const CaptureDiff diff = compare({right, &network}, {wrong, &network});
    INFO(what << ", seed " << seed);
    REQUIRE(diff.first);
    CHECK(Place{diff.first->step, diff.first->population, diff.first->neuron} == place);
    CHECK_FALSE(diff.first->wrong_a);
    CHECK_FALSE(diff.broken_a);
    CHECK(diff.checked_a);
    const bool of_input = place.population == in;
    CHECK(diff.first->wrong_b == !of_input);
    CHECK(diff.broken_b.has_value() == !of_input);
    if (!of_input) CHECK(diff.broken_b->step == place.step);
    REQUIRE(diff.first->why.size() == 1);
    const Explanation& why = diff.first->why[0];
    INFO(name(why.cause) << ": " << why.text << " (" << why.explained << " of " << why.steps
                         << ")");
    const bool right_cause = why.cause == cause;
    const bool right_synapse =
        !changed || std::count(why.synapses.begin(), why.synapses.end(), *changed) == 1;
    tried.explained += right_cause && right_synapse;
    CHECK(right_cause);
    CHECK(right_synapse);
    if (changed) CHECK(why.synapses.size() <= 2);
  }
  UNSCOPED_INFO(what << ": " << tried.effective << " effective");
  return tried;
}

SynapseRef any_synapse(Random& random, const ChipNetwork& network) {
  const auto p = static_cast<std::uint32_t>(random.index(network.projections.size()));
  return {p, static_cast<std::uint32_t>(random.index(network.projections[p].synapses.size()))};
}
ChipSynapse& at(ChipNetwork& network, const SynapseRef& r) {
  return network.projections[r.projection].synapses[r.synapse];
}
NeuronId any_neuron(Random& random) { return 8 + static_cast<NeuronId>(random.index(15)); }
NeuronId any_firing(Random& random) { return 8 + static_cast<NeuronId>(random.index(12)); }

}  // namespace

TEST_CASE("diff: the plain chip of this test is the emulator, and equal runs are equal",
          "[loihi2]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ChipNetwork network = random_network(seed);
    TraceOptions traced;
    for (NeuronId n = 8; n < 23; ++n) traced.neurons.push_back(n);
    const Emulation emulation =
        Emulator(network).run(random_inputs(seed), steps, {.readout = {}, .trace = traced});
    const CaptureDiff diff = compare({captured(network, emulation, traced), &network},
                                     {run_plainly(network, random_inputs(seed)), &network});
    CHECK_FALSE(diff.first);
    CHECK_FALSE(diff.broken_a);
    CHECK_FALSE(diff.broken_b);
    CHECK((diff.checked_a && diff.checked_b));
    REQUIRE(diff.populations.size() == 3);
    CHECK(diff.populations[hidden].u == 12 * steps);
    CHECK(diff.populations[out].v == 3 * steps);
    CHECK(diff.populations[in].messages == 8 * steps);
    CHECK(emulation.populations[hidden].spikes > 30);
  }
}

TEST_CASE("diff: a record that begins later follows the rules from there on", "[loihi2]") {
  // Steps counted from 3 on: with a bias V would have risen in the steps before.
  ChipNetwork network = random_network(1);
  for (loihi2::CubaLif& neuron : network.neurons) {
    neuron.bias_mantissa = 7;
    neuron.bias_exponent = 0;
  }
  Capture capture = run_plainly(network, random_inputs(1));
  for (CapturedPopulation& p : capture.populations) {
    for (CapturedNeuron& n : p.neurons)
      for (auto* list : {&n.messages, &n.u, &n.v})
        if (!list->empty()) list->insert(list->begin(), 3, 0);
    p.begin += 3;
    p.end += 3;
  }
  capture.steps += 3;
  REQUIRE(capture.populations[hidden].neurons[0].v.at(3) == 7);
  const CaptureDiff diff = compare({capture, &network}, {capture, &network});
  CHECK_FALSE(diff.first);
  CHECK_FALSE(diff.broken_a);
  CHECK(diff.checked_a);
}

TEST_CASE("diff: another weight is found, with its synapse", "[loihi2]") {
  const Tried tried =
      try_fault("weight", Cause::weight, [](Random& random, ChipNetwork& network, auto&, auto&) {
        const SynapseRef r = any_synapse(random, network);
        at(network, r).weight =
            static_cast<std::int16_t>(at(network, r).weight + (random.index(2) ? 8 : -8));
        return std::optional(r);
      });
  CHECK(tried.effective > 30);
}

TEST_CASE("diff: a synapse that is not there is found", "[loihi2]") {
  const Tried tried =
      try_fault("synapse", Cause::weight, [](Random& random, ChipNetwork& network, auto&, auto&) {
        const SynapseRef r = any_synapse(random, network);
        at(network, r).weight = 0;
        return std::optional(r);
      });
  CHECK(tried.effective > 30);
}

TEST_CASE("diff: a delay that is longer or shorter is found, with its synapse", "[loihi2]") {
  const Tried tried =
      try_fault("delay", Cause::delay, [](Random& random, ChipNetwork& network, auto&, auto&) {
        const SynapseRef r = any_synapse(random, network);
        auto& delay = at(network, r).delay;
        delay = static_cast<std::uint8_t>(
            delay > 2 && random.index(2) ? delay - 2 : delay + 1 + random.index(3));
        return std::optional(r);
      });
  CHECK(tried.effective > 30);
}

TEST_CASE("diff: a message that did not arrive once is found", "[loihi2]") {
  const Tried tried = try_fault("lost", Cause::lost_delivery,
                                [](Random& random, ChipNetwork&, auto& inputs, Fault& fault) {
                                  const ChipSpike& spike = inputs[random.index(inputs.size() / 2)];
                                  fault.lost_step = spike.step;
                                  fault.lost_source = spike.neuron;
                                  fault.lost_target = 8 + static_cast<NeuronId>(random.index(12));
                                  return std::optional<SynapseRef>();
                                });
  CHECK(tried.effective > 30);
}

TEST_CASE("diff: another weight exponent is found", "[loihi2]") {
  const Tried tried = try_fault("exponent", Cause::weight_exponent,
                                [](Random& random, ChipNetwork& network, auto&, auto&) {
                                  network.projections[random.index(3)].format.exponent += 1;
                                  return std::optional<SynapseRef>();
                                });
  CHECK(tried.effective > 30);
}

TEST_CASE("diff: ignored payloads are found", "[loihi2]") {
  const Tried tried =
      try_fault("payload", Cause::payload, [](Random&, ChipNetwork& network, auto&, auto&) {
        network.projections[0].message_bits = 0;
        return std::optional<SynapseRef>();
      });
  CHECK(tried.effective == 40);
}

TEST_CASE("diff: decays that are off by one are found", "[loihi2]") {
  CHECK(try_fault("du", Cause::u_decay, [](Random& random, ChipNetwork& network, auto&, auto&) {
          network.neurons[any_neuron(random)].du += random.index(2) ? 1 : -1;
          return std::optional<SynapseRef>();
        }).effective > 30);
  CHECK(try_fault("dv", Cause::v_decay, [](Random& random, ChipNetwork& network, auto&, auto&) {
          network.neurons[any_neuron(random)].dv += random.index(2) ? 1 : -1;
          return std::optional<SynapseRef>();
        }).effective > 30);
}

TEST_CASE("diff: decays that round down or to the nearest are found", "[loihi2]") {
  CHECK(try_fault("floor", Cause::decay_rounding, [](Random&, ChipNetwork&, auto&, Fault& fault) {
          fault.decay = [](std::int64_t x, std::int64_t d) {
            return static_cast<std::int64_t>(
                std::floor(static_cast<double>(x * (4096 - d)) / 4096.0));
          };
          return std::optional<SynapseRef>();
        }).effective == 40);
  CHECK(try_fault("nearest", Cause::decay_rounding, [](Random&, ChipNetwork&, auto&, Fault& fault) {
          fault.decay = [](std::int64_t x, std::int64_t d) {
            return static_cast<std::int64_t>(
                std::floor(static_cast<double>(x * (4096 - d)) / 4096.0 + 0.5));
          };
          return std::optional<SynapseRef>();
        }).effective == 40);
}

TEST_CASE("diff: another overflow of u or v is found", "[loihi2]") {
  const auto strong = [](Random&, ChipNetwork& network) {
    for (ChipProjection& p : network.projections) p.format.exponent = 7;
    for (loihi2::CubaLif& n : network.neurons) n.vth = vth_limit, n.du = 100, n.dv = 20;
  };
  const auto wrapped = [](std::int64_t x) {
    return ((x + (1 << 23)) & ((1 << 24) - 1)) - (1 << 23);
  };
  const auto saturated = [](std::int64_t x) {
    return std::clamp<std::int64_t>(x, 1 - (1 << 23), (1 << 23) - 1);
  };
  CHECK(try_fault(
            "u saturates", Cause::u_overflow,
            [&](Random&, ChipNetwork&, auto&, Fault& fault) {
              fault.u_register = saturated;
              return std::optional<SynapseRef>();
            },
            20, strong)
            .effective > 10);
  CHECK(try_fault(
            "v wraps", Cause::v_overflow,
            [&](Random&, ChipNetwork&, auto&, Fault& fault) {
              fault.v_register = wrapped;
              return std::optional<SynapseRef>();
            },
            20, strong)
            .effective > 10);
}

TEST_CASE("diff: two's complement of u is told from Lava's wrap by the one value where they differ",
          "[loihi2]") {
  // u reaches 2^23 exactly: 255 x 2^7 x 64 is 2^21 - 2^13, so four of them and a rest.
  ChipNetwork network;
  network.populations = {{"in", Model::input, 0, 1}, {"n", Model::cuba_li, 1, 1}};
  network.neurons = {{}, {.du = 4095, .dv = 4095}};
  network.projections = {{"in->n", 0, 1, {SignMode::mixed, 8, 7}, {}, {}, 8}};
  network.projections[0].synapses = {{0, 0, 128, 0}};
  const std::vector<ChipSpike> inputs = {{1, 0, 1}, {5, 0, 8}};
  const auto run = [&](Overflow u) {
    const TraceOptions traced{{1}};
    return captured(network, Emulator(network, {.u = u}).run(inputs, 20, {{}, traced}), traced);
  };
  const CaptureDiff diff =
      compare({run(Overflow::lava_wrap), &network}, {run(Overflow::twos_complement), &network});
  REQUIRE(diff.first);
  CHECK(diff.first->step == 6);
  CHECK(diff.first->wrong_b);
  CHECK(diff.first->why.at(0).cause == Cause::u_overflow);
  CHECK_THAT(diff.first->why[0].text, Catch::Contains("twos_complement"));
}

TEST_CASE("diff: a threshold that is reached and not exceeded is found", "[loihi2]") {
  // v = a multiple of 64 without leak, so that it meets the threshold often.
  const auto whole = [](Random& random, ChipNetwork& network) {
    for (loihi2::CubaLif& n : network.neurons) {
      n = {.du = 4095, .dv = 0, .vth = random_in(random, 5, 20) * 8, .bias_mantissa = 0};
    }
    for (ChipProjection& p : network.projections) {
      p.format.exponent = 0;
      for (ChipSynapse& s : p.synapses) s.weight = static_cast<std::int16_t>(s.weight / 8 * 8);
    }
  };
  CHECK(try_fault(
            ">=", Cause::threshold_comparison,
            [](Random&, ChipNetwork&, auto&, Fault& fault) {
              fault.fires = [](std::int64_t v, std::int64_t threshold) { return v >= threshold; };
              return std::optional<SynapseRef>();
            },
            40, whole)
            .effective > 30);
}

TEST_CASE("diff: another threshold, bias or refractory delay is found", "[loihi2]") {
  CHECK(try_fault("vth", Cause::threshold, [](Random& random, ChipNetwork& network, auto&, auto&) {
          network.neurons[any_firing(random)].vth += random.index(2) ? 60 : -60;
          return std::optional<SynapseRef>();
        }).effective > 20);
  CHECK(try_fault("bias", Cause::bias, [](Random& random, ChipNetwork& network, auto&, auto&) {
          network.neurons[any_neuron(random)].bias_mantissa += random.index(2) ? 1 : -1;
          return std::optional<SynapseRef>();
        }).effective == 40);
  CHECK(try_fault("refractory", Cause::refractory,
                  [](Random& random, ChipNetwork& network, auto&, auto&) {
                    auto& delay = network.neurons[any_firing(random)].refractory_delay;
                    delay = delay > 1 && random.index(2) ? delay - 1 : delay + 1;
                    return std::optional<SynapseRef>();
                  })
            .effective > 20);
}

TEST_CASE("diff: another reset is found", "[loihi2]") {
  CHECK(try_fault("subtracts", Cause::reset, [](Random&, ChipNetwork&, auto&, Fault& fault) {
          fault.reset = [](std::int64_t v, std::int64_t threshold) { return v - threshold; };
          return std::optional<SynapseRef>();
        }).effective == 40);
  CHECK(try_fault("clears u", Cause::reset, [](Random&, ChipNetwork&, auto&, Fault& fault) {
          fault.clears_u = true;
          return std::optional<SynapseRef>();
        }).effective == 40);
}

TEST_CASE("diff: an input that is missing, added, moved or of another payload is found",
          "[loihi2]") {
  CHECK(try_fault("missing", Cause::input_missing, [](Random& random, auto&, auto& inputs, auto&) {
          inputs.erase(inputs.begin() + static_cast<std::ptrdiff_t>(random.index(inputs.size())));
          return std::optional<SynapseRef>();
        }).effective == 40);
  CHECK(try_fault("payload of input", Cause::input_payload,
                  [](Random& random, auto&, auto& inputs, auto&) {
                    inputs[random.index(inputs.size())].payload += 1;
                    return std::optional<SynapseRef>();
                  })
            .effective == 40);
  const auto is_free = [](const std::vector<ChipSpike>& inputs, std::uint32_t step, NeuronId n) {
    return std::none_of(inputs.begin(), inputs.end(),
                        [&](const ChipSpike& s) { return s.step == step && s.neuron == n; });
  };
  CHECK(try_fault("extra", Cause::input_extra, [&](Random& random, auto&, auto& inputs, auto&) {
          ChipSpike added{static_cast<std::uint32_t>(random.index(steps)), 3, 1};
          while (!is_free(inputs, added.step, 3)) ++added.step;
          inputs.push_back(added);
          return std::optional<SynapseRef>();
        }).effective == 40);
  CHECK(try_fault("moved", Cause::input_shifted, [&](Random& random, auto&, auto& inputs, auto&) {
          ChipSpike& moved = inputs[random.index(inputs.size() / 2)];
          const std::uint32_t by = 1 + static_cast<std::uint32_t>(random.index(3));
          if (is_free(inputs, moved.step + by, moved.neuron)) moved.step += by;
          return std::optional<SynapseRef>();
        }).effective > 30);
}

TEST_CASE("diff: a register that shows the refractory counter is a convention", "[loihi2]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ChipNetwork network = random_network(seed);
    Fault shows;
    shows.shows_counter = true;
    const Capture plain = run_plainly(network, random_inputs(seed)),
                  counting = run_plainly(network, random_inputs(seed), shows);
    for (const ChipNetwork* known : {&network, static_cast<const ChipNetwork*>(nullptr)}) {
      const CaptureDiff diff = compare({plain, known}, {counting, known});
      CHECK_FALSE(diff.first);
      CHECK_FALSE(diff.broken_b);
      CHECK(diff.populations[hidden].counters > 30);
    }
    // And it hides nothing: a fault is found through it.
    ChipNetwork faulty = network;
    faulty.neurons[any_neuron(*std::make_unique<Random>(seed, "counter"))].bias_mantissa += 1;
    const Capture wrong = run_plainly(faulty, random_inputs(seed), shows);
    const CaptureDiff diff = compare({plain, &network}, {wrong, &network});
    REQUIRE(diff.first);
    CHECK(diff.first->why.at(0).cause == Cause::bias);
  }
}

TEST_CASE("diff: steps that count from another number, or layers that run later, are a shift",
          "[loihi2]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ChipNetwork network = random_network(seed);
    std::vector<ChipSpike> inputs = random_inputs(seed);
    std::erase_if(inputs, [](const ChipSpike& s) { return s.step > steps - 30; });
    const Capture plain = run_plainly(network, inputs);
    const auto later = [](const Capture& capture, std::vector<std::uint32_t> by) {
      Capture result = capture;
      for (std::size_t p = 0; p < by.size(); ++p) {
        for (CapturedNeuron& n : result.populations[p].neurons)
          for (auto* list : {&n.messages, &n.u, &n.v})
            if (!list->empty()) list->insert(list->begin(), by[p], 0);
        result.populations[p].end += by[p];
      }
      result.steps += 3;
      return result;
    };
    for (const auto& by : {std::vector<std::uint32_t>{1, 1, 1}, {0, 1, 2}, {3, 3, 3}}) {
      const Capture moved = later(plain, by);
      for (const ChipNetwork* known : {&network, static_cast<const ChipNetwork*>(nullptr)}) {
        const CaptureDiff diff = compare({plain, known}, {moved, known});
        CHECK_FALSE(diff.first);
        for (std::size_t p = 0; p < by.size(); ++p)
          CHECK(diff.populations[p].shift == static_cast<std::int32_t>(by[p]));
        const CaptureDiff reverse = compare({moved, known}, {plain, known});
        CHECK_FALSE(reverse.first);
        for (std::size_t p = 0; p < by.size(); ++p)
          CHECK(reverse.populations[p].shift == -static_cast<std::int32_t>(by[p]));
      }
    }
    // A fault behind a shift is found, in the steps of each side.
    ChipNetwork faulty = network;
    Random random(seed, "behind a shift");
    const SynapseRef r = any_synapse(random, network);
    at(faulty, r).weight = static_cast<std::int16_t>(at(faulty, r).weight + 8);
    const Capture wrong = run_plainly(faulty, inputs);
    const Place place = first_difference(plain, wrong);
    if (place.step == steps) continue;
    const CaptureDiff diff = compare({plain, &network}, {later(wrong, {1, 1, 1}), &network});
    REQUIRE(diff.first);
    CHECK(diff.first->step == place.step);
    CHECK(diff.first->step_b == place.step + 1);
    // What arrives in that step on either side was sent in the same steps, each on its own count.
    REQUIRE(diff.first->deliveries_a.size() == diff.first->deliveries_b.size());
    for (std::size_t k = 0; k < diff.first->deliveries_a.size(); ++k)
      CHECK(diff.first->deliveries_b[k].sent == diff.first->deliveries_a[k].sent + 1);
    CHECK(diff.first->why.at(0).cause == Cause::weight);
    CHECK(diff.first->why[0].synapses.at(0) == r);
  }
}

TEST_CASE("diff: without u, or with spikes alone, a fault is still told where it can be",
          "[loihi2]") {
  int weights = 0, changed = 0, thresholds = 0, eager_ones = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const ChipNetwork network = random_network(seed);
    const Capture right = run_plainly(network, random_inputs(seed));
    const auto without_u = [](Capture capture) {
      for (auto& p : capture.populations)
        for (auto& n : p.neurons) n.u.clear();
      return capture;
    };
    const auto spikes_only = [&](Capture capture) {
      capture = without_u(capture);
      for (auto& p : capture.populations)
        for (auto& n : p.neurons) n.v.clear();
      return capture;
    };
    Random random(seed, "partial");
    ChipNetwork faulty = network;
    const SynapseRef r = any_synapse(random, network);
    at(faulty, r).weight = static_cast<std::int16_t>(at(faulty, r).weight + 20);
    const Capture wrong = run_plainly(faulty, random_inputs(seed));
    if (first_difference(right, wrong).step < steps) {
      const CaptureDiff diff = compare({right, &network}, {without_u(wrong), &network});
      if (!diff.first) continue;  // a refractory period hides it in v
      const Explanation& why = diff.first->why.at(0);
      // A spike that is there or not bounds the weight and does not tell it.
      changed += !diff.first->messages_differ;
      weights += why.cause == Cause::weight &&
                 std::count(why.synapses.begin(), why.synapses.end(), r) == 1;
      CHECK_FALSE(diff.first->wrong_a);
      CHECK(diff.first->wrong_b);
    }
    ChipNetwork lower = network;
    lower.neurons[any_firing(random)].vth -= 100;
    const Capture eager = run_plainly(lower, random_inputs(seed));
    const CaptureDiff diff =
        compare({spikes_only(right), &network}, {spikes_only(eager), &network});
    if (!diff.first) continue;
    CHECK(diff.first->wrong_b);
    ++eager_ones;
    thresholds += diff.first->why.at(0).cause == Cause::threshold;
  }
  CHECK(changed > 15);
  CHECK(weights == changed);
  CHECK(eager_ones > 10);
  CHECK(thresholds == eager_ones);
}

namespace {

// Neurons of one population, of which nothing is known but these.
Capture by_hand(std::vector<CapturedNeuron> neurons, std::uint32_t length) {
  Capture capture;
  capture.steps = length;
  capture.populations.push_back({"n", std::move(neurons), 0, length});
  return capture;
}
CapturedNeuron firing(std::uint32_t length, const std::vector<std::uint32_t>& at) {
  CapturedNeuron neuron;
  neuron.messages.assign(length, 0);
  for (const std::uint32_t t : at) neuron.messages[t] = 1;
  return neuron;
}
CapturedNeuron showing(std::vector<std::int32_t> u, std::vector<std::int32_t> v) {
  CapturedNeuron neuron;
  neuron.u = std::move(u);
  neuron.v = std::move(v);
  return neuron;
}

}  // namespace

TEST_CASE("diff: without a network a spike of one side says where the other's nearest is",
          "[loihi2]") {
  const auto why = [](const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
    const CaptureDiff diff =
        compare({by_hand({firing(20, a)}, 20), nullptr}, {by_hand({firing(20, b)}, 20), nullptr});
    REQUIRE(diff.first);
    return diff.first->why.at(0).text;
  };
  // Both fire in step 1, so that neither is shifted.
  CHECK_THAT(why({1, 9}, {1, 11}),
             Catch::Contains("only side A fires; the nearest spike of side B is 2 steps later"));
  CHECK_THAT(why({1, 11}, {1, 9}),
             Catch::Contains("only side B fires; the nearest spike of side A is 2 steps later"));
  CHECK_THAT(why({1, 4}, {1}),
             Catch::Contains("only side A fires; the nearest spike of side B is 3 steps earlier"));
}

TEST_CASE("diff: without a network a v that differs by 1 is one of rounding where u is the same",
          "[loihi2]") {
  const auto cause = [](const std::vector<std::int32_t>& u) {
    const CaptureDiff diff = compare({by_hand({showing(u, {0, 10, 20})}, 3), nullptr},
                                     {by_hand({showing(u, {0, 10, 21})}, 3), nullptr});
    REQUIRE(diff.first);
    CHECK(diff.first->step == 2);
    return diff.first->why.at(0).cause;
  };
  CHECK(cause({0, 10, 12}) == Cause::decay_rounding);
  CHECK(cause({}) == Cause::bias);  // u may have differed by as much before
}

TEST_CASE("diff: a v that looks like a refractory counter is none unless it counts", "[loihi2]") {
  const auto first = [](const std::vector<std::int32_t>& b) {
    return compare({by_hand({showing({}, {0, 0, 0, 0, 0})}, 5), nullptr},
                   {by_hand({showing({}, b)}, 5), nullptr})
        .first;
  };
  // Nobody has fired.
  const auto found = first({0, 3 * refractory_unit, 2 * refractory_unit, refractory_unit, 0});
  REQUIRE(found);
  CHECK(found->step == 1);
  CHECK(found->v_differs);
}

TEST_CASE("diff: a shift is one of four fifths of the neurons that makes the rest agree",
          "[loihi2]") {
  const auto shift = [](const std::vector<CapturedNeuron>& a,
                        const std::vector<CapturedNeuron>& b) {
    return shift_of(by_hand(a, 40).populations[0], by_hand(b, 40).populations[0],
                    static_cast<std::uint32_t>(a.size()));
  };
  const CapturedNeuron busy = firing(40, {3, 7, 12, 16, 21, 25}),
                       later = firing(40, {4, 8, 13, 17, 22, 26}), once = firing(40, {5});
  CHECK(shift({busy, busy, busy, busy, once}, {later, later, later, later, once}) == 1);
  // Three of four and one of two are too few, though most of what differs would be gone.
  CHECK(shift({busy, busy, busy, once}, {later, later, later, once}) == 0);
  CHECK(shift({busy, once}, {later, once}) == 0);
  // All neurons begin a step later, and go on as before.
  CHECK(shift({firing(40, {3, 12, 16, 21})}, {firing(40, {4, 12, 16, 21})}) == 0);
}

TEST_CASE("diff: two networks that are followed differ by what differs in them", "[loihi2]") {
  const ChipNetwork network = random_network(5);
  ChipNetwork other = network;
  const std::uint32_t synapse = 12 * 3 + 4;
  other.projections[0].synapses[synapse].weight = -200;
  const CaptureDiff diff = compare({run_plainly(network, random_inputs(5)), &network},
                                   {run_plainly(other, random_inputs(5)), &other});
  REQUIRE(diff.first);
  CHECK_FALSE(diff.broken_a);
  CHECK_FALSE(diff.broken_b);
  CHECK(diff.first->why.at(0).cause == Cause::networks_differ);
  CHECK(diff.first->why[0].synapses == std::vector<SynapseRef>{{0, synapse}});

  // A synapse that only one side has, whichever.
  ChipNetwork less = network;
  less.projections[0].synapses.erase(less.projections[0].synapses.begin() + synapse);
  for (const bool first_has : {true, false}) {
    CAPTURE(first_has);
    const ChipNetwork &x = first_has ? other : less, &y = first_has ? less : other;
    const CaptureDiff one =
        compare({run_plainly(x, random_inputs(5)), &x}, {run_plainly(y, random_inputs(5)), &y});
    REQUIRE(one.first);
    CHECK(one.first->why.at(0).cause == Cause::networks_differ);
  }
}

TEST_CASE("diff: captures without anything in common, or larger than the network, are refused",
          "[loihi2]") {
  const ChipNetwork network = random_network(1);
  const Capture capture = run_plainly(network, random_inputs(1));
  Capture renamed = capture;
  for (CapturedPopulation& p : renamed.populations) p.name += "2";
  CHECK_THROWS_AS(compare({capture}, {renamed}), NetworkError);
  Capture larger = capture;
  larger.populations[hidden].neurons.resize(40);
  CHECK_THROWS_WITH(compare({larger, &network}, {capture, &network}),
                    Catch::Contains("neuron 39") && Catch::Contains("12 neurons"));
}
