// The part of a report that shows what each step from the exact network to the chip costs. Plain
// data goes in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace retrograde {

struct ReportBudget {
  std::uint64_t trials = 0;
  bool labelled = true;  // whether there is an accuracy
  double exact_accuracy = 0;
  struct Entry {
    std::string name;
    double accuracy_alone = 0, accuracy = 0;  // fractions; alone, added to those before
    double changed_alone = 0, changed = 0;    // share of decisions
    double distance_alone = 0, distance = 0;  // of spike trains, per exact spike
  };
  std::vector<Entry> entries;
  std::optional<Entry> tuned;  // after fine-tuning; nothing alone
};

std::string budget_section(const ReportBudget& budget);

}  // namespace retrograde
