// What one arrival adds to the weighted voltage integral of a readout, against the exact
// differences of engine/neuron/exponential.hpp.
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/windowed/linear_readout.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

TEST_CASE("the response of a readout is the integral of its kernel, and its slope the derivative") {
  constexpr Time duration = 120.0;
  constexpr std::uint32_t size = 40;
  Random random(1, "linear readout");
  PopulationSpec out{.name = "out", .model = Model::cuba_li, .size = size};
  out.tau_mem.clear();
  out.tau_syn.clear();
  for (std::uint32_t n = 0; n < size; ++n) {
    out.tau_mem.push_back(random.uniform(2.0, 60.0));
    out.tau_syn.push_back(n % 3 == 0   ? out.tau_mem[n]
                          : n % 3 == 1 ? out.tau_mem[n] * (1.0 + 1e-8)
                                       : random.uniform(1.0, 20.0));
  }
  out.bias = {0.3};
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto o = builder.add(std::move(out));
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t n = 0; n < size; ++n)
    synapses.push_back({0, n, 1.0, random.uniform(0.0, 40.0)});
  synapses[7].delay = 200.0;
  builder.connect(in, o, synapses);
  const Network network = builder.build();
  const WindowReadout readout = make_plan(network).readouts.at(0);

  for (const TimeWeight& weighting : {TimeWeight(), TimeWeight(15.0), TimeWeight::linear()}) {
    const LinearReadout linear(network, o, weighting, duration);
    for (int k = 0; k < 50; ++k) {
      const Time time = random.uniform(0.0, duration);
      const WindowRow row = row_of(network, readout.feeds.at(0), 0);
      double h[LinearReadout::most], r[LinearReadout::most];
      linear.respond(time, row, h, r);
      double again_h[LinearReadout::most], again_r[LinearReadout::most];
      double by_mem[LinearReadout::most], by_syn[LinearReadout::most];
      linear.respond(time, row, again_h, again_r, by_mem, by_syn);
      for (std::uint32_t n = 0; n < size; ++n) {
        const Time arrival = time + row.delay[n];
        if (arrival >= duration) {
          CHECK(h[n] == 0.0);
          CHECK(r[n] == 0.0);
          CHECK(by_mem[n] == 0.0);
          CHECK(by_syn[n] == 0.0);
          continue;
        }
        const CubaLif& model = cuba_lif_neuron(network, network.populations()[o].first + n);
        const Time left = duration - arrival;
        const auto stretch = weighting.stretch(arrival, duration, duration);
        const double scale = std::fmin(model.tau_mem, model.tau_syn);  // the largest R
        const double exact = model.rate_mem * stretch.of(left, -model.rate_mem, -model.rate_syn);
        CHECK(std::fabs(h[n] - exact) < 2e-14 * std::fmax(exact, scale));
        const double rate = stretch.of(left, -model.rate_mem);
        CHECK(std::fabs(r[n] - rate) < 2e-14 * std::fmax(rate, scale));
        CHECK(again_h[n] == h[n]);
        CHECK(again_r[n] == r[n]);
        const double a = model.rate_mem, b = model.rate_syn;
        const double of_mem = stretch.of(left, -a, -b) - a * stretch.of(left, -a, -a, -b);
        CHECK(std::fabs(by_mem[n] + a * a * of_mem) <
              1e-13 * std::fmax(std::fabs(a * a * of_mem), 1.0));
        const double of_syn = a * b * b * stretch.of(left, -a, -b, -b);
        CHECK(std::fabs(by_syn[n] - of_syn) < 1e-13 * std::fmax(std::fabs(of_syn), 1.0));
      }
    }
    for (std::uint32_t n = 0; n < size; ++n) {
      const CubaLif& model = cuba_lif_neuron(network, network.populations()[o].first + n);
      CHECK(linear.of_start(n, {}) ==
            model.integral({}, duration, weighting.stretch(0.0, duration, duration)));
      // A bias of its own acts linearly; the slopes by time constants against central differences, from
      // rest and from a given state.
      CHECK(linear.own_slopes(n, {}).by_bias * model.bias ==
            Approx(linear.of_start(n, {})).epsilon(1e-13));
      for (const NeuronStart& start : {NeuronStart{}, NeuronStart{0.4, {1.3}}}) {
        const LinearReadout::OwnSlopes slopes = linear.own_slopes(n, start);
        const auto with = [&](double tau_mem, double tau_syn) {
          CubaLif other = model;
          other.tau_mem = tau_mem;
          other.tau_syn = tau_syn;
          other.derive();
          return other.integral({start.v, start.i[0]}, duration,
                                weighting.stretch(0.0, duration, duration));
        };
        CHECK(linear.of_start(n, start) == with(model.tau_mem, model.tau_syn));
        const double mem = model.tau_mem, syn = model.tau_syn, step = 1e-4 * mem, pace = 1e-4 * syn;
        CHECK(slopes.by_tau_mem ==
              Approx((with(mem + step, syn) - with(mem - step, syn)) / (2.0 * step)).epsilon(1e-5));
        CHECK(slopes.by_tau_syn ==
              Approx((with(mem, syn + pace) - with(mem, syn - pace)) / (2.0 * pace))
                  .epsilon(1e-5)
                  .margin(1e-9));
      }
    }
  }
}
