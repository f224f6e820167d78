// Values that are known within a factor: a dot and a bar from low to high per row, on a logarithmic
// axis. Rows whose ends are equal are dots.
#pragma once

#include <string>
#include <vector>

#include <retrograde/scenarios/show/plot/charts.hpp>

namespace retrograde {

struct IntervalChart {
  struct Row {
    std::string name;
    double value = 0, low = 0, high = 0;  // above 0; others are left out
    int color = 0;
  };
  std::string title;
  Axis x;  // log is implied
  std::vector<Row> rows;
  double width = 480;
};
std::string render(const IntervalChart& chart);

}  // namespace retrograde
