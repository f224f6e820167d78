// What ties on a tape, by hand: an arrival at the instant of a spike, one at the instant of a release.
// Reference: the way back of the windowed machine over the same tape.
#include <catch2/catch.hpp>
#include <vector>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/device/device_backward.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

using namespace retrograde;

TEST_CASE("arrivals at the instant of a spike are ties on a device, too", "[adjoint][device]") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 3});
  const auto h = builder.add({.name = "h",
                              .size = 1,
                              .tau_mem = {9.0},
                              .tau_syn = {4.0},
                              .v_reset = {-0.1},
                              .t_ref = {2.0}});
  builder.connect(in, h, {{0, 0, 2.0, 1.0}, {1, 0, 1.5, 1.0}, {2, 0, 0.7, 1.0}});
  const Network network = std::move(builder).build();
  // What arrives: at 1.5, at 2 with the spike, at 4 with the release.
  Tape tape;
  tape.duration = 10.0;
  tape.spikes = {
      {0.5, 0, 0, 0}, {1.0, 0, 0, 1}, {2.0, 0.3, 0.25, 3}, {3.0, 0, 0, 2}, {6.0, 0.2, 0.15, 3}};
  tape.trajectories.resize(network.neuron_count());
  tape.deliveries = 3;
  const std::vector<Tape> tapes{tape};
  LossValue loss;
  loss.spike_times = {0.0, 0.0, 0.7, 0.0, 1.0};
  const std::vector<LossValue> losses{loss};
  const std::vector<std::size_t> groups{0, 1};
  for (const bool all : {false, true}) {
    CAPTURE(all);
    const BackwardOptions options{all, {}, {}};
    Gradient expected{network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
    const BackwardStatistics statistics =
        backward(WindowedMachine(network), tape, loss, {}, options, expected);
    CHECK(statistics.grazing.arrival_ties == 1);

    const DeviceMachine machine(make_cpu_device(), network);
    std::vector<std::vector<double>> sums(1);
    std::vector<BackwardStatistics> of_device(1);
    REQUIRE(backward_on_device(machine, {tapes, losses, groups}, {}, options, network.layout(), {},
                               sums, of_device));
    CHECK(sums[0] == expected.parameters);
    CHECK(of_device[0].grazing.arrival_ties == 1);
    CHECK(of_device[0].grazing.spike_ties == statistics.grazing.spike_ties);
    CHECK(of_device[0].grazing.smallest_slope == 0.2);
  }
}
