// Which GPUs there are, for other programs (docs/json.md, retrograde.devices/1).
#pragma once

#include <nlohmann/json.hpp>

#include <retrograde/engine/device/cuda_device.hpp>

namespace retrograde {

nlohmann::ordered_json gpus_json(const GpuSurvey& survey);

}  // namespace retrograde
