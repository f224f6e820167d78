// The two queues of a sequential scheduler, both on Boost.Heap's d-ary heap and both ordered by
// events/order.hpp: streams of deliveries, and the emissions that are expected if nothing more
// arrives. `Direction` turns the order round for the backward pass.
#pragma once

#include <boost/heap/d_ary_heap.hpp>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/order.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

enum class Direction { forward, backward };

// The next delivery of one spike: it reaches `target` over `synapse` at `time`; `cursor` is its
// position among the synapses of the neuron that fired.
struct QueuedDelivery {
  Time time;
  NeuronId target;
  SynapseId synapse;
  SpikeId spike;
  std::uint32_t cursor;

  EventKey key() const { return {time, Phase::arrival, target, synapse, spike}; }
};

// Deliveries, soonest first (backward: latest first). push and pop are O(log size).
template <Direction direction>
class DeliveryQueue {
 public:
  bool empty() const { return heap_.empty(); }
  const QueuedDelivery& top() const { return heap_.top(); }
  void push(const QueuedDelivery& arrival) { heap_.push(arrival); }
  void pop() { heap_.pop(); }
  void reserve(std::size_t size) { heap_.reserve(size); }
  void clear() { heap_.clear(); }

 private:
  // Boost's heaps keep the greatest element on top.
  struct Later {
    bool operator()(const QueuedDelivery& a, const QueuedDelivery& b) const {
      if constexpr (direction == Direction::forward) {
        return a.time != b.time ? a.time > b.time : a.key() > b.key();
      } else {
        return a.time != b.time ? a.time < b.time : a.key() < b.key();
      }
    }
  };
  boost::heap::d_ary_heap<QueuedDelivery, boost::heap::arity<4>, boost::heap::compare<Later>> heap_;
};

// At most one expected emission per neuron; expecting another replaces it. Of emissions at one
// instant the lower rank comes first, then the lower neuron. O(log size).
class EmissionQueue {
 public:
  // A rank per neuron, or none: all have rank 0. Kept by reference.
  explicit EmissionQueue(NeuronId neurons, std::span<const std::uint32_t> ranks = {})
      : ranks_(ranks), handles_(neurons) {}

  bool empty() const { return heap_.empty(); }
  Time time() const { return heap_.empty() ? never : heap_.top().time; }
  NeuronId neuron() const { return heap_.top().neuron; }
  std::uint32_t rank() const { return heap_.top().rank; }
  // Neurons whose emission is expected by `time`, soonest first.
  std::vector<NeuronId> until(Time time) const {
    std::vector<NeuronId> neurons;
    for (auto e = heap_.ordered_begin(); e != heap_.ordered_end() && e->time <= time; ++e)
      neurons.push_back(e->neuron);
    return neurons;
  }

  void expect(NeuronId neuron, Time time) {
    auto& handle = handles_[neuron];
    if (time == never) {
      if (handle) {
        heap_.erase(*handle);
        handle.reset();
      }
    } else if (handle) {
      heap_.update(*handle, {time, rank_of(neuron), neuron});
    } else {
      handle = heap_.push({time, rank_of(neuron), neuron});
    }
  }

 private:
  std::uint32_t rank_of(NeuronId neuron) const { return ranks_.empty() ? 0 : ranks_[neuron]; }

  struct Emission {
    Time time;
    std::uint32_t rank;
    NeuronId neuron;
    friend auto operator<=>(const Emission&, const Emission&) = default;
  };
  using Heap = boost::heap::d_ary_heap<Emission, boost::heap::arity<4>, boost::heap::mutable_<true>,
                                       boost::heap::compare<std::greater<>>>;
  std::span<const std::uint32_t> ranks_;
  Heap heap_;
  std::vector<std::optional<Heap::handle_type>> handles_;
};

}  // namespace retrograde
