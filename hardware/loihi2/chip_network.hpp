// A network as Loihi 2 holds it: integers only, and what is needed to read them as real numbers.
// Populations, projections and neurons have the indices of the Network they came from
// (quantize.hpp); one may also be written by hand.
//
// Time: one step is `step` ms. Population p has a lag of L steps: it is reset at step L, and step n
// of the chip is for it the interval from (n - L) step to (n - L + 1) step of the trial. Then
//   v after step n         stands for V at the end of that interval,
//   an arrival in step n   for one at its beginning,
//   a spike in step n      for a crossing somewhere inside.
// Lags let synapses that are shorter than the chip's one step of latency keep their relative
// timing: the target simply runs later, as on the chip, where layers are reset one step after the
// other for the same reason.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/network.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>
#include <retrograde/hardware/loihi2/cuba_lif.hpp>
#include <retrograde/hardware/loihi2/synapse.hpp>

namespace retrograde::loihi2 {

// Where in its step the crossing behind a spike is taken to be when delays are rounded
// (quantize.hpp).
inline constexpr double default_spike_phase = 0.25;

struct ChipPopulation {
  std::string name;
  Model model = Model::cuba_lif;
  NeuronId first = 0;  // neurons first .. first + size - 1
  std::uint32_t size = 0;
  std::uint32_t lag = 0;  // steps; 0 for inputs
  double scale = 1.0;     // one weight unit in the unit of V; v and u count 1/64 of it
};

struct ChipSynapse {
  std::uint32_t source = 0, target = 0;  // local to the two populations
  std::int16_t weight = 0;               // as stored
  std::uint8_t delay = 0;                // steps, without the step of latency

  friend bool operator==(const ChipSynapse&, const ChipSynapse&) = default;
};

struct ChipProjection {
  std::string name;
  std::uint32_t source = 0, target = 0;  // population indices
  WeightFormat format;
  std::vector<ChipSynapse> synapses;

  // What a spike over synapse k adds to its target if nothing else arrives, in weight units.
  double weight_units(std::size_t k) const;
};

struct ChipNetwork {
  Time step = 1.0;                           // ms
  double spike_phase = default_spike_phase;  // 0 .. 1
  std::vector<ChipPopulation> populations;
  std::vector<CubaLif> neurons;  // by NeuronId; entries of inputs are unused
  std::vector<ChipProjection> projections;

  NeuronId neuron_count() const { return static_cast<NeuronId>(neurons.size()); }
  // Population that holds a neuron. O(populations).
  std::uint32_t population_of(NeuronId neuron) const;
  std::string neuron_name(NeuronId neuron) const;  // "hidden[3]"
};

// Throws NetworkError or LimitError unless every index is valid, every value fits its field,
// weights are stored ones, delays are 0 .. 63, inputs receive nothing and have no lag, readouts
// send nothing. O(size).
void check(const ChipNetwork& network);

}  // namespace retrograde::loihi2
