// The neuron behind each channel of the ear: where the fibres of the auditory nerve meet, their rate
// becomes spikes. It is the engine's `alif` (engine/neuron/alif.hpp), driven by a current that is
// constant within a frame (0.25 ms), and its spike times are exact for that current.
//
// [L], bushy_cell.py (see cochlea.hpp), has 40 fibres that fire at random at the rate r(t) of the
// hair cell, at most once a millisecond, and a leaky integrator with tau_mem = 1 ms, tau_syn = 0.5
// ms, t_ref = 1 ms, threshold 1 and a weight of 13000/40 per second and fibre. Ours is driven by
// what these fibres do on average, so nothing is random and a recording always gives the same
// spikes:
//   s(t)  follows r / (1 + r 1 ms) with tau_syn, once per frame
//   V     follows drive s(t) with tau_mem, drive = 13000 / s * tau_syn * tau_mem = 6.5 ms
// Without their noise a neuron stays below the threshold until the mean reaches it, and then fires
// in step with it. So two things are ours and not [L]'s: an adaptive threshold, which a spike raises
// by `adaptation` and which returns within tau_adapt, and its height, chosen so that speech makes
// about as many spikes as there are in the Heidelberg sets: some 8000 per second in 700 channels.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <retrograde/events/time.hpp>
#include <retrograde/scenarios/data/audio/cochlea.hpp>

namespace retrograde {

struct BushyCell {
  Time tau_mem = 1, tau_syn = 0.5, t_ref = 1;  // ms [L]
  Time fibre_rest = 1;                         // ms between two spikes of a fibre [L]
  double drive = 6.5;                          // ms: V per spike of a fibre and ms [L]
  double threshold = 0.7;
  Time tau_adapt = 50;
  double adaptation = 0.1;
};

// Throws ScenarioError for a number that cannot be.
void check(const BushyCell& cell);

struct ChannelSpike {
  Time time;              // ms
  std::uint32_t channel;  // 0 .. ear_lanes - 1

  bool operator==(const ChannelSpike&) const = default;
};

// Appends the spikes of ear_lanes neurons that start at rest in silence (`spontaneous`, 1/s), with one
// row of rates per frame of `frame` ms. In the order of frames; within one of channels, then of
// time. Same bits whatever else is computed beside.
void bushy_spikes(const BushyCell& cell, double spontaneous, Time frame,
                  std::span<const Lanes> rates, std::vector<ChannelSpike>& spikes);

// The current (in units of V) of every frame, as bushy_spikes makes it: one channel.
std::vector<double> bushy_currents(const BushyCell& cell, double spontaneous, Time frame,
                                   std::span<const double> rates);

}  // namespace retrograde
