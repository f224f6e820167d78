// A stimulus without memory at a higher rate for a while: `factor` times that of another one between
// `from` and `until`. Independent copies of the other are laid over it, so it is exact.
#pragma once

#include <memory>
#include <string>

#include <retrograde/scenarios/data/stimuli/stimulus.hpp>

namespace retrograde {

struct RaisedSpec {
  std::shared_ptr<const Stimulus> stimulus;  // without memory (Stimulus::memoryless)
  double factor = 1.0;                       // 1 or above
  Time from = 0, until = never;
  std::string name;  // of what raises it: its draws are those of this name
};
std::shared_ptr<const Stimulus> make_stimulus(RaisedSpec spec);

}  // namespace retrograde
