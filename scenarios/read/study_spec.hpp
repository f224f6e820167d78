// [study]: the variations of a scenario that `retro study` trains or simulates. An axis is a list of
// values for one key of the scenario, or lists of equal length for several keys that change together.
// Every combination of values of the axes is run with every seed. docs/scenario.md is the manual.
//
//   [study]
//   seeds = [1, 2, 3]
//   ordinate = "rate.hidden"
//
//   [[study.axis]]
//   name = "hidden neurons"
//   "population.hidden.size" = [5, 10, 20]
//   "train.weight_rate" = [0.02, 0.01, 0.01]
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/io/toml_table.hpp>

namespace retrograde {

// Of all axes and seeds together.
inline constexpr std::size_t max_study_runs = 10'000;

struct StudyAxis {
  std::string name;
  std::vector<std::string> labels;  // one per value, as written, all different
  // The values of the first key where all of them are numbers or times (ms) and the axis has no
  // labels of its own; else empty.
  std::vector<double> numbers;
  std::string unit;  // "ms" for times
};

struct StudySpec {
  std::vector<std::uint64_t> seeds;  // at least one, all different
  std::vector<StudyAxis> axes;       // none: the scenario as it stands, with every seed
  bool on_chip = false;              // the scenario has a [chip], onto which every run goes

  std::size_t combinations() const;  // of values; at least 1
  // The value of each axis in combination k; the last axis turns fastest.
  std::vector<std::size_t> combination(std::size_t k) const;
  // "hidden neurons 5, delays learned"; empty without axes.
  std::string describe(std::span<const std::size_t> values) const;
  // Of a run: safe as the name of a folder, and different for different runs.
  std::string run_name(std::span<const std::size_t> values, std::uint64_t seed) const;
};

// What its runs are, and what of them is counted and drawn.
struct StudyRuns {
  bool simulations = false;  // else trainings
  Time from = 0;             // ms of every trial from which on activity is counted
  // Names of metrics, which run/study/metrics.hpp knows; none: as usual.
  std::vector<std::string> ordinates;
};

struct StudyContext {
  const std::string* file;    // that the document is of
  std::string_view text;      // of the document, for numbers as they are written
  std::uint64_t seed = 1;     // of the scenario, for a study without seeds
  bool epochs_given = false;  // --epochs goes before [train]
  // Of every trial; none: the scenario is one of sparse coding, whose runs are of one kind.
  std::optional<Time> duration = {};
};

// Reads the table [study] of a document. Throws ScenarioError: unknown keys, values that are no
// lists, empty and unequal lists, seeds or labels that repeat, places that the scenario does not
// have or that change no result, too many runs. Whether a value fits its place shows when the
// scenario is read with it.
StudySpec read_study(TomlTable table, toml::table& document, const StudyContext& context);

// The rest of [study], of a scenario's text that has been read. Its trials are of that duration; none:
// it is one of sparse coding, whose runs are of one kind.
StudyRuns read_study_runs(const std::string& text, const std::string& file,
                          const std::optional<Time>& duration);

// Makes the document the scenario of one combination: puts the value of each axis where its key
// says and removes [study]. Values keep the position they were written at, so that what is wrong
// with one is reported there. Throws ScenarioError as read_study does.
void choose_study_values(toml::table& document, const std::string& file,
                         std::span<const std::size_t> values);

// Throws ScenarioError where the [study] of a scenario's text lists that metric.
[[noreturn]] void fail_at_ordinate(const std::string& text, const std::string& file,
                                   const std::string& metric, const std::string& message);

// An integer; above 2^63 - 1, where TOML has none, a string of digits.
std::uint64_t read_seed(const TomlValue& value);

}  // namespace retrograde
