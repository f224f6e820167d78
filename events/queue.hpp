// The two queues of a sequential scheduler, both on Boost.Heap's d-ary heap and both ordered by
// events/order.hpp: streams of arrivals, and the emissions that are expected if nothing more
// arrives. `Direction` turns the order round for the backward pass.
#pragma once

#include <boost/heap/d_ary_heap.hpp>
#include <functional>
#include <optional>
#include <vector>

#include <retrograde/events/ids.hpp>
#include <retrograde/events/order.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

enum class Direction { forward, backward };

// The next delivery of one spike: it reaches `target` over `synapse` at `time`; `cursor` is its
// position among the synapses of the neuron that fired.
struct Arrival {
  Time time;
  NeuronId target;
  SynapseId synapse;
  SpikeId spike;
  std::uint32_t cursor;

  EventKey key() const { return {time, Phase::arrival, target, synapse, spike}; }
};

// Arrivals, soonest first (backward: latest first). push and pop are O(log size).
template <Direction direction>
class ArrivalQueue {
 public:
  bool empty() const { return heap_.empty(); }
  const Arrival& top() const { return heap_.top(); }
  void push(const Arrival& arrival) { heap_.push(arrival); }
  void pop() { heap_.pop(); }
  void reserve(std::size_t size) { heap_.reserve(size); }
  void clear() { heap_.clear(); }

 private:
  // Boost's heaps keep the greatest element on top.
  struct Later {
    bool operator()(const Arrival& a, const Arrival& b) const {
      if constexpr (direction == Direction::forward) {
        return a.time != b.time ? a.time > b.time : a.key() > b.key();
      } else {
        return a.time != b.time ? a.time < b.time : a.key() < b.key();
      }
    }
  };
  boost::heap::d_ary_heap<Arrival, boost::heap::arity<4>, boost::heap::compare<Later>> heap_;
};

// At most one expected emission per neuron; expecting another replaces it. O(log size).
class EmissionQueue {
 public:
  explicit EmissionQueue(NeuronId neurons) : handles_(neurons) {}

  bool empty() const { return heap_.empty(); }
  Time time() const { return heap_.empty() ? never : heap_.top().time; }
  NeuronId neuron() const { return heap_.top().neuron; }

  void expect(NeuronId neuron, Time time) {
    auto& handle = handles_[neuron];
    if (time == never) {
      if (handle) {
        heap_.erase(*handle);
        handle.reset();
      }
    } else if (handle) {
      heap_.update(*handle, {time, neuron});
    } else {
      handle = heap_.push({time, neuron});
    }
  }

 private:
  struct Emission {
    Time time;
    NeuronId neuron;
    friend auto operator<=>(const Emission&, const Emission&) = default;
  };
  using Heap = boost::heap::d_ary_heap<Emission, boost::heap::arity<4>, boost::heap::mutable_<true>,
                                       boost::heap::compare<std::greater<>>>;
  Heap heap_;
  std::vector<std::optional<Heap::handle_type>> handles_;
};

}  // namespace retrograde
