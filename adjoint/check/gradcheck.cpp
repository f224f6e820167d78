#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <numeric>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/check/difference.hpp>
#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/check/tangent.hpp>
#include <retrograde/engine/parallel.hpp>
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

// How many arrivals lie between the spikes and releases of each neuron, and how many on one: where
// these numbers are the same, so is the order of everything that a neuron does.
std::vector<std::vector<std::uint32_t>> arrivals_in_order(const Network& network,
                                                          const Tape& tape) {
  std::vector<std::vector<Time>> marks(network.neuron_count());
  for (const TapeSpike& spike : tape.spikes) {
    if (network.is_input(spike.neuron)) continue;
    marks[spike.neuron].push_back(spike.time);
    marks[spike.neuron].push_back(spike.time +
                                  network.parameter(ParameterKind::t_ref, spike.neuron));
  }
  std::vector<std::vector<std::uint32_t>> arrivals;
  arrivals.reserve(marks.size());
  for (const auto& of : marks) arrivals.emplace_back(2 * of.size() + 1, 0);
  for (const TapeSpike& spike : tape.spikes) {
    if (spike.muted) continue;
    for (const Synapse& s : network.outgoing(spike.neuron)) {
      const Time arrival = spike.time + s.delay;
      if (!(arrival < tape.duration)) continue;
      const auto [first, last] =
          std::equal_range(marks[s.target].begin(), marks[s.target].end(), arrival);
      const auto before = (first - marks[s.target].begin()) + (last - marks[s.target].begin());
      ++arrivals[s.target][static_cast<std::size_t>(before)];
    }
  }
  return arrivals;
}

// The loss of one trial as a function of one value.
class Nudged {
 public:
  Nudged(const Machine& machine, Scheduler scheduler, const Trial& trial, const Loss& loss,
         int label, const RunOptions& options, const LossGradient& reference)
      : machine_(machine),
        network_(machine.network()),
        scheduler_(scheduler),
        trial_(trial),
        loss_(loss),
        label_(label),
        options_(options),
        reference_(reference),
        value_(loss.evaluate(network_, reference.tape, label)),
        arrivals_(arrivals_in_order(network_, reference.tape)) {}

  Difference derivative(const Knob& knob, double step, double tolerance) const {
    DifferenceProblem problem;
    problem.f = [&](double value) { return loss_at(knob, value, false); };
    problem.one_sided = [&](double value) { return loss_at(knob, value, true); };
    problem.x =
        knob.input ? trial_.inputs[knob.index].time : network_.parameter(knob.kind, knob.index);
    problem.at_x = reference_.loss;
    const ParameterRange& range = traits(knob.kind).range;
    if (knob.input) {
      problem.lower = 0.0;
      problem.upper = trial_.duration;
    } else if (!range.above) {
      problem.lower = range.low;
    }
    problem.step = step * std::fmax(1.0, std::fabs(problem.x));
    problem.tolerance = tolerance;
    return differentiate(problem);
  }

 private:
  // The loss with the knob at `value`; NaN if it has nothing to do with that of the reference: the
  // value lies outside what a network or a trial may have, it tips the network into runaway
  // activity or the loss out of what a double can hold, or the run is on another piece;
  // `without_kinks` also if an arrival changes places with a spike or a release, or the loss bends.
  double loss_at(const Knob& knob, double value, bool without_kinks) const {
    try {
      if (knob.input) {
        Trial trial = trial_;
        trial.inputs[knob.index].time = value;
        sort_inputs(trial);
        return loss_of(machine_, trial, without_kinks);
      }
      std::vector<double> values(network_.parameters().begin(), network_.parameters().end());
      values[network_.layout().offset(knob.kind) + knob.index] = value;
      const Network nudged = network_.with_parameters(std::move(values));
      return loss_of(*make_machine(nudged, scheduler_), trial_, without_kinks);
    } catch (const NetworkError&) {
    } catch (const LimitError&) {
    } catch (const NumericalError&) {
    }
    return std::numeric_limits<double>::quiet_NaN();
  }

  double loss_of(const Machine& machine, const Trial& trial, bool without_kinks) const {
    const Tape tape = machine.run(trial, options_);
    if (!same_piece(tape)) return std::numeric_limits<double>::quiet_NaN();
    const LossValue value = loss_.evaluate(machine.network(), tape, label_);
    if (without_kinks &&
        (arrivals_in_order(machine.network(), tape) != arrivals_ || !bends_little(value)))
      return std::numeric_limits<double>::quiet_NaN();
    return value.value;
  }

  // Whether the derivatives by spike times are about those of the reference: past a kink of the
  // loss they are not.
  bool bends_little(const LossValue& value) const {
    double largest = 0.0, change = 0.0;
    for (std::size_t k = 0; k < value.spike_times.size(); ++k) {
      largest = std::fmax(largest, std::fabs(value.spike_times[k]));
      change = std::fmax(change, std::fabs(value.spike_times[k] - value_.spike_times[k]));
    }
    return change <= 1e-2 * largest + 1e-4;
  }

