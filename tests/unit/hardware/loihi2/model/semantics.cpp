// Overflow at the edges of a register, by hand.
#include <catch2/catch.hpp>

#include <retrograde/hardware/loihi2/model/semantics.hpp>

using namespace retrograde::loihi2;

TEST_CASE("registers overflow as the chosen source says", "[loihi2]") {
  constexpr std::int64_t half = 1 << 23;
  static_assert(fitted(half + 5, Overflow::keep, 24) == half + 5);

  static_assert(fitted(half, Overflow::lava_wrap, 24) == half);
  static_assert(fitted(half + 1, Overflow::lava_wrap, 24) == -half + 1);
  static_assert(fitted(-half, Overflow::lava_wrap, 24) == half);

  static_assert(fitted(half - 1, Overflow::twos_complement, 24) == half - 1);
  static_assert(fitted(half, Overflow::twos_complement, 24) == -half);
  static_assert(fitted(-half, Overflow::twos_complement, 24) == -half);
  static_assert(fitted(-half - 1, Overflow::twos_complement, 24) == half - 1);
  static_assert(fitted(5 * half, Overflow::twos_complement, 24) == -half);
  static_assert(fitted(40000, Overflow::twos_complement, 16) == 40000 - 65536);

  static_assert(fitted(half, Overflow::saturate, 24) == half - 1);
  static_assert(fitted(-half, Overflow::saturate, 24) == -half + 1);
  for (std::int64_t x = -half + 1; x < half; x += 4099)
    for (const Overflow o :
         {Overflow::keep, Overflow::lava_wrap, Overflow::twos_complement, Overflow::saturate})
      CHECK(fitted(x, o, 24) == x);
}
