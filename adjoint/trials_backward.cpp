#include <utility>

#include <retrograde/adjoint/batch_groups.hpp>
#include <retrograde/adjoint/batch_pass.hpp>
#include <retrograde/adjoint/trials_backward.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

TrialsGradient backward_all(const Machine& machine, std::span<const Tape> tapes,
                            std::span<const LossValue> losses, const Readout& readout,
                            const BackwardOptions& options, bool initial_v,
                            const std::function<bool(Time)>& progress) {
  const Network& network = machine.network();
  const std::size_t count = tapes.size();
  TrialsGradient result;
  result.layout = network.layout();
  result.input_times.resize(count);
  result.input_payloads.resize(count);
  result.initial_v.resize(count);
  result.statistics.resize(count);
  const BatchGroups groups = batch_groups(count, network.layout(), 0);
  std::vector<std::vector<double>> sums(groups.count());
  for_each_trial(groups.count(), [&](std::size_t g) {
    Gradient gradient{result.layout, std::vector<double>(result.layout.size(), 0.0), {}};
    for (std::size_t k = groups.begin(g); k < groups.begin(g + 1); ++k) {
      if (progress && !progress(0.0)) throw Interrupted("the gradient was stopped");
      if (initial_v) gradient.initial_v.assign(network.neuron_count(), 0.0);
      result.statistics[k] = backward(machine, tapes[k], losses[k], readout, options, gradient);
      result.input_times[k] = std::move(gradient.input_times);
      result.input_payloads[k] = std::move(gradient.input_payloads);
      if (initial_v) result.initial_v[k] = std::move(gradient.initial_v);
    }
    sums[g] = std::move(gradient.parameters);
  });
  if (sums.empty()) {
    result.sum.assign(result.layout.size(), 0.0);
  } else {
    result.sum = std::move(sums[0]);
    add_in_order(result.sum, std::span(sums).subspan(1));
  }
  return result;
}

}  // namespace retrograde
