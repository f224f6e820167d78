// A loss: from the tape of one trial to a number and to where it enters the backward pass. Every
// loss is a file of its own beside this one: its formula, its values, its reference.
//
// A loss may depend on four things: on spike times, on weighted voltage integrals A_j = integral
// of weighting(t) V_j(t) dt (engine/neuron/time_weight.hpp), on V_j at single instants, and on the
// instants at which spikes are delivered. Its whole effect on the backward pass is the derivative
// by each of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/tape.hpp>
#include <retrograde/events/ids.hpp>

namespace retrograde {

struct LossValue {
  struct Sample {
    Time time;
    NeuronId neuron;
    double gradient;  // dL/dV of the neuron at that time, before anything that happens then
  };
  struct Delivery {
    SpikeId spike;  // on the tape
    SynapseId synapse;
    double gradient;  // dL/dt of its arrival over the synapse (1/ms)
  };

  double value = 0.0;
  std::vector<double> spike_times;  // dL/dt_k per spike of the tape (1/ms); empty: no dependence
  std::vector<double> integrals;    // dL/dA_j per neuron (1/ms); empty: no dependence
  std::vector<Sample> samples;      // ascending in time
  std::vector<Delivery> deliveries;
  // The class that is decided for, by a loss that decides otherwise than its readout says.
  std::optional<int> decision;

  // The samples of each of so many neurons, ascending in time; empty without samples.
  std::vector<std::vector<Sample>> samples_by_neuron(std::size_t neurons) const;
};

// V of a population at the points step, 2 step, ... of a trial that goes in steps.
struct VoltageSteps {
  Time step = 0.0;            // ms
  std::uint32_t neurons = 0;  // of the population
  std::span<const double> v;  // [point][neuron]

  std::size_t points() const { return v.size() / neurons; }
  std::span<const double> at(std::size_t point) const {
    return v.subspan(point * neurons, neurons);
  }
};

// A loss of these, the class that is decided for (no_decision: none), and dL/dV [point][neuron].
struct StepLoss {
  double value = 0.0;
  int decision = no_decision;
  std::vector<double> gradient;
};

class Loss {
 public:
  virtual ~Loss() = default;
  virtual std::string_view name() const = 0;
  // What the forward run has to take down, of which population, and how a decision is read.
  virtual Readout readout() const = 0;
  // `tape` is of a run with that readout. label: the class of the trial; ignored by losses without
  // classes. Throws NetworkError if the population does not exist or does not suit the loss, and
  // NumericalError, which names the loss, if its value is not finite.
  LossValue evaluate(const Network& network, const Tape& tape, int label) const;
  // Whether there is such a loss where time goes in steps.
  virtual bool goes_in_steps() const { return false; }
  // The same loss there: integrals are sums of step times the value at each point. Throws
  // NetworkError for one that has no such form.
  virtual StepLoss evaluate_steps(const Network& network, const VoltageSteps& voltages,
                                  int label) const;

 private:
  // The same of the population that is read, whatever the value.
  virtual LossValue measure(const Network& network, const Population& population, const Tape& tape,
                            int label) const = 0;
};

}  // namespace retrograde
