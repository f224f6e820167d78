#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <numeric>

#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

// Whether there is something learned whose gradient slows the backward pass.
bool learns_costly(const Network& network, const Learning& learning) {
  return std::any_of(parameter_table.begin(), parameter_table.end(),
                     [&](const ParameterTraits& row) {
                       return row.costly && learning.any(network.layout(), row.kind);
                     });
}

// Of a value in the flat vector, for messages: "weight of in->hidden[3, 0]", "bias of hidden[3]".
std::string name_of(const Network& network, std::size_t index) {
  const ParameterLayout& layout = network.layout();
  for (const ParameterKind kind : parameter_kinds) {
    const std::size_t at = index - layout.offset(kind);
    if (at >= layout.count(kind)) continue;  // beyond, or wrapped: before
    if (!belongs_to_synapse(kind))
      return fmt::format("{} of {}", name(kind), network.neuron_name(static_cast<NeuronId>(at)));
    for (const Projection& p : network.projections())
      if (at >= p.first && at < p.first + p.size)
        return fmt::format("{} of {}[{}, {}]", name(kind), p.name, p.targets[at - p.first],
                           p.source_of(at - p.first));
  }
  return fmt::format("parameter {}", index);
}

bool all_zero(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return v == 0.0; });
}

// Whether a step moves values that have no gradient.
bool pulls(const AdamSpec& spec, const Learning& learning) {
  const auto any = [](const auto& numbers) {
    return std::any_of(numbers.begin(), numbers.end(), [](double x) { return x > 0.0; });
  };
  return any(spec.decay) || any(spec.l1) ||
         std::any_of(learning.groups.begin(), learning.groups.end(), [](const LearningGroup& g) {
           return g.decay.value_or(0.0) > 0.0 || g.l1.value_or(0.0) > 0.0;
         });
}

// Without the place that what() begins with.
std::string message_of(const NetworkError& error) {
  return std::string(error.what()).substr(error.where.size() + 2);
}

std::string steps_text(const Adam& adam) {
  const std::uint64_t steps = adam.state().steps;
  return fmt::format("{} step{}", steps, steps == 1 ? "" : "s");
}

Adam adam_of(const Rewiring* rewiring, const Network& initial, Learning learning,
             const AdamSpec& spec) {
  if (rewiring) return {initial.layout(), rewiring->optimised(), spec};
  return {initial.layout(), with_open_cycles(std::move(learning), initial), spec};
}

Identities identities_of(const TrialGradient& of, const Loss& loss, const TrainerOptions& options) {
  Identities identities = check_identities(of.network, of.trial, of.tape, of.loss, loss.readout(),
                                           of.gradient, of.grazing, options.run.max_rate);
  // Clipped slopes make another gradient, for which nothing is promised.
  if (options.grazing.policy == GrazingPolicy::clip && of.grazing.grazing > 0)
    identities.tolerance = never;
  return identities;
}

}  // namespace

Trainer::Trainer(const Network& initial, Learning learning, const LabelledTrials& trials,
                 const Loss& loss, const TrainerOptions& options,
                 std::unique_ptr<GradientSource> source,
                 std::shared_ptr<const StructurePlan> structure)
    : network_(initial),
      trials_(trials),
      loss_(loss),
      options_(options),
      rewiring_(structure ? std::make_unique<Rewiring>(std::move(structure)) : nullptr),
      adam_(adam_of(rewiring_.get(), initial, std::move(learning), options.adam)),
      neuron_parameters_(learns_costly(initial, this->learning())),
      delays_(rewiring_ ? rewiring_->learns(ParameterKind::delay)
                        : this->learning().any(initial.layout(), ParameterKind::delay)),
      dropout_(initial, options.dropout, options.seed),
      dropped_(trials, dropout_),
      source_(source ? std::move(source)
                     : std::make_unique<TapeGradients>(options.scheduler, options.device)),
      last_epoch_(initial) {
  if (options.batch == 0) throw InternalError("Trainer: batch is 0");
  options_.run.readout = loss.readout();
  state_.epoch_result = SetResult(initial);
  if (rewiring_) network_ = rewiring_->network();
  if (this->learning().groups.empty()) return;
  std::vector<double> values = network_.take_parameters();
  keep_largest(this->learning(), values);
  set_values(std::move(values));
}

void Trainer::restore(TrainerState state) {
  if (rewiring_) {
    rewiring_->restore(std::move(state.synapses), std::move(state.values),
                       std::move(state.remembered));
    network_ = rewiring_->network();
    adam_.change(network_.layout(), rewiring_->optimised(), std::move(state.adam));
  } else {
    network_ = network_.with_parameters(std::move(state.values));
    adam_.restore(std::move(state.adam));
  }
  state.adam = {};
  state.synapses.clear();
  state.remembered.clear();
  state.values.clear();
  source_->restore(state.source);
  state.source.clear();
  state_ = std::move(state);
}

void Trainer::watch(double value) {
  retrograde::watch(options_.schedules, state_.schedules, state_.epoch - 1, value);
}

