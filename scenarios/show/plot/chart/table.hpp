// A table inside a picture: for the few numbers that belong beside its charts.
#pragma once

#include <string>
#include <vector>

namespace retrograde {

struct TextTable {
  std::string title;
  std::vector<std::string> head;               // of the columns
  std::vector<std::vector<std::string>> rows;  // as many cells each
  std::vector<std::string> notes = {};         // below
  double width = 480;
};
// Columns as wide as their texts, the first to the left, the others to the right; what has no room is
// cut.
std::string render(const TextTable& table);

}  // namespace retrograde
