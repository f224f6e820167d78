#include <utility>

#include <retrograde/adjoint/batch_pass.hpp>
#include <retrograde/adjoint/device/device_backward.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

BatchPass::BatchPass(BatchMachines machines, Scheduler of_candidates, const LabelledTrials& trials,
                     std::span<const std::uint32_t> batch, const Loss& loss,
                     const GradientOptions& options, std::size_t index, std::size_t of)
    : machines_(std::move(machines)),
      trials_(trials),
      batch_(batch),
      loss_(loss),
      options_(options) {
  if (!options.candidates.empty()) {
    candidates_ = with_candidates(back().network(), options.candidates);
    probe_ = make_machine(candidates_.network, of_candidates);
  }
  groups_ = batch_groups(batch.size(), layout().parameters, options.groups);
  share_ = share_of(groups_.count(), index, of);
  first_ = groups_.begin(share_.first);
  tapes_.resize(groups_.begin(share_.last) - first_);
  values_.resize(tapes_.size());
}

std::vector<TrialResult> BatchPass::forward() {
  const Network& network = machines_.forward->network();
  std::vector<TrialResult> results(size());
  const auto trial = [&](std::size_t k) { return shown(k); };
  machines_.forward->run_all(size(), trial, options_.run, [&](std::size_t k, Tape tape) {
    tapes_[k] = std::move(tape);
    values_[k] = loss_.evaluate(network, tapes_[k], label(k));
    results[k] = judged(network, tapes_[k], loss_, values_[k], label(k));
  });
  return results;
}

std::vector<std::uint64_t> BatchPass::spikes() const {
  std::vector<std::uint64_t> spikes(machines_.forward->network().neuron_count(), 0);
  for (const Tape& tape : tapes_)
    for (const TapeSpike& spike : tape.spikes) ++spikes[spike.neuron];
  return spikes;
}

void BatchPass::show_gradients() const {
  if (!options_.inspect) return;
  const Network& network = back().network();
  for_each_trial(size(), [&](std::size_t k) {
    Gradient gradient{network.layout(),
                      std::vector<double>(network.layout().size(), 0.0),
                      {},
                      std::vector<double>(network.neuron_count(), 0.0)};
    const BackwardStatistics statistics =
        retrograde::backward(back(), tapes_[k], values_[k], loss_.readout(),
                             {.spike_kick = {}, .grazing = options_.grazing}, gradient);
    options_.inspect(first_ + k,
                     {network, shown(k), tapes_[k], values_[k], gradient, statistics.grazing});
  });
}

// What the rate regulariser adds to p_v at each spike of a neuron; empty: nothing. The mean is taken
// as a sum of equal terms, which has the bits that counting trial by trial gives.
std::vector<double> BatchPass::kick(std::span<const std::uint64_t> spikes) const {
  if (!(options_.regulariser.strength > 0.0)) return {};
  const double one = 1.0 / static_cast<double>(batch_.size());
  std::vector<double> kick(spikes.size(), 0.0);
  for (std::size_t n = 0; n < spikes.size(); ++n) {
    for (std::uint64_t k = 0; k < spikes[n]; ++k) kick[n] += one;
    kick[n] = options_.regulariser.strength * (kick[n] - options_.regulariser.target);
  }
  return kick;
}

void BatchPass::backward(std::span<const std::uint64_t> spikes, std::span<TrialResult> results,
                         std::vector<std::vector<double>>& sums) {
  const GradientLayout layout = this->layout();
  const std::vector<double> kicks = kick(spikes);
  const BackwardOptions how{options_.neuron_parameters, kicks, options_.grazing};
  if (sums.size() < share_.size()) sums.resize(share_.size());
  if (go_back_on_device(how, results, sums)) return;
  for_each_trial(share_.size(), [&](std::size_t g) {
    Gradient gradient{layout, std::move(sums[g]), {}};
    gradient.parameters.assign(layout.size(), 0.0);
    const std::size_t end = groups_.begin(share_.first + g + 1) - first_;
    for (std::size_t k = groups_.begin(share_.first + g) - first_; k < end; ++k) {
      if (options_.run.progress && !options_.run.progress(0.0))
        throw Interrupted("the batch was stopped");
      const BackwardStatistics statistics = go_back(k, how, gradient);
      results[k].backward_deliveries = statistics.deliveries;
      results[k].grazing = statistics.grazing;
    }
    sums[g] = std::move(gradient.parameters);
  });
}

// Whether it could.
bool BatchPass::go_back_on_device(const BackwardOptions& how, std::span<TrialResult> results,
                                  std::vector<std::vector<double>>& sums) const {
  const auto* machine = dynamic_cast<const DeviceMachine*>(&back());
  if (!machine || probe_) return false;
  std::vector<std::size_t> groups;
  for (std::size_t g = share_.first; g <= share_.last; ++g)
    groups.push_back(groups_.begin(g) - first_);
  std::vector<BackwardStatistics> statistics(size());
  std::vector<std::vector<double>> made(share_.size());
  if (!backward_on_device(*machine, {tapes_, values_, groups}, loss_.readout(), how, layout(),
                          options_.run.progress, made, statistics))
    return false;
  for (std::size_t g = 0; g < made.size(); ++g) sums[g] = std::move(made[g]);
  for (std::size_t k = 0; k < size(); ++k) {
    results[k].backward_deliveries = statistics[k].deliveries;
    results[k].grazing = statistics[k].grazing;
  }
  return true;
}

// Weights of 0 change no spike, so tapes of the network are those of the one with candidates, but
// for what neurons keep of each arrival: there more arrive, and the trial is run again.
BackwardStatistics BatchPass::go_back(std::size_t k, const BackwardOptions& how,
                                      Gradient& gradient) const {
  if (!probe_)
    return retrograde::backward(back(), tapes_[k], values_[k], loss_.readout(), how, gradient);
  if (tapes_[k].trajectories.empty())
    return retrograde::backward(*probe_, tapes_[k], values_[k], loss_.readout(), how, gradient);
  const Tape tape = probe_->run(shown(k), options_.run);
  const LossValue value = loss_.evaluate(probe_->network(), tape, label(k));
  return retrograde::backward(*probe_, tape, value, loss_.readout(), how, gradient);
}

void BatchPass::split(std::vector<double> sum, BatchGradient& result) const {
  result.candidates.clear();
  result.layout = {back().network().layout(), options_.delays};
  if (probe_)
    candidates_.split(sum, result.layout, result.sum, result.candidates);
  else
    result.sum = std::move(sum);
}

void add_in_order(std::vector<double>& sum, std::span<const std::vector<double>> others) {
  for_each_part(0, sum.size(), [&](std::size_t k) {
    for (const std::vector<double>& other : others) sum[k] += other[k];
  });
}

}  // namespace retrograde
