#include <fmt/format.h>

#include <retrograde/engine/device/cpu_device.hpp>
#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/device/open_device.hpp>

namespace retrograde {

std::string device_obstacle(const Scenario& scenario, const Network& network, DeviceWork work) {
  if (scenario.pursuit) return "sparse coding runs on the CPU";
  if (scenario.integers) return "a network in integers runs on the emulated chip, on the CPU";
  if (scenario.steps) return "a network that goes in steps runs on the CPU";
  if (scenario.surrogate && work == DeviceWork::training)
    return "method = \"surrogate\" of [train] goes in steps, on the CPU";
  if (scenario.scheduler == Scheduler::sequential)
    return "scheduler = \"sequential\" of [scenario] is for the CPU";
  const WindowPlan plan = make_plan(network);
  return plan.obstacle.empty() ? plan.obstacle_to(scenario.duration) : plan.obstacle;
}

OpenedDevice open_device(const DeviceChoice& choice, const Scenario& scenario,
                         const Network& network, DeviceWork work) {
  if (choice.kind == DeviceKind::cpu) return {};
  const bool tries = choice.kind == DeviceKind::automatic;
  if (const std::string obstacle = device_obstacle(scenario, network, work); !obstacle.empty()) {
    if (tries) return {nullptr, "device: cpu, since " + obstacle};
    throw UsageError(fmt::format("device {}: {} cannot go there: {}; choose the device cpu",
                                 name(choice), scenario.name, obstacle));
  }
  if (choice.kind == DeviceKind::emulated)
    return {make_cpu_device(), "device: the kernels of GPUs, emulated on the CPU"};
  const auto opened = [](int index) {
    std::shared_ptr<Device> device = make_gpu_device(index);
    std::string note = "device: " + device->name();
    return OpenedDevice{std::move(device), std::move(note)};
  };
  if (choice.index) return opened(*choice.index);
  const GpuSurvey survey = survey_gpus();
  const GpuInfo* const gpu = survey.usable();
  if (!gpu) {
    if (tries) return {nullptr, "device: cpu, since " + survey.problem};
    throw DeviceError("device gpu", survey.problem);
  }
  if (!tries) return opened(gpu->index);
  try {
    return opened(gpu->index);
  } catch (const DeviceError& error) {
    return {nullptr, fmt::format("device: cpu, since {}", error.what())};
  }
}

std::vector<std::string> left_to_cpu(const Device& device) {
  std::vector<std::string> told;
  if (const std::uint64_t elsewhere = device.work.networks_elsewhere; elsewhere > 0)
    told.push_back(
        fmt::format("device: {} ran on the CPU, of networks that cannot go there (docs/gpu.md)",
                    plural(elsewhere, "run")));
  const std::uint64_t trials = device.work.trials, left = device.work.left_to_cpu;
  if (left > 0 && left * 20 >= trials)
    told.push_back(fmt::format(
        "device: {} of {} trials were run again on the CPU: doubles left a decision in them open, "
        "or they were too crowded for kernels; the device cpu spares the first try (docs/gpu.md)",
        left, trials));
  return told;
}

}  // namespace retrograde
