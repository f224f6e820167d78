// What all chip profiles are made of: tables of constants, each with its value or its two ends, the
// evidence for it and its source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// Reads the number of a constant in the unit that it is kept in.
using NumberReader = double (*)(const TomlValue&, const Range&);

double read_number(const TomlValue& value, const Range& range);
double read_time(const TomlValue& value, const Range& range);    // ms
double read_energy(const TomlValue& value, const Range& range);  // mJ
double read_power(const TomlValue& value, const Range& range);   // W

// The keys evidence and source; both have to be there. They throw ScenarioError, as all here.
Evidence read_evidence(TomlTable& table);
std::string read_source(TomlTable& table);

// [core] and the like, with a table per constant: [core.neurons].
class ConstantSection {
 public:
  // Throws unless `root` has the section and it has no other keys; `manual` says how it looks.
  ConstantSection(TomlTable& root, const char* key, const char* manual,
                  const std::vector<std::string>& keys);

  std::optional<Constant> maybe(const char* key, NumberReader read, const Range& range);
  Constant require(const char* key, NumberReader read, const Range& range);

  [[noreturn]] void fail(const std::string& message) const { table_.fail(message); }

 private:
  const char* key_;
  TomlTable table_;
};

}  // namespace retrograde
