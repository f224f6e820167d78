#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <numbers>
#include <numeric>
#include <tuple>
#include <utility>

#include <retrograde/adjoint/train/structure/rewiring.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

constexpr double unknown = std::numeric_limits<double>::infinity();

}  // namespace

std::pair<SynapseId, SynapseId> Rewiring::synapses_of(const PairRange& range) const {
  const auto first = std::lower_bound(taken_.begin(), taken_.end(), range.begin);
  const auto last = std::lower_bound(first, taken_.end(), range.end);
  return {static_cast<SynapseId>(first - taken_.begin()),
          static_cast<SynapseId>(last - taken_.begin())};
}

template <typename Action>
void Rewiring::for_each_synapse(const StructurePlan::Region& region, const Action& action) const {
  for (const PairRange& range : region.ranges) {
    const auto [first, last] = synapses_of(range);
    for (SynapseId k = first; k < last; ++k) action(k);
  }
}

template <typename Action>
void Rewiring::for_each_stretch_of_synapses(const Action& action) const {
  for (const StructurePlan::Region& region : plan_->regions())
    for (const PairRange& range : region.ranges) std::apply(action, synapses_of(range));
}

template <typename Action>
void Rewiring::for_each_synapse(const Action& action) const {
  for (const StructurePlan::Region& region : plan_->regions()) for_each_synapse(region, action);
}

Rewiring::Rewiring(std::shared_ptr<const StructurePlan> plan) : plan_(std::move(plan)) {
  restore(plan_->taken(), plan_->values(), {});
}

void Rewiring::restore(std::vector<PairId> taken, std::vector<double> values,
                       std::vector<Remembered> remembered) {
  const Pairs& pairs = plan_->pairs();
  const ParameterLayout layout{static_cast<SynapseId>(taken.size()),
                               pairs.outline().neuron_count()};
  std::vector<PairId> absent;
  absent.reserve(remembered.size());
  for (const Remembered& r : remembered) absent.push_back(r.pair);
  const auto fits = [&](const std::vector<PairId>& some) {
    return std::adjacent_find(some.begin(), some.end(), std::greater_equal<>()) == some.end() &&
           (some.empty() || some.back() < pairs.count());
  };
  if (values.size() != layout.size() || !fits(taken) || !fits(absent) ||
      std::any_of(absent.begin(), absent.end(), [&](PairId pair) {
        return std::binary_search(taken.begin(), taken.end(), pair);
      }))
    throw InternalError("Rewiring: a structure of another plan");
  taken_ = std::move(taken);
  values_ = std::move(values);
  memory_ = PairMemory(std::move(remembered));
  signs_ = plan_->signs(taken_);
  settle();
  over_.assign(taken_.size(), 0);
  if (spec().keep_crossed) for_each_synapse([&](SynapseId k) { over_[k] = crossed(k); });
  for (const StructurePlan::Region& region : plan_->regions()) check_budget(region);
}

// What follows from who has a synapse, and with which sign.
void Rewiring::settle() {
  learning_ = plan_->learning(taken_, signs_);
  leaving_.assign(taken_.size(), 0);
  coming_.clear();
}

Learning Rewiring::optimised() const {
  Learning learning = learning_;
  if (spec().removal != Removal::sign) return learning;
  for_each_stretch_of_synapses([&](SynapseId first, SynapseId last) {
    learning.lower.fill(first, last - first, -std::numeric_limits<double>::infinity());
    learning.upper.fill(first, last - first, std::numeric_limits<double>::infinity());
  });
  return learning;
}

bool Rewiring::due(const RewiringPlace& place) const {
  if (!spec().dynamic() || place.batch % spec().every != 0) return false;
  const double end = spec().until * static_cast<double>(place.batches_per_epoch);
  return spec().removal != Removal::magnitude || static_cast<double>(place.batch) < end;
}

double Rewiring::magnitude(SynapseId synapse) const {
  const double sign = signs_[synapse];
  return sign == 0.0 ? std::fabs(values_[synapse]) : sign * values_[synapse];
}

