// Nothing is chosen on the test part: every rule by which samples come into their parts.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <set>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/trials/event_parts.hpp>

#include "tests/support/event_list.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;
using test::EventList;

namespace {

// 240 samples: 4 classes in turn, 6 speakers, the last two of them only in the test part if there is
// one.
std::shared_ptr<EventList> spoken(bool with_test, bool with_validation = false) {
  auto set = std::make_shared<EventList>(3, 4, 6);
  for (std::uint32_t k = 0; k < 240; ++k) {
    const std::uint32_t speaker = k / 4 % 6;
    std::optional<Part> part;
    if (with_test) part = speaker >= 4 ? Part::test : Part::train;
    if (with_validation && speaker == 3) part = Part::validation;
    set->add({}, static_cast<int>(k % 4), speaker, part);
  }
  return set;
}

std::set<std::uint32_t> speakers(const EventSet& set, const std::vector<std::uint32_t>& indices) {
  std::set<std::uint32_t> found;
  for (const std::uint32_t k : indices) found.insert(set.speaker(k));
  return found;
}

std::map<int, int> classes(const EventSet& set, const std::vector<std::uint32_t>& indices) {
  std::map<int, int> counts;
  for (const std::uint32_t k : indices) ++counts[set.label(k)];
  return counts;
}

using Speakers = std::set<std::uint32_t>;

// Every sample once; in a part the first ones of all classes come before the second ones of any, and
// those of a class ascend.
void check_complete(const EventSet& set, const EventParts& parts) {
  std::vector<std::uint32_t> all;
  for (const auto* part : {&parts.train, &parts.validation, &parts.test}) {
    std::map<int, std::vector<std::uint32_t>> of_class;
    std::vector<std::size_t> turns;
    for (const std::uint32_t k : *part) {
      turns.push_back(of_class[set.label(k)].size());
      of_class[set.label(k)].push_back(k);
    }
    CHECK(std::is_sorted(turns.begin(), turns.end()));
    for (const auto& [label, samples] : of_class)
      CHECK(std::is_sorted(samples.begin(), samples.end()));
    all.insert(all.end(), part->begin(), part->end());
  }
  std::sort(all.begin(), all.end());
  std::vector<std::uint32_t> expected(set.size());
  std::iota(expected.begin(), expected.end(), 0u);
  CHECK(all == expected);
}

}  // namespace

TEST_CASE("a set's own test part is kept, and validation comes out of training, class by class") {
  const auto set = spoken(true);
  const EventParts parts = split(*set, {});
  check_complete(*set, parts);
  CHECK(speakers(*set, parts.test) == Speakers{4, 5});
  CHECK(classes(*set, parts.validation) == std::map<int, int>{{0, 4}, {1, 4}, {2, 4}, {3, 4}});
  CHECK(parts.validation == split(*set, {}).validation);
  PartRules more;
  more.validation_share = 0.25;
  CHECK(classes(*set, split(*set, more).validation)[2] == 10);
  more.validation_share = 0.0;
  CHECK(split(*set, more).validation.empty());
  more.test_share = 0.3;  // would change nothing
  CHECK_THROWS_WITH(split(*set, more), Catch::Contains("test_share") && Catch::Contains("remove"));
}

TEST_CASE("a set that says nothing is split class by class") {
  const auto set = spoken(false);
  const EventParts parts = split(*set, {});
  check_complete(*set, parts);
  CHECK(classes(*set, parts.test)[1] == 12);
  CHECK(classes(*set, parts.validation)[1] == 5);  // a tenth of 48
  CHECK(speakers(*set, parts.test) == Speakers{0, 1, 2, 3, 4, 5});
  // Not the first ones.
  CHECK(*std::max_element(parts.test.begin(), parts.test.end()) > 120);
}

TEST_CASE("the set's own validation part is kept unless a share or a test speaker is asked for") {
  const auto set = spoken(true, true);
  CHECK(speakers(*set, split(*set, {}).validation) == Speakers{3});
  PartRules share;
  share.validation_share = 0.1;
  CHECK(speakers(*set, split(*set, share).validation) == Speakers{0, 1, 2, 3});
  PartRules held_out;
  held_out.test_speakers = {"s0"};
  const EventParts parts = split(*set, held_out);
  check_complete(*set, parts);
  CHECK(speakers(*set, parts.test) == Speakers{0});
  CHECK(speakers(*set, parts.train) == Speakers{1, 2, 3, 4, 5});
  CHECK(parts.validation.size() == 20);
}

