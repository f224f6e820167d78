// A machine that goes in steps, as clock-driven simulators do. It is not exact: what it does to a
// network says where exact time matters and where it does not. It runs cuba_lif and cuba_li neurons
// with one exponential receptor.
//
// A trial has whole steps (engine/trial/time_grid.hpp). At each point t_n = n step of the grid, in
// this order:
//   1. V and I have followed their equations from t_(n-1) on, in closed form ("exact integration",
//      Rotter and Diesmann, Biol. Cybern. 81 (1999)): nothing is lost within a step.
//   2. A neuron whose V is at or above its threshold fires, at t_n, however long ago it got there;
//      V := v_reset for t_ref, rounded to whole steps. It fires at most once a step, and a V that
//      was above the threshold between two points only has not been seen.
//   3. Input spikes are sent from the point nearest to them, at most one of a neuron; the payloads of
//      graded ones that meet there add up.
//   4. What arrives is added to I. Between spike and arrival lies the delay (axonal, synaptic and
//      dendritic together), rounded to whole steps, which may be none: the arrival acts on V from
//      t_n on, is noticed one step later at the earliest, and so no cycle closes within an instant,
//      even where all delays round to 0. GeNN and mlGeNN count delays like this; NEST, which keeps
//      all delays at one step or more, has the same for those.
// Readouts see V after the reset, once a step: integrals are the sum of step weighting(t_n) V(t_n)
// over the points after 0, maxima those of the points. A trace has the states after arrivals.
// Spikes of one instant are ordered by neuron.
//
// Differences to the exact machines are of first order in the step, as long as no spike appears,
// vanishes or overtakes another. A trial whose duration is no multiple of the step lasts until the
// last point. `network` has the values as they were given, not rounded, so a backward pass along
// these tapes is no gradient of anything.
//
// It costs O(neurons) per step and O(1) per delivery.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/machine.hpp>

namespace retrograde {

class SteppedMachine final : public Machine {
 public:
  // A trial may have so many steps.
  static constexpr double most_steps = 1e7;

  // step in ms. Throws NetworkError for a step that is not finite and above 0, and for a population
  // of another model.
  SteppedMachine(const Network& network, Time step);

  std::string_view name() const override { return "stepped"; }
  const Network& network() const override { return network_; }
  Time step() const { return step_; }

 private:
  class Run;
  struct Edge {
    std::uint32_t steps;  // from spike to arrival
    std::uint32_t cell;   // that it reaches
    double weight;
  };

  // Probes throw NetworkError; more than most_steps steps LimitError.
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override;

  void add_cells(std::uint32_t population);
  void add_edges();

  const Network& network_;
  Time step_;
  // The neurons that are no inputs, ascending, are cells.
  std::vector<NeuronId> neuron_of_;     // per cell
  std::vector<std::uint32_t> cell_of_;  // per neuron; inputs: nothing of meaning
  // V(t + step) = rest + mem (V - rest) + kernel I, I(t + step) = syn I; per cell.
  std::vector<double> rest_, mem_, kernel_, syn_;
  std::vector<double> threshold_, reset_;  // readouts: an infinite threshold
  std::vector<std::uint32_t> refractory_;  // steps
  std::vector<std::size_t> edges_begin_;   // per neuron, and one past the end
  std::vector<Edge> edges_;                // by source neuron
  std::uint32_t reach_ = 0;                // the longest delay, in steps
};

}  // namespace retrograde
