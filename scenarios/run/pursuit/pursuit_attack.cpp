#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <utility>
#include <vector>

#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/attack/attacked_input.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_attack.hpp>

namespace retrograde {

namespace {

constexpr std::size_t stretch = 32;          // signals between two calls of progress
constexpr double weights_of_transfer = 0.1;  // of those of the pursuit that is attacked

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
  a.right = [margin = a.margin](std::span<const double> at) { return margin(at) > 0.0; };
  return a;
}

// The attack alone, where nothing else is wanted.
AttackedInput attack_alone(const Attackable& classifier, std::span<const double> input,
                           const AttackSpec& spec, std::uint64_t id) {
  AttackedInput result;
  for (const double epsilon : spec.epsilons) {
    AttackedInput::Radius radius;
    radius.worst = attack(classifier.target, input, epsilon, spec, id);
    radius.right = radius.worst.margin > 0.0;
    for (std::size_t k = 0; k < input.size(); ++k)
      radius.change +=
          std::abs(radius.worst.input[k] - input[k]) / static_cast<double>(input.size());
    result.radii.push_back(std::move(radius));
  }
  return result;
}

// How the classifier takes what was found through another one.
AttackedInput transferred(const Attackable& classifier, AttackedInput found) {
  for (AttackedInput::Radius& radius : found.radii) {
    radius.worst.margin = classifier.margin(radius.worst.input);
    radius.right = radius.worst.margin > 0.0;
  }
  return found;
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

PursuitProblem with_weights(const PursuitProblem& problem, double factor) {
  PursuitProblem other = problem;
  other.penalty.l1 *= factor;
  other.penalty.l2 *= factor;
  return other;
}

// What all signals share.
struct Attacker {
  const PursuitAttackOptions& options;
  const PursuitClassifier& classifier;
  PursuitSolvers solvers;
  PursuitClassifier eager;
  PursuitSolvers eager_solvers;

  Attacker(const PursuitSpec& spec, const PursuitModel& model, const PursuitAttackOptions& o)
      : options(o),
        classifier(model.classifier),
        solvers(model.classifier.problem, spec.pursuit),
        eager{with_weights(model.classifier.problem, weights_of_transfer),
              model.classifier.features, model.classifier.weights, model.classifier.bias},
        eager_solvers(eager.problem, spec.pursuit) {}

  void run(const Vector& signal, std::uint32_t label, std::uint64_t id, AttackedInput& own,
           AttackedInput& other) const {
    const AttackSpec& spec = options.spec.attack;
    const std::span<const double> input(signal.data(), static_cast<std::size_t>(signal.size()));
    const Attackable own_classifier = attackable(classifier, solvers, label);
    own = options.weaker ? attack_input(own_classifier, input, spec, id)
                         : attack_alone(own_classifier, input, spec, id);
    if (options.transfer)
      other = transferred(own_classifier,
                          attack_alone(attackable(eager, eager_solvers, label), input, spec, id));
  }
};

}  // namespace

Robustness attack_pursuit(const PursuitSpec& spec, const PursuitModel& model,
                          const PursuitAttackOptions& options, const EvaluationProgress& progress) {
  const Part part = model.signals.judged();
  const Signals& signals = model.signals.part(part);
  if (signals.labels.empty() || model.classifier.weights.rows() == 0)
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

  Robustness result;
  result.spec = options.spec.attack;
  result.inputs = fmt::format("{} signal", name(part));
  result.attacked = "signals";
  result.of_margin = "scores";
  result.count = count;
  const std::string method = pursuit_name(spec);
  result.curves.push_back(curve_of(method, result.spec, own, options.weaker));
  if (!options.transfer) return result;
  result.curves.push_back(
      curve_of(method + ", through a tenth of the weights", result.spec, other, false));
  result.curves.back().transferred = true;
  return result;
}

}  // namespace retrograde
