// Who computes, as a user says it: --device and [train] device. Results do not depend on it beyond what docs/gpu.md
// promises.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace retrograde {

// `emulated` is the kernels of GPUs on the processor, for tests and for those without a GPU.
enum class DeviceKind : std::uint8_t { cpu, gpu, automatic, emulated };

struct DeviceChoice {
  DeviceKind kind = DeviceKind::cpu;
  std::optional<int> index;  // of a GPU; none: the first that can be used
};

// What a choice can be.
inline constexpr std::string_view device_choices =
    "auto, cpu, gpu, gpu:N (N = 0, 1, ...) or emulated";

// None: it is not one.
std::optional<DeviceChoice> parse_device(std::string_view text);
// What would be read as it.
std::string name(const DeviceChoice& choice);

}  // namespace retrograde
