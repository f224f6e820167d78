// Maxima of a readout's voltage against closed forms.
//
// The task of Meszaros et al. 2025, section "sequence detection": two inputs, one at 0 and one at
// 10 ms, a readout with tau_mem 10, tau_syn 5 and weights 1. With K(t) = e^(-t/10) - e^(-t/5), V(t)
// = K(t) + K(t - 10) from 10 ms on. dV/dt = 0 is linear in e^(-t/10), so that
//
//   t_max = 10 log(2 (1 + e^2)/(1 + e)) = 15.06813504084695
//   V_max = (1 + e)^2/(4 (1 + e^2))     =  0.4120135684159713
//
// and delaying the early pulse by d shortens their distance: V_max = (1 + r)^2/(4 (1 + r^2)) with
// r = e^((10 - d)/10), dV_max/dd = 0.01233885868911433 at 0, minus that for the late one.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>
#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;

namespace {

// Input 0 at 0 ms and input 1 at 10 ms, both with weight 1 to both readouts.
struct SequenceDetection {
  Network network;
  Trial trial{40.0, {{0.0, 0}, {10.0, 1}}};
  NeuronId first = 2;  // of the readouts

  explicit SequenceDetection(Time early = 0.0, Time late = 0.0) {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
    const auto out = builder.add(
        {.name = "out", .model = Model::cuba_li, .size = 2, .tau_mem = {10.0}, .tau_syn = {5.0}});
    // The synapses to readout 1 keep their delay.
    builder.connect(in, out,
                    {{0, 0, 1.0, early}, {0, 1, 1.0, 0.0}, {1, 0, 1.0, late}, {1, 1, 1.0, 0.0}});
    network = builder.build();
  }
};

const double e = std::exp(1.0);
const double top = (1.0 + e) * (1.0 + e) / (4.0 * (1.0 + e * e));
constexpr double slope = 0.01233885868911433;

Tape run(const SequenceDetection& task) {
  return run_sequential(task.network, task.trial, {.readout = {Readout::Kind::voltage_maximum, 1}});
}

double error(double value, double expected) { return std::fabs(value - expected); }

}  // namespace

TEST_CASE("sequence detection: the maximum of two pulses and its instant are the closed forms") {
  const SequenceDetection task;
  const Tape tape = run(task);
  REQUIRE(tape.voltage_maxima.size() == 4);
  for (const NeuronId n : {2u, 3u}) {
    const VoltageMaximum& m = tape.voltage_maxima[n];
    CHECK(error(m.v, 0.4120135684159713) < 1e-15);
    CHECK(error(m.v, top) < 1e-15);
    CHECK(error(m.time, 15.06813504084695) < 1e-13);
    CHECK(error(m.time, 10.0 * std::log(2.0 * (1.0 + e * e) / (1.0 + e))) < 1e-13);
    CHECK(m.spike == VoltageMaximum::nobody);
    CHECK(m.arrivals == 2);
  }
  CHECK(decide(task.network, {Readout::Kind::voltage_maximum, 1}, tape) == 0);
  // With the early pulse 10 ms later both coincide, and 2 K has its maximum 1/2 at 10 log 2.
  const SequenceDetection learned(10.0, 0.0);
  const Tape best = run(learned);
  CHECK(error(best.voltage_maxima[2].v, 0.5) < 1e-15);
  CHECK(error(best.voltage_maxima[2].time, 10.0 + 10.0 * std::log(2.0)) < 1e-13);
  CHECK(decide(learned.network, {Readout::Kind::voltage_maximum, 1}, best) == 0);
}

TEST_CASE("sequence detection: gradients of the delays are those of the closed form") {
  const SequenceDetection task;
  const auto loss = make_loss(VoltageMaximumCrossEntropySpec{1});
  const LossGradient g = gradient_of(task.network, task.trial, *loss, 0);
  CHECK(error(g.loss, std::log(2.0)) < 1e-15);
  // Softmax 1/2: -1/2 dV_max/dd for the label, +1/2 for the other.
  const auto delay = g.gradient.of(ParameterKind::delay);
  for (SynapseId s = 0; s < 4; ++s) {
    const bool early = task.network.projections()[0].source_of(s) == 0;
    const bool label = task.network.projections()[0].targets[s] == 0;
    CHECK(error(delay[s], (early ? 0.5 : -0.5) * (label ? -slope : slope)) < 1e-16);
  }
  CHECK(0.5 * slope == Approx(0.006169429).epsilon(1e-7));
  // Both readouts move with the inputs, in opposite directions.
  CHECK(error(g.gradient.input_times[0], 0.0) < 1e-17);
  CHECK(error(g.gradient.input_times[1], 0.0) < 1e-17);
}

