// A machine that goes in steps, as clock-driven simulators do. It is not exact: what it does to a
// network says where exact time matters and where it does not. It runs cuba_lif and cuba_li neurons
// with one exponential receptor; in the order of layers lif, li, if and integrator, too.
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
// In the order of step-based tools (StepOrder::layers) a step is one pass through the network, as in
// snnTorch, Norse, Sinabs or Lava's layers: at each point t_n of 0, step, 2 step, ..., before the end,
// populations follow each other along the delays of 0 steps, and each of them
//   1. takes what arrives in this step, also from populations that fired in it: I += w (cuba_*), or
//      V := rest + (V - rest) e^(-step/tau_mem) + w (lif, li; if and integrator grow by their bias);
//   2. cuba_*: V and I follow their equations for one step, so I counts in full in the step in which
//      it comes;
//   3. fires at t_n where V is at or above its threshold, and is reset: to v_reset, or by subtraction
//      of v_threshold (StepReset).
// A cycle needs a delay of a step at least; a delay of k steps acts k steps later. With the time
// constants and weights of nir_steps.hpp this is the recursion of the tool to the last rounding:
//   I_n = a I_(n-1) + x_n,  V_n = b V_(n-1) + c I_n.
//
// It costs O(neurons) per step and O(1) per delivery.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/machine.hpp>

namespace retrograde {

struct Lif;

// `points`: as at the top, arrivals are noticed a step later; `layers`: one pass through the network
// in each step.
enum class StepOrder : std::uint8_t { points, layers };
enum class StepReset : std::uint8_t { to_value, by_subtraction };

struct StepRule {
  StepOrder order = StepOrder::points;
  StepReset reset = StepReset::to_value;

  friend bool operator==(const StepRule&, const StepRule&) = default;
};

class SteppedMachine final : public Machine {
 public:
  // A trial may have so many steps.
  static constexpr double most_steps = 1e7;

  // step in ms. Throws NetworkError for a step that is not finite and above 0, for a population of
  // another model, and in the order of layers for a cycle whose delays round to 0 steps.
  SteppedMachine(const Network& network, Time step, const StepRule& rule = {});

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

  // Cells first .. first + size - 1; of an input population none.
  struct Layer {
    std::uint32_t population, first, size;
  };

  void add_cells(std::uint32_t population);
  void add_cell(const Lif& neuron, NeuronId n);
  void add_edges();
  void order_layers();

  const Network& network_;
  Time step_;
  StepRule rule_;
  std::vector<Layer> layers_;  // by population; in the order of layers causes come first
  // The neurons that are no inputs, ascending, are cells.
  std::vector<NeuronId> neuron_of_;     // per cell
  std::vector<std::uint32_t> cell_of_;  // per neuron; inputs: nothing of meaning
  // V(t + step) = rest + mem (V - rest) + kernel I, I(t + step) = syn I; per cell. Where arrivals act
  // on V, I is what arrives in a step, kernel 1 and syn 0; without a leak V grows by `growth`.
  std::vector<double> rest_, mem_, kernel_, syn_, growth_;
  std::vector<double> threshold_, reset_;  // readouts: an infinite threshold
  std::vector<std::uint32_t> refractory_;  // steps
  std::vector<std::size_t> edges_begin_;   // per neuron, and one past the end
  std::vector<Edge> edges_;                // by source neuron
  std::uint32_t reach_ = 0;                // the longest delay, in steps
};

}  // namespace retrograde
