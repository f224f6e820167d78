#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <string>
#include <utility>

#include <retrograde/scenarios/exchange/recorders/sample_file.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/csv.hpp>

namespace retrograde {

namespace {

// The names of what a probe takes, in the order of quantities_of.
std::vector<std::string> names_of(const Probe& probe) {
  std::vector<std::string> names;
  if (probe.v) names.emplace_back("v");
  if (probe.i) names.emplace_back("i");
  for (const std::uint32_t receptor : probe.receptors)
    names.push_back(fmt::format("i_{}", receptor + 1));
  if (probe.threshold) names.emplace_back("threshold");
  return names;
}

const Population& population_of(const Network& network, const Probe& probe) {
  return network.populations()[network.population_of(probe.neurons.front())];
}

// ---- CSV -----------------------------------------------------------------------------------------

// The quantities of all probes: v, i, receptors, threshold.
std::vector<std::string> columns_of(std::span<const Probe> probes) {
  Probe all;
  all.v = all.i = false;
  for (const Probe& probe : probes) {
    all.v = all.v || probe.v;
    all.i = all.i || probe.i;
    all.threshold = all.threshold || probe.threshold;
    all.receptors.insert(all.receptors.end(), probe.receptors.begin(), probe.receptors.end());
  }
  std::sort(all.receptors.begin(), all.receptors.end());
  all.receptors.erase(std::unique(all.receptors.begin(), all.receptors.end()), all.receptors.end());
  return names_of(all);
}

// The lines of one probe in one trial. `recording` is not changed.
void write_lines(const Network& network, const Probe& probe, Recording& recording,
                 const std::vector<std::string>& columns, const std::string& end,
                 AtomicFile& file) {
  const Population& population = population_of(network, probe);
  const std::vector<std::string> names = names_of(probe);
  const std::vector<Samples*> taken = quantities_of(probe, recording);
  std::vector<const Samples*> of_column;
  for (const std::string& column : columns) {
    const auto at = std::find(names.begin(), names.end(), column);
    of_column.push_back(at == names.end() ? nullptr
                                          : taken[static_cast<std::size_t>(at - names.begin())]);
  }
  const std::string name = csv_field(population.name);
  std::string line;
  for (std::size_t n = 0; n < probe.neurons.size(); ++n)
    for (std::size_t k = 0; k < recording.times.size(); ++k) {
      line.clear();
      fmt::format_to(std::back_inserter(line), "{},{},{}", name,
                     probe.neurons[n] - population.first, recording.times[k]);
      for (const Samples* samples : of_column)
        if (samples)
          fmt::format_to(std::back_inserter(line), ",{}", (*samples)[n][k]);
        else
          line += ',';
      line += end;
      file.write(line);
    }
}

void write_csv(const std::filesystem::path& path, const Network& network,
               std::span<const Probe> probes, std::span<std::vector<Recording>> recordings) {
  const std::vector<std::string> columns = columns_of(probes);
  const bool several = recordings.size() > 1;
  AtomicFile file(path);
  file.write("population,neuron,time_ms");
  for (const std::string& column : columns) file.write("," + column);
  file.write(several ? ",trial\n" : "\n");
  for (std::size_t trial = 0; trial < recordings.size(); ++trial)
    for (std::size_t p = 0; p < probes.size(); ++p)
      write_lines(network, probes[p], recordings[trial][p], columns,
                  several ? fmt::format(",{}\n", trial) : "\n", file);
  file.commit();
}

// ---- NPZ and HDF5 --------------------------------------------------------------------------------

void add_arrays(const std::string& at, const Network& network, const Probe& probe,
                Recording& recording, std::vector<NamedArray>& arrays) {
  const Population& population = population_of(network, probe);
  arrays.push_back({at + "times", {.shape = {recording.times.size()}, .values = recording.times}});
  std::vector<double> neurons;
  for (const NeuronId n : probe.neurons) neurons.push_back(n - population.first);
  arrays.push_back(
      {at + "neurons", {.shape = {neurons.size()}, .values = std::move(neurons), .whole = true}});
  const std::vector<std::string> names = names_of(probe);
  const std::vector<Samples*> taken = quantities_of(probe, recording);
  for (std::size_t q = 0; q < names.size(); ++q) {
    NumericArray matrix{.shape = {probe.neurons.size(), recording.times.size()}, .values = {}};
    matrix.values.reserve(probe.neurons.size() * recording.times.size());
    for (const std::vector<double>& row : *taken[q])
      matrix.values.insert(matrix.values.end(), row.begin(), row.end());
    arrays.push_back({at + names[q], std::move(matrix)});
  }
}

}  // namespace

void write_samples(const std::filesystem::path& path, const Network& network,
                   std::span<const Probe> probes, std::span<std::vector<Recording>> recordings) {
  const ArrayFormat format = array_format_of(path).value();
  if (format == ArrayFormat::csv) return write_csv(path, network, probes, recordings);
  std::vector<NamedArray> arrays;
  for (std::size_t trial = 0; trial < recordings.size(); ++trial)
    for (std::size_t p = 0; p < probes.size(); ++p)
      add_arrays(fmt::format("{}probe_{}/{}/",
                             recordings.size() > 1 ? fmt::format("trial_{}/", trial) : "", p,
                             population_of(network, probes[p]).name),
                 network, probes[p], recordings[trial][p], arrays);
  write_arrays(path, format, arrays);
}

}  // namespace retrograde
