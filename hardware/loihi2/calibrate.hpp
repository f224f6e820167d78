// Finds the thresholds with which the chip fires as the exact network does.
//
// The chip looks at V once a step: a spike comes up to one step late, and what V has risen above
// the threshold by then is lost at the reset. Every further spike of the neuron inherits the loss,
// so a network that fires several times falls behind. Rounding decays towards zero works in the
// same direction. Both are made up for, on average, by a lower threshold: per population, a
// fraction of the mean rise of V in one step before its spikes. The fraction, one for the network,
// is the one that loses and makes up the fewest spikes on given trials; they should be training
// data, never the test set.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/network.hpp>
#include <retrograde/engine/tape.hpp>
#include <retrograde/engine/trial.hpp>
#include <retrograde/hardware/loihi2/quantize.hpp>

namespace retrograde::loihi2 {

struct Calibration {
  QuantizeOptions options;  // with threshold_drop set
  double fraction = 0.0;    // of the mean rise in one step
  // Sums over trials and neurons of |exact - chip| spike counts, with and without the drop.
  std::uint64_t difference = 0;
  std::uint64_t difference_without = 0;
};

// `tapes[k]` is what the exact network made of `trials[k]`. Tries fractions 0, 1/8 .. 3/4; ties go
// to the smaller. Trials run in parallel; the result does not depend on the number of threads.
// Throws what quantize throws.
Calibration calibrate(const Network& network, const QuantizeOptions& options,
                      const std::vector<Trial>& trials, const std::vector<Tape>& tapes);

}  // namespace retrograde::loihi2
