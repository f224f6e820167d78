// Where networks run, as Python says it: "cpu", "gpu", "gpu:N", "auto" or "emulated"; empty: nothing is said.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <retrograde/scenarios/run/device/open_device.hpp>

#include "types.hpp"

namespace retrograde::python {

// Throws UsageError for what is no device.
std::optional<DeviceChoice> device_choice(const std::string& said);

// For what runs a network once: the device stays open, for all that come after, too. Null: the CPU.
// Throws what open_device throws.
std::shared_ptr<Device> lasting_device(const std::string& said, const PyNetwork& network);

}  // namespace retrograde::python
