// The reference engine (tests/support) against the differential equations themselves: Taylor series
// of the equations as its header and docs/mathematics.md state them, stepped in 56 digits.
#include "tests/support/reference_engine.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;
using namespace retrograde::test;

namespace {

// Coefficients of a power series per unknown.
using Series = std::vector<std::vector<Wide>>;

constexpr std::size_t order = 60;

// One Taylor step of at most `limit`: `extend(series, n)` gives coefficient n + 1 of every unknown
// from the coefficients up to n. Returns the step, the unknowns at its end replace `x`.
template <typename Extend>
Wide taylor_step(std::vector<Wide>& x, const Wide& limit, const Extend& extend, Series& series) {
  series.assign(x.size(), {});
  for (std::size_t k = 0; k < x.size(); ++k) series[k].push_back(x[k]);
  for (std::size_t n = 0; n < order; ++n) {
    const std::vector<Wide> next = extend(series, n);
    for (std::size_t k = 0; k < x.size(); ++k) series[k].push_back(next[k]);
  }
  // The last terms stay below 1e-58.
  double h = static_cast<double>(limit);
  for (const auto& list : series)
    for (std::size_t n = order - 1; n <= order; ++n)
      if (list[n] != 0)
        h = std::min(h, std::exp(static_cast<double>(log(Wide(Wide("1e-58") / abs(list[n])))) /
                                 static_cast<double>(n)));
  const Wide step = h < static_cast<double>(limit) ? Wide(h) : limit;
  for (std::size_t k = 0; k < x.size(); ++k) {
    Wide sum = 0;
    for (std::size_t n = order + 1; n-- > 0;) sum = sum * step + series[k][n];
    x[k] = sum;
  }
  return step;
}

// Unknowns: y, A, and I, H per receptor; then e^(g t) times the integral of e^(-g t) y.
template <typename T>
std::vector<Wide> unknowns(const Linear<T>& x) {
  std::vector<Wide> list{x.y, x.a};
  for (std::size_t r = 0; r < most_receptors; ++r) {
    list.push_back(x.i[r]);
    list.push_back(x.h[r]);
  }
  return list;
}

std::vector<Wide> flow_by_series(const LinearDynamics<Wide>& d, const Linear<Wide>& start,
                                 const Wide& duration) {
  std::vector<Wide> x = unknowns(start);
  const auto extend = [&](const Series& c, std::size_t n) {
    std::vector<Wide> next(c.size(), Wide(0));
    Wide current = 0;
    for (std::size_t r = 0; r < d.receptors; ++r) {
      const Wide& i = c[2 + 2 * r][n];
      const Wide& h = c[3 + 2 * r][n];
      current += i;
      next[2 + 2 * r] = d.syn[r] * (d.alpha[r] ? Wide(h - i) : Wide(-i)) / (n + 1);
      if (d.alpha[r]) next[3 + 2 * r] = -d.syn[r] * h / (n + 1);
    }
    next[0] = d.mem * (current - c[0][n]) / (n + 1);
    if (d.adapts) next[1] = -d.adapt * c[1][n] / (n + 1);
    return next;
  };
  Series series;
  for (Wide time = 0; time < duration;)
    time += taylor_step(x, Wide(duration - time), extend, series);
  return x;
}

struct RandomState {
  LinearDynamics<Wide> dynamics;
  Linear<Wide> x;
};

// Up to four receptors of either shape; time constants are often equal or nearly so.
RandomState random_state(std::uint64_t seed) {
  Random random(seed, "reference state");
  const auto ratio = [&] {
    const double near[] = {0.0, 1e-3, -1e-5, 1e-8, -1e-12};
    const auto k = random.index(8);
    return k < 5 ? Wide(1 + Wide(near[k])) : Wide(random.uniform(0.1, 3.0));
  };
  RandomState s;
  s.dynamics.mem = 1 / Wide(random.uniform(5.0, 20.0));
  s.dynamics.receptors = 1 + random.index(most_receptors);
  s.dynamics.adapts = random.index(2) == 0;
  s.dynamics.adapt = 1 / Wide(random.uniform(10.0, 200.0));
  s.x.one = 1;
  s.x.y = random.uniform(-1.5, 0.9);
  if (s.dynamics.adapts) s.x.a = random.uniform(0.0, 0.5);
  for (std::size_t r = 0; r < s.dynamics.receptors; ++r) {
    s.dynamics.alpha[r] = random.index(2) == 0;
    s.dynamics.syn[r] = s.dynamics.mem * ratio();
    s.x.i[r] = random.uniform(-3.0, 5.0);
    if (s.dynamics.alpha[r]) s.x.h[r] = random.uniform(-3.0, 5.0);
  }
  return s;
}

double distance(const Wide& a, const Wide& b) {
  return static_cast<double>(abs(a - b) / (1 + abs(b)));
}

}  // namespace

