#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/train/structure/budget.hpp>
#include <retrograde/adjoint/train/structure/signs.hpp>
#include <retrograde/adjoint/train/structure/structure_plan.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

// Bounds that keep a sign.
Learning signed_learning(Learning learning, const std::vector<std::int8_t>& signs) {
  for (std::size_t s = 0; s < signs.size(); ++s) {
    if (signs[s] > 0) learning.lower[s] = std::max(learning.lower[s], 0.0);
    if (signs[s] < 0) learning.upper[s] = std::min(learning.upper[s], 0.0);
  }
  return learning;
}

}  // namespace

StructurePlan::StructurePlan(Network full, Learning learning, StructureSpec spec,
                             std::uint64_t seed)
    : spec_(std::move(spec)), seed_(seed), signs_(draw_signs(full, spec_, seed)) {
  learning = signed_learning(std::move(learning), signs_);
  slots_ = Slots(std::move(full), std::move(learning));
  check();
  make_regions();
  choose_beginning();
}

// What a reader of scenarios refuses with a better message.
void StructurePlan::check() const {
  const auto refuse_if = [](bool wrong, const char* why) {
    if (wrong) throw InternalError(fmt::format("StructurePlan: {}", why));
  };
  const bool unsigned_weights = spec_.signs == Signs::free;
  const bool crosses = spec_.removal == Removal::sign;
  refuse_if(spec_.projections.size() != slots_.full().projections().size(),
            "projections of another network");
  refuse_if(crosses && unsigned_weights, "removal by sign without signs");
  refuse_if(spec_.growth == Growth::signed_gradient && unsigned_weights,
            "signed growth without signs");
  refuse_if(spec_.temperature > 0.0 && !crosses, "noise without removal by sign");
  refuse_if(spec_.keep_crossed && (!crosses || spec_.every != 1),
            "what has crossed is kept only where it is removed in every batch");
  refuse_if(spec_.grown_weight != 0.0 && unsigned_weights, "a grown weight without a sign");
  refuse_if(spec_.every == 0, "every is 0");
  refuse_if(spec_.delay == GrownDelay::best && (!spec_.by_gradient() || !(spec_.delay_step > 0.0)),
            "the best delay needs growth by gradient and a step");
}

void StructurePlan::make_regions() {
  const Network& full = slots_.full();
  std::vector<BudgetedProjection> budgeted;
  for (std::uint32_t p = 0; p < full.projections().size(); ++p) {
    if (!spec_.projections[p]) continue;
    const Projection& projection = full.projections()[p];
    budgeted.push_back({projection.size, full.populations()[projection.source].size,
                        full.populations()[projection.target].size});
    if (spec_.budget != Budget::network || regions_.empty())
      regions_.push_back({spec_.budget == Budget::network ? "network" : projection.name, {}, 0, 0});
    regions_.back().ranges.push_back({projection.first, projection.first + projection.size});
    regions_.back().pairs += projection.size;
  }
  if (regions_.empty()) throw InternalError("StructurePlan: no projection");
  const std::vector<std::uint64_t> counts = budgets(spec_.budget, spec_.density, budgeted);
  bool full_everywhere = true;
  for (std::size_t r = 0; r < regions_.size(); ++r) {
    regions_[r].budget = counts[r];
    full_everywhere = full_everywhere && counts[r] == regions_[r].pairs;
    if (counts[r] == 0)
      throw NetworkError(regions_[r].name,
                         fmt::format("a density of {:g} leaves none of its {} synapses; choose "
                                     "a larger density, or another budget",
                                     spec_.density, regions_[r].pairs));
  }
  if (full_everywhere && spec_.dynamic())
    throw NetworkError(
        regions_[0].name,
        fmt::format("with a density of {:g} every pair of neurons has a synapse, and the rule has "
                    "nothing to choose; choose a density below 1, or rule = \"fixed\"",
                    spec_.density));
}

void StructurePlan::choose_beginning() {
  const Network& full = slots_.full();
  values_.assign(full.parameters().begin(), full.parameters().end());
  std::vector<char> has(full.synapse_count(), 1);
  for (const Region& region : regions_) {
    std::vector<SynapseId> slots;
    slots.reserve(region.pairs);
    for (const Range& range : region.ranges)
      for (SynapseId s = range.begin; s < range.end; ++s) slots.push_back(s);
    Random(seed_, "mask/" + region.name).shuffle(slots);
    for (std::size_t k = region.budget; k < slots.size(); ++k) has[slots[k]] = 0;
  }
  for (SynapseId s = 0; s < has.size(); ++s) {
    if (has[s]) taken_.push_back(s);
    if (!has[s])
      values_[s] = 0.0;
    else if (signs_[s] != 0)
      values_[s] = signs_[s] * std::fabs(values_[s]);
  }
}

std::vector<std::uint64_t> StructurePlan::turned(const Network& network) const {
  std::vector<std::uint64_t> turned;
  const std::vector<SynapseId> slots = slots_.taken_by(network);
  for (const Projection& p : network.projections()) {
    turned.push_back(0);
    for (SynapseId s = p.first; s < p.first + p.size; ++s)
      turned.back() += sign(slots[s]) * network.weight(s) < 0.0;
  }
  return turned;
}

}  // namespace retrograde
