#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <retrograde/engine/trial/batch.hpp>
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

// Whether a decision is right, which a margin says unless classes are equal.
bool right_at(double margin, const std::function<bool()>& decided) {
  return margin > 0.0 || (margin == 0.0 && decided());
}

// The attack alone, where nothing else is wanted.
AttackedInput attack_alone(const Attackable& classifier, std::span<const double> input,
                           const AttackSpec& spec, std::uint64_t id) {
  AttackedInput result;
  for (const double epsilon : spec.epsilons) {
    AttackedInput::Radius radius;
    radius.worst = attack(classifier.target, input, epsilon, spec, id);
    radius.right =
        right_at(radius.worst.margin, [&] { return classifier.right(radius.worst.input); });
    for (std::size_t k = 0; k < input.size(); ++k)
      radius.change +=
          std::abs(radius.worst.input[k] - input[k]) / static_cast<double>(input.size());
    result.radii.push_back(std::move(radius));
  }
  return result;
}

// How the classifier takes what was found through another one.
AttackedInput transferred(const std::function<double(std::span<const double>)>& margin,
                          const std::function<bool(std::span<const double>)>& right,
                          AttackedInput found) {
  for (AttackedInput::Radius& radius : found.radii) {
    radius.worst.margin = margin(radius.worst.input);
    radius.right = right_at(radius.worst.margin, [&] { return right(radius.worst.input); });
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

// The classifier on what one step leaves of the correlations, shrunk(D^T x): a layer without
// competition, whose gradient needs no solution.
AttackTarget through_threshold(const PursuitClassifier& classifier, std::uint32_t label) {
  return [&classifier, label](std::span<const double> at) {
    const PursuitProblem& problem = classifier.problem;
    const Groups& groups = problem.penalty.groups;
    const Vector code = problem.penalty.shrunk(problem.dictionary.correlations(vector_of(at)));
    const CodeValue margin = code_margin(classifier, code, label);
    // J p, J = d shrunk / du (adjoint/pursuit/event_adjoint.hpp).
    Vector back = Vector::Zero(code.size());
    for (Eigen::Index g = 0; g < groups.count(); ++g) {
      const auto a = code.segment(groups.begin(g), groups.size(g));
      const double length = a.norm(), l2 = problem.penalty.l2(g);
      if (length == 0.0) continue;
      const bool all = problem.penalty.l1(g) == 0.0 && !problem.penalty.non_negative;
      const Vector moves =
          all ? Vector(Vector::Ones(a.size())) : Vector((a.array() != 0.0).cast<double>());
      const Vector p = margin.p.segment(groups.begin(g), groups.size(g)).cwiseProduct(moves);
      const double m = length / (length + l2);
      back.segment(groups.begin(g), groups.size(g)) =
          m * p + (1.0 - m) * (a.dot(p) / (length * length)) * a;
    }
    const Vector gradient = problem.dictionary.signal(back);
    return AttackPoint{margin.value, {gradient.data(), gradient.data() + gradient.size()}};
  };
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
    own = options.weaker ? attack_input(own_classifier, input, spec, id)
                         : attack_alone(own_classifier, input, spec, id);
    if (!options.transfer) return;
    Attackable layer;
    layer.target = through_threshold(classifier, label);
    other = transferred(own_classifier.margin, own_classifier.right,
                        attack_alone(layer, input, spec, id));
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

  std::shared_ptr<const Approximator> approximator;
  std::vector<AttackedInput> approximated(spec.approximator ? count : 0);
  if (spec.approximator) approximator = make_approximator(spec, model, progress);
  for_each_trial(approximated.size(), [&](std::size_t k) {
    const auto margin = [&](std::span<const double> at) {
      return approximated_margin(model.classifier, *approximator, vector_of(at), signals.labels[k]);
    };
    // Of two equal classes the first one wins.
    const auto right = [&](std::span<const double>) { return signals.labels[k] == 0; };
    approximated[k] = transferred(margin, right, own[k]);
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
