// Weights of Loihi 2. Expected values: lava-nc/lava b6822fbc (utils/weightutils.py), evaluated by
// hand.
#include <catch2/catch.hpp>
#include <cstdint>
#include <set>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/synapse.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

TEST_CASE("the sign mode follows from the weights", "[loihi2]") {
  CHECK(sign_mode_of(std::vector<std::int32_t>{0, 10, 7}) == SignMode::excitatory);
  CHECK(sign_mode_of(std::vector<std::int32_t>{0, -10, -7}) == SignMode::inhibitory);
  CHECK(sign_mode_of(std::vector<std::int32_t>{1, -1}) == SignMode::mixed);
  CHECK(sign_mode_of(std::vector<std::int32_t>{0, 0}) == SignMode::excitatory);
  CHECK(sign_mode_of({}) == SignMode::excitatory);
}

TEST_CASE("mixed 8-bit weights are the 256 even numbers, odd ones go down: -3 becomes -4",
          "[loihi2]") {
  const WeightFormat format{SignMode::mixed, 8, 0};
  CHECK(stored_weight(-3, format) == -4);
  CHECK(stored_weight(3, format) == 2);
  CHECK(stored_weight(-1, format) == -2);
  CHECK(stored_weight(255, format) == 254);
  CHECK(stored_weight(300, format) == 254);
  CHECK(stored_weight(-300, format) == -256);
  std::set<std::int32_t> values;
  for (std::int32_t w = -400; w <= 400; ++w) values.insert(stored_weight(w, format));
  CHECK(values.size() == 256);
  CHECK(*values.begin() == -256);
  CHECK(*values.rbegin() == 254);
}

TEST_CASE("excitatory and inhibitory weights keep 8 bits of magnitude", "[loihi2]") {
  CHECK(stored_weight(255, {SignMode::excitatory, 8, 0}) == 255);
  CHECK(stored_weight(-3, {SignMode::excitatory, 8, 0}) == 0);
  CHECK(stored_weight(7, {SignMode::excitatory, 6, 0}) == 4);
  CHECK(stored_weight(-3, {SignMode::inhibitory, 8, 0}) == -3);
  CHECK(stored_weight(-7, {SignMode::inhibitory, 6, 0}) ==
        -4);  // magnitude down, not toward minus infinity
  CHECK(stored_weight(-300, {SignMode::inhibitory, 8, 0}) == -255);
  CHECK(stored_weight(5, {SignMode::inhibitory, 8, 0}) == 0);
  CHECK(stored_weight(-5, {SignMode::mixed, 7, 0}) == -8);
}

TEST_CASE("the weight exponent shifts a sum once and rounds it down", "[loihi2]") {
  CHECK(shifted(3, 2) == 12);
  CHECK(shifted(-3, 2) == -12);
  CHECK(shifted(7, -1) == 3);
  CHECK(shifted(-7, -1) == -4);
  CHECK(shifted(-1, -6) == -1);
  CHECK(shifted(5, 0) == 5);
}

TEST_CASE("packing fills the 8 bits as Lava does", "[loihi2]") {
  const auto packed = [](std::vector<std::int32_t> weights) { return pack_weights(weights); };
  const PackedWeights full = packed({-128, 127, 3});
  CHECK(full.format == WeightFormat{SignMode::mixed, 8, -1});
  CHECK(full.weights == std::vector<std::int32_t>{-256, 254, 6});
  const PackedWeights even = packed({-254, 252, 4});
  CHECK(even.format == WeightFormat{SignMode::mixed, 8, 0});
  CHECK(even.weights == std::vector<std::int32_t>{-254, 252, 4});
  const PackedWeights small = packed({-60, 50, 3});
  CHECK(small.format == WeightFormat{SignMode::mixed, 7, -2});
  CHECK(small.weights == std::vector<std::int32_t>{-240, 200, 12});
  const PackedWeights excitatory = packed({0, 10, 7});
  CHECK(excitatory.format == WeightFormat{SignMode::excitatory, 4, -4});
  CHECK(excitatory.weights == std::vector<std::int32_t>{0, 160, 112});
  const PackedWeights coarse = packed({-64, 64, 32});
  CHECK(coarse.format == WeightFormat{SignMode::mixed, 3, -1});
  CHECK(coarse.weights == std::vector<std::int32_t>{-128, 128, 64});
}

TEST_CASE("packed weights add exactly the integers they were made from", "[loihi2]") {
  const auto check_exact = [](const std::vector<std::int32_t>& integers) {
    const PackedWeights packed = pack_weights(integers);
    CHECK(packed.format.bits >= 1);
    CHECK(packed.format.bits <= 8);
    for (std::size_t k = 0; k < integers.size(); ++k) {
      CHECK(stored_weight(packed.weights[k], packed.format) == packed.weights[k]);
      CHECK(shifted(packed.weights[k], packed.format.exponent) == integers[k]);
    }
  };
  for (std::int32_t n = -128; n <= 127; ++n) {
    check_exact({n});
    check_exact({n, 1});
    check_exact({n, -1});
    check_exact({n, 127, -128});
    check_exact({2 * n});
  }
  check_exact({0, 0, 0});
  check_exact({});
  check_exact({255});
  check_exact({-255, 0});
}

TEST_CASE("integers beyond 8 bits cannot be packed", "[loihi2]") {
  CHECK_THROWS_AS(pack_weights(std::vector<std::int32_t>{256}), DeploymentError);
  CHECK_THROWS_AS(pack_weights(std::vector<std::int32_t>{-257, 3}), DeploymentError);
  CHECK_THROWS_AS(pack_weights(std::vector<std::int32_t>{-129, 3}), DeploymentError);  // odd, mixed
  CHECK_NOTHROW(pack_weights(std::vector<std::int32_t>{-130, 4}));
}
