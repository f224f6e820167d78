#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/check/tangent.hpp>
#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

// A place where a value can be nudged.
struct Knob {
  ParameterKind kind;
  bool input;
  std::size_t index;
};

std::vector<Knob> knobs_of(const Network& network, const Trial& trial) {
  std::vector<Knob> knobs;
  std::vector<char> receives(network.neuron_count(), 0);
  for (const Projection& p : network.projections())
    for (const std::uint32_t target : p.targets)
      receives[network.populations()[p.target].first + target] = 1;
  for (const ParameterKind kind : parameter_kinds)
    for (std::size_t k = 0; k < network.layout().count(kind); ++k) {
      if (!belongs_to_synapse(kind)) {
        const auto n = static_cast<NeuronId>(k);
        if (!network.populations()[network.population_of(n)].has(kind)) continue;
        const ParameterOwner owner = traits(kind).owner;
        if (owner == ParameterOwner::axon && network.synapses_of(n).empty()) continue;
        if (owner == ParameterOwner::dendrite && !receives[n]) continue;
      }
      knobs.push_back({kind, false, k});
    }
  for (std::size_t k = 0; k < trial.inputs.size(); ++k)
    knobs.push_back({ParameterKind::weight, true, k});
  return knobs;
}

class Nudged {
 public:
  Nudged(const Machine& machine, Scheduler scheduler, const Trial& trial, const Loss& loss,
         int label, const RunOptions& options, const Tape& reference)
      : machine_(machine),
        network_(machine.network()),
        scheduler_(scheduler),
        trial_(trial),
        loss_(loss),
        label_(label),
        options_(options),
        reference_(reference) {}

  double value(const Knob& knob) const {
    return knob.input ? trial_.inputs[knob.index].time : network_.parameter(knob.kind, knob.index);
  }
  // Values below are not allowed.
  double lower(const Knob& knob) const {
    const ParameterRange& range = traits(knob.kind).range;
    if (knob.input) return 0.0;
    return range.above ? -std::numeric_limits<double>::infinity() : range.low;
  }
  double upper(const Knob& knob) const {
    return knob.input ? trial_.duration : std::numeric_limits<double>::infinity();
  }

  // The loss with the knob at `value`; NaN if other neurons fire, or in another order, if a maximum
  // of V jumps to another one, or if the value lies outside what a network or a trial may have.
  double loss_at(const Knob& knob, double value) const {
    try {
      if (knob.input) {
        Trial trial = trial_;
        trial.inputs[knob.index].time = value;
        std::sort(trial.inputs.begin(), trial.inputs.end());
        return run(machine_, trial);
      }
      std::vector<double> values(network_.parameters().begin(), network_.parameters().end());
      values[network_.layout().offset(knob.kind) + knob.index] = value;
      const Network nudged = network_.with_parameters(std::move(values));
      return run(*make_machine(nudged, scheduler_), trial_);
    } catch (const NetworkError&) {
      return std::numeric_limits<double>::quiet_NaN();
    }
  }

 private:
  double run(const Machine& machine, const Trial& trial) const {
    Tape tape;
    try {
      tape = machine.run(trial, options_);
    } catch (const LimitError&) {  // the nudge tips it into runaway activity
      return std::numeric_limits<double>::quiet_NaN();
    }
    const bool same = std::equal(
        tape.spikes.begin(), tape.spikes.end(), reference_.spikes.begin(), reference_.spikes.end(),
        [](const TapeSpike& a, const TapeSpike& b) { return a.neuron == b.neuron; });
    // A maximum of V that jumps to another stretch makes a kink of the loss, not a derivative.
    const bool same_maxima =
        std::equal(tape.voltage_maxima.begin(), tape.voltage_maxima.end(),
                   reference_.voltage_maxima.begin(), reference_.voltage_maxima.end(),
                   [](const auto& a, const auto& b) { return a.arrivals == b.arrivals; });
    if (!same || !same_maxima) return std::numeric_limits<double>::quiet_NaN();
    return loss_.evaluate(machine.network(), tape, label_).value;
  }

  const Machine& machine_;
  const Network& network_;
  const Scheduler scheduler_;
  const Trial& trial_;
  const Loss& loss_;
  int label_;
  const RunOptions& options_;
  const Tape& reference_;
};

// Derivative by five points, error O(step^4): central where the range allows it, else one-sided
// (Fornberg 1988). NaN if a spike appeared or vanished.
double difference(const Nudged& nudged, const Knob& knob, double step) {
  const double x = nudged.value(knob);
  struct Term {
    double steps, factor;
  };
  std::array<Term, 5> terms{{{-2, 1}, {-1, -8}, {1, 8}, {2, -1}, {0, 0}}};
  if (x - 2 * step < nudged.lower(knob)) {
    terms = {{{0, -25}, {1, 48}, {2, -36}, {3, 16}, {4, -3}}};
  } else if (x + 2 * step >= nudged.upper(knob)) {
    terms = {{{0, 25}, {-1, -48}, {-2, 36}, {-3, -16}, {-4, 3}}};
  }
  double sum = 0.0;
  for (const Term& term : terms)
    if (term.factor != 0.0) sum += term.factor * nudged.loss_at(knob, x + term.steps * step);
  return sum / (12.0 * step);
}

}  // namespace

