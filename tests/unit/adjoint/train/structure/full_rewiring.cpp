// Rewiring against a second implementation, which is as simple as it is wasteful: it holds everything
// of every pair, lists whom it chooses among, and never moves anything. The same bits, after every
// batch, under every rule; and whether the projections list their pairs makes no difference.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <numeric>

#include <retrograde/adjoint/adam_step.hpp>
#include <retrograde/adjoint/train/structure/rewiring.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/all_moments.hpp"
#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

constexpr double rate = 0.3;
constexpr double momentum = 0.85;  // of weights, by a schedule; delays keep 0.9
constexpr std::size_t all_pairs = 96;
constexpr double unknown = std::numeric_limits<double>::infinity();

double made_up(std::uint64_t batch, PairId pair, const char* what) {
  return Random(9, what, batch * 1000 + pair).normal();
}
// Of a candidate with this delay.
double tilted(std::uint64_t batch, PairId pair, Time delay) {
  return made_up(batch, pair, "weight") / (1.0 + std::fabs(delay - 4.0));
}

struct Value {
  double x = 0.0, m = 0.0, v = 0.0;
  void step(const AdamStep& adam, double gradient) { x -= adam(rate, gradient, m, v); }
  void forget() { m = v = 0.0; }
};

class FullRewiring {
 public:
  FullRewiring(const StructurePlan& plan, const Network& full)
      : plan_(plan), spec_(plan.spec()), has(all_pairs, 0), over(all_pairs, 0) {
    for (PairId s = 0; s < all_pairs; ++s) {
      weight.push_back({0.0});
      delay.push_back({full.delay(static_cast<SynapseId>(s))});
    }
    for (std::size_t k = 0; k < plan.taken().size(); ++k) {
      has[plan.taken()[k]] = 1;
      weight[plan.taken()[k]].x = plan.values()[k];
    }
  }

  void batch(const RewiringPlace& place) {
    const double end = spec_.until * static_cast<double>(place.batches_per_epoch);
    const bool due =
        spec_.dynamic() && place.batch % spec_.every == 0 &&
        (spec_.removal != Removal::magnitude || static_cast<double>(place.batch) < end);
    look(place, due);
    step(place);
    for (PairId s = 0; s < all_pairs; ++s)
      if (has[s] && spec_.l1_step == L1Step::proximal && spec_.l1 > 0.0) shrink(s);
    Random noise(plan_.seed(), "rewiring noise", place.batch);
    for (PairId s = 0; s < all_pairs; ++s)
      if (has[s] && spec_.temperature > 0.0)
        weight[s].x += std::sqrt(2.0 * rate * spec_.temperature) * noise.normal();
    if (due) {
      const double cosine =
          1.0 + std::cos(std::numbers::pi * static_cast<double>(place.batch) / end);
      for (const auto& region : plan_.regions())
        rewire(region, place, spec_.fraction / 2.0 * cosine);
    } else if (spec_.removal == Removal::sign) {
      for (PairId s = 0; s < all_pairs; ++s)
        if (has[s] && crossed(s)) weight[s].x = std::copysign(0.0, -plan_.sign(s));
    }
  }

 private:
  double magnitude(PairId s) const {
    return plan_.sign(s) == 0 ? std::fabs(weight[s].x) : plan_.sign(s) * weight[s].x;
  }
  bool crossed(PairId s) const { return plan_.sign(s) != 0 && std::signbit(magnitude(s)); }
  double promise(PairId s, double gradient) const {
    return spec_.growth == Growth::signed_gradient ? plan_.sign(s) * gradient
                                                   : -std::fabs(gradient);
  }
  static std::vector<PairId> first_of(std::vector<PairId> list, std::size_t count, Random random) {
    for (std::size_t k = 0; k < count; ++k)
      std::swap(list[k], list[k + random.index(list.size() - k)]);
    list.resize(count);
    return list;
  }

