// What would mend a network that does something else on the chip: other settings of [chip], each
// put on the chip and held against the exact network, on trials that nothing is judged by where there
// are others. Settings are tried, not guessed: what is said of them has been seen.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/loihi2/place/fit.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

struct TriedRemedy {
  std::string keys;     // of [chip], as they are written there: "groups = 8"; empty: as it is
  std::string refusal;  // why the network cannot go on the chip like this; else empty
  Conformance seen;
  loihi2::Fit fit;
  std::uint64_t synapses = 0, weights_zeroed = 0, delays_clipped = 0;
  std::uint64_t silenced = 0;  // neurons that fire exactly, and never on the chip

  // How much the chip does otherwise: the share of decisions, and, in the mean of the populations that
  // fire, the share of neurons that fire on one side only, plus that of spikes lost or added (1 at most),
  // plus the shift of first spikes as a share of the trial. Infinite: refused.
  double unlike = std::numeric_limits<double>::infinity();
};

struct Remedies {
  Part part = Part::train;
  std::uint64_t trials = 0;
  TriedRemedy as_it_is;
  std::vector<TriedRemedy> tried;
  // Of those that fit and are less unlike the exact network than it is by a tenth at least: the first that
  // makes it behave, single settings before two together; else one than which none is less unlike by a
  // tenth.
  std::optional<std::size_t> best;
};

// Whether something is to be mended: the chip does otherwise, or the quantisation cuts delays or loses
// weights.
bool wants_remedy(const loihi2::Fit& fit, const loihi2::QuantizationReport& report);

// Tries every setting that is not in force: groups, weight exponent, calibration, the step, and groups
// with each of the others. Trials are of the validation part where there is one, else of the training
// part. `progress` is told how many are done; false stops with Interrupted. The result does not depend
// on the number of threads.
Remedies try_remedies(const Trained& trained, const Dataset& dataset, const OnChip& as_it_is,
                      const ChipProfile& profile,
                      const std::function<bool(std::size_t done, std::size_t of)>& progress = {});

}  // namespace retrograde
