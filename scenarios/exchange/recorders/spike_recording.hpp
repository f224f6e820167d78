// Spikes of whole populations in a file, both ways: what a run leaves for other programs, and what
// `retro analyse` makes of a file (io/spikes, which reads what is written here). The ending of the name
// says which kind of file is written. Times are in ms; neurons are numbered within their population.
//
//   .csv         columns population, neuron, time_ms, of several trials also trial; in the order of
//                trials and times. Comments above say how large populations are and how long trials.
//   .npz         POPULATION/times, POPULATION/neurons, of several trials POPULATION/trials; likewise
//                POPULATION/size, and durations, one per trial
//   .h5, .hdf5   SONATA's layout: spikes/POPULATION/timestamps and node_ids, of several trials also
//                trials; sizes/POPULATION and durations beside it
//
// Where a file does not say sizes and durations, as those of other programs do not, they follow from the
// largest neuron and the latest spike, and a note says so.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/scenarios/io/limits.hpp>
#include <retrograde/scenarios/io/spikes/spike_file.hpp>

namespace retrograde {

struct SpikeRecording {
  Network network;                      // its populations, all of them inputs; no synapses
  std::vector<Tape> trials;             // spikes alone
  std::vector<std::string> notes = {};  // what the file does not say, a sentence each
};

// Whether a spike file can have this name: one of the endings above. Throws UsageError, beginning with
// `option`, where it cannot, or where a name of a population has no place in such a file.
void check_recording_name(const std::filesystem::path& path, const std::string& option,
                          const Network& network);

// Populations that fire, inputs among them; the changes of signals are none. `path` has been checked.
// Throws IoError.
void write_spike_recording(const std::filesystem::path& path, const Network& network,
                           std::span<const Tape> trials);

// What a file of spikes has (io/spikes), whoever wrote it. Throws FormatError where it is nothing,
// LimitError: of neurons.
SpikeRecording recording_of(const SpikeFile& file, const ScenarioLimits& limits = {});

}  // namespace retrograde
