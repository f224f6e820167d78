// What one arrival is worth to a readout that never fires: H(t), the weighted integral of what a unit
// of I at t leaves of V until the end,
//
//   H(t) = integral from t to T of weighting(x) K(x - t) dx,
//
// so that A = (what the bias does) + sum over arrivals of w H(t). K is not negative and a weighting
// falls, so H falls: whatever arrives somewhere in [a, b] is worth between H(b) and H(a), and no bound
// can be closer.
//
// On a grid A is the sum of grid weighting(x) V(x) over its points, and H(t) the same sum of K(x - t).
// Arrivals at its points follow from each other, from the end back,
//
//   P(n) = grid weighting + P(n + 1) e^(-grid/tau_mem)
//   H(n) = K(grid) P(n + 1) + H(n + 1) e^(-grid/tau_syn),
//
// and fall likewise.
#pragma once

#include <vector>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

class LinearResponse {
 public:
  // `neuron` has no threshold, `weighting` a closed form; grid (ms), 0: none. O(points of the grid).
  LinearResponse(const CubaLif& neuron, const TimeWeight& weighting, Time duration, Time grid);

  // At least and at most what a unit that arrives in [first, last] is worth; on a grid, at points of
  // it. 0 behind the end.
  double most(Time first) const;
  double least(Time last) const;
  // What a bias is worth alone.
  double of_bias(double bias) const;

 private:
  double at(Time t) const;
  double at_point(double point) const;

  CubaLif neuron_;
  TimeWeight weighting_;
  Time duration_, grid_;
  std::vector<double> points_;  // H of each point of the grid
};

}  // namespace retrograde
