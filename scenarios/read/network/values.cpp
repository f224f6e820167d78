#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/read/network/values.hpp>

namespace retrograde {

double read_value(const TomlValue& value, bool is_time, const Range& range) {
  return is_time ? value.time(range) : value.number(range);
}

Distribution::Distribution(const TomlValue& value, bool is_time, const Range& range,
                           const Range& clip)
    : clip_(clip) {
  TomlTable table = value.table();
  table.known({"distribution", "low", "high", "mean", "std"});
  const auto kind = table.require("distribution", "distribution = \"uniform\" or \"normal\"");
  normal_ = kind.choice({"uniform", "normal"}) == 1;
  const char* one = is_time ? "\"1 ms\"" : "1.0";
  if (normal_) {
    const std::string remedy = fmt::format("mean = {0} and std = {0}", one);
    const TomlValue mean = table.require("mean", remedy);
    first_ = is_time ? mean.time(Range::any()) : mean.number();
    second_ = read_value(table.require("std", remedy), is_time, Range::not_negative());
  } else {
    const std::string remedy = fmt::format("low = {0} and high = {0}", one);
    first_ = read_value(table.require("low", remedy), is_time, range);
    const TomlValue high = table.require("high", remedy);
    second_ = read_value(high, is_time, range);
    if (second_ < first_)
      high.fail(fmt::format("{} lies below low; exchange low and high", high.found()));
  }
  table.finish(fmt::format("does not belong to a {} distribution, which has {}",
                           normal_ ? "normal" : "uniform",
                           normal_ ? "mean and std" : "low and high"));
}

double Distribution::draw(Random& random) const {
  if (!normal_) return random.uniform(first_, second_);
  return std::clamp(random.normal(first_, second_), clip_.low, clip_.high);
}

std::vector<double> read_neuron_values(const TomlValue& value, ParameterKind kind,
                                       std::uint32_t size, const Range& range, const Range& clip,
                                       Random random) {
  const bool time = is_time(kind);
  if (value.is_list()) {
    const auto list = value.list();
    if (list.size() != size)
      value.fail(fmt::format("{} for {} neurons; write one value for all, or one per neuron",
                             value.found(), size));
    std::vector<double> values;
    values.reserve(size);
    for (const TomlValue& each : list) values.push_back(read_value(each, time, range));
    return values;
  }
  if (!value.is_table()) return {read_value(value, time, range)};
  const Distribution distribution(value, time, range, clip);
  std::vector<double> values(size);
  for (std::uint32_t n = 0; n < size; ++n) {
    values[n] = distribution.draw(random);
    if (!range.contains(values[n]))
      value.fail(fmt::format(
          "neuron {} draws {}; {}: choose mean and std, or a uniform distribution, accordingly", n,
          values[n], range.text(time ? "ms" : "")));
  }
  return values;
}

std::vector<double> read_matrix(const TomlValue& value, const std::string& kind,
                                const PopulationSpec& from, const PopulationSpec& to,
                                const std::function<double(const TomlValue&, std::size_t)>& read) {
  const auto shape = [&] {
    return fmt::format(
        "{} rows, one per neuron of {} (target), of {} {}, one per neuron of {} (source)", to.size,
        to.name, from.size, kind, from.name);
  };
  const auto rows = value.list();
  if (rows.size() != to.size) value.fail(fmt::format("{}; write {}", value.found(), shape()));
  std::vector<double> matrix;
  matrix.reserve(std::size_t{to.size} * from.size);
  for (const TomlValue& row : rows) {
    if (!row.is_list()) row.fail(fmt::format("{} is no row; write {}", row.found(), shape()));
    const auto entries = row.list();
    if (entries.size() != from.size)
      row.fail(fmt::format("this row is {}; write {}", row.found(), shape()));
    for (const TomlValue& entry : entries) matrix.push_back(read(entry, matrix.size()));
  }
  return matrix;
}

double SynapseValues::next() {
  if (distribution_) return by_pair_ ? at(at_++) : distribution_->draw(random_);
  return listed_ ? values_[at_++] : values_[0];
}

double SynapseValues::at(std::uint64_t k) const {
  if (!distribution_) return values_[listed_ ? k : 0];
  Random random =
      distribution_->uniform() ? Random(seed_, purpose_, 0, k) : Random(seed_, purpose_, 1 + k);
  return distribution_->draw(random);
}

bool SynapseValues::is_nan(std::size_t k) const { return listed_ && std::isnan(values_[k]); }

}  // namespace retrograde
