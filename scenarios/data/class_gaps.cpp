#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string>

#include <retrograde/scenarios/data/class_gaps.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

namespace {

constexpr std::size_t named_at_most = 5;

using Counts = std::vector<std::uint64_t>;  // trials of each class

Counts count(const Dataset& dataset, Part part) {
  Counts counts(dataset.classes(), 0);
  const LabelledTrials& trials = dataset.part(part);
  for (std::size_t k = 0; k < trials.size(); ++k)
    if (const int label = trials.label(k); label >= 0 && label < static_cast<int>(counts.size()))
      ++counts[static_cast<std::size_t>(label)];
  return counts;
}

// What it means for the part that lacks them.
const char* consequence(Part part) {
  switch (part) {
    case Part::train:
      return "the network cannot learn them";
    case Part::validation:
      return "the choice of the best epoch does not see them";
    case Part::test:
      return "the test says nothing about them";
  }
  return "";
}

}  // namespace

std::vector<std::string> class_gaps(const Dataset& dataset) {
  constexpr std::array parts = {Part::train, Part::validation, Part::test};
  std::array<Counts, 3> counts;
  Counts all(dataset.classes(), 0);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    counts[p] = count(dataset, parts[p]);
    for (std::size_t c = 0; c < all.size(); ++c) all[c] += counts[p][c];
  }
  std::vector<std::string> gaps;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (dataset.size(parts[p]) == 0) continue;
    std::vector<std::string> missing;
    std::uint64_t elsewhere = 0;
    for (std::size_t c = 0; c < all.size(); ++c) {
      if (counts[p][c] > 0 || all[c] == 0) continue;
      missing.push_back(dataset.info().class_names[c]);
      elsewhere += all[c];
    }
    if (missing.empty()) continue;
    const std::size_t of = missing.size();
    missing.resize(std::min(of, named_at_most));
    gaps.push_back(
        fmt::format("the {} part has no trial of {} ({}{}), of which the others have {}: {}",
                    name(parts[p]), plural(of, "class", "classes"), fmt::join(missing, ", "),
                    of > missing.size() ? ", ..." : "", elsewhere, consequence(parts[p])));
  }
  return gaps;
}

}  // namespace retrograde