  // Gradients and promises of everybody.
  void look(const RewiringPlace& place, bool due) {
    gradient_.assign(all_pairs, 0.0);
    score_.assign(all_pairs, unknown);
    promised_.assign(all_pairs, 0.0);
    std::vector<PairId> absent;
    for (PairId s = 0; s < all_pairs; ++s) {
      if (!has[s]) {
        absent.push_back(s);
        continue;
      }
      gradient_[s] = made_up(place.batch, s, "weight");
      if (spec_.l1_step == L1Step::gradient && weight[s].x != 0.0)
        gradient_[s] += std::copysign(spec_.l1, weight[s].x);
      score_[s] = promise(s, gradient_[s]);
      promised_[s] = delay[s].x;
    }
    if (!due || !spec_.by_gradient()) return;
    if (spec_.sample > 0 && spec_.sample < absent.size()) {
      absent = first_of(absent, spec_.sample, Random(plan_.seed(), "growth sample", place.batch));
      std::sort(absent.begin(), absent.end());
    }
    Random drawn(plan_.seed(), "candidate delay", place.batch);
    for (const PairId s : absent) {
      std::vector<Time> delays = grown_delays(spec_);
      if (spec_.delay == GrownDelay::pair) delays = {delay[s].x};
      if (spec_.delay == GrownDelay::drawn)
        delays = {drawn.uniform(spec_.delay_min, spec_.delay_max)};
      for (const Time d : delays) {
        const double g = tilted(place.batch, s, d);
        if (spec_.delay == GrownDelay::pair) gradient_[s] = g;
        if (promise(s, g) < score_[s]) score_[s] = promise(s, g), promised_[s] = d;
      }
    }
  }

  void step(const RewiringPlace& place) {
    const auto batch = static_cast<double>(place.batch);
    const AdamStep of_weights(momentum, 0.999, 1e-8, batch), of_delays(0.9, 0.999, 1e-8, batch);
    const bool bounded = spec_.removal != Removal::sign;
    for (PairId s = 0; s < all_pairs; ++s) {
      if (has[s] || spec_.keep_moments) weight[s].step(of_weights, gradient_[s]);
      if (!has[s]) {
        weight[s].x = 0.0;
        continue;
      }
      if (bounded && plan_.sign(s) > 0) weight[s].x = std::fmax(weight[s].x, 0.0);
      if (bounded && plan_.sign(s) < 0) weight[s].x = std::fmin(weight[s].x, 0.0);
      delay[s].step(of_delays, 0.1 * made_up(place.batch, s, "delay"));
      delay[s].x = std::clamp(delay[s].x, 1.0, 15.0);
    }
  }

  void shrink(PairId s) {
    const double shrunk = magnitude(s) - rate * spec_.l1;
    const double kept = spec_.removal == Removal::sign ? shrunk : std::fmax(shrunk, 0.0);
    weight[s].x = plan_.sign(s) == 0 ? std::copysign(kept, weight[s].x) : plan_.sign(s) * kept;
  }

  void rewire(const StructurePlan::Region& region, const RewiringPlace& place, double share) {
    std::vector<PairId> eligible_pairs, there;
    for (const PairRange& range : region.ranges)
      for (PairId s = range.begin; s < range.end; ++s) eligible_pairs.push_back(s);
    std::copy_if(eligible_pairs.begin(), eligible_pairs.end(), std::back_inserter(there),
                 [&](PairId s) { return has[s] != 0; });
    std::vector<char> goes(all_pairs, 0);
    if (spec_.removal == Removal::sign) {
      for (const PairId s : there) goes[s] = over[s] || crossed(s);
    } else {
      std::vector<PairId> order = there;
      std::stable_sort(order.begin(), order.end(),
                       [&](PairId a, PairId b) { return magnitude(a) < magnitude(b); });
      const auto count = static_cast<std::size_t>(share * static_cast<double>(there.size()));
      for (std::size_t k = 0; k < count; ++k) goes[order[k]] = 1;
    }
    std::vector<PairId> eligible;
    std::size_t living = 0;
    for (const PairId s : eligible_pairs)
      if (has[s] && !goes[s])
        ++living;
      else
        eligible.push_back(s);
    std::vector<PairId> grown;
    if (spec_.by_gradient()) {
      std::erase_if(eligible, [&](PairId s) { return !(score_[s] < unknown); });
      std::stable_sort(eligible.begin(), eligible.end(),
                       [&](PairId a, PairId b) { return score_[a] < score_[b]; });
      grown.assign(eligible.begin(),
                   eligible.begin() + static_cast<std::ptrdiff_t>(region.budget - living));
    } else {
      grown = first_of(eligible, region.budget - living,
                       Random(plan_.seed(), "growth/" + region.name, place.batch));
    }
    exchange(region, place, goes, grown);
  }

