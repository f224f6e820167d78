// The two forms of `spikes`, apart.
#pragma once

#include <memory>

#include <retrograde/scenarios/read/stimuli/stimulus_value.hpp>

namespace retrograde {

// A list of times per neuron.
std::shared_ptr<const Stimulus> read_listed(const TomlValue& value, const InputPlace& place);
// { stimulus = "poisson", ... }
std::shared_ptr<const Stimulus> read_stimulus(const TomlValue& value, const InputPlace& place);

}  // namespace retrograde
