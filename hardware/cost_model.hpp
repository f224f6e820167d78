// Time and energy of a chip that works in steps, from counts of events.
//
// Time of one step: the slowest of five, since everything on the chip works at the same time and a
// step ends with a barrier (Timcheck, Pierro and Shrestha, arXiv:2601.10035):
//
//   T = overhead + max( neuron updates     of the fullest core  x t_neuron,
//                       synaptic operations of the fullest core x t_operation,
//                       words read         by the fullest core  x t_word,
//                       messages           over the busiest link x t_message,
//                       barrier )
//
// Energy of one step: static power x T + I/O power x T + sum over events of their energies x scale.
//
// What is fitted to measurements of whole systems, where a profile has any: the overhead and
// t_neuron, which then stands for everything that grows with the neurons of a core, and the scale
// of the energies. The fit makes the squares of the logarithms of (model / measured) small, every
// workload with the same weight. How far a forecast may be off is taken from leaving one workload
// out: the others are fitted, and the one left out is predicted; the largest factor by which that
// fails, up or down, is the width of every interval. With fewer than two workloads nothing is
// fitted: the constants speak for themselves, with the intervals that they have.
//
// A profile whose points contradict each other or the model shows it by a wide interval; nothing is
// adjusted for a single point.
#pragma once

#include <string>
#include <vector>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/interval.hpp>

namespace retrograde {

// The five terms, in this order everywhere.
enum class Term : std::uint8_t { updates, operations, words, messages, barrier };
inline constexpr int term_count = 5;
const char* name(Term term);  // "neuron updates"

// What of the load of a step decides its time.
struct StepCounts {
  double updates = 0, operations = 0, words = 0, messages = 0;
};

// One set of durations, in ms.
struct StepTimes {
  double update = 0, operation = 0, word = 0, message = 0, barrier = 0, overhead = 0;

  // Fastest and slowest ends of the profile's constants, without overhead.
  static StepTimes low(const TimeCosts& costs);
  static StepTimes high(const TimeCosts& costs);
  static StepTimes middle(const TimeCosts& costs);

  // The five terms, without overhead.
  struct Terms {
    double value[term_count];
    Term largest() const;  // the first of equals
    double slowest() const { return value[static_cast<int>(largest())]; }
  };
  Terms terms(const StepCounts& counts) const {
    return {{counts.updates * update, counts.operations * operation, counts.words * word,
             counts.messages * message, barrier}};
  }
  double step(const StepCounts& counts) const { return overhead + terms(counts).slowest(); }
};

// Model and measurement of one point.
struct FittedPoint {
  std::string name, workload;
  double measured = 0;  // ms or mJ per step
  double fitted = 0;    // by the fit to all points
  double left_out = 0;  // by the fit to the points of all other workloads
  // max(left_out / measured, measured / left_out)
  double error() const;
};

struct CostFit {
  bool fitted = false;              // false: constants only
  std::vector<FittedPoint> points;  // of `workloads` different workloads
  std::uint32_t workloads = 0;
  double error() const;  // the largest of the points; 1 without any
};

struct CostModel {
  TimeCosts times;
  EnergyCosts energies;
  StepTimes estimate;       // fitted, or the middles
  double energy_scale = 1;  // of event energies
  CostFit time_fit, energy_fit;
};

// Deterministic: a search on a grid that gets finer.
CostModel fit_costs(const ChipProfile& profile);

}  // namespace retrograde
