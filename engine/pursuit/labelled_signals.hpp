// Signals with labels: what classifiers of codes are trained and judged on. Where only a dictionary is
// learned, labels may be missing.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/pursuit/dictionary.hpp>

namespace retrograde {

struct LabelledSignals {
  Matrix signals;                     // a column each
  std::vector<std::uint32_t> labels;  // as many, classes from 0

  std::size_t size() const { return static_cast<std::size_t>(signals.cols()); }
};

}  // namespace retrograde
