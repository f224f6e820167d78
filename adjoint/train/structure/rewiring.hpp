// The structure of the moment, and what a batch makes of it: after the optimiser's step some synapses
// are taken away and as many are put elsewhere, as the plan's rule says (structure_spec.hpp).
//
// All values, moments and gradients are kept per slot (slots.hpp), so that a pair without a synapse
// keeps its delay, and its moments where the rule says so. A crossed weight is one whose sign bit is
// not that of its sign: between batches that rewire it is held at that zero.
//
// Randomness is keyed by (seed, purpose, batch): a training that was resumed draws what it would have
// drawn.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <retrograde/adjoint/gradient_source.hpp>
#include <retrograde/adjoint/train/optimizer.hpp>
#include <retrograde/adjoint/train/structure/structure_plan.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

struct RewiringCount {
  // Pairs that had a synapse and have none, and the other way round; whoever goes and is grown
  // again at once is neither.
  std::uint64_t removed = 0, grown = 0;
};

// Where a training is: the number of the batch since its beginning, 1 for the first, and the batches of
// an epoch.
struct RewiringPlace {
  std::uint64_t batch = 1, batches_per_epoch = 1;
};

class Rewiring {
 public:
  explicit Rewiring(std::shared_ptr<const StructurePlan> plan);

  const StructurePlan& plan() const { return *plan_; }
  // Who has a synapse, ascending, and all values, in the full layout; absent weights are 0.
  const std::vector<SynapseId>& taken() const { return taken_; }
  std::vector<double>& values() { return values_; }
  const std::vector<double>& values() const { return values_; }
  // The network that they make, and what is learned of it.
  Network network() const { return plan_->slots().network(taken_, values_); }
  const Learning& learning() const { return learning_; }
  // What the optimiser learns, in the full layout: under removal by sign, without the bounds that
  // would keep a weight from crossing.
  Learning optimised() const;

  // Goes on from there. Throws InternalError for slots or values of another plan.
  void restore(std::vector<SynapseId> taken, std::vector<double> values);

  // One batch: which synapses the rule would like to know the gradient of;
  std::span<const Candidate> propose(const RewiringPlace& place);
  // the mean gradients of the network's values and of these, as a gradient in the full layout, with L1
  // where it goes that way;
  const std::vector<double>& full_gradient(const std::vector<double>& mean,
                                           const std::vector<double>& candidates);
  // and after the optimiser has stepped values(): drift, noise and the rule. `rates` are those of the
  // weights of each projection in this step. Whoever is grown or removed is told to `adam`. Throws
  // InternalError if a budget is not held.
  RewiringCount rewire(const RewiringPlace& place, std::span<const double> rates, Adam& adam);

  // Whether a batch without gradients may move anything: a rule rewires, or L1 pulls.
  bool pulls() const { return spec().dynamic() || spec().l1 > 0.0; }

  // Whether the last call of rewire has changed who has a synapse.
  bool changed() const { return changed_; }

 private:
  const StructureSpec& spec() const { return plan_->spec(); }
  bool due(const RewiringPlace& place) const;
  double magnitude(SynapseId slot) const;
  bool crossed(SynapseId slot) const;
  double score(SynapseId slot, double gradient) const;
  std::vector<SynapseId> absent() const;
  void drift(std::span<const double> rates);
  void shake(std::span<const double> rates, std::uint64_t batch);
  void hold_crossed();
  RewiringCount rewire(const StructurePlan::Region& region, const RewiringPlace& place, Adam& adam);
  std::vector<SynapseId> removed_from(const StructurePlan::Region& region,
                                      const RewiringPlace& place,
                                      std::vector<SynapseId>& living) const;
  std::vector<SynapseId> chosen(std::vector<SynapseId> eligible, std::size_t count,
                                std::uint64_t batch, const std::string& region) const;
  void remove(SynapseId slot, Adam& adam);
  void grow(SynapseId slot, bool same_delay, Adam& adam);
  void give_delay(SynapseId slot, Random& random);
  void check_budget(const StructurePlan::Region& region) const;
  void list_taken();
  // Calls action(slot) for the slots of a region, or of all of them.
  template <typename Action>
  static void for_each_slot(const StructurePlan::Region& region, const Action& action);
  template <typename Action>
  void for_each_slot(const Action& action) const;

  std::shared_ptr<const StructurePlan> plan_;
  std::vector<SynapseId> taken_;
  std::vector<double> values_;
  std::vector<char> has_;   // per slot
  std::vector<char> over_;  // per slot: crossed, and kept for this batch beside the budget
  Learning learning_;
  bool changed_ = false;
  // Of this batch.
  std::vector<Candidate> candidates_;
  std::vector<SynapseId> candidate_slots_;
  std::vector<double> gradient_;        // full layout
  std::vector<double> score_;           // per slot, the less the better; infinite: unknown
  std::vector<double> promised_delay_;  // per slot, with that score
};

}  // namespace retrograde
