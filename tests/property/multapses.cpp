// Several synapses of one pair, of equal and of different delays. Reference: the same synapses in
// projections of their own, of one synapse per pair: the same spikes to 1e-9 by every scheduler, and the
// same gradients, each of its own synapse.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/schedulers.hpp"

using namespace retrograde;

namespace {

constexpr std::uint32_t inputs = 20, neurons = 30;

// Synapses of a projection: three of each third pair, the second with the delay of the first.
std::vector<SynapseSpec> synapses(std::uint32_t from, double mean, std::size_t which) {
  std::vector<SynapseSpec> all;
  Random random(1, "multapses", from);
  for (std::uint32_t i = 0; i < from; ++i)
    for (std::uint32_t j = i % 3; j < neurons; j += 3) {
      const double delay = random.uniform(1.0, 4.0);
      for (std::size_t k = 0; k < 3; ++k) {
        const SynapseSpec s{i, j, mean + random.normal(0.0, 0.1),
                            k == 2 ? delay + random.uniform(0.1, 2.0) : delay};
        if (which == 3 || which == k) all.push_back(s);
      }
    }
  return all;
}

Network network(bool multapses) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = inputs});
  const auto n = builder.add({.name = "n", .size = neurons});
  if (multapses) {
    builder.connect(in, n, synapses(inputs, 0.7, 3), "in", 0, true);
    builder.connect(n, n, synapses(neurons, -0.05, 3), "n", 0, true);
  } else {
    for (std::size_t k = 0; k < 3; ++k) {
      builder.connect(in, n, synapses(inputs, 0.7, k), "in" + std::to_string(k));
      builder.connect(n, n, synapses(neurons, -0.05, k), "n" + std::to_string(k));
    }
  }
  return std::move(builder).build();
}

Trial trial() {
  Trial result;
  result.duration = 60.0;
  Random random(1, "spikes");
  for (std::uint32_t k = 0; k < 120; ++k)
    result.inputs.push_back(
        {random.uniform(0.0, 50.0), static_cast<NeuronId>(random.index(inputs))});
  std::sort(result.inputs.begin(), result.inputs.end());
  return result;
}

// dL/dweight and dL/ddelay of each synapse, by its ends and its weight, which no other has.
using ByWeight = std::map<std::tuple<NeuronId, NeuronId, double>, std::array<double, 2>>;

ByWeight gradients(const Network& network, const Tape& tape, Scheduler scheduler) {
  SpikeTimePowerSpec spec;
  spec.population = 1;
  for (std::uint32_t n = 0; n < neurons; ++n) spec.coefficient.push_back(1.0 + 0.1 * n);
  spec.scale = 10.0;
  spec.power = 2.0;
  const auto loss = make_loss(spec);
  Gradient g{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  backward(*make_machine(network, scheduler), tape, loss->evaluate(network, tape, 0),
           loss->readout(), {}, g);
  ByWeight result;
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    for (const SynapseId s : network.synapses_of(n))
      result[{n, network.target_of(s), network.weight(s)}] = {g.of(ParameterKind::weight)[s],
                                                              g.of(ParameterKind::delay)[s]};
  REQUIRE(result.size() == network.synapse_count());
  return result;
}

}  // namespace

TEST_CASE("multapses make the spikes and gradients of several projections, by every scheduler") {
  const Network one = network(true), three = network(false);
  REQUIRE(one.synapse_count() == three.synapse_count());
  CHECK(test::schedulers_of(one).size() == 2);
  const Tape expected = make_machine(three, Scheduler::sequential)->run(trial(), {});
  REQUIRE(expected.spikes.size() > 150);
  const ByWeight wanted = gradients(three, expected, Scheduler::sequential);
  double largest = 0.0;
  for (const auto& [synapse, values] : wanted)
    for (const double value : values) largest = std::max(largest, std::fabs(value));
  for (const Scheduler scheduler : test::schedulers_of(one)) {
    const Tape tape = make_machine(one, scheduler)->run(trial(), {});
    REQUIRE(tape.spikes.size() == expected.spikes.size());
    for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
      CHECK(tape.spikes[k].neuron == expected.spikes[k].neuron);
      CHECK(tape.spikes[k].time == Approx(expected.spikes[k].time).margin(1e-9));
    }
    const ByWeight found = gradients(one, tape, scheduler);
    REQUIRE(found.size() == wanted.size());
    for (const auto& [synapse, values] : wanted)
      for (std::size_t k = 0; k < 2; ++k)
        CHECK(std::fabs(found.at(synapse)[k] - values[k]) < 1e-9 * largest);
  }
}
