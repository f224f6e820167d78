// The windowed machine on a device.
#pragma once

#include <memory>

#include <retrograde/engine/device/device.hpp>
#include <retrograde/engine/machine.hpp>

namespace retrograde {

// Throws NetworkError where windows are impossible.
std::unique_ptr<const Machine> make_device_machine(const Network& network,
                                                   const std::shared_ptr<Device>& device);

}  // namespace retrograde
