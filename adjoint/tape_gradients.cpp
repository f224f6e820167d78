#include <algorithm>
#include <chrono>
#include <utility>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/candidate_network.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// A batch is summed in groups of trials: one group's trials into one buffer, one after the other,
// then the buffers in order. How many groups follows from the network alone, so that the order of
// additions does not depend on the number of threads: eight, fewer where buffers are large.
std::size_t group_size(std::size_t trials, const ParameterLayout& layout) {
  constexpr std::size_t room = std::size_t{8} << 20;  // bytes
  const std::size_t groups = std::clamp<std::size_t>(room / (sizeof(double) * layout.size()), 2, 8);
  return std::max<std::size_t>(4, (trials + groups - 1) / groups);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// One batch on its way forward and back.
class Pass {
 public:
  // `probe`: a machine of the network with candidates, or null.
  Pass(const BatchMachines& machines, const Machine* probe, const LabelledTrials& trials,
       std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options)
      : forward_(*machines.forward),
        back_(machines.back ? *machines.back : forward_),
        probe_(probe),
        trials_(trials),
        batch_(batch),
        loss_(loss),
        options_(options),
        tapes_(batch.size()),
        values_(batch.size()) {}

  void run_forward(BatchGradient& result) {
    const Network& network = forward_.network();
    result.results.assign(batch_.size(), {});
    for_each_trial(batch_.size(), [&](std::size_t k) {
      const int label = trials_.label(batch_[k]);
      tapes_[k] = forward_.run(shown(k), options_.run);
      values_[k] = loss_.evaluate(network, tapes_[k], label);
      result.results[k] = judged(network, tapes_[k], loss_, values_[k], label);
    });
    result.spikes.assign(network.neuron_count(), 0);
    for (const Tape& tape : tapes_)
      for (const TapeSpike& spike : tape.spikes) ++result.spikes[spike.neuron];
  }

  void show_gradients() const {
    if (!options_.inspect) return;
    const Network& network = back_.network();
    for_each_trial(batch_.size(), [&](std::size_t k) {
      Gradient gradient{network.layout(),
                        std::vector<double>(network.layout().size(), 0.0),
                        {},
                        std::vector<double>(network.neuron_count(), 0.0)};
      const BackwardStatistics statistics =
          backward(back_, tapes_[k], values_[k], loss_.readout(),
                   {.spike_kick = {}, .grazing = options_.grazing}, gradient);
      options_.inspect(k, {network, shown(k), tapes_[k], values_[k], gradient, statistics.grazing});
    });
  }

  // What the rate regulariser adds to p_v at each spike of a neuron.
  void regularise() {
    if (!(options_.regulariser.strength > 0.0)) return;
    kick_.assign(forward_.network().neuron_count(), 0.0);
    for (const Tape& tape : tapes_)
      for (const TapeSpike& spike : tape.spikes)
        kick_[spike.neuron] += 1.0 / static_cast<double>(batch_.size());
    for (double& k : kick_) k = options_.regulariser.strength * (k - options_.regulariser.target);
  }

  // The sum is of the network with candidates, where there are any.
  void run_backward(BatchGradient& result, std::vector<std::vector<double>>& partial_sums) const {
    const GradientLayout layout((probe_ ? *probe_ : back_).network().layout(), options_.delays);
    const BackwardOptions backward_options{options_.neuron_parameters, kick_, options_.grazing};
    const std::size_t count = batch_.size(), size = group_size(count, layout.parameters);
    const std::size_t groups = (count + size - 1) / size;
    partial_sums.resize(std::max(partial_sums.size(), groups - 1));
    for_each_trial(groups, [&](std::size_t g) {
      std::vector<double>& sum = g == 0 ? result.sum : partial_sums[g - 1];
      Gradient gradient{layout, std::move(sum), {}};
      gradient.parameters.assign(layout.size(), 0.0);
      for (std::size_t k = g * size; k < std::min(count, (g + 1) * size); ++k) {
        const BackwardStatistics statistics = go_back(k, backward_options, gradient);
        result.results[k].backward_deliveries = statistics.deliveries;
        result.results[k].grazing = statistics.grazing;
      }
      sum = std::move(gradient.parameters);
    });
    for_each_part(0, result.sum.size(), [&](std::size_t k) {
      for (std::size_t g = 1; g < groups; ++g) result.sum[k] += partial_sums[g - 1][k];
    });
  }

 private:
  Trial shown(std::size_t k) const { return trials_.shown(batch_[k], options_.epoch); }

  // Weights of 0 change no spike, so tapes of the network are those of the one with candidates, but
  // for what neurons keep of each arrival: there more arrive, and the trial is run again.
  BackwardStatistics go_back(std::size_t k, const BackwardOptions& how, Gradient& gradient) const {
    if (!probe_) return backward(back_, tapes_[k], values_[k], loss_.readout(), how, gradient);
    if (tapes_[k].trajectories.empty())
      return backward(*probe_, tapes_[k], values_[k], loss_.readout(), how, gradient);
    const Tape tape = probe_->run(shown(k), options_.run);
    const LossValue value = loss_.evaluate(probe_->network(), tape, trials_.label(batch_[k]));
    return backward(*probe_, tape, value, loss_.readout(), how, gradient);
  }

  const Machine& forward_;
  const Machine& back_;
  const Machine* probe_;
  const LabelledTrials& trials_;
  std::span<const std::uint32_t> batch_;
  const Loss& loss_;
  const GradientOptions& options_;
  std::vector<Tape> tapes_;
  std::vector<LossValue> values_;
  std::vector<double> kick_;  // per neuron, or empty
};

}  // namespace

TapeGradients::TapeGradients(Scheduler scheduler)
    : TapeGradients(
          [scheduler](const Network& network) {
            return BatchMachines{make_machine(network, scheduler), nullptr};
          },
          scheduler) {}

TapeGradients::TapeGradients(std::function<BatchMachines(const Network&)> make_machines,
                             Scheduler of_candidates)
    : make_machines_(std::move(make_machines)), of_candidates_(of_candidates) {}

void TapeGradients::make(const Network& network, const LabelledTrials& trials,
                         std::span<const std::uint32_t> batch, const Loss& loss,
                         const GradientOptions& options, BatchGradient& result) {
  if (batch.empty()) throw InternalError("TapeGradients: a batch without trials");
  const auto started = std::chrono::steady_clock::now();
  const BatchMachines machines = make_machines_(network);
  CandidateNetwork candidates;
  std::unique_ptr<const Machine> probe;
  if (!options.candidates.empty()) {
    const Machine& back = machines.back ? *machines.back : *machines.forward;
    candidates = with_candidates(back.network(), options.candidates);
    probe = make_machine(candidates.network, of_candidates_);
  }
  Pass pass(machines, probe.get(), trials, batch, loss, options);
  pass.run_forward(result);
  result.forward_seconds = seconds_since(started);

  pass.show_gradients();

  const auto turned = std::chrono::steady_clock::now();
  pass.regularise();
  pass.run_backward(result, partial_sums_);
  result.layout = {network.layout(), options.delays};
  result.candidates.clear();
  if (probe) {
    const std::vector<double> all = std::move(result.sum);
    candidates.split(all, result.layout, result.sum, result.candidates);
  }
  result.backward_seconds = seconds_since(turned);
}

}  // namespace retrograde
