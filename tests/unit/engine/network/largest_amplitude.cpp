// No weight, threshold, reset or bias is so large that sums of them overflow: beyond 1e100 the
// builder refuses, and at 1e100 both schedulers fire where the closed form says.
#include <catch2/catch.hpp>

#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;
using Catch::Matchers::Contains;

namespace {

Network one(double weight, double bias = 0.0, double reset = 0.0, double threshold = 1.0) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n",
                              .size = 1,
                              .tau_mem = {10.0},
                              .tau_syn = {0.5},
                              .v_threshold = {threshold},
                              .v_reset = {reset},
                              .bias = {bias},
                              .t_ref = {20.0}});
  builder.connect(in, n, {{0, 0, weight, 0.0}});
  return builder.build();
}

}  // namespace

TEST_CASE("values that sums could overflow with are refused with the place and the limit") {
  CHECK_THROWS_WITH(one(1.7e308), Contains("in->n[0, 0]") && Contains("weight is 1.7e+308") &&
                                      Contains("no larger than 1e+100"));
  CHECK_THROWS_WITH(one(-1.1e100), Contains("no larger than 1e+100"));
  CHECK_THROWS_WITH(one(1.0, 2e100), Contains("n[0]") && Contains("bias is 2e+100"));
  CHECK_THROWS_WITH(one(1.0, 0.0, -1e300), Contains("v_reset is -1e+300"));
  CHECK_THROWS_WITH(one(1.0, 0.0, 0.0, 1e200), Contains("v_threshold is 1e+200"));
}

TEST_CASE("the largest weight fires at once: 10 / 1e100 ms after it arrives") {
  const Network network = one(1e100);
  for (const Tape& tape :
       {run_sequential(network, {5.0, {{1.0, 0}}}), run_windowed(network, {5.0, {{1.0, 0}}})}) {
    REQUIRE(tape.spikes.size() == 2);
    CHECK(tape.spikes[1].time == 1.0);
  }
}
