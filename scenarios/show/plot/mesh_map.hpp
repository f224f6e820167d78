// Which cores of a chip are in use: a rectangle of routers with their cores, each filled as far as
// it is full, in the colour of what lies on it. Hovering shows the text of a core.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace retrograde {

struct MeshMap {
  struct Core {
    std::uint32_t slot = 0;   // router after router, row after row
    std::uint32_t group = 0;  // of `groups`
    double share = 0;         // how full; above 1 is drawn as full
    std::string text;
  };
  std::string title;
  std::uint32_t columns = 1, rows = 1, cores_per_router = 1;
  std::vector<std::string> groups;
  std::vector<Core> cores;
  double width = 480;
};
std::string render(const MeshMap& chart);

}  // namespace retrograde
