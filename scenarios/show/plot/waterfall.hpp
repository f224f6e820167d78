// From one value to another, step by step. Dots show the value after each step, with an interval of
// its difference to a reference; beside each step a diamond, where the reference would be with that
// step alone. Dots, not bars: the axis does not begin at 0, so a length would mean nothing. What
// lies within its interval of the reference is pale.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

struct Waterfall {
  struct Point {
    double value = 0;
    double half = 0;  // half the length of its interval; 0: none
  };
  struct Step {
    std::string name;
    Point reached;       // after this step
    bool total = false;  // says its value; others say their difference to the reference
    std::optional<Point> alone = {};
    int color = 0;
  };
  std::string title;
  Axis y;  // without limits: what the points and their intervals span, with some air
  std::vector<Step> steps;
  // What the steps are held against: a line across the chart.
  double reference = 0;
  // Whether a difference within its interval is put down to chance.
  bool chance = true;
  double width = 980, height = 330;
};
std::string render(const Waterfall& chart);

}  // namespace retrograde
