#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

// Gradients of a batch are summed in groups of trials: one group's trials into one buffer, one
// after the other, then the buffers in order. How many groups follows from the network alone, so
// that the order of additions does not depend on the number of threads: eight, fewer where buffers
// are large.
std::size_t group_size(std::size_t trials, const ParameterLayout& layout) {
  constexpr std::size_t room = std::size_t{8} << 20;  // bytes
  const std::size_t groups = std::clamp<std::size_t>(room / (sizeof(double) * layout.size()), 2, 8);
  return std::max<std::size_t>(4, (trials + groups - 1) / groups);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Outcome {
  Tape tape;
  LossValue loss;
  bool correct = false;
  int decision = no_decision;
  BackwardStatistics backward;
};

Outcome judged(const Network& network, Tape tape, const Loss& loss, int label) {
  Outcome outcome;
  outcome.tape = std::move(tape);
  outcome.loss = loss.evaluate(network, outcome.tape, label);
  outcome.decision = decide(network, loss.readout(), outcome.tape);
  outcome.correct = label != no_decision && outcome.decision == label;
  return outcome;
}

void add(SetResult& result, const Outcome& outcome) {
  ++result.trials;
  result.loss_sum += outcome.loss.value;
  result.correct += outcome.correct;
  for (const TapeSpike& spike : outcome.tape.spikes) ++result.spikes[spike.neuron];
  result.forward_deliveries += outcome.tape.deliveries;
  result.backward_deliveries += outcome.backward.deliveries;
  result.grazing += outcome.backward.grazing;
}

// On the exact gradient, before any heuristic of the trainer, of all neuron parameters.
Identities identities_of(const Machine& machine, const Trial& trial, const Outcome& outcome,
                         const Loss& loss, const TrainerOptions& options) {
  const Network& network = machine.network();
  Gradient gradient{network.layout(),
                    std::vector<double>(network.layout().size(), 0.0),
                    {},
                    std::vector<double>(network.neuron_count(), 0.0)};
  const BackwardStatistics statistics =
      backward(machine, outcome.tape, outcome.loss, loss.readout(),
               {.spike_kick = {}, .grazing = options.grazing}, gradient);
  Identities identities =
      check_identities(network, trial, outcome.tape, outcome.loss, loss.readout(), gradient,
                       statistics.grazing, options.run.max_rate);
  // Clipped slopes make another gradient, for which nothing is promised.
  if (options.grazing.policy == GrazingPolicy::clip && statistics.grazing.grazing > 0)
    identities.tolerance = never;
  return identities;
}

SetResult empty_result(const Network& network) {
  SetResult result;
  result.spikes.assign(network.neuron_count(), 0);
  return result;
}

}  // namespace

Activity activity(const Network& network, const SetResult& result) {
  Activity a;
  std::uint64_t spikes = 0;
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    if (network.is_input(n) || !network.model_of(n)->fires()) continue;
    ++a.neurons;
    spikes += result.spikes[n];
    a.silent += result.spikes[n] == 0;
  }
  if (a.neurons > 0 && result.trials > 0)
    a.spikes_per_neuron = static_cast<double>(spikes) / static_cast<double>(a.neurons) /
                          static_cast<double>(result.trials);
  return a;
}

Trainer::Trainer(const Network& initial, Learning learning, const LabelledTrials& trials,
                 const Loss& loss, const TrainerOptions& options)
    : network_(initial),
      trials_(trials),
      loss_(loss),
      options_(options),
      adam_(initial.layout(), std::move(learning), options.adam),
      neuron_parameters_(std::any_of(parameter_table.begin(), parameter_table.end(),
                                     [&](const ParameterTraits& row) {
                                       return row.costly &&
                                              adam_.learning().any(initial.layout(), row.kind);
                                     })),
      last_epoch_(empty_result(initial)) {
  if (options.batch == 0) throw InternalError("Trainer: batch is 0");
  options_.run.readout = loss.readout();
  state_.epoch_result = empty_result(initial);
}

void Trainer::restore(TrainerState state) {
  network_ = network_.with_parameters(std::move(state.values));
  state.values.clear();
  adam_.restore(std::move(state.adam));
  state.adam = {};
  state_ = std::move(state);
}

double Trainer::rate_factor_of(std::uint32_t epoch) const {
  return std::pow(options_.rate_decay, epoch);
}

