// The structure of the moment, and what a batch makes of it: after the optimiser's step some synapses
// are taken away and as many are put elsewhere, as the plan's rule says (structure_spec.hpp).
//
// Values, moments and gradients are those of the synapses that exist, in the layout of the network of
// the moment; of other pairs there is what memory.hpp remembers. So memory and time go by the
// synapses, the candidates and what is remembered, never by the pairs. A crossed weight is one whose
// sign bit is not that of its sign: between batches that rewire it is held at that zero.
//
// Randomness is keyed by (seed, purpose, batch): a training that was resumed draws what it would have
// drawn.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/adjoint/train/structure/memory.hpp>
#include <retrograde/adjoint/train/structure/structure_plan.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

struct RewiringCount {
  // Pairs that had a synapse and have none, and the other way round; whoever goes and is grown
  // again at once is neither.
  std::uint64_t removed = 0, grown = 0;
};

// Where a training is: the number of the batch since its beginning, 1 for the first, and the
// batches of an epoch.
struct RewiringPlace {
  std::uint64_t batch = 1, batches_per_epoch = 1;
};

class Rewiring {
 public:
  explicit Rewiring(std::shared_ptr<const StructurePlan> plan);

  const StructurePlan& plan() const { return *plan_; }
  // Who has a synapse, ascending, and the values of that network.
  const std::vector<PairId>& taken() const { return taken_; }
  std::vector<double>& values() { return values_; }
  const std::vector<double>& values() const { return values_; }
  const std::vector<Remembered>& remembered() const { return memory_.all(); }
  // The network that they make, and what is learned of it.
  Network network() const { return plan_->pairs().network(taken_, values_); }
  const Learning& learning() const { return learning_; }
  // What the optimiser learns: under removal by sign, without the bounds that would keep a weight
  // from crossing.
  Learning optimised() const;

  // Goes on from there. Throws InternalError for pairs or values of another plan.
  void restore(std::vector<PairId> taken, std::vector<double> values,
               std::vector<Remembered> remembered);

  // One batch: which synapses the rule would like to know the gradient of;
  std::span<const Candidate> propose(const RewiringPlace& place);
  // the mean gradients of the network's values, with L1 where it goes that way, and of these;
  const std::vector<double>& gradient(const std::vector<double>& mean,
                                      const std::vector<double>& candidates);
  // and after the optimiser has stepped values(): drift, noise and the rule. `rates` are those of the
  // weights of each projection in this step. `adam` goes on with the values of the synapses there
  // are then. Throws InternalError if a budget is not held.
  RewiringCount rewire(const RewiringPlace& place, std::span<const double> rates, Adam& adam);

  // Whether synapses, of any pair, learn values of this kind.
  bool learns(ParameterKind kind) const { return plan_->pairs().learns(kind); }

  // Whether a batch without gradients may move anything: a rule rewires, or L1 pulls.
  bool pulls() const { return spec().dynamic() || spec().l1 > 0.0; }

  // Whether the last call of rewire has changed who has a synapse.
  bool changed() const { return changed_; }

 private:
  // A pair without a synapse that was looked at in this batch.
  struct Looked {
    PairId pair;
    double gradient;
    double score;  // the less the better, at `delay`; infinite: unknown
    Time delay;
  };
  // A pair that gets a synapse.
  struct Coming {
    PairId pair;
    double weight;
    Time delay;
    Adam::Moments moments;  // of the weight
  };

  const StructureSpec& spec() const { return plan_->spec(); }
  std::size_t delay_of(SynapseId synapse) const { return taken_.size() + synapse; }
  bool due(const RewiringPlace& place) const;
  double magnitude(SynapseId synapse) const;
  bool crossed(SynapseId synapse) const;
  double score(int sign, double gradient) const;
  Time kept_delay(PairId pair) const;
  void settle();
  void look(const std::vector<double>& candidates);
  void step_memory(const Adam& adam);
  void drift(std::span<const double> rates);
  void shake(std::span<const double> rates, std::uint64_t batch);
  void hold_crossed();
  RewiringCount rewire(const StructurePlan::Region& region, const RewiringPlace& place, Adam& adam);
  std::vector<SynapseId> removed_from(const StructurePlan::Region& region,
                                      const RewiringPlace& place,
                                      std::vector<SynapseId>& living) const;
  std::vector<PairId> drawn(const StructurePlan::Region& region,
                            const std::vector<SynapseId>& living, std::uint64_t batch) const;
  std::vector<PairId> promising(const StructurePlan::Region& region,
                                const std::vector<SynapseId>& gone, std::size_t count) const;
  void grow_again(SynapseId synapse, Random& random, Adam& adam);
  void grow(PairId pair, Random& random);
  Time grown_delay(PairId pair, Time promised, Random& random) const;
  double grown_weight(int sign) const { return (sign < 0 ? -1.0 : 1.0) * spec().grown_weight; }
  void check_budget(const StructurePlan::Region& region) const;
  void exchange(Adam& adam);
  std::vector<Remembered> worth_remembering(const Adam& adam) const;
  // The synapses of a range of pairs: [first, last).
  std::pair<SynapseId, SynapseId> synapses_of(const PairRange& range) const;
  // Calls action(synapse) for the synapses of a region, or of all of them.
  template <typename Action>
  void for_each_synapse(const StructurePlan::Region& region, const Action& action) const;
  template <typename Action>
  void for_each_synapse(const Action& action) const;
  // Calls action(first, last) for stretches [first, last) that together are all of them.
  template <typename Action>
  void for_each_stretch_of_synapses(const Action& action) const;

  std::shared_ptr<const StructurePlan> plan_;
  std::vector<PairId> taken_;
  std::vector<double> values_;
  PairMemory memory_;
  std::vector<std::int8_t> signs_;  // per synapse
  std::vector<char> over_;  // per synapse: crossed, and kept for this batch beside the budget
  Learning learning_;
  bool changed_ = false;
  // Of this batch.
  std::vector<Candidate> candidates_;
  std::vector<PairId> candidate_pairs_;
  std::vector<Looked> looked_;  // ascending by pair
  std::vector<double> gradient_;
  std::vector<double> score_;       // per synapse
  std::vector<Time> delay_before_;  // per synapse: before the step
  std::vector<char> leaving_;       // per synapse
  std::vector<Coming> coming_;
};

}  // namespace retrograde
