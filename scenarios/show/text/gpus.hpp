// Which GPUs there are, in a few lines, for people.
#pragma once

#include <string>

#include <retrograde/engine/device/cuda_device.hpp>

namespace retrograde {

std::string gpus_text(const GpuSurvey& survey);

}  // namespace retrograde
