// The pairs of neurons that may have a synapse, in every projection of a network: with which values
// a synapse of each begins, and how these are learned. A projection lists its pairs, or has all of
// them: then there is no list, and what is asked of a pair is a function of it.
//
// Pairs are numbered as synapses are: projections follow each other; within one, source after
// source, target after target. So the synapses of a network that has those of the pairs p_0 < p_1 <
// ... lie in that order, and everything that is kept of its values lies in its own layout.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <retrograde/adjoint/train/learning.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

using PairId = std::uint64_t;

// Pairs [begin, end).
struct PairRange {
  PairId begin = 0, end = 0;
};

// Local to the populations.
struct PairEnds {
  std::uint32_t source, target;
};

// A projection that has all pairs: what they begin with. In `outline` networks it has one synapse,
// which says how those of all pairs are learned.
struct DensePairs {
  bool self = true;  // whether a neuron may meet itself; only where both populations are one
  std::function<double(std::uint32_t source, std::uint32_t target)> weight, delay;
  Time shortest = 0.0;  // of the delays
};
// Per projection; nothing: it lists its pairs. May be empty: all of them do.
using DenseProjections = std::vector<std::optional<DensePairs>>;

// Which of the groups of neurons that reach each other a neuron of `outline` is of, from 1, if all
// its pairs have a synapse; 0: it does not reach itself. O(neurons + listed synapses).
std::vector<std::size_t> recurrent_groups(const Network& outline, const DenseProjections& dense);

class Pairs {
 public:
  // A placeholder to assign to.
  Pairs() = default;
  // `outline` has the neurons, all projections, a synapse for every pair that is listed and one for
  // each dense projection; `learning` is of it. Listed delays that would vanish together around a
  // cycle get a floor (with_open_cycles), so that no choice of pairs makes such a cycle; delays of
  // dense projections on cycles have to be above 0, always.
  Pairs(Network outline, Learning learning, DenseProjections dense = {});

  // The neurons, with their values, and the projections.
  const Network& outline() const { return outline_; }
  PairId count() const { return begin_.back(); }
  // Those of a projection are begin .. end - 1.
  PairId begin(std::uint32_t projection) const { return begin_[projection]; }
  PairId end(std::uint32_t projection) const { return begin_[projection + 1]; }
  PairId count(std::uint32_t projection) const { return end(projection) - begin(projection); }
  // O(log projections), as all that follows at most for a pair.
  std::uint32_t projection_of(PairId pair) const;
  PairEnds ends(PairId pair) const;
  // With the values that it would begin with.
  SynapseSpec synapse(PairId pair) const;
  Time delay(PairId pair) const;  // that alone
  ValueRange weight_range(PairId pair) const { return range(pair, ParameterKind::weight); }
  ValueRange delay_range(PairId pair) const { return range(pair, ParameterKind::delay); }
  // The shortest delay that a synapse of it, or of any pair of a dense projection, may begin with or
  // learn.
  Time shortest_delay(PairId pair) const;
  // O(log synapses). Throws InternalError for neurons that are no pair of it.
  PairId find(std::uint32_t projection, std::uint32_t source, std::uint32_t target) const;

  // The network with synapses of `taken`, ascending, and with `values` of its layout. Throws
  // NetworkError as the builder does. O(S log S).
  Network network(std::span<const PairId> taken, std::span<const double> values) const;
  // Which pairs have a synapse in it. O(S log S). Throws InternalError for another network.
  std::vector<PairId> taken_by(const Network& network) const;
  // What is learned of the network with these synapses. O(S log S).
  Learning learning(std::span<const PairId> taken) const;
  // Whether that of any pair or neuron is learned.
  bool learns(ParameterKind kind) const { return learning_.any(outline_.layout(), kind); }
  // The values that it begins with.
  std::vector<double> beginning(std::span<const PairId> taken) const;

 private:
  const DensePairs* dense(std::uint32_t projection) const {
    return dense_.empty() || !dense_[projection] ? nullptr : &*dense_[projection];
  }
  // Of a row of pairs of a dense projection.
  std::uint32_t row(std::uint32_t projection) const;
  PairId pairs_of(std::uint32_t projection) const;
  ValueRange range(PairId pair, ParameterKind kind) const;
  void add_groups(std::span<const PairId> taken, Learning& learning) const;

  Network outline_;
  Learning learning_;
  DenseProjections dense_;
  std::vector<PairId> begin_;  // per projection, and one past the end
};

}  // namespace retrograde
