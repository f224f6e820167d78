// Gradients of every kind against central differences in 40 digits: all parameters and input times
// of recurrent networks, all losses, compared to twelve digits.
//
// The reference is a simulator of its own: 40-digit arithmetic, one event after the other, the
// equations of engine/neuron/cuba_lif.hpp as they stand there and losses as adjoint/loss.hpp
// defines them; it shares no code with the engine. Differences with a step of 1e-14 are exact to
// twenty digits.
#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/gradcheck.hpp>
#include <retrograde/engine/batch.hpp>
#include <retrograde/engine/sequential.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;

namespace {

using Wide = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<40>>;

// A network and a trial as numbers that can be nudged one by one: parameters first, input times
// after them.
struct Knobs {
  std::vector<Wide> parameters, input_times;
};

struct Result {
  std::vector<NeuronId> neurons;  // who fired, in order
  std::vector<Wide> times;
  std::vector<Wide> integrals;  // per neuron, of e^(-t/tau_weight) V
};

class WideSimulator {
 public:
  WideSimulator(const Network& network, const Trial& trial, double tau_weight)
      : network_(network),
        trial_(trial),
        rate_(tau_weight == never ? Wide(0) : Wide(1) / tau_weight) {
    for (const Projection& p : network.projections())
      for (SynapseId k = 0; k < p.size; ++k)
        synapses_.push_back({network.populations()[p.source].first + p.sources[k],
                             network.populations()[p.target].first + p.targets[k]});
  }

  Knobs knobs() const {
    Knobs k;
    for (const double value : network_.parameters()) k.parameters.emplace_back(value);
    for (const Spike& s : trial_.inputs) k.input_times.emplace_back(s.time);
    return k;
  }

  Result run(const Knobs& knobs) const {
    const NeuronId count = network_.neuron_count();
    std::vector<Neuron> neurons(count);
    for (NeuronId n = 0; n < count; ++n) {
      const auto value = [&](ParameterKind kind) {
        return knobs.parameters[network_.layout().offset(kind) + n];
      };
      neurons[n].a = 1 / value(ParameterKind::tau_mem);
      neurons[n].b = 1 / value(ParameterKind::tau_syn);
      neurons[n].threshold = value(ParameterKind::v_threshold);
      neurons[n].reset = value(ParameterKind::v_reset);
      neurons[n].bias = value(ParameterKind::bias);
      neurons[n].t_ref = value(ParameterKind::t_ref);
      neurons[n].fires = network_.model_of(n) == Model::cuba_lif;
      if (network_.model_of(n) == Model::input) neurons[n].bias = 0;
    }
    const Wide end = trial_.duration;
    struct Delivery {
      NeuronId target;
      Wide weight;
    };
    std::multimap<Wide, Delivery> deliveries;
    Result result;
    const auto fire = [&](NeuronId n, const Wide& time) {
      result.neurons.push_back(n);
      result.times.push_back(time);
      for (SynapseId s = 0; s < synapses_.size(); ++s) {
        if (synapses_[s].source != n) continue;
        const Wide arrival =
            time + knobs.parameters[network_.layout().offset(ParameterKind::delay) + s] +
            knobs.parameters[network_.layout().offset(ParameterKind::axonal_delay) + n] +
            knobs.parameters[network_.layout().offset(ParameterKind::dendritic_delay) +
                             synapses_[s].target];
        if (arrival < end) deliveries.insert({arrival, {synapses_[s].target, knobs.parameters[s]}});
      }
    };
    for (Neuron& n : neurons) n.expect(end);
    std::vector<bool> given(trial_.inputs.size(), false);
    for (;;) {
      // The soonest of: an arrival, an input, an emission.
      std::optional<std::size_t> input;
      for (std::size_t k = 0; k < given.size(); ++k)
        if (!given[k] && (!input || knobs.input_times[k] < knobs.input_times[*input])) input = k;
      std::optional<NeuronId> emitter;
      for (NeuronId n = 0; n < count; ++n)
        if (neurons[n].next && (!emitter || *neurons[n].next < *neurons[*emitter].next))
          emitter = n;
      Wide soonest = end;
      int kind = 0;
      if (!deliveries.empty()) {
        soonest = deliveries.begin()->first;
        kind = 1;
      }
      if (input && knobs.input_times[*input] < soonest) {
        soonest = knobs.input_times[*input];
        kind = 2;
      }
      if (emitter && *neurons[*emitter].next < soonest) {
        soonest = *neurons[*emitter].next;
        kind = 3;
      }
      if (kind == 0) break;
      if (kind == 1) {
        const Delivery d = deliveries.begin()->second;
        deliveries.erase(deliveries.begin());
        Neuron& n = neurons[d.target];
        n.advance(soonest, rate_);
        n.i += d.weight;
        n.expect(end);
      } else if (kind == 2) {
        given[*input] = true;
        fire(trial_.inputs[*input].neuron, soonest);
      } else {
        Neuron& n = neurons[*emitter];
        n.advance(soonest, rate_);
        n.v = n.reset;
        n.release = soonest + n.t_ref;
        n.expect(end);
        fire(*emitter, soonest);
      }
    }
    for (Neuron& n : neurons) {
      n.advance(end, rate_);
      result.integrals.push_back(n.integral);
    }
    return result;
  }