TrainerState Trainer::state() const {
  TrainerState state = state_;
  state.values.assign(network_.parameters().begin(), network_.parameters().end());
  state.synapses = synapses();
  if (rewiring_) state.remembered = rewiring_->remembered();
  state.source = source_->state();
  state.adam = adam_.state();
  return state;
}

std::vector<PairId> Trainer::synapses() const {
  return rewiring_ ? rewiring_->taken() : std::vector<PairId>{};
}

void Trainer::set_values(std::vector<double> values) {
  if (rewiring_) rewiring_->values() = values;
  network_ = network_.with_parameters(std::move(values));
}

RewiringPlace Trainer::rewiring_place() const {
  return {adam_.state().steps + 1, batches_per_epoch()};
}

bool Trainer::run_epoch(const Progress& progress) {
  std::vector<std::uint32_t> order(trials_.size());
  std::iota(order.begin(), order.end(), 0u);
  Random random(options_.seed, "shuffle", state_.epoch);
  random.shuffle(order);

  while (state_.next_trial < order.size()) {
    const std::size_t begin = state_.next_trial;
    const std::size_t end = std::min<std::size_t>(order.size(), begin + options_.batch);
    const std::size_t after = std::min<std::size_t>(order.size(), end + options_.batch);
    run_batch(std::span(order).subspan(begin, end - begin),
              std::span(order).subspan(end, after - end));
    state_.next_trial = end;
    if (end == order.size()) break;
    if (progress && !progress(state_.epoch_result)) return false;
  }
  end_epoch(lift_silent_neurons());
  return true;
}

void Trainer::end_epoch(bool lifted) {
  last_epoch_ = std::exchange(state_.epoch_result, SetResult(network_));
  state_.next_trial = 0;
  ++state_.epoch;
  // A gradient of 0 moves nothing unless a moment remembers another, decay pulls, or other neurons
  // are dropped next time.
  stuck_ = last_epoch_.batches > 0 && last_epoch_.zero_gradients == last_epoch_.batches &&
           !lifted && !pulls(options_.adam, adam_.learning()) && dropout_.none() &&
           (!rewiring_ || !rewiring_->pulls()) && all_zero(adam_.state().first_moment);
}

void Trainer::run_batch(std::span<const std::uint32_t> batch, std::span<const std::uint32_t> next) {
  make_gradient(batch, next);
  average(batch.size());
  clip();
  count();
  step();
  ++state_.epoch_result.batches;
}

// Forward, self-check, regulariser, backward and sum are the source's.
void Trainer::make_gradient(std::span<const std::uint32_t> batch,
                            std::span<const std::uint32_t> next) {
  GradientOptions options;
  options.next = next;
  options.run = options_.run;
  options.epoch = state_.epoch;
  options.neuron_parameters = neuron_parameters_;
  options.delays = delays_;
  options.grazing = options_.grazing;
  options.regulariser = options_.regulariser;
  options.groups = options_.groups;
  if (rewiring_) options.candidates = rewiring_->propose(rewiring_place());
  std::vector<Identities> identities;
  if (options_.self_check > 0 && state_.epoch_result.batches % options_.self_check == 0) {
    identities.resize(batch.size());
    options.inspect = [&](std::size_t k, const TrialGradient& gradient) {
      identities[k] = identities_of(gradient, loss_, options_);
    };
  }
  explaining(state_.epoch + 1, batch_number(), [&] {
    if (dropout_.none()) {
      source_->make(network_, trials_, batch, loss_, options, gradient_);
      return;
    }
    source_->make(dropout_.scaled(network_), dropped_, batch, loss_, options, gradient_);
    dropout_.scale_gradient(network_, gradient_.sum);
    for (std::size_t c = 0; c < options.candidates.size(); ++c)
      gradient_.candidates[c] *=
          dropout_.factor(network_.projections()[options.candidates[c].projection].source);
  });
  forward_seconds_ += gradient_.forward_seconds;
  backward_seconds_ += gradient_.backward_seconds;
  for (std::size_t k = 0; k < identities.size(); ++k) add_to_self_check(batch[k], identities[k]);
}

void Trainer::explaining(std::uint32_t epoch, std::uint64_t batch,
                         const std::function<void()>& action) const try {
  action();
} catch (const RunawayError& error) {
  if (adam_.state().steps == 0) throw;  // as the network came
  const double rate = options_.adam.rate[static_cast<std::size_t>(ParameterKind::weight)];
  throw TrainingError(
      epoch, batch, network_.neuron_name(error.neuron),
      fmt::format("runaway activity, {} spikes by {:.6g} ms, after {} of training: "
                  "lower the learning rates (weight_rate is {:g}), set gradient_clip, or raise "
                  "max_rate",
                  error.spikes, error.time, steps_text(adam_), rate));
} catch (const NetworkError& error) {
  if (adam_.state().steps == 0) throw;
  throw TrainingError(
      epoch, batch, error.where,
      fmt::format("after {} of training: {}", steps_text(adam_), message_of(error)));
}