namespace {

// The difference quotient at steps that shrink by 4, until two agree to 1e-10: a long step leaves
// the error of the formula, which a nearly grazing spike makes large, a short one the rounding of
// the loss. The pair that agrees best decides (Ridders 1982); what short steps are off by rounding
// counts as well, since two of them may agree by chance.
struct Quotient {
  double value = std::numeric_limits<double>::quiet_NaN();
  double uncertainty = std::numeric_limits<double>::infinity();
};
Quotient best_difference(const Nudged& nudged, const Knob& knob, double step, double loss) {
  Quotient best;
  double before = std::numeric_limits<double>::quiet_NaN();
  for (int attempt = 0; attempt < 7; ++attempt, step *= 0.25) {
    const double now = difference(nudged, knob, step);
    const double rounding = 16.0 * std::numeric_limits<double>::epsilon() * std::fabs(loss) / step;
    const double apart = std::fabs(now - before) + rounding;
    if (apart < best.uncertainty) best = {now, apart};
    if (apart <= 1e-10 * std::fmax(1.0, std::fabs(now))) break;
    before = now;
  }
  return best;
}

}  // namespace

LossGradient gradient_of(const Machine& machine, const Trial& trial, const Loss& loss, int label,
                         RunOptions options) {
  const Network& network = machine.network();
  LossGradient result;
  options.readout = loss.readout();
  result.tape = machine.run(trial, options);
  const LossValue value = loss.evaluate(network, result.tape, label);
  result.loss = value.value;
  result.decision = decide(network, loss.readout(), result.tape);
  result.gradient = {network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
  backward(machine, result.tape, value, options.readout, {}, result.gradient);
  return result;
}

LossGradient gradient_of(const Network& network, const Trial& trial, const Loss& loss, int label) {
  return gradient_of(*make_machine(network), trial, loss, label);
}

GradientCheck check_gradient(const Network& network, const Trial& trial, const Loss& loss,
                             int label, const GradientCheckOptions& options) {
  RunOptions run_options = options.run;
  run_options.readout = loss.readout();
  const std::unique_ptr<const Machine> machine = make_machine(network, options.scheduler);
  const LossGradient exact = gradient_of(*machine, trial, loss, label, run_options);
  std::vector<Knob> knobs = knobs_of(network, trial);
  if (options.sample > 0 && options.sample < knobs.size()) {
    Random random(options.seed, "gradcheck");
    random.shuffle(knobs);
    knobs.resize(options.sample);
  }

  const Nudged nudged(*machine, options.scheduler, trial, loss, label, run_options, exact.tape);
  const LossValue value = loss.evaluate(network, exact.tape, label);
  std::vector<Quotient> quotients(knobs.size());
  std::vector<double> tangents(knobs.size());
  std::atomic<std::size_t> done{0};
  for_each_trial(knobs.size(), [&](std::size_t k) {
    quotients[k] = best_difference(nudged, knobs[k],
                                   options.step * std::fmax(1.0, std::fabs(nudged.value(knobs[k]))),
                                   exact.loss);
    std::vector<double> parameters(network.layout().size(), 0.0), inputs(trial.inputs.size(), 0.0);
    if (knobs[k].input)
      inputs[knobs[k].index] = 1.0;
    else
      parameters[network.layout().offset(knobs[k].kind) + knobs[k].index] = 1.0;
    tangents[k] = tangent(network, exact.tape, value, loss.readout(), {parameters, inputs});
    if (options.progress && !options.progress(++done, knobs.size()))
      throw Interrupted("the check was stopped");
  });

  GradientCheck check;
  check.loss = exact.loss;
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    const Knob& knob = knobs[k];
    const double adjoint = knob.input ? exact.gradient.input_times[knob.index]
                                      : exact.gradient.of(knob.kind)[knob.index];
    const auto scale = [&](double other) {
      return std::fmax(1.0, std::fmax(std::fabs(adjoint), std::fabs(other)));
    };
    const double of_tangent = std::fabs(adjoint - tangents[k]) / scale(tangents[k]);
    check.worst_tangent = std::fmax(check.worst_tangent, of_tangent);
    const Quotient& q = quotients[k];
    if (std::isnan(q.value)) {
      ++check.skipped;
      continue;
    }
    check.entries.push_back({knob.kind, knob.input, knob.index, adjoint, tangents[k], q.value,
                             std::fabs(adjoint - q.value) / scale(q.value), of_tangent,
                             q.uncertainty / scale(q.value)});
  }
  std::stable_sort(check.entries.begin(), check.entries.end(),
                   [](const auto& a, const auto& b) { return a.error > b.error; });
  return check;
}

}  // namespace retrograde
