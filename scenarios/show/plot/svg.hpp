// The few pieces that every chart is made of: escaped text, short numbers, ticks at round values,
// fewer points where there are more than a screen shows, and the style sheet. Lengths are in SVG
// user units, which are pixels at natural size.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/show/plot/palette.hpp>

namespace retrograde {

// Safe as text and inside quoted attributes, of XML and HTML. Control characters that XML forbids
// and broken UTF-8 become U+FFFD.
std::string escape_xml(std::string_view text);

// A coordinate: at most two decimals, no trailing zeros, never "-0"; not-a-number and infinity
// become 0.
std::string coordinate(double value);

// Round values (1, 2 or 5 times a power of ten) from below to above, about `count` of them, all
// within [low, high]. Finite low <= high.
std::vector<double> nice_ticks(double low, double high, int count);
// The same for a logarithmic axis, 0 < low <= high: powers of ten, with 2 and 5 (or 3) times them
// where those are few, and thinned out where they are many.
std::vector<double> log_ticks(double low, double high, int count);
// All labels of an axis: the same decimals everywhere, as many as tell neighbours apart; on a
// logarithmic axis each with its own.
std::vector<std::string> tick_labels(const std::vector<double>& ticks, bool log = false);

// Points of a curve, at most about `limit`: the smallest and the largest y of each stretch survive,
// so that no peak is lost. Not-a-number is left out. x ascending.
struct Points {
  std::vector<double> x, y;
};
Points decimate(const std::vector<double>& x, const std::vector<double>& y, std::size_t limit);

// Width of a text of `size` pixels, estimated: fonts are the reader's.
double text_width(std::string_view text, double size);

// Number of colours; charts take colour k % palette_size.
inline constexpr int palette_size = palette::size;

// Style sheet of charts, plot.css.
std::string plot_style();

// A chart as a file of its own: `svg` (what the chart functions return) with the name space and the
// style sheet.
std::string standalone_svg(std::string_view svg);

// Elements that chart functions put together.
namespace svg_parts {

inline constexpr double text_size = 12;

std::string c(double value);  // coordinate(value)
std::string open_svg(double width, double height, std::string_view title);
std::string text(double x, double y, std::string_view content, std::string_view classes = "");
std::string line(double x1, double y1, double x2, double y2, std::string_view classes);
// `full` where it fits into `width`; else its beginning and an ellipsis.
std::string fitted(std::string_view full, double size, double width);

}  // namespace svg_parts

}  // namespace retrograde
