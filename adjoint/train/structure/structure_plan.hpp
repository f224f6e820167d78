// What is settled of a learned structure before training: the pairs that may have a synapse, their
// signs, how many have one, and who begins. Immutable and shared.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/structure/absent.hpp>
#include <retrograde/adjoint/train/structure/pairs.hpp>
#include <retrograde/adjoint/train/structure/signs.hpp>
#include <retrograde/adjoint/train/structure/structure_spec.hpp>

namespace retrograde {

class StructurePlan {
 public:
  // Among whom a budget is held: a projection, or all of them.
  struct Region {
    std::string name;
    std::vector<PairRange> ranges;  // ascending
    std::uint64_t budget = 0;       // synapses
    std::uint64_t pairs = 0;
  };

  // Under a sign the absolute weight counts. Who begins is drawn by (seed, "mask/" and the region).
  // Throws NetworkError, with the remedy, for a budget of no synapse, for more than `most` synapses
  // in all, and for a rule that has nothing to choose because every pair has one; InternalError for
  // settings that contradict each other. O(S log S) for S synapses, and what is listed.
  StructurePlan(Pairs pairs, StructureSpec spec, std::uint64_t seed,
                std::uint64_t most = std::numeric_limits<SynapseId>::max());

  const StructureSpec& spec() const { return spec_; }
  const Pairs& pairs() const { return pairs_; }
  std::uint64_t seed() const { return seed_; }
  const std::vector<Region>& regions() const { return regions_; }
  // Of the weight of a pair: 1, -1, or 0: free.
  int sign(PairId pair) const;
  std::vector<std::int8_t> signs(std::span<const PairId> pairs) const;

  // The beginning: who has a synapse, ascending, and the values of that network. Pairs of
  // projections whose structure is not learned all have one.
  const std::vector<PairId>& taken() const { return taken_; }
  const std::vector<double>& values() const { return values_; }
  Network network() const { return pairs_.network(taken_, values_); }
  // The outline of the pairs with the shortest delays that any choice of synapses may come to: what
  // goes by projections, as windows do, and is possible for it is possible for every choice.
  Network shortest() const;
  Learning learning() const { return learning(taken_); }
  // What is learned of the network with these synapses, whose weights keep their signs.
  Learning learning(std::span<const PairId> taken) const { return learning(taken, signs(taken)); }
  Learning learning(std::span<const PairId> taken, std::span<const std::int8_t> signs) const;

  // Per projection, how many synapses of a network of these pairs have a weight against their sign.
  // Batch normalisation that is folded in turns those of whole neurons.
  std::vector<std::uint64_t> turned(const Network& network) const;

 private:
  void check() const;
  void make_regions();
  void set_budgets(std::uint64_t most);
  void choose_beginning();

  StructureSpec spec_;
  std::uint64_t seed_;
  Pairs pairs_;
  DrawnSigns signs_;
  std::vector<Region> regions_;
  std::vector<PairId> taken_;
  std::vector<double> values_;
};

}  // namespace retrograde
