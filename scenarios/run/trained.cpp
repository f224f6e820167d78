#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

Trained open_trained(const std::string& path, const std::string& data_path, ChosenEpoch chosen) {
  Trained trained;
  // The run remembers it, and may be taken up from another folder.
  if (!data_path.empty()) trained.data_path = std::filesystem::absolute(data_path).string();
  if (!std::filesystem::is_directory(path)) {
    if (chosen == ChosenEpoch::last)
      throw UsageError(fmt::format(
          "--last: {} is a scenario, whose network is untrained; name a run folder", path));
    trained.scenario = read_scenario(path);
    require_network(trained.scenario);
    trained.network = trained.scenario.network;
    return trained;
  }
  trained.folder = RunFolder::open(path);
  trained.scenario = read_scenario(trained.folder->scenario());
  require_network(trained.scenario);
  trained.checkpoint = read_checkpoint(trained.folder->checkpoint());
  require_same_scenario(trained.scenario, *trained.checkpoint, *trained.folder);
  trained.network = trained_network(trained.scenario, *trained.checkpoint, chosen);
  trained.epoch = chosen == ChosenEpoch::best && !trained.checkpoint->best_values.empty()
                      ? trained.checkpoint->best_epoch
                      : trained.checkpoint->trainer.epoch;
  trained.tuning = tuning_of(*trained.folder, trained.network);
  trained.calls = read_calls(path);
  if (trained.data_path.empty()) trained.data_path = remembered_data_path(trained.calls);
  return trained;
}

}  // namespace retrograde
