#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/attack/attacked_input.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/approximator.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_attack.hpp>

namespace retrograde {

namespace {

constexpr std::size_t stretch = 32;  // signals between two calls of progress

Vector vector_of(std::span<const double> values) {
  Vector v(static_cast<Eigen::Index>(values.size()));
  std::copy(values.begin(), values.end(), v.data());
  return v;
}

// The classifier at signals of one label; what it remembers is of one signal.
Attackable attackable(const PursuitClassifier& classifier, const PursuitSolvers& solvers,
                      std::uint32_t label) {
  const auto solver = std::make_shared<PursuitSolver>(solvers.warm());
  const PursuitSolver solve = [solver](const Vector& signal) { return (*solver)(signal); };
  Attackable a;
  a.target = attack_target(classifier, label, solve);
  a.margin = [&classifier, label, solve](std::span<const double> at) {
    return code_margin(classifier, solve(vector_of(at)), label).value;
  };
  a.right = [&classifier, label, solve](std::span<const double> at) {
    return decision(classifier, solve(vector_of(at))) == label;
  };
  return a;
}

// The curve of all inputs, in their order.
AttackCurve curve_of(std::string name, const AttackSpec& spec,
                     const std::vector<AttackedInput>& inputs, bool weaker) {
  AttackCurve curve = empty_curve(std::move(name), spec);
  for (const AttackedInput& input : inputs) add(curve, input);
  finish(curve);
  if (!weaker)
    for (AttackRadius& radius : curve.radii) radius.one_step = radius.random = std::nullopt;
  return curve;
}

// What all signals share.
struct Attacker {
  const PursuitAttackOptions& options;
  const PursuitClassifier& classifier;
  PursuitSolvers solvers;

  Attacker(const PursuitSpec& spec, const PursuitModel& model, const PursuitAttackOptions& o)
      : options(o), classifier(model.classifier), solvers(model.classifier.problem, spec.pursuit) {}

  void run(const Vector& signal, std::uint32_t label, std::uint64_t id, AttackedInput& own,
           AttackedInput& other) const {
    const AttackSpec& spec = options.spec.attack;
    const std::span<const double> input(signal.data(), static_cast<std::size_t>(signal.size()));
    const Attackable own_classifier = attackable(classifier, solvers, label);
    own = attack_input(own_classifier, input, spec, id, options.weaker);
    if (!options.transfer) return;
    // Judged by the classifier itself.
    Attackable layer = own_classifier;
    layer.target = threshold_target(classifier, label);
    other = attack_input(layer, input, spec, id, false);
    for (AttackedInput::Radius& radius : other.radii)
      radius.worst.margin = own_classifier.margin(radius.worst.input);
  }
};

}  // namespace

Robustness attack_pursuit(const PursuitSpec& spec, const PursuitModel& model,
                          const PursuitAttackOptions& options, const EvaluationProgress& progress) {
  const Part part = model.signals.judged();
  const Signals& signals = model.signals.part(part);
  if (signals.labels.empty() || !model.classifier.decides())
    throw UsageError(
        "there is no decision to attack; the scenario needs [classifier], and its data labels");
  const std::size_t count = std::min<std::size_t>(options.spec.trials, signals.size());
  const Attacker attacker(spec, model, options);
  std::vector<AttackedInput> own(count), other(count);
  for (std::size_t begin = 0; begin < count; begin += stretch) {
    if (interrupted() || (progress && !progress("attack", begin, count)))
      throw Interrupted("stopped; nothing was written");
    for_each_trial(std::min(stretch, count - begin), [&](std::size_t k) {
      const std::size_t at = begin + k;
      attacker.run(signals.signal(at), signals.labels[at], at, own[at], other[at]);
    });
  }

  std::shared_ptr<const Approximator> approximator;
  std::vector<AttackedInput> approximated(spec.approximator ? count : 0);
  if (spec.approximator) approximator = make_approximator(spec, model, progress);
  for_each_trial(approximated.size(), [&](std::size_t k) {
    approximated[k] = own[k];
    for (AttackedInput::Radius& radius : approximated[k].radii) {
      const Matrix code = approximated_codes(*approximator, vector_of(radius.worst.input),
                                             model.classifier.problem.penalty.groups);
      const double margin = code_margin(model.classifier, code, signals.labels[k]).value;
      radius.worst.margin = margin;
      // Of two equal classes the first one wins.
      radius.right = margin > 0.0 || (margin == 0.0 && signals.labels[k] == 0);
    }
  });

  Robustness result;
  result.spec = options.spec.attack;
  result.inputs = fmt::format("{} signal", name(part));
  result.attacked = "signals";
  result.of_margin = "scores";
  result.count = count;
  const std::string method = pursuit_name(spec);
  if (spec.approximator) {
    result.curves.push_back(
        curve_of(fmt::format("{} for {}", name(spec.approximator->kind), method), result.spec,
                 approximated, false));
    result.curves.back().transferred = true;
  }
  result.curves.push_back(curve_of(method, result.spec, own, options.weaker));
  if (!options.transfer) return result;
  result.curves.push_back(
      curve_of(method + ", by the gradient of one threshold", result.spec, other, false));
  result.curves.back().transferred = true;
  const AttackCurve &through = result.curves[result.curves.size() - 2],
                    &layer = result.curves.back();
  if (const auto k = outdone_at(through, layer))
    result.remarks.push_back(fmt::format(
        "At radius {:g} the gradient of one threshold leaves {} of {} right, that of {} itself {}, "
        "which is masked; count the lower of the two, and try more --restarts.",
        through.radii[*k].epsilon, layer.radii[*k].right.part, result.count, method,
        through.radii[*k].right.part));
  return result;
}

}  // namespace retrograde
