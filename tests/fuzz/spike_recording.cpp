#include <filesystem>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/recorders/spike_recording.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

namespace {

// A population of a million neurons is nothing wrong, and takes its time.
const ScenarioLimits limits = {.populations = 20, .neurons = 200};

SpikeRecording read_as_recording(std::vector<std::uint8_t> bytes, const std::string& file) {
  return recording_of(parse_spike_file(std::move(bytes), file, {.limits = limits}), limits);
}

void check_promises(const SpikeRecording& read) {
  for (const Tape& tape : read.trials) {
    Time last = 0;
    for (const TapeSpike& spike : tape.spikes) {
      if (spike.neuron >= read.network.neuron_count())
        throw InternalError("a spike of an accepted recording is of no neuron");
      if (!(spike.time >= last && spike.time <= tape.duration))
        throw InternalError("a spike of an accepted recording is out of order or of its trial");
      last = spike.time;
    }
  }
}

// Names that no CSV file takes are refused; what is written comes back.
void check_written(const SpikeRecording& read) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("fuzz-spikes-" + std::to_string(::getpid()) + ".csv"))
                               .string();
  try {
    check_recording_name(path, "--spikes", read.network);
  } catch (const UsageError&) {
    return;
  }
  write_spike_recording(path, read.network, read.trials);
  const SpikeRecording again = read_as_recording(read_file(path), "again");
  std::filesystem::remove(path);
  if (!again.notes.empty() || again.trials.size() != read.trials.size())
    throw InternalError("a recording does not come back from the file that is written for it");
  for (std::size_t k = 0; k < read.trials.size(); ++k) {
    const Tape &a = read.trials[k], &b = again.trials[k];
    if (a.duration != b.duration || a.spikes.size() != b.spikes.size())
      throw InternalError("a trial does not come back from the file that is written for it");
    for (std::size_t s = 0; s < a.spikes.size(); ++s)
      if (a.spikes[s].time != b.spikes[s].time || a.spikes[s].neuron != b.spikes[s].neuron)
        throw InternalError("a spike does not come back from the file that is written for it");
  }
}

}  // namespace

void spike_recording(std::span<const std::uint8_t> bytes) {
  if (hdf5::is_hdf5(bytes)) return;
  SpikeRecording read;
  try {
    read = read_as_recording({bytes.begin(), bytes.end()}, "fuzz");
  } catch (const InternalError&) {
    throw;
  } catch (const Error&) {
    return;
  }
  check_promises(read);
  check_written(read);
}

}  // namespace retrograde::fuzz