  void exchange(const StructurePlan::Region& region, const RewiringPlace& place,
                const std::vector<char>& goes, const std::vector<PairId>& grown) {
    const std::vector<char> had = has;
    for (PairId s = 0; s < all_pairs; ++s) {
      const bool stays = spec_.removal == Removal::magnitude &&
                         std::find(grown.begin(), grown.end(), s) != grown.end();
      if (!goes[s] || stays) continue;
      const bool waits = spec_.keep_crossed && !over[s];
      over[s] = waits;
      if (waits) continue;
      has[s] = 0;
      weight[s].x = 0.0;
    }
    Random drawn(plan_.seed(), "grown delay/" + region.name, place.batch);
    for (const PairId s : grown) {
      if (had[s] && spec_.removal == Removal::magnitude) continue;
      has[s] = 1;
      over[s] = 0;
      weight[s].x = (plan_.sign(s) < 0 ? -1.0 : 1.0) * spec_.grown_weight;
      if (!spec_.keep_moments) weight[s].forget();
      const bool same = had[s] && spec_.delay == GrownDelay::pair;
      if (!same || !spec_.keep_moments) delay[s].forget();
      if (spec_.delay == GrownDelay::pair) continue;
      delay[s].x =
          spec_.by_gradient() ? promised_[s] : drawn.uniform(spec_.delay_min, spec_.delay_max);
      delay[s].x = std::clamp(delay[s].x, 1.0, 15.0);
    }
  }

  const StructurePlan& plan_;
  const StructureSpec& spec_;
  std::vector<double> gradient_, score_, promised_;

 public:
  std::vector<char> has, over;
  std::vector<Value> weight, delay;
};

// The one under test, with the same gradients.
struct Compact {
  std::shared_ptr<const StructurePlan> plan;
  Rewiring rewiring;
  Adam adam;

  explicit Compact(std::shared_ptr<const StructurePlan> of)
      : plan(std::move(of)),
        rewiring(plan),
        adam(plan->network().layout(), rewiring.optimised(), adam_spec()) {}
  static AdamSpec adam_spec() {
    AdamSpec spec;
    spec.rate[static_cast<std::size_t>(ParameterKind::weight)] = rate;
    spec.rate[static_cast<std::size_t>(ParameterKind::delay)] = rate;
    return spec;
  }
  void batch(const RewiringPlace& place) {
    const std::vector<PairId> taken = rewiring.taken();
    std::vector<double> mean(rewiring.values().size(), 0.0), of_candidates;
    for (const Candidate& c : rewiring.propose(place))
      of_candidates.push_back(
          tilted(place.batch, plan->pairs().find(c.projection, c.source, c.target), c.delay));
    for (std::size_t k = 0; k < taken.size(); ++k) {
      mean[k] = made_up(place.batch, taken[k], "weight");
      mean[taken.size() + k] = 0.1 * made_up(place.batch, taken[k], "delay");
    }
    RateFactors factors(1.0);
    factors.momentum[static_cast<std::size_t>(RateClass::weight)] = momentum;
    adam.step(rewiring.values(), rewiring.gradient(mean, of_candidates), factors);
    rewiring.rewire(place, std::vector<double>(3, rate), adam);
  }
};

// Everything that a pair goes on with is the same bits.
void check_same(const FullRewiring& full, const Compact& compact) {
  const StructureSpec& spec = compact.plan->spec();
  const std::vector<PairId>& taken = compact.rewiring.taken();
  const std::size_t synapses = taken.size();
  REQUIRE(synapses == static_cast<std::size_t>(std::count(full.has.begin(), full.has.end(), 1)));
  const Adam& adam = compact.adam;
  const std::vector<double> m = test::all_moments(adam.learning(), adam.state().first_moment);
  const std::vector<double> v = test::all_moments(adam.learning(), adam.state().second_moment);
  for (std::size_t k = 0; k < synapses; ++k) {
    const PairId s = taken[k];
    REQUIRE(full.has[s]);
    for (const auto& [value, at] :
         {std::pair{&full.weight[s], k}, std::pair{&full.delay[s], synapses + k}}) {
      CHECK(compact.rewiring.values()[at] == value->x);
      CHECK(m[at] == value->m);
      CHECK(v[at] == value->v);
    }
  }
  std::vector<Remembered> remembered(all_pairs);
  for (PairId s = 0; s < all_pairs; ++s)
    remembered[s] = {s, compact.plan->pairs().synapse(s).delay};
  for (const Remembered& r : compact.rewiring.remembered()) remembered[r.pair] = r;
  for (PairId s = 0; s < all_pairs; ++s) {
    if (full.has[s]) continue;
    if (spec.delay == GrownDelay::pair) CHECK(remembered[s].delay == full.delay[s].x);
    if (!spec.keep_moments) continue;
    CHECK(remembered[s].first_moment == full.weight[s].m);
    CHECK(remembered[s].second_moment == full.weight[s].v);
  }
}

