#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <numbers>
#include <utility>

#include <retrograde/adjoint/train/structure/rewiring.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

constexpr double unknown = std::numeric_limits<double>::infinity();

// The first `count` of a random order.
void draw(std::vector<SynapseId>& slots, std::size_t count, Random random) {
  for (std::size_t k = 0; k < count; ++k)
    std::swap(slots[k], slots[k + random.index(slots.size() - k)]);
  slots.resize(count);
}

}  // namespace

template <typename Action>
void Rewiring::for_each_slot(const StructurePlan::Region& region, const Action& action) {
  for (const StructurePlan::Range& range : region.ranges)
    for (SynapseId s = range.begin; s < range.end; ++s) action(s);
}

template <typename Action>
void Rewiring::for_each_slot(const Action& action) const {
  for (const StructurePlan::Region& region : plan_->regions()) for_each_slot(region, action);
}

Rewiring::Rewiring(std::shared_ptr<const StructurePlan> plan)
    : plan_(std::move(plan)), taken_(plan_->taken()), values_(plan_->values()) {
  restore(taken_, values_);
}

void Rewiring::restore(std::vector<SynapseId> taken, std::vector<double> values) {
  const Slots& slots = plan_->slots();
  if (values.size() != slots.full().layout().size() ||
      std::adjacent_find(taken.begin(), taken.end(), std::greater_equal<>()) != taken.end() ||
      (!taken.empty() && taken.back() >= slots.count()))
    throw InternalError("Rewiring: a structure of another plan");
  taken_ = std::move(taken);
  values_ = std::move(values);
  has_.assign(slots.count(), 0);
  over_.assign(slots.count(), 0);
  for (const SynapseId s : taken_) {
    has_[s] = 1;
    over_[s] = spec().keep_crossed && crossed(s);
  }
  learning_ = slots.learning(taken_);
  for (const StructurePlan::Region& region : plan_->regions()) check_budget(region);
}

Learning Rewiring::optimised() const {
  const Slots& slots = plan_->slots();
  Learning learning = slots.learning();
  const std::size_t delay = slots.full().layout().offset(ParameterKind::delay);
  for_each_slot([&](SynapseId s) {
    if (spec().removal == Removal::sign) {
      learning.lower[s] = -std::numeric_limits<double>::infinity();
      learning.upper[s] = std::numeric_limits<double>::infinity();
    }
    if (has_[s]) return;
    learning.learned[s] = spec().keep_moments && learning.learned[s];
    learning.learned[delay + s] = 0;
  });
  return learning;
}

bool Rewiring::due(const RewiringPlace& place) const {
  if (!spec().dynamic() || place.batch % spec().every != 0) return false;
  const double end = spec().until * static_cast<double>(place.batches_per_epoch);
  return spec().removal != Removal::magnitude || static_cast<double>(place.batch) < end;
}

double Rewiring::magnitude(SynapseId slot) const {
  const int sign = plan_->sign(slot);
  return sign == 0 ? std::fabs(values_[slot]) : sign * values_[slot];
}

bool Rewiring::crossed(SynapseId slot) const {
  return plan_->sign(slot) != 0 && std::signbit(magnitude(slot));
}

// How much growing would help, the less the better.
double Rewiring::score(SynapseId slot, double gradient) const {
  return spec().growth == Growth::signed_gradient ? plan_->sign(slot) * gradient
                                                  : -std::fabs(gradient);
}

std::vector<SynapseId> Rewiring::absent() const {
  std::vector<SynapseId> slots;
  for_each_slot([&](SynapseId s) {
    if (!has_[s]) slots.push_back(s);
  });
  return slots;
}

std::span<const Candidate> Rewiring::propose(const RewiringPlace& place) {
  candidates_.clear();
  candidate_slots_.clear();
  if (!spec().by_gradient() || !due(place)) return {};
  std::vector<SynapseId> slots = absent();
  if (spec().sample > 0 && spec().sample < slots.size()) {
    draw(slots, spec().sample, Random(plan_->seed(), "growth sample", place.batch));
    std::sort(slots.begin(), slots.end());
  }
  const Network& full = plan_->slots().full();
  const std::size_t delay = full.layout().offset(ParameterKind::delay);
  const std::vector<Time> grid = grown_delays(spec());
  Random random(plan_->seed(), "candidate delay", place.batch);
  std::uint32_t p = 0;
  for (const SynapseId s : slots) {
    while (s >= full.projections()[p].first + full.projections()[p].size) ++p;
    const SynapseId k = s - full.projections()[p].first;
    const auto add = [&](Time d) {
      candidates_.push_back(
          {p, full.projections()[p].sources[k], full.projections()[p].targets[k], d});
      candidate_slots_.push_back(s);
    };
    if (spec().delay == GrownDelay::best)
      for (const Time d : grid) add(d);
    else
      add(spec().delay == GrownDelay::drawn ? random.uniform(spec().delay_min, spec().delay_max)
                                            : values_[delay + s]);
  }
  return candidates_;
}

