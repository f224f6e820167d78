// Where a message goes: the synapses of a chip network, laid out by source for adding.
//
// What arrives gathers in a ring of slots, one per step ahead. A slot has a lane of accumulators
// for each population and port, padded to whole blocks of `block_size`. A message of source n in
// step t adds its weights to slots t + 1 + d; every block that it adds to is marked as touched, so
// that nobody has to look at the others.
//
// Where the synapses of a source fill blocks well enough they are kept as a row: weights of whole
// blocks, 0 where there is no synapse. The rows that a step sends to the same blocks are added up
// several at a time, in 16 bits where those hold the sum. Other synapses have a position each, but for
// those of a convolution, which follow from its shape.
//
// Where the shift by a projection's exponent loses nothing it is applied to the weights beforehand.
// The others collect what is sent in a step apart, by delay, and are shifted when the step ends
// (synapse.hpp). Sums are kept modulo 2^32, but for those of wide_sums.hpp, which
// saturate.
//
// A Fanout is immutable; the ring belongs to one run.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/activity.hpp>
#include <retrograde/hardware/loihi2/emulator/wide_sums.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

// Neurons that are stepped together, or not at all.
inline constexpr std::uint32_t block_size = 32;

constexpr std::uint32_t blocks_of(std::uint32_t neurons) {
  return (neurons + block_size - 1) / block_size;
}

class Fanout {
  struct Bundle;
  struct Kernel;
  struct RowTarget;

 public:
  // What has arrived in a lane.
  struct LaneInput {
    const std::int32_t* sums;     // by neuron; 0 in blocks that are not touched
    const std::uint8_t* touched;  // by block
  };

  class Ring {
   public:
    explicit Ring(const Fanout& fanout);

    // A step begins: its slot is the one that is read, messages go to those behind it.
    void begin(std::uint32_t step);
    LaneInput input(std::uint32_t lane) const {
      return {now_ + lane, now_touched_ + lane / block_size};
    }
    // All messages of the step. Returns the number of synapses.
    std::uint64_t send(std::span<const ChipSpike> messages);
    // The step ends: its slot becomes the last of the ring.
    void end();
    // Between two steps: from now on messages go over these synapses, between the same populations and
    // with delays no longer. Throws InternalError for others.
    void follow(const Fanout& fanout);

   private:
    void send_row(const Bundle& bundle, std::int32_t factor);
    void send_scattered(const Bundle& bundle, std::int32_t factor);
    void send_convolved(const Bundle& bundle, std::int32_t factor);
    // Adds up the rows that have gathered.
    void add_gathered_rows();
    // Marks a row's target as touched and returns its accumulators.
    std::int32_t* reach(const RowTarget& target);
    // Shifts what was collected apart and adds it to the slots.
    void settle();
    void settle_wide();

    const Fanout* fanout_;
    std::vector<std::int32_t> sums_, collected_;
    std::vector<WideProjection::Sums> wide_;
    std::vector<std::uint8_t> touched_, collected_touched_;  // by block
    // Rows sent in this step, by target, and the targets that have some.
    std::vector<std::vector<const std::int16_t*>> rows_;
    std::vector<std::uint32_t> targets_with_rows_;
    std::uint32_t next_ = 0;  // where the slot of the next step begins
    std::int32_t* now_ = nullptr;
    std::uint8_t* now_touched_ = nullptr;
    bool collecting_ = false;
  };

  // `network` is one that `check` accepts.
  explicit Fanout(const ChipNetwork& network);

  // Where a population's port begins in a slot. Of models with one input both ports are the same;
  // not for inputs.
  std::uint32_t lane(std::uint32_t population, std::uint32_t port) const {
    return lanes_[2 * population + port];
  }

 private:
  static constexpr std::uint32_t no_row = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint32_t no_collector = std::numeric_limits<std::uint32_t>::max();

  // Synapses of one source. A row begins at `begin` of row_weights_ and goes to row_targets_[row];
  // without one, synapse k has entry begin + k of positions_ and weights_. Of a convolution, `begin` is the
  // source within its population, and `row` the kernel.
  struct Bundle {
    std::uint64_t begin;
    std::uint32_t synapses, row;
    bool graded, collected;
    bool wide;  // a row with weights beyond `widest_summed`
    bool convolved = false;
  };
  // A convolution laid out for adding: the weights of one element of the kernel onto all out channels of a
  // group lie together.
  struct Kernel {
    Convolution shape;  // without its weights
    bool graded = false, collected = false;
    std::vector<std::int16_t> weights;  // [channel of the input][i][j][out channel of the group]
    std::vector<std::uint32_t>
        begins;  // by out channel: where its accumulators begin in a slot, or the
                 // collector
  };
  // Neighbouring accumulators, whole blocks of them.
  struct RowTarget {
    bool collected;
    std::uint32_t position, width;
    friend auto operator<=>(const RowTarget&, const RowTarget&) = default;
  };
  // A synapse as it is laid out.
  struct PlacedSynapse {
    bool collected, graded;
    std::uint32_t lane;  // where in the slot of its delay, or in the collector, its lane begins
    std::uint32_t position;
    std::int16_t weight;

    bool lies_with(const PlacedSynapse& other) const {
      return collected == other.collected && graded == other.graded;
    }
  };
  // A projection whose shift loses bits: `width` accumulators for each delay.
  struct Collector {
    std::uint32_t offset, width, delays;
    std::uint32_t lane;
    int exponent;
  };

  // Known row targets and their indices.
  using RowTargets = std::map<RowTarget, std::uint32_t>;
  // A row that is still growing: the last bundle. Of width 0: none is.
  struct OpenRow {
    RowTarget target{};
    std::uint32_t lane = 0;
  };

  // Returns the width of a slot.
  std::uint64_t lay_lanes(const ChipNetwork& network);
  // Returns the collector of each projection, or no_collector.
  std::vector<std::uint32_t> lay_collectors(const ChipNetwork& network);
  // The synapses of a population, by source.
  std::vector<std::vector<PlacedSynapse>> leaving(
      const ChipNetwork& network, std::uint32_t population,
      const std::vector<std::uint32_t>& collector_of) const;
  // The kernels of the convolutions that leave a population, from the index that is returned.
  std::uint32_t add_kernels(const ChipNetwork& network, std::uint32_t population,
                            const std::vector<std::uint32_t>& collector_of);
  // One bundle per kernel for a neuron of that population.
  void add_convolved(std::uint32_t source, std::uint32_t first_kernel);
  void add_source(std::vector<PlacedSynapse>& synapses, RowTargets& known);
  void open_row(OpenRow& row, const PlacedSynapse& first, std::uint32_t position);
  void extend_row(OpenRow& row, std::span<const PlacedSynapse> block,
                  std::vector<PlacedSynapse>& scattered);
  void close_row(OpenRow& row, RowTargets& known);
  void add_scattered(const std::vector<PlacedSynapse>& synapses);

  std::vector<std::uint32_t> lanes_;
  std::vector<Collector> collectors_;
  std::vector<WideProjection> wide_;
  std::vector<std::uint32_t> bundle_begin_;  // by neuron, and one past the end
  std::vector<Bundle> bundles_;
  std::vector<std::uint32_t> positions_;  // delay * slot width + lane + neuron, or of the collector
  std::vector<std::int16_t> weights_, row_weights_;
  std::vector<RowTarget> row_targets_;
  std::vector<Kernel> kernels_;
  std::vector<std::int16_t> zeros_;  // as long as a row may be
  std::uint32_t slot_width_ = 0, slots_ = 1, collected_width_ = 0;
};

}  // namespace retrograde::loihi2
