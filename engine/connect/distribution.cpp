#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

#include <retrograde/engine/connect/distribution.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Of all draws of a normal distribution with mean 0 and deviation 1, those between two numbers.
double share_between(double low, double high) {
  const auto below = [](double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); };
  return low > 0.0 ? below(-low) - below(-high) : below(high) - below(low);
}

// Marsaglia and Tsang, ACM TOMS 26 (2000); shapes below 1 by a power of a uniform number.
double draw_gamma(double shape, Random& random) {
  if (shape < 1.0) {
    const double of_more = draw_gamma(shape + 1.0, random);
    return of_more * std::pow(1.0 - random.uniform(), 1.0 / shape);
  }
  const double d = shape - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = random.normal(), root = 1.0 + c * x;
    if (!(root > 0.0)) continue;
    const double v = root * root * root;
    if (std::log(1.0 - random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

void require(bool right, const char* distribution, const char* key, double value,
             const char* remedy) {
  if (!right) throw NetworkError(distribution, fmt::format("its {} is {}; {}", key, value, remedy));
}
// What has no bounds of its own.
void require_finite(const char* distribution, const char* key, double value) {
  require(std::isfinite(value), distribution, key, value, "it must be finite");
}
// What scales draws of one sign: 0 would make all of them 0.
void require_scale(const char* distribution, const char* key, double value) {
  require(std::isfinite(value) && value != 0.0, distribution, key, value,
          "it must be finite and not 0; give the number 0 instead of the distribution");
}

}  // namespace

double Distribution::share_within(double mean, double std, const Bounds& kept) {
  return share_between((kept.low - mean) / std, (kept.high - mean) / std);
}

Distribution Distribution::uniform(double low, double high) {
  require_finite("uniform", "low", low);
  require(std::isfinite(high) && high >= low, "uniform", "high", high,
          "it must be finite and not below low");
  return {Kind::uniform, low, high};
}

Distribution Distribution::normal(double mean, double std) {
  require_finite("normal", "mean", mean);
  require(std::isfinite(std) && std >= 0.0, "normal", "std", std,
          "it must be finite and not below 0");
  return {Kind::normal, mean, std};
}

Distribution Distribution::truncated_normal(double mean, double std, const Bounds& kept) {
  require_finite("truncated_normal", "mean", mean);
  require(std::isfinite(std) && std > 0.0, "truncated_normal", "std", std,
          "it must be finite and above 0");
  const double share = share_within(mean, std, kept);
  require(share >= least_kept, "truncated_normal", "share of draws within low and high", share,
          "it must be 0.001 at least; move them to where the mean is, or give a larger std");
  Distribution result(Kind::truncated_normal, mean, std);
  result.kept_ = kept;
  return result;
}

Distribution Distribution::lognormal(double median, double sigma) {
  require_scale("lognormal", "median", median);
  require(sigma >= 0.0 && sigma <= largest_sigma, "lognormal", "sigma", sigma,
          "it must be at least 0 and at most 10");
  return {Kind::lognormal, median, sigma};
}

Distribution Distribution::exponential(double mean) {
  require_scale("exponential", "mean", mean);
  return {Kind::exponential, mean, 0.0};
}

Distribution Distribution::gamma(double shape, double scale) {
  require(shape >= smallest_shape && shape <= largest_shape, "gamma", "shape", shape,
          "it must be at least 0.001 and at most 1e6");
  require_scale("gamma", "scale", scale);
  return {Kind::gamma, shape, scale};
}

Distribution Distribution::constant(double value) {
  require_finite("constant", "value", value);
  return {Kind::constant, value, 0.0};
}

Distribution Distribution::within(double low, double high) const {
  Distribution result = *this;
  result.clip_ = {std::max(low, clip_.low), std::min(high, clip_.high)};
  return result;
}

double Distribution::draw(Random& random) const {
  const auto clipped = [&](double x) { return std::clamp(x, clip_.low, clip_.high); };
  switch (kind_) {
    case Kind::uniform:
      return random.uniform(first_, second_);
    case Kind::normal:
      return clipped(random.normal(first_, second_));
    case Kind::truncated_normal:
      for (;;)
        if (const double x = random.normal(first_, second_); kept_.contains(x)) return clipped(x);
    case Kind::lognormal:
      return clipped(first_ * std::exp(second_ * random.normal()));
    case Kind::exponential:
      return clipped(-first_ * std::log1p(-random.uniform()));
    case Kind::gamma:
      return clipped(second_ * draw_gamma(first_, random));
    case Kind::constant:
      break;
  }
  return first_;
}

}  // namespace retrograde
