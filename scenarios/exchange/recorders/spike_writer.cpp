#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/recorders/spike_recording.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/csv.hpp>

namespace retrograde {

namespace {

// Whether the spikes of each population are written.
std::vector<char> recorded(const Network& network, std::span<const Tape> trials) {
  std::vector<char> all(network.populations().size(), 0);
  for (std::size_t p = 0; p < all.size(); ++p) all[p] = network.populations()[p].model->fires();
  for (const Tape& tape : trials) {
    const std::vector<char> signals = signal_populations(network, tape);
    for (std::size_t p = 0; p < all.size(); ++p)
      if (signals[p] != 0) all[p] = 0;
  }
  return all;
}

void write_csv(const std::filesystem::path& path, const Network& network,
               std::span<const Tape> trials, const std::vector<char>& wanted) {
  AtomicFile file(path);
  std::vector<std::string> names;
  for (std::size_t p = 0; p < wanted.size(); ++p) {
    const Population& population = network.populations()[p];
    names.push_back(csv_field(population.name));
    if (wanted[p]) file.write(fmt::format("# size {} {}\n", population.size, population.name));
  }
  for (const Tape& tape : trials) file.write(fmt::format("# duration_ms {}\n", tape.duration));
  const bool several = trials.size() > 1;
  file.write(several ? "population,neuron,time_ms,trial\n" : "population,neuron,time_ms\n");
  std::string line;
  for (std::size_t trial = 0; trial < trials.size(); ++trial)
    for (const TapeSpike& spike : trials[trial].spikes) {
      const std::uint32_t p = network.population_of(spike.neuron);
      if (!wanted[p]) continue;
      line.clear();
      fmt::format_to(std::back_inserter(line), "{},{},{}", names[p],
                     spike.neuron - network.populations()[p].first, spike.time);
      if (several) fmt::format_to(std::back_inserter(line), ",{}", trial);
      line += '\n';
      file.write(line);
    }
  file.commit();
}

NumericArray single(double value) { return {.shape = {}, .values = {value}, .whole = true}; }

NumericArray list(std::vector<double> values, bool whole) {
  const std::size_t size = values.size();
  return {.shape = {size}, .values = std::move(values), .whole = whole};
}

// Spikes of one population: times, neurons, trials.
struct Columns {
  std::vector<double> times, neurons, trials;
};

std::vector<Columns> columns_of(const Network& network, std::span<const Tape> trials) {
  std::vector<Columns> all(network.populations().size());
  for (std::size_t trial = 0; trial < trials.size(); ++trial)
    for (const TapeSpike& spike : trials[trial].spikes) {
      const std::uint32_t p = network.population_of(spike.neuron);
      all[p].times.push_back(spike.time);
      all[p].neurons.push_back(spike.neuron - network.populations()[p].first);
      all[p].trials.push_back(static_cast<double>(trial));
    }
  return all;
}

std::vector<NamedArray> arrays_of(ArrayFormat format, const Network& network,
                                  std::span<const Tape> trials, const std::vector<char>& wanted) {
  const bool sonata = format == ArrayFormat::hdf5;
  std::vector<NamedArray> arrays;
  std::vector<Columns> columns = columns_of(network, trials);
  for (std::size_t p = 0; p < wanted.size(); ++p) {
    if (!wanted[p]) continue;
    const Population& population = network.populations()[p];
    const std::string at = (sonata ? "spikes/" : "") + population.name;
    arrays.push_back(
        {at + (sonata ? "/timestamps" : "/times"), list(std::move(columns[p].times), false)});
    arrays.push_back(
        {at + (sonata ? "/node_ids" : "/neurons"), list(std::move(columns[p].neurons), true)});
    if (trials.size() > 1)
      arrays.push_back({at + "/trials", list(std::move(columns[p].trials), true)});
    arrays.push_back({sonata ? "sizes/" + population.name : at + "/size", single(population.size)});
  }
  std::vector<double> durations;
  for (const Tape& tape : trials) durations.push_back(tape.duration);
  arrays.push_back({"durations", list(std::move(durations), false)});
  return arrays;
}

}  // namespace

void check_recording_name(const std::filesystem::path& path, const std::string& option,
                          const Network& network) {
  const std::optional<ArrayFormat> format = array_format_of(path);
  if (!format || *format == ArrayFormat::npy)
    throw UsageError(
        fmt::format("{} {}: the ending of the name says what is written; choose .csv, "
                    ".npz or .h5",
                    option, path.string()));
  const bool csv = *format == ArrayFormat::csv;
  for (const Population& p : network.populations()) {
    if (csv && (csv_field(p.name) != p.name || p.name.front() == '#' || p.name.front() == ' ' ||
                p.name.back() == ' '))
      throw UsageError(
          fmt::format("{} {}: the name of the population {} is more than one cell of a "
                      "CSV file; write .npz or .h5, or give it another name",
                      option, path.string(), p.name));
    if (!csv && (p.name.find('/') != std::string::npos || p.name == "." || p.name == ".."))
      throw UsageError(
          fmt::format("{} {}: the population {} would be a folder in such a file; "
                      "write .csv, or give it another name",
                      option, path.string(), p.name));
  }
}

void write_spike_recording(const std::filesystem::path& path, const Network& network,
                           std::span<const Tape> trials) {
  const std::vector<char> wanted = recorded(network, trials);
  const ArrayFormat format = array_format_of(path).value();
  if (format == ArrayFormat::csv)
    write_csv(path, network, trials, wanted);
  else
    write_arrays(path, format, arrays_of(format, network, trials, wanted));
}

}  // namespace retrograde
