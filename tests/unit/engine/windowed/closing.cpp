// The states of a layer are never further off than it says, window after window, and V is never above its
// bound. Reference: the same neurons in 113 bits (tests/support/exact_flow.hpp).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/engine/windowed/closing.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/exact_flow.hpp"

using namespace retrograde;
using test::ExactState;

namespace {

Network layer_of(const std::vector<double>& tau_mem, const std::vector<double>& tau_syn) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto size = static_cast<std::uint32_t>(tau_mem.size());
  std::vector<double> bias;
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t n = 0; n < size; ++n) {
    bias.push_back(0.3 * n - 0.7);
    synapses.push_back({0, n, 1.0, 1.0});
  }
  const auto layer = builder.add({.name = "n",
                                  .size = size,
                                  .tau_mem = tau_mem,
                                  .tau_syn = tau_syn,
                                  .v_threshold = {10.0},
                                  .bias = bias});
  builder.connect(in, layer, std::move(synapses));
  return builder.build();
}

// The largest share of the bound that an error has reached.
double closest(const Network& network, bool stiff) {
  const WindowPlan plan = make_plan(network);
  REQUIRE(plan.layers.size() == 1);
  const WindowLayer& layer = plan.layers[0];
  REQUIRE(layer.stiff == stiff);
  LayerState now(layer), next(layer);
  std::vector<double> bound(layer.size());
  std::vector<ExactState> exact(layer.size());
  Random random(3, "closing");
  double worst = 0.0;
  constexpr int most = 4;  // arrivals in a window
  const WindowFrame& frame = layer.frames[0];
  const double fastest = std::fmax(frame.rate_mem, frame.rate_syn);
  Time base = 0.0;
  for (int w = 0; w < 1500; ++w) {
    const Time from = w * layer.window, to = from + layer.window;
    if ((to - base) * fastest > frame_reach) base = from;
    std::vector<Lane> lanes(layer.size());
    std::vector<double> highest(layer.size(), -never);
    for (std::size_t n = 0; n < layer.size(); ++n) {
      std::vector<Time> left;  // from the arrivals to the end of the window
      for (std::uint64_t k = random.index(most + 1); k > 0; --k)
        left.push_back(layer.window * random.uniform());
      std::sort(left.rbegin(), left.rend());
      Time at = layer.window;
      for (const Time s : left) {
        const double weight = random.uniform(-0.5, 0.8);
        const CubaLif::Propagator p = layer.flows[n].propagator(s);
        if (frame.co_moving)
          lanes[n].add(Lane::Two{weight * growth(frame.rate_mem, to - s - base),
                                 weight * growth(frame.rate_syn, to - s - base)});
        else
          lanes[n].add(Lane::Two{weight * p.kernel, weight * p.syn});
        exact[n] = test::exact_flow(exact[n], layer.models[n], test::Quad(at) - s);
        highest[n] = std::fmax(highest[n], static_cast<double>(exact[n].v));
        exact[n].i += weight;
        at = s;
      }
      exact[n] = test::exact_flow(exact[n], layer.models[n], at);
      highest[n] = std::fmax(highest[n], static_cast<double>(exact[n].v));
    }
    close_window(layer, 0, layer.size(), lanes.data(), WindowWorth(frame, to - base),
                 0x1p-53 * (40.0 + fastest * to + most), now, next, bound);
    std::swap(now, next);
    for (std::size_t n = 0; n < layer.size(); ++n) {
      const double of_v = std::fabs(static_cast<double>(now.v[n] - exact[n].v));
      const double of_i = std::fabs(static_cast<double>(now.i[n] - exact[n].i));
      // A compensated sum is off by what its high part alone rounds, besides.
      const double u = stiff ? 0x1p-53 : 0.0;
      CAPTURE(w, n);
      REQUIRE(of_v <= now.error_v[n] + u * std::fabs(now.v[n]));
      REQUIRE(of_i <= now.error_i[n] + u * std::fabs(now.i[n]));
      REQUIRE(highest[n] <= bound[n]);
      if (now.error_v[n] > 0.0) worst = std::fmax(worst, of_v / now.error_v[n]);
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("a layer bounds how far its states are off") {
  CHECK(closest(layer_of({20.0, 5.0, 5.0, 8.0, 30.0}, {5.0, 20.0, 5.0, 4.0, 10.0}), false) > 0.02);
}

TEST_CASE("a layer in a co-moving frame bounds how far its states are off") {
  const Network network = layer_of({20.0, 20.0, 20.0}, {5.0, 5.0, 5.0});
  REQUIRE(make_plan(network).layers.at(0).frames.at(0).co_moving);
  CHECK(closest(network, false) > 0.001);
}

TEST_CASE("a stiff layer bounds how far its states are off") {
  CHECK(closest(layer_of({20.0, 1.0, 2000.0, 500.0}, {5.0, 700.0, 1.0, 500.0}), true) > 0.001);
}
