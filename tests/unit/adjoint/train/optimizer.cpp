// Adam against steps worked by hand (Kingma & Ba, ICLR 2015, algorithm 1), its bounds and what it
// leaves alone.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

namespace {

constexpr auto weight = static_cast<std::size_t>(ParameterKind::weight);
constexpr auto delay = static_cast<std::size_t>(ParameterKind::delay);

// Two synapses and two neurons: weights 0 and 1, delays 2 and 3, then the neurons' values.
struct Case {
  Network network;
  Learning learning;
  std::vector<double> values, gradient;
  AdamSpec spec;

  Case() {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
    const auto n = builder.add({.name = "n", .size = 2});
    builder.connect(in, n, {{0, 0, 1.0, 2.0}, {0, 1, -1.0, 3.0}});
    network = builder.build();
    learning = Learning::none(network);
    learning.learned.fill(0, learning.size(), 1);
    values.assign(network.parameters().begin(), network.parameters().end());
    gradient.assign(values.size(), 0.0);
  }
  Adam adam() const { return Adam(network.layout(), learning, spec); }
};

}  // namespace

TEST_CASE("three steps of Adam, beta1 = beta2 = 1/2 and gradients 2, -1, 4, worked by hand") {
  Case c;
  c.spec.rate[weight] = 0.1;
  c.spec.beta1 = c.spec.beta2 = 0.5;
  c.spec.epsilon = 0.5;
  Adam adam = c.adam();
  // m: 1, 0, 2, corrected by 1/2, 3/4, 7/8: 2, 0, 16/7.
  // v: 2, 3/2, 35/4, corrected alike: 4, 2, 10.
  const double expected[3] = {1.0 - 0.1 * 2.0 / (2.0 + 0.5), 0.92,
                              0.92 - 0.1 * (16.0 / 7.0) / (std::sqrt(10.0) + 0.5)};
  const double gradients[3] = {2.0, -1.0, 4.0};
  for (int step = 0; step < 3; ++step) {
    c.gradient[0] = gradients[step];
    adam.step(c.values, c.gradient, 1.0);
    CHECK(std::fabs(c.values[0] - expected[step]) < 1e-15);
  }
  CHECK(adam.state().steps == 3);
  CHECK(adam.state().first_moment[0] == 2.0);
  CHECK(adam.state().second_moment[0] == 8.75);
  CHECK(c.values[1] == -1.0);  // its gradient was 0
}

TEST_CASE("a momentum of the schedule goes before that of the settings, for its rates alone") {
  Case c;
  c.spec.rate[weight] = c.spec.rate[delay] = 0.1;
  c.spec.beta1 = c.spec.beta2 = 0.5;
  c.spec.epsilon = 0.5;
  Adam adam = c.adam();
  RateFactors factors(1.0);
  c.gradient[0] = c.gradient[2] = 2.0;
  adam.step(c.values, c.gradient, factors);
  factors.momentum[static_cast<std::size_t>(RateClass::weight)] = 0.75;
  c.gradient[0] = c.gradient[2] = -1.0;
  const double w = c.values[0], d = c.values[2];
  adam.step(c.values, c.gradient, factors);
  // m: 1, then 3/4 - 1/4 = 1/2, corrected by 1 - (3/4)^2 = 7/16 as PyTorch does. v: 2.
  CHECK(c.values[0] ==
        Approx(w - 0.1 * (0.5 / (7.0 / 16.0)) / (std::sqrt(2.0) + 0.5)).epsilon(1e-14));
  CHECK(c.values[2] == d);  // m: 1, then 0
}

TEST_CASE(
    "the first step of Adam is the rate against the sign of the gradient, whatever its size") {
  for (const double gradient : {1e-3, 7.0, -1e5}) {
    Case c;
    c.spec.rate[weight] = 0.01;
    c.gradient[0] = gradient;
    Adam adam = c.adam();
    adam.step(c.values, c.gradient, 1.0);
    CHECK(std::fabs(c.values[0] - (1.0 - std::copysign(0.01, gradient))) < 1e-6);
  }
}

TEST_CASE("each kind has its own rate, and the rate factor multiplies them all") {
  Case c;
  c.spec.rate[weight] = 0.01;
  c.spec.rate[delay] = 0.5;
  std::fill(c.gradient.begin(), c.gradient.end(), 1.0);
  Adam adam = c.adam();
  adam.step(c.values, c.gradient, 0.5);
  CHECK(std::fabs(c.values[0] - (1.0 - 0.005)) < 1e-9);
  CHECK(std::fabs(c.values[1] - (-1.0 - 0.005)) < 1e-9);
  CHECK(std::fabs(c.values[2] - (2.0 - 0.25)) < 1e-8);
  CHECK(std::fabs(c.values[3] - (3.0 - 0.25)) < 1e-8);
  // The other kinds have rate 0: not one bit moved.
  CHECK(std::equal(c.values.begin() + 4, c.values.end(), c.network.parameters().begin() + 4));
}

