// The one trial that a scenario writes out itself, with `spikes` in its populations, as a data set:
// its whole training part. It has no classes and no other parts.
#pragma once

#include <retrograde/scenarios/data/dataset.hpp>

namespace retrograde {

// `label` is that of the loss, or no_decision.
Dataset inline_trial(Trial trial, int label);

}  // namespace retrograde
