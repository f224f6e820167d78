// What kernels see of a network: the plan of its windows (engine/windowed/window_plan.hpp) in memory of a
// device, and of trials: their spikes.
#pragma once

#include <cstddef>
#include <cstdint>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/windowed/error_bound.hpp>
#include <retrograde/engine/windowed/frame.hpp>
#include <retrograde/engine/windowed/lane.hpp>
#include <retrograde/engine/windowed/readout_response.hpp>
#include <retrograde/engine/windowed/short_flow.hpp>
#include <retrograde/engine/windowed/window_grid.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/ids.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// As WindowFeed. Arrays are per synapse of the projection.
struct FeedView {
  const double *weight, *delay;  // delay: total (ms)
  const double* co_moving;       // two a synapse, or null
  const SynapseId* rows;         // of the sources; null: dense
  const std::uint32_t* targets;  // within the target population; null: dense, all of them in order
  std::uint32_t row_size;        // of a dense feed
  std::uint32_t target_first;    // of the target population, within the layer or the readout
  std::uint32_t source;          // population
  std::uint32_t frame;           // of the target population, within the layer
  NeuronId source_first;         // of the source population, within the network
  SynapseId synapse_first, synapses;
  Time max_delay;
  double max_weight;
  bool internal;

  RETROGRADE_HOST_DEVICE bool is_dense() const { return targets == nullptr; }
  // The synapses that leave a source, as positions in the projection.
  RETROGRADE_HOST_DEVICE SynapseId row_begin(std::uint32_t i) const {
    return is_dense() ? static_cast<SynapseId>(i * row_size) : rows[i];
  }
  RETROGRADE_HOST_DEVICE std::uint32_t size_of_row(std::uint32_t i) const {
    return is_dense() ? row_size : static_cast<std::uint32_t>(rows[i + 1] - rows[i]);
  }
  RETROGRADE_HOST_DEVICE std::uint32_t target(std::uint32_t i, std::uint32_t k) const {
    return target_first + (is_dense() ? k : targets[rows[i] + k]);
  }
};

// As WindowLayer; arrays are per neuron of the layer.
struct LayerView {
  std::uint32_t size, slots, feed_count, frame_count;
  bool sparse;  // some of its feeds are
  Time window;
  const FeedView* feeds;
  const WindowFrame* frames;
  const CubaLif* models;
  const ShortFlow* flows;
  const WindowFlow* whole;            // what a window does
  const double *fall_mem, *fall_syn;  // null unless stiff
  const NeuronId* neurons;            // within the network
  const std::uint32_t* ranks;         // at one instant (instant_ranks)
  const std::uint32_t *home, *place;  // population, and place within it
  const std::uint32_t* frame_of;
  ErrorRates errors;

  RETROGRADE_HOST_DEVICE bool stiff() const { return fall_mem != nullptr; }
  RETROGRADE_HOST_DEVICE WindowGrid grid() const { return {window, 1.0 / window, slots - 1}; }
};

// A population that never fires, whose voltage integrals are wanted.
struct ReadoutView {
  std::uint32_t size, feed_count;
  NeuronId first;  // within the network
  const FeedView* feeds;
  const ResponseRates* rates;  // per neuron
  bool weighed;                // the weighting is exponential
};

struct NetworkView {
  const LayerView* layers;  // causes first
  std::uint32_t layer_count, population_count;
};

// The spikes of one population in one trial. Those of inputs are given, and have times and sources alone.
struct TrainView {
  Time* times;
  std::uint32_t* sources;            // within the population
  Time* errors;                      // how far times may be off; null: they are exact
  double *slopes, *released_slopes;  // as TapeSpike
  std::uint32_t count, capacity;
};

struct TrialView {
  Time duration;
  TrainView* trains;  // per population
  const char* muted;  // per neuron of the network; null: nobody
  // Of the readout, for this duration.
  ResponseWeight weight;
  const double* of_bias;  // per neuron of it
  double* integrals;      // likewise, what is made

  RETROGRADE_HOST_DEVICE bool is_muted(NeuronId n) const { return muted && muted[n] != 0; }
};

// Cuts memory of a device into arrays; without memory it only counts.
class Arena {
 public:
  RETROGRADE_HOST_DEVICE explicit Arena(std::byte* begin) : begin_(begin) {}

  template <typename T>
  RETROGRADE_HOST_DEVICE T* take(std::size_t count) {
    constexpr std::size_t line = 32;
    std::byte* const at = begin_ ? begin_ + taken_ : nullptr;
    taken_ += (count * sizeof(T) + line - 1) / line * line;
    return reinterpret_cast<T*>(at);
  }
  RETROGRADE_HOST_DEVICE std::size_t taken() const { return taken_; }

 private:
  std::byte* begin_;
  std::size_t taken_ = 0;
};

}  // namespace retrograde
