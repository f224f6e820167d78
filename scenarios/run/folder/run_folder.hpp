// A run folder holds everything about one training:
//   scenario.toml    the scenario as it was trained, seed included
//   imported.nir     the file of its [network], where there is one
//   metrics.csv      one row per epoch
//   checkpoint.bin   the state after the last epoch or interrupt, and the best values so far
//   chip.bin         the state of fine-tuning for the chip, where there is one
//   run.json         versions, seed, machine, results, fingerprints
//   report.html      the page to look at; figure.svg, its learning curve and raster
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

namespace retrograde {

class RunFolder {
 public:
  // Makes the folder for a new run. Throws UsageError when it holds a run already, unless that may
  // be overwritten; IoError.
  static RunFolder create(const std::filesystem::path& path, bool overwrite);
  // An existing run. Throws UsageError when there is none.
  static RunFolder open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  std::string file(const char* name) const { return (path_ / name).string(); }
  std::string scenario() const { return file("scenario.toml"); }
  std::string metrics() const { return file("metrics.csv"); }
  std::string checkpoint() const { return file("checkpoint.bin"); }
  std::string tuning() const { return file("chip.bin"); }
  std::string summary() const { return file("run.json"); }
  std::string report() const { return file("report.html"); }

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

// Makes a folder and those above it; throws IoError, or UsageError when a file of that name is in
// the way.
void make_folder(const std::filesystem::path& path);

// One row per epoch; a cell is empty where there is no value.
void write_metrics(const std::string& path, const std::vector<EpochMetrics>& history,
                   const Network& network);

}  // namespace retrograde
