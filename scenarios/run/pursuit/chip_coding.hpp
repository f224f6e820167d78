// Sparse coding on the chip (hardware/loihi2/pursuit): signals of the judged part through the emulator,
// beside what their codes are exactly, and what that takes (`retro check`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/hardware/chip_profile.hpp>
#include <retrograde/hardware/estimate.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_budget.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_forecast.hpp>
#include <retrograde/hardware/share.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/pursuit/model.hpp>

namespace retrograde {

// What a code is worth.
struct CodeQuality {
  double psnr = 0.0;   // dB, of the reconstruction (coding.hpp)
  double zeros = 0.0;  // share of the coefficients
  double objective = 0.0;
  std::optional<std::uint32_t> decided;  // where there is a classifier
};

struct SignalOnChip {
  std::optional<std::uint32_t> label;
  // The least objective; the LCA in the chip's steps, with real numbers; the chip.
  CodeQuality optimum, steps, chip;
  double from_optimum = 0.0;       // |a_chip - a_optimum| / |a_optimum|
  double scale = 1.0;              // units of the chip per unit of the code
  double messages = 0.0;           // of all neurons, per step
  std::uint64_t saturations = 0;   // of v, at the end of its register
  Estimate time, energy, product;  // ms, mJ, mJ ms, of a run of all steps
};

// Decisions, of the signals that are labelled.
struct ChipDecisions {
  Share same;                          // of optimum and chip, labelled or not
  std::optional<Share> optimum, chip;  // right ones
};

struct ChipCoding {
  Part part = Part::test;
  std::string refusal;  // why it cannot go on the chip, and the remedy; else empty, and
  std::vector<SignalOnChip> signals;
  // Of the first signal.
  loihi2::LcaBudget budget;
  std::vector<loihi2::ChipLcaStep> trace;
  // The place that it takes; messages only decide about time and energy.
  std::size_t cores = 0, chips_cores = 0;
  std::vector<std::string> shortfalls;  // a sentence for each neuron that does not fit a core
  std::optional<ChipDecisions> decisions;

  bool fits() const { return refusal.empty() && shortfalls.empty() && cores <= chips_cores; }
};

// Means over the signals, of which there is one at least.
SignalOnChip mean_of(const std::vector<SignalOnChip>& signals);

// How many signals go there unless somebody says.
inline constexpr std::size_t signals_on_chip = 10;

// Why a chip will not do whose neurons send spikes (run/chips/chosen_chip.hpp).
inline constexpr const char* graded_needed =
    "its neurons send spikes, and sparse coding needs graded messages";

// The first `count` signals of the judged part, or all of them where it has fewer. Parallel; the same
// bits for any number of threads. Seconds per signal of 784 values and atoms. Throws UsageError for a
// part without signals, NumericalError where an optimum is not found, Interrupted.
ChipCoding code_on_chip(const PursuitSpec& spec, const PursuitModel& model,
                        const ChipProfile& profile, std::size_t count,
                        const EvaluationProgress& progress = {});

}  // namespace retrograde
