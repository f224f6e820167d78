// The synapses that leave a neuron, as ranges: networks keep them by projection and by source, and
// nothing per synapse that follows from that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>

#include <retrograde/engine/network/projection.hpp>

namespace retrograde {

class Network;

// The ids of the synapses that leave a neuron, ascending: one stretch of each projection.
class SynapseIds {
 public:
  class Iterator {
   public:
    Iterator(const SynapseIds& ids);
    SynapseId operator*() const { return s_; }
    Iterator& operator++() {
      ++s_;
      enter();
      return *this;
    }
    bool operator==(std::default_sentinel_t) const { return s_ == end_; }

   private:
    void enter();  // the next stretch that is not empty, where this one ends
    const SynapseIds* ids_;
    std::size_t next_ = 0;
    SynapseId s_ = 0, end_ = 0;
  };

  SynapseIds(std::span<const Projection> projections, std::span<const std::uint32_t> from,
             std::uint32_t source, SynapseId size)
      : projections_(projections), from_(from), source_(source), size_(size) {}
  Iterator begin() const { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }
  SynapseId size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  std::span<const Projection> projections_;
  std::span<const std::uint32_t> from_;  // those that leave the population
  std::uint32_t source_;                 // within it
  SynapseId size_;
};

// The synapses that leave a neuron in the order of their arrivals. Networks keep that order alone;
// a synapse is put together when it is asked for.
class OutgoingSynapses {
 public:
  class Iterator {
   public:
    Iterator(const OutgoingSynapses& row, std::size_t at) : row_(&row), at_(at) {}
    Synapse operator*() const { return (*row_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const OutgoingSynapses* row_;
    std::size_t at_;
  };

  OutgoingSynapses(const Network& network, NeuronId source, std::span<const SynapseId> order)
      : network_(&network), source_(source), order_(order) {}
  Synapse operator[](std::size_t k) const;
  std::size_t size() const { return order_.size(); }
  bool empty() const { return order_.empty(); }
  Synapse back() const { return (*this)[size() - 1]; }
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  const Network* network_;
  NeuronId source_;
  std::span<const SynapseId> order_;
};

}  // namespace retrograde
