// A stimulus whose rate is multiplied for a while, between `from` and `until`. By a factor below 1 spikes
// are left out, each by chance; by a larger one independent copies of the stimulus are laid over it, which
// is exact where it has no memory.
#pragma once

#include <memory>
#include <string>

#include <retrograde/scenarios/data/stimuli/stimulus.hpp>

namespace retrograde {

struct RescaledSpec {
  std::shared_ptr<const Stimulus> stimulus;  // without memory (Stimulus::memoryless), above 1
  double factor = 1.0;                       // 0 or above
  Time from = 0, until = never;
  std::string name;  // of what multiplies it: its draws are those of this name
};
std::shared_ptr<const Stimulus> make_stimulus(RescaledSpec spec);

}  // namespace retrograde