 private:
  struct Neuron {
    Wide a, b, threshold, reset, bias, t_ref;
    bool fires = false;
    Wide v = 0, i = 0, time = 0, release = 0, integral = 0;
    std::optional<Wide> next;

    // e^(-a s), e^(-b s) and (e^(-a s) - e^(-b s)) / (b - a).
    struct Flow {
      Wide mem, syn, chain;
    };
    Flow flow(const Wide& s) const {
      const Wide mem = exp(-a * s);
      if (a == b) return {mem, mem, s * mem};
      const Wide e = expm1(-(b - a) * s);
      return {mem, mem * (1 + e), -mem * e / (b - a)};
    }
    Wide v_after(const Flow& f, const Wide& v0, const Wide& i0) const {
      return bias + (v0 - bias) * f.mem + i0 * a * f.chain;
    }

    void advance(const Wide& to, const Wide& rate) {
      const Wide weight = rate == 0 ? Wide(1) : Wide(exp(-rate * time));
      // Integral over s of e^(-rate s), from 0.
      const auto area = [&](const Wide& s, const Wide& decayed) {
        return rate == 0 ? s : Wide((1 - decayed) / rate);
      };
      const auto decay = [&](const Wide& s) { return rate == 0 ? Wide(1) : Wide(exp(-rate * s)); };
      if (time < release) {
        const Wide held = release < to ? release : to, s = held - time;
        integral += weight * v * area(s, decay(s));
        i *= exp(-b * s);
        time = held;
        if (time < to) advance(to, rate);
        return;
      }
      if (time >= to) return;
      const Wide s = to - time, x = a + rate, y = b + rate, decayed = decay(s);
      const Flow f = flow(s);
      const Wide area_x = (1 - f.mem * decayed) / x, area_y = (1 - f.syn * decayed) / y;
      // chain(x, y) = e^(-rate s) chain(a, b), d chain(x, y)/ds = e^(-y s) - x chain(x, y), so that
      // x times its integral is area_y - chain(x, y).
      integral += weight * (bias * area(s, decayed) + (v - bias) * area_x +
                            i * a * (area_y - decayed * f.chain) / x);
      v = v_after(f, v, i);
      i *= f.syn;
      time = to;
    }

