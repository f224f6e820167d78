// Settings of [train] that no training would notice, and those that one would.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/schedule.hpp>
#include <retrograde/scenarios/run/idle_settings.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

// A network with what `in` and the projection learn, and [train].
std::vector<std::string> idle(const std::string& projection, const std::string& train,
                              std::uint32_t epochs = 100, const std::string& neuron = "") {
  std::vector<std::string> texts;
  for (const IdleSetting& setting : idle_settings(
           parse_scenario(
               "[scenario]\nduration = \"40 ms\"\n[[population]]\nname = \"in\"\nsize = 2\n"
               "spikes = [[], []]\n[[population]]\nname = \"out\"\nsize = 2\n" +
                   neuron + "\n[[projection]]\nfrom = \"in\"\nto = \"out\"\nweight = 1.0\n" +
                   projection + "\n[train]\n" + train + "\n",
               "x.toml"),
           epochs))
    texts.push_back(setting.text);
  return texts;
}

const std::string weights = "learn = [\"weight\"]";

}  // namespace

TEST_CASE("a rate of what is not learned has no effect, and one that is not written is no matter") {
  CHECK(idle(weights, "").empty());
  CHECK(idle(weights, "weight_rate = 0.1").empty());
  const auto delay = idle(weights, "delay_rate = 0.25");
  REQUIRE(delay.size() == 1);
  CHECK_THAT(delay[0],
             Contains("delay_rate = 0.25 in [train] has no effect") &&
                 Contains("no delay is learned; remove it, or write learn = [\"delay\"]"));
  const auto neuron = idle(weights, "neuron_rate = 1");
  REQUIRE(neuron.size() == 1);
  CHECK_THAT(neuron[0], Contains("neuron_rate = 1") && Contains("no neuron parameter is learned"));
  CHECK(idle(weights, "neuron_rate = 1", 100, "learn = [\"bias\"]").empty());
  // A delay of a population is one, too.
  CHECK(idle(weights, "delay_rate = 1", 100, "learn = [\"dendritic_delay\"]").empty());
  const auto weight = idle("learn = [\"delay\"]", "weight_rate = 0.1\ndelay_rate = 1");
  REQUIRE(weight.size() == 1);
  CHECK_THAT(weight[0], Contains("weight_rate = 0.1") && Contains("no weight is learned"));
  const auto apart = idle(weights + "\nweight_rate = 0.5", "weight_rate = 0.1");
  REQUIRE(apart.size() == 1);
  CHECK_THAT(apart[0], Contains("rate of their own"));
}

TEST_CASE("silence that pays nothing has no effect") {
  const std::string loss = "[loss]\nkind = \"spike_time_power\"\n[loss.silence]\nstrength = ";
  const auto none = idle(weights + "\n" + loss + "0", "");
  REQUIRE(none.size() == 1);
  CHECK_THAT(none[0], Contains("strength = 0 in [loss.silence] has no effect") &&
                          Contains("remove the table, or write a strength above 0"));
  CHECK(idle(weights + "\n" + loss + "0.1", "").empty());
  const auto high = idle(weights + "\n" + loss + "0.1\nlevel = 1.5", "");
  REQUIRE(high.size() == 1);
  CHECK_THAT(high[0], Contains("its level of 1.5 is not below any threshold"));
}

TEST_CASE("a plateau has no effect in a training that ends before rates could change") {
  const std::string plateau = "schedule = { kind = \"plateau\", epochs = 4 }";
  const auto six = idle(weights, plateau, 6);
  REQUIRE(six.size() == 1);
  CHECK_THAT(six[0], Contains("a plateau with epochs = 4") &&
                         Contains("from epoch 7 on, and training ends with epoch 6"));
  CHECK(idle(weights, plateau, 7).empty());
  // What the schedule itself says of it: nothing gets better from the first epoch on.
  Schedules schedules;
  schedules.list.push_back({Plateau{0.5, 0.0, 0.5, 4}});
  std::vector<ScheduleState> states;
  for (std::uint32_t epoch = 0; epoch < 6; ++epoch) {
    CHECK(rate_factors(schedules, states, {epoch, 0, 1}).of(RateClass::weight) == 1.0);
    watch(schedules, states, epoch, 1.0);
  }
  CHECK(rate_factors(schedules, states, {6, 0, 1}).of(RateClass::weight) == 0.5);
}

TEST_CASE("beta1 has no effect where schedules move the momentum of all that is learned") {
  const std::string momentum =
      "beta1 = 0.8\nschedule = { kind = \"one_cycle\", momentum = [0.85, 0.95]";
  const auto all = idle(weights, momentum + " }", 6);
  REQUIRE(all.size() == 1);
  CHECK_THAT(all[0], Contains("beta1 in [train] has no effect"));
  CHECK(idle(weights, "beta1 = 0.8\nschedule = { kind = \"one_cycle\" }", 6).empty());
}

TEST_CASE("patience has no effect in a training that ends before it could be over") {
  const auto three = idle(weights, "patience = 3", 4);
  REQUIRE(three.size() == 1);
  CHECK_THAT(three[0],
             Contains("patience = 3 in [train] has no effect") &&
                 Contains("after epoch 4 at the earliest, and this one ends with epoch 4"));
  CHECK(idle(weights, "patience = 3", 5).empty());
  CHECK(idle(weights, "patience = 0", 1).empty());
}

TEST_CASE("no shipped scenario says anything for nothing") {
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(RETROGRADE_SOURCE_DIR) / "scenarios/library")) {
    if (entry.path().extension() != ".toml") continue;
    const Scenario scenario = read_scenario(entry.path().string());
    const auto found = idle_settings(scenario, scenario.train.epochs);
    CAPTURE(entry.path().filename().string());
    for (const IdleSetting& setting : found) UNSCOPED_INFO(setting.text);
    CHECK(found.empty());
  }
}
