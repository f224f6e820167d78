// The rules of a step, worked by hand from what Rockpool's documentation publishes of the core: decay
// is x >> dash, at least 1 towards 0; states have 16 bits and saturate; the reset subtracts.
#include <catch2/catch.hpp>

#include <retrograde/hardware/xylo/model/neuron.hpp>

using namespace retrograde::xylo;

TEST_CASE("a state loses its value shifted by dash, and at least 1 towards 0") {
  CHECK(decay(127, 1) == 63);  // 127 -> 64, as a board prints it
  CHECK(decay(64, 1) == 32);
  CHECK(decay(100, 3) == 12);
  CHECK(decay(7, 3) == 1);  // 7 >> 3 is 0
  CHECK(decay(1, 15) == 1);
  CHECK(decay(0, 5) == 0);
  CHECK(decay(12345, 0) == 12345);  // dash 0 forgets all
}

TEST_CASE("a negative state is shifted arithmetically: it rounds away from 0") {
  CHECK(decay(-1, 1) == -1);
  CHECK(decay(-3, 1) == -2);  // not -1
  CHECK(decay(-7, 3) == -1);
  CHECK(decay(-9, 3) == -2);
  CHECK(decay(-32768, 0) == -32768);
}

TEST_CASE("every state comes to rest, and never changes its sign on the way") {
  for (const int dash : {0, 1, 4, 15})
    for (std::int32_t from = lowest_state; from <= highest_state; from += 127) {
      const auto x = static_cast<State>(from);
      const std::int32_t next = x - decay(x, dash);
      CHECK(std::abs(next) <= std::max(std::abs(from) - 1, 0));
      CHECK(next * from >= 0);
    }
}

TEST_CASE("16 bits have no opposite of -32768") {
  CHECK(opposite_decay(-32768, 0) == -32768);
  CHECK(opposite_decay(-32768, 1) == 16384);
  CHECK(opposite_decay(100, 1) == -50);
}

TEST_CASE("sums stop at the ends of 16 bits, from both sides") {
  CHECK(received(32000, 127, 10) == 32767);
  CHECK(received(-32000, -128, 10) == -32768);
  CHECK(received(32767, -1, 1) == 32766);
  CHECK(received(0, 127 * 256, 15) == 32767);
  CHECK(received(-32768, 127 * 256, 1) == -256);
}

TEST_CASE("a neuron fires as often as its threshold fits into V, and V keeps the rest") {
  State v = 254;
  CHECK(fire(v, 127, 0, 31) == 2);
  CHECK(v == 0);
  v = 253;
  CHECK(fire(v, 127, 0, 31) == 1);
  CHECK(v == 126);
  v = 126;
  CHECK(fire(v, 127, 0, 31) == 0);
}

TEST_CASE("beyond the most events of a step V stays above the threshold") {
  State v = 1000;
  CHECK(fire(v, 10, 0, 31) == 31);
  CHECK(v == 690);
  v = 1000;
  CHECK(fire(v, 10, 0, 1) == 1);
  CHECK(v == 990);
  v = 25;  // an alias has used up 30 of its events
  CHECK(fire(v, 10, 30, 31) == 31);
  CHECK(v == 15);
}
