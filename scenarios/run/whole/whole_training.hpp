// A training to its end: the course that [train] says and, where [chip] fine_tune asks for it, the
// course through the chip after it. What `retro train`, the runs of a study and Python have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

struct WholeTraining {
  // With the network of its best epoch and, of one that is whole, its tuning or why there is none.
  Trained trained;
  bool finished = false;  // false: stopped, and everything is saved
  bool early = false;     // the first course ended because its patience was over
  SelfCheck self_check;   // of this session
  // Whole epochs of the course that was stopped or came last, and which one it was.
  std::uint32_t epochs = 0;
  bool tuning = false;
};

// Whether the network is tuned for the chip as well; a study that leaves the chip out does not.
enum class Tuning { no, where_wanted };

// Trains `scenario` in `folder`, or goes on there with options.resume. `between` is called when the first
// course is over, before the second. Throws what train and fine_tune throw.
WholeTraining train_wholly(Scenario scenario, const Dataset& dataset, const RunFolder& folder,
                           const TrainingOptions& options, Tuning tuning = Tuning::where_wanted,
                           const std::function<void(const WholeTraining&)>& between = {});

// What of its data, and of what it leaves out, makes a training or its result another one than it seems:
// sentences for the user, none where all is well.
std::vector<std::string> training_doubts(const Scenario& scenario, const Dataset& dataset);

}  // namespace retrograde