  // Whether the same neurons fire in the same order, and maxima of V stand on the same stretches.
  bool same_piece(const Tape& tape) const {
    const Tape& reference = reference_.tape;
    return std::equal(
               tape.spikes.begin(), tape.spikes.end(), reference.spikes.begin(),
               reference.spikes.end(),
               [](const TapeSpike& a, const TapeSpike& b) { return a.neuron == b.neuron; }) &&
           std::equal(tape.voltage_maxima.begin(), tape.voltage_maxima.end(),
                      reference.voltage_maxima.begin(), reference.voltage_maxima.end(),
                      [](const auto& a, const auto& b) { return a.arrivals == b.arrivals; });
  }

  const Machine& machine_;
  const Network& network_;
  const Scheduler scheduler_;
  const Trial& trial_;
  const Loss& loss_;
  const int label_;
  const RunOptions& options_;
  const LossGradient& reference_;
  const LossValue value_;
  const std::vector<std::vector<std::uint32_t>> arrivals_;
};

// All of them, or a sample.
std::vector<Knob> chosen_knobs(const Network& network, const Trial& trial,
                               const GradientCheckOptions& options) {
  std::vector<Knob> knobs = knobs_of(network, trial);
  if (options.sample > 0 && options.sample < knobs.size()) {
    Random random(options.seed, "gradcheck");
    random.shuffle(knobs);
    knobs.resize(options.sample);
  }
  return knobs;
}

double tangent_along(const Knob& knob, const Network& network, const Trial& trial, const Tape& tape,
                     const LossValue& value, const Readout& readout) {
  std::vector<double> parameters(network.layout().size(), 0.0), inputs(trial.inputs.size(), 0.0);
  if (knob.input)
    inputs[knob.index] = 1.0;
  else
    parameters[network.layout().offset(knob.kind) + knob.index] = 1.0;
  return tangent(network, tape, value, readout, {parameters, inputs});
}

// Adds one entry, to those judged or to those skipped.
void add_entry(const Knob& knob, double adjoint, double tangent, const Difference& difference,
               GradientCheck& check) {
  const auto scale = [&](double other) {
    return std::fmax(1.0, std::fmax(std::fabs(adjoint), std::fabs(other)));
  };
  // A gradient that is not finite is wrong, whatever it is compared with.
  const auto error_to = [&](double other) {
    return std::isfinite(adjoint) ? std::fabs(adjoint - other) / scale(other) : HUGE_VAL;
  };
  const double of_tangent = std::isfinite(tangent) ? error_to(tangent) : HUGE_VAL;
  check.worst_tangent = std::fmax(check.worst_tangent, of_tangent);
  const double d = difference.value;
  const double error = error_to(d);
  const double uncertainty = difference.uncertainty / scale(d);
  const bool found = !std::isnan(d);
  const bool judged = found && (error <= check.tolerance || error > uncertainty);
  if (judged) {
    check.entries.push_back(
        {knob.kind, knob.input, knob.index, adjoint, tangent, d, error, of_tangent, uncertainty});
  } else {
    ++check.skipped;
    check.kinks += difference.kink;
    check.uncertain += found || difference.rough;
  }
}

std::vector<std::uint32_t> silent_populations(const Network& network, const Tape& tape) {
  std::vector<char> fired(network.populations().size(), 0);
  for (const TapeSpike& spike : tape.spikes) fired[network.population_of(spike.neuron)] = 1;
  std::vector<std::uint32_t> silent;
  for (std::uint32_t p = 0; p < fired.size(); ++p)
    if (network.populations()[p].model->fires() && !fired[p]) silent.push_back(p);
  return silent;
}

}  // namespace

bool GradientCheck::nothing() const {
  return std::all_of(entries.begin(), entries.end(), [](const GradientCheckEntry& e) {
    return e.adjoint == 0.0 && e.difference == 0.0;
  });
}

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
  const LossValue value = loss.evaluate(network, exact.tape, label);
  const std::vector<Knob> knobs = chosen_knobs(network, trial, options);

  // Both other derivatives of each entry.
  const Nudged nudged(*machine, options.scheduler, trial, loss, label, run_options, exact);
  std::vector<Difference> differences(knobs.size());
  std::vector<double> tangents(knobs.size());
  std::atomic<std::size_t> done{0};
  for_each_trial(knobs.size(), [&](std::size_t k) {
    differences[k] = nudged.derivative(knobs[k], options.step, options.tolerance);
    tangents[k] = tangent_along(knobs[k], network, trial, exact.tape, value, loss.readout());
    if (options.progress && !options.progress(++done, knobs.size()))
      throw Interrupted("the check was stopped");
  });

  GradientCheck check;
  check.loss = exact.loss;
  check.tolerance = options.tolerance;
  check.silent = silent_populations(network, exact.tape);
  for (std::size_t k = 0; k < knobs.size(); ++k) {
    const Knob& knob = knobs[k];
    const double adjoint = knob.input ? exact.gradient.input_times[knob.index]
                                      : exact.gradient.of(knob.kind)[knob.index];
    add_entry(knob, adjoint, tangents[k], differences[k], check);
  }
  std::stable_sort(check.entries.begin(), check.entries.end(),
                   [](const auto& a, const auto& b) { return a.error > b.error; });
  return check;
}

}  // namespace retrograde