TEST_CASE("steps that lead out of the bounds end on them, and come back in") {
  Case c;
  c.spec.rate[delay] = 0.8;
  c.learning.lower.set(2, 1.5);
  c.learning.upper.set(3, 3.25);
  Adam adam = c.adam();
  c.gradient[2] = 1.0;
  c.gradient[3] = -1.0;
  adam.step(c.values, c.gradient, 1.0);
  CHECK(c.values[2] == 1.5);
  CHECK(c.values[3] == 3.25);
  adam.step(c.values, c.gradient, 1.0);
  CHECK(c.values[2] == 1.5);
  CHECK(c.values[3] == 3.25);
  c.gradient[2] = -100.0;
  c.gradient[3] = 100.0;
  adam.step(c.values, c.gradient, 1.0);
  CHECK(c.values[2] > 1.5);
  CHECK(c.values[3] < 3.25);
}

TEST_CASE("parameters that are not learned keep every bit, outside their bounds or not") {
  Case c;
  c.spec.rate.fill(0.1);
  c.learning.learned.fill(0, c.learning.size(), 0);
  c.learning.learned.set(1, 1);
  c.learning.lower.set(2, 100.0);  // does not hold for the delay as it is
  std::fill(c.gradient.begin(), c.gradient.end(), 3.0);
  Adam adam = c.adam();
  for (int step = 0; step < 5; ++step) adam.step(c.values, c.gradient, 1.0);
  for (std::size_t k = 0; k < c.values.size(); ++k) {
    CAPTURE(k);
    CHECK((c.values[k] == c.network.parameters()[k]) == (k != 1));
    CHECK((adam.moments(k).first == 0.0) == (k != 1));
  }
  CHECK(adam.state().first_moment.size() == 1);
  CHECK(adam.state().second_moment.size() == 1);
}

TEST_CASE("an optimiser restored from another's state goes on with the same bits") {
  Case c;
  c.spec.rate.fill(0.03);
  Adam one = c.adam();
  const auto gradient = [&](int step) {
    for (std::size_t k = 0; k < c.gradient.size(); ++k)
      c.gradient[k] = std::sin(static_cast<double>(k + 1) * (step + 1));
    return c.gradient;
  };
  for (int step = 0; step < 4; ++step) one.step(c.values, gradient(step), 0.9);
  Adam other = c.adam();
  other.restore(one.state());
  std::vector<double> values = c.values;
  for (int step = 4; step < 8; ++step) {
    one.step(c.values, gradient(step), 0.9);
    other.step(values, gradient(step), 0.9);
  }
  CHECK(values == c.values);
  CHECK(other.state().steps == 8);
}

TEST_CASE("learning or state of another network's layout is a bug, not a step") {
  const Case c;
  Learning flags = c.learning, lower = c.learning, upper = c.learning;
  const std::size_t less = c.learning.size() - 1;
  flags.learned = {less, 1};
  lower.lower = {less, 0.0};
  upper.upper = {};
  for (const Learning& shorter : {flags, lower, upper})
    CHECK_THROWS_AS(Adam(c.network.layout(), shorter, c.spec), InternalError);
  Adam adam = c.adam();
  CHECK_THROWS_AS(adam.restore({1, {0.0}, {0.0}}), InternalError);
}

TEST_CASE("weight decay is beside the moments: rate times factor times decay times the value") {
  Case c;
  c.spec.rate[weight] = 0.1;
  c.spec.decay[weight] = 0.2;
  Adam adam = c.adam();
  adam.step(c.values, c.gradient, 0.5);  // no gradient: the decay alone
  CHECK(c.values[0] == Approx(0.99).epsilon(1e-15));
  CHECK(c.values[1] == Approx(-0.99).epsilon(1e-15));
  CHECK(adam.state().first_moment[0] == 0.0);
  Case d;
  d.spec = c.spec;
  d.gradient[0] = 3.0;
  Adam other = d.adam();
  other.step(d.values, d.gradient, 1.0);  // 0.1 against the gradient, and 0.1 * 0.2 * 1
  CHECK(d.values[0] == Approx(0.88).epsilon(1e-8));
  CHECK(d.values[2] == 2.0);  // no other kind
}

