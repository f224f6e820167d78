#include <algorithm>
#include <fmt/format.h>
#include <mutex>
#include <utility>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_integers.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/chip_coding.hpp>
#include <retrograde/scenarios/run/pursuit/coding.hpp>

namespace retrograde {

namespace {

using namespace loihi2;

CodeQuality quality(const PursuitClassifier& classifier, const Vector& signal, const Vector& code) {
  const PursuitProblem& problem = classifier.problem;
  CodeQuality q;
  q.psnr = psnr(signal, problem.dictionary.signal(code));
  q.zeros = static_cast<double>((code.array() == 0.0).count()) / static_cast<double>(code.size());
  q.objective = objective(problem, signal, code);
  if (classifier.decides()) q.decided = decision(classifier, code);
  return q;
}

Vector optimal_code(const PursuitProblem& problem, const Vector& signal) {
  PursuitSolution best = fista(problem, signal);
  if (!best.converged)
    throw NumericalError(
        "the optimum that the chip is compared with was not found; normalise the dictionary, or "
        "take larger weights in [pursuit]");
  return std::move(best.code);
}

// One signal through all of it. What belongs to the first one alone is written where it is wanted.
SignalOnChip on_chip(const PursuitClassifier& classifier, const Vector& signal,
                     const ChipLcaOptions& options, const ChipProfile& profile, ChipCoding* first) {
  const PursuitProblem& problem = classifier.problem;
  SignalOnChip result;
  ChipLcaOptions fixed = options;
  result.scale = fixed.scale = lca_scale(problem, signal, options);
  const ChipLca lca = put_on_chip(problem, signal, fixed);
  const ChipLcaRun emulated = run(lca, problem, signal);
  const Vector optimum = optimal_code(problem, signal);
  result.optimum = quality(classifier, signal, optimum);
  result.steps = quality(classifier, signal, approximate_lca(problem, signal, fixed, {}));
  result.chip = quality(classifier, signal, emulated.code);
  const double norm = optimum.norm();
  result.from_optimum = (emulated.code - optimum).norm() / (norm > 0.0 ? norm : 1.0);
  std::uint64_t messages = 0;
  for (const ChipLcaStep& step : emulated.trace) messages += step.messages;
  result.messages = static_cast<double>(messages) / static_cast<double>(emulated.trace.size());
  for (const auto& population : emulated.emulation.populations)
    result.saturations += population.v_saturations;

  const LcaForecast costs = forecast(lca, emulated.emulation, profile);
  result.time = costs.forecast.time;
  result.energy = costs.forecast.total_energy;
  result.product = costs.forecast.energy_delay;
  if (!first) return result;
  first->trace = emulated.trace;
  first->cores = costs.mapping.cores.size();
  first->chips_cores = costs.chips_cores;
  first->shortfalls.reserve(costs.mapping.shortfalls.size());
  for (const Shortfall& each : costs.mapping.shortfalls)
    first->shortfalls.push_back(
        fmt::format("neuron {} alone takes {} {}, and a core has {}; take fewer atoms", each.neuron,
                    each.resource.used, each.resource.name, each.resource.limit));
  return result;
}

std::optional<ChipDecisions> decisions_of(const std::vector<SignalOnChip>& signals) {
  if (signals.empty() || !signals.front().chip.decided) return std::nullopt;
  ChipDecisions d;
  Share optimum, chip;
  for (const SignalOnChip& each : signals) {
    ++d.same.whole;
    d.same.part += each.optimum.decided == each.chip.decided;
    if (!each.label) continue;
    ++optimum.whole;
    ++chip.whole;
    optimum.part += each.optimum.decided == each.label;
    chip.part += each.chip.decided == each.label;
  }
  if (optimum.whole > 0) {
    d.optimum = optimum;
    d.chip = chip;
  }
  return d;
}

void add(CodeQuality& sum, const CodeQuality& each, double part) {
  sum.psnr += part * each.psnr;
  sum.zeros += part * each.zeros;
  sum.objective += part * each.objective;
}

void add(Estimate& sum, const Estimate& each, double part) {
  sum.value += part * each.value;
  sum.range = sum.range + part * each.range;
}

}  // namespace

SignalOnChip mean_of(const std::vector<SignalOnChip>& signals) {
  const double part = 1.0 / static_cast<double>(signals.size());
  SignalOnChip mean;
  mean.scale = 0.0;
  for (const SignalOnChip& each : signals) {
    add(mean.optimum, each.optimum, part);
    add(mean.steps, each.steps, part);
    add(mean.chip, each.chip, part);
    mean.from_optimum += part * each.from_optimum;
    mean.scale += part * each.scale;
    mean.messages += part * each.messages;
    mean.saturations += each.saturations;
    add(mean.time, each.time, part);
    add(mean.energy, each.energy, part);
    add(mean.product, each.product, part);
  }
  return mean;
}

ChipCoding code_on_chip(const PursuitSpec& spec, const PursuitModel& model,
                        const ChipProfile& profile, std::size_t count,
                        const EvaluationProgress& progress) {
  const PursuitClassifier& classifier = model.classifier;
  ChipCoding result;
  result.part = model.signals.judged();
  const Signals& signals = model.signals.part(result.part);
  count = std::min(count, signals.size());
  if (count == 0) throw UsageError("there is no signal to put on the chip; 1 is needed at least");
  try {
    thresholds(classifier.problem);  // refuses before anything takes long
    result.signals.resize(count);
    std::mutex telling;
    std::size_t done = 0;
    const auto tell = [&](std::size_t more) {
      const std::lock_guard lock(telling);
      done += more;
      if (interrupted() || (progress && !progress("signals on the chip", done, count)))
        throw Interrupted("stopped; nothing was written");
    };
    for_each_trial(count, [&](std::size_t k) {
      tell(0);
      SignalOnChip& own = result.signals[k];
      own = on_chip(classifier, signals.signal(k), spec.chip, profile, k == 0 ? &result : nullptr);
      if (!signals.labels.empty()) own.label = signals.labels[k];
      tell(1);
    });
    if (progress) progress("error budget of the first signal", 0, 1);
    result.budget = lca_budget(classifier.problem, signals.signal(0), spec.chip);
  } catch (const DeploymentError& error) {
    result = {};
    result.part = model.signals.judged();
    result.refusal = error.what();
    return result;
  }
  result.decisions = decisions_of(result.signals);
  return result;
}

}  // namespace retrograde
