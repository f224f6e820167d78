#include <filesystem>
#include <system_error>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/run/folder/scenario_identity.hpp>
#include <retrograde/scenarios/run/study/shared_training.hpp>

namespace retrograde {

namespace {

// Training has no events, but for those that are in inline trials themselves (EventSpec::in_trials).
void leave_out_events(toml::table& document) {
  toml::array* const events = document["event"].as_array();
  if (!events) return;
  const bool drawn = !document.contains("data");
  for (std::size_t k = events->size(); k-- > 0;) {
    const toml::table* const event = events->get_as<toml::table>(k);
    const bool in_trials = drawn && event && (*event)["do"].value<std::string>() == "stimulus";
    if (!in_trials) events->erase(events->begin() + static_cast<std::ptrdiff_t>(k));
  }
}

}  // namespace

std::string training_text(const std::string& resolved, const std::string& name) {
  toml::table document = parse_toml(resolved, name);
  leave_out_events(document);
  // Fine-tuning trains on the chip.
  if (const toml::table* chip = document["chip"].as_table(); chip && !chip->contains("fine_tune"))
    document.erase("chip");
  return toml_text(document);
}

void take_training(const RunFolder& from, const Scenario& scenario, const RunFolder& into) {
  std::error_code error;
  for (const auto& [source, copy] :
       {std::pair(from.metrics(), into.metrics()), std::pair(from.tuning(), into.tuning())})
    if (std::filesystem::exists(source, error)) write_file(copy, read_text_file(source));
  Checkpoint checkpoint = read_checkpoint(from.checkpoint());
  checkpoint.scenario_identity = scenario_identity(scenario);
  write_checkpoint(into.checkpoint(), checkpoint);
}

}  // namespace retrograde
