// What Python holds of us. Everything is shared and immutable, so that a view of an array may outlive
// whatever it was taken from, and many threads may use one object.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde::python {

// A network with what is learned of it and with the machines that run it, which are made once.
class PyNetwork {
 public:
  // `scenario`: where it is from, for its limits and its copy in another process; may be null.
  PyNetwork(Network network, std::shared_ptr<const Learning> learning,
            std::shared_ptr<const Scenario> scenario)
      : network_(std::move(network)),
        learning_(std::move(learning)),
        scenario_(std::move(scenario)) {}

  const Network& network() const { return network_; }
  const Learning& learning() const { return *learning_; }
  const std::shared_ptr<const Learning>& shared_learning() const { return learning_; }
  const std::shared_ptr<const Scenario>& scenario() const { return scenario_; }
  // Throws NetworkError where it is impossible.
  std::shared_ptr<const Machine> machine(Scheduler scheduler) const;
  // That of the scenario, else the one that the engine chooses.
  Scheduler usual_scheduler() const {
    return scenario_ ? scenario_->scheduler : Scheduler::automatic;
  }
  RunOptions run_options() const { return scenario_ ? scenario_->run_options() : RunOptions{}; }

 private:
  Network network_;
  std::shared_ptr<const Learning> learning_;
  std::shared_ptr<const Scenario> scenario_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const Machine> machines_[schedulers.size()];
};
using NetworkPtr = std::shared_ptr<PyNetwork>;

// Trials, as a data set has them or as Python gave them.
struct PyTrials {
  std::shared_ptr<const LabelledTrials> trials;
  // Of trials that Python gave, where their spikes were not in order: the place in its arrays of
  // each input spike, trial after trial. Empty: they were.
  std::vector<std::size_t> order = {};
};
using TrialsPtr = std::shared_ptr<PyTrials>;

// What a run leaves: tapes for the way back, and the same spikes as arrays.
struct PyRun {
  NetworkPtr network;
  TrialsPtr trials;
  std::shared_ptr<const Machine> machine;
  Readout readout;
  std::vector<Tape> tapes;
  // Of all trials, one after the other.
  std::vector<double> times;
  std::vector<std::uint32_t> neurons;
  std::vector<std::uint64_t> offsets;  // trials + 1
  // [trial][neuron of the readout's population], where it was asked for.
  std::vector<double> integrals, maxima;
  std::vector<Probe> probes;
  std::vector<std::vector<Recording>> recordings;  // [trial][probe]

  std::size_t size() const { return tapes.size(); }
};
using RunPtr = std::shared_ptr<PyRun>;

struct PyGradient {
  NetworkPtr network;
  GradientLayout layout;
  std::vector<double> values;
  bool neuron_parameters = true;
  std::vector<double> input_times, input_payloads;  // of all trials, in the order Python gave
  std::vector<std::uint64_t> input_offsets;
  std::optional<std::vector<double>> initial_v;  // [trial][neuron]
  std::vector<double> losses;                    // per trial; none for a loss of the user's
  std::vector<std::int64_t> decisions;
  RunPtr run;
};

}  // namespace retrograde::python
