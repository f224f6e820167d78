// Which GPUs there are: in a few lines for people, and as a document for other programs (docs/json.md,
// retrograde.devices/1).
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include <retrograde/engine/device/cuda_device.hpp>

namespace retrograde {

std::string gpus_text(const GpuSurvey& survey);
nlohmann::ordered_json gpus_json(const GpuSurvey& survey);

}  // namespace retrograde
