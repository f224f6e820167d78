// Checks adjoint gradients in two ways: against forward tangents (tangent.hpp), which are as exact
// as they are, and against differences (difference.hpp), which know nothing of derivatives.
//
// A spiking network's gradient is exact between the points where a spike appears, vanishes, or
// changes its place in the order of spikes, and where the largest of several maxima of V becomes
// another one. Where the perturbed runs differ in the sequence of neurons that fire or in the
// number of arrivals before a maximum, the difference quotient means nothing; where a perturbed
// value leaves its range, there is no run at all. Such points are tried with smaller steps. What
// then cannot be judged is skipped and counted, never passed: entries without a step that keeps the
// spikes, entries at a kink, and entries whose difference is less certain than the error it finds.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/adjoint/loss/loss.hpp>
#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde {

struct GradientCheckOptions {
  double tolerance = 1e-7;  // the largest error
  double step = 1e-3;       // the longest one, relative to max(1, |value|)
  std::size_t sample = 0;   // check only so many entries, drawn at random; 0: all
  std::uint64_t seed = 1;
  RunOptions run = {};  // of every run; its readout is the loss's
  Scheduler scheduler = Scheduler::automatic;
  // Called after every entry, from any thread; false stops the check with Interrupted.
  std::function<bool(std::size_t done, std::size_t total)> progress = {};
};

struct GradientCheckEntry {
  ParameterKind kind;  // of a parameter; meaningless for inputs
  bool input = false;  // an input spike time
  std::size_t index;   // SynapseId, NeuronId, or position in Trial::inputs
  double adjoint, tangent, difference;
  double error;          // |adjoint - difference| / max(1, |adjoint|, |difference|)
  double tangent_error;  // the same of the tangent
  double uncertainty;    // of the difference itself, on the same scale: two step sizes apart, and
                         // rounding
};

struct GradientCheck {
  double loss = 0.0;
  double tolerance = 0.0;                   // that of the options
  std::vector<GradientCheckEntry> entries;  // those judged, worst first
  std::size_t skipped = 0;                  // those not judged; of them
  std::size_t kinks = 0;                    //   the loss has a kink, and no derivative
  std::size_t uncertain = 0;                //   the difference is less certain than what it finds
                                            //   else no step tried kept the spikes and the ranges
  double worst_tangent = 0.0;               // largest tangent_error, of skipped entries as well
  std::vector<std::uint32_t> silent;        // populations that could fire and did not

  double worst() const { return entries.empty() ? 0.0 : entries.front().error; }
  // Whether nothing was checked: no entry was judged, or every gradient is 0 because the loss
  // depends on nothing here.
  bool nothing() const;
  // Tangents are as exact as the adjoint; only rounding is between them.
  static constexpr double tangent_tolerance = 1e-9;
  bool passed() const {
    return !nothing() && worst() <= tolerance && worst_tangent <= tangent_tolerance;
  }
};

// Up to 28 runs and one replay per entry, in parallel. Every parameter that influences the dynamics
// is checked, learned or not. Throws what the run, the loss and the backward pass throw.
GradientCheck check_gradient(const Network& network, const Trial& trial, const Loss& loss,
                             int label, const GradientCheckOptions& options = {});

// The loss and its gradient for one trial.
struct LossGradient {
  double loss = 0.0;
  int decision = -1;
  Tape tape;
  Gradient gradient;
};
LossGradient gradient_of(const Machine& machine, const Trial& trial, const Loss& loss, int label,
                         RunOptions options = {});
// The same by a machine made for it alone.
LossGradient gradient_of(const Network& network, const Trial& trial, const Loss& loss, int label);

}  // namespace retrograde
