// The recurrent reference network R1: two neurons with a self-connection, two inputs, delays
// everywhere. Reference: design notes "eventprop" 3.8: spike times and gradients from 60-digit
// arithmetic (central differences, step 1e-20), printed to 13 to 16 digits.
#include <catch2/catch.hpp>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/sequential/sequential.hpp>

#include "tests/support/schedulers.hpp"

using namespace retrograde;

namespace {

Network r1() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto hidden =
      builder.add({.name = "hidden", .size = 2, .tau_mem = {10.0}, .tau_syn = {5.0}});
  builder.connect(in, hidden, {{0, 0, 3.2, 0.75}, {1, 1, 2.9, 0.5}});
  builder.connect(hidden, hidden, {{1, 0, 0.8, 2.5}, {0, 1, 2.4, 1.5}, {1, 1, -0.6, 3.25}});
  return builder.build();
}

const Trial trial{40.0, {{1.0, 0}, {3.0, 1}, {6.0, 0}, {9.0, 1}, {13.0, 0}}};

// In the order of the synapses: w0a, w1b, then by (source, target): w10, w01, w11.
struct Reference {
  double weight[5], delay[5], v_threshold[2], v_reset[2], bias[2], tau_mem[2], tau_syn[2];
};

void check(const Gradient& gradient, const Reference& reference) {
  const auto close = [](double value, double expected) {
    CAPTURE(value, expected);
    // 13 printed digits: half a unit of the last one.
    CHECK(std::fabs(value - expected) <= 2e-12 * std::fabs(expected) + 1e-14);
  };
  for (std::size_t s = 0; s < 5; ++s) {
    close(gradient.of(ParameterKind::weight)[s], reference.weight[s]);
    close(gradient.of(ParameterKind::delay)[s], reference.delay[s]);
  }
  for (std::size_t n = 0; n < 2; ++n) {
    close(gradient.of(ParameterKind::v_threshold)[2 + n], reference.v_threshold[n]);
    close(gradient.of(ParameterKind::v_reset)[2 + n], reference.v_reset[n]);
    close(gradient.of(ParameterKind::bias)[2 + n], reference.bias[n]);
    close(gradient.of(ParameterKind::tau_mem)[2 + n], reference.tau_mem[n]);
    close(gradient.of(ParameterKind::tau_syn)[2 + n], reference.tau_syn[n]);
  }
}

Gradient gradient_of(Scheduler scheduler, const Network& network, const Loss& loss,
                     double expected_loss) {
  const auto machine = make_machine(network, scheduler);
  const Tape tape = machine->run(trial, {.readout = loss.readout()});
  const LossValue value = loss.evaluate(network, tape, 0);
  CHECK(std::fabs(value.value - expected_loss) < 1e-13 * expected_loss);
  Gradient gradient{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  backward(*machine, tape, value, loss.readout(), {}, gradient);
  return gradient;
}

}  // namespace

TEST_CASE("the reference network R1 fires its eight spikes at the 60-digit times") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const Network network = r1();
  const Tape tape = make_machine(network, scheduler)->run(trial);
  const std::vector<Spike> expected = {{7.493024796013334, 2}, {9.850805341667477, 3},
                                       {12.54813600537875, 3}, {13.35130634544584, 2},
                                       {16.34701162683747, 2}, {17.71507275120686, 3},
                                       {22.41093045740554, 2}, {24.16644121050098, 3}};
  std::vector<TapeSpike> hidden;
  for (const TapeSpike& s : tape.spikes)
    if (s.neuron >= 2) hidden.push_back(s);
  REQUIRE(hidden.size() == expected.size());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    CHECK(hidden[k].neuron == expected[k].neuron);
    CHECK(std::fabs(hidden[k].time - expected[k].time) < 1e-12);
  }
}

TEST_CASE(
    "the gradients of R1's L1, half the squared spike times of neuron 1, match 60-digit "
    "differences") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const auto loss = make_loss(SpikeTimePowerSpec{1, {0.0, 0.5}, 10.0, 2.0, {}, never});
  check(gradient_of(scheduler, r1(), *loss, 5.761673832250294),
        {{-7.515047405971, -3.439340072497, -3.164629359485, -3.826401551687, -2.449608321877},
         {0.325616145696, 0.3171884073916, 0.9810422545657, 0.6554261088698, -0.2008205993726},
         {27.10927294046, 16.09943167988},
         {-10.66057169751, -7.101285418409},
         {-12.19577501716, -7.0074154767},
         {1.98774061033, 1.242321957077},
         {-4.089965913794, -2.294758737867}});
}

TEST_CASE("the gradients of R1's L2, the integral of V of neuron 0, match 60-digit differences") {
  const auto scheduler = GENERATE(Scheduler::sequential, Scheduler::windowed);
  const auto loss = make_loss(SpikeTimePowerSpec{1, {}, 1.0, 1.0, {1.0, 0.0}, never});
  check(
      gradient_of(scheduler, r1(), *loss, 19.70883266406842),
      {{13.3399497531, 1.046726867662, 1.167602068595, 14.75242518567, 0.9680227052986},
       {-0.3713338497879, -0.006806451724188, -0.3135375069802, -0.3203439587044, 0.06134282775524},
       {-34.78094669439, -5.256939257669},
       {35.51518863869, 2.481365806935},
       {29.59559005117, 2.246973693842},
       {-3.985939150837, -0.4019964564561},
       {9.847765664369, 0.8040200750928}});
}
