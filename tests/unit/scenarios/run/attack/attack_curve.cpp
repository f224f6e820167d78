// Signs of masking, of curves written down by hand; and one input under attack where all is known: a
// margin that is linear in the input, which falls by epsilon times the sum of its slopes.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/run/attack/attacked_input.hpp>

using namespace retrograde;

namespace {

AttackRadius radius(double epsilon, std::uint64_t right, std::uint64_t one_step,
                    std::uint64_t random, std::uint64_t vanished) {
  AttackRadius at;
  at.epsilon = epsilon;
  at.right = {right, 100};
  at.one_step = Share{one_step, 100};
  at.random = Share{random, 100};
  at.vanished = {vanished, 100};
  return at;
}

AttackCurve curve(std::vector<AttackRadius> radii) { return {"exact", false, std::move(radii)}; }

bool only(const AttackCurve& c, MaskingSign sign, double epsilon) {
  const auto found = signs_of_masking(c);
  return found.size() == 1 && found[0].sign == sign && found[0].epsilon == epsilon;
}

constexpr double slopes[] = {2.0, -1.0, 0.5, 0.0};

double linear(double offset, std::span<const double> x) {
  double sum = offset;
  for (std::size_t k = 0; k < x.size(); ++k) sum += slopes[k] * x[k];
  return sum;
}

Attackable linear_classifier(double offset, int* gradients = nullptr) {
  return {[=](std::span<const double> x) {
            if (gradients) ++*gradients;
            return AttackPoint{linear(offset, x), {slopes, slopes + 4}};
          },
          [=](std::span<const double> x) { return linear(offset, x); },
          [=](std::span<const double> x) { return linear(offset, x) > 0.0; }};
}

}  // namespace

TEST_CASE("signs of masking are what an attack that works does not show") {
  using S = MaskingSign;
  const AttackRadius clean = radius(0, 99, 99, 99, 0);
  CHECK(signs_of_masking(curve({clean, radius(1, 80, 85, 95, 10), radius(2, 30, 30, 70, 10)}))
            .empty());
  CHECK(only(curve({clean, radius(1, 80, 85, 95, 0), radius(2, 82, 85, 95, 0)}), S::rises, 2));
  CHECK(only(curve({clean, radius(1, 80, 78, 95, 0), radius(2, 70, 60, 95, 0)}), S::one_step, 1));
  CHECK(only(curve({clean, radius(1, 80, 80, 81, 0), radius(2, 70, 70, 70, 0)}), S::random, 2));
  CHECK(
      only(curve({radius(0, 99, 99, 99, 90), radius(1, 80, 80, 90, 10), radius(2, 70, 70, 80, 11)}),
           S::vanished, 2));
  // A hundredth is none: one more, one less by one step, one lost to random points.
  CHECK(
      signs_of_masking(curve({clean, radius(1, 80, 79, 95, 0), radius(2, 81, 80, 95, 0)})).empty());
  CHECK(signs_of_masking(curve({clean, radius(1, 98, 98, 98, 0)})).empty());
  CHECK(only(curve({clean, radius(1, 97, 97, 97, 0)}), S::random, 1));
  // Neither does anything: the radius is small, and nothing is masked.
  CHECK(signs_of_masking(curve({radius(0, 99, 99, 99, 0), radius(1, 99, 99, 99, 0)})).empty());
  // All at once, in order.
  const auto all = signs_of_masking(curve({radius(0, 90, 90, 90, 0), radius(1, 92, 88, 88, 50)}));
  REQUIRE(all.size() == 4);
  for (std::size_t k = 0; k < 4; ++k) CHECK(all[k].sign == static_cast<S>(k));
  // What was transferred was not meant for it.
  AttackCurve transferred = curve({radius(0, 90, 90, 90, 0), radius(1, 92, 88, 88, 50)});
  transferred.transferred = true;
  CHECK(signs_of_masking(transferred).empty());
  CHECK(signs_of_masking(curve({})).empty());
  CHECK(signs_of_masking(curve({radius(0, 90, 80, 80, 50)})).empty());
}