const std::vector<double>& Rewiring::full_gradient(const std::vector<double>& mean,
                                                   const std::vector<double>& candidates) {
  if (candidates.size() != candidates_.size())
    throw InternalError("Rewiring: the source has not answered what was asked");
  gradient_ = plan_->slots().scattered(taken_, mean);
  score_.assign(plan_->slots().count(), unknown);
  promised_delay_.resize(score_.size());
  const std::size_t delay = plan_->slots().full().layout().offset(ParameterKind::delay);
  for_each_slot([&](SynapseId s) {
    if (!has_[s]) return;
    if (spec().l1_step == L1Step::gradient && values_[s] != 0.0)
      gradient_[s] += std::copysign(spec().l1, values_[s]);
    score_[s] = score(s, gradient_[s]);
    promised_delay_[s] = values_[delay + s];
  });
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const SynapseId s = candidate_slots_[c];
    const double promise = score(s, candidates[c]);
    if (spec().delay == GrownDelay::slot) gradient_[s] = candidates[c];
    if (!(promise < score_[s])) continue;
    score_[s] = promise;
    promised_delay_[s] = candidates_[c].delay;
  }
  return gradient_;
}

// L1 on the weights, after the step: only removal by sign lets a weight go beyond 0.
void Rewiring::drift(std::span<const double> rates) {
  if (!(spec().l1 > 0.0) || spec().l1_step != L1Step::proximal) return;
  for (const SynapseId s : taken_) {
    const std::uint32_t p = plan_->slots().projection_of(s);
    if (!spec().projections[p]) continue;
    const double size = magnitude(s), shrunk = size - rates[p] * spec().l1;
    const double kept = spec().removal == Removal::sign ? shrunk : std::fmax(shrunk, 0.0);
    values_[s] = plan_->sign(s) == 0 ? std::copysign(kept, values_[s]) : plan_->sign(s) * kept;
    if (spec().removal == Removal::sign) continue;
    const Learning& learning = plan_->slots().learning();
    values_[s] = std::clamp(values_[s], learning.lower[s], learning.upper[s]);
  }
}

void Rewiring::shake(std::span<const double> rates, std::uint64_t batch) {
  if (!(spec().temperature > 0.0)) return;
  Random random(plan_->seed(), "rewiring noise", batch);
  for (const SynapseId s : taken_) {
    const std::uint32_t p = plan_->slots().projection_of(s);
    if (!spec().projections[p]) continue;
    values_[s] += std::sqrt(2.0 * rates[p] * spec().temperature) * random.normal();
  }
}

// A weight of 0 whose sign bit says that it has crossed: Adam may take it back, and the next batch
// that rewires removes it.
void Rewiring::hold_crossed() {
  for_each_slot([&](SynapseId s) {
    if (has_[s] && crossed(s)) values_[s] = std::copysign(0.0, -plan_->sign(s));
  });
}

RewiringCount Rewiring::rewire(const RewiringPlace& place, std::span<const double> rates,
                               Adam& adam) {
  for_each_slot([&](SynapseId s) {
    if (!has_[s]) values_[s] = 0.0;  // Adam has moved it where moments are kept
  });
  drift(rates);
  shake(rates, place.batch);
  changed_ = false;
  RewiringCount count;
  if (!due(place)) {
    if (spec().removal == Removal::sign) hold_crossed();
    return count;
  }
  for (const StructurePlan::Region& region : plan_->regions()) {
    const RewiringCount own = rewire(region, place, adam);
    count.removed += own.removed;
    count.grown += own.grown;
    check_budget(region);
  }
  if (changed_) list_taken();
  return count;
}

// Who goes; who stays, in `living`.
std::vector<SynapseId> Rewiring::removed_from(const StructurePlan::Region& region,
                                              const RewiringPlace& place,
                                              std::vector<SynapseId>& living) const {
  std::vector<SynapseId> gone;
  const bool by_sign = spec().removal == Removal::sign;
  for_each_slot(region, [&](SynapseId s) {
    if (!has_[s]) return;
    (by_sign && (over_[s] || crossed(s)) ? gone : living).push_back(s);
  });
  if (by_sign) return gone;
  const double end = spec().until * static_cast<double>(place.batches_per_epoch);
  const double t = static_cast<double>(place.batch);
  const double share = spec().fraction / 2.0 * (1.0 + std::cos(std::numbers::pi * t / end));
  const auto count = static_cast<std::ptrdiff_t>(share * static_cast<double>(living.size()));
  std::nth_element(living.begin(), living.begin() + count, living.end(),
                   [&](SynapseId a, SynapseId b) {
                     return magnitude(a) != magnitude(b) ? magnitude(a) < magnitude(b) : a < b;
                   });
  gone.assign(living.begin(), living.begin() + count);
  living.erase(living.begin(), living.begin() + count);
  return gone;
}

