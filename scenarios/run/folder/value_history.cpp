#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/folder/value_history.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

fs::path folder_of(const fs::path& run) { return run / "values"; }

bool is_of_epoch(const fs::path& name) {
  const std::string stem = name.stem().string();
  return name.extension() == ".npz" && stem.size() >= 6 &&
         std::all_of(stem.begin(), stem.end(), [](unsigned char c) { return std::isdigit(c); });
}

NumericArray list(std::vector<double> values, bool whole) {
  const std::size_t size = values.size();
  return {.shape = {size}, .values = std::move(values), .whole = whole};
}

// The values of a kind in [first, first + count), where any of them is learned.
void add_learned(const Network& network, const Learning& learning, ParameterKind kind,
                 const std::string& owner, std::size_t first, std::size_t count,
                 std::vector<NamedArray>& arrays) {
  const std::size_t begin = network.layout().offset(kind) + first;
  if (count == 0 || learning.count(begin, begin + count) == 0) return;
  const auto at = network.parameters().begin() + static_cast<std::ptrdiff_t>(begin);
  arrays.push_back({fmt::format("{}/{}", owner, name(kind)),
                    list({at, at + static_cast<std::ptrdiff_t>(count)}, false)});
}

void add_synapses(const Projection& projection, std::vector<NamedArray>& arrays) {
  std::vector<double> sources, targets;
  for (SynapseId k = 0; k < projection.size; ++k) {
    sources.push_back(projection.source_of(k));
    targets.push_back(projection.targets[k]);
  }
  arrays.push_back({projection.name + "/source", list(std::move(sources), true)});
  arrays.push_back({projection.name + "/target", list(std::move(targets), true)});
}

}  // namespace

fs::path values_file(const fs::path& run, std::uint32_t epoch) {
  return folder_of(run) / fmt::format("{:06}.npz", epoch);
}

void write_values(const fs::path& run, std::uint32_t epoch, const Network& network,
                  const Learning& learning, bool with_synapses) {
  std::vector<NamedArray> arrays;
  for (const Projection& p : network.projections()) {
    const std::size_t before = arrays.size();
    for (const ParameterKind kind : synapse_parameter_kinds)
      add_learned(network, learning, kind, p.name, p.first, p.size, arrays);
    if (with_synapses && arrays.size() > before) add_synapses(p, arrays);
  }
  for (const Population& p : network.populations())
    for (const ParameterKind kind : p.model.parameters(p.receptors))
      add_learned(network, learning, kind, p.name, p.first, p.size, arrays);
  make_folder(folder_of(run));
  write_arrays(values_file(run, epoch), ArrayFormat::npz, arrays);
}

void remove_values(const fs::path& run) {
  std::error_code error;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder_of(run), error), end; !error && at != end;
       at.increment(error))
    if (is_of_epoch(at->path().filename())) files.push_back(at->path());
  for (const fs::path& file : files) fs::remove(file, error);
  fs::remove(folder_of(run), error);  // unless something else is left in it
}

}  // namespace retrograde
