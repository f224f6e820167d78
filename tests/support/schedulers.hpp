// The schedulers that can run a network: what holds for one holds for all.
#pragma once

#include <vector>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde::test {

inline std::vector<Scheduler> schedulers_of(const Network& network) {
  std::vector<Scheduler> list{Scheduler::sequential};
  if (make_plan(network).obstacle.empty()) list.push_back(Scheduler::windowed);
  return list;
}

}  // namespace retrograde::test
