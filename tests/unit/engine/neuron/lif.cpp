// lif, if and their readouts against closed forms, and against the recursion of a tool that goes in
// steps: with everything on a grid the event-driven machine and the stepped one have the same spikes.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/engine/neuron/lif.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// One input, with spikes at `arrivals`, over a synapse of `weight` onto one neuron.
Network one(PopulationSpec spec, double weight) {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  spec.name = "n";
  spec.size = 1;
  builder.add(std::move(spec));
  builder.connect(0, 1, {{0, 0, weight, 0.0}});
  return builder.build();
}

Trial trial_of(const std::vector<Time>& arrivals, Time duration) {
  Trial trial;
  trial.duration = duration;
  for (const Time t : arrivals) trial.inputs.push_back({t, 0});
  return trial;
}

std::vector<Time> spikes(const Network& network, const Trial& trial) {
  std::vector<Time> times;
  for (const TapeSpike& s : SequentialMachine(network).run(trial).spikes)
    if (s.neuron == 1) times.push_back(s.time);
  return times;
}

}  // namespace

TEST_CASE("a lif fires at the arrival that lifts it to its threshold") {
  // 0.4, 0.4 e^(-1/20) + 0.4 = 0.78, above 1 at the third.
  const Network n = one({.name = "n", .model = Model::lif, .tau_mem = {20.0}}, 0.4);
  CHECK(spikes(n, trial_of({1, 2, 3, 20, 21, 22}, 40.0)) == std::vector<Time>{3.0, 22.0});
  // 0.5 and 0.5 within a time that leaves 0.5 e^(-s/20) short of it, and not.
  CHECK(
      spikes(one({.name = "n", .model = Model::lif}, 0.5), trial_of({1, 1 + 1e-9}, 40.0)).empty());
  CHECK(spikes(one({.name = "n", .model = Model::integrate_fire}, 0.5), trial_of({1, 30}, 40.0)) ==
        std::vector<Time>{30.0});
}

TEST_CASE("a bias above the threshold makes a lif fire at the closed form of its crossings") {
  // From 0 to 1 towards 1.5: tau ln 3; from the reset 0.2 on tau ln(1.3 / 0.5), after t_ref.
  const Network n = one({.name = "n",
                         .model = Model::lif,
                         .tau_mem = {10.0},
                         .v_reset = {0.2},
                         .bias = {1.5},
                         .t_ref = {2.0}},
                        0.0);
  const auto times = spikes(n, trial_of({}, 40.0));
  REQUIRE(times.size() == 3);
  CHECK(times[0] == Approx(10.0 * std::log(3.0)).epsilon(1e-14));
  CHECK(times[1] - times[0] == Approx(2.0 + 10.0 * std::log(2.6)).epsilon(1e-14));
  CHECK(times[2] - times[1] == Approx(2.0 + 10.0 * std::log(2.6)).epsilon(1e-13));
  // Without a leak V grows by bias in tau_mem ms.
  const Network drift =
      one({.name = "n", .model = Model::integrate_fire, .tau_mem = {8.0}, .bias = {2.0}}, 0.0);
  CHECK(spikes(drift, trial_of({}, 13.0)) == std::vector<Time>{4.0, 8.0, 12.0});
}

TEST_CASE("what arrives at one instant is added up before a lif may fire") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 2});
  builder.add({.name = "n", .model = Model::integrate_fire, .size = 1});
  builder.connect(0, 1, {{0, 0, 1.5, 1.0}, {1, 0, -0.75, 1.0}});
  const Network n = builder.build();
  const Tape both = SequentialMachine(n).run({10.0, {{1.0, 0}, {1.0, 1}}});
  CHECK(both.spikes.size() == 2);  // 0.75: the inputs alone
  const Tape apart = SequentialMachine(n).run({10.0, {{1.0, 0}, {1.5, 1}}});
  CHECK(apart.spikes.size() == 3);
}

TEST_CASE("what reaches a lif in its refractory period is lost") {
  const Network n = one({.name = "n", .model = Model::integrate_fire, .t_ref = {2.0}}, 1.0);
  // Fires at 1; 2 and 2.9 are lost; let go at 3, where the arrival counts.
  CHECK(spikes(n, trial_of({1, 2, 2.9, 3}, 10.0)) == std::vector<Time>{1.0, 3.0});
  // V is held meanwhile: an integral over [0, 10] of V, 0 but for a step after the last arrival.
  const Network half =
      one({.name = "n", .model = Model::integrate_fire, .v_reset = {0.25}, .t_ref = {2.0}}, 1.0);
  RunOptions options;
  options.readout = {Readout::Kind::voltage_integral, 1};
  const Tape tape = SequentialMachine(half).run(trial_of({1, 2.5}, 10.0), options);
  CHECK(tape.voltage_integrals[1] == Approx(9.0 * 0.25).epsilon(1e-14));
}

