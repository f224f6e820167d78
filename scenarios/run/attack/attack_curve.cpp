#include <functional>

#include <retrograde/scenarios/run/attack/attack_curve.hpp>

namespace retrograde {

namespace {

constexpr double most_vanished = 0.1;

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
  const std::uint64_t clean = curve.radii.front().right.part;
  std::vector<MaskingWarning> found;
  const auto look = [&](MaskingSign sign, const auto& is) {
    if (const auto epsilon = first_radius(curve, is)) found.push_back({sign, *epsilon});
  };
  using Radius = const AttackRadius&;
  look(MaskingSign::rises,
       [](Radius before, Radius at) { return at.right.part > before.right.part; });
  look(MaskingSign::one_step,
       [](Radius, Radius at) { return at.one_step && at.one_step->part < at.right.part; });
  // Where nothing goes wrong by either, the radius is small.
  look(MaskingSign::random, [clean](Radius, Radius at) {
    return at.random && at.random->part < clean && at.random->part <= at.right.part;
  });
  look(MaskingSign::vanished,
       [](Radius, Radius at) { return at.vanished.value() > most_vanished; });
  return found;
}

}  // namespace retrograde