bool Rewiring::crossed(SynapseId synapse) const {
  return signs_[synapse] != 0 && std::signbit(magnitude(synapse));
}

// How much growing would help, the less the better.
double Rewiring::score(int sign, double gradient) const {
  return spec().growth == Growth::signed_gradient ? sign * gradient : -std::fabs(gradient);
}

// The delay that a pair without a synapse has kept.
Time Rewiring::kept_delay(PairId pair) const {
  const Remembered* const remembered = memory_.find(pair);
  return remembered ? remembered->delay : plan_->pairs().delay(pair);
}

std::span<const Candidate> Rewiring::propose(const RewiringPlace& place) {
  candidates_.clear();
  candidate_pairs_.clear();
  if (!spec().by_gradient() || !due(place)) return {};
  std::vector<PairRange> ranges;
  for (const StructurePlan::Region& region : plan_->regions())
    ranges.insert(ranges.end(), region.ranges.begin(), region.ranges.end());
  const AbsentPairs absent(std::move(ranges), taken_);
  std::vector<std::uint64_t> ranks;
  if (spec().sample > 0 && spec().sample < absent.size()) {
    ranks = draw_distinct(absent.size(), spec().sample,
                          Random(plan_->seed(), "growth sample", place.batch));
    std::sort(ranks.begin(), ranks.end());
  } else {
    ranks.resize(absent.size());
    std::iota(ranks.begin(), ranks.end(), std::uint64_t{0});
  }
  const std::vector<Time> grid = grown_delays(spec());
  Random random(plan_->seed(), "candidate delay", place.batch);
  for (const std::uint64_t rank : ranks) {
    const PairId pair = absent[rank];
    const std::uint32_t p = plan_->pairs().projection_of(pair);
    const PairEnds ends = plan_->pairs().ends(pair);
    const auto add = [&](Time d) {
      candidates_.push_back({p, ends.source, ends.target, d});
      candidate_pairs_.push_back(pair);
    };
    if (spec().delay == GrownDelay::best)
      for (const Time d : grid) add(d);
    else
      add(spec().delay == GrownDelay::drawn ? random.uniform(spec().delay_min, spec().delay_max)
                                            : kept_delay(pair));
  }
  return candidates_;
}

const std::vector<double>& Rewiring::gradient(const std::vector<double>& mean,
                                              const std::vector<double>& candidates) {
  if (candidates.size() != candidates_.size())
    throw InternalError("Rewiring: the source has not answered what was asked");
  gradient_ = mean;
  score_.assign(taken_.size(), unknown);
  const auto delays = values_.begin() + static_cast<std::ptrdiff_t>(taken_.size());
  delay_before_.assign(delays, delays + static_cast<std::ptrdiff_t>(taken_.size()));
  for_each_synapse([&](SynapseId k) {
    if (spec().l1_step == L1Step::gradient && values_[k] != 0.0)
      gradient_[k] += std::copysign(spec().l1, values_[k]);
    score_[k] = score(signs_[k], gradient_[k]);
  });
  look(candidates);
  return gradient_;
}

// The candidates of a pair follow each other.
void Rewiring::look(const std::vector<double>& candidates) {
  looked_.clear();
  int sign = 0;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    if (looked_.empty() || looked_.back().pair != candidate_pairs_[c]) {
      looked_.push_back({candidate_pairs_[c], candidates[c], unknown, 0.0});
      sign = plan_->sign(candidate_pairs_[c]);
    }
    Looked& pair = looked_.back();
    const double promise = score(sign, candidates[c]);
    if (!(promise < pair.score)) continue;
    pair.score = promise;
    pair.delay = candidates_[c].delay;
  }
}

// Of pairs without a synapse: only a gradient at the delay that the pair keeps is one of its
// weight.
void Rewiring::step_memory(const Adam& adam) {
  if (!spec().keep_moments) return;
  std::vector<PairGradient> gradients;
  if (spec().delay == GrownDelay::pair)
    for (const Looked& pair : looked_)
      if (plan_->pairs().weight_range(pair.pair).learned)
        gradients.push_back({pair.pair, pair.gradient});
  memory_.step(adam.last_step(ParameterKind::weight), gradients, plan_->pairs());
}

