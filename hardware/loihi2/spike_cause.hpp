// Why a spike of the exact network has no partner on the chip, or the other way round.
//
// The chip differs from the exact network in a few ingredients: input times on the grid of steps,
// weights, delays, time constants, thresholds and biases. Each has a real value that it stands for
// (dequantize, quantize.hpp), so each can be put into the exact network alone: does the spike then
// appear or vanish as on the chip? What none of them does, and not all together, is left to the
// steps themselves: the threshold looked at once a step, the reset at its end, whole numbers.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <retrograde/engine/network.hpp>
#include <retrograde/engine/run.hpp>
#include <retrograde/engine/trial.hpp>
#include <retrograde/hardware/loihi2/emulator.hpp>

namespace retrograde::loihi2 {

enum class Ingredient : std::uint8_t {
  input_times,
  weights,
  delays,
  time_constants,
  thresholds,
  biases,
  all,  // together
};
inline constexpr int ingredient_count = 7;
std::string_view name(Ingredient ingredient);

struct IngredientTest {
  Ingredient ingredient;
  bool suffices = false;        // with it alone the exact network does here what the chip does
  std::optional<Time> nearest;  // spike of the neuron in that network
};

// A message on its way into the neuron, on both sides.
struct SourceShift {
  NeuronId source = 0;
  SynapseId synapse = 0;
  double weight = 0.0, chip_weight = 0.0;  // in the unit of V; what the chip's stands for
  Time exact = 0.0;                        // arrival (ms)
  std::optional<Time> chip = {};           // of the partner; none: it has none
};

struct SpikeCause {
  // How near the other side came, within the tolerance around the spike: the largest V over the
  // threshold on the exact side, v over vth on the chip; 1 or more: it reached it. None: the neuron
  // has no threshold, or the window is empty.
  std::optional<double> exact_reach, chip_reach;
  std::vector<IngredientTest> tests;  // one for each ingredient
  // The last arrivals before the spike, oldest first, by the exact network's spikes.
  std::vector<SourceShift> sources;
  double mean_shift = 0.0;           // of those sources that have a partner (ms)
  std::uint64_t sources_alone = 0;   // that have none
  std::uint64_t collisions = 0;      // inputs of the trial that share a step, of its sources
  std::uint64_t delays_clipped = 0;  // into the neuron, by more than half a step
};

// `chip` was quantised from `network`. The spike is at `time` on the side that has it. Throws what
// the runs throw, NetworkError where the two do not belong together. About eight exact runs.
SpikeCause explain_spike(const Network& network, const Emulator& chip, const Trial& trial,
                         const RunOptions& options, NeuronId neuron, Time time, bool on_exact,
                         Time tolerance, std::size_t most_sources = 12);

}  // namespace retrograde::loihi2
