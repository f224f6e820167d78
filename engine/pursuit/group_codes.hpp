// Synthetic codes of which the truth is known: a few active groups, drawn without replacement, with
// coefficients uniform in [lowest, highest), and the signals they make, x = D a. Samples that are
// asked for are kept, others drawn anew: those whose decision has a margin, say. Source:
// arXiv:2205.08955, where 8 of 75 groups of 4 coefficients in [1, 2] are active.
//
// Candidate k of a seed is always the same one, whatever was kept before it.
#pragma once

#include <cstdint>
#include <functional>

#include <retrograde/engine/pursuit/penalty.hpp>

namespace retrograde {

struct GroupCodesSpec {
  Eigen::Index samples = 0;
  Eigen::Index active = 8;  // groups
  double lowest = 1.0, highest = 2.0;
  std::uint64_t seed = 1;
  // It gives up where less than one candidate in so many is kept.
  std::uint64_t most_candidates_a_sample = 10'000;
};

// One candidate, from its seed and number.
Vector group_code(const Groups& groups, const GroupCodesSpec& spec, std::uint64_t candidate);

struct GroupCodes {
  Matrix codes;                  // a column each
  Matrix signals;                // D codes
  std::uint64_t candidates = 0;  // drawn for them
};

// Of the candidates in order, those that `kept` says yes to (all, if it is empty). Throws UsageError
// for what cannot be drawn, and LimitError if nearly nothing is kept.
GroupCodes group_codes(const Dictionary& dictionary, const Groups& groups,
                       const GroupCodesSpec& spec,
                       const std::function<bool(const Vector& code)>& kept = {});

// A linear decision that nobody trained: normal entries, scaled to length 1 (`number` tells draws of
// a seed apart).
Vector random_direction(Eigen::Index size, std::uint64_t seed, std::uint64_t number);

}  // namespace retrograde
