// From one value to another, step by step: totals stand on the ground, what each step adds or takes
// away hangs between them. Beside each step a diamond, where the first total would be with that
// step alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

struct Waterfall {
  struct Step {
    std::string name;
    double value = 0;  // reached after this step
    bool total = false;
    std::optional<double> alone = {};
  };
  std::string title;
  Axis y;  // without limits: what the steps span, with some air, never from 0
  std::vector<Step> steps;
  double width = 980, height = 330;
};
std::string render(const Waterfall& chart);

}  // namespace retrograde