TrainerState Trainer::state() const {
  TrainerState state = state_;
  state.values.assign(network_.parameters().begin(), network_.parameters().end());
  state.adam = adam_.state();
  return state;
}

bool Trainer::run_epoch(const Progress& progress) {
  std::vector<std::uint32_t> order(trials_.size());
  std::iota(order.begin(), order.end(), 0u);
  Random random(options_.seed, "shuffle", state_.epoch);
  random.shuffle(order);

  while (state_.next_trial < order.size()) {
    const std::size_t begin = state_.next_trial;
    const std::size_t end = std::min<std::size_t>(order.size(), begin + options_.batch);
    run_batch(order, begin, end);
    state_.next_trial = end;
    if (end == order.size()) break;
    if (progress && !progress(state_.epoch_result)) return false;
  }
  lift_silent_neurons();
  last_epoch_ = std::move(state_.epoch_result);
  state_.epoch_result = empty_result(network_);
  state_.next_trial = 0;
  ++state_.epoch;
  return true;
}

void Trainer::run_batch(const std::vector<std::uint32_t>& order, std::size_t begin,
                        std::size_t end) {
  const std::size_t count = end - begin;
  const auto started = std::chrono::steady_clock::now();
  const std::unique_ptr<Surrogate> surrogate =
      options_.surrogate ? options_.surrogate(network_) : nullptr;
  const Network& network = surrogate ? surrogate->network() : network_;
  const std::unique_ptr<const Machine> machine = make_machine(network, options_.scheduler);
  std::vector<Outcome> outcomes(count);
  for_each_trial(count, [&](std::size_t k) {
    const std::size_t index = order[begin + k];
    const Trial trial = trials_.trial(index);
    outcomes[k] =
        judged(network,
               surrogate ? surrogate->run(trial, options_.run) : machine->run(trial, options_.run),
               loss_, trials_.label(index));
  });
  forward_seconds_ += seconds_since(started);
  if (options_.self_check > 0 && (begin / options_.batch) % options_.self_check == 0) {
    std::vector<Identities> identities(count);
    for_each_trial(count, [&](std::size_t k) {
      identities[k] =
          identities_of(*machine, trials_.trial(order[begin + k]), outcomes[k], loss_, options_);
    });
    for (std::size_t k = 0; k < count; ++k) add_to_self_check(order[begin + k], identities[k]);
  }

  const auto turned = std::chrono::steady_clock::now();
  std::vector<double> kick;
  if (options_.regulariser_strength > 0.0) {
    kick.assign(network_.neuron_count(), 0.0);
    for (const Outcome& outcome : outcomes)
      for (const TapeSpike& spike : outcome.tape.spikes)
        kick[spike.neuron] += 1.0 / static_cast<double>(count);
    for (double& k : kick) k = options_.regulariser_strength * (k - options_.regulariser_target);
  }
  const ParameterLayout& layout = network_.layout();
  const BackwardOptions backward_options{neuron_parameters_, kick, options_.grazing};

  const std::size_t size = group_size(count, layout);
  const std::size_t groups = (count + size - 1) / size;
  partial_gradients_.resize(std::max(partial_gradients_.size(), groups));
  for_each_trial(groups, [&](std::size_t g) {
    Gradient gradient{layout, std::move(partial_gradients_[g]), {}};
    gradient.parameters.assign(layout.size(), 0.0);
    for (std::size_t k = g * size; k < std::min(count, (g + 1) * size); ++k)
      outcomes[k].backward = backward(*machine, outcomes[k].tape, outcomes[k].loss,
                                      options_.run.readout, backward_options, gradient);
    partial_gradients_[g] = std::move(gradient.parameters);
  });
  std::vector<double>& sum = partial_gradients_[0];
  for_each_part(0, sum.size(), [&](std::size_t k) {
    for (std::size_t g = 1; g < groups; ++g) sum[k] += partial_gradients_[g][k];
  });
  double norm = 0.0;
  for (double& d : sum) {
    d /= static_cast<double>(count);
    norm += d * d;
  }
  norm = std::sqrt(norm);
  if (!std::isfinite(norm))
    throw NumericalError(
        "the gradient of a batch is not finite; lower the learning rates or set gradient_clip");
  if (options_.gradient_clip > 0.0 && norm > options_.gradient_clip)
    for (double& d : sum) d *= options_.gradient_clip / norm;

  std::vector<double> values = network_.take_parameters();
  adam_.step(values, sum, rate_factor_of(state_.epoch));
  network_ = network_.with_parameters(std::move(values));
  std::vector<char> fired(network_.neuron_count(), 0);
  for (const Outcome& outcome : outcomes) {
    add(state_.epoch_result, outcome);
    for (const TapeSpike& spike : outcome.tape.spikes) fired[spike.neuron] = 1;
  }
  ++state_.epoch_result.batches;
  for (NeuronId n = 0; n < network_.neuron_count(); ++n)
    state_.epoch_result.silent_in_batches +=
        !network_.is_input(n) && network_.model_of(n)->fires() && !fired[n];
  backward_seconds_ += seconds_since(turned);
}