TEST_CASE("an L1 term takes rate times l1 off the size of a value, down to exactly 0") {
  Case c;
  c.spec.rate[weight] = 0.1;
  c.spec.l1[weight] = 0.5;
  c.spec.rate[delay] = 0.5;
  c.spec.l1[delay] = 0.6;
  Adam adam = c.adam();
  adam.step(c.values, c.gradient, 1.0);
  CHECK(c.values[0] == Approx(0.95).epsilon(1e-15));
  CHECK(c.values[1] == Approx(-0.95).epsilon(1e-15));
  CHECK(c.values[2] == Approx(1.7).epsilon(1e-15));
  for (int step = 0; step < 30; ++step) adam.step(c.values, c.gradient, 1.0);
  for (int k = 0; k < 4; ++k) {
    CAPTURE(k);
    CHECK(c.values[static_cast<std::size_t>(k)] == 0.0);
    CHECK_FALSE(std::signbit(c.values[static_cast<std::size_t>(k)]));
  }
  c.gradient[2] = -1.0;  // what the loss wants leaves 0 again, if it wants it enough
  adam.step(c.values, c.gradient, 1.0);
  adam.step(c.values, c.gradient, 1.0);
  CHECK(c.values[2] > 0.0);
}

TEST_CASE("a group has its own rate, decay and L1, and leaves the rest of its kind alone") {
  Case c;
  c.spec.rate[weight] = 0.1;
  c.spec.rate[delay] = 0.5;
  c.spec.decay[weight] = 0.2;
  c.learning.groups = {{3, 4, 0.25, {}, 0.4}, {1, 2, {}, 0.0, {}}};  // a delay, a weight
  std::fill(c.gradient.begin(), c.gradient.end(), 1.0);
  Adam adam = c.adam();
  adam.step(c.values, c.gradient, 1.0);
  CHECK(c.values[0] == Approx(1.0 - 0.1 - 0.02).epsilon(1e-8));
  CHECK(c.values[1] == Approx(-1.0 - 0.1).epsilon(1e-8));  // no decay
  CHECK(c.values[2] == Approx(2.0 - 0.5).epsilon(1e-8));
  CHECK(c.values[3] == Approx(3.0 - 0.25 - 0.1).epsilon(1e-8));
  c.learning.groups = {{0, 2}, {1, 2}};
  CHECK_THROWS_AS(c.adam(), InternalError);
  c.learning.groups = {{1, 3}};
  CHECK_THROWS_AS(c.adam(), InternalError);
}

TEST_CASE("a group of rate 0 is frozen, one of a frozen kind may move") {
  Case c;
  c.spec.rate[delay] = 0.5;
  c.learning.groups = {{2, 3, 0.0}, {0, 1, 0.125}};
  std::fill(c.gradient.begin(), c.gradient.end(), 1.0);
  Adam adam = c.adam();
  adam.step(c.values, c.gradient, 1.0);
  CHECK(c.values[0] == Approx(0.875).epsilon(1e-7));
  CHECK(c.values[1] == -1.0);
  CHECK(c.values[2] == 2.0);
  CHECK(c.values[3] == Approx(2.5).epsilon(1e-7));
}

TEST_CASE("after every step no more of a group than its most lie above their bound, exactly") {
  Case c;
  c.spec.rate[delay] = 0.5;
  c.learning.groups = {{2, 4, {}, {}, {}, 1}};
  c.learning.lower.set(2, 0.125);
  Adam adam = c.adam();
  c.gradient[3] = 1.0;
  adam.step(c.values, c.gradient, 1.0);
  CHECK(c.values[2] == 0.125);  // of 2 and 2.5 the second is longer
  CHECK(c.values[3] == Approx(2.5).epsilon(1e-7));
  // Of equal ones the first is kept; fewer are no matter.
  std::vector<double> values = c.values;
  values[2] = values[3] = 1.5;
  keep_largest(c.learning, values);
  CHECK(values[2] == 1.5);
  CHECK(values[3] == 0.0);
  keep_largest(c.learning, values);
  CHECK(values[2] == 1.5);
  c.learning.groups[0].most = 0;
  keep_largest(c.learning, values);
  CHECK(values[2] == 0.125);
  c.learning.groups[0].most.reset();
  values[2] = values[3] = 7.0;
  keep_largest(c.learning, values);
  CHECK(values[3] == 7.0);
}

TEST_CASE("a delay on its bound is chosen again only where a chosen one has come within a step") {
  // What docs/scenario.md says of delay_choice = "largest". Values 2 and 3 are delays, of which one
  // may lie above 0; the loss wants 2 longer and 3 shorter, at every step.
  Case c;
  c.spec.rate[delay] = 0.25;
  c.learning.groups = {{2, 4, {}, {}, {}, 1}};
  c.values[2] = 0.0;
  c.values[3] = 2.0;
  c.gradient[2] = -1.0;
  c.gradient[3] = 1.0;
  Adam adam = c.adam();
  // Steps of 0.25: after seven of them 3 is at 0.25, and 2 has come to nothing each time.
  for (int step = 1; step <= 6; ++step) {
    adam.step(c.values, c.gradient, 1.0);
    CAPTURE(step);
    CHECK(c.values[2] == 0.0);
    CHECK(c.values[3] == Approx(2.0 - 0.25 * step).epsilon(1e-6));
  }
  for (int step = 7; step <= 8; ++step) adam.step(c.values, c.gradient, 1.0);
  CHECK(c.values[2] > 0.2);
  CHECK(c.values[3] == 0.0);
}

