// From a set on the disk to the trials of a scenario, through [data].
#include <atomic>
#include <catch2/catch.hpp>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/trials/convert.hpp>
#include <retrograde/scenarios/data/trials/event_trials.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

#include "tests/support/event_list.hpp"
#include "tests/support/scratch.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;
using test::EventList;

namespace {

// 60 samples of 3 classes and 10 units over a second.
std::shared_ptr<EventList> small_set() {
  auto set = std::make_shared<EventList>(10, 3, 4);
  for (std::uint32_t k = 0; k < 60; ++k) {
    EventSample sample;
    for (std::uint32_t e = 0; e < 12; ++e) {
      sample.times.push_back(80.0 * e + k);
      sample.units.push_back((k + 3 * e) % 10);
    }
    set->add(sample, static_cast<int>(k % 3), k / 3 % 4,
             k < 48 ? std::optional(Part::train) : std::optional(Part::test));
  }
  return set;
}

EventTask task(Time duration = 1000.0) {
  EventTask task;
  task.shape.duration = duration;
  return task;
}

std::string scenario(const std::string& keys, int inputs = 10, int outputs = 3) {
  return "[scenario]\nduration = \"1 s\"\n[[population]]\nname = \"in\"\nsize = " +
         std::to_string(inputs) +
         "\nmodel = \"input\"\n[[population]]\nname = \"out\"\nsize = " + std::to_string(outputs) +
         "\nmodel = \"cuba_li\"\n[[projection]]\nfrom = \"in\"\nto = \"out\"\nweight = 0.1\n"
         "[loss]\nkind = \"voltage_cross_entropy\"\n[data]\n" +
         keys;
}

std::string write_small_set(const test::ScratchFolder& folder) {
  const std::string path = folder / "set.h5";
  convert_events(*small_set(), path, {});
  return path;
}

}  // namespace

TEST_CASE("a set becomes the parts of a data set, and what is left out is told") {
  const auto set = small_set();
  const Dataset data = event_trials(set, "events", task(900.0), {.first = 4});
  CHECK(data.info().inputs == 10);
  CHECK(data.classes() == 3);
  CHECK(data.info().duration == 900.0);
  CHECK(data.size(Part::train) == 42);  // 48 less two of each class
  CHECK(data.size(Part::validation) == 6);
  CHECK(data.size(Part::test) == 12);
  const Trial trial = data.trial(Part::test, 0);  // sample 48
  CHECK(trial.inputs.front() == Spike{48.0, 4 + 8});
  CHECK(trial.inputs.size() == 11);
  CHECK(data.label(Part::test, 1) == 1);
  // Events at 880 + k and, from k = 100 on, none: 60 samples lose those at or after 900 ms.
  REQUIRE(data.info().notes.size() == 2);
  CHECK_THAT(data.info().notes[0],
             Contains("42 to train with, 6 for validation (10 % of each class") &&
                 Contains("12 to test (the set's own)"));
  CHECK_THAT(data.info().notes[1], Contains("40 of 720 events (5.6 %)") && Contains("900 ms"));
}

TEST_CASE(
    "a conversion keeps every event, but for those that a window or bins leave out, and counts") {
  const test::ScratchFolder folder;
  EventList set(4, 2, 0);
  set.add({{0.25, 0.5, 1.5, 9.0}, {0, 0, 0, 3}}, 0);
  set.add({{7.0, 12.0}, {1, 1}}, 1);
  set.add({}, 1);
  const std::string path = folder / "out.h5";
  const auto check = [&](const EventShape& shape, std::uint64_t beyond, std::uint64_t merged,
                         std::uint64_t emptied) {
    const Converted all = convert_events(set, path, shape);
    CHECK(all.samples == 3);
    CHECK(all.events == 6);
    CHECK(all.beyond == beyond);
    CHECK(all.merged == merged);
    CHECK(all.emptied == emptied);
    const auto written = open_event_file(path);
    std::uint64_t events = 0;
    for (std::size_t k = 0; k < written->size(); ++k) events += written->sample(k).times.size();
    CHECK(events == all.kept());
    CHECK(events == 6 - beyond - merged);
  };
  check({}, 0, 0, 0);
  check({.merge = 4}, 0, 0, 0);
  check({.duration = 9.0}, 2, 0, 0);
  check({.duration = 7.0}, 3, 0, 1);
  check({.bin = 1.0}, 0, 1, 0);
  check({.duration = 9.0, .bin = 1.0}, 2, 1, 0);
  const std::string before = test::get(path);
  CHECK_THROWS_WITH(convert_events(set, path, {.duration = 0.25}),
                    Contains("none of 6 events lies before 0.25 ms, the first is at 0.25 ms"));
  CHECK(test::get(path) == before);
}

