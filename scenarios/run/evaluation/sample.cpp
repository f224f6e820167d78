#include <algorithm>

#include <retrograde/scenarios/run/evaluation/sample.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t most_voltages = 10;  // of a sample
constexpr double points_per_voltage = 500.0;
}  // namespace

SampleRun run_sample(const Scenario& scenario, const Machine& machine, const Dataset& dataset,
                     Part part, std::size_t index) {
  SampleRun sample;
  sample.part = part;
  sample.index = index;
  sample.label = dataset.label(part, index);
  const Trial trial = eventful(dataset.trial(part, index), trials_before(dataset, part) + index,
                               scenario, machine.network());

  // The voltages that decide, as many as can be told apart.
  const Readout readout = scenario.loss ? scenario.loss->readout() : Readout{};
  if (readout.kind != Readout::Kind::none) {
    const Population& read = machine.network().populations()[readout.population];
    Probe probe;
    probe.interval = trial.duration / points_per_voltage;
    for (NeuronId n = read.first; n < read.first + std::min(read.size, most_voltages); ++n)
      probe.neurons.push_back(n);
    sample.probes = {std::move(probe)};
  }

  sample.tape =
      machine.run(trial, stoppable(scenario.run_options()), sample.probes, &sample.recordings);
  sample.decision = decide(machine.network(), readout, sample.tape);
  return sample;
}

std::vector<SampleRun> shown_samples(const Scenario& scenario, const Machine& machine,
                                     const Dataset& dataset, Part part, std::size_t chosen,
                                     const std::vector<JudgedTrial>& worst) {
  std::vector<SampleRun> samples;
  if (chosen >= dataset.size(part)) return samples;
  samples.push_back(run_sample(scenario, machine, dataset, part, chosen));
  for (std::size_t k = 0; k < std::min(worst.size(), worst_samples); ++k)
    if (worst[k].index != chosen)
      samples.push_back(run_sample(scenario, machine, dataset, part, worst[k].index));
  return samples;
}

}  // namespace retrograde