    // The next emission: the stretch on which V rises is found by the only zero of dV/dt, the
    // crossing on it by halving and Newton.
    void expect(const Wide& end) {
      next.reset();
      if (!fires) return;
      const Wide from = time < release ? release : time;
      if (from >= end) return;
      const Wide v0 = v, i0 = from > time ? Wide(i * exp(-b * (from - time))) : i;
      Wide low = 0, high = end - from;
      // slope e^(a s) / a = (bias - v0 + i0) - i0 b z with z = (1 - e^(-(b - a) s)) / (b - a).
      const Wide start = bias - v0 + i0, gap = b - a;
      std::optional<Wide> turn;
      if (i0 != 0) {
        const Wide z = start / (i0 * b);
        if (z > 0 && gap * z < 1) turn = gap == 0 ? z : Wide(-log1p(-gap * z) / gap);
      }
      if (start > 0) {
        if (turn && *turn < high) high = *turn;
      } else {
        if (!turn || *turn >= high) return;
        low = *turn;
      }
      if (bias < threshold &&
          (v0 > bias ? v0 - bias : Wide(0)) + (i0 > 0 ? i0 : Wide(0)) < threshold - bias)
        return;  // the response to a current is below the current
      if (v_after(flow(high), v0, i0) < threshold) return;
      // A start by halving in double, where it costs nothing; Newton does the digits.
      Wide s = 0;
      {
        const double da = static_cast<double>(a), db = static_cast<double>(b);
        const double dv = static_cast<double>(v0 - bias), di = static_cast<double>(i0 * a);
        const double goal = static_cast<double>(threshold - bias);
        double left = static_cast<double>(low), right = static_cast<double>(high);
        for (int halving = 0; halving < 50; ++halving) {
          const double middle = 0.5 * (left + right), z = (db - da) * middle;
          const double link = middle * (z == 0 ? 1.0 : -std::expm1(-z) / z);
          (std::exp(-da * middle) * (dv + di * link) < goal ? left : right) = middle;
        }
        s = left;
      }
      for (int n = 0; n < 60; ++n) {
        const Flow f = flow(s);
        const Wide at = v_after(f, v0, i0);
        Wide better = s + (threshold - at) / (a * (bias - at + i0 * f.syn));
        if (better < low || better > high) better = (s + (better < low ? low : high)) / 2;
        const bool done = abs(better - s) < Wide("1e-36") * (1 + s);
        s = better;
        if (done) break;
      }
      next = from + s;
    }
  };

