#include <charconv>

#include <retrograde/scenarios/read/device/device_choice.hpp>

namespace retrograde {

std::optional<DeviceChoice> parse_device(std::string_view text) {
  if (text == "cpu") return DeviceChoice{DeviceKind::cpu, {}};
  if (text == "auto") return DeviceChoice{DeviceKind::automatic, {}};
  if (text == "emulated") return DeviceChoice{DeviceKind::emulated, {}};
  if (text == "gpu") return DeviceChoice{DeviceKind::gpu, {}};
  if (!text.starts_with("gpu:")) return std::nullopt;
  text.remove_prefix(4);
  std::uint16_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return DeviceChoice{DeviceKind::gpu, index};
}

std::string name(const DeviceChoice& choice) {
  switch (choice.kind) {
    case DeviceKind::cpu:
      return "cpu";
    case DeviceKind::automatic:
      return "auto";
    case DeviceKind::emulated:
      return "emulated";
    case DeviceKind::gpu:
      break;
  }
  return choice.index ? "gpu:" + std::to_string(*choice.index) : "gpu";
}

}  // namespace retrograde
