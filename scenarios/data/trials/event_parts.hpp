// Which samples of a set are trained on, which choose among what training tries, and which are only
// tested on. Nothing is ever chosen on the test part: a set that has no validation part gets one out
// of its training samples.
//
//   test        the samples of `test_speakers`; else the set's own test part; else of each class a
//               share of the samples
//   validation  of what is left: the samples of `validation_speakers`; else a share where one is
//               given; else the set's own validation part, unless the test part was chosen by
//               speakers; else a whole speaker, where that is wanted and possible; else of each class a
//               share
//   train       the rest
//
// With `test_speakers` or a share the set's own parts are one pool. Shares are drawn at random from
// each class, the same for every scenario and seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/events/event_set.hpp>

namespace retrograde {

struct PartRules {
  std::vector<std::string> test_speakers, validation_speakers;
  std::optional<double> validation_share;  // of what is not test
  std::optional<double> test_share;        // of each class, where the set has no test part
  // Without rules for validation: a whole speaker of the pool, the one whose share of the samples is
  // nearest to the usual one, rather than samples of all.
  bool whole_speaker = false;
};

inline constexpr double usual_validation_share = 0.1, usual_test_share = 0.2;

// Positions in the set; classes take turns in each part, and the samples of a class ascend.
struct EventParts {
  std::vector<std::uint32_t> train, validation, test;
  std::string validation_from, test_from;  // where they come from, for people
};

// Throws ScenarioError with the key: a speaker that the set does not know, a part without samples that
// has to have some, a share that was asked for and rounds to no sample of any class.
EventParts split(const EventSet& set, const PartRules& rules);

// At most `most` of a part, in which classes take turns as they did: of each class as many as among the
// first ones, spread evenly over all that the part has of it.
std::vector<std::uint32_t> thinned(const EventSet& set, const std::vector<std::uint32_t>& indices,
                                   std::size_t most);

}  // namespace retrograde
