// Finds the weight units and thresholds with which the chip does what the exact network does, on
// given trials: training data, never the test set.
//
// Weight units: which weights are worth clipping for finer steps cannot be told from the weights
// alone. Each population tries several percentiles and keeps the one with the smallest deviation.
//
// Thresholds: the chip looks at V once a step. A spike comes up to one step late, and what V has
// risen above the threshold by then is lost at the reset; every further spike of the neuron
// inherits the loss. Decays that round toward zero work in the same direction. Both are made up
// for, on average, by a lower threshold: per population, a fraction of the mean rise of V in one
// step before its spikes.
//
// Weight exponent: bits that the registers do not need can go to smaller weight units, which lose
// less by truncation (quantize.hpp).
//
// Deviation: the distance of all spike trains (spike_distance.hpp, tau = 10 steps) per exact spike,
// plus, of a readout of voltages, the squared error of its values over their variance.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/model/semantics.hpp>

namespace retrograde::loihi2 {

// Of spike_distance wherever the chip is compared with the exact network.
inline constexpr double distance_steps = 10.0;

struct CalibrationChoices {
  bool clipping = true;
  bool exponent = false;  // as large as leaves a quarter of a, u and v free on the trials
  bool thresholds = true;
};

struct Calibration {
  QuantizeOptions options;              // with scales, threshold_drop and weight_exponent set
  std::vector<double> clip_percentile;  // per population
  std::vector<double> fraction;         // per population, of the mean rise in one step
  double deviation = 0.0, deviation_without = 0.0;
};

// Tries one population after the other: fractions 0, 1/16 .. 3/4, percentiles 100, 99.9 .. 90, and
// fractions again, what is chosen of them; ties go to the first. Where nothing is chosen the deviation
// is measured all the same. `exact` runs the network, with `run_options`;
// labels are not looked at. Trials run in parallel; the result does not depend on the number of
// threads. Throws what quantize and the runs throw.
Calibration calibrate(const Machine& exact, const QuantizeOptions& options,
                      const LabelledTrials& trials, const RunOptions& run_options,
                      const CalibrationChoices& choices = {}, const Semantics& semantics = {});

}  // namespace retrograde::loihi2