TEST_CASE("the reference's exponential agrees with Boost's to 53 digits") {
  Random random(1, "exponential");
  double worst = 0.0;
  for (int k = 0; k < 300; ++k) {
    const Wide x = random.normal() * std::pow(10.0, random.uniform(-12.0, 2.0));
    const Wide expected = exp(x);
    worst = std::max(worst, static_cast<double>(abs(exponential(x) - expected) / expected));
  }
  CAPTURE(worst);
  CHECK(worst < 1e-53);
}

TEST_CASE("the reference's flow of linear neurons solves their equations to 50 digits") {
  double worst = 0.0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto [dynamics, x] = random_state(seed);
    const Wide duration = Random(seed, "duration").uniform(0.1, 60.0);
    const auto expected = flow_by_series(dynamics, x, duration);
    const auto flow = unknowns(dynamics.flow(x, duration));
    const auto held = unknowns(dynamics.held(x, duration));
    for (std::size_t k = 0; k < flow.size(); ++k) {
      worst = std::max(worst, distance(flow[k], expected[k]));
      worst = std::max(worst, distance(held[k], k == 0 ? x.y : expected[k]));
    }
  }
  CAPTURE(worst);
  CHECK(worst < 1e-50);
}

TEST_CASE("the reference finds the first crossing: none is earlier, none is missed") {
  std::size_t crossings = 0, grazing = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const auto [dynamics, x] = random_state(seed);
    const LinearDynamics<double> coarse = dynamics.as<double>();
    const Wide horizon = 80;
    Linear<Wide> f;
    f.y = 1;
    f.a = -1;
    Random random(seed, "threshold");
    f.one = -random.uniform(1.0, 1.8);
    if (seed % 2 == 0) {
      // The threshold at the first maximum of V - A, or a hair beside it.
      Linear<Wide> rising = dynamics.slope(f), falling;
      Wide from = 0;
      if (dynamics.value(rising, x) <= 0) {
        const auto turn = first_zero(dynamics, rising, x, 0, horizon);
        if (!turn) continue;
        from = *turn + Wide("1e-20");
      }
      falling.y = -1;
      falling.a = 1;
      const auto top = first_zero(dynamics, dynamics.slope(falling), x, from, horizon);
      if (!top) continue;
      const Wide at = dynamics.value(f, dynamics.flow(x, *top));
      const Wide hair = (seed % 4 == 0 ? 1 : -1) * pow(Wide(10), Wide(-random.uniform(3.0, 30.0)));
      f.one += hair - at;  // f is `hair` there
      if (dynamics.value(f, x) >= 0) continue;
      ++grazing;
      const auto bound = lower_bound(coarse, as<double>(f), as<double>(x), 80.0);
      const auto zero = bound ? first_zero(dynamics, f, x, *bound, horizon) : std::nullopt;
      CAPTURE(seed, static_cast<double>(hair));
      if (hair > 0) {
        REQUIRE(zero);
        CHECK(*zero < *top);
        CHECK(abs(dynamics.value(f, dynamics.flow(x, *zero))) < Wide("1e-48"));
      } else if (zero) {
        CHECK(*zero > *top);
      }
      continue;
    }
    if (dynamics.value(f, x) >= 0) continue;
    const auto bound = lower_bound(coarse, as<double>(f), as<double>(x), 80.0);
    const auto zero = bound ? first_zero(dynamics, f, x, *bound, horizon) : std::nullopt;
    CAPTURE(seed);
    if (zero) {
      ++crossings;
      CHECK(abs(dynamics.value(f, dynamics.flow(x, *zero))) < Wide("1e-44"));
      CHECK(dynamics.value(dynamics.slope(f), dynamics.flow(x, *zero)) > 0);
    }
    const double last = zero ? static_cast<double>(*zero) : 80.0;
    double highest = -1.0;
    for (int k = 0; k < 4000; ++k)
      highest = std::max(
          highest, coarse.value(as<double>(f), coarse.flow(as<double>(x), last * k / 4000.0)));
    CHECK(highest < 1e-12);
  }
  CHECK(crossings > 50);
  CHECK(grazing > 50);
}