TEST_CASE("readouts li and integrator: integrals and maxima by closed forms") {
  RunOptions integral;
  integral.readout = {Readout::Kind::voltage_integral, 1};
  const Trial trial = trial_of({2.0}, 12.0);
  const auto of = [&](PopulationSpec spec) {
    return SequentialMachine(one(std::move(spec), 3.0)).run(trial, integral).voltage_integrals[1];
  };
  // li: bias (T - tau (1 - e^(-T/tau))) and 3 tau (1 - e^(-10/tau)).
  const double tau = 5.0;
  CHECK(of({.name = "n", .model = Model::li, .tau_mem = {tau}, .bias = {0.5}}) ==
        Approx(0.5 * (12.0 - tau * (1.0 - std::exp(-12.0 / tau))) +
               3.0 * tau * (1.0 - std::exp(-10.0 / tau)))
            .epsilon(1e-13));
  // integrator: 3 from 2 on, and bias t / tau.
  CHECK(of({.name = "n", .model = Model::integrator, .tau_mem = {tau}, .bias = {0.5}}) ==
        Approx(30.0 + 0.5 / tau * 72.0).epsilon(1e-13));
  RunOptions maximum;
  maximum.readout = {Readout::Kind::voltage_maximum, 1};
  const Tape tape = SequentialMachine(one({.name = "n", .model = Model::li, .tau_mem = {tau}}, 3.0))
                        .run(trial, maximum);
  CHECK(tape.voltage_maxima[1].v == 3.0);
  CHECK(tape.voltage_maxima[1].time == 2.0);
}

// Two layers and a recurrent one, all on a grid of 1/8 ms: V jumps at points of it only.
TEST_CASE("on a grid the event-driven machine and the stepped one agree in every spike") {
  std::size_t seen = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    std::mt19937_64 random(seed);
    const auto uniform = [&](double low, double high) {
      return std::uniform_real_distribution<double>(low, high)(random);
    };
    constexpr Time step = 0.125;
    NetworkBuilder builder;
    builder.add({.name = "in", .model = Model::input, .size = 6});
    PopulationSpec first{
        .name = "a", .model = seed % 2 ? Model::lif : Model::integrate_fire, .size = 8};
    first.tau_mem = {uniform(3.0, 20.0)};
    first.bias = {seed % 2 ? uniform(-0.5, 0.9) : 0.0};
    builder.add(first);
    PopulationSpec second{.name = "b", .model = Model::lif, .size = 5};
    second.v_reset = {uniform(-0.5, 0.5)};
    builder.add(second);
    const auto dense = [&](std::uint32_t sources, std::uint32_t targets, double size, int low) {
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t s = 0; s < sources; ++s)
        for (std::uint32_t t = 0; t < targets; ++t)
          synapses.push_back({s, t, uniform(-0.5 * size, size),
                              step * static_cast<double>(low + static_cast<int>(random() % 4))});
      return synapses;
    };
    builder.connect(0, 1, dense(6, 8, 0.8, 0));
    builder.connect(1, 1, dense(8, 8, 0.5, 1));
    builder.connect(1, 2, dense(8, 5, 0.7, 0));
    const Network network = builder.build();
    Trial trial;
    trial.duration = 50.0;
    for (NeuronId n = 0; n < 6; ++n)
      for (int k = 0; k < 400; ++k)
        if (random() % 12 == 0) trial.inputs.push_back({step * k, n});
    sort_inputs(trial);
    const auto list = [&](const Tape& tape) {
      std::vector<std::pair<Time, NeuronId>> all;
      for (const TapeSpike& s : tape.spikes)
        if (!network.is_input(s.neuron)) all.emplace_back(s.time, s.neuron);
      std::sort(all.begin(), all.end());
      return all;
    };
    const auto exact = list(SequentialMachine(network).run(trial));
    CHECK(exact == list(SteppedMachine(network, step, {StepOrder::layers}).run(trial)));
    seen += exact.size();
  }
  CHECK(seen > 5000);
}

TEST_CASE("a network of lif has no gradient, and says what has") {
  const Network n = one({.name = "n", .model = Model::lif}, 2.0);
  const SequentialMachine machine(n);
  const Tape tape = machine.run(trial_of({1.0}, 10.0));
  LossValue loss;
  loss.spike_times.assign(tape.spikes.size(), 1.0);
  Gradient gradient{n.layout(), std::vector<double>(n.layout().size(), 0.0), {}};
  CHECK_THROWS_WITH(backward(machine, tape, loss, {}, {}, gradient),
                    Contains("n: its model lif has no backward pass") && Contains("cuba_lif"));
}