TEST_CASE("speakers are held out by name") {
  const auto set = spoken(false);
  PartRules rules;
  rules.test_speakers = {"s1", "s5"};
  rules.validation_speakers = {"s2"};
  const EventParts parts = split(*set, rules);
  check_complete(*set, parts);
  CHECK(speakers(*set, parts.test) == Speakers{1, 5});
  CHECK(speakers(*set, parts.validation) == Speakers{2});
  rules.test_speakers = {"nobody"};
  CHECK_THROWS_WITH(split(*set, rules),
                    Contains("data.test_speakers") && Contains("\"nobody\"") && Contains("s0, s1"));
  rules.test_speakers = {"s2"};
  CHECK_THROWS_WITH(split(*set, rules), Contains("none of them says anything outside"));
  rules.test_speakers = {"s0", "s1", "s2", "s3", "s4", "s5"};
  CHECK_THROWS_WITH(split(*set, rules), Contains("no sample is left to train with"));
  EventList unknown(3, 2, 0);
  for (int k = 0; k < 8; ++k) unknown.add({}, k % 2, 0, std::nullopt);
  rules = {};
  rules.validation_speakers = {"s0"};
  CHECK_THROWS_WITH(split(unknown, rules), Contains("does not say who speaks"));
}

TEST_CASE("a whole speaker is held out where that is wanted: the one nearest to a tenth") {
  const auto set = std::make_shared<EventList>(3, 2, 5);
  const int samples_of[] = {40, 12, 8, 30, 10};
  for (std::uint32_t speaker = 0; speaker < 5; ++speaker)
    for (int k = 0; k < samples_of[speaker]; ++k)
      set->add({}, speaker == 4 ? 0 : k % 2, speaker, Part::train);
  set->add({}, 0, 0, Part::test);
  PartRules rules;
  rules.whole_speaker = true;
  // Speaker 4 has a tenth of the samples, but only one class.
  CHECK(speakers(*set, split(*set, rules).validation) == Speakers{1});
  CHECK_THAT(split(*set, rules).validation_from, Contains("s1"));
  rules.validation_share = 0.5;
  CHECK(speakers(*set, split(*set, rules).validation) == Speakers{0, 1, 2, 3, 4});
}

TEST_CASE("a share that rounds to no sample of any class is refused with the share that would do") {
  EventList set(3, 2, 0);
  for (int k = 0; k < 8; ++k) set.add({}, k % 2, 0, Part::train);  // 4 of each class
  set.add({}, 0, 0, Part::test);
  PartRules rules;
  rules.validation_share = 0.1;
  CHECK_THROWS_WITH(split(set, rules), Contains("data.validation_share") &&
                                           Contains("0.1 of each") &&
                                           Contains("2 classes of 4 samples each") &&
                                           Contains("at least 0.13, or 0 for no validation"));
  rules.validation_share = 0.13;
  CHECK(split(set, rules).validation.size() == 2);
  // No validation part was asked for, or nothing was.
  rules.validation_share = 0.0;
  CHECK(split(set, rules).validation.empty());
  rules.validation_share = {};
  CHECK_THAT(split(set, rules).validation_from, Contains("10 %") && Contains("rounds to none"));
  // A class that gets some is enough; which ones get none is told elsewhere.
  for (int k = 0; k < 20; ++k) set.add({}, 1, 0, Part::train);
  rules.validation_share = 0.1;
  CHECK(classes(set, split(set, rules).validation) == std::map<int, int>{{1, 2}});

  EventList whole(3, 2, 0);
  for (int k = 0; k < 5; ++k) whole.add({}, k % 2, 0, std::nullopt);
  rules = {};
  rules.test_share = 0.1;
  CHECK_THROWS_WITH(split(whole, rules), Contains("data.test_share") &&
                                             Contains("2 to 3 samples") &&
                                             Contains("at least 0.17, or name test_speakers"));
}

TEST_CASE("fewer samples are spread over all of them") {
  EventList one(1, 1, 0);
  for (int k = 0; k < 14; ++k) one.add({}, 0, 0, Part::train);
  CHECK(thinned(one, {2, 3, 5, 7, 11, 13}, 3) == std::vector<std::uint32_t>{2, 5, 11});
  CHECK(thinned(one, {2, 3}, 5) == std::vector<std::uint32_t>{2, 3});
  // Of three classes, 12 samples each and in their order: a step of 9 through their turns would meet one.
  EventList set(1, 3, 0);
  for (int k = 0; k < 36; ++k) set.add({}, k / 12, 0, Part::train);
  PartRules rules;
  rules.validation_share = rules.test_share = 0.0;
  const std::vector<std::uint32_t> train = split(set, rules).train;
  REQUIRE(train.size() == 36);
  CHECK(thinned(set, train, 4) == std::vector<std::uint32_t>{0, 12, 24, 6});
  CHECK(classes(set, thinned(set, train, 12)) == std::map<int, int>{{0, 4}, {1, 4}, {2, 4}});
}
