// Training in one call: what is learned, by name, for so many epochs.
//
//   const Training done = train(net, trials, *loss,
//                               {.learn = {{"in->h", ParameterKind::weight, 0.01},
//                                          {"in->h", ParameterKind::delay, 0.1, 0.5, 10.0}},
//                                .epochs = 20});
//
// It is the training of `retro train` (adjoint/train/trainer.hpp) with the same bits; who wants steps of
// their own, checkpoints or structure that is learned has a Trainer, or gradient_of and an optimiser.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

// One kind of parameter of one population or projection, as named_values.hpp calls it.
struct Learn {
  std::string owner;
  ParameterKind kind = ParameterKind::weight;
  double rate = 0.0;  // of Adam, in the unit of the parameter for a step; above 0
  // Values stay within; those of the table in engine/parameters.hpp unless given.
  std::optional<double> low = {}, high = {};
  double decay = 0.0, l1 = 0.0;  // as optimizer.hpp says
};

// What a list of these makes of a network. Throws NetworkError for names and kinds that there are not, a
// rate that is none, bounds that cross, lie outside the range of the parameter or leave out a value the
// network has, and for one kind of one owner that comes twice.
Learning learning_of(const Network& network, const std::vector<Learn>& learn);

struct TrainingSpec {
  std::vector<Learn> learn = {};
  std::uint32_t epochs = 10;
  // Batches, schedules, clipping, dropout, regulariser, seed, scheduler, device, Adam's betas. Rates,
  // decay and l1 are those of `learn`. Schedules end with `epochs`; a Plateau watches the accuracy of
  // each epoch, or minus its loss where no trial has a label.
  TrainerOptions options = {};
  // Called after every epoch, and after every batch but the last of one; false stops the training there.
  std::function<bool(const Trainer& trainer)> on_epoch = {};
  Trainer::Progress on_batch = {};
};

struct Training {
  Network network;                 // as it was learned
  std::vector<SetResult> history;  // of each finished epoch, over the trials as they were met
  bool stopped = false;            // by on_epoch or on_batch before the last epoch was over
};

// O(epochs x deliveries). Throws what learning_of and Trainer::run_epoch throw, NetworkError where there
// is no trial, no epoch or nothing to learn, where no gradient reaches what is learned, and for options that
// cannot be meant: a rate, decay or l1 of their own, numbers out of their range.
Training train(const Network& network, const LabelledTrials& trials, const Loss& loss,
               const TrainingSpec& spec);

}  // namespace retrograde
