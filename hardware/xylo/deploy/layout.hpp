// Where the neurons of a network go on Xylo, and by how many steps their clock is off.
//
// Kinds. Input populations are the channels. A population that is fed by hidden neurons alone and
// feeds nobody is made of output neurons; all others are hidden neurons. The channels reach only the
// first hidden neurons and only the last ones reach outputs, so hidden populations are ordered: those
// that channels reach and that reach no output, those that do neither, those that do both, those that
// reach outputs only; within each of these as in the network.
//
// Clocks. The chip has no delays: an input arrives in its own step, what a neuron fires in the next.
// A delay that all synapses into a population share is but another clock there: a population of offset
// O does in step m of the chip what the exact network does in step m + O. So a delay d from a source
// of offset O_s fits where
//
//   O_t = O_s + round(d / dt) - 0                 from a channel,
//   O_t = O_s + round(d / dt + phase) - 1         from a neuron, whose crossing lies at `phase` of its
//                                                 step on average,
//
// and offsets are chosen such that most synapses fit, along the projections in their order. What does
// not fit is counted: synapses that are too early by so many steps (their delay is cut) or too late.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/readout.hpp>

namespace retrograde::xylo {

// Where in its step a neuron crosses its threshold, on average (hardware/loihi2/deploy/quantize.hpp).
inline constexpr double spike_phase = 0.25;

enum class Kind : std::uint8_t { channel, hidden, output };

struct Seat {
  Kind kind = Kind::hidden;
  std::uint32_t first = 0;  // of its kind
  std::int32_t offset = 0;  // steps
};

// Delays of a projection that the chip does not keep, in steps.
struct LostDelays {
  std::string projection;
  std::uint64_t synapses = 0, cut = 0, lengthened = 0;
  std::int32_t most_cut = 0;  // steps
};

struct Layout {
  std::vector<Seat> seats;  // by population
  std::uint32_t channels = 0, hidden = 0, outputs = 0;
  // The last hidden neuron that a channel reaches, and how many there are from the first one on that
  // reaches an output.
  std::uint32_t input_window = 0, readout_window = 0;
  std::vector<LostDelays> lost;  // of projections that lose any
  std::int32_t earliest = 0;     // the smallest offset, 0 at most
};

Layout lay_out(const Network& network, Time step);

}  // namespace retrograde::xylo
