// Where a text has room among the curves of a chart. For the sources of charts.
#pragma once

#include <vector>

namespace retrograde::chart_parts {

struct Box {
  double left, top, right, bottom;
};

// What is drawn already, in pixels.
class Clearing {
 public:
  // From one point to another; a point alone is a line of no length.
  void add_line(double x1, double y1, double x2, double y2);
  void add_text(const Box& box);
  // Whether none of these reaches into the box.
  bool free(const Box& box) const;

 private:
  struct Line {
    double x1, y1, x2, y2;
  };
  std::vector<Line> lines_;
  std::vector<Box> texts_;
};

}  // namespace retrograde::chart_parts
