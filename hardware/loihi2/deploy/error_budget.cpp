#include <algorithm>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/calibrate.hpp>
#include <retrograde/hardware/loihi2/deploy/error_budget.hpp>
#include <retrograde/hardware/spike_distance.hpp>

namespace retrograde::loihi2 {

namespace {

// Spike times by neuron.
std::vector<std::vector<Time>> trains(const Tape& tape, NeuronId neurons) {
  std::vector<std::vector<Time>> result(neurons);
  for (const TapeSpike& spike : tape.spikes) result[spike.neuron].push_back(spike.time);
  return result;
}

// Trials between two calls of progress.
constexpr std::size_t stretch = 64;

// Runs every trial exactly, then under one set of approximations after the other.
class Budgeting {
 public:
  Budgeting(const Machine& exact, const LabelledTrials& trials, const RunOptions& options, Time tau,
            double passes, const std::function<bool(double)>& progress)
      : machine_(exact),
        network_(exact.network()),
        trials_(trials),
        options_(options),
        tau_(tau),
        passes_(passes),
        progress_(progress),
        exact_(trials.size()),
        decisions_(trials.size()),
        labels_(trials.size(), no_decision) {}

  // The exact side of a budget.
  ErrorBudget exactly() {
    const bool decides = options_.readout.kind != Readout::Kind::none;
    in_stretches([&](std::size_t k) {
      const Tape tape = machine_.run(trials_.trial(k), options_);
      exact_[k] = trains(tape, network_.neuron_count());
      decisions_[k] = decide(network_, options_.readout, tape);
      if (decides) labels_[k] = trials_.label(k);
    });
    ErrorBudget budget;
    budget.trials = trials_.size();
    for (std::size_t k = 0; k < trials_.size(); ++k) {
      budget.labelled += labels_[k] != no_decision;
      budget.exact_correct += labels_[k] != no_decision && labels_[k] == decisions_[k];
      for (NeuronId n = 0; n < network_.neuron_count(); ++n)
        if (!network_.is_input(n)) spikes_ += exact_[k][n].size();
    }
    return budget;
  }

  // After `exactly`.
  BudgetEntry measure(const ApproximateNetwork& approximate) {
    struct Sample {
      int decision = no_decision;
      double distance = 0.0;
    };
    std::vector<Sample> samples(trials_.size());
    in_stretches([&](std::size_t k) {
      const Tape tape = approximate.run(trials_.trial(k), options_);
      samples[k].decision = decide(network_, options_.readout, tape);
      const std::vector<std::vector<Time>> found = trains(tape, network_.neuron_count());
      for (NeuronId n = 0; n < network_.neuron_count(); ++n)
        if (!network_.is_input(n))
          samples[k].distance += spike_distance(exact_[k][n], found[n], tau_);
    });
    BudgetEntry entry;
    for (std::size_t k = 0; k < trials_.size(); ++k) {
      entry.correct += labels_[k] != no_decision && labels_[k] == samples[k].decision;
      entry.changed += decisions_[k] != samples[k].decision;
      entry.distance += samples[k].distance;
    }
    entry.distance /= static_cast<double>(std::max<std::uint64_t>(spikes_, 1));
    return entry;
  }

 private:
  // One pass: body(k) for every trial, in parallel.
  template <typename Body>
  void in_stretches(const Body& body) {
    const std::size_t size = trials_.size();
    for (std::size_t begin = 0; begin < size; begin += stretch) {
      const std::size_t end = std::min(size, begin + stretch);
      for_each_trial(end - begin, [&](std::size_t k) { body(begin + k); });
      const double share = static_cast<double>(end) / static_cast<double>(size);
      if (progress_ && !progress_((passes_done_ + share) / passes_))
        throw Interrupted("the error budget was stopped");
    }
    ++passes_done_;
  }

  const Machine& machine_;
  const Network& network_;
  const LabelledTrials& trials_;
  const RunOptions& options_;
  const Time tau_;
  const double passes_;
  const std::function<bool(double)>& progress_;
  double passes_done_ = 0.0;
  std::vector<std::vector<std::vector<Time>>> exact_;  // [trial][neuron]
  std::vector<int> decisions_, labels_;
  std::uint64_t spikes_ = 0;  // of neurons that are no inputs
};

// A network of steps has its grid from the start, and its layers follow each other in a step, which
// the chip's lags stand for.
bool goes_in_steps(const Machine& exact) {
  return dynamic_cast<const SteppedMachine*>(&exact) != nullptr;
}
ApproximationSet grid_of_a_chip() {
  return ApproximationSet{}.with(Approximation::time_grid).with(Approximation::latency);
}

}  // namespace

ErrorBudget error_budget(const Machine& exact, const ChipNetwork& chip, const ChipNetwork* tuned,
                         const Semantics& semantics, const LabelledTrials& trials,
                         const RunOptions& options, const std::function<bool(double)>& progress) {
  // Exactly, every approximation added and alone but for the first two, and tuned.
  const double passes = 2.0 * approximations.size() - 1.0 + (tuned ? 1.0 : 0.0);
  Budgeting budgeting(exact, trials, options, distance_steps * chip.step, passes, progress);
  const auto measure = [&](const ChipNetwork& measured, ApproximationSet set) {
    return budgeting.measure(ApproximateNetwork(exact.network(), measured, set, semantics));
  };
  ErrorBudget budget = budgeting.exactly();

  // Every set is measured once.
  std::vector<std::pair<ApproximationSet, BudgetEntry>> known;
  const auto entry = [&](ApproximationSet set) {
    for (const auto& [measured, result] : known)
      if (measured == set) return result;
    known.emplace_back(set, measure(chip, set));
    return known.back().second;
  };
  const ApproximationSet start = goes_in_steps(exact) ? grid_of_a_chip() : ApproximationSet{};
  ApproximationSet added = start;
  for (const Approximation a : approximations) {
    added = added.with(a);
    budget.cumulative.push_back(entry(added));
  }
  for (const Approximation a : approximations) {
    const ApproximationSet alone =
        start == ApproximationSet{} ? ApproximationSet::alone(a) : start.with(a);
    budget.alone.push_back(entry(alone));
  }
  if (tuned) budget.tuned = measure(*tuned, ApproximationSet::all());
  return budget;
}

}  // namespace retrograde::loihi2
