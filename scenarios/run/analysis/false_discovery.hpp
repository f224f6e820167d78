// Which of many tests have found something, so that of those that are said to have, a share q at most
// has not, on average: Benjamini & Hochberg, J. R. Stat. Soc. B 57, 289 (1995), for tests that are
// independent or depend positively on each other.
//
// With the p values in ascending order, the largest k is sought with p_(k) <= q k / m; the k smallest
// have found something.
#pragma once

#include <span>
#include <vector>

namespace retrograde {

// One per p value, 0 or 1. 0 < q < 1.
std::vector<char> false_discovery(std::span<const double> p, double q);

}  // namespace retrograde