void Trainer::add_to_self_check(std::size_t trial, const Identities& identities) {
  constexpr double useless = 1e-3;  // a tolerance that hardly any mistake would exceed
  if (identities.tolerance > useless) {
    ++self_check_.left_out;
    return;
  }
  ++self_check_.trials;
  for (const IdentityResidual& residual : identities.residuals) {
    if (!residual.inapplicable.empty()) continue;
    double excess = residual.relative() / identities.tolerance;
    if (std::isnan(excess)) excess = never;
    self_check_.violated += excess > 1.0;
    if (!self_check_.worst.name.empty() && excess <= self_check_.excess) continue;
    self_check_.worst = residual;
    self_check_.excess = excess;
    self_check_.epoch = state_.epoch;
    self_check_.trial = trial;
  }
}

void Trainer::lift_silent_neurons() {
  if (options_.silent_increment == 0.0) return;
  std::vector<double> values = network_.take_parameters();
  for (const Projection& projection : network_.projections()) {
    const Population& target = network_.populations()[projection.target];
    if (!target.model->fires()) continue;
    for (SynapseId k = 0; k < projection.size; ++k) {
      const SynapseId s = projection.first + k;
      if (state_.epoch_result.spikes[target.first + projection.targets[k]] > 0) continue;
      if (!adam_.learning().learned[s]) continue;
      values[s] = std::min(values[s] + options_.silent_increment, adam_.learning().upper[s]);
    }
  }
  network_ = network_.with_parameters(std::move(values));
}

namespace {

SetResult evaluate_by(const std::function<Tape(const Trial&)>& run_trial, const Network& network,
                      const LabelledTrials& trials, const Loss& loss,
                      const std::function<bool(std::size_t done)>& progress) {
  SetResult result = empty_result(network);
  const std::uint32_t classes = network.populations()[loss.readout().population].size;
  result.confusion.assign(std::size_t{classes} * (classes + 1), 0);
  constexpr std::size_t stretch = 256;  // bounds the memory for tapes
  for (std::size_t begin = 0; begin < trials.size(); begin += stretch) {
    std::vector<Outcome> outcomes(std::min(stretch, trials.size() - begin));
    for_each_trial(outcomes.size(), [&](std::size_t k) {
      outcomes[k] =
          judged(network, run_trial(trials.trial(begin + k)), loss, trials.label(begin + k));
    });
    for (std::size_t k = 0; k < outcomes.size(); ++k) {
      add(result, outcomes[k]);
      const int given = trials.label(begin + k);
      if (given < 0 || static_cast<std::uint32_t>(given) >= classes) continue;  // no class
      const auto label = static_cast<std::size_t>(given);
      const auto decision = outcomes[k].decision == no_decision
                                ? classes
                                : static_cast<std::size_t>(outcomes[k].decision);
      ++result.confusion[label * (classes + 1) + decision];
    }
    if (progress && !progress(begin + outcomes.size())) break;
  }
  return result;
}

}  // namespace

SetResult evaluate(const Machine& machine, const LabelledTrials& trials, const Loss& loss,
                   RunOptions options, const std::function<bool(std::size_t done)>& progress) {
  options.readout = loss.readout();
  return evaluate_by([&](const Trial& trial) { return machine.run(trial, options); },
                     machine.network(), trials, loss, progress);
}

SetResult evaluate(const Surrogate& surrogate, const LabelledTrials& trials, const Loss& loss,
                   RunOptions options, const std::function<bool(std::size_t done)>& progress) {
  options.readout = loss.readout();
  return evaluate_by([&](const Trial& trial) { return surrogate.run(trial, options); },
                     surrogate.network(), trials, loss, progress);
}

}  // namespace retrograde