// L1 on the weights, after the step: only removal by sign lets a weight go beyond 0.
void Rewiring::drift(std::span<const double> rates) {
  if (!(spec().l1 > 0.0) || spec().l1_step != L1Step::proximal) return;
  for_each_synapse([&](SynapseId k) {
    const double rate = rates[plan_->pairs().projection_of(taken_[k])];
    const double size = magnitude(k), shrunk = size - rate * spec().l1;
    const double kept = spec().removal == Removal::sign ? shrunk : std::fmax(shrunk, 0.0);
    values_[k] = signs_[k] == 0 ? std::copysign(kept, values_[k]) : signs_[k] * kept;
  });
  if (spec().removal == Removal::sign) return;
  for_each_stretch_of_synapses([&](SynapseId first, SynapseId last) {
    learning_.for_each_alike(first, last,
                             [&](std::size_t k, std::size_t end, const ValueRange& range) {
                               for (; k < end; ++k)
                                 values_[k] = std::clamp(values_[k], range.lower, range.upper);
                             });
  });
}

void Rewiring::shake(std::span<const double> rates, std::uint64_t batch) {
  if (!(spec().temperature > 0.0)) return;
  Random random(plan_->seed(), "rewiring noise", batch);
  for_each_synapse([&](SynapseId k) {
    const double rate = rates[plan_->pairs().projection_of(taken_[k])];
    values_[k] += std::sqrt(2.0 * rate * spec().temperature) * random.normal();
  });
}

// A weight of 0 whose sign bit says that it has crossed: Adam may take it back, and the next batch
// that rewires removes it.
void Rewiring::hold_crossed() {
  for_each_synapse([&](SynapseId k) {
    if (crossed(k)) values_[k] = std::copysign(0.0, -signs_[k]);
  });
}

RewiringCount Rewiring::rewire(const RewiringPlace& place, std::span<const double> rates,
                               Adam& adam) {
  step_memory(adam);
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
  changed_ = count.removed > 0 || count.grown > 0;
  if (changed_) exchange(adam);
  return count;
}

