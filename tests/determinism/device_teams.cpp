// Kernels on teams of several threads: the same bits as by one thread, for any number of them, and, where
// a thread sanitizer watches, no two threads at one place between two barriers. Reference: the same
// kernels by one thread.
#include <catch2/catch.hpp>

#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/events/fingerprint.hpp>

#include "tests/support/dense_network.hpp"
#include "tests/support/random_network.hpp"

using namespace retrograde;

namespace {

// Of spikes, losses and gradients of a batch.
std::uint64_t fingerprint_on(const std::shared_ptr<Device>& device, const Network& network,
                             const Trial& trial, std::uint32_t out, bool all) {
  Trial muted = trial;
  muted.muted.assign(network.neuron_count(), 0);
  for (std::size_t n = 0; n < muted.muted.size(); n += 3) muted.muted[n] = 1;
  const TrialList set({trial, muted}, {1, 0});
  const auto loss = make_loss(VoltageCrossEntropySpec{out, TimeWeight(25.0)});
  TapeGradients source([&](const Network& n) {
    return BatchMachines{std::make_unique<DeviceMachine>(device, n), nullptr};
  });
  GradientOptions options;
  options.run.readout = loss->readout();
  options.neuron_parameters = all;
  BatchGradient made;
  source.make(network, set, std::vector<std::uint32_t>{0, 1}, *loss, options, made);
  Fingerprint f;
  f.add(std::span<const double>(made.sum));
  for (const TrialResult& result : made.results) f.add(result.loss);
  for (const std::uint64_t spikes : made.spikes) f.add(spikes);
  REQUIRE(device->work.left_to_cpu == 0);
  return f.value();
}

void check_teams(const Network& network, const Trial& trial, std::uint32_t out, bool all) {
  constexpr std::size_t room = std::size_t{1} << 28;
  const std::uint64_t alone = fingerprint_on(make_cpu_device(room), network, trial, out, all);
  for (const std::uint32_t team : {2u, 5u}) {
    CAPTURE(team, all);
    CHECK(fingerprint_on(make_cpu_device(room, team), network, trial, out, all) == alone);
  }
}

}  // namespace

TEST_CASE("a team of any number of threads leaves the bits of one") {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6}) {
    CAPTURE(seed);
    const test::DenseNetwork dense(seed);
    check_teams(dense.network, dense.trial, dense.out, seed % 2 == 0);
  }
  for (const auto wiring : {test::Wiring::recurrent, test::Wiring::feed_forward}) {
    CAPTURE(static_cast<int>(wiring));
    const test::RandomNetwork sparse =
        test::random_network({.seed = 3, .wiring = wiring, .timing = test::Timing::volleys});
    check_teams(sparse.network, sparse.trial, *sparse.network.find_population("out"), true);
  }
}
