#include <fmt/format.h>
#include <utility>

#include <retrograde/scenarios/read/chips/constants.hpp>

namespace retrograde {

namespace {

TomlTable section(TomlTable& root, const char* key, const char* manual) {
  auto table = root.single(key);
  if (!table) root.fail(fmt::format("[{0}] is missing; write it, as {1} shows", key, manual));
  return std::move(*table);
}

// [core.neurons] and the like: a value, or its two ends.
Constant read_constant(TomlTable table, NumberReader read, const Range& range) {
  table.known({"value", "low", "high", "evidence", "source"});
  Constant constant;
  if (const auto value = table.find("value")) {
    constant.value.low = constant.value.high = read(*value, range);
    for (const char* end : {"low", "high"})
      if (table.has(end))
        table.fail_at_key(end, "there is a value already; write either value or low and high");
  } else {
    constant.value.low =
        read(table.require("low", "value = ..., or low = ... and high = ..."), range);
    const TomlValue high = table.require("high", "high = ..., the other end");
    constant.value.high = read(high, range);
    if (constant.value.high < constant.value.low)
      high.fail(fmt::format("{} is below low; exchange them", high.found()));
  }
  constant.evidence = read_evidence(table);
  constant.source = read_source(table);
  return constant;
}

}  // namespace

double read_number(const TomlValue& value, const Range& range) { return value.number(range); }
double read_time(const TomlValue& value, const Range& range) { return value.time(range); }
double read_energy(const TomlValue& value, const Range& range) { return value.energy(range); }
double read_power(const TomlValue& value, const Range& range) { return value.power(range); }

Evidence read_evidence(TomlTable& table) {
  constexpr Evidence all[] = {Evidence::measured, Evidence::published, Evidence::inferred};
  return all[table.require("evidence", "evidence = \"published\"")
                 .choice({"measured", "published", "inferred"})];
}

std::string read_source(TomlTable& table) {
  const TomlValue value = table.require("source", "source = \"where the number is from\"");
  std::string source = value.text();
  if (source.empty()) value.fail("it is empty; say where the number comes from");
  return source;
}

ConstantSection::ConstantSection(TomlTable& root, const char* key, const char* manual,
                                 const std::vector<std::string>& keys)
    : key_(key), table_(section(root, key, manual)) {
  table_.known(keys);
}

std::optional<Constant> ConstantSection::maybe(const char* key, NumberReader read,
                                               const Range& range) {
  auto table = table_.single(key);
  if (!table) return std::nullopt;
  return read_constant(std::move(*table), read, range);
}

Constant ConstantSection::require(const char* key, NumberReader read, const Range& range) {
  const auto constant = maybe(key, read, range);
  if (!constant)
    table_.fail(
        fmt::format("{0} is missing; write [{1}.{0}] with value (or low and high), "
                    "evidence and source",
                    key, key_));
  return *constant;
}

}  // namespace retrograde
