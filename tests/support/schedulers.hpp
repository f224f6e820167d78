// The schedulers that can run a network: what holds for one holds for all.
#pragma once

#include <vector>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde::test {

inline std::vector<Scheduler> schedulers_of(const Network& network) {
  std::vector<Scheduler> list{Scheduler::sequential};
  if (network.window_plan().obstacle.empty()) list.push_back(Scheduler::windowed);
  return list;
}

inline RunOptions by(Scheduler scheduler, const Readout& readout = {}) {
  RunOptions options;
  options.readout = readout;
  options.scheduler = scheduler;
  return options;
}

}  // namespace retrograde::test
