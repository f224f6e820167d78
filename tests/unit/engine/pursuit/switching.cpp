// When groups switch, against a search: q(s) = |v(c + d s)|^2 - l2^2 on a fine grid from s = 1 down,
// then bisection, both in long double from the definition of v.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/switching.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

namespace {

struct Group {
  std::vector<double> c, d;
  double l1, l2;
  bool non_negative;

  long double q(long double s) const {
    long double sum = 0.0L;
    for (std::size_t i = 0; i < c.size(); ++i) {
      const long double u = c[i] + static_cast<long double>(d[i]) * s;
      const long double over = (non_negative ? u : std::fabs(u)) - l1;
      if (over > 0.0L) sum += over * over;
    }
    return sum - static_cast<long double>(l2) * l2;
  }

  // The largest s at which q changes to the other side; 0: none.
  double sought(bool silent) const {
    constexpr int steps = 4000;
    for (int k = steps; k-- > 0;) {
      const bool over = q(static_cast<long double>(k) / steps) > 0.0L;
      if (over != silent) continue;
      long double there = static_cast<long double>(k) / steps, here = there + 1.0L / steps;
      for (int halving = 0; halving < 80; ++halving) {
        const long double middle = 0.5L * (here + there);
        (q(middle) > 0.0L) == silent ? there = middle : here = middle;
      }
      return static_cast<double>(there);
    }
    return 0.0;
  }

  double found(bool silent, double least = 0.0) const {
    const Penalty penalty =
        Penalty::equal(Groups({static_cast<Eigen::Index>(c.size())}), l1, l2, non_negative);
    return Switching().next(penalty, 0, l2, c.data(), d.data(), silent, least);
  }
};

Group drawn(Random& random, bool with_l1, bool non_negative) {
  Group group{
      {}, {}, with_l1 ? random.uniform(0.05, 0.6) : 0.0, random.uniform(0.1, 1.0), non_negative};
  const std::size_t size = 1 + random.index(5);
  group.c.reserve(size);
  group.d.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    group.c.push_back(random.normal());
    group.d.push_back(random.normal(-group.c.back(), 1.0));
  }
  return group;
}

}  // namespace

TEST_CASE("groups switch where a search finds it", "[pursuit]") {
  for (const bool with_l1 : {false, true})
    for (const bool non_negative : {false, true}) {
      Random random(1, "test/switching", 2 * with_l1 + non_negative);
      int silent_found = 0, active_found = 0, none = 0;
      for (int k = 0; k < 600; ++k) {
        const Group group = drawn(random, with_l1, non_negative);
        const bool silent = group.q(1.0L) <= 0.0L;
        const double wanted = group.sought(silent), found = group.found(silent);
        CAPTURE(with_l1, non_negative, k, silent);
        CHECK(found == Approx(wanted).margin(1e-9));
        // Who asks for what comes before some s is told that, and of nothing later.
        const double least = random.uniform(0.0, 1.0);
        CHECK(group.found(silent, least) == (found > least ? found : 0.0));
        if (wanted == 0.0)
          ++none;
        else
          ++(silent ? silent_found : active_found);
      }
      CHECK(silent_found > 15);
      CHECK(active_found > 15);
      CHECK(none > 15);
    }
}

TEST_CASE("a group that has just switched does not switch back", "[pursuit]") {
  // From outside through the region of silence and out again: |u| = 1 at s = 0.8 and s = 0.4 on the
  // way u = (2 (s - 0.6) / 0.4 * 0.6, 0.8).
  const double l2 = 1.0;
  const Group group{{-1.8, 0.8}, {3.0, 0.0}, 0.0, l2, false};
  CHECK(group.found(false) == Approx(0.8).epsilon(1e-14));
  const auto at = [&](double s) { return Group{group.c, {3.0 * s, 0.0}, 0.0, l2, false}; };
  // Just inside and on the boundary, whatever side rounding puts it on.
  for (const double s : {std::nextafter(0.8, 1.0), 0.8, std::nextafter(0.8, 0.0)}) {
    CHECK(at(s).found(true) == Approx(0.5).epsilon(1e-14));
    CHECK(at(0.5 * s).found(false) == 0.0);
  }
}

TEST_CASE("a silent group that is beyond what holds it is due at once", "[pursuit]") {
  // As one may be when theta has become finer: |u| = 3 on its way in to 2, and out to 4.
  CHECK(Group{{2.0}, {1.0}, 0.0, 1.0, false}.found(true) == 1.0);
  CHECK(Group{{4.0}, {-1.0}, 0.0, 1.0, false}.found(true) == 1.0);
  CHECK(Group{{2.0}, {1.0}, 0.5, 1.0, false}.found(true) == 1.0);
  // But not if its drive holds it.
  CHECK(Group{{0.9}, {2.1}, 0.0, 1.0, false}.found(true) == 0.0);
}
