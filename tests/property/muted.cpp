// Neurons that are muted for a trial (dropout): they fire as they would, and nobody hears them. A
// muted neuron's trial equals that of a network without the synapses that leave it, in every spike
// and in the gradient of all that is left; both schedulers agree about it; and differences know
// nothing of how it is done.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator/time_grid.hpp>

#include "tests/support/random_network.hpp"

using namespace retrograde;

namespace {

struct Case {
  test::RandomNetwork random;
  std::vector<char> muted;

  explicit Case(std::uint64_t seed) {
    test::RandomNetworkSpec spec;
    spec.seed = seed;
    spec.wiring = seed % 2 == 0 ? test::Wiring::recurrent : test::Wiring::feed_forward;
    spec.timing = seed % 3 == 0 ? test::Timing::simultaneous : test::Timing::scattered;
    spec.delays = seed % 2 == 0;
    random = test::random_network(spec);
    // Every third neuron that fires, the first input among them.
    muted.assign(random.network.neuron_count(), 0);
    for (NeuronId n = 0; n < muted.size(); n += 3) muted[n] = random.network.model_of(n)->fires();
    random.trial.muted = muted;
  }
  // The network without the synapses that leave muted neurons; `kept`: where those left have been.
  Network without(std::vector<SynapseId>& kept) const {
    const Network& n = random.network;
    NetworkBuilder builder;
    for (const Population& p : n.populations()) {
      PopulationSpec spec{.name = p.name, .model = p.model, .size = p.size};
      for (const ParameterKind kind : neuron_parameter_kinds) {
        const auto values = n.parameters(kind).subspan(p.first, p.size);
        spec.values(kind).assign(values.begin(), values.end());
      }
      builder.add(spec);
    }
    for (const Projection& p : n.projections()) {
      std::vector<SynapseSpec> synapses;
      for (SynapseId k = 0; k < p.size; ++k) {
        if (muted[n.populations()[p.source].first + p.source_of(k)]) continue;
        synapses.push_back(
            {p.source_of(k), p.targets[k], n.weight(p.first + k), n.delay(p.first + k)});
        kept.push_back(p.first + k);
      }
      builder.connect(p.source, p.target, synapses, p.name);
    }
    return builder.build();
  }
};

bool close(double a, double b, double scale = 1.0) {
  return std::fabs(a - b) <= 1e-10 * std::max({std::fabs(a), std::fabs(b), scale});
}

Gradient gradient(const Machine& machine, const Tape& tape, const LossValue& value,
                  const Readout& readout) {
  Gradient g{
      machine.network().layout(), std::vector<double>(machine.network().layout().size(), 0.0), {}};
  backward(machine, tape, value, readout, {}, g);
  return g;
}

}  // namespace

TEST_CASE("muting neurons is the network without the synapses that leave them, forward and back") {
  std::size_t unheard = 0;
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    CAPTURE(seed);
    const Case c(seed);
    std::vector<SynapseId> kept;
    const Network without = c.without(kept);
    const std::uint32_t out = *c.random.network.find_population("out");
    // Of the voltages of readouts, and of the spikes of hidden neurons, muted ones among them.
    for (const bool spikes : {false, true}) {
      const auto loss = spikes ? make_loss(SpikeTimePowerSpec{
                                     .population = *c.random.network.find_population("hidden"),
                                     .coefficient = std::vector<double>(6, 1.0),
                                     .scale = 20.0,
                                     .power = 2.0,
                                     .integral = {}})
                               : make_loss(VoltageCrossEntropySpec{out, never, 20.0});
      const RunOptions options{loss->readout()};
      Trial heard = c.random.trial;
      heard.muted.clear();
      const SequentialMachine reduced(without);
      const Tape expected = reduced.run(heard, options);
      const LossValue value = loss->evaluate(without, expected, 1);
      const Gradient wanted = gradient(reduced, expected, value, loss->readout());

      const SequentialMachine sequential(c.random.network);
      const WindowedMachine windowed(c.random.network);
      for (const Machine* machine :
           {static_cast<const Machine*>(&sequential), static_cast<const Machine*>(&windowed)}) {
        CAPTURE(machine->name(), spikes);
        const Tape tape = machine->run(c.random.trial, options);
        REQUIRE(tape.spikes.size() == expected.spikes.size());
        CHECK(tape.deliveries == expected.deliveries);
        for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
          CHECK(tape.spikes[k].neuron == expected.spikes[k].neuron);
          CHECK(close(tape.spikes[k].time, expected.spikes[k].time));
          CHECK(tape.spikes[k].muted == (c.muted[tape.spikes[k].neuron] != 0));
          unheard += tape.spikes[k].muted;
        }
        const LossValue same = loss->evaluate(c.random.network, tape, 1);
        CHECK(close(same.value, value.value));
        const Gradient g = gradient(*machine, tape, same, loss->readout());
        for (const ParameterKind kind : parameter_kinds) {
          CAPTURE(name(kind));
          const auto found = g.of(kind), want = wanted.of(kind);
          double largest = 0.0;
          for (const double w : want) largest = std::fmax(largest, std::fabs(w));
          if (!belongs_to_synapse(kind)) {
            for (std::size_t k = 0; k < want.size(); ++k) CHECK(close(found[k], want[k], largest));
            continue;
          }
          std::vector<double> left(found.begin(), found.end());
          for (std::size_t k = 0; k < kept.size(); ++k) {
            CHECK(close(left[kept[k]], want[k], largest));
            left[kept[k]] = 0.0;
          }
          // Not one bit for the others.
          CHECK(std::all_of(left.begin(), left.end(), [](double d) { return d == 0.0; }));
        }
        REQUIRE(g.input_times.size() == wanted.input_times.size());
        for (std::size_t k = 0; k < g.input_times.size(); ++k)
          CHECK(close(g.input_times[k], wanted.input_times[k]));
      }
    }
  }
  CHECK(unheard > 200);
}

TEST_CASE("the gradient of a trial with muted neurons is that of differences and tangents") {
  std::size_t judged = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    for (const Scheduler scheduler : {Scheduler::sequential, Scheduler::windowed}) {
      CAPTURE(seed, name(scheduler));
      const Case c(seed);
      GradientCheckOptions options;
      options.scheduler = scheduler;
      options.tolerance = 1e-6;
      options.sample = 60;
      const auto loss =
          make_loss(VoltageCrossEntropySpec{*c.random.network.find_population("out"), never, 20.0});
      const GradientCheck check =
          check_gradient(c.random.network, c.random.trial, *loss, 0, options);
      CHECK(check.passed());
      judged += check.entries.size();
    }
  CHECK(judged > 200);
}

TEST_CASE("who mutes says it of every neuron, and a chip mutes nobody") {
  Case c(1);
  c.random.trial.muted.pop_back();
  CHECK_THROWS_WITH(run_sequential(c.random.network, c.random.trial),
                    Catch::Contains("whether they are muted"));
  CHECK_THROWS_WITH(loihi2::on_grid(Case(1).random.trial, 1.0), Catch::Contains("dropout"));
}