TEST_CASE("a maximum on an inhibitory arrival moves with that arrival, by dV/dt before it") {
  // A pulse of weight 5 at 1 ms rises until 1 + 10 log 2 = 7.93 ms; inhibition of -9 at 4 ms ends
  // that. V(4) = 5 K(3), and dV/dt before is 5 (e^(-3/5)/5 - e^(-3/10)/10).
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto out = builder.add({.name = "out",
                                .model = Model::cuba_li,
                                .size = 2,
                                .tau_mem = {10.0},
                                .tau_syn = {5.0},
                                .bias = {0.0, -0.1}});
  builder.connect(in, out, {{0, 0, 5.0, 0.5}, {1, 0, -9.0, 1.5}});
  const Network network = builder.build();
  const Trial trial{60.0, {{0.5, 0}, {2.5, 1}}};
  const auto loss = make_loss(VoltageMaximumCrossEntropySpec{1});
  const LossGradient g = gradient_of(network, trial, *loss, 1);
  const VoltageMaximum& m = g.tape.voltage_maxima[2];
  const double v = 5.0 * (std::exp(-0.3) - std::exp(-0.6));
  const double before = 5.0 * (std::exp(-0.6) / 5.0 - std::exp(-0.3) / 10.0);
  CHECK(m.time == 4.0);
  CHECK(error(m.v, v) < 1e-15);
  CHECK(m.spike == 1);
  CHECK(network.outgoing(1)[0].id == m.synapse);
  CHECK(error(m.slope, before) < 1e-15);
  CHECK(m.arrivals == 1);
  // The other readout falls from the start, where its maximum is.
  CHECK(g.tape.voltage_maxima[3].v == 0.0);
  CHECK(g.tape.voltage_maxima[3].time == 0.0);
  CHECK(error(g.loss, std::log(1.0 + std::exp(v))) < 1e-15);
  const double d = std::exp(v) / (1.0 + std::exp(v));  // dL/dV_max
  const auto of = [&](ParameterKind kind, SynapseId s) { return g.gradient.of(kind)[s]; };
  const SynapseId excitation = network.outgoing(0)[0].id, inhibition = m.synapse;
  CHECK(error(of(ParameterKind::delay, inhibition), d * before) < 1e-15);
  CHECK(error(of(ParameterKind::delay, excitation), -d * before) < 1e-15);
  CHECK(error(g.gradient.input_times[1], d * before) < 1e-15);
  CHECK(error(g.gradient.input_times[0], -d * before) < 1e-15);
  CHECK(error(of(ParameterKind::weight, excitation), d * v / 5.0) < 1e-15);
  CHECK(of(ParameterKind::weight, inhibition) == 0.0);  // it begins to act at the maximum
  const GradientCheck check = check_gradient(network, trial, *loss, 1);
  CHECK(check.skipped == 0);
  CHECK(check.worst() < 1e-9);
}

TEST_CASE("of several arrivals at the instant of a maximum, the one that ends the rise has it") {
  // All arrive at 4 ms, in the order of their synapses; the second turns the rise into a fall.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 2});
  builder.connect(in, out, {{0, 0, 5.0, 0.0}});
  builder.connect(in, out, {{1, 0, 1.0, 2.0}}, "first");
  builder.connect(in, out, {{1, 0, -9.0, 2.0}}, "second");
  builder.connect(in, out, {{1, 0, -1.0, 2.0}}, "third");
  const Network network = builder.build();
  const Tape tape = run_sequential(network, {60.0, {{1.0, 0}, {2.0, 1}}},
                                   {.readout = {Readout::Kind::voltage_maximum, 1}});
  CHECK(tape.voltage_maxima[2].time == 4.0);
  CHECK(tape.voltage_maxima[2].spike == 1);
  CHECK(tape.voltage_maxima[2].synapse == 2);
}

TEST_CASE("V still rising at the end has its maximum there, V below 0 throughout at the start") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto out =
      builder.add({.name = "out", .model = Model::cuba_li, .size = 2, .bias = {0.5, -0.5}});
  const Network network = builder.build();
  const auto loss = make_loss(VoltageMaximumCrossEntropySpec{out});
  const LossGradient g = gradient_of(network, {30.0, {}}, *loss, 0);
  const VoltageMaximum &up = g.tape.voltage_maxima[1], &down = g.tape.voltage_maxima[2];
  const double v = 0.5 * (1.0 - std::exp(-1.5));
  CHECK(error(up.v, v) < 1e-15);
  CHECK(up.time == 30.0);
  CHECK(down.v == 0.0);
  CHECK(down.time == 0.0);
  const double d = -1.0 / (1.0 + std::exp(v));  // dL/dV_max of the label
  CHECK(error(g.gradient.of(ParameterKind::bias)[1], d * (1.0 - std::exp(-1.5))) < 1e-15);
  CHECK(g.gradient.of(ParameterKind::bias)[2] == 0.0);
  // dV(T)/dtau_mem = -bias T/tau^2 e^(-T/tau)
  CHECK(error(g.gradient.of(ParameterKind::tau_mem)[1], -d * 0.5 * 30.0 / 400.0 * std::exp(-1.5)) <
        1e-16);
  CHECK(g.gradient.of(ParameterKind::tau_mem)[2] == 0.0);
  CHECK(decide(network, {Readout::Kind::voltage_maximum, out}, g.tape) == 0);
}

TEST_CASE("maxima and states of a population with a threshold are refused before the run") {
  NetworkBuilder builder;
  const auto n = builder.add({.name = "spiking", .size = 2});
  const Network network = builder.build();
  for (const Readout& readout : {Readout{Readout::Kind::voltage_maximum, n},
                                 Readout{Readout::Kind::voltage_integral, n, {}, true}})
    CHECK_THROWS_AS(run_sequential(network, {10.0, {}}, {.readout = readout}), NetworkError);
}
