// The integer neuron. Worked vectors W1 to W4 and the truncation table were computed from the
// equations of lava-nc/lava b6822fbc (proc/lif/models.py) by an independent program.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/cuba_lif.hpp>

using namespace retrograde;
using loihi2::CubaLifState;
using loihi2::StepOutcome;

namespace {

// tau_syn 5 ms, tau_mem 20 ms, steps of 1 ms: decays of 742 and 200 in 4096.
loihi2::CubaLif keyword_neuron() { return {.du = 741, .dv = 200, .vth = 2048}; }

struct Response {
  double charge = 0.0;  // sum of u, in weight units
  double peak = 0.0;    // of v, in weight units
};

Response response_to(std::int64_t weight) {
  loihi2::CubaLif neuron = keyword_neuron();
  CubaLifState state;
  Response response;
  for (int t = 0; t < 2000; ++t) {
    step(neuron, state, t == 0 ? weight : 0, false);
    response.charge += state.u / 64.0;
    response.peak = std::max(response.peak, state.v / 64.0);
  }
  return response;
}

// The same without any rounding, of the decays neither.
Response ideal_response_to(double weight) {
  Response response;
  double u = 0.0, v = 0.0;
  for (int t = 0; t < 2000; ++t) {
    u = u * std::exp(-1.0 / 5.0) + (t == 0 ? weight : 0.0);
    v = v * std::exp(-1.0 / 20.0) + u;
    response.charge += u;
    response.peak = std::max(response.peak, v);
  }
  return response;
}

}  // namespace

TEST_CASE("the integer neuron follows worked vector W1 to the first spike and on", "[loihi2]") {
  struct Row {
    std::int64_t a, decayed_u, u, decayed_v, v;
    bool spike;
  };
  const std::vector<Row> rows = {{127, 0, 8128, 0, 8128, false},
                                 {127, 6655, 14783, 7731, 22514, false},
                                 {0, 12105, 12105, 21414, 33519, false},
                                 {100, 9912, 16312, 31882, 48194, false},
                                 {127, 13357, 21485, 45840, 67325, false},
                                 {127, 17592, 25720, 64037, 89757, false},
                                 {127, 21060, 29188, 85374, 114562, false},
                                 {0, 23900, 23900, 108968, 132868, true},
                                 {0, 19570, 19570, 0, 19570, false},
                                 {0, 16024, 16024, 18614, 34638, false}};
  const loihi2::CubaLif neuron = keyword_neuron();
  CubaLifState state;
  for (const Row& row : rows) {
    CHECK(loihi2::decayed(state.u, neuron.du + 1) == row.decayed_u);
    CHECK(loihi2::decayed(state.v, neuron.dv) == row.decayed_v);
    const StepOutcome outcome = step(neuron, state, row.a);
    CHECK(state.u == row.u);
    CHECK(outcome.v == row.v);
    CHECK(outcome.spike == row.spike);
    CHECK(state.v == (row.spike ? 0 : row.v));
    CHECK_FALSE(outcome.wrapped);
    CHECK_FALSE(outcome.saturated);
  }
}

TEST_CASE("negative state decays toward zero as in worked vector W2", "[loihi2]") {
  const std::array<std::int32_t, 5> u = {-6400, -5240, -4290, -3512, -2875};
  const std::array<std::int32_t, 5> v = {-6400, -11327, -15063, -17839, -19842};
  CubaLifState state;
  for (std::size_t t = 0; t < u.size(); ++t) {
    step(keyword_neuron(), state, t == 0 ? -100 : 0);
    CHECK(state.u == u[t]);
    CHECK(state.v == v[t]);
  }
}

TEST_CASE("every decay loses at least one unit on both sides of zero (W3)", "[loihi2]") {
  static_assert(loihi2::decayed(100, 1) == 99);
  static_assert(loihi2::decayed(-100, 1) == -99);
  static_assert(loihi2::decayed(100, 0) == 100);
  static_assert(loihi2::decayed(-100, 4096) == 0);
  for (std::int64_t x = 1; x < 5000; ++x) {
    CHECK(loihi2::decayed(x, 1) < x);
    CHECK(loihi2::decayed(-x, 1) == -loihi2::decayed(x, 1));
  }
}

TEST_CASE("u wraps at Lava's edges (W4)", "[loihi2]") {
  constexpr std::int64_t edge = 1 << 23;
  constexpr auto wrapped = [](std::int64_t u) {
    return loihi2::fitted(u, loihi2::Overflow::lava_wrap, loihi2::state_bits);
  };
  static_assert(wrapped(edge) == edge);
  static_assert(wrapped(edge + 5) == -8388603);
  static_assert(wrapped(-edge) == edge);
  static_assert(wrapped(-edge - 5) == 8388603);
  static_assert(wrapped(-edge + 1) == -edge + 1);
  static_assert(wrapped(0) == 0);

  // 131072 << 6 is 2^23: held. One more unit wraps.
  loihi2::CubaLif neuron{.du = 4095, .dv = 4095};
  CubaLifState state;
  CHECK_FALSE(step(neuron, state, 131072, false).wrapped);
  CHECK(state.u == edge);
  const StepOutcome outcome = step(neuron, state, 131073, false);
  CHECK(outcome.wrapped);
  CHECK(state.u == -edge + 64);
}

