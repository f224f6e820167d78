// What charts have in common inside: from values to pixels, axes, legends, curves. For the sources of
// charts; whoever draws one needs charts.hpp alone.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde::chart_parts {

inline constexpr std::size_t curve_points = 900;  // more than a screen shows

// "time (ms)"
std::string with_unit(const Axis& axis);

// From values to pixels along one direction.
struct Scale {
  double low = 0, high = 1, from = 0, to = 1;
  bool log = false;

  double position(double value) const;
  double operator()(double value) const;  // within [from, to]
  // Half an epoch and half a neuron are no places for a label: `whole`.
  std::vector<double> ticks(int count, bool whole = false) const;
};

// The values an axis has to hold.
struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void add(double value, bool log);
  bool empty() const { return low > high; }
};

Scale make_scale(Extent extent, const Axis& axis, double from, double to, double air);

struct Frame {
  double left, top, right, bottom;
};

std::string x_axis(const Scale& scale, const Frame& frame, const Axis& axis, bool whole);
std::string y_axis(const Scale& scale, const Frame& frame, int count, bool whole = false);

struct LegendEntry {
  std::string name;
  int color;
  enum class Mark { line, area, ghost, bar, rule } mark;
  int dash = 0, shape = -1;  // of lines
};

// Entries from left to right, broken into rows; `y` is the base line of the first and becomes that
// of the last.
std::string legend(const std::vector<LegendEntry>& entries, double left, double right, double& y);

// "curve c3 dash1"
std::string curve_classes(int color, int dash);
// A point of a curve: a dot, or a square, diamond or triangle that tells curves apart without
// colours.
std::string point_mark(int shape, double x, double y, int color);
std::string polyline(const Points& points, const Scale& x, const Scale& y,
                     std::string_view classes);
std::string rule_text(const Rule& rule, const Scale& x, const Frame& frame, double text_y);

std::string no_data(double width, double height, std::string_view title);

}  // namespace retrograde::chart_parts
