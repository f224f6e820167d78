#include <filesystem>
#include <fmt/format.h>
#include <system_error>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/read/pursuit/pursuit_tables.hpp>
#include <retrograde/scenarios/read/text/document.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_training.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

namespace fs = std::filesystem;

bool is_sparse_coding(const std::string& path) try {
  std::error_code error;
  const std::string file = fs::is_directory(path, error) ? RunFolder(path).scenario() : path;
  if (!fs::is_regular_file(file, error)) return false;
  const std::string text = read_text_file(file);
  // Cheaper than parsing, and scenarios with matrices are long.
  const auto says = [&](const char* word) { return text.find(word) != std::string::npos; };
  return (says("dictionary") || says("include")) &&
         is_pursuit(scenario_document(text, file, {}).table);
} catch (const Error&) {
  return false;
}

TrainedPursuit open_pursuit(const std::string& path, const std::string& data_path,
                            const ScenarioOverrides& overrides) {
  std::string data = data_path.empty() ? std::string() : fs::absolute(data_path).string();
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    Scenario scenario = read_scenario(path, overrides);
    PursuitModel model = make_pursuit(scenario, data);
    return {std::move(scenario), std::nullopt, std::move(model), std::nullopt, {}, std::move(data)};
  }
  if (overrides.seed)
    throw UsageError(fmt::format("--seed: {} is a run, which is trained; leave it out", path));
  RunFolder folder = RunFolder::open(path);
  Scenario scenario = read_scenario(folder.scenario());
  std::vector<Call> calls = read_calls(path);
  if (data.empty()) data = remembered_data_path(calls);
  PursuitModel model = make_pursuit(scenario, data);
  PursuitCheckpoint checkpoint = checkpoint_of(scenario, model, folder);
  const std::uint32_t epoch = best_epoch(checkpoint.course);
  model.classifier = std::move(checkpoint.course.best);
  if (!overrides.settings.empty()) {
    require_free(overrides.settings, {"attack.", "chip."}, folder);
    scenario = read_scenario(folder.scenario(), {.settings = overrides.settings});
  }
  return {std::move(scenario), std::move(folder), std::move(model), epoch,
          std::move(calls),    std::move(data)};
}

std::string unlearned(const TrainedPursuit& trained, const std::string& path) {
  if (trained.folder || !trained.spec().learns()) return {};
  return fmt::format(
      "{} is a scenario that nothing has been learned of yet; `retro train` makes a run of it",
      path);
}

}  // namespace retrograde
