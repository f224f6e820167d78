// Adversarial attack on whatever has a gradient with respect to its input: the iterative fast
// gradient method. From x0 = x, or a random point of the ball, so many times
//
//   l2:     x := x - (epsilon / steps) g / |g|_2
//   linf:   x := x - (epsilon / steps) sign(g)           g = d margin / dx
//
// then back into the ball of radius epsilon about x, then into the box. The input is a signal
// (pursuit), or the times of the input spikes of a trial (ms). Sources: Kurakin, Goodfellow, Bengio
// 2017 (arXiv:1607.02533); Madry et al. 2018 (arXiv:1706.06083).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace retrograde {

enum class AttackNorm : std::uint8_t { l2, linf };

struct AttackSpec {
  AttackNorm norm = AttackNorm::l2;
  std::vector<double> epsilons = {};  // radii, ascending, from 0
  std::uint32_t steps = 5;
  // Random starts besides the one from x itself; the worst counts.
  std::uint32_t restarts = 0;
  double lowest = -std::numeric_limits<double>::infinity(),
         highest = std::numeric_limits<double>::infinity();  // the box
  std::uint64_t seed = 1;                                    // of random starts
};

// At one point of the input: what is attacked. `margin` is what the attack wants low: the score of
// the true class less that of the best other one (a decision is right while it is above 0); its
// gradient with respect to the input is what an attack follows down. Margins and not losses: a
// saturated loss has no gradient, and masks the attack.
struct AttackPoint {
  double margin = 0.0;
  std::vector<double> gradient;
};
using AttackTarget = std::function<AttackPoint(std::span<const double> input)>;

struct Attacked {
  std::vector<double> input;  // the worst point found: of the lowest margin
  double margin = 0.0;
  bool vanished = false;  // a gradient was 0, so that the attack had nowhere to go
};

// Attacks one input at radius `epsilon`; `id` chooses the random starts of this input, which are
// uniform in the ball. The lowest margin over all starts and steps counts, x itself included.
// (restarts + 1) (steps + 1) looks at the target, in a fixed order: from one point to the next a
// target may start where it was, and begins anew where it likes. Throws UsageError for a radius,
// steps or box out of range and for an input outside of the box, NumericalError where the target is
// not finite.
Attacked attack(const AttackTarget& target, std::span<const double> input, double epsilon,
                const AttackSpec& spec, std::uint64_t id);

}  // namespace retrograde
