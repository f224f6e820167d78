// From a Network of real values to the integers of Loihi 2, and back to the Network for which those
// integers stand.
//
// Decays. With steps of dt ms
//   du + 1 = round(4096 (1 - e^(-dt/tau_syn))),   dv = round(4096 (1 - e^(-dt/tau_mem))).
// What follows uses the time constants for which the rounded decays d stand,
//   tau^ = -dt / ln(1 - d/4096).
//
// Weights. Without rounding the chip computes u_n = alpha u_(n-1) + x_n, v_n = beta v_(n-1) + u_n.
// A single x in step 0 gives
//   v_n = x (beta^(n+1) - alpha^(n+1)) / (beta - alpha).
// The exact neuron (engine/neuron/cuba_lif.hpp), hit by one weight w at time 0, has
//   V(s) = w K(s),  K(s) = a (e^(-a s) - e^(-b s)) / (b - a),  a = 1/tau_mem, b = 1/tau_syn,
// and with alpha = e^(-b dt), beta = e^(-a dt)
//   V((n + 1) dt) = w K(dt) (beta^(n+1) - alpha^(n+1)) / (beta - alpha).
// So with the gain x = K(dt) w, v_n *is* V((n + 1) dt), for any superposition of arrivals on the
// grid: the chip samples the exact neuron whose time constants are tau^. The published pipeline
// (ml_genn_netx) multiplies by (1 - beta) (tau_syn/dt) (1 - alpha) instead, which preserves the
// integral of V. At dt = 1 ms, tau 20 and 5 ms both are 0.0442 and differ by 4 in 10,000, less than
// the rounding of weights. Gain::sampled is the default because it makes the way back exact: the
// chip samples the network that `dequantize` returns. docs/loihi2.md has the measurement.
//
// Where a decay misses its time constant by more than a hundredth, which only those of more than about
// 80 steps do, the gain is that of the time constant itself: V then rises as it should and forgets
// too fast or too slowly, where the other gain would make it rise by as much too fast or too slowly.
// dv = 0 is a neuron that does not leak.
//
// lif and if, whose arrivals are jumps of V, have a u that forgets all in a step (du + 1 = 4096), and
// if a dv of 0. Their v_n stands for V at the beginning of step n, right after the arrivals there, and
// their gain is 1.
//
// Scale. One weight unit of a population stands for `scale` in the unit of V. Threshold and all
// incoming weights share it: integer weight = x / scale, in -128 .. 127; vth = v_threshold / scale;
// B = 64 bias (dv/4096) / scale per step, so that V rests at bias. Scaling::largest makes the
// largest magnitude (or the clip_percentile of magnitudes) the largest integer, then enlarges the
// scale by less than 1/vth so that a common threshold is an integer exactly. With `groups` neurons
// with similar weights share a scale (weight_scale.hpp). With a weight_exponent of E weights are
// 2^E times an 8-bit mantissa, and units are 2^E times smaller: u and v lose 2^E times less by
// truncation and the threshold is 2^E times finer, at the price of E bits of room in a, u and v.
//
// Time. An input spike at t is sent in step round(t/dt): it stands for the beginning of that step,
// without bias and exactly for inputs on the grid. A neuron's spike in step m says that V crossed
// between m and m + 1, on average in the middle for a first spike; but the chip resets V at the end
// of the step and not at the crossing, so every later spike of the neuron comes half a step late.
// `spike_phase` stands for both: the crossing is taken to be at m + spike_phase. An arrival in step
// n is exact for the time n (chip_network.hpp), so the delay that is right on average is
//   d = round(delay/dt + phase - 1) + L_target - L_source,   phase 0 for inputs, else spike_phase,
// clipped to 0 .. 62. Lags L are the smallest that leave no synapse of a feed-forward path below 0.
// The default phase of 0.25 was chosen by measurement (docs/loihi2.md); being no multiple of 1/2 it
// also keeps delays on the grid away from ties.
//
// t_ref becomes a refractory delay of max(1, round(t_ref/dt + spike_phase)) steps, 1 .. 63.
//
// What the chip cannot do is a DeploymentError: v_reset other than 0, values outside their fields.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/hardware/loihi2/deploy/weight_scale.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

enum class Gain : std::uint8_t { sampled, published };

struct QuantizeOptions {
  Time step = 1.0;  // ms
  Scaling scaling = Scaling::largest;
  Gain gain = Gain::sampled;
  double clip_percentile = 100.0;  // of |weight|, in (0, 100]; published: 99
  double spike_phase = default_spike_phase;
  std::uint32_t groups =
      1;                    // of neurons with a scale of their own, at most, per population; 1 .. 8
  int weight_exponent = 0;  // 0 .. 7
  // Subtracted from the thresholds of each population before they are rounded, in the unit of V;
  // empty: nothing. The chip looks at V once a step and loses at the reset what V rose above the
  // threshold in between; calibrate.hpp finds what makes up for it.
  std::vector<double> threshold_drop = {};
  // By neuron; empty: chosen by scaling, clip_percentile and groups. Inputs have any.
  std::vector<double> scales = {};
};

struct PopulationReport {
  std::string name;
  double scale = 0.0;        // the largest
  std::uint32_t groups = 0;  // different scales
  std::uint32_t lag = 0;
  // Smallest and largest over the population; 0 for readouts.
  std::int32_t threshold_min = 0, threshold_max = 0;
  std::int32_t u_decay_min = 0, u_decay_max = 0;  // du + 1
  std::int32_t v_decay_min = 0, v_decay_max = 0;  // dv
  double threshold_error = 0.0;                   // largest relative deviation by rounding
  double bias_error = 0.0;  // largest, in units of the threshold (readouts: of the unit of V)
};

struct ProjectionReport {
  std::string name;
  WeightFormat format;
  std::uint64_t synapses = 0;
  std::uint64_t weights_clipped = 0;
  std::uint64_t weights_zeroed = 0;  // other than zero before
  double sqnr_db = 0.0;              // 10 log10(sum w^2 / sum (w - w^)^2); infinite: no error
  std::uint64_t delays_clipped = 0;
  std::uint64_t delays_lengthened = 0;  // of those, to the one step of latency; others are cut
  std::uint32_t max_delay = 0;          // steps
  // Steps (ms) between which no delay is clipped; 0: there is no such end, or nothing is clipped.
  Time longest_step = 0.0, shortest_step = 0.0;
};

struct QuantizationReport {
  std::vector<PopulationReport> populations;  // inputs included, with scale 0
  std::vector<ProjectionReport> projections;
  std::vector<std::string> warnings;  // sentences that name population or projection
};

struct Quantized {
  ChipNetwork chip;
  QuantizationReport report;
};

// Throws DeploymentError for what the chip does not have or its fields cannot hold, with the
// remedy, and NetworkError for an option out of range. O(synapses log synapses).
Quantized quantize(const Network& network, const QuantizeOptions& options = {});

// The network for which the integers stand: weights, delays, time constants, thresholds and biases;
// the rest is `original`'s, from which the chip network was made. Decays at the end of their range
// (0 or 4096) stand for no time constant; the original's is kept. Delays that would be negative (a
// layer without delay behind a lag) are 0. Throws NetworkError when the two do not belong together.
Network dequantize(const ChipNetwork& chip, const Network& original);

}  // namespace retrograde::loihi2