TEST_CASE("limits thin a part out, and only what is used is read") {
  EventTask limited = task();
  limited.limits = {6, 3};
  std::uint64_t read = 0;
  const Dataset data =
      event_trials(small_set(), "events", limited,
                   {.progress = [&](std::uint64_t, std::uint64_t total, std::string_view what) {
                     read = total;
                     CHECK(what == "reading list");
                   }});
  CHECK(data.size(Part::train) == 6);
  CHECK(data.size(Part::test) == 3);
  CHECK(read == 6 + 6 + 3);
}

TEST_CASE("only training meets augmented samples, blended ones among them") {
  EventTask with = task();
  with.augment.shift = 4;
  with.augment.blend = 20;
  const auto set = small_set();
  const Dataset data = event_trials(set, "events", with, {});
  const Dataset plain = event_trials(set, "events", task(), {});
  REQUIRE(data.size(Part::train) == 62);
  const LabelledTrials& train = data.part(Part::train);
  std::size_t changed = 0;
  for (std::size_t k = 0; k < 42; ++k) {
    CHECK(train.trial(k).inputs == plain.trial(Part::train, k).inputs);
    CHECK(train.label(k) == plain.label(Part::train, k));
    changed += train.shown(k, 0).inputs != train.trial(k).inputs;
    CHECK(train.shown(k, 3).inputs == train.shown(k, 3).inputs);
  }
  CHECK(changed > 25);
  std::size_t anew = 0;
  for (std::size_t k = 42; k < 62; ++k) {
    CHECK((train.label(k) >= 0 && train.label(k) < 3));
    anew += train.shown(k, 0).inputs != train.shown(k, 1).inputs;
  }
  CHECK(anew == 20);
  for (const Part part : {Part::validation, Part::test})
    for (std::size_t k = 0; k < data.size(part); ++k) {
      CHECK(data.part(part).shown(k, 5).inputs == plain.trial(part, k).inputs);
    }
}

TEST_CASE("a blended sample is of two samples of its class") {
  // Units tell classes apart: class c speaks on units 3 c .. 3 c + 2 only.
  auto set = std::make_shared<EventList>(9, 3, 0);
  for (std::uint32_t k = 0; k < 30; ++k)
    set->add({{10.0, 20.0, 30.0}, {k % 3 * 3 + 1, k % 3 * 3 + 1, k % 3 * 3 + 1}},
             static_cast<int>(k % 3), 0, k < 27 ? Part::train : Part::test);
  EventTask with = task();
  with.augment.blend = 50;
  const Dataset data = event_trials(set, "events", with, {});
  const LabelledTrials& train = data.part(Part::train);
  for (std::size_t k = train.size() - 50; k < train.size(); ++k)
    for (const Spike& spike : train.shown(k, 2).inputs)
      CHECK(spike.neuron == static_cast<NeuronId>(3 * train.label(k) + 1));
}

TEST_CASE("the test part alone runs backward") {
  EventTask reversed = task();
  reversed.backward_test = true;
  const auto set = small_set();
  const Dataset data = event_trials(set, "events", reversed, {});
  const Dataset plain = event_trials(set, "events", task(), {});
  CHECK(data.trial(Part::train, 3).inputs == plain.trial(Part::train, 3).inputs);
  const auto forward = plain.trial(Part::test, 3).inputs, back = data.trial(Part::test, 3).inputs;
  REQUIRE(back.size() == forward.size());
  for (std::size_t k = 0; k < back.size(); ++k)
    CHECK(back[k].time == 1000.0 - forward[forward.size() - 1 - k].time);
}

TEST_CASE("trials of a file are the same for any number of threads") {
  const test::ScratchFolder folder;
  const auto set = open_event_file(write_small_set(folder));
  EventTask with = task();
  with.augment = {.blend = 10, .shift = 3, .dilation = 0.1, .jitter = 2.0, .deletion = 0.1};
  const auto all = [&](std::size_t threads) {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads);
    const Dataset data = event_trials(set, "events", with, {.seed = 11});
    const LabelledTrials& train = data.part(Part::train);
    std::vector<std::vector<Spike>> shown(train.size());
    tbb::parallel_for(std::size_t{0}, shown.size(),
                      [&](std::size_t k) { shown[k] = train.shown(k, 4).inputs; });
    return shown;
  };
  const auto one = all(1);
  CHECK(one == all(2));
  CHECK(one == all(4));
}

