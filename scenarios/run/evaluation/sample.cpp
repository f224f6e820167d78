#include <algorithm>

#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/scenarios/run/evaluation/sample.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t most_voltages = 10;  // of a sample
constexpr double points_per_voltage = 500.0;
// Where a mistake is looked for, and how many trials run at once.
constexpr std::size_t searched_trials = 1000, searched_at_once = 50;

// The index of the first trial with another decision than its label; the number of trials searched
// where there is none.
std::size_t first_mistake(const Scenario& scenario, const Machine& machine, const Dataset& dataset,
                          Part part) {
  const std::size_t end = std::min(searched_trials, dataset.size(part));
  for (std::size_t begin = 0; begin < end; begin += searched_at_once) {
    std::vector<char> wrong(std::min(searched_at_once, end - begin), 0);
    for_each_trial(wrong.size(), [&](std::size_t k) {
      const Tape tape =
          machine.run(dataset.trial(part, begin + k), stoppable(scenario.run_options()));
      wrong[k] = decide(machine.network(), scenario.loss->readout(), tape) !=
                 dataset.label(part, begin + k);
    });
    const auto found = std::find(wrong.begin(), wrong.end(), 1);
    if (found != wrong.end()) return begin + static_cast<std::size_t>(found - wrong.begin());
  }
  return end;
}

}  // namespace

SampleRun run_sample(const Scenario& scenario, const Machine& machine, const Dataset& dataset,
                     Part part, std::size_t index) {
  SampleRun sample;
  sample.part = part;
  sample.index = index;
  sample.label = dataset.label(part, index);
  const Trial trial = dataset.trial(part, index);

  // The voltages that decide, as many as can be told apart.
  const Population& read = machine.network().populations()[scenario.loss->readout().population];
  Probe probe;
  probe.interval = scenario.duration / points_per_voltage;
  for (NeuronId n = read.first; n < read.first + std::min(read.size, most_voltages); ++n)
    probe.neurons.push_back(n);
  sample.probes = {std::move(probe)};

  sample.tape =
      machine.run(trial, stoppable(scenario.run_options()), sample.probes, &sample.recordings);
  sample.decision = decide(machine.network(), scenario.loss->readout(), sample.tape);
  return sample;
}

std::vector<SampleRun> shown_samples(const Scenario& scenario, const Machine& machine,
                                     const Dataset& dataset, Part part) {
  std::vector<SampleRun> samples;
  if (dataset.size(part) == 0) return samples;
  samples.push_back(run_sample(scenario, machine, dataset, part, 0));
  if (!dataset.labelled()) return samples;
  const std::size_t wrong = first_mistake(scenario, machine, dataset, part);
  if (wrong > 0 && wrong < std::min(searched_trials, dataset.size(part)))
    samples.push_back(run_sample(scenario, machine, dataset, part, wrong));
  return samples;
}

}  // namespace retrograde
