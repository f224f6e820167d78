// A layer that several run together, each some of its neurons: what a run of a layer needs of whatever
// joins them (engine/distributed), so that all have the spikes of all after every window.
//
//   own        every rank takes its neurons through the window
//   meet       everybody brings his spikes of the window and has those of the others; unless somebody
//              has met a decision that needs the neurons of others (exact/arbiter.hpp): then all work
//              on that, the lowest neuron of the layer first, as one process would, and meet again
//
// Everything that decides, the bounds of errors too, is the same as if one had run the whole layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <vector>

#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// A spike as everybody has to know it.
struct SharedSpike {
  Time time = 0.0, error = 0.0;  // and how far it may be off
  std::uint32_t neuron = 0;      // within the layer
};

// What the arbiter is asked about a neuron (Arbiter::next_spike).
struct SharedQuestion {
  std::uint32_t neuron = 0;  // within the layer
  Time from = 0.0, known = 0.0;
  std::vector<Time> recent = {};
};

// What somebody's neurons have come to in a window.
struct WindowOutcome {
  std::vector<SharedSpike> spikes = {};  // if there are no questions
  double release_error = 0.0;            // the worst (LayerRun)
  std::optional<SharedQuestion> question = {};
  std::exception_ptr failure = {};
};

// Which of two failures one process would have met, of which one or both may be none: that of the lower
// neuron; what names none goes first.
std::exception_ptr first_failure(const std::exception_ptr& a, const std::exception_ptr& b);

class LayerShare {
 public:
  virtual ~LayerShare() = default;
  LayerShare(const LayerShare&) = delete;
  LayerShare& operator=(const LayerShare&) = delete;

  // The neurons of a layer that are run here: ascending, none joins the next.
  virtual std::vector<Stretch> own(const WindowLayer& layer) const = 0;

  // Brings what came of a window here. The question that comes first in the layer, if anybody has one;
  // else `outcome` has the spikes of others and the worst of all release errors. Throws the failure of
  // the first neuron that has one, the same everywhere.
  virtual std::optional<SharedQuestion> meet(const WindowLayer& layer, WindowOutcome& outcome) = 0;

 protected:
  LayerShare() = default;
};

}  // namespace retrograde
