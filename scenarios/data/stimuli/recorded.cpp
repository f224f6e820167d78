#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/recorded.hpp>

namespace retrograde {

namespace {

const PopulationSpikes& chosen_population(const SpikeFile& file, const SpikeChoice& choice) {
  const auto& all = file.populations;
  const std::string& wanted = choice.population.empty() ? choice.name : choice.population;
  const auto found = std::ranges::find(all, wanted, &PopulationSpikes::name);
  if (found != all.end()) return *found;
  if (choice.population.empty() && all.size() == 1) return all.front();
  if (all.size() == 1 && all.front().name.empty())
    throw FormatError(file.file, 0,
                      fmt::format("it does not say what its population is called, so population = "
                                  "\"{}\" chooses nothing; remove it",
                                  wanted));
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const PopulationSpikes& p : all)
    names.push_back(p.name.empty() ? "one without a name" : p.name);
  throw FormatError(
      file.file, 0,
      fmt::format("it has no spikes of a population {}; write population = \"{}\", or "
                  "another of {}",
                  wanted, names.back(), fmt::join(names, ", ")));
}

void refuse_neuron(const SpikeFile& file, const PopulationSpikes& spikes, std::size_t k,
                   const SpikeChoice& choice) {
  const auto [smallest, largest] = std::ranges::minmax_element(spikes.neurons);
  throw FormatError(
      file.file, 0,
      fmt::format("spike {} is of neuron {}, and those of the population are called {} to {} "
                  "here; the file has {} to {}: write first = {}, or give the population "
                  "that size",
                  k, spikes.neurons[k], choice.first, choice.first + (choice.size - 1), *smallest,
                  *largest, *smallest));
}

}  // namespace

std::vector<std::vector<Spike>> chosen_spikes(const SpikeFile& file, const SpikeChoice& choice) {
  const PopulationSpikes& spikes = chosen_population(file, choice);
  if (choice.trial && *choice.trial >= file.trials)
    throw FormatError(
        file.file, 0,
        fmt::format("it has no trial {}; its trials are 0 to {}", *choice.trial, file.trials - 1));
  std::vector<std::vector<Spike>> trials(choice.trial ? 1 : file.trials);
  for (std::size_t k = 0; k < spikes.times.size(); ++k) {
    if (spikes.neurons[k] < choice.first || spikes.neurons[k] - choice.first >= choice.size)
      refuse_neuron(file, spikes, k, choice);
    if (choice.trial && spikes.trials[k] != *choice.trial) continue;
    trials[choice.trial ? 0 : spikes.trials[k]].push_back(
        {spikes.times[k], static_cast<NeuronId>(spikes.neurons[k] - choice.first)});
  }
  for (std::vector<Spike>& trial : trials) {
    std::ranges::sort(trial, [](const Spike& a, const Spike& b) {
      return a.neuron != b.neuron ? a.neuron < b.neuron : a.time < b.time;
    });
    const auto twice = std::ranges::adjacent_find(trial);
    if (twice != trial.end())
      throw FormatError(
          file.file, 0,
          fmt::format("neuron {} fires twice at {} ms; a neuron fires once at a time, "
                      "remove one",
                      choice.first + twice->neuron, twice->time));
  }
  return trials;
}

}  // namespace retrograde