// Rules, and what may be written beside them.
std::vector<StructureSpec> all_specs() {
  std::vector<StructureSpec> specs;
  for (const StructureRule rule :
       {StructureRule::deep_r, StructureRule::rigl, StructureRule::deep_r_rigl})
    for (const GrownDelay delay : {GrownDelay::pair, GrownDelay::drawn, GrownDelay::best})
      for (const bool moments : {false, true})
        for (const int variant : {0, 1, 2}) {
          StructureSpec spec;
          apply(rule, spec);
          spec.projections = {1, 1, 1};
          spec.density = 0.4;
          spec.delay = delay;
          if (delay == GrownDelay::best && !spec.by_gradient()) continue;
          spec.delay_min = 2.0;
          spec.delay_max = 12.0;
          spec.delay_step = 2.5;
          spec.keep_moments = moments;
          spec.l1 = 0.02;
          spec.until = 4.0;
          if (rule == StructureRule::rigl) spec.every = 2;
          if (rule == StructureRule::deep_r) spec.temperature = 1e-4;
          if (variant == 1) {
            spec.budget = Budget::network;
            spec.sample = spec.by_gradient() ? 11 : 0;
            spec.keep_crossed = rule == StructureRule::deep_r_rigl;
          }
          if (variant == 2) {
            spec.every = 3;
            spec.signs = Signs::synapse;
            spec.l1_step = L1Step::proximal;
            if (rule == StructureRule::rigl) spec.growth = Growth::random;
            if (delay == GrownDelay::best && !spec.by_gradient()) continue;
          }
          specs.push_back(spec);
        }
  return specs;
}

// The pairs of the tiny task, without a list of them.
Pairs without_list(const TinyTask& task) {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  const auto h = builder.add(
      {.name = "hidden", .size = TinyTask::hidden, .tau_mem = {10.0}, .tau_syn = {4.0}});
  const auto out = builder.add(
      {.name = "out", .model = Model::cuba_li, .size = 2, .tau_mem = {10.0}, .tau_syn = {4.0}});
  DenseProjections dense;
  const std::vector<std::pair<std::uint32_t, std::uint32_t>> ends = {{in, h}, {h, h}, {h, out}};
  for (std::uint32_t p = 0; p < 3; ++p) {
    const Projection& full = task.network.projections()[p];
    const std::uint32_t targets = task.network.populations()[full.target].size;
    const auto of = [&task, first = full.first, targets](ParameterKind kind) {
      return [&task, first, targets, kind](std::uint32_t source, std::uint32_t target) {
        return task.network.parameter(kind, first + source * targets + target);
      };
    };
    dense.push_back(DensePairs{true, of(ParameterKind::weight), of(ParameterKind::delay)});
    builder.connect(ends[p].first, ends[p].second, {{0, 0, 1.0, 1.0}}, full.name);
  }
  Network outline = builder.build();
  Learning learning = Learning::none(outline);
  learning.learned.fill(0, 6, 1);
  learning.lower.fill(3, 3, 1.0);
  learning.upper.fill(3, 3, 15.0);
  return {std::move(outline), std::move(learning), std::move(dense)};
}

}  // namespace

TEST_CASE("rewiring has the bits of one that keeps everything of every pair, listed or not") {
  const TinyTask task;
  std::size_t moved = 0, remembered = 0;
  for (const StructureSpec& spec : all_specs()) {
    CAPTURE(static_cast<int>(spec.removal), static_cast<int>(spec.growth),
            static_cast<int>(spec.delay), spec.keep_moments, spec.every, spec.sample,
            spec.keep_crossed);
    const auto plan =
        std::make_shared<const StructurePlan>(Pairs(task.network, task.learning), spec, 5);
    const auto same = std::make_shared<const StructurePlan>(without_list(task), spec, 5);
    REQUIRE(same->taken() == plan->taken());
    FullRewiring full(*plan, task.network);
    Compact listed(plan), dense(same);
    for (RewiringPlace place{1, 10}; place.batch <= 45; ++place.batch) {
      full.batch(place);
      listed.batch(place);
      dense.batch(place);
      check_same(full, listed);
      check_same(full, dense);
    }
    moved += listed.rewiring.taken() != plan->taken();
    remembered += !listed.rewiring.remembered().empty();
  }
  CHECK(moved == all_specs().size());
  CHECK(remembered > all_specs().size() / 3);
}
