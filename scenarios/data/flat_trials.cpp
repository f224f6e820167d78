#include <retrograde/engine/parallel.hpp>
#include <retrograde/scenarios/data/flat_trials.hpp>

namespace retrograde {

FlatTrials flat(const LabelledTrials& trials) {
  std::vector<Trial> all(trials.size());
  for_each_trial(all.size(), [&](std::size_t k) { all[k] = trials.trial(k); });
  FlatTrials result;
  bool graded = false;
  for (const Trial& trial : all) {
    for (const Spike& spike : trial.inputs) {
      result.times.push_back(spike.time);
      result.neurons.push_back(spike.neuron);
    }
    graded |= trial.graded();
    result.payloads.insert(result.payloads.end(), trial.payloads.begin(), trial.payloads.end());
    result.payloads.resize(result.times.size(), 1.0);
    result.offsets.push_back(result.times.size());
    result.durations.push_back(trial.duration);
    result.labels.push_back(trials.label(result.labels.size()));
  }
  if (!graded) result.payloads.clear();
  return result;
}

}  // namespace retrograde
