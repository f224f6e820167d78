// The processor as a device: blocks are shared by threads, a team is one thread. Slower than the machines
// that were made for it (engine/windowed); it is there to show what kernels do.
#pragma once

#include <memory>

#include <retrograde/engine/device/device.hpp>

namespace retrograde {

// `room`: bytes that it lets anybody have.
std::shared_ptr<Device> make_cpu_device(std::size_t room = std::size_t{1} << 32);

}  // namespace retrograde
