// What is tried where a network does something else on the chip, and what is said of it.
#include <catch2/catch.hpp>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>

#include "tests/support/shipped_chip.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

Evaluation checked(const std::string& text, Remedying remedying = Remedying::where_wanted,
                   const ChipProfile& profile = shipped_chip("loihi2")) {
  Trained trained;
  trained.scenario = parse_scenario(text, "x.toml");
  trained.network = trained.scenario.network;
  return evaluate_network(trained, load_dataset(trained.scenario, ""), profile, {}, remedying);
}

// Neurons 1 to 4 have weights of 0.15, neuron 0 some of -40 beside them: with one weight unit for all, those
// of the four are half of it and become 0.
std::string wide_weights(const std::string& chip) {
  return R"(
[scenario]
duration = "60 ms"
[[population]]
name = "in"
size = 2
spikes = [["2 ms", "30 ms"], ["3 ms", "31 ms"]]
[[population]]
name = "out"
size = 5
model = "cuba_lif"
tau_mem = "20 ms"
tau_syn = "5 ms"
v_threshold = 0.0336
[[projection]]
from = "in"
to = "out"
weight = [[-40.0, -40.0], [0.15, 0.15], [0.15, 0.15], [0.15, 0.15], [0.15, 0.15]]
delay = "1 ms"
)" + chip;
}

std::string delays(const std::string& chip) {
  return R"(
[scenario]
duration = "300 ms"
[[population]]
name = "in"
size = 2
spikes = [["5 ms"], ["5 ms"]]
[[population]]
name = "out"
size = 2
model = "cuba_lif"
tau_mem = "10 ms"
tau_syn = "5 ms"
[[projection]]
from = "in"
to = "out"
connect = "one_to_one"
weight = [9.0, 9.0]
delay = ["62 ms", "90 ms"]
)" + chip;
}

const TriedRemedy& tried(const Remedies& remedies, const std::string& keys) {
  for (const TriedRemedy& r : remedies.tried)
    if (r.keys == keys) return r;
  FAIL("not tried: " << keys);
  return remedies.tried.front();
}

}  // namespace

TEST_CASE("weights that become 0 silence neurons, and groups of their own are found to mend it",
          "[remedies]") {
  const Evaluation e = checked(wide_weights(""));
  REQUIRE(e.chip);
  CHECK_FALSE(e.judged);
  CHECK(e.chip->deployment.fit.fidelity == Fidelity::other_spikes);
  REQUIRE(e.chip->remedies);
  const Remedies& r = *e.chip->remedies;
  CHECK(r.part == Part::train);
  CHECK(r.trials == 1);
  CHECK(r.as_it_is.weights_zeroed == 8);
  CHECK(tried(r, "groups = 8").weights_zeroed == 0);
  CHECK(tried(r, "groups = 8").fit.behaves());
  REQUIRE(r.best);
  CHECK_THAT(r.tried[*r.best].keys, Catch::StartsWith("groups = 8"));
  CHECK(r.tried[*r.best].unlike < 0.1 * r.as_it_is.unlike);
  CHECK_THAT(advice_text(r), Catch::StartsWith("write groups = 8"));
  // What is in force already is not tried.
  const Evaluation mended = checked(wide_weights("[chip]\ngroups = 8\n"));
  REQUIRE(mended.chip);
  CHECK(mended.chip->deployment.fit.behaves());
  CHECK_FALSE(mended.chip->remedies);
  CHECK_FALSE(checked(wide_weights(""), Remedying::no).chip->remedies);
}

TEST_CASE("a setting that does not fit is tried and not named", "[remedies]") {
  // One core that holds one kind of neuron, and groups make two kinds.
  ChipProfile small = shipped_chip("loihi2");
  small.mesh.columns.value = small.mesh.rows.value = small.mesh.cores_per_router.value = {1, 1};
  small.mesh.usable_cores.value = {1, 1};
  small.core.limits.neuron_groups->value = {1, 1};
  const Evaluation e = checked(wide_weights(""), Remedying::where_wanted, small);
  REQUIRE(e.chip);
  REQUIRE(e.chip->remedies);
  CHECK(e.chip->deployment.fit.fits());
  CHECK(tried(*e.chip->remedies, "groups = 8").fit.behaves());
  CHECK_FALSE(tried(*e.chip->remedies, "groups = 8").fit.fits());
  CHECK_FALSE(e.chip->remedies->best);
}

TEST_CASE("delays that are cut ask for a longer step, which is tried", "[remedies]") {
  const Evaluation e = checked(delays(""));
  REQUIRE(e.chip);
  // One of two first spikes comes 28 ms early.
  CHECK(e.chip->deployment.fit.fidelity == Fidelity::other_spikes);
  CHECK(e.chip->quantization.projections[0].shortest_step ==
        Approx(1.46));  // 90 / 62, in three digits
  REQUIRE(e.chip->remedies);
  const TriedRemedy& longer = tried(*e.chip->remedies, "step = \"1.46 ms\"");
  CHECK(longer.delays_clipped == 0);
  CHECK(e.chip->remedies->as_it_is.delays_clipped == 1);
  CHECK(longer.fit.behaves());
  REQUIRE(e.chip->remedies->best);
  CHECK_THAT(e.chip->remedies->tried[*e.chip->remedies->best].keys,
             Catch::Contains("step = \"1.46 ms\""));
  const Evaluation mended = checked(delays("[chip]\nstep = \"1.46 ms\"\n"));
  CHECK(mended.chip->quantization.projections[0].delays_clipped == 0);
  CHECK(mended.chip->deployment.fit.behaves());
}
