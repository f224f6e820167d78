// What Python holds of us. Everything is shared and stays as it was made, so that a view of an array may
// outlive whatever it was taken from, and many threads may use one object.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde::python {

using ScenarioPtr = std::shared_ptr<Scenario>;

// A network, the scenario that it is from, never null, and the machines that run it, which are made once.
class PyNetwork {
 public:
  PyNetwork(Network network, Learning learning, ScenarioPtr scenario)
      : network_(std::move(network)),
        learning_(std::move(learning)),
        scenario_(std::move(scenario)) {}

  const Network& network() const { return network_; }
  const Learning& learning() const { return learning_; }
  const ScenarioPtr& scenario() const { return scenario_; }
  // `device`: null for the CPU. Throws NetworkError where it is impossible.
  std::shared_ptr<const Machine> machine(Scheduler scheduler,
                                         const std::shared_ptr<Device>& device);

 private:
  Network network_;
  Learning learning_;
  ScenarioPtr scenario_;
  std::mutex mutex_;
  std::map<std::pair<Scheduler, std::shared_ptr<Device>>, std::shared_ptr<const Machine>> machines_;
};
using NetworkPtr = std::shared_ptr<PyNetwork>;

// Trials, as a data set has them or as Python gave them.
struct PyTrials {
  std::shared_ptr<const LabelledTrials> trials;
  // The place of each input spike, trial after trial, among those that Python gave. Empty: the same.
  std::vector<std::size_t> order = {};
  // Whose events happen in them; null: nothing happens.
  ScenarioPtr scenario = {};
  std::vector<std::uint64_t> numbers = {};  // of each trial, for what is drawn in it
  double longest = 0.0;                     // ms
};
using TrialsPtr = std::shared_ptr<PyTrials>;

// A built-in loss, and the label of trials that have none.
struct PyLoss {
  std::shared_ptr<const Loss> loss;
  int label = no_decision;
  int of(int label_of_trial) const {
    return label_of_trial == no_decision ? label : label_of_trial;
  }
};
using LossPtr = std::shared_ptr<PyLoss>;

// What a run leaves: tapes for the way back, and the same spikes as arrays.
struct PyRun {
  NetworkPtr network;
  TrialsPtr trials;
  std::shared_ptr<const Machine> machine;
  std::shared_ptr<Device> device;  // null: the CPU
  Readout readout;
  std::vector<Tape> tapes;
  // Of all trials, one after the other.
  std::vector<double> times;
  std::vector<std::uint32_t> neurons;
  std::vector<std::uint64_t> offsets;  // trials + 1
  // [trial][neuron of the readout's population], where it asks for them.
  std::vector<double> integrals, maxima;
  std::vector<std::vector<Recording>> recordings;  // [trial][probe]

  std::size_t size() const { return tapes.size(); }
  std::uint32_t read_neurons() const { return population_of(network->network(), readout).size; }
};
using RunPtr = std::shared_ptr<PyRun>;

struct PyGradient {
  NetworkPtr network;
  std::vector<double> values;                       // in the layout of the network
  std::vector<double> input_times, input_payloads;  // of all trials, in the order that Python gave
  std::vector<double> initial_v;                    // [trial][neuron], where asked for
  std::vector<double> losses;                       // per trial; none for a loss of the user's
  std::vector<std::int64_t> decisions;
};
using GradientPtr = std::shared_ptr<PyGradient>;

}  // namespace retrograde::python
