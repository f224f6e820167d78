// "Did you mean": the known word that is closest to a misspelt one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrograde {

// Single-letter insertions, deletions, replacements and swaps of neighbours that turn one word into
// the other (Damerau-Levenshtein, restricted). O(|a| |b|).
std::size_t edit_distance(std::string_view a, std::string_view b);

// " (did you mean X?)", or "" when nothing known is close enough.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace retrograde
