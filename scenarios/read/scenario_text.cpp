// resolved_text: the scenario as text that gives the same network again. The user's text stays as
// it is, comments included; only what came from elsewhere is put in: the seed, the name, and which
// network file it was.
#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_edit.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/pursuit/pursuit_spec.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

namespace {

// A seed that a TOML integer cannot hold is a string.
std::string seed_text(std::uint64_t seed) {
  const std::string digits = fmt::format("{}", seed);
  return seed <= std::uint64_t{std::numeric_limits<std::int64_t>::max()} ? digits
                                                                         : toml_string(digits);
}

// Arrays stay where they are: their names become those that hold from any folder.
void add_array_files(const Scenario& scenario, std::vector<TomlEntry>& entries) {
  const auto add = [&](const char* table, const char* key, const std::string& path) {
    if (!path.empty())
      entries.push_back({table, key, toml_string(file_beside(scenario.file, path))});
  };
  add("dictionary", "path", scenario.pursuit->dictionary.path);
  if (const auto* arrays = std::get_if<ArraySignals>(&scenario.pursuit->data)) {
    add("data", "signals", arrays->signals);
    add("data", "labels", arrays->labels);
  }
}

}  // namespace

std::string resolved_text(const Scenario& scenario) {
  std::vector<TomlEntry> entries = {{"scenario", "name", toml_string(scenario.name)}};
  // A seed may be written as a number or as a string.
  const toml::table document = parse_toml(scenario.text, scenario.file);
  if (document["scenario"]["seed"].value<std::string>() != fmt::format("{}", scenario.seed))
    entries.insert(entries.begin(), {"scenario", "seed", seed_text(scenario.seed)});
  if (scenario.network_file) {
    entries.push_back({"network", "file", toml_string(NetworkFile::kept_as)});
    entries.push_back({"network", "hash", toml_string(scenario.network_file->hash)});
  }
  if (!scenario.folder.empty())
    entries.push_back({"scenario", "folder", toml_string(scenario.folder)});
  if (scenario.pursuit) add_array_files(scenario, entries);
  return with_entries(scenario.text, scenario.file, entries);
}

std::string with_epochs(const std::string& text, const std::string& file, std::uint32_t epochs) {
  return with_entries(text, file, {{"train", "epochs", fmt::format("{}", epochs)}});
}

std::string with_method(const std::string& text, const std::string& file,
                        const std::string& method) {
  return with_entries(text, file, {{"train", "method", toml_string(method)}});
}

std::string with_study_seed(const std::string& text, const std::string& file, std::uint64_t seed) {
  return with_entries(text, file, {{"study", "seeds", fmt::format("[{}]", seed_text(seed))}});
}

Scenario resolved(const Scenario& scenario) {
  return parse_scenario(resolved_text(scenario), scenario.file,
                        {.network_file = scenario.network_file, .arrays = scenario.arrays});
}

void keep_scenario(const std::filesystem::path& folder, const std::string& text,
                   const NetworkFile* network_file, const MemoryArrays* arrays) {
  if (network_file)
    write_file(
        folder / NetworkFile::kept_as,
        {reinterpret_cast<const char*>(network_file->bytes.data()), network_file->bytes.size()});
  if (arrays) keep_arrays(folder, *arrays);
  write_file(folder / "scenario.toml", text);
}

}  // namespace retrograde
