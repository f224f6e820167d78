// What [train] of a scenario says and training will never notice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// A sentence for each setting that changes nothing in a training of so many epochs, with the remedy:
// rates of what is not learned, a plateau and a patience that are longer than the training. They are
// no errors: studies share one [train] among networks that learn different things, and --epochs
// shortens a training on purpose. O(parameters).
std::vector<std::string> idle_settings(const Scenario& scenario, std::uint32_t epochs);

}  // namespace retrograde