  struct Ends {
    NeuronId source, target;
  };
  const Network& network_;
  const Trial& trial_;
  Wide rate_;
  std::vector<Ends> synapses_;
};

constexpr std::uint32_t hidden = 1, out = 2;

// The losses of adjoint/loss.hpp, from their definitions there. One entry per loss that is
// compared.
struct Compared {
  std::string name;
  std::unique_ptr<Loss> loss;
  int label;
  std::function<Wide(const Network&, const Trial&, const Result&)> reference;
};

std::vector<Wide> first_times(const Network& network, const Trial& trial, const Result& r) {
  const Population& p = network.populations()[hidden];
  std::vector<Wide> first(p.size, Wide(trial.duration));
  for (std::size_t k = r.times.size(); k-- > 0;)
    if (r.neurons[k] >= p.first && r.neurons[k] < p.first + p.size)
      first[r.neurons[k] - p.first] = r.times[k];
  return first;
}

Wide cross_entropy(const std::vector<Wide>& logits, std::size_t label) {
  Wide sum = 0;
  for (const Wide& x : logits) sum += exp(x);
  return log(sum) - logits[label];
}

Wide power_loss(const Network& network, const Result& r, const std::vector<double>& c, double scale,
                double power, const std::vector<double>& integral) {
  const Population& p = network.populations()[hidden];
  Wide sum = 0;
  for (std::size_t k = 0; k < r.times.size(); ++k)
    if (r.neurons[k] >= p.first && r.neurons[k] < p.first + p.size)
      sum += c[r.neurons[k] - p.first] * pow(Wide(r.times[k] / scale), Wide(power));
  for (std::uint32_t j = 0; j < p.size; ++j) sum += integral[j] * r.integrals[p.first + j];
  return sum;
}

std::vector<Compared> losses(double tau_weight) {
  std::vector<Compared> list;
  list.push_back({"first_spike_cross_entropy",
                  make_loss(FirstSpikeCrossEntropySpec{hidden, 5.0, 0.1, 30.0}), 1,
                  [](const Network& n, const Trial& t, const Result& r) {
                    auto x = first_times(n, t, r);
                    const Wide late = exp(Wide(x[1] / 30)) - 1;
                    for (Wide& time : x) time /= -5;
                    return Wide(cross_entropy(x, 1) + Wide(0.1) * late);
                  }});
  list.push_back({"voltage_cross_entropy", make_loss(VoltageCrossEntropySpec{out, tau_weight, 3.0}),
                  1, [](const Network& n, const Trial& t, const Result& r) {
                    std::vector<Wide> x;
                    for (std::uint32_t j = 0; j < n.populations()[out].size; ++j)
                      x.push_back(3 * r.integrals[n.populations()[out].first + j] / t.duration);
                    return cross_entropy(x, 1);
                  }});
  const std::vector<std::vector<Time>> targets{{5, 20, 40}, {10}, {}, {8, 9}, {30}};
  list.push_back({"spike_time_target", make_loss(SpikeTimeTargetSpec{hidden, targets, 10.0}), 0,
                  [targets](const Network& n, const Trial& t, const Result& r) {
                    Wide sum = 0;
                    for (std::uint32_t j = 0; j < targets.size(); ++j) {
                      std::vector<Wide> fired;
                      for (std::size_t k = 0; k < r.times.size(); ++k)
                        if (r.neurons[k] == n.populations()[hidden].first + j)
                          fired.push_back(r.times[k]);
                      for (std::size_t k = 0; k < targets[j].size(); ++k) {
                        const Wide miss =
                            (k < fired.size() ? fired[k] : Wide(t.duration)) - targets[j][k];
                        sum += miss * miss / 200;
                      }
                    }
                    return sum;
                  }});
  list.push_back({"van_rossum_distance", make_loss(VanRossumDistanceSpec{hidden, targets, 8.0}), 0,
                  [targets](const Network& n, const Trial&, const Result& r) {
                    Wide sum = 0;
                    for (std::uint32_t j = 0; j < targets.size(); ++j) {
                      std::vector<std::pair<Wide, int>> events;
                      for (std::size_t k = 0; k < r.times.size(); ++k)
                        if (r.neurons[k] == n.populations()[hidden].first + j)
                          events.push_back({r.times[k], 1});
                      for (const Time t : targets[j]) events.push_back({t, -1});
                      for (const auto& [t, sign] : events)
                        for (const auto& [u, other] : events)
                          sum += Wide(sign * other) / 2 * exp(-abs(Wide(t - u)) / 8);
                    }
                    return sum;
                  }});
  list.push_back({"first_spike_margin", make_loss(FirstSpikeMarginSpec{hidden, 2.0, 10.0}), 3,
                  [](const Network& n, const Trial& t, const Result& r) {
                    const auto x = first_times(n, t, r);
                    Wide sum = 0;
                    for (std::size_t j = 0; j < x.size(); ++j)
                      if (j != 3) sum += (x[j] - x[3] - 2) * (x[j] - x[3] - 2) / 200;
                    return sum;
                  }});
  const std::vector<double> c{0.5, -0.2, 0.3, 0.1, 0.7}, integral{0.02, 0.01, -0.03, 0.02, 0.01};
  list.push_back({"spike_time_power",
                  make_loss(SpikeTimePowerSpec{hidden, c, 20.0, 1.5, integral, tau_weight}), 0,
                  [c, integral](const Network& n, const Trial&, const Result& r) {
                    return power_loss(n, r, c, 20.0, 1.5, integral);
                  }});
  return list;
}

#ifdef NDEBUG
constexpr std::uint64_t networks = 3;
#else
constexpr std::uint64_t networks = 1;  // wide numbers are slow without optimisation
#endif

}  // namespace

