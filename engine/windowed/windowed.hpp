// The windowed scheduler: no queue. Layer after layer (window_plan.hpp), window after window:
//
//   deliver  every spike adds each of its synapses, at once or when its window comes (under_way.hpp),
//            to the lane of the window and the target that it reaches: what the arrival is worth at the window's end, w K(s) for V and
//            w e^(-s/tau_syn) for I, where s is the time left in the window; or, in a co-moving frame,
//            the same two as of one instant for all windows (frame.hpp)
//   close    V and I at the window's end follow from those at its beginning and the two sums
//   replay   unless V provably stays below the threshold: then the arrivals of that one neuron in
//            that one window are sought, sorted and met one after the other, as the sequential
//            scheduler does, and its spikes found as exactly (neuron/crossing.hpp)
//
// The bound: V without arrivals has one extremum at most and is concave left of its maximum, so it
// stays below the tangents there; K grows all through a window, so an arrival adds no more than at
// its end, and at most the positive ones add. A window that was replayed in vain is closed by the
// sums like any other, so the bound decides how much work is done and never a result.
//
// Deliveries cost a few additions and multiplications each; time O(deliveries + neurons * windows),
// memory O(spikes + what is under way + neurons * windows of the longest delay) besides the network. The same bits for
// any number of threads: what a neuron receives is summed in the order of the spikes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <retrograde/engine/exact/arbiter_share.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/windowed/layer_share.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

struct WindowedOptions {
  bool replay_everything = false;  // trust no bound; for tests
  // Where the network is a part of one that several run (engine/distributed); they outlive the machine.
  LayerShare* share = nullptr;
  const ArbiterShare* arbiter_share = nullptr;
};

class WindowedMachine final : public Machine {
 public:
  // Throws NetworkError if the plan of the network has an obstacle. O(synapses).
  explicit WindowedMachine(const Network& network, const WindowedOptions& options = {});
  // With the plan of that network.
  WindowedMachine(const Network& network, WindowPlan plan, const WindowedOptions& options = {});
  // And with the places of its neurons at one instant (instant_ranks).
  WindowedMachine(const Network& network, WindowPlan plan, std::vector<std::uint32_t> ranks,
                  const WindowedOptions& options);

  std::string_view name() const override { return "windowed"; }
  const Network& network() const override { return network_; }
  const Machine& chosen(Time duration, std::size_t inputs) const override;
  // What the way back takes as well.
  const WindowPlan& plan() const { return plan_; }

 private:
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override;

  const Network& network_;
  const WindowPlan plan_;
  const std::vector<std::uint32_t> ranks_;  // engine/network/analysis.hpp
  const WindowedOptions options_;
};

// One trial, by this machine.
inline Tape run_windowed(const Network& network, const Trial& trial, const RunOptions& options = {},
                         std::span<const Probe> probes = {},
                         std::vector<Recording>* recordings = nullptr) {
  return WindowedMachine(network).run(trial, options, probes, recordings);
}

}  // namespace retrograde
