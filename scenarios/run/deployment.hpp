// A network on a chip before anybody has put it there: the cores it takes, whether it fits and what
// to change if not, and what a trial will take in time and energy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/cost_model.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/place/fit.hpp>
#include <retrograde/hardware/loihi2/place/forecast.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/trained.hpp>

namespace retrograde {

// Published measurements of another machine on a network of this shape.
struct Compared {
  std::string name;  // "Jetson Orin Nano"
  std::string source;
  std::vector<ComparisonRow> rows;  // empty: none is published for it
};

// By whose spikes cores are placed and events are counted, and settings are tried: trials that
// nothing is judged by, where there are others.
inline constexpr std::size_t placement_trials = 200;
Part placement_part(const Dataset& dataset);

struct Deployment {
  std::string chip;  // "Loihi 2"
  MeshShape mesh;
  CoreLimits limits;
  std::vector<std::string> populations;
  loihi2::Mapping mapping;
  loihi2::Fit fit;
  CostModel costs;
  Part part = Part::train;  // of the trials that place the cores and whose events are counted
  std::optional<loihi2::Forecast> forecast;  // none: it does not lie on one chip
  std::vector<Compared> compared;
};

// Maps the emulated network onto the chip, places its cores by the spikes of the trials, which are of
// that part of their set, and counts the events of those. `seen` is what the comparison with the exact
// network saw. The result does not depend on the number of threads.
Deployment deploy(const ChipProfile& profile, const loihi2::Emulator& emulator,
                  const loihi2::QuantizationReport& quantization, const Conformance& seen,
                  const LabelledTrials& trials, Part part);
// The same by the trials that place a trained network, in which happens what its scenario says.
Deployment deploy(const ChipProfile& profile, const loihi2::Emulator& emulator,
                  const loihi2::QuantizationReport& quantization, const Conformance& seen,
                  const Trained& trained, const Dataset& dataset);

// The rows that were measured on a network of this shape: an input, a recurrent hidden layer, an
// output, as many steps.
std::vector<ComparisonRow> matching(const Comparison& comparison, const loihi2::ChipNetwork& chip,
                                    std::uint32_t steps);

// The core of a population that takes most; the population has cores.
const loihi2::MappedCore& fullest_core(const Deployment& deployment, std::uint32_t population);

// How many findings are of that kind.
std::size_t count(const Deployment& deployment, Finding::Severity severity);

}  // namespace retrograde
