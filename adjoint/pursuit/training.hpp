// Dictionaries and classifiers that are learned together, through the pursuit: minibatches of labelled
// signals, their loss (batch_loss.hpp), Adam, atoms (of a convolution its kernels) put back to length 1
// after each step. Weights of the penalty may be learned too; they stay at a thousandth of their first
// values or above, because without any the codes are no longer unique and their gradients mean nothing.
// Over the first epochs they rise from 0 to their values in equal steps per batch (warm-up), so that
// all atoms are in use while the dictionary takes shape.
//
// The course of a training is a value, PursuitCourse: one that was stopped after a batch and goes on
// equals one that was not, bit for bit, for any number of threads. No files, no clock. Of the epochs
// after those without labels and those of the warm-up the one with the most right decisions on the
// validation part is kept, the first of equal ones; if there is none, the last. Nothing else is chosen
// by looking, and a test part has no place here.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <retrograde/adjoint/pursuit/batch_loss.hpp>
#include <retrograde/adjoint/train/schedule.hpp>
#include <retrograde/engine/pursuit/labelled_signals.hpp>

namespace retrograde {

struct PursuitTraining {
  std::uint32_t epochs = 20, batch = 128;
  PursuitBatchOptions pursuit = {};
  PursuitLoss loss = {.reconstruction = 0.01};
  std::uint32_t unsupervised = 0;  // of the first epochs the loss has no classification
  double warm_up = 1.0;            // epochs
  double dictionary_rate = 1e-3, classifier_rate = 1e-2, penalty_rate = 0.0;  // of Adam
  Schedules schedules = {};  // of all rates together; its `epochs` are those above
  // Epochs without a better one, counted from the first that can be kept, after which it stops; 0:
  // never.
  std::uint32_t patience = 0;
  std::uint64_t seed = 1;  // of the order of signals
};

struct PursuitEpoch {
  std::uint32_t epoch = 0;  // 0-based
  // Means over the batches, in training.
  double loss = 0.0, reconstruction = 0.0, cross_entropy = 0.0, coherence = 0.0, gap = 0.0;
  double kkt = 0.0, active = 0.0;
  double training_accuracy = 0.0;    // while it learned
  double validation_accuracy = 0.0;  // after it
  bool best = false;                 // the one to keep, so far
};

// Moments of Adam, shaped as what is learned.
struct PursuitMoments {
  Matrix dictionary, weights;
  Vector bias, l1, l2;
};

struct PursuitCourse {
  PursuitClassifier now, best;
  Penalty first_penalty;  // of `now` before the first step
  PursuitMoments first, second;
  std::uint64_t steps = 0;
  std::uint32_t epoch = 0;  // that comes next, or is under way
  std::uint32_t batch = 0;  // of it, that comes next
  PursuitEpoch running;     // the sums over those before it
  std::vector<ScheduleState> schedules;
  std::vector<PursuitEpoch> epochs;  // behind it

  double best_accuracy() const;  // of the epoch that is kept
};

// Who looks on; each says whether to go on.
struct PursuitWatch {
  std::function<bool(const PursuitEpoch&)> epoch = {};  // after each one
  // After each batch but the last of an epoch: how many are done, of how many.
  std::function<bool(std::uint32_t done, std::uint32_t of)> batch = {};
};

// Random atoms of length 1 about signals of the training part: each a signal less the mean of all, to
// length 1, plus `noise` times a normal vector of length about 1, normalised.
Matrix atoms_from(const Matrix& signals, Eigen::Index count, double noise, std::uint64_t seed);

// Before the first step: atoms or kernels are put to length 1. Throws UsageError for a classifier that
// does not fit or whose dictionary is not learned (learned_atoms.hpp).
PursuitCourse pursuit_course(PursuitClassifier classifier);

// Goes on until all epochs are done, patience is at its end, or somebody who looks on says so; then
// the course can go on. Throws UsageError for settings and data that cannot be meant, NumericalError
// where training diverges.
void train_pursuit(PursuitCourse& course, const PursuitTraining& training,
                   const LabelledSignals& data, const LabelledSignals& validation,
                   const PursuitWatch& watch = {});

// The share of right decisions on codes of so many iterations.
double pursuit_accuracy(const PursuitClassifier& classifier, const LabelledSignals& data,
                        std::uint32_t iterations);

// An estimate of the largest eigenvalue of a Gram matrix for the steps within an epoch, by the power
// method from a fixed vector: 5 % above what 60 iterations find. That is within a few per cent of it as
// a rule and no bound; an epoch ends with the eigenvalue itself.
double eigenvalue_estimate(const Matrix& gram);

}  // namespace retrograde
