#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/train/structure/budget.hpp>
#include <retrograde/adjoint/train/structure/structure_plan.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

StructurePlan::StructurePlan(Pairs pairs, StructureSpec spec, std::uint64_t seed,
                             std::uint64_t most)
    : spec_(std::move(spec)), seed_(seed), pairs_(std::move(pairs)) {
  check();
  signs_ = DrawnSigns(pairs_.outline(), spec_, seed);
  make_regions();
  set_budgets(most);
  choose_beginning();
}

// What a reader of scenarios refuses with a better message.
void StructurePlan::check() const {
  const auto refuse_if = [](bool wrong, const char* why) {
    if (wrong) throw InternalError(fmt::format("StructurePlan: {}", why));
  };
  const bool unsigned_weights = spec_.signs == Signs::free;
  const bool crosses = spec_.removal == Removal::sign;
  refuse_if(spec_.projections.size() != pairs_.outline().projections().size(),
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
  for (std::uint32_t p = 0; p < spec_.projections.size(); ++p) {
    if (!spec_.projections[p]) continue;
    const std::string& name = pairs_.outline().projections()[p].name;
    if (spec_.budget != Budget::network || regions_.empty())
      regions_.push_back({spec_.budget == Budget::network ? "network" : name, {}, 0, 0});
    regions_.back().ranges.push_back({pairs_.begin(p), pairs_.end(p)});
    regions_.back().pairs += pairs_.count(p);
  }
  if (regions_.empty()) throw InternalError("StructurePlan: no projection");
}

void StructurePlan::set_budgets(std::uint64_t most) {
  const Network& network = pairs_.outline();
  std::vector<BudgetedProjection> budgeted;
  std::uint64_t synapses = 0;
  for (std::uint32_t p = 0; p < spec_.projections.size(); ++p) {
    const Projection& projection = network.projections()[p];
    if (spec_.projections[p])
      budgeted.push_back({pairs_.count(p), network.populations()[projection.source].size,
                          network.populations()[projection.target].size});
    else
      synapses += pairs_.count(p);
  }
  const std::vector<std::uint64_t> counts = budgets(spec_.budget, spec_.density, budgeted);
  bool full_everywhere = true;
  for (std::size_t r = 0; r < regions_.size(); ++r) {
    regions_[r].budget = counts[r];
    synapses += counts[r];
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
  if (synapses > most)
    throw NetworkError(
        regions_[0].name,
        fmt::format("a density of {:g} gives the network {} synapses, and at most {} "
                    "are possible; choose a smaller density",
                    spec_.density, synapses, most));
}

void StructurePlan::choose_beginning() {
  const auto take_all = [&](const PairRange& range) {
    for (PairId pair = range.begin; pair < range.end; ++pair) taken_.push_back(pair);
  };
  for (std::uint32_t p = 0; p < spec_.projections.size(); ++p)
    if (!spec_.projections[p]) take_all({pairs_.begin(p), pairs_.end(p)});
  for (const Region& region : regions_) {
    if (region.budget == region.pairs) {
      for (const PairRange& range : region.ranges) take_all(range);
      continue;
    }
    const AbsentPairs all(region.ranges, {});
    for (const std::uint64_t rank :
         draw_distinct(region.pairs, region.budget, Random(seed_, "mask/" + region.name)))
      taken_.push_back(all[rank]);
  }
  std::sort(taken_.begin(), taken_.end());
  values_ = pairs_.beginning(taken_);
  for (std::size_t k = 0; k < taken_.size(); ++k)
    if (const int sign = this->sign(taken_[k])) values_[k] = sign * std::fabs(values_[k]);
}

int StructurePlan::sign(PairId pair) const {
  if (spec_.signs == Signs::free) return 0;
  const std::uint32_t projection = pairs_.projection_of(pair);
  const PairEnds ends = pairs_.ends(pair);
  return signs_.of(projection, ends.source, ends.target);
}

std::vector<std::int8_t> StructurePlan::signs(std::span<const PairId> pairs) const {
  std::vector<std::int8_t> signs;
  signs.reserve(pairs.size());
  for (const PairId pair : pairs) signs.push_back(static_cast<std::int8_t>(sign(pair)));
  return signs;
}

Learning StructurePlan::learning(std::span<const PairId> taken,
                                 std::span<const std::int8_t> signs) const {
  Learning learning = pairs_.learning(taken);
  learning.lower.change(0, taken.size(), [&](std::size_t k, double lower) {
    return signs[k] > 0 ? std::max(lower, 0.0) : lower;
  });
  learning.upper.change(0, taken.size(), [&](std::size_t k, double upper) {
    return signs[k] < 0 ? std::min(upper, 0.0) : upper;
  });
  return learning;
}

Network StructurePlan::shortest() const {
  const Network& outline = pairs_.outline();
  std::vector<double> values(outline.parameters().begin(), outline.parameters().end());
  double* const delays = values.data() + outline.layout().offset(ParameterKind::delay);
  for (std::uint32_t p = 0; p < spec_.projections.size(); ++p) {
    const bool grown_anew =
        spec_.projections[p] && spec_.dynamic() && spec_.delay != GrownDelay::pair;
    const Projection& projection = outline.projections()[p];
    for (SynapseId k = 0; k < projection.size; ++k) {
      double& delay = delays[projection.first + k];
      delay = pairs_.shortest_delay(pairs_.begin(p) + k);
      if (grown_anew) delay = std::min(delay, spec_.delay_min);
    }
  }
  return outline.with_parameters(std::move(values));
}

std::vector<std::uint64_t> StructurePlan::turned(const Network& network) const {
  std::vector<std::uint64_t> turned;
  const std::vector<PairId> pairs = pairs_.taken_by(network);
  for (const Projection& p : network.projections()) {
    turned.push_back(0);
    for (SynapseId s = p.first; s < p.first + p.size; ++s)
      turned.back() += sign(pairs[s]) * network.weight(s) < 0.0;
  }
  return turned;
}

}  // namespace retrograde
