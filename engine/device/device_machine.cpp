#include <retrograde/engine/device/device_machine.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

std::unique_ptr<const Machine> make_device_machine(const Network&, const std::shared_ptr<Device>&) {
  throw InternalError("there is no machine on devices yet");
}

}  // namespace retrograde
