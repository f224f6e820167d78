// What `retro data` says of a set, in every form, against a set that is counted by hand.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/events/event_summary.hpp>
#include <retrograde/scenarios/show/json/event_summary.hpp>
#include <retrograde/scenarios/show/plot/event_picture.hpp>
#include <retrograde/scenarios/show/text/event_summary.hpp>

#include "tests/support/command.hpp"
#include "tests/support/event_list.hpp"
#include "tests/support/markup.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

OpenedSet counted() {
  auto set = std::make_shared<test::EventList>(5, 3, 2);
  set->add({{1.0, 1.0, 2.5}, {0, 0, 1}}, 0, 0, Part::train);
  set->add({{0.5, 9.0}, {2, 3}}, 1, 1, Part::train);
  set->add({}, 1, 0, Part::train);
  set->add({{4.0, 5.0, 6.0, 7.0}, {0, 1, 2, 3}}, 2, 1, Part::test);
  return {"events", "labelled events", set};
}

}  // namespace

TEST_CASE("a set is counted: parts, classes, speakers, events, times, and what is odd") {
  const EventSummary s = summarize(counted());
  CHECK((s.samples == 4 && s.events == 9 && s.fewest == 0 && s.most == 4 && s.median == 2.5));
  CHECK((s.first == 0.5 && s.last == 9.0));
  REQUIRE(s.parts.size() == 2);
  CHECK(s.parts[0].samples == 3);
  CHECK(s.parts[0].of_class == std::vector<std::uint64_t>{1, 2, 0});
  CHECK(s.parts[0].events == std::vector<std::uint32_t>{0, 2, 3});
  CHECK(s.parts[0].speakers == std::vector<std::uint32_t>{0, 1});
  CHECK(s.parts[1].speakers == std::vector<std::uint32_t>{1});
  CHECK(s.oddities ==
        std::vector<std::string>{"train part: no sample of c2", "test part: no sample of c0, c1",
                                 "1 sample without any event", "1 unit of 5 without any event",
                                 "1 repeated event of 9 (same unit, same time as another of the "
                                 "sample)"});
}

TEST_CASE("the summary of a set as text, JSON and picture") {
  const EventSummary s = summarize(counted());
  CHECK_THAT(event_summary_text(s), Contains("kind = \"events\"") && Contains("4 samples") &&
                                        Contains("0 to 4, median 2.5") &&
                                        Contains("times from 0.5 to 9 ms") &&
                                        Contains("no sample of c2"));
  const auto document = event_summary_json(s);
  CHECK(document["schema"] == "retrograde.data/1");
  CHECK(document["events_of_a_sample"]["median"] == 2.5);
  CHECK(document["parts"][1]["part"] == "test");
  CHECK(document["parts"][1]["speakers"] == nlohmann::json::array({"s1"}));
  const OpenedSet opened = counted();
  const std::string picture =
      event_picture(s, {{0, 0, opened.set->sample(0)}, {3, 2, opened.set->sample(3)}}, {"a note"});
  CHECK(test::markup_fault(picture) == "");
  CHECK_THAT(picture, Contains("2 samples, one of each class") && Contains("c2 (3)") &&
                          Contains("a note") && Contains("events of a sample"));
}

TEST_CASE("retro data info, plot and convert work on a file") {
  const test::ScratchFolder folder;
  {
    const OpenedSet opened = counted();
    EventFileWriter writer(folder / "set.h5", opened.set->info());
    for (std::size_t k = 0; k < opened.set->size(); ++k)
      writer.add(opened.set->sample(k), opened.set->label(k), opened.set->speaker(k),
                 opened.set->part(k));
    writer.finish();
  }
  const auto info = test::retro("data info set.h5 --json info.json", folder.path());
  CHECK(info.status == 0);
  CHECK_THAT(info.out, Contains("set.h5: labelled events"));
  CHECK(nlohmann::json::parse(test::get(folder / "info.json"))["samples"] == 4);
  CHECK(test::retro("data plot set.h5", folder.path()).status == 0);
  CHECK(test::markup_fault(test::get(folder / "events.svg")) == "");
  CHECK(test::retro("data plot set.h5 --sample 3 --svg three.svg", folder.path()).status == 0);
  CHECK_THAT(test::get(folder / "three.svg"), Contains("sample 3"));
  const auto convert =
      test::retro("data convert set.h5 --bin '1 ms' --until '6 ms' --merge-units 2 --out binned.h5",
                  folder.path());
  CHECK(convert.status == 0);
  CHECK_THAT(convert.out, Contains("wrote binned.h5: 4 samples, ") &&
                              Contains("at or after 6 ms (--until)") &&
                              Contains("in a bin of 1 ms with another of their unit (--bin)"));
  CHECK_THAT(test::retro("data convert set.h5 --out whole.h5", folder.path()).out,
             !Contains("left out"));
  const auto set = open_event_file(folder / "binned.h5");
  CHECK(set->info().units == 3);
  CHECK(set->info().speakers == std::vector<std::string>{"s0", "s1"});
  CHECK(set->sample(0) == EventSample{{1.0, 2.0}, {0, 0}});
  CHECK(set->sample(1) == EventSample{{0.0}, {1}});
  CHECK(set->sample(3) == EventSample{{4.0, 5.0}, {0, 0}});
  CHECK(set->part(3) == Part::test);
}
