// retrograde.check/1 and retrograde.train/1 of results written down by hand with a different number
// in every place.
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/json/evaluation.hpp>

#include "tests/support/worked_evaluation.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Json = nlohmann::ordered_json;

TEST_CASE("the document of an evaluation keeps exact and chip apart") {
  const WorkedEvaluation worked = worked_evaluation();
  const Json document = json_evaluation(worked.trained, worked.evaluation);
  CHECK(document["schema"] == "retrograde.check/1");
  CHECK(document["scenario"] == "yin_yang_delays");
  CHECK(document["seed"] == 7);
  CHECK(document["part"] == "test");
  CHECK(document["trials"] == 1000);
  CHECK(document["exact"]["accuracy"] == 0.976);
  CHECK(document["exact"]["loss"] == 0.123);
  CHECK(document["exact"]["confusion"] == Json({341, 5, 4, 0, 6, 308, 2, 0, 3, 4, 327, 0}));
  CHECK(
      document["exact"]["activity"] ==
      Json::array(
          {{{"population", "hidden"}, {"neurons", 5}, {"spikes_per_neuron", 6.642}, {"silent", 3}},
           {{"population", "out"}, {"neurons", 3}, {"spikes_per_neuron", 0.34}, {"silent", 0}}}));
  CHECK(document["exact"]["worst"] ==
        Json::array(
            {{{"trial", 17}, {"label", 2}, {"decision", 0}, {"loss", 3.25}, {"margin", -1.5}},
             {{"trial", 4}, {"label", 1}, {"decision", 1}, {"loss", 0.125}, {"margin", 0.75}}}));

  const Json& chip = document["chip"];
  CHECK(chip["step_ms"] == 0.1);
  CHECK(chip["accuracy"] == 0.972);
  CHECK(chip["agreement"] == 0.984);
  CHECK(chip["confusion"] == Json({339, 6, 4, 1, 7, 306, 3, 0, 4, 4, 327, 0}));
  CHECK(chip["fine_tuned_epoch"].is_null());
  REQUIRE(chip["layers"].size() == 2);
  CHECK(chip["layers"][0] == Json{{"population", "hidden"},
                                  {"exact_spikes_per_trial", 33.21},
                                  {"chip_spikes_per_trial", 32.43},
                                  {"more_spikes_on_chip", chip["layers"][0]["more_spikes_on_chip"]},
                                  {"same_neurons", 1.0},
                                  {"first_spike_shift_ms", 0.25},
                                  {"first_spike_deviation_ms", std::sqrt(1.0 / 8)}});
  // Sums -780 and 2000 of 1000 trials: 1.96 deviations of the mean to either side.
  const double half = 1.959963984540054 * std::sqrt((2000 - 780.0 * 780 / 1000) / 999 / 1000);
  const Json& more = chip["layers"][0]["more_spikes_on_chip"];
  CHECK(more["mean"] == -0.78);
  CHECK(more["range"][0].get<double>() == Approx(-0.78 - half));
  CHECK(more["range"][1].get<double>() == Approx(-0.78 + half));
  REQUIRE(chip["registers"].size() == 2);
  CHECK(chip["registers"][1] == Json{{"population", "hidden"},
                                     {"register", "v"},
                                     {"bits", 24},
                                     {"min", 0},
                                     {"max", 8388607},
                                     {"overflows", 3},
                                     {"safety", "overflows"}});
  CHECK(chip["populations"] == Json::array({{{"population", "hidden"},
                                             {"scale", 0.00125},
                                             {"scales", 1},
                                             {"clip_percentile", 99.5},
                                             {"threshold_fraction", 0.25},
                                             {"threshold", 935},
                                             {"u_decay", 390},
                                             {"v_decay", 101}}}));
  CHECK(chip["projections"] == Json::array({{{"projection", "in->hidden"},
                                             {"synapses", 2100},
                                             {"weights_clipped", 3},
                                             {"weights_zeroed", 17},
                                             {"sqnr_db", 30.5},
                                             {"delays_clipped", 0},
                                             {"max_delay_steps", 56}}}));
  CHECK(chip["input_collisions"] == 1);
  CHECK(chip["synaptic_operations"] == 960000);
  CHECK(chip["warnings"] == Json({"3 weights were clipped"}));
  CHECK(chip["verdict"]["fits"] == true);
  CHECK(chip["cores"].size() == 2);
  CHECK(chip["forecast"]["trials"] == 2);
}

