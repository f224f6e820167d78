#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator/time_grid.hpp>

namespace retrograde::loihi2 {

GriddedInputs on_grid(const Trial& trial, Time step) {
  if (!trial.muted.empty())
    throw NetworkError("trial",
                       "it mutes neurons, which the chip does not; run it exactly, or "
                       "without dropout");
  if (trial.graded())
    throw DeploymentError("trial", "payload",
                          "its input spikes carry payloads, analogue values; the emulated sources "
                          "send plain spikes. Encode the values in spikes, of a population that "
                          "turns the current into spikes, for one");
  // A duration that is a multiple of the step but for rounding means that multiple.
  const double steps = std::max(1.0, std::ceil(trial.duration / step * (1.0 - 1e-12)));
  if (steps > 0x1p31)
    throw LimitError(
        "steps", 0x1p31, steps,
        fmt::format("the trial has {} steps; take a longer step or a shorter trial", steps));
  GriddedInputs result;
  result.steps = static_cast<std::uint32_t>(steps);
  result.spikes.reserve(trial.inputs.size());
  for (const Spike& spike : trial.inputs) {
    const auto at = static_cast<std::uint32_t>(std::floor(spike.time / step + 0.5));
    result.spikes.push_back({std::min(at, result.steps - 1), spike.neuron});
  }
  std::vector<ChipSpike>& spikes = result.spikes;
  if (!std::is_sorted(spikes.begin(), spikes.end())) std::sort(spikes.begin(), spikes.end());
  const auto end = std::unique(spikes.begin(), spikes.end());
  result.collisions = static_cast<std::uint64_t>(spikes.end() - end);
  spikes.erase(end, spikes.end());
  return result;
}

}  // namespace retrograde::loihi2