// Of who may be grown: at random; or those with the best scores, of equal ones the first. Whoever
// has just gone has a score, so there are always enough.
std::vector<SynapseId> Rewiring::chosen(std::vector<SynapseId> eligible, std::size_t count,
                                        std::uint64_t batch, const std::string& region) const {
  if (!spec().by_gradient()) {
    draw(eligible, count, Random(plan_->seed(), "growth/" + region, batch));
    return eligible;
  }
  std::erase_if(eligible, [&](SynapseId s) { return !(score_[s] < unknown); });
  std::sort(eligible.begin(), eligible.end(), [&](SynapseId a, SynapseId b) {
    return score_[a] != score_[b] ? score_[a] < score_[b] : a < b;
  });
  eligible.resize(std::min(count, eligible.size()));
  return eligible;
}

RewiringCount Rewiring::rewire(const StructurePlan::Region& region, const RewiringPlace& place,
                               Adam& adam) {
  std::vector<SynapseId> living;
  const std::vector<SynapseId> gone = removed_from(region, place, living);
  std::vector<char> stays(has_.size(), 0);
  for (const SynapseId s : living) stays[s] = 1;
  std::vector<SynapseId> eligible;
  for_each_slot(region, [&](SynapseId s) {
    if (!stays[s]) eligible.push_back(s);
  });
  const std::vector<SynapseId> grown =
      chosen(std::move(eligible), region.budget - living.size(), place.batch, region.name);

  RewiringCount count;
  const std::vector<char> had = has_;
  std::vector<char> again(has_.size(), 0);
  if (spec().removal == Removal::magnitude)  // who is small and promises most stays as it is
    for (const SynapseId s : grown) again[s] = has_[s];
  for (const SynapseId s : gone) {
    if (again[s]) continue;
    if (spec().keep_crossed && !over_[s])
      over_[s] = 1;
    else
      remove(s, adam);
  }
  Random random(plan_->seed(), "grown delay/" + region.name, place.batch);
  for (const SynapseId s : grown) {
    if (again[s]) continue;
    count.grown += !had[s];
    grow(s, had[s] && spec().delay == GrownDelay::slot, adam);
    if (spec().delay != GrownDelay::slot) give_delay(s, random);
  }
  for (const SynapseId s : gone) count.removed += !has_[s];
  changed_ = changed_ || !grown.empty() || !gone.empty();
  return count;
}

// That with which it has been chosen, or any.
void Rewiring::give_delay(SynapseId slot, Random& random) {
  const std::size_t k = plan_->slots().full().layout().offset(ParameterKind::delay) + slot;
  const double delay = spec().by_gradient() ? promised_delay_[slot]
                                            : random.uniform(spec().delay_min, spec().delay_max);
  const Learning& learning = plan_->slots().learning();
  values_[k] =
      learning.learned[k] ? std::clamp(delay, learning.lower[k], learning.upper[k]) : delay;
}

void Rewiring::remove(SynapseId slot, Adam& adam) {
  has_[slot] = 0;
  over_[slot] = 0;
  values_[slot] = 0.0;
  const std::size_t delay = plan_->slots().full().layout().offset(ParameterKind::delay) + slot;
  adam.learn(slot, spec().keep_moments && plan_->slots().learning().learned[slot]);
  adam.learn(delay, false);
}

void Rewiring::grow(SynapseId slot, bool same_delay, Adam& adam) {
  has_[slot] = 1;
  over_[slot] = 0;
  const int sign = plan_->sign(slot);
  values_[slot] = (sign < 0 ? -1.0 : 1.0) * spec().grown_weight;
  const std::size_t delay = plan_->slots().full().layout().offset(ParameterKind::delay) + slot;
  const Learning& learning = plan_->slots().learning();
  adam.learn(slot, learning.learned[slot]);
  adam.learn(delay, learning.learned[delay]);
  // No gradient of a delay goes on without a synapse, and those of another delay mean nothing.
  if (!same_delay || !spec().keep_moments) adam.forget(delay);
  if (spec().keep_moments) return;
  adam.forget(slot);
}

void Rewiring::check_budget(const StructurePlan::Region& region) const {
  std::uint64_t count = 0;
  for_each_slot(region, [&](SynapseId s) { count += has_[s] && !over_[s]; });
  if (count != region.budget)
    throw InternalError(fmt::format("Rewiring: {} has {} synapses, its budget is {}", region.name,
                                    count, region.budget));
}

void Rewiring::list_taken() {
  taken_.clear();
  for (SynapseId s = 0; s < has_.size(); ++s)
    if (has_[s]) taken_.push_back(s);
  learning_ = plan_->slots().learning(taken_);
}

}  // namespace retrograde
