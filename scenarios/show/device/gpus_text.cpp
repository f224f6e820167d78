#include <fmt/format.h>

#include <retrograde/scenarios/show/device/gpus.hpp>

namespace retrograde {

namespace {

std::string gibibytes(std::size_t bytes) {
  return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / 0x1p30);
}

std::string or_none(const std::string& version) { return version.empty() ? "none" : version; }

}  // namespace

std::string gpus_text(const GpuSurvey& survey) {
  std::string text = "cpu: always\n";
  for (const GpuInfo& gpu : survey.gpus) {
    text += fmt::format("gpu:{}: {}", gpu.index, gpu.name);
    if (gpu.memory > 0)
      text += fmt::format(", {}, compute capability {}.{}, {} processors", gibibytes(gpu.memory),
                          gpu.major, gpu.minor, gpu.processors);
    if (gpu.free > 0) text += fmt::format(", {} free", gibibytes(gpu.free));
    text += '\n';
    if (!gpu.unusable.empty()) text += fmt::format("  cannot be used: {}\n", gpu.unusable);
  }
  if (!survey.problem.empty()) text += fmt::format("gpu: none; {}\n", survey.problem);
  if (survey.built)
    text += fmt::format("built with CUDA {}; the driver knows CUDA {}\n", or_none(survey.runtime),
                        or_none(survey.driver));
  return text;
}

}  // namespace retrograde
