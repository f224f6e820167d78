// What is under way to the neurons of a layer: spikes that have been fired and not yet arrived.
//
// A spike is read in the window in which it begins, and each of its synapses goes where its arrival
// belongs:
//
//   over a dense projection   into the lane of that window and that target (closing.hpp), at once; a
//                             mark notes the window, for those who look for single arrivals
//   over a sparse projection  into a list of that window, and from there into the lanes when the window
//                             comes. Lists are written and read one entry after the other, and the
//                             lanes are those of one window, so that a large network seldom misses the
//                             cache
//
// The order of sums is that of the feeds and, within one, of the spikes and their synapses; that of
// threads, which share a layer by its neurons, never shows.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <retrograde/engine/trial/spike_train.hpp>
#include <retrograde/engine/trial/trial.hpp>
#include <retrograde/engine/windowed/arrival_lists.hpp>
#include <retrograde/engine/windowed/arrival_marks.hpp>
#include <retrograde/engine/windowed/closing.hpp>
#include <retrograde/engine/windowed/delivery.hpp>
#include <retrograde/engine/windowed/error_bound.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>

namespace retrograde {

class UnderWay {
 public:
  // Stretch c of the neurons is chunk c, which a thread handles at a time. All references outlive it.
  UnderWay(const Network& network, const WindowLayer& layer, const Trial& trial,
           const std::vector<SpikeTrain>& trains, std::span<const Stretch> stretches);

  // Reads the spikes that begin before the end of window w, and tells `errors` of them.
  void admit(std::uint32_t w, ErrorBound& errors);
  // Brings them on their way to a chunk. Then its lanes of window w are complete.
  void deliver(std::size_t chunk, std::uint32_t w);
  // The sums of window w, per neuron of the layer, and what they are worth.
  const Lane* lanes(std::uint32_t w) const { return lanes_.data() + slot(w) * layer_.size(); }
  WindowWorth worth(const WindowFrame& frame, std::uint32_t w) const {
    return {frame, grid_.begin(w + 1) - base_};
  }

  // Looks for what reaches these neurons of a chunk, ascending, in window w before the end of the
  // run: `found` has that of the k-th of them, in order.
  void seek(std::size_t chunk, std::uint32_t w, std::span<const std::uint32_t> neurons);
  std::span<const Delivery> found(std::size_t chunk, std::size_t k) const {
    const Chunk& c = chunks_[chunk];
    return std::span(c.deliveries).subspan(c.offsets[k], c.offsets[k + 1] - c.offsets[k]);
  }
  // How far the time of a delivery may be off.
  Time late_by(const Delivery& delivery) const;

  // Window w is over for a chunk.
  void forget(std::size_t chunk, std::uint32_t w);

 private:
  // How far a feed has been read: spikes [0, delivered) of its train are on their way, [delivered,
  // admitted) begin in this window, and those before `recent` have arrived everywhere.
  struct Walk {
    ArrivalMarks marks;  // of a dense projection
    std::size_t recent = 0, delivered = 0, admitted = 0;
  };
  struct Found {
    std::uint32_t index;  // among the neurons that were sought for
    Delivery delivery;
  };
  struct Chunk {
    std::size_t begin = 0, end = 0;    // neurons
    std::vector<ArrivalLists> lists;   // per feed; empty of a dense one
    std::vector<std::uint8_t> sought;  // per neuron; if there are lists
    std::vector<Found> found;
    std::vector<Delivery> deliveries;
    std::vector<std::size_t> offsets;
  };

  bool muted(const WindowFeed& feed, std::uint32_t source) const;
  std::size_t slot(std::uint32_t w) const { return w & lane_mask_; }
  void move_base(Time base);
  void bring_dense(const WindowFeed& feed, Time time, const WindowRow& all, std::uint8_t* marks);
  void bring_sparse(const WindowFeed& feed, Time time, const WindowRow& all, std::uint32_t order,
                    ArrivalLists& lists) const;
  void add(const Arrival* arrivals, std::size_t size, std::uint32_t w);
  void seek_dense(Chunk& chunk, std::size_t f, std::uint32_t w,
                  std::span<const std::uint32_t> neurons) const;
  void seek_sparse(Chunk& chunk, std::size_t f, std::uint32_t w,
                   std::span<const std::uint32_t> neurons) const;

  const Network& network_;
  const WindowLayer& layer_;
  const Trial& trial_;
  const std::vector<SpikeTrain>& trains_;  // per population
  const WindowGrid grid_;
  std::uint32_t lane_mask_ = 0;  // without dense feeds there are lanes of one window only
  std::vector<Lane> lanes_;      // [slot][neuron]
  Time base_ = 0.0;              // of co-moving frames
  double fastest_ = 0.0;         // rate of them
  std::vector<Walk> walks_;      // per feed
  std::vector<Chunk> chunks_;
};

}  // namespace retrograde