TEST_CASE(
    "a linear margin falls by epsilon times the sum of its slopes, and random points do less") {
  // 1 - 3.5 epsilon: right until 2/7.
  AttackSpec spec;
  spec.norm = AttackNorm::linf;
  spec.epsilons = {0.0, 0.25, 0.3};
  spec.steps = 4;
  spec.restarts = 2;
  const std::vector<double> x = {0.1, 0.1, 0.2, 0.7};  // 2 x0 - x1 + x2 / 2 = 0.2
  int gradients = 0;
  const AttackedInput found = attack_input(linear_classifier(0.8, &gradients), x, spec, 5);
  REQUIRE(found.radii.size() == 3);
  CHECK(found.radii[0].worst.margin == Approx(1.0).epsilon(1e-14));
  CHECK(found.radii[0].change == 0.0);
  CHECK(found.radii[1].worst.margin == Approx(1.0 - 3.5 * 0.25).epsilon(1e-12));
  CHECK(found.radii[2].worst.margin == Approx(1.0 - 3.5 * 0.3).epsilon(1e-12));
  // Three of four values move, by the radius, and the fourth only where a start has moved it.
  CHECK(found.radii[2].change >= 0.75 * 0.3 * (1.0 - 1e-12));
  CHECK(found.radii[2].change <= 0.3);
  CHECK(found.radii[1].right);
  CHECK_FALSE(found.radii[2].right);
  CHECK_FALSE(found.radii[2].right_after_one_step);  // straight down
  // Of 3 (4 + 1) points in the box none comes within 5 % of its corner.
  CHECK(found.radii[2].right_at_random);
  for (const auto& r : found.radii) CHECK_FALSE(r.worst.vanished);
  // Looks: 1 and 1 at radius 0; else 3 starts of 5 points, and 3 of 2.
  CHECK(gradients == 2 + 2 * (3 * 5 + 3 * 2));
}

TEST_CASE("a curve counts its inputs and takes means") {
  AttackSpec spec;
  spec.norm = AttackNorm::linf;
  spec.epsilons = {0.0, 0.2, 0.4};
  AttackCurve c = empty_curve("linear", spec);
  CHECK(c.name == "linear");
  CHECK_FALSE(c.transferred);
  const std::vector<double> x(4, 0.0);
  // Margins 0.5, 1.0 and 2.0 less 0.7 and 1.4.
  for (const double offset : {0.5, 1.0, 2.0})
    add(c, attack_input(linear_classifier(offset), x, spec, 1));
  finish(c);
  REQUIRE(c.radii.size() == 3);
  const std::uint64_t right[] = {3, 2, 1};
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(c.radii[k].epsilon == spec.epsilons[k]);
    CHECK(c.radii[k].right.part == right[k]);
    CHECK(c.radii[k].right.whole == 3);
    CHECK(c.radii[k].one_step->part == right[k]);
    CHECK(c.radii[k].random->whole == 3);
    CHECK(c.radii[k].vanished.part == 0);
    CHECK(c.radii[k].margin == Approx(3.5 / 3 - 3.5 * spec.epsilons[k]).epsilon(1e-12));
    CHECK(c.radii[k].change == Approx(0.75 * spec.epsilons[k]).epsilon(1e-12));
  }
}

TEST_CASE("a gradient that is hidden is seen: it vanishes, and random points do more") {
  // Flat but for a cliff: what a classifier that masks its gradient is like.
  const auto margin = [](std::span<const double> x) { return x[0] > 0.05 ? -1.0 : 1.0; };
  const Attackable masked{[=](std::span<const double> x) {
                            return AttackPoint{margin(x), std::vector<double>(x.size(), 0.0)};
                          },
                          margin, [=](std::span<const double> x) { return margin(x) > 0.0; }};
  AttackSpec spec;
  spec.norm = AttackNorm::linf;
  spec.epsilons = {0.0, 0.1};
  spec.steps = 20;
  AttackCurve c = empty_curve("masked", spec);
  for (std::uint64_t id = 0; id < 20; ++id)
    add(c, attack_input(masked, std::vector<double>(2, 0.0), spec, id));
  finish(c);
  CHECK(c.radii[1].right.part == 20);
  CHECK(c.radii[1].vanished.part == 20);
  // 20 points with a quarter of the box beyond the cliff: all miss in 0.3 %.
  CHECK(c.radii[1].random->part <= 1);
  const auto signs = signs_of_masking(c);
  REQUIRE(signs.size() == 2);
  CHECK(signs[0].sign == MaskingSign::random);
  CHECK(signs[1].sign == MaskingSign::vanished);
}
