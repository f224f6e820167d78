// The states in which the neurons of a scenario begin its trials, where it says so: the same in every
// trial, or drawn in each from (seed, "v_init/" or the like and the population's name, trial and
// neuron).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/engine/trial/initial_state.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/dataset.hpp>

namespace retrograde {

// One quantity of one population.
struct InitialRow {
  NeuronId first = 0;
  std::uint32_t size = 0;
  int receptor = -1;                    // whose current it is; -1: it is V
  std::vector<double> values = {};      // one for all, or one for each; or else
  std::function<double(Random&)> draw;  // what each draws in each trial,
  std::string purpose = {};             // for that purpose,
  std::vector<double> below =
      {};  // again until it lies below this: one for all, or each; empty: any
};

class InitialValues {
 public:
  InitialValues(std::vector<InitialRow> rows, NeuronId neurons, std::uint64_t seed);

  // Whether trials differ in it.
  bool drawn() const { return drawn_; }
  // Of a trial, counted among all of its set. Throws NumericalError where no draw lies below what it
  // has to.
  std::shared_ptr<const InitialState> of(std::uint64_t trial) const;

 private:
  std::shared_ptr<const InitialState> make(std::uint64_t trial) const;

  std::vector<InitialRow> rows_;
  NeuronId neurons_;
  std::uint64_t seed_;
  bool drawn_ = false;
  std::shared_ptr<const InitialState> fixed_;  // where nothing is drawn
};

// The same set, whose trials begin so, unless they say how themselves. Trials are counted part after part.
Dataset begun(const Dataset& dataset, const std::shared_ptr<const InitialValues>& initial);

}  // namespace retrograde