TEST_CASE("[data] reads a file of events, whose classes and units are known once it is open") {
  const test::ScratchFolder folder;
  const std::string path = write_small_set(folder);
  const std::string keys = "kind = \"events\"\npath = \"" + path + "\"\n";
  const Scenario s = parse_scenario(scenario(keys), "x.toml");
  CHECK_FALSE(s.data.wants_folder);
  CHECK(load_dataset(s, "").size(Part::test) == 12);
  CHECK(load_dataset(s, path).size(Part::test) == 12);
  CHECK_THROWS_WITH(load_dataset(parse_scenario(scenario(keys, 11), "x.toml"), ""),
                    Contains("population in has 11 neurons") && Contains("give it size = 10"));
  CHECK_THROWS_WITH(load_dataset(parse_scenario(scenario(keys, 10, 4), "x.toml"), ""),
                    Contains("population out has 4 neurons") && Contains("give it size = 3"));
  const Scenario merged = parse_scenario(scenario(keys + "merge_units = 4\n", 3), "x.toml");
  CHECK(load_dataset(merged, "").info().inputs == 3);
  const Scenario one_out = parse_scenario(
      scenario(keys + "test_speakers = \"s2\"\nvalidation_speakers = [\"s0\", \"s1\"]\n"),
      "x.toml");
  CHECK(load_dataset(one_out, "").size(Part::test) == 15);
  CHECK(load_dataset(one_out, "").size(Part::validation) == 30);
  const Scenario unnamed = parse_scenario(scenario("kind = \"events\"\n"), "x.toml");
  CHECK(unnamed.data.wants_folder);
  CHECK_THROWS_WITH(load_dataset(unnamed, ""), Contains("--data"));
}

TEST_CASE("augmentation of a scenario follows its seed, the set does not") {
  const test::ScratchFolder folder;
  const std::string path = write_small_set(folder);
  const std::string keys =
      "kind = \"events\"\npath = \"" + path + "\"\n[data.augment]\nshift = 5\nblend = 7\n";
  const auto shown = [&](std::uint64_t seed, bool as_training) {
    ScenarioOverrides overrides;
    overrides.seed = seed;
    const Scenario s = parse_scenario(scenario(keys), "x.toml", overrides);
    const Dataset data = load_dataset(s, "");
    std::vector<std::vector<Spike>> all;
    for (std::size_t k = 0; k < 42; ++k)
      all.push_back(as_training ? data.part(Part::train).shown(k, 0).inputs
                                : data.trial(Part::train, k).inputs);
    return all;
  };
  CHECK(shown(1, true) == shown(1, true));
  CHECK_FALSE(shown(1, true) == shown(2, true));
  CHECK(shown(1, false) == shown(2, false));
}

TEST_CASE("keys of events that cannot be meant are refused where they stand") {
  const auto message = [](const std::string& keys) -> std::string {
    try {
      parse_scenario(scenario(keys, 700, 20), "x.toml");
    } catch (const ScenarioError& error) {
      CHECK(error.line > 0);
      return error.what();
    }
    return "accepted";
  };
  const std::string shd = "kind = \"shd\"\n";
  CHECK(message(shd) == "accepted");
  CHECK_THAT(message(shd + "merge_units = 2\n"),
             Contains("shd with merge_units = 2 needs 350; give it size = 350"));
  CHECK_THAT(message(shd + "bin = \"0 ms\"\n"), Contains("data.bin"));
  CHECK_THAT(message(shd + "bin = \"2 s\"\n"), Contains("data.bin"));
  CHECK_THAT(message(shd + "bin = \"1 ms\"\nequal_counts = 5\n"),
             Contains("remove one of the two"));
  CHECK_THAT(message(shd + "test_speakers = []\n"), Contains("names nobody"));
  CHECK_THAT(message(shd + "test_speakers = 4\nvalidation_share = 1.0\n"), Contains("below 1"));
  CHECK_THAT(message(shd + "validation_speakers = 4\nvalidation_share = 0.1\n"),
             Contains("remove one of the two"));
  CHECK_THAT(message(shd + "test_speakers = 4\ntest_share = 0.1\n"),
             Contains("remove one of the two"));
  CHECK_THAT(message(shd + "t_early = \"1 ms\"\n"), Contains("t_early"));
  CHECK_THAT(message(shd + "jitter = \"1 ms\"\n"), Contains("does not apply"));
  CHECK_THAT(message(shd + "[data.augment]\nshfit = 3\n"), Contains("shfit"));
  CHECK_THAT(message(shd + "[data.augment]\nshift = -3\n"), Contains("data.augment.shift"));
  CHECK_THAT(message(shd + "[data.augment]\ndilation = 1.0\n"), Contains("data.augment.dilation"));
  CHECK_THAT(message(shd + "[data.augment]\ndeletion = 1.5\n"), Contains("data.augment.deletion"));
}

TEST_CASE("a damaged sample is found when the set is opened and not in the third epoch") {
  auto set = small_set();
  set->add({{1.0}, {3}}, 0, 0, Part::train);
  struct Damaged final : EventSet {
    std::shared_ptr<EventList> list;
    const EventSetInfo& info() const override { return list->info(); }
    std::size_t size() const override { return list->size(); }
    EventSample sample(std::size_t k) const override {
      if (k == 60) throw FormatError("list", "/times", "damaged here");
      return list->sample(k);
    }
    int label(std::size_t k) const override { return list->label(k); }
    std::uint32_t speaker(std::size_t k) const override { return list->speaker(k); }
    std::optional<Part> part(std::size_t k) const override { return list->part(k); }
  };
  auto damaged = std::make_shared<Damaged>();
  damaged->list = set;
  CHECK_THROWS_WITH(event_trials(damaged, "events", task(), {}), Contains("damaged here"));
}
