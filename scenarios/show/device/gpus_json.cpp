#include <string>

#include <retrograde/scenarios/show/device/gpus.hpp>
#include <retrograde/scenarios/show/json/document.hpp>

namespace retrograde {

namespace {

nlohmann::ordered_json text_or_null(const std::string& text) {
  return value_if(!text.empty(), text);
}

}  // namespace

nlohmann::ordered_json gpus_json(const GpuSurvey& survey) {
  auto document = json_header("retrograde.devices/1");
  document["cuda"] = {{"built", survey.built},
                      {"runtime", text_or_null(survey.runtime)},
                      {"driver", text_or_null(survey.driver)}};
  document["problem"] = text_or_null(survey.problem);
  document["gpus"] = nlohmann::ordered_json::array();
  for (const GpuInfo& gpu : survey.gpus)
    document["gpus"].push_back({{"device", "gpu:" + std::to_string(gpu.index)},
                                {"name", gpu.name},
                                {"memory_bytes", gpu.memory},
                                {"free_bytes", value_if(gpu.free > 0, gpu.free)},
                                {"compute_capability", {gpu.major, gpu.minor}},
                                {"processors", gpu.processors},
                                {"unusable", text_or_null(gpu.unusable)}});
  return document;
}

}  // namespace retrograde
