// Conformance: does a chip decide as the exact network does, and does everything stay within its
// registers? Built sample by sample over a labelled set; nothing here knows which chip it is.
//
// Samples are run in parallel and summed in their order, so that the result does not depend on the
// number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/events/time.hpp>
#include <retrograde/hardware/share.hpp>

namespace retrograde {

// The values that one kind of register of one population took.
struct RegisterUse {
  std::uint32_t population = 0;
  std::string name;
  int bits = 0;  // width, sign included
  std::int64_t min = std::numeric_limits<std::int64_t>::max();
  std::int64_t max = std::numeric_limits<std::int64_t>::min();
  std::uint64_t overflows = 0;  // values that did not fit

  bool empty() const { return min > max; }
  // Largest magnitude over 2^(bits - 1); above 1 only for registers that are watched and not
  // enforced.
  double utilisation() const;
  friend bool operator==(const RegisterUse&, const RegisterUse&) = default;
};

// From here on a first spike has not moved by rounding to the grid.
inline constexpr double far_steps = 10.0;

// Sums over neurons that fired on both sides, per population: first spike on the chip minus exact
// first spike (ms).
struct SpikeShift {
  std::uint64_t neurons = 0;
  double sum = 0.0, sum_of_squares = 0.0;
  std::uint64_t one_sided = 0;  // neurons that fired on one side only
  std::uint64_t far = 0;        // of `neurons`, those off by more than far_steps

  // A neuron's first spikes, never where it did not fire, on a chip of that step.
  void add(Time exact, Time chip, Time step);
  double mean() const { return neurons ? sum / static_cast<double>(neurons) : 0.0; }
  double deviation() const;  // root mean square about 0
  // Of the neurons that fired, those that did so on both sides.
  Share both() const { return {neurons, neurons + one_sided}; }
  friend bool operator==(const SpikeShift&, const SpikeShift&) = default;
};

// How many spikes more a population sends on the chip, in the mean of trials, and the interval in
// which the mean of all such trials lies (95 %, normal): the trials are the same on both sides.
struct SpikeGain {
  std::uint64_t samples = 0;
  double sum = 0.0, sum_of_squares = 0.0;

  double mean() const { return samples ? sum / static_cast<double>(samples) : 0.0; }
  // Half the width of the interval; infinite for fewer than two trials.
  double uncertainty() const;
  friend bool operator==(const SpikeGain&, const SpikeGain&) = default;
};

// What one labelled trial did on both sides. Vectors run over populations, or over neurons.
struct ConformanceSample {
  int label = no_decision;  // no_decision: unlabelled
  int exact = no_decision, chip = no_decision;
  std::vector<std::uint64_t> spikes_exact, spikes_chip;
  std::vector<SpikeShift> shifts;
  std::vector<std::uint64_t> by_neuron_exact, by_neuron_chip;  // spikes
  std::vector<RegisterUse> registers;  // the same list for every sample of a set
  std::uint64_t input_collisions = 0;
  std::uint64_t synaptic_operations = 0;
  std::uint64_t steps = 0;
};

// What was decided in one of them.
struct TrialDecisions {
  int label = no_decision, exact = no_decision, chip = no_decision;
  friend bool operator==(const TrialDecisions&, const TrialDecisions&) = default;
};

struct Conformance {
  std::vector<std::string> populations;
  std::uint32_t classes = 0;  // size of the readout's population
  // There is no exact network: what stands for it is the chip's own.
  bool own_reference = false;

  std::uint64_t samples = 0, labelled = 0;
  std::uint64_t exact_correct = 0, chip_correct = 0;
  std::uint64_t agreed = 0;               // equal decisions, "none" included
  std::uint64_t undecided = 0;            // of those, "none"
  std::vector<TrialDecisions> decisions;  // of every sample
  std::vector<std::uint64_t> spikes_exact, spikes_chip;
  std::vector<SpikeGain> gains;
  std::vector<SpikeShift> shifts;
  std::vector<std::uint64_t> by_neuron_exact, by_neuron_chip;  // spikes, over all samples
  std::vector<RegisterUse> registers;
  std::uint64_t input_collisions = 0;
  std::uint64_t synaptic_operations = 0;
  std::uint64_t steps = 0;
  // Rows are labels, columns decisions and at last "none": classes x (classes + 1). Labelled
  // samples only.
  std::vector<std::uint64_t> confusion_exact, confusion_chip;
  std::uint64_t weights = 0, weights_clipped = 0, delays_clipped = 0;  // of the quantisation

  Conformance() = default;
  Conformance(std::vector<std::string> population_names, std::uint32_t class_count);

  // Adds one sample. Throws InternalError if it has other populations or registers than those
  // before, or a label or decision beyond the classes.
  void add(const ConformanceSample& sample);

  // Whether a readout decides; else decisions and labels mean nothing.
  bool decides() const { return classes > 0; }
  Share right_exact() const { return {exact_correct, labelled}; }
  Share right_chip() const { return {chip_correct, labelled}; }
  // Of the trials in which a side decides: two that decide nothing say nothing.
  Share same_decision() const {
    return decides() ? Share{agreed - undecided, samples - undecided} : Share{};
  }
  double accuracy_exact() const { return right_exact().value(); }
  double accuracy_chip() const { return right_chip().value(); }
  double agreement() const { return ratio(agreed, samples); }  // "none" included
  double spikes_per_sample_exact(std::size_t population) const {
    return ratio(spikes_exact[population], samples);
  }
  double spikes_per_sample_chip(std::size_t population) const {
    return ratio(spikes_chip[population], samples);
  }

 private:
  static double ratio(std::uint64_t part, std::uint64_t whole) {
    return whole ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
  }
};

// Adds sample(0) .. sample(count - 1), which run in parallel, in this order. `sample` must be
// callable from many threads; its errors are rethrown, the one of the smallest index first.
// `progress`, if there is one, is called from the calling thread with the number of samples done;
// false stops with Interrupted.
void add_samples(Conformance& conformance, std::size_t count,
                 const std::function<ConformanceSample(std::size_t)>& sample,
                 const std::function<bool(std::size_t)>& progress = {});

}  // namespace retrograde
