#include <algorithm>

#include <retrograde/adjoint/set_result.hpp>

namespace retrograde {

TrialResult judged(const Network& network, const Tape& tape, const Loss& loss,
                   const LossValue& value, int label) {
  TrialResult result;
  result.loss = value.value;
  if (loss.readout().kind != Readout::Kind::none) {  // else a label means nothing
    result.label = label;
    result.decision = value.decision ? *value.decision : decide(network, loss.readout(), tape);
  }
  result.forward_deliveries = tape.deliveries;
  return result;
}

void SetResult::add(const TrialResult& result) {
  ++trials;
  labelled += result.labelled();
  loss_sum += result.loss;
  correct += result.correct();
  forward_deliveries += result.forward_deliveries;
  backward_deliveries += result.backward_deliveries;
  grazing += result.grazing;
}

void SetResult::count_decision(std::uint32_t classes, const TrialResult& result) {
  if (result.label < 0 || static_cast<std::uint32_t>(result.label) >= classes) return;
  const auto row = static_cast<std::size_t>(result.label) * (classes + 1);
  const std::size_t column =
      result.decision == no_decision ? classes : static_cast<std::size_t>(result.decision);
  ++confusion[row + column];
}

void SetResult::add_spikes(const Tape& tape) {
  for (const TapeSpike& spike : tape.spikes) ++spikes[spike.neuron];
}

Activity activity(const Network& network, const SetResult& result) {
  Activity a;
  std::uint64_t spikes = 0;
  for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
    const Population& population = network.populations()[p];
    if (population.model->is_input() || !population.model->fires()) continue;
    const auto begin = result.spikes.begin() + population.first, end = begin + population.size;
    const auto silent = static_cast<std::uint64_t>(std::count(begin, end, std::uint64_t{0}));
    a.neurons += population.size;
    a.silent += silent;
    if (silent == population.size) a.silent_populations.push_back(p);
    for (auto count = begin; count != end; ++count) spikes += *count;
  }
  if (a.neurons > 0 && result.trials > 0)
    a.spikes_per_neuron = static_cast<double>(spikes) / static_cast<double>(a.neurons) /
                          static_cast<double>(result.trials);
  return a;
}

}  // namespace retrograde
