#include <algorithm>

#include <retrograde/scenarios/show/plot/chart/clearing.hpp>

namespace retrograde::chart_parts {

namespace {

// Cuts the part of a line at which from + t step lies within [low, high]; false: nothing is left.
bool cut(double from, double step, double low, double high, double& begin, double& end) {
  if (step == 0.0) return from >= low && from <= high;
  const double a = (low - from) / step, b = (high - from) / step;
  begin = std::max(begin, std::min(a, b));
  end = std::min(end, std::max(a, b));
  return begin <= end;
}

}  // namespace

void Clearing::add_line(double x1, double y1, double x2, double y2) {
  lines_.push_back({x1, y1, x2, y2});
}

void Clearing::add_text(const Box& box) { texts_.push_back(box); }

bool Clearing::free(const Box& box) const {
  const auto crosses = [&](const Line& l) {
    double begin = 0, end = 1;
    return cut(l.x1, l.x2 - l.x1, box.left, box.right, begin, end) &&
           cut(l.y1, l.y2 - l.y1, box.top, box.bottom, begin, end);
  };
  const auto covers = [&](const Box& text) {
    return text.left < box.right && box.left < text.right && text.top < box.bottom &&
           box.top < text.bottom;
  };
  return std::none_of(lines_.begin(), lines_.end(), crosses) &&
         std::none_of(texts_.begin(), texts_.end(), covers);
}

}  // namespace retrograde::chart_parts
