#include <array>
#include <fmt/format.h>
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

// Where the numbers of a distribution stand.
struct Written {
  TomlTable& table;
  bool is_time;
  const Range& range;

  const char* one() const { return is_time ? "\"1 ms\"" : "1.0"; }
  // What scales draws of one sign.
  double scale(const char* key) const {
    const Range scales = range.low >= 0.0 ? Range::positive() : Range::any();
    const TomlValue value = table.require(key, fmt::format("{} = {}", key, one()));
    const double x = read_value(value, is_time, scales);
    if (x == 0.0)
      value.fail(
          fmt::format("{} makes all draws 0; write another number, or 0 "
                      "instead of the distribution",
                      value.found()));
    return x;
  }
};

Distribution read_uniform(const Written& written) {
  const auto& [table, is_time, range] = written;
  const std::string remedy =
      is_time ? "low = \"1 ms\" and high = \"1 ms\"" : "low = 1.0 and high = 1.0";
  const double low = read_value(table.require("low", remedy), is_time, range);
  const TomlValue value = table.require("high", remedy);
  const double high = read_value(value, is_time, range);
  if (high < low)
    value.fail(fmt::format("{} lies below low; exchange low and high", value.found()));
  return Distribution::uniform(low, high);
}

Distribution read_truncated(const Written& written, double mean, double std) {
  const auto& [table, is_time, range] = written;
  const auto low = table.find("low"), high = table.find("high");
  if (!low && !high)
    table.fail(
        "it has neither low nor high, beyond which draws are drawn again; write one of them, "
        "or distribution = \"normal\"");
  Distribution::Bounds kept{range.low, range.high, range.low_open, range.high_open};
  if (low) kept.low = read_value(*low, is_time, range);
  if (high) kept.high = read_value(*high, is_time, range);
  if (kept.high < kept.low) (high ? *high : *low).fail("low lies above high; exchange them");
  const double share = Distribution::share_within(mean, std, kept);
  if (share < Distribution::least_kept)
    table.fail(
        fmt::format("only {:.3g} of the draws of this normal distribution lie within low and "
                    "high, and at least {} have to; move them to where the mean is, or write "
                    "a larger std",
                    share, Distribution::least_kept));
  return Distribution::truncated_normal(mean, std, kept);
}

Distribution read_kind(Kind kind, const Written& written) {
  const auto& [table, is_time, range] = written;
  switch (kind) {
    case Kind::uniform:
      break;
    case Kind::normal:
    case Kind::truncated_normal: {
      const std::string remedy = fmt::format("mean = {0} and std = {0}", written.one());
      const double mean = read_value(table.require("mean", remedy), is_time, Range::any());
      const bool cut = kind == Kind::truncated_normal;
      const double std = read_value(table.require("std", remedy), is_time,
                                    cut ? Range::positive() : Range::not_negative());
      return cut ? read_truncated(written, mean, std) : Distribution::normal(mean, std);
    }
    case Kind::lognormal: {
      const double median = written.scale("median");
      return Distribution::lognormal(
          median, table.require("sigma", "sigma = 0.5, the deviation of the logarithm")
                      .number({0.0, Distribution::largest_sigma}));
    }
    case Kind::exponential:
      return Distribution::exponential(written.scale("mean"));
    case Kind::gamma: {
      const double shape = table.require("shape", "shape = 2.0")
                               .number({Distribution::smallest_shape, Distribution::largest_shape});
      return Distribution::gamma(shape, written.scale("scale"));
    }
    case Kind::constant:
      return Distribution::constant(read_value(
          table.require("value", fmt::format("value = {}", written.one())), is_time, range));
  }
  return read_uniform(written);
}

}  // namespace

double read_value(const TomlValue& value, bool is_time, const Range& range) {
  return is_time ? value.time(range) : value.number(range);
}

Distribution read_distribution(const TomlValue& value, bool is_time, const Range& range,
                               const Range& clip) {
  TomlTable table = value.table();
  table.known(
      {"distribution", "low", "high", "mean", "std", "median", "sigma", "shape", "scale", "value"});
  std::vector<std::string> names;
  names.reserve(std::size(all_kinds));
  for (const Named& named : all_kinds) names.emplace_back(named.name);
  const Named& named =
      all_kinds[table.require("distribution", "distribution = \"uniform\", \"normal\" or another")
                    .choice(names)];
  const Distribution result = read_kind(named.kind, {table, is_time, range});
  table.finish(
      fmt::format("does not belong to a {} distribution, which has {}", named.name, named.keys));
  return result.within(clip.low, clip.high);
}

}  // namespace retrograde
