// Time weights against their formulas and against quadrature.
#include <boost/math/quadrature/gauss.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include <retrograde/engine/neuron/quadrature.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>

using namespace retrograde;

namespace {

constexpr Time duration = 40.0;

std::vector<TimeWeight> weights() {
  return {TimeWeight(),     TimeWeight(never),    TimeWeight(15.0),
          TimeWeight(0.01), TimeWeight::linear(), TimeWeight::sigmoid()};
}

// By 30 nodes on each of `pieces` equal pieces.
template <typename F>
double integrate(const F& f, double from, double to, int pieces) {
  double sum = 0.0;
  for (int k = 0; k < pieces; ++k)
    sum += boost::math::quadrature::gauss<double, 30>::integrate(
        f, from + (to - from) * k / pieces, from + (to - from) * (k + 1) / pieces);
  return sum;
}

}  // namespace

TEST_CASE("time weights are 1, e^(-t/tau), 1 - t/T and 1/(1 + e^((t/T - 0.5)/0.2))") {
  for (const Time t : {0.0, 10.0, 20.0, 39.0, 40.0}) {
    CAPTURE(t);
    CHECK(TimeWeight().at(t, duration) == 1.0);
    CHECK(TimeWeight(never).at(t, duration) == 1.0);
    CHECK(std::fabs(TimeWeight(15.0).at(t, duration) - std::exp(-t / 15.0)) < 1e-16);
    CHECK(std::fabs(TimeWeight::linear().at(t, duration) - (1.0 - t / 40.0)) < 1e-16);
    const double s = 1.0 / (1.0 + std::exp((t / 40.0 - 0.5) / 0.2));
    CHECK(std::fabs(TimeWeight::sigmoid().at(t, duration) - s) < 1e-15);
  }
  CHECK(TimeWeight() == TimeWeight(never));
  CHECK(!(TimeWeight::linear() == TimeWeight::sigmoid()));
  CHECK(!(TimeWeight(1.0) == TimeWeight(2.0)));
}

TEST_CASE("a stretch of a weight is the weight") {
  for (const TimeWeight& w : weights()) {
    if (!w.has_closed_form()) continue;
    CAPTURE(static_cast<int>(w.kind()), w.tau());
    for (const auto& [from, to] : std::vector<std::pair<Time, Time>>{{0, 40}, {3, 3.5}, {39, 40}}) {
      const WeightStretch<double> x = w.stretch(from, to, duration);
      for (const double part : {0.0, 0.3, 1.0}) {
        const double h = to - from, s = part * h;
        const double value = (x.level + x.fall * (h - s)) * std::exp(-x.rate * s);
        CHECK(std::fabs(value - w.at(from + s, duration)) <= 1e-14 * w.at(from + s, duration));
        CHECK(x.scaled(3.0).level == 3.0 * x.level);
        CHECK(x.scaled(3.0).fall == 3.0 * x.fall);
      }
    }
  }
}

TEST_CASE("integrals of time weights agree with quadrature, over long and short stretches") {
  for (const TimeWeight& w : weights()) {
    CAPTURE(static_cast<int>(w.kind()), w.tau());
    for (const auto& [from, to] : std::vector<std::pair<Time, Time>>{
             {0, 40}, {0, 0.1}, {3, 3 + 1e-9}, {12, 30}, {39, 40}, {7, 7}}) {
      CAPTURE(from, to);
      const double expected =
          integrate([&w = w](double t) { return w.at(t, duration); }, from, to, 200);
      CHECK(std::fabs(w.integral(from, to, duration) - expected) <= 1e-13 * expected);
    }
  }
}

TEST_CASE("quadrature nodes are ascending, inside, and sum to the length") {
  for (const double fastest : {0.01, 1.0, 1e6})
    for (const Time h : {1e-9, 0.5, 40.0}) {
      double sum = 0.0;
      Time before = 0.0;
      for_each_node(h, fastest, duration, [&](Time s, double w) {
        CHECK(s > before);
        CHECK(s < h);
        CHECK(w > 0.0);
        before = s;
        sum += w;
      });
      CHECK(std::fabs(sum - h) < 1e-14 * h);
    }
  for_each_node(0.0, 1.0, duration, [](Time, double) { FAIL("a node of nothing"); });
}

TEST_CASE("quadrature nodes integrate the sigmoid times any exponential to rounding error") {
  // Reference: the same integral in 50 digits, by 30 nodes on each of 40 panels that double from
  // 1e-3 of the time constant on.
  using Wide = boost::multiprecision::cpp_bin_float_50;
  using Rule = boost::math::quadrature::gauss<Wide, 30>;
  const TimeWeight w = TimeWeight::sigmoid();
  for (const double from : {0.0, 13.0})
    for (const double h : {0.02, 3.0, 27.0})
      for (const double fastest : {0.05, 1.0, 1e3, 1e6})
        for (const double rate : {0.0, 1e-3 * fastest, 0.1 * fastest, fastest}) {
          CAPTURE(from, h, fastest, rate);
          double sum = 0.0;
          for_each_node(h, fastest, duration, [&](Time s, double weight) {
            sum += weight * w.at(from + s, duration) * std::exp(-rate * s);
          });
          Wide expected = 0, begin = 0, length = rate == 0.0 ? h : std::min(h, 1e-3 / rate);
          while (begin < h) {
            length = std::min(Wide(length), Wide(5));
            const Wide end = std::min(Wide(begin + length), Wide(h));
            expected += Rule::integrate(
                [&](const Wide& s) {
                  return Wide(exp(-rate * s) /
                              (1 + exp(((from + s) / Wide(duration) - Wide(1) / 2) * 5)));
                },
                begin, end);
            begin = end;
            length *= 2;
          }
          CHECK(std::fabs(sum - static_cast<double>(expected)) <
                2e-15 * static_cast<double>(expected));
        }
}
