#include "types.hpp"

namespace retrograde::python {

std::shared_ptr<const Machine> PyNetwork::machine(Scheduler scheduler,
                                                  const std::shared_ptr<Device>& device) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const Machine>& made = machines_[{scheduler, device}];
  if (!made)
    made = scenario_->steps && scheduler == Scheduler::automatic
               ? scenario_->machine(network_)
               : make_machine(network_, scheduler, device);
  return made;
}

}  // namespace retrograde::python
