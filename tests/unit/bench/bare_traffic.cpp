// The yardstick does what it says: as many deliveries as the spikes have synapses, and the same
// sums wherever its arrays lie.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/bench/figures/bare_traffic.hpp>
#include <retrograde/bench/figures/workload.hpp>
#include <retrograde/engine/scheduler.hpp>

using namespace retrograde;
using namespace retrograde::bench;

namespace {

// Synapses of all spikes of a tape; factors of a spike sum to 1 + phase^2 in the window.
void check_traffic(const Workload& w) {
  const Tape tape = run(w.network, w.trial, {.readout = w.readout});
  std::uint64_t synapses = 0;
  double sum = 0.0;
  for (const TapeSpike& s : tape.spikes) {
    const double phase = s.time - std::floor(s.time);
    for (const SynapseId k : w.network.synapses_of(s.neuron)) {
      ++synapses;
      sum += w.network.weight(k) * (1.0 + phase * phase);
    }
  }
  REQUIRE(synapses > 0);
  BareTraffic staggered(w.network, tape, BareTraffic::Placement::staggered);
  BareTraffic same(w.network, tape, BareTraffic::Placement::same);
  CHECK(staggered.run() == synapses);
  CHECK(same.run() == synapses);
  CHECK(staggered.sum() == Approx(sum).epsilon(1e-4));
  CHECK(same.sum() == Approx(sum).epsilon(1e-4));
}

}  // namespace

TEST_CASE("the bare kernel delivers every spike over every synapse, dense", "[bench]") {
  check_traffic(keyword({.hidden = 32, .recurrent = true, .size = 0.05}));
}

TEST_CASE("the bare kernel delivers every spike over every synapse, sparse", "[bench]") {
  check_traffic(sparse({.neurons = 300, .duration = 40.0}));
}
