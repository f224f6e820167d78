// Many values as a picture: a grid of cells in five shades, such as a spectrogram. Its size is bounded
// by the number of cells, whatever goes in.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace retrograde::chart_parts {

struct Shades {
  std::size_t columns = 0, rows = 0;
  std::vector<double> shares;  // in [0, 1], row after row: none is drawn, all is opaque

  Shades(std::size_t wide, std::size_t high)
      : columns(wide), rows(high), shares(wide * high, 0.0) {}
  // The cell at these shares of width and height.
  double& at(double x, double y);
};

// How many of the points fall into each cell: their coordinates are shares of width and height. The
// fullest cells are opaque, and the shade grows as the root of the number, so that single points are
// seen beside crowds.
Shades density(std::size_t columns, std::size_t rows, const std::vector<double>& x,
               const std::vector<double>& y);

// The cells within a rectangle, in the palette's colour.
std::string render(const Shades& shades, double left, double top, double width, double height,
                   int color);

}  // namespace retrograde::chart_parts
