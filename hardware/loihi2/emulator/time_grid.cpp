#include <algorithm>

#include <retrograde/engine/trial/time_grid.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator/time_grid.hpp>

namespace retrograde::loihi2 {

GriddedInputs on_grid(const Trial& trial, Time step) {
  if (!trial.muted.empty())
    throw NetworkError("trial",
                       "it mutes neurons, which the chip does not; run it exactly, or "
                       "without dropout");
  if (trial.initial)
    throw DeploymentError("trial", "v_init",
                          "its neurons begin away from rest, and those of the chip begin at 0; "
                          "leave v_init and i_init out, or run it exactly");
  if (trial.graded())
    throw DeploymentError("trial", "payload",
                          "its input spikes carry payloads, analogue values; the emulated sources "
                          "send plain spikes. Encode the values in spikes, of a population that "
                          "turns the current into spikes, for one");
  GriddedInputs result;
  result.steps = whole_steps(trial.duration, step);
  result.spikes.reserve(trial.inputs.size());
  for (const Spike& spike : trial.inputs) {
    const auto at = static_cast<std::uint32_t>(nearest_step(spike.time, step));
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
