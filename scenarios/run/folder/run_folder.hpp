// A run folder holds everything about one training:
//   command.json     the calls that made it (call.hpp)
//   scenario.toml    the scenario as it was trained, seed included
//   imported.nir     the file of its [network], where there is one
//   arrays/          arrays that a program gave with it in memory (io/arrays/memory_arrays.hpp)
//   data.npz         the data set that a program gave it in memory (data/trials_file.hpp)
//   metrics.csv      one row per epoch
//   events.out.tfevents.retrograde   the same for TensorBoard, where that was asked for (event_log.hpp)
//   checkpoint.bin   the state after the last epoch or interrupt, and the best values so far
//   chip.bin         the state of fine-tuning for the chip, where there is one
//   run.json         versions, seed, machine, results, fingerprints
//   report.html      the page to look at; figure.svg, its learning curve and raster
//   plot.svg, plot-WHAT.svg   pictures of `retro plot`
// While a verb writes into it, it holds its claim (folder_claim.hpp).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

namespace retrograde {

class RunFolder {
 public:
  // Names only: looks at nothing.
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  // An existing run. Throws UsageError when there is none.
  static RunFolder open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string scenario() const { return file("scenario.toml"); }
  std::string data() const { return file("data.npz"); }
  std::string metrics() const { return file("metrics.csv"); }
  std::string events() const { return file("events.out.tfevents.retrograde"); }
  std::string checkpoint() const { return file("checkpoint.bin"); }
  std::string tuning() const { return file("chip.bin"); }
  std::string summary() const { return file("run.json"); }
  std::string report() const { return file("report.html"); }

 private:
  std::filesystem::path path_;
};

// Where its data are: the set that it keeps, or the folder that the last call which named one named; empty:
// none did. Throws IoError, and FormatError for a command.json that is none.
std::string remembered_data_path(const RunFolder& folder);

// Makes a folder and those above it; throws IoError, or UsageError when a file of that name is in
// the way.
void make_folder(const std::filesystem::path& path);

// One row per epoch; a cell is empty where there is no value.
void write_metrics(const std::string& path, const std::vector<EpochMetrics>& history,
                   const Network& network);

}  // namespace retrograde
