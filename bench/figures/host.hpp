// The machine and the build that figures were taken on. What the system does not tell stays empty
// or 0.
#pragma once

#include <array>
#include <string>

namespace retrograde::bench {

struct Machine {
  std::string processor;
  unsigned cores = 0;                               // that this process may use
  double memory = 0.0;                              // bytes
  std::string cache;                                // the last level, "32 MiB"
  std::string system;                               // "Linux 6.1"
  std::array<double, 3> load = {-1.0, -1.0, -1.0};  // 1, 5 and 15 minutes; -1: unknown

  // More to do than cores, when this was looked at.
  bool busy() const { return cores > 0 && load[0] > static_cast<double>(cores); }
};

Machine this_machine();

// Bytes that can be had without pushing others out; 0: unknown.
double available_memory();

}  // namespace retrograde::bench
