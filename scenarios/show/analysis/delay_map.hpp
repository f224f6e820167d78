// The synapses of one neuron as a picture: where each comes from, against its delay; red ones excite,
// blue ones inhibit, and the stronger the more opaque.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retrograde {

struct DelayMap {
  struct Point {
    std::uint32_t channel = 0;
    std::int32_t delay = 0;  // steps
    double weight = 0.0;
  };
  std::string title;
  std::string channel_label = "channel";
  std::uint32_t channels = 1;
  std::int32_t steps = 0;  // the longest delay that there is room for
  double step = 1.0;       // ms
  double strongest = 1.0;  // |weight| that is opaque
  std::vector<Point> points;
  double width = 480, height = 250;
};
std::string render(const DelayMap& chart);

}  // namespace retrograde
