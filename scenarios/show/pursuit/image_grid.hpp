// Small pictures in a grid: atoms of a dictionary, signals and what became of them. Values above 0 in
// one colour and below 0 in another, in five shades, each picture relative to its own largest value, or
// all to the same.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace retrograde {

struct ImageGrid {
  struct Image {
    std::vector<double> values;  // row after row; not-a-number is drawn as 0
    std::string caption = {};
  };
  std::string title;
  std::size_t columns = 1, rows = 1;  // of each picture, in values
  std::vector<Image> images;
  std::size_t across = 8;   // pictures a row
  bool same_scale = false;  // relative to the largest value of all of them
  std::size_t most = 128;   // what is beyond is left out, and a line below says so
  double width = 480;
};
std::string render(const ImageGrid& grid);

}  // namespace retrograde