void Trainer::average(std::size_t trials) {
  for (double& d : gradient_.sum) d /= static_cast<double>(trials);
  for (double& d : gradient_.candidates) d /= static_cast<double>(trials);
}

template <typename Action>
void Trainer::for_each_learned(const Action& action) const {
  const Runs<char>& learned = learning().learned;
  learned.for_each_run(0, learned.size(), [&](std::size_t begin, std::size_t end, char flag) {
    if (!flag) return;
    for (std::size_t k = begin; k < end; ++k) action(k);
  });
}

// What is not learned has no say in how long a step is.
void Trainer::clip() {
  double squares = 0.0;
  for_each_learned([&](std::size_t k) { squares += gradient_of(k) * gradient_of(k); });
  const double norm = std::sqrt(squares);
  if (!std::isfinite(norm)) throw_not_finite();
  state_.epoch_result.zero_gradients += norm == 0.0;
  if (!(options_.gradient_clip > 0.0) || norm <= options_.gradient_clip) return;
  for (std::vector<double>* part : {&gradient_.sum, &gradient_.candidates})
    for (double& d : *part) d *= options_.gradient_clip / norm;
}

// Names the first learned parameter whose gradient is not finite, else that of the largest one.
void Trainer::throw_not_finite() const {
  double largest = 0.0;
  std::size_t worst = 0;
  for_each_learned([&](std::size_t k) {
    const double d = std::fabs(gradient_of(k));
    const double size = std::isnan(d) ? std::numeric_limits<double>::infinity() : d;
    if (!(size > largest)) return;
    largest = size;
    worst = k;
  });
  throw TrainingError(
      state_.epoch + 1, batch_number(), name_of(network_, worst),
      fmt::format("the gradient of a batch is not finite, here it is {:g}; lower the learning "
                  "rates, scale the loss, or train with grazing = {{ policy = \"clip\" }}",
                  gradient_of(worst)));
}

void Trainer::count() {
  SetResult& epoch = state_.epoch_result;
  for (const TrialResult& result : gradient_.results) epoch.add(result);
  for (NeuronId n = 0; n < network_.neuron_count(); ++n) {
    epoch.spikes[n] += gradient_.spikes[n];
    epoch.silent_in_batches +=
        !network_.is_input(n) && network_.model_of(n)->fires() && gradient_.spikes[n] == 0;
  }
}

void Trainer::step() {
  rate_factors_ =
      retrograde::rate_factors(options_.schedules, state_.schedules,
                               {state_.epoch, state_.epoch_result.batches, batches_per_epoch()});
  try {
    if (rewiring_)
      step_structure();
    else
      step_values();
  } catch (const NetworkError& error) {
    throw TrainingError(state_.epoch + 1, batch_number(), error.where,
                        fmt::format("a step of training has led to what cannot be: {}; lower the "
                                    "learning rates",
                                    message_of(error)));
  }
  source_->step(rate_factors_.of(RateClass::weight),
                rate_factors_.momentum_of(ParameterKind::weight));
}

void Trainer::step_values() {
  std::vector<double> values = network_.take_parameters();
  adam_.step(values, gradient_.sum, gradient_.layout, rate_factors_);
  network_ = network_.with_parameters(std::move(values));
}

void Trainer::step_structure() {
  const RewiringPlace place = rewiring_place();
  std::vector<double> rates;
  for (const Projection& p : network_.projections())
    rates.push_back(p.size == 0 ? 0.0 : adam_.rate(p.first) * rate_factors_.of(RateClass::weight));
  adam_.step(rewiring_->values(), rewiring_->gradient(gradient_.sum, gradient_.candidates),
             gradient_.layout, rate_factors_);
  const RewiringCount count = rewiring_->rewire(place, rates, adam_);
  state_.epoch_result.removed += count.removed;
  state_.epoch_result.grown += count.grown;
  network_ =
      rewiring_->changed() ? rewiring_->network() : network_.with_parameters(rewiring_->values());
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

// Whether any was.
bool Trainer::lift_silent_neurons() {
  if (options_.silent_increment == 0.0) return false;
  bool lifted = false;
  std::vector<double> values = network_.take_parameters();
  for (const Projection& projection : network_.projections()) {
    const Population& target = network_.populations()[projection.target];
    if (!target.model->fires()) continue;
    learning().for_each_alike(
        projection.first, std::size_t{projection.first} + projection.size,
        [&](std::size_t begin, std::size_t end, const ValueRange& range) {
          for (std::size_t s = begin; range.learned && s < end; ++s) {
            const NeuronId n = target.first + projection.targets[s - projection.first];
            if (state_.epoch_result.spikes[n] > 0) continue;
            const double before = values[s];
            values[s] = std::min(values[s] + options_.silent_increment, range.upper);
            lifted = lifted || values[s] != before;
          }
        });
  }
  set_values(std::move(values));
  return lifted;
}

}  // namespace retrograde
