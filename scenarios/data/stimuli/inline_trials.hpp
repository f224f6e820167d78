// The trials that a scenario writes out itself: what goes into its input populations, in one trial or
// in several that are alike or differ. A trial is made each time it is asked for and kept nowhere.
// Const, and safe to use from many threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/data/stimuli/initial_values.hpp>
#include <retrograde/scenarios/data/stimuli/stimulus.hpp>

namespace retrograde {

// What goes into one population.
struct InlineInput {
  std::string name;                                              // of the population
  NeuronId first = 0;                                            // its first neuron
  std::uint32_t size = 0;                                        // neurons
  std::shared_ptr<const Stimulus> spikes = {};                   // null: none
  std::shared_ptr<const std::vector<SignalChange>> signal = {};  // of neurons of the network
};

// Trials that differ in nothing but what is drawn.
struct InlineTrialKind {
  Time duration = 0;
  std::uint32_t repeat = 1;
  int label = -1;  // no_decision: none
  Part part = Part::train;
  std::vector<InlineInput> inputs = {};  // of all populations, in their order
};

// How many spikes a trial is expected to have.
double expected_spikes(const InlineTrialKind& kind);

class InlineTrials {
 public:
  // `starts` are neurons that fire at 0 ms in every trial; `initial`: how they begin, null: at rest.
  InlineTrials(std::vector<InlineTrialKind> kinds, std::vector<NeuronId> starts, std::uint64_t seed,
               std::shared_ptr<const InitialValues> initial = nullptr);

  std::size_t size() const { return ends_.empty() ? 0 : ends_.back(); }
  std::size_t size(Part part) const { return parts_[static_cast<std::size_t>(part)]; }
  Time longest() const;
  // Whether not all trials last as long.
  bool various_durations() const;
  const std::vector<InlineTrialKind>& kinds() const { return kinds_; }

  // The k-th trial of a part, the kinds in their order. O(its spikes).
  Trial trial(Part part, std::size_t k) const;
  int label(Part part, std::size_t k) const;

 private:
  struct Place {
    const InlineTrialKind* kind;
    std::uint64_t trial;  // among all
  };
  Place find(Part part, std::size_t k) const;

  std::vector<InlineTrialKind> kinds_;
  std::vector<NeuronId> starts_;
  std::uint64_t seed_;
  std::shared_ptr<const InitialValues> initial_;
  std::vector<std::uint64_t> ends_;  // trials up to each kind
  std::array<std::size_t, 3> parts_{};
};

// As a data set. `classes` is how many its labels tell apart, 0 where nothing asks for them.
Dataset inline_dataset(std::shared_ptr<const InlineTrials> trials, std::uint32_t classes);

}  // namespace retrograde