TEST_CASE("the document of an error budget says on how many trials, alone and added") {
  WorkedEvaluation worked = worked_evaluation();
  worked.evaluation.chip->budget.tuned = loihi2::BudgetEntry{792, 6, 0.5};
  worked.evaluation.chip->tuned_epoch = 4;
  const Json chip = json_evaluation(worked.trained, worked.evaluation)["chip"];
  const Json& budget = chip["error_budget"];
  CHECK(budget["trials"] == 900);
  CHECK(budget["exact_accuracy"] == 780 / 900.0);
  REQUIRE(budget["steps"].size() == loihi2::approximations.size());
  CHECK(budget["steps"][1]["alone"] ==
        Json{{"accuracy", 778 / 900.0}, {"changed", 2 / 900.0}, {"distance", 0.02}});
  CHECK(budget["steps"][1]["added"] ==
        Json{{"accuracy", 775 / 900.0}, {"changed", 5 / 900.0}, {"distance", 0.04}});
  CHECK(budget["fine_tuned"] ==
        Json{{"accuracy", 792 / 900.0}, {"changed", 6 / 900.0}, {"distance", 0.5}});
  CHECK(chip["fine_tuned_epoch"] == 4);
}

TEST_CASE("without labels there are losses and agreement, and null for every accuracy") {
  const WorkedEvaluation worked = unlabelled_evaluation();
  const Json document = json_evaluation(worked.trained, worked.evaluation);
  CHECK(document["exact"]["accuracy"].is_null());
  CHECK(document["exact"]["loss"] == 0.123);
  CHECK(document["chip"]["accuracy"].is_null());
  CHECK(document["chip"]["agreement"] == 0.984);
  CHECK(document["chip"]["error_budget"]["exact_accuracy"].is_null());
  CHECK(document["chip"]["error_budget"]["steps"][0]["alone"]["accuracy"].is_null());
  CHECK(document["chip"]["error_budget"]["steps"][0]["alone"]["changed"] == 1 / 900.0);
}

TEST_CASE("a network that cannot go on the chip has a refusal") {
  WorkedEvaluation worked = worked_evaluation();
  worked.evaluation.chip.reset();
  worked.evaluation.chip_refusal = "no";
  const Json document = json_evaluation(worked.trained, worked.evaluation);
  CHECK(document["chip"].is_null());
  CHECK(document["refusal"] == "no");
}

TEST_CASE("the summary of a run has its training and its result") {
  WorkedEvaluation worked = worked_evaluation();
  worked.trained.data_path = "/data/sets";
  const Json document = json_training(worked.trained, worked.evaluation);
  CHECK(document["schema"] == "retrograde.train/1");
  CHECK(document["data"] == "/data/sets");
  CHECK(document["epochs"] == 60);
  CHECK(document["best_epoch"] == 52);
  CHECK(document["training_seconds"].get<double>() == Approx(252.0));
  CHECK(document["forward_deliveries_per_s"].get<double>() == Approx(31.4e6));
  CHECK(document["backward_deliveries_per_s"].get<double>() == Approx(22.1e6));
  CHECK(document["result"] == json_evaluation(worked.trained, worked.evaluation));
}

TEST_CASE("what trials without labels or margins are most wrong about is null in the document") {
  const WorkedEvaluation worked = unlabelled_evaluation();
  const Json document = json_evaluation(worked.trained, worked.evaluation);
  const Json worst = document["exact"]["worst"];
  REQUIRE(worst.size() == 1);
  CHECK(worst[0]["label"].is_null());
  CHECK(worst[0]["decision"] == 0);
  CHECK(worst[0]["margin"].is_null());
}
