#include <functional>

#include <retrograde/scenarios/run/attack/attack_curve.hpp>

namespace retrograde {

namespace {

constexpr double most_vanished = 0.1;

// Whether `less` is below `more` by more than a hundredth of the inputs: less than that is chance.
bool clearly_less(const Share& less, const Share& more) {
  return static_cast<double>(less.part) + 0.01 * static_cast<double>(more.whole) <
         static_cast<double>(more.part);
}

// The first radius above 0 of which that is true, after the one before it.
std::optional<double> first_radius(
    const AttackCurve& curve,
    const std::function<bool(const AttackRadius& before, const AttackRadius& at)>& is) {
  for (std::size_t k = 1; k < curve.radii.size(); ++k)
    if (is(curve.radii[k - 1], curve.radii[k])) return curve.radii[k].epsilon;
  return std::nullopt;
}

}  // namespace

std::vector<MaskingWarning> signs_of_masking(const AttackCurve& curve) {
  if (curve.transferred || curve.radii.empty()) return {};
  const Share& clean = curve.radii.front().right;
  std::vector<MaskingWarning> found;
  const auto look = [&](MaskingSign sign, const auto& is) {
    if (const auto epsilon = first_radius(curve, is)) found.push_back({sign, *epsilon});
  };
  using Radius = const AttackRadius&;
  look(MaskingSign::rises,
       [](Radius before, Radius at) { return clearly_less(before.right, at.right); });
  look(MaskingSign::one_step,
       [](Radius, Radius at) { return at.one_step && clearly_less(*at.one_step, at.right); });
  // Where nothing goes wrong by either, the radius is small.
  look(MaskingSign::random, [&clean](Radius, Radius at) {
    return at.random && clearly_less(*at.random, clean) && at.random->part <= at.right.part;
  });
  look(MaskingSign::vanished,
       [](Radius, Radius at) { return at.vanished.value() > most_vanished; });
  return found;
}

std::optional<std::size_t> outdone_at(const AttackCurve& own, const AttackCurve& transferred) {
  for (std::size_t k = 0; k < own.radii.size(); ++k)
    if (clearly_less(transferred.radii[k].right, own.radii[k].right)) return k;
  return std::nullopt;
}

}  // namespace retrograde
