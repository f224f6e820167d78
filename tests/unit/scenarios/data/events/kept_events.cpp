// Sets of events that people write without a program of their own.
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/events/kept/kept_events.hpp>
#include <retrograde/scenarios/data/events/open_set.hpp>
#include <retrograde/scenarios/data/trials/convert.hpp>
#include <retrograde/scenarios/data/trials/event_trials.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

#include "tests/support/scratch.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

NamedArray whole(const std::string& name, std::vector<double> values) {
  const std::size_t size = values.size();
  return {name, {{size}, std::move(values), true}};
}
NamedArray real(const std::string& name, std::vector<double> values) {
  const std::size_t size = values.size();
  return {name, {{size}, std::move(values), false}};
}

// Three samples: of class 1 with two events, of class 0 with one, of class 1 without any.
std::vector<NamedArray> small() {
  return {real("times", {2.0, 0.5, 1.5}),     whole("units", {0, 3, 1}),
          whole("offsets", {0, 2, 3, 3}),     whole("labels", {1, 0, 1}),
          real("durations", {4.0, 2.0, 3.0}), whole("parts", {0, 2, -1})};
}

std::shared_ptr<const EventSet> npz(const std::vector<NamedArray>& arrays,
                                    std::optional<std::uint32_t> units = {}) {
  const std::string bytes = array_file_bytes(ArrayFormat::npz, arrays);
  return parse_npz_events({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                          "set.npz", units);
}

void check_small(const EventSet& set) {
  REQUIRE(set.size() == 3);
  CHECK(set.sample(0) == EventSample{{0.5, 2.0}, {3, 0}});
  CHECK(set.sample(1) == EventSample{{1.5}, {1}});
  CHECK(set.sample(2) == EventSample{});
  CHECK(set.label(0) == 1);
  CHECK(set.label(1) == 0);
  CHECK(set.part(0) == Part::train);
  CHECK(set.part(1) == Part::test);
  CHECK(set.part(2) == std::nullopt);
  CHECK(set.duration(0) == 4.0);
  CHECK(set.duration(2) == 3.0);
}

template <typename Action>
std::string refusal(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

}  // namespace

TEST_CASE("a set of events from NPZ, from CSV and from our own format is the same set") {
  const auto set = npz(small());
  check_small(*set);
  CHECK(set->info().units == 4);
  CHECK(set->info().class_names == std::vector<std::string>{"0", "1"});
  CHECK(npz(small(), 9)->info().units == 9);

  const auto csv = parse_csv_events(
      "sample,label,time_ms,unit,part,duration_ms\n"
      "a,up,2,0,train,4\nb,down,1.5,1,test,2\na,up,0.5,3,train,4\nc,up,,,,3\n",
      "set.csv");
  check_small(*csv);
  CHECK(csv->info().class_names == std::vector<std::string>{"down", "up"});
  // Numbers are classes in the order of their values.
  const auto numbered =
      parse_csv_events("sample,label,time_ms,unit\n0,10,1,0\n1,9,1,0\n", "set.csv");
  CHECK(numbered->info().class_names == std::vector<std::string>{"9", "10"});
  CHECK(numbered->label(0) == 1);

  // Converted, with durations.
  const ScratchFolder scratch;
  (void)convert_events(*set, (scratch / "set.h5").string(), EventShape{});
  check_small(*open_event_file((scratch / "set.h5").string()));
  check_small(*open_event_set((scratch / "set.h5").string()).set);
}

TEST_CASE("a set of events from a folder with a folder per class, and with parts above") {
  const ScratchFolder scratch;
  const auto write = [&](const std::string& path, const std::string& text) {
    const std::filesystem::path file = (scratch / path).string();
    std::filesystem::create_directories(file.parent_path());
    write_file(file, text);
  };
  write("plain/left/1.csv", "unit,time_ms\n0,1\n3,2\n");
  write("plain/left/2.dat", "sender\ttime_ms\n1\t0.5\n");
  write("plain/right/1.csv", "unit,time_ms\n");
  const auto plain = open_event_set((scratch / "plain").string()).set;
  CHECK(plain->info().class_names == std::vector<std::string>{"left", "right"});
  CHECK(plain->info().units == 4);
  REQUIRE(plain->size() == 3);
  CHECK(plain->sample(0) == EventSample{{1.0, 2.0}, {0, 3}});
  CHECK(plain->label(2) == 1);
  CHECK(plain->part(2) == std::nullopt);

  write("parts/train/left/1.csv", "unit,time_ms\n0,1\n");
  write("parts/test/left/1.csv", "unit,time_ms\n1,1\n");
  write("parts/test/right/1.csv", "unit,time_ms\n1,1\n");
  const auto parts = open_event_set((scratch / "parts").string()).set;
  REQUIRE(parts->size() == 3);
  CHECK(parts->info().class_names == std::vector<std::string>{"left", "right"});
  CHECK(parts->part(0) == Part::test);
  CHECK(parts->part(2) == Part::train);

  write("plain/left/notes.txt", "");
  CHECK_THAT(refusal([&] { (void)open_event_set((scratch / "plain").string()); }),
             Contains("notes.txt") && Contains("Take others out"));
  write("parts/test/1.csv", "unit,time_ms\n");
  CHECK_THAT(refusal([&] { (void)open_event_set((scratch / "parts").string()); }),
             Contains("a file among folders"));
  std::filesystem::create_directories((scratch / "empty").string());
  CHECK_THAT(refusal([&] { (void)open_event_set((scratch / "empty").string()); }),
             Contains("no set of events is in it"));
}

TEST_CASE("trials last as long as their samples where that is asked for") {
  const auto set = npz(small());
  EventTask task;
  task.shape.duration = 1.0;
  task.parts.validation_share = 0.0;
  const Dataset equal = event_trials(set, "events", task, {});
  CHECK(equal.trial(Part::train, 0).duration == 1.0);
  CHECK(equal.trial(Part::train, 0).inputs == std::vector<Spike>{{0.5, 3}});
  CHECK(equal.info().notes.back().find("own_durations = true") != std::string::npos);
  task.own_durations = true;
  const Dataset own = event_trials(set, "events", task, {});
  CHECK(own.trial(Part::train, 0).duration == 4.0);
  CHECK(own.trial(Part::train, 1).duration == 3.0);
  CHECK(own.trial(Part::test, 0).duration == 2.0);
  CHECK(own.trial(Part::train, 0).inputs == std::vector<Spike>{{0.5, 3}, {2.0, 0}});
  CHECK(own.info().duration == 4.0);
  std::vector<NamedArray> none = small();
  none.erase(none.begin() + 4);
  CHECK_THAT(refusal([&] { (void)event_trials(npz(none), "events", task, {}); }),
             Contains("does not say how long sample") && Contains("own_durations"));
}

TEST_CASE("sets of events that cannot be are refused with the array, the line and a remedy") {
  const auto with = [](std::size_t k, NamedArray array) {
    std::vector<NamedArray> arrays = small();
    arrays[k] = std::move(array);
    return refusal([&] { (void)npz(arrays); });
  };
  CHECK_THAT(with(0, whole("time", {1, 2, 3})), Contains("did you mean times?"));
  CHECK_THAT(with(0, real("times", {1, 2, -3})), Contains("-3"));
  CHECK_THAT(with(1, whole("units", {0, 1})), Contains("2 values; 3 are needed"));
  CHECK_THAT(with(1, real("units", {0, 0.5, 1})), Contains("value 1 is 0.5"));
  CHECK_THAT(with(2, whole("offsets", {0, 2, 3})), Contains("3 values; 4 are needed"));
  CHECK_THAT(with(2, whole("offsets", {0, 3, 2, 3})), Contains("never fall"));
  CHECK_THAT(with(2, whole("offsets", {1, 2, 3, 3})), Contains("begin with 0"));
  CHECK_THAT(with(3, whole("labels", {-1, 0, 1})), Contains("value 0 is -1"));
  CHECK_THAT(with(4, real("durations", {1, 2})), Contains("2 values, and 3 samples"));
  CHECK_THAT(with(4, real("durations", {1, 0, 2})), Contains("sample 1") && Contains("above 0"));
  CHECK_THAT(with(5, whole("parts", {0, 3, 0})), Contains("value 1 is 3"));
  CHECK_THAT(refusal([&] { (void)npz(small(), 2); }), Contains("unit 3") && Contains("unit_count"));

  const auto csv = [](const std::string& text) {
    return refusal([&] { (void)parse_csv_events(text, "set.csv"); });
  };
  const std::string head = "sample,label,time_ms,unit\n";
  CHECK_THAT(csv(""), Contains("sample,label,time_ms,unit"));
  CHECK_THAT(csv("sample,label,time,unit\n"), Contains("\"time\" is not known"));
  CHECK_THAT(csv("sample,label,unit\n"), Contains("column time_ms is missing"));
  CHECK_THAT(csv("sample,label,time_ms,unit,unit\n"), Contains("two columns are called unit"));
  CHECK_THAT(csv(head), Contains("no samples"));
  CHECK_THAT(csv(head + ",a,1,0\n"), Contains("cell of sample is empty"));
  CHECK_THAT(csv(head + "0,,1,0\n"), Contains("cell of label is empty"));
  CHECK_THAT(csv(head + "0,a,1,0\n0,b,2,0\n"), Contains("line 3") && Contains("another label"));
  CHECK_THAT(csv(head + "0,a,1,-1\n"), Contains("unit"));
  CHECK_THAT(csv(head + "0,a,x,1\n"), Contains("time_ms"));
  CHECK_THAT(csv("sample,label,time_ms,unit,part\n0,a,1,1,exam\n"),
             Contains("\"exam\" is no part"));
  const KeptLimits limits{1, 1};
  CHECK_THAT(
      refusal([&] { (void)parse_csv_events(head + "0,a,1,1\n0,a,2,1\n", "set.csv", {}, limits); }),
      Contains("more than 1 events"));
}
