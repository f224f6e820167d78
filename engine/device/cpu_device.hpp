// The processor as a device, to show what kernels do: slower than the machines that were made for it
// (engine/windowed). Blocks are shared by threads, and a team is one of them; or a team is several, and
// one block follows the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <retrograde/engine/device/device.hpp>

namespace retrograde {

// `room`: bytes that it lets anybody have; `team`: threads of a team.
std::shared_ptr<Device> make_cpu_device(std::size_t room = std::size_t{1} << 32,
                                        std::uint32_t team = 1);

}  // namespace retrograde
