// Synthetic spoken digits: their numbers without the program, their sound with it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/front_end.hpp>
#include <retrograde/scenarios/data/recordings/spoken_digits.hpp>

#include "tests/skip.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;

TEST_CASE("synthetic digits are balanced, and two voices are never trained on") {
  const SpokenDigits set;
  CHECK(set.train == 8156);
  CHECK(set.test == 2264);
  std::map<std::pair<std::uint32_t, int>, int> train, test;
  for (std::size_t k = 0; k < set.train + set.test; ++k) {
    const Utterance u = utterance(set, k);
    ++(k < set.train ? train : test)[{u.speaker, u.label}];
    CHECK(u.words_per_minute >= 120);
    CHECK(u.words_per_minute <= 220);
    CHECK(u.pitch <= 99);
    CHECK(u.amplitude >= 60);
    CHECK(u.amplitude <= 140);
  }
  REQUIRE(train.size() == 200);
  REQUIRE(test.size() == 40);
  for (const auto& [who, count] : train) {
    CHECK(who.first < 10);
    CHECK((count == 40 || count == 41));
  }
  for (const auto& [who, count] : test) {
    CHECK(who.first >= 10);
    CHECK((count == 56 || count == 57));
  }
}

TEST_CASE("without the program that speaks, its package is named") {
  SpokenDigits set;
  set.program = "no-such-program-speaks";
  CHECK_THROWS_WITH(spoken_digits(set), Contains("apt-get install espeak-ng"));
}

TEST_CASE("synthetic digits sound the same every time and are told from each other") {
  if (std::system("espeak-ng --version >/dev/null 2>&1") != 0)
    RETROGRADE_SKIP("espeak-ng is not installed");
  const auto set = spoken_digits(), again = spoken_digits();
  CHECK(set->size() == 10'420);
  CHECK_THAT(set->what(), Contains("synthetic"));
  CHECK(set->identity() == again->identity());
  std::set<std::vector<double>> different;
  for (const std::size_t k : {0u, 1u, 10u, 150u, 8155u, 8156u, 10'419u}) {
    CAPTURE(k, set->name(k));
    const Sound sound = set->sound(k);
    CHECK(sound.samples == again->sound(k).samples);
    CHECK(sound.seconds() > 0.2);
    CHECK(sound.seconds() < 3);
    different.insert(sound.samples);
    FrontEnd front_end;
    front_end.cochlea.channels = 16;
    CHECK(heard(front_end, sound).times.size() > 50);
    CHECK(set->part(k) == (k < 8156 ? Part::train : Part::test));
  }
  CHECK(different.size() == 7);
}
