// The networks that speed is measured on are the ones that their specifications say.
#include <catch2/catch.hpp>

#include <retrograde/bench/figures/workload.hpp>

using namespace retrograde;
using namespace retrograde::bench;

namespace {

// Mean square of the recurrent weights that leave a neuron, times their number.
double variance_sent(const Workload& w) {
  const Projection& p = w.network.projections()[1];
  double sum = 0.0;
  for (SynapseId k = 0; k < p.size; ++k) {
    const double weight = w.network.weight(p.first + k);
    sum += weight * weight;
  }
  return sum / w.network.populations()[p.source].size;
}

}  // namespace

TEST_CASE("a sparse network of another fan-out has as many synapses, as much weaker", "[bench]") {
  const Workload usual = sparse({.neurons = 2000, .duration = 10.0});
  const Workload wide = sparse({.neurons = 2000, .fan_out = 1000, .duration = 10.0});
  CHECK(usual.network.projections()[1].size == 2000 * 100);
  CHECK(wide.network.projections()[1].size == 2000 * 1000);
  // Both are driven over the same synapses by the same spikes.
  CHECK(wide.network.projections()[0].size == usual.network.projections()[0].size);
  CHECK(wide.trial.inputs == usual.trial.inputs);
  // 100 x 0.05^2 either way, up to the chance of 200,000 draws: 0.3 % is one deviation.
  CHECK(variance_sent(usual) == Approx(0.25).epsilon(0.02));
  CHECK(variance_sent(wide) == Approx(0.25).epsilon(0.02));
}
