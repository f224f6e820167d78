// The device that a user has chosen, opened for the network of a scenario.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/engine/device/device.hpp>
#include <retrograde/scenarios/read/device/device_choice.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// What is to go on: one network, or its training, which may go another way.
enum class DeviceWork : std::uint8_t { run, training };

// Why this cannot go on a device, a sentence without an end; empty: it can. `network` is the
// scenario's, with its values or others.
std::string device_obstacle(const Scenario& scenario, const Network& network, DeviceWork work);

struct OpenedDevice {
  std::shared_ptr<Device> device;  // null: the processor, without one
  std::string note;                // what it is, or why it is not a GPU; empty: nothing to tell
};

// Throws UsageError where the network cannot go there, DeviceError where there is no such device, each
// with the remedy; `automatic` throws neither.
OpenedDevice open_device(const DeviceChoice& choice, const Scenario& scenario,
                         const Network& network, DeviceWork work);

// What a user should know of work that did not stay on its device, a sentence each: runs of networks
// that cannot go there, and trials that were left to the CPU, if they were many.
std::vector<std::string> left_to_cpu(const Device& device);

}  // namespace retrograde
