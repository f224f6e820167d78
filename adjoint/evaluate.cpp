#include <algorithm>
#include <utility>

#include <retrograde/adjoint/evaluate.hpp>

namespace retrograde {

SetResult evaluate(
    const Machine& machine, const LabelledTrials& trials, const Loss& loss, RunOptions options,
    const std::function<bool(std::size_t done)>& progress,
    const std::function<void(std::size_t trial, const TrialResult&, const Tape&)>& each) {
  const Network& network = machine.network();
  options.readout = loss.readout();
  SetResult result(network);
  const std::uint32_t classes = network.populations()[loss.readout().population].size;
  result.confusion.assign(std::size_t{classes} * (classes + 1), 0);
  constexpr std::size_t stretch = 256;  // bounds the memory for tapes
  for (std::size_t begin = 0; begin < trials.size(); begin += stretch) {
    std::vector<Tape> tapes(std::min(stretch, trials.size() - begin));
    std::vector<TrialResult> results(tapes.size());
    const auto trial = [&](std::size_t k) { return trials.trial(begin + k); };
    machine.run_all(tapes.size(), trial, options, [&](std::size_t k, Tape tape) {
      const int label = trials.label(begin + k);
      tapes[k] = std::move(tape);
      results[k] = judged(network, tapes[k], loss, loss.evaluate(network, tapes[k], label), label);
    });
    for (std::size_t k = 0; k < tapes.size(); ++k) {
      result.add(results[k]);
      result.add_spikes(tapes[k]);
      result.count_decision(classes, results[k]);
      if (each) each(begin + k, results[k], tapes[k]);
    }
    if (progress && !progress(begin + tapes.size())) break;
  }
  return result;
}

}  // namespace retrograde
