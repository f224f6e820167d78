#include <algorithm>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/chip_target.hpp>
#include <retrograde/hardware/spike_distance.hpp>

namespace retrograde {

namespace {

// Spike times by neuron, ascending.
template <typename Spikes>
std::vector<std::vector<Time>> trains(const Spikes& spikes, NeuronId neurons) {
  std::vector<std::vector<Time>> result(neurons);
  for (const auto& spike : spikes) result[spike.neuron].push_back(spike.time);
  return result;
}

struct Side {
  std::vector<std::vector<Time>> exact, chip;
};

SpikeShift shift_of(const Side& side, const Population& population, Time step) {
  const auto first = [](const std::vector<Time>& train) {
    return train.empty() ? never : train.front();
  };
  SpikeShift shift;
  for (NeuronId n = population.first; n < population.first + population.size; ++n)
    shift.add(first(side.exact[n]), first(side.chip[n]), step);
  return shift;
}

// One trial on both sides, and how far its spike trains are apart.
ConformanceSample sample_of(const Network& network, const ChipTrial& chip, const Tape& tape,
                            const Readout& readout, int label, Time step, double& distance) {
  ConformanceSample sample;
  sample.label = label;
  sample.exact = decide(network, readout, tape);
  sample.chip = chip.decision;
  sample.input_collisions = chip.input_collisions;
  sample.synaptic_operations = chip.synaptic_operations;
  sample.steps = chip.steps;
  sample.registers = chip.registers;
  const Side side{trains(tape.spikes, network.neuron_count()),
                  trains(chip.spikes, network.neuron_count())};
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    const bool is_input = network.is_input(n);
    sample.by_neuron_exact.push_back(side.exact[n].size());
    sample.by_neuron_chip.push_back(is_input ? side.exact[n].size() : side.chip[n].size());
  }
  for (const Population& p : network.populations()) {
    std::uint64_t exact = 0, emulated = 0;
    for (NeuronId n = p.first; n < p.first + p.size; ++n) {
      exact += side.exact[n].size();
      emulated += p.model->is_input() ? side.exact[n].size() : side.chip[n].size();
      if (!p.model->is_input())
        distance += spike_distance(side.exact[n], side.chip[n], far_steps * step);
    }
    sample.spikes_exact.push_back(exact);
    sample.spikes_chip.push_back(emulated);
    sample.shifts.push_back(p.model->is_input() ? SpikeShift{} : shift_of(side, p, step));
  }
  return sample;
}

Conformance empty_conformance(const Network& network, const Readout& readout) {
  std::vector<std::string> names;
  for (const Population& p : network.populations()) names.push_back(p.name);
  return {std::move(names),
          readout.kind == Readout::Kind::none ? 0 : network.populations()[readout.population].size};
}

std::uint64_t exact_spikes(const Network& network, const Conformance& conformance) {
  std::uint64_t spikes = 0;
  for (std::size_t p = 0; p < network.populations().size(); ++p)
    if (!network.populations()[p].model->is_input()) spikes += conformance.spikes_exact[p];
  return spikes;
}

}  // namespace

ChipComparison compare(const Machine& exact, const DeployedNetwork& chip,
                       const LabelledTrials& trials, const RunOptions& options, Time step,
                       const std::function<bool(std::size_t)>& progress) {
  const Network& network = exact.network();
  ChipComparison result{empty_conformance(network, options.readout), 0.0};
  const auto classes = static_cast<std::int64_t>(result.conformance.classes);
  std::vector<double> distances(trials.size(), 0.0);
  const auto sample = [&](std::size_t k) {
    const Trial trial = trials.trial(k);
    const int label = classes > 0 ? trials.label(k) : no_decision;
    if (label < no_decision || label >= classes)
      throw NetworkError(
          "label", fmt::format("sample {} has label {}; the readout population has {} classes", k,
                               label, classes));
    return sample_of(network, chip.run(trial), exact.run(trial, options), options.readout, label,
                     step, distances[k]);
  };
  add_samples(result.conformance, trials.size(), sample, progress);
  chip.count(result.conformance);
  for (const double distance : distances) result.distance += distance;
  result.distance /=
      static_cast<double>(std::max<std::uint64_t>(exact_spikes(network, result.conformance), 1));
  return result;
}

}  // namespace retrograde
