#include <algorithm>

#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/calibrate.hpp>
#include <retrograde/hardware/loihi2/deploy/error_budget.hpp>
#include <retrograde/hardware/spike_distance.hpp>

namespace retrograde::loihi2 {

namespace {

// Spike times by neuron.
std::vector<std::vector<Time>> trains(const Tape& tape, NeuronId neurons) {
  std::vector<std::vector<Time>> result(neurons);
  for (const TapeSpike& spike : tape.spikes) result[spike.neuron].push_back(spike.time);
  return result;
}

struct Sample {
  int decision = no_decision;
  double distance = 0.0;
};

}  // namespace

ErrorBudget error_budget(const Machine& machine, const ChipNetwork& chip, const ChipNetwork* tuned,
                         const Semantics& semantics, const LabelledTrials& trials,
                         const RunOptions& options, const std::function<bool(double)>& progress) {
  const Network& network = machine.network();
  constexpr std::size_t stretch = 64;  // trials between two calls of progress
  const Time tau = distance_steps * chip.step;
  const NeuronId neurons = network.neuron_count();
  const std::size_t size = trials.size();
  const bool decides = options.readout.kind != Readout::Kind::none;
  std::vector<std::vector<std::vector<Time>>> exact(size);  // [trial][neuron]
  std::vector<int> decisions(size), labels(size, no_decision);
  ErrorBudget budget;
  budget.trials = size;

  // Exactly, every approximation added and alone but for the first two, and tuned.
  const double passes = 2.0 * approximations.size() - 1.0 + (tuned ? 1.0 : 0.0);
  double passes_done = 0.0;
  const auto in_stretches = [&](const auto& body) {
    for (std::size_t begin = 0; begin < size; begin += stretch) {
      const std::size_t end = std::min(size, begin + stretch);
      for_each_trial(end - begin, [&](std::size_t k) { body(begin + k); });
      if (progress &&
          !progress((passes_done + static_cast<double>(end) / static_cast<double>(size)) / passes))
        throw Interrupted("the error budget was stopped");
    }
    ++passes_done;
  };

  std::uint64_t spikes = 0;
  in_stretches([&](std::size_t k) {
    const Tape tape = machine.run(trials.trial(k), options);
    exact[k] = trains(tape, neurons);
    decisions[k] = decide(network, options.readout, tape);
    if (decides) labels[k] = trials.label(k);
  });
  for (std::size_t k = 0; k < size; ++k) {
    budget.labelled += labels[k] != no_decision;
    budget.exact_correct += labels[k] != no_decision && labels[k] == decisions[k];
    for (NeuronId n = 0; n < neurons; ++n)
      if (!network.is_input(n)) spikes += exact[k][n].size();
  }

  const auto measure = [&](const ChipNetwork& measured, ApproximationSet approximations_on) {
    const ApproximateNetwork approximate(network, measured, approximations_on, semantics);
    std::vector<Sample> samples(size);
    in_stretches([&](std::size_t k) {
      const Tape tape = approximate.run(trials.trial(k), options);
      samples[k].decision = decide(network, options.readout, tape);
      const std::vector<std::vector<Time>> found = trains(tape, neurons);
      for (NeuronId n = 0; n < neurons; ++n)
        if (!network.is_input(n)) samples[k].distance += spike_distance(exact[k][n], found[n], tau);
    });
    BudgetEntry entry;
    for (std::size_t k = 0; k < size; ++k) {
      entry.correct += labels[k] != no_decision && labels[k] == samples[k].decision;
      entry.changed += decisions[k] != samples[k].decision;
      entry.distance += samples[k].distance;
    }
    entry.distance /= static_cast<double>(std::max<std::uint64_t>(spikes, 1));
    return entry;
  };

  // Sets that are measured for both columns are measured once.
  std::vector<ApproximationSet> added;
  for (const Approximation a : approximations) {
    added.push_back((added.empty() ? ApproximationSet{} : added.back()).with(a));
    budget.cumulative.push_back(measure(chip, added.back()));
  }
  for (const Approximation a : approximations) {
    ApproximationSet alone = ApproximationSet{}.with(a);
    if (alone.stepped()) alone = alone.with(Approximation::time_grid);
    const auto known = std::find(added.begin(), added.end(), alone);
    budget.alone.push_back(
        known == added.end() ? measure(chip, alone)
                             : budget.cumulative[static_cast<std::size_t>(known - added.begin())]);
  }
  if (tuned) budget.tuned = measure(*tuned, ApproximationSet::all());
  return budget;
}

}  // namespace retrograde::loihi2
