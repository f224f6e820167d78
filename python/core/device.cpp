#include "device.hpp"

#include <fmt/format.h>
#include <map>
#include <mutex>
#include <nanobind/stl/string.h>
#include <nlohmann/json.hpp>

#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/show/device/gpus.hpp>

#include "bind.hpp"
#include "calls.hpp"
#include "subject.hpp"

namespace retrograde::python {

std::optional<DeviceChoice> device_choice(const std::string& said) {
  if (said.empty()) return std::nullopt;
  const std::optional<DeviceChoice> choice = parse_device(said);
  if (!choice) throw UsageError(fmt::format("device \"{}\": {} is needed", said, device_choices));
  return choice;
}

std::shared_ptr<Device> lasting_device(const std::string& said, const PyNetwork& network) {
  const std::optional<DeviceChoice> choice = device_choice(said);
  if (!choice || choice->kind == DeviceKind::cpu) return nullptr;
  // Never destroyed: the driver may be gone before what is static here.
  static std::mutex& mutex = *new std::mutex;
  static auto& open = *new std::map<std::string, std::shared_ptr<Device>>;
  const std::lock_guard lock(mutex);
  if (const auto found = open.find(name(*choice)); found != open.end()) {
    const std::string obstacle =
        device_obstacle(*network.scenario(), network.network(), DeviceWork::run);
    if (obstacle.empty()) return found->second;
  }
  OpenedDevice opened =
      open_device(*choice, *network.scenario(), network.network(), DeviceWork::run);
  if (opened.device) open[name(*choice)] = opened.device;
  return opened.device;
}

void bind_device(nb::module_& m) {
  m.def("devices", [] {
    std::string text;
    call_here([&](Stop&) { text = text_of(gpus_json(survey_gpus(true))); });
    return text;
  });
}

}  // namespace retrograde::python
