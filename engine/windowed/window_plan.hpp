// What the windowed schedulers derive from a network, forward and backward alike.
//
// The populations fall into layers: those that can influence each other, directly or through
// others, lie in one layer, and layers follow each other in topological order. A layer is run from
// the start of a trial to its end before the next one, in windows of its own: [k window, (k + 1)
// window). Within a window its neurons are independent, because a spike is felt within its own
// layer a window later at the earliest: window <= the smallest delay inside the layer, the
// lookahead. A layer without connections inside has no such bound. Populations that never fire
// are the end of the graph; they are read out, not stepped through.
//
// Windows are powers of two of a ms, so that the window of an instant is exact, and at most
// short_flow_limit of the shortest time constant, so that what happens within one is a polynomial
// (short_flow.hpp).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/spike_train.hpp>
#include <retrograde/engine/windowed/frame.hpp>
#include <retrograde/engine/windowed/short_flow.hpp>
#include <retrograde/engine/windowed/window_grid.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// A projection into a layer.
struct WindowFeed {
  std::uint32_t projection = 0;
  std::uint32_t source = 0;   // population
  NeuronId target_first = 0;  // of the target population, within the layer
  bool internal = false;      // the source lies in the layer
  Time min_delay = never, max_delay = 0.0;
  double max_weight = 0.0;  // of |weight|
  // Total delay per synapse of the projection where axonal or dendritic ones add to it; else empty.
  std::vector<double> delays;
  std::size_t frame = 0;  // of the target population, within the layer
  // From every source to every target; in a part of a network (engine/distributed) to `row_size` of
  // them, from `first_target` on. Of a dense feed a row is these, in order.
  bool dense = false;
  std::uint32_t first_target = 0, row_size = 0;
  // Of a co-moving frame, per synapse: w e^(rate_mem delay), w e^(rate_syn delay); else empty.
  std::vector<double> co_moving;
};

// The synapses of one feed that leave one neuron, or those of them that reach a range of targets.
struct WindowRow {
  const double* delay = nullptr;  // total (ms)
  const double* weight = nullptr;
  const double* co_moving = nullptr;      // two a synapse, as WindowFeed has them, or null
  const std::uint32_t* target = nullptr;  // within the target population; null: consecutive
  std::uint32_t first_target = 0;         // of consecutive ones
  std::size_t size = 0;
  SynapseId first = 0;  // its id; consecutive

  // At most `most` synapses from position `begin` on.
  WindowRow part(std::size_t begin, std::size_t most) const {
    return {delay + begin,
            weight + begin,
            co_moving ? co_moving + 2 * begin : nullptr,
            target ? target + begin : nullptr,
            first_target + static_cast<std::uint32_t>(begin),
            size - begin < most ? size - begin : most,
            first + static_cast<SynapseId>(begin)};
  }
};

struct WindowLayer {
  std::vector<std::uint32_t> populations;
  std::vector<WindowFrame> frames;  // one per population
  std::vector<NeuronId> neurons;    // the layer's n-th neuron
  std::vector<WindowFeed> feeds;
  Time window = 0.0;            // ms
  std::uint32_t slots = 0;      // a power of two, above max_delay / window + 1
  Time max_delay = 0.0;         // of all feeds
  std::vector<CubaLif> models;  // per neuron
  bool alike = true;            // all of them share both time constants
  ShortFlows flows;
  // What a window does: e^(-rate_mem window), e^(-rate_syn window), K(window).
  std::vector<double> mem, syn, kernel;
  // Where a window is next to nothing for the slowest neuron, errors of these factors would add up
  // over many windows. There states are closed by increments, 1 - e^(-rate window) of what they
  // have, in compensated sums (compensated.hpp).
  bool stiff = false;
  std::vector<double> fall_mem, fall_syn;  // empty unless stiff
  std::vector<double> bias, v_threshold;

  std::size_t size() const { return neurons.size(); }
  WindowGrid grid() const { return {window, 1.0 / window, slots - 1}; }
};

// Neurons [begin, end) of a layer.
struct Stretch {
  std::size_t begin = 0, end = 0;
};

// A population that never fires.
struct WindowReadout {
  std::uint32_t population = 0;
  std::vector<WindowFeed> feeds;
};

struct WindowPlan {
  // Why the network has to be run by the sequential scheduler, with the remedy; empty: it need not.
  std::string obstacle;
  // The same for a trial of that length (ms).
  std::string obstacle_to(Time duration) const;
  std::vector<WindowLayer> layers;  // of populations that fire, causes first
  std::vector<WindowReadout> readouts;
};

// How many synapses a projection has, and within which bounds: delays in ms, the largest |weight|.
struct ProjectionExtent {
  std::uint64_t synapses = 0;
  Time min_delay = never, max_delay = 0.0;
  double max_weight = 0.0;
};

// How many synapses a projection has, in `whole` if that is given.
std::uint64_t synapses_of(const Network& network, std::span<const ProjectionExtent> whole,
                          std::size_t projection);

// Throws nothing that the network has not been checked for. O(synapses). A part of a larger network
// (engine/distributed) has the windows and the bounds of that one: `whole` is its projections then.
WindowPlan make_plan(const Network& network, std::span<const ProjectionExtent> whole = {});

// The total delay of every synapse of a feed's projection.
const double* delays_of(const Network& network, const WindowFeed& feed);

// The synapses that leave source `i` (within its population); those of them that reach neurons
// [begin, end) of the layer. O(1) for dense projections and where that is all of them, else O(log
// synapses).
WindowRow row_of(const Network& network, const WindowFeed& feed, std::uint32_t i);
WindowRow row_of(const Network& network, const WindowFeed& feed, std::uint32_t i, std::size_t begin,
                 std::size_t end);

// Neurons that one thread handles at a time inside a trial, at most.
inline constexpr std::size_t window_chunk = 65536;
// A layer of so many neurons is shared by threads, so many neurons for each at least.
inline constexpr std::size_t shared_layer = 2000, smallest_share = 1000;

}  // namespace retrograde
