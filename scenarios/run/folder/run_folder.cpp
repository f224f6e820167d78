#include <fmt/format.h>
#include <system_error>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/csv.hpp>
#include <retrograde/scenarios/run/folder/call.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>

namespace retrograde {

namespace fs = std::filesystem;

std::string remembered_data_path(const RunFolder& folder) {
  if (std::error_code error; fs::exists(folder.data(), error)) return folder.data();
  return remembered_data_path(read_calls(folder.path()));
}

void make_folder(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path, error) && !fs::is_directory(path, error))
    throw UsageError(
        fmt::format("{} exists and is not a folder; name another with --out", path.string()));
  fs::create_directories(path, error);
  if (error)
    throw IoError(path.string(), fmt::format("cannot make the folder: {}; name another with --out",
                                             error.message()));
}

RunFolder RunFolder::open(const fs::path& path) {
  RunFolder folder(path);
  std::error_code error;
  if (!fs::exists(folder.checkpoint(), error) || !fs::exists(folder.scenario(), error))
    throw UsageError(fmt::format(
        "{} is not a run folder: it has no scenario.toml and checkpoint.bin; `retro train` "
        "makes one",
        path.string()));
  return folder;
}

void write_metrics(const std::string& path, const std::vector<EpochMetrics>& history,
                   const Network& network) {
  const auto cell = [](const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : std::string();
  };
  const auto names = [&](const std::vector<std::uint32_t>& populations) {
    std::string text;
    for (const std::uint32_t p : populations)
      text += (text.empty() ? "" : " ") + network.populations()[p].name;
    return csv_field(text);
  };
  std::string text =
      "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,spikes_per_neuron,"
      "silent_neurons,silent_populations,"
      "silent_per_batch,rate_factor,delay_rate_factor,neuron_rate_factor,delays,zero_delays,"
      "removed_synapses,grown_synapses,"
      "smallest_slope_per_ms,grazing_spikes,spike_ties,arrival_ties,"
      "forward_deliveries_per_s,backward_deliveries_per_s,seconds\n";
  for (const EpochMetrics& m : history)
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{:.0f},{:.0f},{:.3f}\n",
        m.epoch, m.train_loss, cell(m.train_accuracy), m.validation_loss,
        cell(m.validation_accuracy), m.spikes_per_neuron, m.silent_neurons,
        names(m.silent_populations), m.silent_per_batch, m.rate_factor, m.delay_rate_factor,
        m.neuron_rate_factor, m.delays, m.zero_delays, m.removed, m.grown, m.grazing.smallest_slope,
        m.grazing.grazing, m.grazing.spike_ties, m.grazing.arrival_ties, m.forward_rate,
        m.backward_rate, m.seconds);
  write_file(path, text);
}

}  // namespace retrograde
