// The signals of a scenario of sparse coding, in parts: read from files, or made by the dictionary
// itself (model.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/pursuit/labelled_signals.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// Labels may be missing.
struct Signals : LabelledSignals {
  Matrix codes;  // what they are made of, where that is known

  std::size_t size() const { return static_cast<std::size_t>(signals.cols()); }
  Vector signal(std::size_t k) const { return signals.col(static_cast<Eigen::Index>(k)); }
};

struct SignalSet {
  std::string name;           // "mnist"
  std::uint32_t classes = 0;  // 0: no labels
  // Of an image, channel by channel, row by row; 0: they are none.
  Eigen::Index channels = 1, rows = 0, columns = 0;
  Signals train, validation, test;

  const Signals& part(Part which) const;
  // What they are judged by: the test part, else validation, else training.
  Part judged() const;
};

// Those that are read from files; empty of kind = "group_codes". `data_path`: of --data, or empty.
// Throws IoError, FormatError, ScenarioError and UsageError: no such files, sizes that do not fit,
// parts that leave nothing.
SignalSet load_signals(const Scenario& scenario, const std::string& data_path);

// XXH3 of all values and labels.
std::uint64_t identity_of(const SignalSet& signals);

}  // namespace retrograde
