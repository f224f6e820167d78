// Checks adjoint gradients in two ways: against forward tangents (tangent.hpp), which are as exact
// as they are, and against central differences, which know nothing of derivatives.
//
// A spiking network's gradient is exact between the points where a spike appears, vanishes, or
// changes its place in the order of spikes, and where the largest of several maxima of V becomes
// another one. Where the perturbed runs differ in the sequence of neurons that fire or in the
// number of arrivals before a maximum, the difference quotient means nothing; where a perturbed
// value leaves its range, there is no run at all. Such points are tried with smaller steps, then
// skipped and counted.
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
  double step = 1e-3;      // the longest one, relative to max(1, |value|)
  std::size_t sample = 0;  // check only so many entries, drawn at random; 0: all
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
  std::vector<GradientCheckEntry> entries;  // worst first
  std::size_t skipped = 0;                  // no step tried kept the spikes and the ranges
  double worst_tangent = 0.0;               // largest tangent_error, of skipped entries as well
  double worst() const { return entries.empty() ? 0.0 : entries.front().error; }
  // Tangents are as exact as the adjoint; only rounding is between them.
  static constexpr double tangent_tolerance = 1e-9;
  bool passed(double tolerance) const {
    return !entries.empty() && worst() <= tolerance && worst_tangent <= tangent_tolerance;
  }
};

// Five-point differences, fourth order, one-sided at the edge of a range, at two to seven step
// sizes. 8 to 35 runs and one replay per entry, in parallel. Every parameter that influences the
// dynamics is checked, learned or not.
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
