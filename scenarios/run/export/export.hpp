// A trained network as a file for another tool, or of our own (exchange/): what goes into each format, and
// what whoever reads it will not see.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/run/evaluation/chosen_trial.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct ExportFormat {
  enum class Kind { netx, nir, lava, chip, npz, csv } kind;
  const char* name;  // of --format
  const char* file;  // by default
};

// Throws UsageError for another name, or none.
const ExportFormat& export_format(const std::optional<std::string>& name);
// Throws UsageError for options that only other formats have.
void require_options(const ExportFormat& format, const std::vector<std::string>& given);
// How delays of NIR are written (--delays). Throws UsageError.
NirDelays nir_delays(const std::string& name);

struct ExportOrder {
  const ExportFormat& format;
  NirDelays delays = NirDelays::metadata;  // nir
  bool exact = false;                      // nir: without what the chip would hold
  // lava: which trial goes with it; the data set is open.
  std::function<ChosenTrial(const Scenario&, const Dataset&)> choose = {};
};

struct Exported {
  std::size_t bytes = 0;
  std::vector<std::string> warnings;
};

// Where it is written unless somebody says: into the run folder, or here.
std::string export_file(const Trained& trained, const ExportFormat& format);

// Writes the file. `open` opens the data set, of formats that need it. Throws UsageError for a network that
// cannot go there, with the remedy, IoError, and what reading data throws.
Exported export_network(const Trained& trained, const ExportOrder& order, const std::string& path,
                        const std::function<Dataset()>& open);

}  // namespace retrograde