TEST_CASE(
    "gradients of all losses for all parameters agree with 40-digit differences to twelve digits",
    "[slow]") {
  std::map<std::string, double> worst;
  double worst_time = 0.0;
  std::size_t compared = 0, skipped = 0;
  for (std::uint64_t seed = 1; seed <= networks; ++seed) {
    const double tau_weight = seed % 2 == 0 ? never : 25.0;
    const auto r = test::random_network({.seed = 500 + seed,
                                         .inputs = 2,
                                         .hidden = 5,
                                         .outputs = 3,
                                         .duration = 36.0,
                                         .spikes_per_input = 3});
    const Network& network = r.network;
    const WideSimulator simulator(network, r.trial, tau_weight);
    const Knobs knobs = simulator.knobs();
    const Result base = simulator.run(knobs);
    const auto list = losses(tau_weight);

    // Spike times.
    const Tape tape = run_sequential(network, r.trial);
    REQUIRE(tape.spikes.size() == base.times.size());
    REQUIRE(tape.spikes.size() > r.trial.inputs.size() + 10);
    for (std::size_t k = 0; k < base.times.size(); ++k) {
      REQUIRE(tape.spikes[k].neuron == base.neurons[k]);
      worst_time =
          std::max(worst_time, std::fabs(static_cast<double>(base.times[k] - tape.spikes[k].time)));
    }

    // dL/dknob of every loss, from two runs per knob.
    const std::size_t parameters = knobs.parameters.size(),
                      count = parameters + knobs.input_times.size();
    std::vector<std::vector<double>> differences(count);
    for_each_trial(count, [&](std::size_t k) {
      if (k >= 2 * std::size_t{network.synapse_count()} && k < parameters) {
        const std::size_t n =
            (k - 2 * std::size_t{network.synapse_count()}) % network.neuron_count();
        if (network.model_of(static_cast<NeuronId>(n)) == Model::input) {
          differences[k].assign(list.size(), 0.0);  // not used by anything
          return;
        }
      }
      const auto nudged = [&](const Wide& step) {
        Knobs other = knobs;
        (k < parameters ? other.parameters[k] : other.input_times[k - parameters]) += step;
        return simulator.run(other);
      };
      const Wide step("1e-14");
      const bool at_edge =
          k < parameters && knobs.parameters[k] == 0;  // t_ref = 0: one-sided, three points
      const Result up = nudged(step), down = at_edge ? nudged(2 * step) : nudged(-step);
      if (up.neurons != base.neurons || down.neurons != base.neurons) return;
      for (const Compared& c : list) {
        const Wide plus = c.reference(network, r.trial, up),
                   minus = c.reference(network, r.trial, down);
        const Wide d =
            at_edge
                ? Wide((4 * plus - minus - 3 * c.reference(network, r.trial, base)) / (2 * step))
                : Wide((plus - minus) / (2 * step));
        differences[k].push_back(static_cast<double>(d));
      }
    });

    for (std::size_t l = 0; l < list.size(); ++l) {
      const LossGradient exact = gradient_of(network, r.trial, *list[l].loss, list[l].label);
      const double value = static_cast<double>(list[l].reference(network, r.trial, base));
      CAPTURE(seed, list[l].name);
      CHECK(std::fabs(exact.loss - value) < 1e-13 * std::max(1.0, std::fabs(value)));
      for (std::size_t k = 0; k < count; ++k) {
        if (differences[k].empty()) {
          ++skipped;
          continue;
        }
        const double adjoint = k < parameters ? exact.gradient.parameters[k]
                                              : exact.gradient.input_times[k - parameters];
        const double error =
            std::fabs(adjoint - differences[k][l]) / std::max(1.0, std::fabs(adjoint));
        worst[list[l].name] = std::max(worst[list[l].name], error);
        ++compared;
        CAPTURE(k, adjoint, differences[k][l]);
        CHECK(error < 1e-12);
      }
    }
  }
  for (const auto& [name, error] : worst) {
    CAPTURE(name);
    CHECK(error < 1e-12);
  }
  CAPTURE(worst_time, compared, skipped);
  CHECK(worst_time < 1e-12);
  CHECK(compared > 800 * networks);
  CHECK(skipped == 0);  // 1e-14 is too little to make a spike appear or vanish
}