TEST_CASE("v saturates one below 2^23 on both sides and the readout keeps it", "[loihi2]") {
  const loihi2::CubaLif neuron{.du = 4095, .dv = 0, .vth = loihi2::vth_limit};
  CubaLifState state;
  CHECK_FALSE(step(neuron, state, 100000, false).saturated);
  CHECK(step(neuron, state, 100000, false).saturated);
  CHECK(state.v == (1 << 23) - 1);
  for (int t = 0; t < 3; ++t) step(neuron, state, -100000, false);
  CHECK(state.v == -(1 << 23) + 1);
}

TEST_CASE("the threshold is strict and only v is reset", "[loihi2]") {
  const loihi2::CubaLif neuron{.du = 0, .dv = 0, .vth = 10};
  CubaLifState at{}, above{};
  CHECK_FALSE(step(neuron, at, 10).spike);  // 640, the threshold itself
  CHECK(at.v == 640);
  above.v = 1;
  CHECK(step(neuron, above, 10).spike);
  CHECK(above.v == 0);
  CHECK(above.u == 640);
}

TEST_CASE("the bias is shifted up, or down with rounding to minus infinity", "[loihi2]") {
  CHECK((loihi2::CubaLif{.bias_mantissa = 3, .bias_exponent = 6}.bias()) == 192);
  CHECK((loihi2::CubaLif{.bias_mantissa = -3, .bias_exponent = 6}.bias()) == -192);
  CHECK((loihi2::CubaLif{.bias_mantissa = 7, .bias_exponent = -1}.bias()) == 3);
  CHECK((loihi2::CubaLif{.bias_mantissa = -7, .bias_exponent = -1}.bias()) == -4);

  // It enters v after the decay and takes part in the same step's threshold.
  const loihi2::CubaLif neuron{
      .du = 0, .dv = 2048, .vth = 4, .bias_mantissa = 86, .bias_exponent = 1};
  CubaLifState state;
  CHECK_FALSE(step(neuron, state, 0).spike);
  CHECK(state.v == 172);
  CHECK(step(neuron, state, 0).spike);  // 86 + 172 > 256
  CHECK(state.v == 0);
}

TEST_CASE("an input of more than one turn of u wraps as a register does", "[loihi2]") {
  const loihi2::CubaLif neuron{.du = 4095, .dv = 4095};
  CubaLifState state;
  const std::int64_t turn = 1 << 24;
  CHECK(step(neuron, state, 5 * turn / 64 + 3, false).wrapped);
  CHECK(state.u == 192);
}

TEST_CASE("after a spike v stays 0 for refractory_delay - 1 steps while u goes on", "[loihi2]") {
  const loihi2::CubaLif neuron{.du = 0, .dv = 0, .vth = 10, .refractory_delay = 3};
  CubaLifState state;
  CHECK(step(neuron, state, 20).spike);
  CHECK(state.refractory == 3);
  const std::int32_t u = state.u;
  for (const std::int32_t left : {2, 1}) {
    CHECK_FALSE(step(neuron, state, 100).spike);
    CHECK(state.v == 0);
    CHECK(state.refractory == left);
  }
  CHECK(state.u > u);
  CHECK(step(neuron, state, 0).spike);  // what u has gathered

  using loihi2::SpikeRegister;
  CHECK(shown_v(state, SpikeRegister::zero) == 0);
  CHECK(shown_v(state, SpikeRegister::refractory_counter) == 384);
  CHECK(shown_v({5, 7, 0}, SpikeRegister::refractory_counter) == 7);
}

TEST_CASE("truncation of decays loses the tabulated charge and peak", "[loihi2]") {
  const auto charge = [](std::int64_t w) {
    return response_to(w).charge / ideal_response_to(static_cast<double>(w)).charge;
  };
  const auto peak = [](std::int64_t w) {
    return response_to(w).peak / ideal_response_to(static_cast<double>(w)).peak;
  };
  CHECK(charge(1) == Approx(0.892).margin(0.0005));
  CHECK(charge(10) == Approx(0.981).margin(0.0005));
  CHECK(peak(1) == Approx(0.942).margin(0.0005));
  CHECK(peak(2) == Approx(0.962).margin(0.0005));
  CHECK(peak(5) == Approx(0.991).margin(0.0005));
  CHECK(peak(10) == Approx(0.996).margin(0.0005));
  CHECK(peak(50) == Approx(0.9987).margin(0.00005));
  CHECK(peak(127) == Approx(0.9996).margin(0.00005));
}

TEST_CASE("a value that its field cannot hold is named", "[loihi2]") {
  const auto refused = [](const loihi2::CubaLif& neuron) -> std::string {
    try {
      check(neuron, "hidden[3]");
    } catch (const DeploymentError& error) {
      CHECK(error.where == "hidden[3]");
      CHECK_THAT(error.what(), Catch::StartsWith("hidden[3]: " + error.field + " is "));
      return error.field;
    }
    return {};
  };
  CHECK(refused({.du = -1}) == "du");
  CHECK(refused({.du = 4096}) == "du");
  CHECK(refused({.dv = 4096}) == "dv");
  CHECK(refused({.vth = 0}) == "vth");
  CHECK(refused({.vth = 131072}) == "vth");
  CHECK(refused({.bias_mantissa = 4096}) == "bias_mantissa");
  CHECK(refused({.bias_mantissa = -4097}) == "bias_mantissa");
  CHECK(refused({.bias_exponent = 8}) == "bias_exponent");
  CHECK(refused({.refractory_delay = 0}) == "refractory_delay");
  CHECK(refused({.refractory_delay = 64}) == "refractory_delay");
  CHECK(refused({.du = 4095, .dv = 4095, .vth = 131071, .bias_mantissa = -4096, .bias_exponent = 7})
            .empty());
}
