#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/adjoint/train/gradient_agreement.hpp>
#include <retrograde/adjoint/train/learned_groups.hpp>

namespace retrograde {

namespace {

GroupAgreement agreement_of(const LearnedGroup& group, const BatchGradient& exact,
                            const BatchGradient& surrogate) {
  GroupAgreement agreement{group.kind, group.where, group.values.size()};
  double product = 0.0, e = 0.0, s = 0.0;
  for (const std::size_t k : group.values) {
    product += exact.sum[k] * surrogate.sum[k];
    e += exact.sum[k] * exact.sum[k];
    s += surrogate.sum[k] * surrogate.sum[k];
  }
  agreement.exact_norm = std::sqrt(e);
  agreement.surrogate_norm = std::sqrt(s);
  agreement.cosine = product / (agreement.exact_norm * agreement.surrogate_norm);
  return agreement;
}

// Mean loss, and spikes per neuron that fires and trial.
std::pair<double, double> summary_of(const Network& network, const BatchGradient& gradient) {
  SetResult result(network);
  for (const TrialResult& trial : gradient.results) result.add(trial);
  result.spikes = gradient.spikes;
  return {result.loss(), activity(network, result).spikes_per_neuron};
}

}  // namespace

Network with_whole_delays(const Network& network, Time step) {
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  const std::size_t delays = network.layout().offset(ParameterKind::delay);
  for (SynapseId s = 0; s < network.synapse_count(); ++s) {
    double& own = values[delays + s];
    const Time all = network.total_delay(s), beside = all - own;
    own = std::max(0.0, std::round(all / step) * step - beside);
  }
  return network.with_parameters(std::move(values));
}

GradientAgreement compare_gradients(const Network& network, const Learning& learning,
                                    const LabelledTrials& trials,
                                    std::span<const std::uint32_t> batch, const Loss& loss,
                                    const SteppedSpec& spec, Scheduler scheduler,
                                    const RunOptions& run) {
  const Network whole = with_whole_delays(network, spec.step);
  GradientOptions options;
  options.run = run;
  options.run.readout = loss.readout();
  SteppedSpec narrowest = spec;
  narrowest.kernel.begin = spec.kernel.end;
  narrowest.batch_norm.populations.clear();
  BatchGradient exact, surrogate;
  TapeGradients(scheduler).make(whole, trials, batch, loss, options, exact);
  SteppedGradients(whole, narrowest).make(whole, trials, batch, loss, options, surrogate);

  GradientAgreement agreement;
  agreement.trials = batch.size();
  std::tie(agreement.exact_loss, agreement.exact_spikes) = summary_of(whole, exact);
  std::tie(agreement.surrogate_loss, agreement.surrogate_spikes) = summary_of(whole, surrogate);
  for (const LearnedGroup& group : learned_groups(whole, learning))
    agreement.groups.push_back(agreement_of(group, exact, surrogate));
  return agreement;
}

}  // namespace retrograde
