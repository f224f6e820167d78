// The trials that a network is most wrong about: those that are decided wrongly, the largest loss
// first, and after them, where those are few, the right ones that cost most.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>
#include <retrograde/engine/trial/readout.hpp>

namespace retrograde {

struct JudgedTrial {
  std::size_t index = 0;  // within the part
  int label = no_decision, decision = no_decision;
  double loss = 0;
  // How far the label's score is above the best of the others, in the unit of the readout: ms by which
  // it fires earlier, or the difference of integrals (V ms) or maxima (V). Below 0: decided wrongly.
  // Not-a-number: there is no label, or no other score.
  double margin = std::numeric_limits<double>::quiet_NaN();

  bool wrong() const { return label != no_decision && decision != label; }
};

// Keeps the worst `most` of the trials it is told of. Of equal ones the first; a loss that is not a
// number comes last.
class WorstTrials {
 public:
  explicit WorstTrials(std::size_t most) : most_(most) {}
  void add(std::size_t index, const TrialResult& result);
  const std::vector<JudgedTrial>& list() const { return worst_; }  // the worst first

 private:
  std::size_t most_;
  std::vector<JudgedTrial> worst_;
};

// What the neurons of the readout's population score: the largest one decides (readout.hpp). Minus
// infinity for one that never fires where the first spike decides; empty where nothing is read.
std::vector<double> scores(const Network& network, const Readout& readout, const Tape& tape);

// Runs the trials once more and fills in their margins.
void add_margins(std::vector<JudgedTrial>& trials, const Machine& machine,
                 const RunOptions& options, const LabelledTrials& set);

}  // namespace retrograde
