#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

namespace {

// On which no value of a network depends.
const std::vector<std::string> free_of_values = {"chip.", "scenario.max_rate",
                                                 "scenario.scheduler"};

bool is_free(const Setting& setting, const std::vector<std::string>& free) {
  return std::any_of(free.begin(), free.end(), [&](const std::string& name) {
    return name.ends_with('.') ? setting.key.starts_with(name) : setting.key == name;
  });
}

// "chip.KEY, scenario.max_rate"
std::string names_of(const std::vector<std::string>& free) {
  std::string names;
  for (const std::string& name : free)
    names += (names.empty() ? "" : ", ") + name + (name.ends_with('.') ? "KEY" : "");
  return names;
}

// [chip] goes before what the run says, but not where the network was tuned for it.
void require_free(const std::vector<Setting>& settings, const Trained& trained) {
  retrograde::require_free(settings, free_of_values, *trained.folder);
  for (const Setting& setting : settings) {
    if (!setting.key.starts_with("chip.")) continue;
    if (setting.key.starts_with("chip.fine_tune"))
      throw UsageError(fmt::format(
          "{}: fine-tuning is part of the training, which has ended; train with it, in a new run",
          place_of(setting)));
    if (trained.tuning)
      throw UsageError(fmt::format(
          "{}: {} was fine-tuned for the chip that its scenario describes; train with this value, "
          "or a run without fine_tune",
          place_of(setting), trained.folder->path().string()));
  }
}

}  // namespace

void require_free(const std::vector<Setting>& settings, const std::vector<std::string>& free,
                  const RunFolder& folder) {
  for (const Setting& setting : settings)
    if (!is_free(setting, free))
      throw UsageError(fmt::format(
          "{}: {} is a run, which was trained with a value of its own; make a new run with it "
          "(retro train SCENARIO --{}), or leave it out. Of a run these can be set: {}",
          place_of(setting), folder.path().string(), fmt::format("set {}=VALUE", setting.key),
          names_of(free)));
}

Trained open_trained(const std::string& path, const std::string& data_path, ChosenEpoch chosen,
                     const std::vector<Setting>& settings) {
  Trained trained;
  // The run remembers it, and may be taken up from another folder.
  if (!data_path.empty()) trained.data_path = std::filesystem::absolute(data_path).string();
  if (!std::filesystem::is_directory(path)) {
    if (chosen == ChosenEpoch::last)
      throw UsageError(fmt::format(
          "--last: {} is a scenario, whose network is untrained; name a run folder", path));
    trained.scenario = read_scenario(path, {.settings = settings});
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
  if (!settings.empty()) {
    require_free(settings, trained);
    trained.scenario = read_scenario(trained.folder->scenario(), {.settings = settings});
  }
  trained.calls = read_calls(path);
  if (trained.data_path.empty()) trained.data_path = remembered_data_path(*trained.folder);
  return trained;
}

Trained trained_of(const Scenario& scenario, const Network* network, const std::string& data_path,
                   const std::vector<Setting>& settings) {
  for (const Setting& setting : settings)
    if (network && !is_free(setting, free_of_values))
      throw UsageError(fmt::format(
          "{}: a network is given, which has its values already; say it where the network is made. "
          "Of a network these can be set: {}",
          place_of(setting), names_of(free_of_values)));
  Trained trained;
  if (!data_path.empty()) trained.data_path = std::filesystem::absolute(data_path).string();
  trained.scenario = parse_scenario(
      resolved_text(scenario), scenario.file,
      {.network_file = scenario.network_file, .settings = settings, .arrays = scenario.arrays});
  require_network(trained.scenario);
  trained.network = network ? *network : trained.scenario.network;
  return trained;
}

std::string other_data(const Trained& trained, const Dataset& dataset) {
  if (!trained.checkpoint || trained.checkpoint->data_identity == identity_of(dataset)) return {};
  return "the run was trained with other data than these, whose test part may hold what it has "
         "learned from; name its own by --data";
}

}  // namespace retrograde
