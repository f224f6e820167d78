#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <system_error>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/sound.hpp>
#include <retrograde/scenarios/read/stimuli/named_files.hpp>
#include <retrograde/scenarios/read/text/document.hpp>
#include <retrograde/scenarios/run/folder/inputs.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

// Pictures and documents, which verbs write there, are none of it.
bool is_read_of_folder(const fs::path& file) {
  const std::string name = file.filename().string(), end = file.extension().string();
  return name == "scenario.toml" || name == "command.json" || name == "imported.nir" ||
         name == "metrics.csv" || name == "data.npz" || end == ".bin" || is_sound_name(file) ||
         name.ends_with("_list.txt") || name.ends_with("_filenames.txt") ||
         name.find("-ubyte") != std::string::npos ||
         (end == ".npy" && file.parent_path().filename() == "arrays") ||
         (end == ".h5" && (name.starts_with("shd_") || name.starts_with("ssc_")));
}

bool lies_in(const fs::path& file, const fs::path& folder) {
  std::error_code failed;
  const fs::path inner = fs::canonical(file, failed);
  if (failed) return false;
  const fs::path outer = fs::canonical(folder, failed);
  if (failed) return false;
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace

std::vector<std::string> inputs_of(const Scenario& scenario, const std::string& data_path) {
  std::vector<std::string> read = named_files(scenario);
  for (const std::string& path : {scenario.data.path, data_path})
    if (!path.empty()) read.push_back(path);
  if (scenario.origin)
    for (const auto& [file, text] : scenario.origin->included) read.push_back(file);
  if (scenario.network_file) read.push_back(scenario.network_file->path);
  return read;
}

void refuse_input(const std::string& path, const char* option, const std::string& input) {
  std::error_code failed;
  const auto refuse = [&](const std::string& reads) {
    throw UsageError(
        fmt::format("{} is there already, and this command reads {}, which even --overwrite does "
                    "not replace; name another file with --{}",
                    path, reads, option));
  };
  if (fs::is_directory(input, failed)) {
    if (is_read_of_folder(path) && lies_in(path, input))
      refuse(fmt::format("it in the folder {}", input));
  } else if (fs::equivalent(path, input, failed) && !failed) {
    refuse("it");
  }
}

}  // namespace retrograde