TEST_CASE("bounds of the reference's march hold along the flow") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const auto [dynamics, x] = random_state(seed);
    const LinearDynamics<double> d = dynamics.as<double>();
    Linear<double> f;
    f.y = 1.0;
    f.a = -1.0;
    for (int derivative = 0; derivative < 3; ++derivative, f = d.slope(f))
      for (const double sign : {1.0, -1.0}) {
        Linear<double> g = f;
        g.y *= sign;
        g.a *= sign;
        for (std::size_t r = 0; r < most_receptors; ++r) {
          g.i[r] *= sign;
          g.h[r] *= sign;
        }
        const double bound = d.at_most(g, as<double>(x));
        double highest = -1e300;
        for (int k = 0; k < 300; ++k)
          highest = std::max(highest, d.value(g, d.flow(as<double>(x), 0.3 * k)));
        CAPTURE(seed, derivative, sign);
        CHECK(highest <= bound + 1e-12);
      }
  }
}

TEST_CASE("the reference's quadratic neuron solves its equation to 45 digits, through its spikes") {
  double worst = 0.0, worst_spike = 0.0;
  std::size_t spikes = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed, "quadratic state");
    const Wide tau_mem = random.uniform(4.0, 20.0), tau_syn = random.uniform(1.0, 8.0);
    const Wide k = tau_mem / (2 * tau_syn);
    const QuadraticDynamics d{1 / tau_mem, 1 / (2 * tau_syn)};
    QuadraticDynamics::State x{1, -Wide(random.uniform(-1.0, 2.0)),
                               Wide(random.uniform(seed % 3 == 0 ? -30.0 : 0.0, 120.0))};
    const Wide duration = random.uniform(5.0, 30.0);

    // V, or 1/V where V is large, and I: V'= (V (V - k) + I)/tau_mem, (1/V)' = -(1 - k/V + I/V^2)
    // /tau_mem. A spike is a zero of 1/V, which goes on as if nothing were.
    std::vector<Wide> now{-x.slope / x.u, x.i};
    bool inverse = false;
    Wide time = 0;
    std::vector<Wide> found;
    Series series;
    while (time < duration) {
      if (abs(now[0]) > 3) {
        now[0] = 1 / now[0];
        inverse = !inverse;
      } else if (inverse && abs(now[0]) > Wide(0.5)) {
        now[0] = 1 / now[0];
        inverse = false;
      }
      const auto extend = [&](const Series& c, std::size_t n) {
        const auto product = [&](std::size_t p, std::size_t q, std::size_t m) {
          Wide sum = 0;
          for (std::size_t j = 0; j <= m; ++j) sum += c[p][j] * c[q][m - j];
          return sum;
        };
        Wide v;
        if (inverse) {
          Wide cubic = 0;  // coefficient n of I/V^2
          for (std::size_t j = 0; j <= n; ++j) cubic += c[1][j] * product(0, 0, n - j);
          v = -((n == 0 ? Wide(1) : Wide(0)) - k * c[0][n] + cubic) / tau_mem;
        } else {
          v = (product(0, 0, n) - k * c[0][n] + c[1][n]) / tau_mem;
        }
        return std::vector<Wide>{v / (n + 1), -c[1][n] / tau_syn / (n + 1)};
      };
      const Wide before = now[0];
      const Wide step = taylor_step(now, Wide(duration - time), extend, series);
      if (inverse && before > 0 && now[0] <= 0) {
        Wide s = 0;
        for (int newton = 0; newton < 20; ++newton) {
          Wide value = 0, slope = 0;
          for (std::size_t n = order + 1; n-- > 0;) {
            slope = slope * s + value;
            value = value * s + series[0][n];
          }
          s -= value / slope;
        }
        found.push_back(time + s);
      }
      time += step;
    }

    time = 0;
    for (const Wide& expected : found) {
      const auto spike = d.next_spike(x);
      REQUIRE(spike);
      time += *spike;
      worst_spike = std::max(worst_spike, distance(time, expected));
      x = {0, 1, d.flow(x, *spike).i};
      ++spikes;
    }
    const auto later = d.next_spike(x);
    CHECK((!later || time + *later >= duration));
    x = d.flow(x, duration - time);
    const Wide v = -x.slope / x.u;
    worst = std::max(worst, distance(inverse ? Wide(1 / v) : v, now[0]));
    worst = std::max(worst, distance(x.i, now[1]));
  }
  CAPTURE(worst, worst_spike);
  CHECK(worst < 1e-45);
  CHECK(worst_spike < 1e-45);
  CHECK(spikes > 30);
}

