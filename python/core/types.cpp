#include "types.hpp"

namespace retrograde::python {

std::shared_ptr<const Machine> PyNetwork::machine(Scheduler scheduler) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Machine>& made = machines_[static_cast<std::size_t>(scheduler)];
  if (!made)
    made = scenario_ && scenario_->steps && scheduler == Scheduler::automatic
               ? scenario_->machine(network_)
               : make_machine(network_, scheduler);
  return made;
}

}  // namespace retrograde::python