// Who goes; who stays, in `living`. Both ascending.
std::vector<SynapseId> Rewiring::removed_from(const StructurePlan::Region& region,
                                              const RewiringPlace& place,
                                              std::vector<SynapseId>& living) const {
  std::vector<SynapseId> gone;
  const bool by_sign = spec().removal == Removal::sign;
  for_each_synapse(region, [&](SynapseId k) {
    (by_sign && (over_[k] || crossed(k)) ? gone : living).push_back(k);
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
  std::sort(gone.begin(), gone.end());
  std::sort(living.begin(), living.end());
  return gone;
}

// Of who may be grown, whoever has just gone among them: at random;
std::vector<PairId> Rewiring::drawn(const StructurePlan::Region& region,
                                    const std::vector<SynapseId>& living,
                                    std::uint64_t batch) const {
  std::vector<PairId> staying;
  staying.reserve(living.size());
  for (const SynapseId k : living) staying.push_back(taken_[k]);
  const AbsentPairs eligible(region.ranges, staying);
  std::vector<PairId> pairs;
  for (const std::uint64_t rank :
       draw_distinct(eligible.size(), region.budget - living.size(),
                     Random(plan_->seed(), "growth/" + region.name, batch)))
    pairs.push_back(eligible[rank]);
  return pairs;
}

// or those with the best scores, of equal ones the first. Whoever has just gone has a score, so
// there are always enough.
std::vector<PairId> Rewiring::promising(const StructurePlan::Region& region,
                                        const std::vector<SynapseId>& gone,
                                        std::size_t count) const {
  std::vector<std::pair<double, PairId>> eligible;
  const auto add = [&](double score, PairId pair) {
    if (score < unknown) eligible.emplace_back(score, pair);
  };
  for (const SynapseId k : gone) add(score_[k], taken_[k]);
  for (const PairRange& range : region.ranges) {
    auto pair = std::lower_bound(looked_.begin(), looked_.end(), range.begin,
                                 [](const Looked& a, PairId b) { return a.pair < b; });
    for (; pair != looked_.end() && pair->pair < range.end; ++pair) add(pair->score, pair->pair);
  }
  std::sort(eligible.begin(), eligible.end());
  eligible.resize(std::min(count, eligible.size()));
  std::vector<PairId> pairs;
  pairs.reserve(eligible.size());
  for (const auto& [score, pair] : eligible) pairs.push_back(pair);
  return pairs;
}

RewiringCount Rewiring::rewire(const StructurePlan::Region& region, const RewiringPlace& place,
                               Adam& adam) {
  std::vector<SynapseId> living;
  const std::vector<SynapseId> gone = removed_from(region, place, living);
  const std::vector<PairId> grown = spec().by_gradient()
                                        ? promising(region, gone, region.budget - living.size())
                                        : drawn(region, living, place.batch);
  for (const SynapseId k : gone) {
    leaving_[k] = !spec().keep_crossed || over_[k];
    over_[k] = !leaving_[k];
  }
  RewiringCount count;
  Random random(plan_->seed(), "grown delay/" + region.name, place.batch);
  for (const PairId pair : grown) {
    const auto found = std::lower_bound(taken_.begin(), taken_.end(), pair);
    if (found == taken_.end() || *found != pair) {
      ++count.grown;
      grow(pair, random);
      continue;
    }
    const auto k = static_cast<SynapseId>(found - taken_.begin());
    leaving_[k] = over_[k] = 0;
    // Who is small and promises most stays as it is.
    if (spec().removal != Removal::magnitude) grow_again(k, random, adam);
  }
  for (const SynapseId k : gone) count.removed += leaving_[k] != 0;
  return count;
}

// That with which it has been chosen, or any.
Time Rewiring::grown_delay(PairId pair, Time promised, Random& random) const {
  const Time delay =
      spec().by_gradient() ? promised : random.uniform(spec().delay_min, spec().delay_max);
  const ValueRange range = plan_->pairs().delay_range(pair);
  return range.learned ? std::clamp(delay, range.lower, range.upper) : delay;
}

void Rewiring::grow_again(SynapseId synapse, Random& random, Adam& adam) {
  const bool same_delay = spec().delay == GrownDelay::pair;
  values_[synapse] = grown_weight(signs_[synapse]);
  if (!same_delay)
    values_[delay_of(synapse)] = grown_delay(taken_[synapse], delay_before_[synapse], random);
  // Moments of another delay mean nothing.
  if (!same_delay || !spec().keep_moments) adam.forget(delay_of(synapse));
  if (!spec().keep_moments) adam.forget(synapse);
}

// Without moments of its delay, whose gradient has not gone on without a synapse.
void Rewiring::grow(PairId pair, Random& random) {
  Coming coming{pair, grown_weight(plan_->sign(pair)), 0.0, {}};
  if (spec().delay == GrownDelay::pair) {
    coming.delay = kept_delay(pair);
  } else {
    const auto looked = std::lower_bound(looked_.begin(), looked_.end(), pair,
                                         [](const Looked& a, PairId b) { return a.pair < b; });
    coming.delay = grown_delay(pair, looked == looked_.end() ? 0.0 : looked->delay, random);
  }
  if (const Remembered* const remembered = memory_.find(pair)) {
    coming.moments = {remembered->first_moment, remembered->second_moment};
  }
  coming_.push_back(coming);
}

void Rewiring::check_budget(const StructurePlan::Region& region) const {
  std::uint64_t count = 0;
  for_each_synapse(region, [&](SynapseId k) { count += !leaving_[k] && !over_[k]; });
  for (const Coming& coming : coming_)
    for (const PairRange& range : region.ranges)
      count += coming.pair >= range.begin && coming.pair < range.end;
  if (count != region.budget)
    throw InternalError(fmt::format("Rewiring: {} has {} synapses, its budget is {}", region.name,
                                    count, region.budget));
}

// Of those that leave: what they would not begin with again.
std::vector<Remembered> Rewiring::worth_remembering(const Adam& adam) const {
  std::vector<Remembered> all;
  for (SynapseId k = 0; k < taken_.size(); ++k) {
    if (!leaving_[k]) continue;
    Remembered of{taken_[k], plan_->pairs().delay(taken_[k])};
    const Time usual = of.delay;
    if (spec().delay == GrownDelay::pair) of.delay = values_[delay_of(k)];
    if (spec().keep_moments) {
      const Adam::Moments moments = adam.moments(k);
      of.first_moment = moments.first;
      of.second_moment = moments.second;
    }
    if (of != Remembered{of.pair, usual}) all.push_back(of);
  }
  return all;
}

// Who leaves is taken out, who comes is put among the others, with values and moments.
void Rewiring::exchange(Adam& adam) {
  std::vector<Coming> coming = std::move(coming_);
  std::sort(coming.begin(), coming.end(),
            [](const Coming& a, const Coming& b) { return a.pair < b.pair; });
  std::vector<PairId> arrived;
  arrived.reserve(coming.size());
  for (const Coming& c : coming) arrived.push_back(c.pair);
  memory_.exchange(worth_remembering(adam), arrived);

  // Whose the synapses are: below `before` of those that there were, else of who comes.
  const std::size_t before = taken_.size();
  std::vector<std::size_t> whose;
  for (std::size_t k = 0, c = 0; k < before || c < coming.size();)
    if (c < coming.size() && (k == before || coming[c].pair < taken_[k]))
      whose.push_back(before + c++);
    else if (leaving_[k++] == 0)
      whose.push_back(k - 1);
  // What belongs to the k-th value that there is now: what did before, or what comes with it.
  const std::size_t now = whose.size();
  const auto carried = [&](std::size_t k, const auto& old, const auto& weight, const auto& delay) {
    if (k >= 2 * now) return old(k - 2 * now + 2 * before);
    const std::size_t of = whose[k % now];
    if (k < now) return of < before ? old(of) : weight(coming[of - before]);
    return of < before ? old(before + of) : delay(coming[of - before]);
  };
  std::vector<double> values;
  values.reserve(values_.size() + 2 * coming.size());
  for (std::size_t k = 0; k < values_.size() + 2 * now - 2 * before; ++k)
    values.push_back(carried(
        k, [&](std::size_t old) { return values_[old]; }, std::mem_fn(&Coming::weight),
        std::mem_fn(&Coming::delay)));
  values_ = std::move(values);
  std::vector<PairId> taken;
  std::vector<char> over;
  std::vector<std::int8_t> signs = plan_->signs(arrived);
  signs.insert(signs.begin(), signs_.begin(), signs_.end());
  signs_.clear();
  for (const std::size_t k : whose) {
    taken.push_back(k < before ? taken_[k] : coming[k - before].pair);
    over.push_back(k < before ? over_[k] : 0);
    signs_.push_back(signs[k]);
  }
  taken_ = std::move(taken);
  over_ = std::move(over);
  settle();

  Learning learning = optimised();
  Adam::State state{adam.state().steps, {}, {}};
  state.first_moment.reserve(learning.count());
  state.second_moment.reserve(learning.count());
  learning.learned.for_each_run(0, learning.size(), [&](std::size_t k, std::size_t end, char flag) {
    for (; flag && k < end; ++k) {
      const Adam::Moments moments = carried(
          k, [&](std::size_t old) { return adam.moments(old); }, std::mem_fn(&Coming::moments),
          [](const Coming&) { return Adam::Moments{}; });
      state.first_moment.push_back(moments.first);
      state.second_moment.push_back(moments.second);
    }
  });
  adam.change({static_cast<SynapseId>(now), plan_->pairs().outline().neuron_count()},
              std::move(learning), std::move(state));
}

}  // namespace retrograde
