#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

Trained open_trained(const std::string& path, const std::string& data_path) {
  Trained trained;
  // The run remembers it, and may be taken up from another folder.
  if (!data_path.empty()) trained.data_path = std::filesystem::absolute(data_path).string();
  if (!std::filesystem::is_directory(path)) {
    trained.scenario = read_scenario(path);
    trained.network = trained.scenario.network;
    return trained;
  }
  trained.folder = RunFolder::open(path);
  trained.scenario = read_scenario(trained.folder->scenario());
  trained.checkpoint = read_checkpoint(trained.folder->checkpoint());
  if (trained.checkpoint->scenario_identity !=
      scenario_identity(trained.scenario.text, trained.scenario.seed))
    throw UsageError(fmt::format("{} was written by another scenario than {}",
                                 trained.folder->checkpoint(), trained.folder->scenario()));
  trained.network = trained_network(trained.scenario, *trained.checkpoint);
  trained.tuning = tuning_of(*trained.folder, trained.network);
  if (trained.data_path.empty()) trained.data_path = remembered_data_path(*trained.folder);
  return trained;
}

std::string remembered_data_path(const RunFolder& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder.summary(), error)) return {};
  const nlohmann::ordered_json document = read_json(folder.summary());
  if (!document.is_object() || !document.contains("data") || !document["data"].is_string())
    throw FormatError(folder.summary(), 0,
                      "it is not the summary of a run; remove it and name the data by --data");
  return document["data"].get<std::string>();
}

}  // namespace retrograde
