// Shares and Wilson's interval. References: the roots of (p - s)^2 = z^2 s (1 - s) / n, whose ends the
// interval is by definition; of
// none and of all their closed forms.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/hardware/share.hpp>

using namespace retrograde;

TEST_CASE("Wilson's interval solves its equation at both ends", "[share]") {
  for (const std::uint64_t whole : {1, 2, 7, 100, 1000, 123456})
    for (const std::uint64_t part : {std::uint64_t{0}, whole / 3, whole / 2, whole}) {
      const Share share{part, whole};
      const Interval range = share.range();
      const double n = static_cast<double>(whole), p = share.value();
      const double z = deviations_of_95_percent;
      CHECK(range.low <= p);
      CHECK(p <= range.high);
      for (const double s : {range.low, range.high})
        CHECK((p - s) * (p - s) == Approx(z * z * s * (1 - s) / n).margin(1e-12));
    }
}

TEST_CASE("intervals of few, of none and of no cases", "[share]") {
  CHECK(Share{0, 1}.range().low == 0.0);
  CHECK(Share{0, 1}.range().high == Approx(0.793450685622763));  // z^2 / (1 + z^2)
  CHECK(Share{5, 5}.range().high == 1.0);
  CHECK(Share{5, 5}.range().low == Approx(1 / (1 + 3.841458820694124 / 5)));
  CHECK(Share{}.range() == Interval{0.0, 1.0});
  CHECK(Share{}.value() == 0.0);
}