namespace {

// Adam with moments, flags and bounds of every parameter: what is learned alone is stepped.
struct WholeAdam {
  const Network& network;
  const Learning& learning;
  const AdamSpec& spec;
  std::vector<double> first, second;
  int steps = 0;

  void step(std::vector<double>& values, const std::vector<double>& gradient, double factor) {
    ++steps;
    first.resize(values.size());
    second.resize(values.size());
    for (const ParameterKind kind : parameter_kinds) {
      const auto row = static_cast<std::size_t>(kind);
      const AdamStep adam(spec.beta1, spec.beta2, spec.epsilon, steps);
      const double rate = spec.rate[row] * factor;
      for (std::size_t n = 0; n < network.layout().count(kind); ++n) {
        const std::size_t k = network.layout().offset(kind) + n;
        if (rate == 0.0 || !learning.learned[k]) continue;
        double x = values[k] - adam(rate, gradient[k], first[k], second[k]);
        if (spec.decay[row] > 0.0) x -= rate * spec.decay[row] * values[k];
        const double shrink = rate * spec.l1[row];
        if (shrink > 0.0) x = std::fabs(x) > shrink ? x - std::copysign(shrink, x) : 0.0;
        values[k] = std::clamp(x, learning.lower[k], learning.upper[k]);
      }
    }
  }
};

}  // namespace

TEST_CASE("moments of what is learned alone step as moments of everything, bit for bit") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 20});
  const auto n = builder.add({.name = "n", .size = 30});
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t i = 0; i < 20; ++i)
    for (std::uint32_t j = 0; j < 30; ++j) synapses.push_back({i, j, 0.1 * i - 0.05 * j, 2.0});
  builder.connect(in, n, std::move(synapses));
  const Network network = builder.build();
  const ParameterLayout& layout = network.layout();
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    Random random(seed, "whole Adam");
    AdamSpec spec;
    for (std::size_t k = 0; k < parameter_kind_count; ++k) {
      spec.rate[k] = random.index(4) == 0 ? 0.0 : random.uniform(0.0, 0.2);
      spec.decay[k] = random.index(2) == 0 ? 0.0 : 0.1;
      spec.l1[k] = random.index(2) == 0 ? 0.0 : 0.2;
    }
    Learning learning = Learning::none(network);
    for (std::size_t k = 0; k < layout.size(); k += 1 + random.index(seed % 2 ? 3 : 200)) {
      const std::size_t count = std::min<std::size_t>(layout.size() - k, 1 + random.index(90));
      learning.learned.fill(k, count, static_cast<char>(random.index(2)));
      learning.lower.fill(k, count, -random.uniform());
      learning.upper.fill(k, count, random.uniform());
    }
    const auto drawn = [&] {
      std::vector<double> all;
      for (std::size_t k = 0; k < layout.size(); ++k) all.push_back(random.normal());
      return all;
    };
    std::vector<double> values = drawn(), expected = values;
    Adam adam(layout, learning, spec);
    WholeAdam whole{network, learning, spec, {}, {}};
    for (int step = 0; step < 4; ++step) {
      const std::vector<double> gradient = drawn();
      // Where no delay is learned, their gradients may be left out.
      const GradientLayout lies(layout, learning.any(layout, ParameterKind::delay));
      std::vector<double> given(lies.size());
      for (std::size_t k = 0; k < layout.size(); ++k)
        if (learning.learned[k]) given[lies.place(k)] = gradient[k];
      adam.step(values, given, lies, 0.5);
      whole.step(expected, gradient, 0.5);
    }
    CHECK(values == expected);
    CHECK(adam.state().first_moment.size() == learning.count());
    CHECK(adam.state().second_moment.size() == learning.count());
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < layout.size(); ++k) {
      const Adam::Moments moments = adam.moments(k);
      wrong += moments.first != whole.first[k] || moments.second != whole.second[k];
    }
    CHECK(wrong == 0);
    const std::size_t last = layout.synapses / 2;
    adam.forget(last);
    CHECK(adam.moments(last).first == 0.0);
    CHECK(adam.moments(last + 1).first == whole.first[last + 1]);
  }
}
