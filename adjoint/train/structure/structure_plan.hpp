// What is settled of a learned structure before training: the pairs that may have a synapse, their
// signs, how many have one, and who begins. Immutable and shared.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/train/structure/slots.hpp>
#include <retrograde/adjoint/train/structure/structure_spec.hpp>

namespace retrograde {

class StructurePlan {
 public:
  // Slots [begin, end).
  struct Range {
    SynapseId begin, end;
  };
  // Among whom a budget is held: a projection, or all of them.
  struct Region {
    std::string name;
    std::vector<Range> ranges;
    std::uint64_t budget = 0;  // synapses
    std::uint64_t pairs = 0;
  };

  // `full` has a synapse for every pair that may have one, with the weight and the delay that it would
  // begin with; `learning` is of that network. Under a sign the absolute weight counts. Who begins is
  // drawn by (seed, "mask/" and the region). Throws NetworkError, with the remedy, for a budget of no
  // synapse and for a rule that has nothing to choose because every pair has one; InternalError for
  // settings that contradict each other.
  StructurePlan(Network full, Learning learning, StructureSpec spec, std::uint64_t seed);

  const StructureSpec& spec() const { return spec_; }
  const Slots& slots() const { return slots_; }
  std::uint64_t seed() const { return seed_; }
  const std::vector<Region>& regions() const { return regions_; }
  // Of the weight of a slot: 1, -1, or 0: free.
  int sign(SynapseId slot) const { return signs_[slot]; }

  // The beginning: who has a synapse, ascending, and all values in the full layout, weights of the
  // others 0. Slots of projections whose structure is not learned all have one.
  const std::vector<SynapseId>& taken() const { return taken_; }
  const std::vector<double>& values() const { return values_; }
  Network network() const { return slots_.network(taken_, values_); }
  Learning learning() const { return slots_.learning(taken_); }

  // Per projection, how many synapses of a network of these slots have a weight against their sign.
  // Batch normalisation that is folded in turns those of whole neurons.
  std::vector<std::uint64_t> turned(const Network& network) const;

 private:
  void check() const;
  void make_regions();
  void choose_beginning();

  StructureSpec spec_;
  std::uint64_t seed_;
  std::vector<std::int8_t> signs_;
  Slots slots_;
  std::vector<Region> regions_;
  std::vector<SynapseId> taken_;
  std::vector<double> values_;
};

}  // namespace retrograde
