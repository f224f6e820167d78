// Single neurons against published and independently computed numbers.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/sequential/sequential.hpp>

#include "tests/support/schedulers.hpp"

using namespace retrograde;

namespace {

// One input spike at 0 over one synapse without delay.
Network one_synapse(double tau_mem, double tau_syn, double weight, double threshold = 1.0,
                    double bias = 0.0) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n",
                              .size = 1,
                              .tau_mem = {tau_mem},
                              .tau_syn = {tau_syn},
                              .v_threshold = {threshold},
                              .bias = {bias}});
  builder.connect(in, n, {{0, 0, weight, 0.0}});
  return builder.build();
}

// First spike, its slope, and d(first spike)/d(weight) by the adjoint. The run ends before a second
// spike matters: only the first one has a loss.
struct FirstSpike {
  Time time;
  double slope, per_weight;
};

Scheduler scheduler = Scheduler::sequential;  // of the test that runs

FirstSpike first_spike(const Network& network, Time duration = 50.0) {
  const Trial trial{duration, {{0.0, 0}}};
  const auto machine = make_machine(network, scheduler);
  const Tape tape = machine->run(trial);
  REQUIRE(tape.spikes.size() >= 2);
  LossValue value;
  value.spike_times.assign(tape.spikes.size(), 0.0);
  value.spike_times[1] = 1.0;
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  backward(*machine, tape, value, {}, {}, gradient);
  return {tape.spikes[1].time, tape.spikes[1].slope, gradient.of(ParameterKind::weight)[0]};
}

bool silent(const Network& network) {
  return make_machine(network, scheduler)->run({200.0, {{0.0, 0}}}).spikes.size() == 1;
}

void close(double value, double expected, double relative) {
  CAPTURE(value, expected);
  CHECK(std::fabs(value - expected) <= relative * std::fabs(expected));
}

}  // namespace

TEST_CASE(
    "the published rows of the single neuron: spike time, slope and dt/dw (design notes, eventprop "
    "3.8, 60 digits)") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  struct Row {
    double tau_mem, tau_syn, weight, time, slope, per_weight;
  };
  const Row rows[] = {{20, 5, 7, 5.566280827766895, 0.0649706627079, -2.19879460826},
                      {20, 5, 10, 2.82625175545831, 0.234108937492, -0.427151569143},
                      {10, 5, 7, 1.895554560414511, 0.379128784748, -0.376803736894},
                      {10, 5, 10, 1.195740120492426, 0.687298334621, -0.145497224368},
                      {5, 5, 7, 0.8459630192811255, 0.982084768729, -0.14546314881},
                      {5, 5, 10, 0.5591627957948148, 1.58838793911, -0.062956912186}};
  for (const Row& row : rows) {
    CAPTURE(row.tau_mem, row.weight);
    const FirstSpike spike = first_spike(one_synapse(row.tau_mem, row.tau_syn, row.weight));
    close(spike.time, row.time, 1e-15 * 4);
    close(spike.slope, row.slope, 1e-11);
    close(spike.per_weight, row.per_weight, 1e-11);
  }
}

TEST_CASE(
    "the smallest spiking weight separates silence from one spike (design notes, eventprop 3.8)") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  struct Row {
    double tau_mem, tau_syn, weight;
  };
  for (const Row& row :
       {Row{20, 5, 6.349604207872798}, Row{10, 5, 4.0}, Row{5, 5, 2.718281828459045}}) {
    CAPTURE(row.tau_mem);
    CHECK(silent(one_synapse(row.tau_mem, row.tau_syn, row.weight * (1 - 1e-14))));
    CHECK_FALSE(silent(one_synapse(row.tau_mem, row.tau_syn, row.weight * (1 + 1e-14))));
  }
}

TEST_CASE(
    "a grazing spike keeps its distance, slope and diverging dt/dw (design notes, eventprop 3.7)") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  struct Row {
    double margin, distance, slope, per_weight;
  };
  // The state of the last row is known to 1e-16 of the threshold, its margin therefore to 1e-4. In
  // windows it is rounded once a window, to 2e-15 together.
  const double rounding = scheduler == Scheduler::windowed ? 2e-15 : 2e-16;
  const Row rows[] = {{1e-3, 0.43885273, 4.6414663e-3, -33.897219},
                      {1e-6, 1.4133801e-2, 1.4158811e-4, -1112.3107},
                      {1e-9, 4.4720526e-4, 4.4723026e-6, -35214.551},
                      {1e-12, 1.4142127e-5, 1.4142152e-7, -1113622.1}};
  const double rate = 1.0 / 20.0, fast = 1.0 / 5.0;
  const double peak_time = std::log(4.0) / (fast - rate);
  for (const Row& row : rows) {
    CAPTURE(row.margin);
    const double tolerance = std::max(5e-8, rounding / row.margin);
    const FirstSpike spike = first_spike(one_synapse(20, 5, 6.349604207872798 * (1 + row.margin)));
    close(peak_time - spike.time, row.distance, tolerance);
    close(spike.slope, row.slope, tolerance);
    close(spike.per_weight, row.per_weight, tolerance);
  }
}

TEST_CASE(
    "closed-form first spikes of jaxsnn's test_event_root_ttfs: 2:1 and equal time constants") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  // tau_syn 5 ms, threshold 0.6, current 3: 3.23507 ms with tau_mem 10 ms, 1.29586 ms with tau_mem
  // 5 ms.
  close(first_spike(one_synapse(10, 5, 3.0, 0.6)).time, 3.23507, 2e-6);
  close(first_spike(one_synapse(5, 5, 3.0, 0.6)).time, 1.29586, 4e-6);
  // Its gradients, -6.18034e-3 s and -1.7492e-3 s, are per relative change of the current.
  close(3.0 * first_spike(one_synapse(10, 5, 3.0, 0.6)).per_weight, -6.18034, 1e-6);
  close(3.0 * first_spike(one_synapse(5, 5, 3.0, 0.6)).per_weight, -1.7492, 3e-5);
  // Closed form for 2:1 with V = 0: 10 ln(2 I / (I + sqrt(I^2 - 4 I threshold))).
  close(first_spike(one_synapse(10, 5, 3.0, 0.6)).time,
        10 * std::log(6.0 / (3.0 + std::sqrt(9.0 - 4 * 3.0 * 0.6))), 1e-14);
  CHECK(silent(one_synapse(10, 5, 2.0, 0.6)));
  CHECK(silent(one_synapse(5, 5, 1.0, 0.6)));
  CubaLif n;
  n.tau_mem = 10;
  n.v_threshold = 0.6;
  n.derive();
  CHECK(next_crossing(n, {-551.668, 6.2e-4}, 1e4) == never);
}

TEST_CASE(
    "a bias above the threshold fires without input (jaxsnn "
    "test_examples_event_leak_over_threshold)") {
  scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  CubaLif n;
  n.tau_mem = 20;
  n.tau_syn = 10;
  n.bias = 2;
  n.derive();
  close(next_crossing(n, {0.0, 0.0}, 100.0), 20 * std::log(2.0), 1e-15);
  close(next_crossing(n, {0.0, 0.0}, 100.0), 13.86294, 1e-6);
  close(next_crossing(n, {0.3, 0.0}, 100.0), 10.61257, 1e-6);
  close(next_crossing(n, {0.3, 0.0}, never), 20 * std::log(1.7), 1e-15);
}
