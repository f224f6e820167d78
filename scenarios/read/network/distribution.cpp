#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/network/distribution.hpp>

namespace retrograde {

namespace {

using Kind = Distribution::Kind;

struct Named {
  Kind kind;
  const char* name;
  const char* keys;  // what it has, for messages
};
constexpr std::array all_kinds = {
    Named{Kind::uniform, "uniform", "low and high"},
    Named{Kind::normal, "normal", "mean and std"},
    Named{Kind::truncated_normal, "truncated_normal", "mean, std, and low or high or both"},
    Named{Kind::lognormal, "lognormal", "median and sigma"},
    Named{Kind::exponential, "exponential", "mean"},
    Named{Kind::gamma, "gamma", "shape and scale"},
    Named{Kind::constant, "constant", "value"}};

constexpr double largest_sigma = 10.0, largest_shape = 1e6, smallest_shape = 1e-3;
// Of the draws of a normal distribution that truncation keeps: the others cost time.
constexpr double least_kept = 1e-3;

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

}  // namespace

double read_value(const TomlValue& value, bool is_time, const Range& range) {
  return is_time ? value.time(range) : value.number(range);
}

Distribution::Distribution(const TomlValue& value, bool is_time, const Range& range,
                           const Range& clip)
    : clip_(clip) {
  TomlTable table = value.table();
  table.known(
      {"distribution", "low", "high", "mean", "std", "median", "sigma", "shape", "scale", "value"});
  std::vector<std::string> names;
  for (const Named& named : all_kinds) names.emplace_back(named.name);
  const Named& named =
      all_kinds[table.require("distribution", "distribution = \"uniform\", \"normal\" or another")
                    .choice(names)];
  kind_ = named.kind;
  const char* const one = is_time ? "\"1 ms\"" : "1.0";
  // What scales draws of one sign.
  const Range scales = range.low >= 0.0 ? Range::positive() : Range::any();
  const auto scale = [&](const char* key) {
    const TomlValue written = table.require(key, fmt::format("{} = {}", key, one));
    const double x = read_value(written, is_time, scales);
    if (x == 0.0)
      written.fail(
          fmt::format("{} makes all draws 0; write another number, or 0 "
                      "instead of the distribution",
                      written.found()));
    return x;
  };
  switch (kind_) {
    case Kind::uniform:
      read_ends(table, is_time, range);
      break;
    case Kind::normal:
    case Kind::truncated_normal: {
      const std::string remedy = fmt::format("mean = {0} and std = {0}", one);
      first_ = read_value(table.require("mean", remedy), is_time, Range::any());
      const bool cut = kind_ == Kind::truncated_normal;
      second_ = read_value(table.require("std", remedy), is_time,
                           cut ? Range::positive() : Range::not_negative());
      if (cut) read_truncated(table, is_time, range);
      break;
    }
    case Kind::lognormal:
      first_ = scale("median");
      second_ = table.require("sigma", "sigma = 0.5, the deviation of the logarithm")
                    .number({0.0, largest_sigma});
      break;
    case Kind::exponential:
      first_ = scale("mean");
      break;
    case Kind::gamma:
      first_ = table.require("shape", "shape = 2.0").number({smallest_shape, largest_shape});
      second_ = scale("scale");
      break;
    case Kind::constant:
      first_ = read_value(table.require("value", fmt::format("value = {}", one)), is_time, range);
      break;
  }
  table.finish(
      fmt::format("does not belong to a {} distribution, which has {}", named.name, named.keys));
}

void Distribution::read_ends(TomlTable& table, bool is_time, const Range& range) {
  const std::string remedy =
      is_time ? "low = \"1 ms\" and high = \"1 ms\"" : "low = 1.0 and high = 1.0";
  first_ = read_value(table.require("low", remedy), is_time, range);
  const TomlValue high = table.require("high", remedy);
  second_ = read_value(high, is_time, range);
  if (second_ < first_)
    high.fail(fmt::format("{} lies below low; exchange low and high", high.found()));
}

void Distribution::read_truncated(TomlTable& table, bool is_time, const Range& range) {
  const auto low = table.find("low"), high = table.find("high");
  if (!low && !high)
    table.fail(
        "it has neither low nor high, beyond which draws are drawn again; write one of them, "
        "or distribution = \"normal\"");
  kept_ = range;
  if (low) kept_.low = read_value(*low, is_time, range);
  if (high) kept_.high = read_value(*high, is_time, range);
  if (kept_.high < kept_.low) (high ? *high : *low).fail("low lies above high; exchange them");
  const double share =
      share_between((kept_.low - first_) / second_, (kept_.high - first_) / second_);
  if (share < least_kept)
    table.fail(
        fmt::format("only {:.3g} of the draws of this normal distribution lie within low and "
                    "high, and at least {} have to; move them to where the mean is, or write "
                    "a larger std",
                    share, least_kept));
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