TEST_CASE("voltages, integrals and maxima of a reference run agree with each other") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto out = builder.add({.name = "out",
                                .model = Model::cuba_li,
                                .size = 1,
                                .tau_mem = {9.0},
                                .tau_syn = {4.0},
                                .bias = {0.2}});
  builder.connect(in, out, {{0, 0, 2.0, 1.0}, {1, 0, -1.5, 0.5}});
  const Network network = builder.build();
  const Trial trial{40.0, {{2.0, 0}, {8.0, 1}, {15.0, 0}}};
  const ReferenceRun run = ReferenceEngine(network, trial).run();
  const NeuronId n = 2;
  for (const double tau_weight : {never, 12.0}) {
    Wide sum = 0;
    const double instants[] = {0.0, 3.0, 8.5, 16.0, 40.0};  // arrivals
    for (int piece = 0; piece < 4; ++piece)
      for (int panel = 0; panel < 10; ++panel) {
        const Wide width = Wide(instants[piece + 1] - instants[piece]) / 10;
        const Wide from = instants[piece] + panel * width;
        sum += boost::math::quadrature::gauss<Wide, 30>::integrate(
            [&](const Wide& t) {
              const Wide v = run.voltage(n, t);
              return tau_weight == never ? v : Wide(v * exp(-t / tau_weight));
            },
            from, Wide(from + width));
      }
    CAPTURE(tau_weight);
    CHECK(distance(run.integral(n, tau_weight), sum) < 1e-48);
  }
  for (const double to : {5.0, 16.0, 40.0}) {
    const auto most = run.maximum(n, 1, to);
    Wide sampled = -1;
    for (int k = 0; k <= 4000; ++k) {
      const Wide v = run.voltage(n, Wide(1 + (to - 1) * k / 4000.0));
      if (v > sampled) sampled = v;
    }
    CAPTURE(to);
    CHECK(most.voltage >= sampled);
    CHECK(most.voltage - sampled < Wide("1e-5"));
    CHECK(abs(run.voltage(n, most.time) - most.voltage) < Wide("1e-50"));
  }
}
