// Whether a pursuit finds the groups a signal is made of. A group of a code is active where any of
// its coefficients is larger than `zero` (0 for what a proximal step leaves, which is exact; above it
// for what only comes near to 0).
#pragma once

#include <vector>

#include <retrograde/engine/pursuit/penalty.hpp>

namespace retrograde {

// Per group; of BP too, whose coefficients are alone but whose truth comes in groups.
std::vector<bool> active_groups(const Vector& code, const Groups& groups, double zero = 0.0);

struct SupportStatistics {
  double silent = 0.0;    // share of the groups that the codes leave silent
  double accuracy = 0.0;  // share of the groups that are as they truly are, in the mean over codes
  double exact = 0.0;     // share of the codes of which all groups are
};

// Of codes and truths, a column each. Throws UsageError where they do not fit, and for none.
SupportStatistics support_statistics(const Matrix& truths, const Matrix& codes,
                                     const Groups& groups, double zero = 0.0);

}  // namespace retrograde
