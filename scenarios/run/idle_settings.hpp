// What [train] and [loss.silence] of a scenario say and training will never notice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

struct IdleSetting {
  std::string key;   // in [train], of a list with its index: "schedule[1]"; "loss.silence"
  std::string text;  // a sentence with its value, why it changes nothing, and the remedy
};

// Each setting that changes nothing in a training of so many epochs: rates of what is not learned, a
// plateau and a patience that are longer than the training, a silence that nobody can pay for. They are
// no errors: studies share one [train] among networks that learn different things, and --epochs shortens
// a training on purpose. O(parameters).
std::vector<IdleSetting> idle_settings(const Scenario& scenario, std::uint32_t epochs);

}  // namespace retrograde
