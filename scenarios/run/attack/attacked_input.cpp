#include <cmath>
#include <utility>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/run/attack/attacked_input.hpp>

namespace retrograde {

namespace {

double mean_change(std::span<const double> from, std::span<const double> to) {
  double sum = 0.0;
  for (std::size_t k = 0; k < from.size(); ++k) sum += std::fabs(to[k] - from[k]);
  return from.empty() ? 0.0 : sum / static_cast<double>(from.size());
}

// An attack that is never shown a gradient stays where it starts: as many starts as the real one has
// points make it a random search of the same cost.
AttackSpec random_search(const AttackSpec& spec) {
  AttackSpec random = spec;
  random.steps = 1;
  random.restarts = (spec.restarts + 1) * (spec.steps + 1) - 1;
  random.seed = Random(spec.seed, "attack/random").bits();
  return random;
}

void count(Share& share, bool is) {
  share.part += is;
  ++share.whole;
}

}  // namespace

AttackedInput attack_input(const Attackable& classifier, std::span<const double> input,
                           const AttackSpec& spec, std::uint64_t id, bool weaker) {
  AttackSpec one_step = spec;
  one_step.steps = 1;
  const AttackSpec random = random_search(spec);
  const AttackTarget blind = [&](std::span<const double> at) {
    return AttackPoint{classifier.margin(at), std::vector<double>(at.size(), 0.0)};
  };
  AttackedInput result;
  for (const double epsilon : spec.epsilons) {
    AttackedInput::Radius radius;
    radius.worst = attack(classifier.target, input, epsilon, spec, id);
    radius.change = mean_change(input, radius.worst.input);
    radius.right = classifier.right(radius.worst.input);
    const auto right_by = [&](const AttackTarget& target, const AttackSpec& by) {
      return classifier.right(attack(target, input, epsilon, by, id).input);
    };
    if (weaker) {
      radius.right_after_one_step = right_by(classifier.target, one_step);
      radius.right_at_random = right_by(blind, random);
    }
    result.radii.push_back(std::move(radius));
  }
  return result;
}

AttackCurve empty_curve(std::string name, const AttackSpec& spec) {
  AttackCurve curve;
  curve.name = std::move(name);
  for (const double epsilon : spec.epsilons) {
    AttackRadius radius;
    radius.epsilon = epsilon;
    radius.one_step = radius.random = Share{};
    curve.radii.push_back(radius);
  }
  return curve;
}

void add(AttackCurve& curve, const AttackedInput& input) {
  for (std::size_t k = 0; k < curve.radii.size(); ++k) {
    AttackRadius& sum = curve.radii[k];
    const AttackedInput::Radius& one = input.radii[k];
    count(sum.right, one.right);
    count(*sum.one_step, one.right_after_one_step);
    count(*sum.random, one.right_at_random);
    count(sum.vanished, one.worst.vanished);
    sum.margin += one.worst.margin;
    sum.change += one.change;
  }
}

void finish(AttackCurve& curve) {
  for (AttackRadius& radius : curve.radii) {
    if (radius.right.whole == 0) continue;
    radius.margin /= static_cast<double>(radius.right.whole);
    radius.change /= static_cast<double>(radius.right.whole);
  }
}

}  // namespace retrograde
