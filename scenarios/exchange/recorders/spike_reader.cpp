#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/recorders/spike_recording.hpp>

namespace retrograde {

namespace {

// What the file calls neuron 0 of a population: of NEST's numbers, which count through a network, the
// smallest that fires.
std::uint64_t first_of(const SpikeFile& file, const PopulationSpikes& p) {
  return file.senders && !p.neurons.empty() ? *std::ranges::min_element(p.neurons) : 0;
}

std::string name_of(const PopulationSpikes& p) { return p.name.empty() ? "spikes" : p.name; }

void build_network(const SpikeFile& file, const ScenarioLimits& limits, SpikeRecording& result) {
  NetworkBuilder builder;
  double neurons = 0;
  std::string guessed, moved;
  for (const PopulationSpikes& p : file.populations) {
    const std::uint64_t first = first_of(file, p);
    const auto largest = std::ranges::max_element(p.neurons);
    const double fire =
        largest == p.neurons.end() ? 1.0 : static_cast<double>(*largest - first) + 1;
    const double size = p.size ? *p.size : fire;
    if (!p.size) guessed += (guessed.empty() ? "" : ", ") + name_of(p);
    if (first > 0) moved += fmt::format(" Neuron 0 of {} is sender {}.", name_of(p), first);
    neurons += size;
    if (neurons > limits.neurons)
      throw LimitError("neurons", limits.neurons, neurons,
                       fmt::format("{}: it has more than {} neurons", file.file, limits.neurons));
    builder.add(
        {.name = name_of(p), .model = Model::input, .size = static_cast<std::uint32_t>(size)});
  }
  if (!guessed.empty())
    result.notes.push_back(fmt::format(
        "The file does not say how many neurons there are: up to the largest that fires in "
        "{}.{}",
        guessed, moved));
  result.network = builder.build();
}

void build_trials(const SpikeFile& file, SpikeRecording& result) {
  result.trials.resize(file.trials);
  Time last = 0;
  for (std::size_t p = 0; p < file.populations.size(); ++p) {
    const PopulationSpikes& spikes = file.populations[p];
    const std::uint64_t first = first_of(file, spikes);
    for (std::size_t k = 0; k < spikes.times.size(); ++k) {
      TapeSpike of_tape{};
      of_tape.time = spikes.times[k];
      of_tape.neuron =
          result.network.populations()[p].first + static_cast<NeuronId>(spikes.neurons[k] - first);
      result.trials[spikes.trials[k]].spikes.push_back(of_tape);
      last = std::max(last, of_tape.time);
    }
  }
  for (std::size_t k = 0; k < result.trials.size(); ++k) {
    Tape& tape = result.trials[k];
    std::ranges::stable_sort(tape.spikes, {}, &TapeSpike::time);
    // The instant of the last spike is within the trial.
    tape.duration = file.durations.empty() ? std::nextafter(last, never) : file.durations[k];
  }
  if (file.durations.empty())
    result.notes.push_back(fmt::format(
        "The file does not say how long a trial is: up to the last spike, {:g} ms.", last));
}

}  // namespace

SpikeRecording recording_of(const SpikeFile& file, const ScenarioLimits& limits) {
  const bool empty = std::ranges::all_of(
      file.populations, [](const PopulationSpikes& p) { return p.times.empty() && !p.size; });
  if (empty)
    throw FormatError(file.file, 0,
                      "it has no spikes, and does not say of how many neurons it has none");
  SpikeRecording result;
  build_network(file, limits, result);
  build_trials(file, result);
  return result;
}

}  // namespace retrograde
