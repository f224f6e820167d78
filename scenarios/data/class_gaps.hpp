// Classes that one part of a data set has and another has not: a network is judged on what it never
// saw, or never judged on what it learned.
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>

namespace retrograde {

// A sentence for each part with trials that lacks classes which another part has; empty: none does,
// or there are no labels. Parts without trials lack nothing: whoever judges says so elsewhere.
// O(labels).
std::vector<std::string> class_gaps(const Dataset& dataset);

}  // namespace retrograde
