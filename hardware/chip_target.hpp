// One interface behind which a chip stands, whatever its arithmetic: a network is put on it, which
// says at once what does not fit and what to change; trials run on it, integer for integer; and what a
// trial will take is forecast. `--chip` chooses a target (scenarios/run/chips/chosen_chip.hpp).
//
// What runs on the chip is told in the terms of the network that was put there: its neurons, times in
// ms, decisions of its readout.
//
// Targets and networks on them are immutable and shared by all threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/spike.hpp>
#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/conformance.hpp>
#include <retrograde/hardware/estimate.hpp>
#include <retrograde/hardware/finding.hpp>

namespace retrograde {

// One trial on the chip.
struct ChipTrial {
  int decision = no_decision;
  std::vector<Spike> spikes;  // ms; ordered by (time, neuron), without those of inputs
  std::vector<RegisterUse> registers;
  std::uint64_t steps = 0;
  std::uint64_t input_collisions = 0;  // input spikes that did not get in
  std::uint64_t synaptic_operations = 0;
};

// How much of something the network takes; a limit of 0: none is known.
struct ChipUse {
  std::string name;  // "hidden neurons"
  double used = 0, limit = 0;
};

// A number of a forecast, with what it rests on; without a value nobody has published what it would
// take, and `source` says so.
struct ChipFigure {
  std::string name, unit;  // "static energy", "mJ"
  std::optional<Estimate> value = {};
  Evidence evidence = Evidence::inferred;
  std::string source = {};
};

// What a trial takes, mean over trials.
struct ChipForecast {
  std::uint64_t trials = 0;
  double steps = 0;
  Estimate time;                     // ms, as fast as the chip goes
  Estimate energy;                   // mJ, of all parts that are known
  std::vector<ChipFigure> parts;     // of the energy
  std::vector<ChipFigure> workings;  // what time and energy follow from
};

// A network as a chip has it.
class DeployedNetwork {
 public:
  virtual ~DeployedNetwork() = default;

  // Throws as Machine::run does for a trial that cannot be.
  virtual ChipTrial run(const Trial& trial) const = 0;
  virtual std::vector<ChipUse> uses() const = 0;
  // What trials showed of the chip, beyond what was known when the network was put there and what
  // behaviour_of says.
  virtual std::vector<Finding> seen(const Conformance& conformance) const = 0;
  // None where the network does not lie on the chip, or no trial is given.
  virtual std::optional<ChipForecast> forecast(const LabelledTrials& trials) const = 0;
  // Of its weights and delays, for the counts of a Conformance.
  virtual void count(Conformance& conformance) const = 0;
};

// What came of putting a network on a chip.
struct PutOnChip {
  std::vector<Finding> findings;  // problems first
  // None where a problem leaves nothing that could run there. Else it runs also with problems: as the
  // chip would do what it can.
  std::unique_ptr<const DeployedNetwork> network;
};

class ChipTarget {
 public:
  virtual ~ChipTarget() = default;

  virtual const std::string& name() const = 0;  // "Xylo Audio 3"
  // What may help a network that does something else on it.
  virtual std::string finer() const = 0;
  // `step` in ms. Throws NetworkError for a step or a readout that cannot be; what the chip does not
  // have is a finding. The network need not outlive the result.
  virtual PutOnChip put(const Network& network, const Readout& readout, Time step) const = 0;
};

// A set of trials on both sides, in parallel; the result does not depend on the number of threads.
// `distance` is van Rossum's of spike trains with a time constant of far_steps, by neuron, summed over
// those of the network that are no inputs, per spike of the exact side.
struct ChipComparison {
  Conformance conformance;
  double distance = 0.0;
};

// `options` are those of the exact runs; without a readout there are no decisions and labels mean
// nothing. `step` (ms) is the chip's. `progress` as in add_samples. Throws what the runs throw, and
// NetworkError for a label that is no class of the readout.
ChipComparison compare(const Machine& exact, const DeployedNetwork& chip,
                       const LabelledTrials& trials, const RunOptions& options, Time step,
                       const std::function<bool(std::size_t)>& progress = {});

}  // namespace retrograde
