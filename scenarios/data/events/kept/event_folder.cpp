#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/kept/kept_set.hpp>
#include <retrograde/scenarios/data/stimuli/recorded.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

// What a folder holds, by name, without what begins with a dot.
std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (!at->path().filename().string().starts_with('.')) paths.push_back(at->path());
  if (error)
    throw IoError(folder.string(), fmt::format("cannot be looked into: {}", error.message()));
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::optional<Part> part_of(const fs::path& folder) {
  for (const Part part : {Part::train, Part::validation, Part::test})
    if (folder.filename().string() == name(part)) return part;
  return std::nullopt;
}

bool has_spike_files(const fs::path& folder) {
  const auto entries = entries_of(folder);
  return std::any_of(entries.begin(), entries.end(), is_spike_file_name);
}

// A folder of a class in a part.
struct ClassFolder {
  fs::path path;
  std::optional<Part> part;
};

std::vector<ClassFolder> class_folders(const fs::path& folder) {
  std::vector<ClassFolder> classes;
  const auto add = [&](const fs::path& of, std::optional<Part> part) {
    for (const fs::path& path : entries_of(of)) {
      if (!fs::is_directory(path))
        throw IoError(path.string(),
                      "a file among folders; here are only folders, one per class, with the files "
                      "of its samples");
      classes.push_back({path, part});
    }
  };
  const auto entries = entries_of(folder);
  const bool parts = !entries.empty() && std::ranges::all_of(entries, [](const fs::path& path) {
    return fs::is_directory(path) && part_of(path);
  });
  if (parts)
    for (const fs::path& path : entries) add(path, part_of(path));
  else
    add(folder, std::nullopt);
  return classes;
}

EventSample read_sample(const fs::path& path, std::uint64_t most) {
  if (!is_spike_file_name(path))
    throw IoError(path.string(),
                  "no file of spikes by its ending; those of a set end with .csv, "
                  ".dat, .gdf, .npz, .h5 or .hdf5. Take others out");
  const SpikeFile file = read_spike_file(path, {.most = most});
  if (file.trials > 1 || file.populations.size() > 1)
    throw FormatError(
        path.string(), 0,
        fmt::format("it has {} populations and {} trials, and a sample is one trial of "
                    "one population; write a file for each",
                    file.populations.size(), file.trials));
  EventSample sample;
  const auto trials = chosen_spikes(file, {.size = most_kept_units});
  for (const Spike& spike : trials.front()) {
    sample.times.push_back(spike.time);
    sample.units.push_back(spike.neuron);
  }
  return sample;
}

}  // namespace

bool has_event_folder(const fs::path& folder) {
  for (const fs::path& path : entries_of(folder)) {
    if (!fs::is_directory(path)) continue;
    if (has_spike_files(path)) return true;
    if (part_of(path) && std::ranges::any_of(entries_of(path), [](const fs::path& below) {
          return fs::is_directory(below) && has_spike_files(below);
        }))
      return true;
  }
  return false;
}

std::shared_ptr<const EventSet> open_event_folder(const fs::path& folder,
                                                  std::optional<std::uint32_t> unit_count,
                                                  const KeptLimits& limits) {
  auto set = std::make_shared<KeptSet>(folder.string(), limits);
  const std::vector<ClassFolder> folders = class_folders(folder);
  std::vector<std::string> names;
  names.reserve(folders.size());
  for (const ClassFolder& of : folders) names.push_back(of.path.filename().string());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const ClassFolder& of : folders) {
    const auto label =
        std::find(names.begin(), names.end(), of.path.filename().string()) - names.begin();
    for (const fs::path& path : entries_of(of.path))
      set->add(read_sample(path, limits.events), static_cast<int>(label), of.part, std::nullopt,
               path.string());
  }
  set->name_classes(std::move(names));
  set->finish(unit_count);
  return set;
}

}  // namespace retrograde
