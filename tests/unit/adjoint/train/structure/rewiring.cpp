// What a batch makes of a structure. Gradients are made up, so that who has to go and who has to come
// can be worked out by another, slower way: sorting everybody by the definition of the rule.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <numbers>
#include <optional>
#include <set>

#include <retrograde/adjoint/train/structure/rewiring.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/all_moments.hpp"
#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

constexpr double rate = 0.3;

StructureSpec spec_of(StructureRule rule, double density = 0.5) {
  StructureSpec spec;
  apply(rule, spec);
  spec.projections = {1, 1, 1};
  spec.density = density;
  spec.until = 1e9;
  return spec;
}

// A structure over the tiny task that is stepped by made-up gradients.
struct Worked {
  TinyTask task;
  std::shared_ptr<const StructurePlan> plan;
  Rewiring rewiring;
  Adam adam;
  RewiringPlace place{1, 10};
  // Of the batch before.
  std::set<SynapseId> before, after;
  std::vector<double> gradient, stepped;  // of all pairs: of those with a synapse; after Adam
  std::vector<Candidate> asked;
  RewiringCount count;

  static Learning bounded(const TinyTask& task, std::optional<double> least) {
    Learning learning = task.learning;
    if (least) learning.lower.fill(0, task.network.synapse_count(), *least);
    return learning;
  }
  static AdamSpec adam_spec() {
    AdamSpec spec;
    spec.rate.fill(0.0);
    spec.rate[static_cast<std::size_t>(ParameterKind::weight)] = rate;
    spec.rate[static_cast<std::size_t>(ParameterKind::delay)] = rate;
    return spec;
  }
  // `least`: the lower bound of all weights.
  explicit Worked(const StructureSpec& spec, std::uint64_t seed = 5,
                  std::optional<double> least = {})
      : plan(std::make_shared<const StructurePlan>(Pairs(task.network, bounded(task, least)), spec,
                                                   seed)),
        rewiring(plan),
        adam(plan->network().layout(), rewiring.optimised(), adam_spec()) {}

  // Values of the synapses there are, in the layout of the network that has all pairs; where there is
  // none `absent` is left.
  std::vector<double> spread(const std::vector<double>& some, const std::vector<PairId>& taken,
                             std::vector<double> absent) const {
    const SynapseId pairs = task.network.synapse_count();
    for (std::size_t k = 0; k < taken.size(); ++k) {
      absent[taken[k]] = some[k];
      absent[pairs + taken[k]] = some[taken.size() + k];
    }
    return absent;
  }
  // What a pair without a synapse would begin with: the delay it has.
  std::vector<double> absent_values() const {
    std::vector<double> all(task.network.parameters().begin(), task.network.parameters().end());
    const SynapseId pairs = task.network.synapse_count();
    std::fill_n(all.begin(), pairs, 0.0);
    for (const Remembered& r : rewiring.remembered()) all[pairs + r.pair] = r.delay;
    return all;
  }
  std::vector<double> values() const {
    return spread(rewiring.values(), rewiring.taken(), absent_values());
  }
  // Adam's, of all pairs.
  std::vector<double> moments(std::vector<double> Adam::State::*of_synapses,
                              double Remembered::*of_others) const {
    std::vector<double> all(task.network.layout().size(), 0.0);
    for (const Remembered& r : rewiring.remembered()) all[r.pair] = r.*of_others;
    return spread(test::all_moments(adam.learning(), adam.state().*of_synapses), rewiring.taken(),
                  std::move(all));
  }
  std::vector<double> first_moments() const {
    return moments(&Adam::State::first_moment, &Remembered::first_moment);
  }
  std::vector<double> second_moments() const {
    return moments(&Adam::State::second_moment, &Remembered::second_moment);
  }

  // The gradient of a pair in a batch; `strength` is its size.
  double made_up(SynapseId pair) const {
    return strength * Random(9, "made up", place.batch * 1000 + pair).normal();
  }
  double strength = 1.0;

  void batch() {
    const std::vector<PairId> taken = rewiring.taken();
    before = {taken.begin(), taken.end()};
    const auto candidates = rewiring.propose(place);
    asked.assign(candidates.begin(), candidates.end());
    std::vector<double> mean(
        ParameterLayout{static_cast<SynapseId>(taken.size()), task.network.neuron_count()}.size(),
        0.0);
    for (std::size_t k = 0; k < taken.size(); ++k) {
      const auto pair = static_cast<SynapseId>(taken[k]);
      mean[k] = made_up(pair);
      mean[taken.size() + k] = 0.1 * made_up(pair + 500);  // of delays
    }
    std::vector<double> of_candidates;
    for (const Candidate& c : asked) of_candidates.push_back(made_up(pair_of(c)) * tilt(c.delay));
    const auto& own = rewiring.gradient(mean, of_candidates);
    gradient = spread(own, taken, std::vector<double>(task.network.layout().size(), 0.0));
    adam.step(rewiring.values(), own, RateFactors(1.0));
    stepped = values();
    count = rewiring.rewire(place, std::vector<double>(3, rate), adam);
    const auto& now = rewiring.taken();
    after = {now.begin(), now.end()};
    ++place.batch;
  }
  // Of candidates with delays of their own.
  virtual double tilt(Time) const { return 1.0; }
  virtual ~Worked() = default;

  SynapseId pair_of(const Candidate& c) const {
    const Projection& p = task.network.projections()[c.projection];
    return p.first + c.source * task.network.populations()[p.target].size + c.target;
  }
  double theta(SynapseId s, const std::vector<double>& values) const {
    return plan->sign(s) * values[s];
  }
  std::size_t size_of(std::uint32_t projection) const {
    const Projection& p = task.network.projections()[projection];
    return static_cast<std::size_t>(std::count_if(after.begin(), after.end(), [&](SynapseId s) {
      return s >= p.first && s < p.first + p.size;
    }));
  }
  std::set<SynapseId> missing(const std::set<SynapseId>& from,
                              const std::set<SynapseId>& in) const {
    std::set<SynapseId> out;
    std::set_difference(from.begin(), from.end(), in.begin(), in.end(),
                        std::inserter(out, out.begin()));
    return out;
  }
};

}  // namespace

TEST_CASE("every rule holds every budget exactly after every step, under any signs") {
  for (const StructureRule rule :
       {StructureRule::deep_r, StructureRule::rigl, StructureRule::deep_r_rigl})
    for (const Budget budget : {Budget::uniform, Budget::erdos_renyi, Budget::network})
      for (const Signs signs : {Signs::free, Signs::synapse, Signs::neuron})
        for (const double density : {0.13, 0.5, 0.98}) {
          if (signs == Signs::free && rule != StructureRule::rigl) continue;
          StructureSpec spec = spec_of(rule, density);
          spec.budget = budget;
          spec.signs = signs;
          if (rule == StructureRule::rigl) spec.every = 3;
          CAPTURE(static_cast<int>(rule), static_cast<int>(budget), density);
          Worked w(spec);
          const std::size_t total = w.rewiring.taken().size();
          std::vector<std::size_t> sizes;
          std::uint64_t moved = 0;
          for (int batch = 0; batch < 60; ++batch) {
            w.batch();
            CHECK(w.after.size() == total);
            CHECK(w.count.removed == w.count.grown);
            std::vector<std::size_t> now = {w.size_of(0), w.size_of(1), w.size_of(2)};
            if (budget != Budget::network && !sizes.empty()) CHECK(now == sizes);
            sizes = now;
            moved += w.count.grown;
            CHECK(w.rewiring.network().synapse_count() == total);
          }
          CHECK(moved > 0);
        }
}

TEST_CASE("under DEEP R nobody goes but by crossing 0, and everybody who crosses goes") {
  StructureSpec spec = spec_of(StructureRule::deep_r);
  spec.budget = Budget::uniform;
  Worked w(spec);
  std::size_t gone = 0;
  for (int batch = 0; batch < 160; ++batch) {
    w.batch();
    for (const SynapseId s : w.before) {
      const bool crossed = w.theta(s, w.stepped) < 0.0;
      // Drawn again at once it begins anew.
      const bool fresh = w.after.contains(s) && w.theta(s, w.values()) == 1e-12;
      CHECK(crossed == (!w.after.contains(s) || fresh));
      gone += crossed;
    }
    for (const SynapseId s : w.after) CHECK(w.theta(s, w.values()) > 0.0);
    for (SynapseId s = 0; s < w.task.network.synapse_count(); ++s)
      if (!w.after.contains(s)) CHECK(w.values()[s] == 0.0);
  }
  CHECK(gone > 100);
}

TEST_CASE("signed growth takes those whose magnitude has the most negative gradient") {
  StructureSpec spec = spec_of(StructureRule::deep_r_rigl);
  spec.l1 = 0.3;
  spec.l1_step = L1Step::proximal;
  Worked w(spec);
  std::size_t grown = 0;
  for (int batch = 0; batch < 60; ++batch) {
    w.batch();
    for (const Projection& p : w.task.network.projections()) {
      std::vector<std::pair<double, SynapseId>> eligible;  // by brute force
      std::size_t living = 0;
      for (SynapseId s = p.first; s < p.first + p.size; ++s) {
        const bool lives = w.before.contains(s) && w.theta(s, w.stepped) - rate * spec.l1 >= 0.0;
        living += lives;
        const double g = w.before.contains(s) ? w.gradient[s] : [&] {
          --w.place.batch;
          const double of_candidate = w.made_up(s);
          ++w.place.batch;
          return of_candidate;
        }();
        if (!lives) eligible.push_back({w.plan->sign(s) * g, s});
      }
      std::sort(eligible.begin(), eligible.end());
      for (std::size_t k = 0; k < eligible.size(); ++k)
        CHECK(w.after.contains(eligible[k].second) == (k < p.size / 2 - living));
      grown += p.size / 2 - living;
    }
  }
  CHECK(grown > 60);
}

TEST_CASE("RigL takes the smallest weights away and grows the largest gradients, by its schedule") {
  StructureSpec spec = spec_of(StructureRule::rigl);
  spec.every = 4;
  spec.fraction = 0.6;
  spec.until = 5.0;  // epochs of ten batches
  Worked w(spec);
  const std::size_t hidden = 1;
  std::size_t swaps = 0;
  for (int batch = 1; batch <= 70; ++batch) {
    w.batch();
    const bool due = batch % 4 == 0 && batch < 50;
    CHECK(w.asked.empty() == !due);
    if (!due) {
      CHECK(w.before == w.after);
      continue;
    }
    // Of 32 synapses a share of 0.6/2 (1 + cos(pi t/50)), rounded down.
    const auto share =
        static_cast<std::size_t>(32 * 0.3 * (1.0 + std::cos(std::numbers::pi * batch / 50.0)));
    const Projection& p = w.task.network.projections()[hidden];
    std::vector<std::pair<double, SynapseId>> sizes, gradients;
    for (SynapseId s = p.first; s < p.first + p.size; ++s)
      if (w.before.contains(s)) sizes.push_back({std::fabs(w.stepped[s]), s});
    std::sort(sizes.begin(), sizes.end());
    std::set<SynapseId> kept;
    for (std::size_t k = share; k < sizes.size(); ++k) kept.insert(sizes[k].second);
    --w.place.batch;
    for (SynapseId s = p.first; s < p.first + p.size; ++s)
      if (!kept.contains(s)) gradients.push_back({-std::fabs(w.made_up(s)), s});
    ++w.place.batch;
    std::sort(gradients.begin(), gradients.end());
    for (std::size_t k = 0; k < gradients.size(); ++k) {
      const SynapseId s = gradients[k].second;
      CHECK(w.after.contains(s) == (k < share));
      if (k >= share) continue;
      // Who was there stays as it is; others begin with 0.
      CHECK(w.values()[s] == (w.before.contains(s) ? w.stepped[s] : 0.0));
      swaps += !w.before.contains(s);
    }
    for (const SynapseId s : kept) CHECK(w.after.contains(s));
  }
  CHECK(swaps > 20);
}

TEST_CASE("random growth reaches every pair, and no pair more often than others") {
  StructureSpec spec = spec_of(StructureRule::deep_r, 0.3);
  spec.l1 = 1.0;
  Worked w(spec);
  std::vector<int> grown(96, 0);
  int total = 0;
  for (int batch = 0; batch < 3000; ++batch) {
    w.batch();
    for (const SynapseId s : w.missing(w.after, w.before)) ++grown[s], ++total;
  }
  REQUIRE(total > 2000);
  const double mean = total / 96.0;
  for (const int count : grown) {
    CHECK(count > 0.5 * mean);
    CHECK(count < 1.5 * mean);
  }
}

TEST_CASE("what has crossed is cleared at once, or kept for one batch beside the budget") {
  // The second is a fault of a published program, for comparison: the next batch and the evaluation
  // at the end of an epoch see weights of the wrong sign, more of them than the budget allows.
  for (const bool kept : {false, true}) {
    CAPTURE(kept);
    StructureSpec spec = spec_of(StructureRule::deep_r_rigl);
    spec.keep_crossed = kept;
    Worked w(spec);
    std::size_t wrong = 0;
    std::set<SynapseId> over;
    for (int batch = 0; batch < 40; ++batch) {
      w.batch();
      std::set<SynapseId> now;
      for (const SynapseId s : w.after)
        if (w.theta(s, w.values()) < 0.0) now.insert(s);
      CHECK(w.after.size() - now.size() == 48);
      for (const SynapseId s : now) {
        CHECK(w.before.contains(s));
        CHECK_FALSE(over.contains(s));  // for one batch only
        CHECK(w.values()[s] == w.stepped[s]);
      }
      const Network network = w.rewiring.network();
      CHECK(network.synapse_count() == 48 + now.size());
      over = now;
      wrong += now.size();
    }
    CHECK((wrong > 0) == kept);
  }
}

TEST_CASE("between the batches that rewire a crossed weight waits at 0 and may come back") {
  StructureSpec spec = spec_of(StructureRule::deep_r_rigl);
  spec.every = 5;
  Worked w(spec);
  std::size_t waiting = 0, back = 0;
  std::set<SynapseId> at_zero;
  for (int batch = 1; batch <= 60; ++batch) {
    w.batch();
    if (batch % 5 != 0) {
      CHECK(w.before == w.after);
      for (const SynapseId s : w.after) {
        CHECK(w.theta(s, w.values()) >= 0.0);
        if (w.theta(s, w.stepped) < 0.0) {
          CHECK(w.values()[s] == 0.0);
          at_zero.insert(s);
          ++waiting;
        } else if (at_zero.erase(s)) {
          ++back;
        }
      }
      continue;
    }
    for (const SynapseId s : w.before)
      if (w.theta(s, w.stepped) < 0.0)
        CHECK((!w.after.contains(s) || w.theta(s, w.values()) == 1e-12));
    at_zero.clear();
  }
  CHECK(waiting > 20);
  CHECK(back > 3);
}

TEST_CASE("under a budget of the network the projections compete for synapses") {
  StructureSpec spec = spec_of(StructureRule::deep_r_rigl, 0.3);
  spec.budget = Budget::network;
  Worked w(spec);
  w.batch();
  const std::size_t first = w.size_of(1);
  std::set<std::size_t> sizes;
  for (int batch = 0; batch < 60; ++batch) {
    w.batch();
    CHECK(w.size_of(0) + w.size_of(1) + w.size_of(2) == 28);  // floor(0.3 x 96)
    sizes.insert(w.size_of(1));
  }
  CHECK(first > 0);
  CHECK(sizes.size() > 3);
}

TEST_CASE("a synapse that is grown at 0 has its sign, and stays until its weight crosses") {
  StructureSpec spec = spec_of(StructureRule::deep_r_rigl);
  spec.grown_weight = 0.0;
  Worked w(spec);
  std::size_t grown = 0, stayed = 0;
  std::set<SynapseId> fresh;
  for (int batch = 0; batch < 40; ++batch) {
    w.batch();
    for (const SynapseId s : fresh) {
      // Who has crossed may be chosen again at once, and is 0 again.
      const bool crossed = w.theta(s, w.stepped) < 0.0;
      CHECK((crossed ? !w.after.contains(s) || w.values()[s] == 0.0 : w.after.contains(s)));
      stayed += !crossed;
    }
    fresh = w.missing(w.after, w.before);
    for (const SynapseId s : fresh) CHECK(w.values()[s] == 0.0);
    grown += fresh.size();
    w.strength = batch % 2 == 0 ? 0.0 : 1.0;  // without a gradient a cleared moment moves nothing
  }
  CHECK(grown > 10);
  CHECK(stayed > 5);
}

TEST_CASE("the moments of a grown synapse are cleared, or those that its pair has kept") {
  for (const bool kept : {false, true}) {
    CAPTURE(kept);
    StructureSpec spec = spec_of(StructureRule::deep_r_rigl);
    spec.keep_moments = kept;
    Worked w(spec);
    std::size_t nonzero = 0, grown = 0;
    std::vector<double> m(96, 0.0);  // of all pairs, by Adam's formula
    for (int batch = 0; batch < 30; ++batch) {
      w.batch();
      --w.place.batch;
      for (SynapseId s = 0; s < 96; ++s)
        m[s] = 0.9 * m[s] + 0.1 * (w.before.contains(s) ? w.gradient[s] : w.made_up(s));
      ++w.place.batch;
      for (const SynapseId s : w.missing(w.after, w.before)) {
        ++grown;
        nonzero += w.first_moments()[s] != 0.0;
        if (kept) CHECK(w.first_moments()[s] == Approx(m[s]).epsilon(1e-12));
        if (!kept) CHECK(w.second_moments()[s] == 0.0);
      }
    }
    CHECK(grown > 10);
    CHECK(nonzero == (kept ? grown : 0));
  }
}

TEST_CASE("moments of the delay begin anew with the synapse, whatever those of the weight do") {
  for (const GrownDelay delays : {GrownDelay::pair, GrownDelay::drawn}) {
    StructureSpec spec = spec_of(StructureRule::deep_r_rigl);
    spec.delay = delays;
    spec.delay_min = 2.0;
    spec.delay_max = 3.0;
    Worked w(spec);
    const std::size_t delay = w.task.network.layout().offset(ParameterKind::delay);
    std::size_t grown = 0, living = 0;
    for (int batch = 0; batch < 40; ++batch) {
      w.batch();
      for (const SynapseId s : w.after) {
        // Whoever went and came back at once has the weight that is grown.
        const bool at_once = w.before.contains(s) && w.theta(s, w.values()) == 1e-12;
        const bool fresh = !w.before.contains(s) || (at_once && delays == GrownDelay::drawn);
        const double m = w.first_moments()[delay + s];
        const double v = w.second_moments()[delay + s];
        if (fresh) {
          CHECK(m == 0.0);
          CHECK(v == 0.0);
        } else {
          living += m != 0.0;
        }
        grown += fresh;
      }
    }
    CHECK(grown > 10);
    CHECK(living > 100);
  }
}

TEST_CASE("as moved count the pairs that did not have a synapse before, or have none after") {
  for (const StructureRule rule :
       {StructureRule::deep_r, StructureRule::rigl, StructureRule::deep_r_rigl})
    for (const bool kept : {false, true}) {
      if (kept && rule != StructureRule::deep_r_rigl) continue;
      StructureSpec spec = spec_of(rule);
      spec.keep_crossed = kept;
      if (rule == StructureRule::rigl) spec.every = 2;
      CAPTURE(static_cast<int>(rule), kept);
      Worked w(spec);
      for (int batch = 0; batch < 40; ++batch) {
        w.batch();
        CHECK(w.count.grown == w.missing(w.after, w.before).size());
        CHECK(w.count.removed == w.missing(w.before, w.after).size());
      }
    }
}

TEST_CASE("L1 goes through the gradient, or is taken off the weights after the step") {
  for (const L1Step step : {L1Step::gradient, L1Step::proximal}) {
    StructureSpec spec = spec_of(StructureRule::deep_r_rigl);
    spec.l1 = 0.5;
    spec.l1_step = step;
    Worked w(spec);
    w.strength = 1e-3;
    const std::vector<double> start = w.values();
    w.batch();
    --w.place.batch;
    std::size_t judged = 0;
    for (const SynapseId s : w.before) {
      const double own = w.made_up(s);
      CHECK(w.gradient[s] ==
            Approx(step == L1Step::gradient ? own + std::copysign(0.5, start[s]) : own)
                .epsilon(1e-12));
      // Adam's first step is a rate long, whatever the gradient; L1 adds its own.
      if (std::fabs(w.gradient[s]) < 1e-5) continue;  // Adam's epsilon shows
      const double by_adam =
          w.theta(s, start) - rate * (w.plan->sign(s) * w.gradient[s] > 0 ? 1 : -1);
      const double expected = by_adam - (step == L1Step::proximal ? rate * 0.5 : 0.0);
      if (!w.after.contains(s) || expected < 0.01) continue;
      CHECK(w.theta(s, w.values()) == Approx(expected).margin(1e-3));
      ++judged;
    }
    CHECK(judged > 20);
  }
}

TEST_CASE("L1 after the step leaves no weight outside its bounds") {
  StructureSpec spec = spec_of(StructureRule::fixed);
  spec.l1 = 1.0;
  spec.l1_step = L1Step::proximal;
  Worked w(spec, 5, 0.2);
  for (int batch = 0; batch < 20; ++batch) {
    w.batch();
    for (const SynapseId s : w.after) CHECK(w.values()[s] >= 0.2);
  }
}

TEST_CASE("the noise of DEEP R has the variance 2 rate T, on what exists, keyed by the batch") {
  StructureSpec spec = spec_of(StructureRule::deep_r);
  spec.temperature = 1e-6;
  Worked w(spec), again(spec), other(spec, 6);
  double sum = 0.0, squares = 0.0;
  int n = 0;
  for (int batch = 0; batch < 100; ++batch) {
    w.batch();
    again.batch();
    CHECK(w.values() == again.values());
    for (const SynapseId s : w.missing(w.before, {})) {
      if (!w.after.contains(s) || w.theta(s, w.values()) == 1e-12) continue;
      const double noise = w.values()[s] - w.stepped[s];
      sum += noise;
      squares += noise * noise;
      ++n;
    }
  }
  REQUIRE(n > 4000);
  const double variance = 2.0 * rate * 1e-6;
  CHECK(squares / n == Approx(variance).epsilon(0.1));
  CHECK(std::fabs(sum / n) < 5.0 * std::sqrt(variance / n));
}

TEST_CASE("a pair keeps the delay that it had learned while it has no synapse") {
  Worked w(spec_of(StructureRule::deep_r_rigl));
  const std::size_t delay = w.task.network.layout().offset(ParameterKind::delay);
  std::vector<double> left(96, 0.0);
  std::size_t came_back = 0, moved = 0;
  for (int batch = 0; batch < 120; ++batch) {
    w.batch();
    for (SynapseId s = 0; s < 96; ++s) {
      const double now = w.values()[delay + s];
      if (!w.before.contains(s) && left[s] != 0.0) CHECK(now == left[s]);
      if (w.before.contains(s) && !w.after.contains(s)) {
        left[s] = now;
        moved += now != w.task.network.delay(s);
      }
      if (!w.before.contains(s) && w.after.contains(s) && left[s] != 0.0) {
        ++came_back;
        left[s] = 0.0;
      }
    }
  }
  CHECK(came_back > 20);
  CHECK(moved > 20);
}

TEST_CASE("a delay may be drawn anew for every synapse that is grown") {
  StructureSpec spec = spec_of(StructureRule::deep_r);
  spec.delay = GrownDelay::drawn;
  spec.delay_min = 2.0;
  spec.delay_max = 3.0;
  Worked w(spec);
  const std::size_t delay = w.task.network.layout().offset(ParameterKind::delay);
  std::set<double> drawn;
  for (int batch = 0; batch < 60; ++batch) {
    w.batch();
    for (const SynapseId s : w.missing(w.after, w.before)) {
      const double d = w.values()[delay + s];
      CHECK(d >= 2.0);
      CHECK(d < 3.0);
      drawn.insert(d);
    }
  }
  CHECK(drawn.size() > 50);
}

namespace {

// The gradient of a pair is largest at one delay.
struct Tilted final : Worked {
  using Worked::Worked;
  double tilt(Time delay) const override { return 1.0 / (1.0 + std::fabs(delay - 4.0)); }
};

}  // namespace

TEST_CASE("of the delays on a grid the most promising one is taken") {
  StructureSpec spec = spec_of(StructureRule::deep_r_rigl);
  spec.delay = GrownDelay::best;
  spec.delay_min = 1.0;
  spec.delay_max = 7.0;
  spec.delay_step = 1.5;  // 1, 2.5, 4, 5.5, 7
  CHECK(grown_delays(spec) == std::vector<Time>{1.0, 2.5, 4.0, 5.5, 7.0});
  Tilted w(spec);
  const std::size_t delay = w.task.network.layout().offset(ParameterKind::delay);
  std::size_t grown = 0, promising = 0;
  for (int batch = 0; batch < 30; ++batch) {
    w.batch();
    CHECK(w.asked.size() == 5 * (96 - w.before.size()));
    --w.place.batch;
    for (const SynapseId s : w.missing(w.after, w.before)) {
      ++grown;
      // The closest to 4 where the gradient is negative; the farthest where none is.
      const bool good = w.plan->sign(s) * w.made_up(s) < 0.0;
      CHECK(w.values()[delay + s] == (good ? 4.0 : 1.0));
      promising += good;
    }
    ++w.place.batch;
  }
  CHECK(promising > 10);
}

TEST_CASE("a sample of candidates has its size, and nobody else is grown") {
  StructureSpec spec = spec_of(StructureRule::deep_r_rigl);
  spec.sample = 2;
  spec.l1 = 0.5;
  spec.l1_step = L1Step::proximal;
  Worked w(spec);
  std::set<SynapseId> seen;
  std::size_t grown = 0;
  for (int batch = 0; batch < 60; ++batch) {
    w.batch();
    CHECK(w.asked.size() == 2);
    std::set<SynapseId> asked;
    for (const Candidate& c : w.asked) {
      CHECK_FALSE(w.before.contains(w.pair_of(c)));
      asked.insert(w.pair_of(c));
    }
    CHECK(asked.size() == 2);
    seen.merge(std::set<SynapseId>(asked));
    for (const SynapseId s : w.missing(w.after, w.before)) {
      CHECK(asked.contains(s));
      ++grown;
    }
  }
  CHECK(seen.size() > 50);
  CHECK(grown > 10);
}

TEST_CASE("a structure goes on from where it was, and not from that of another plan") {
  Worked w(spec_of(StructureRule::deep_r_rigl));
  for (int batch = 0; batch < 10; ++batch) w.batch();
  Worked resumed(spec_of(StructureRule::deep_r_rigl));
  const std::vector<PairId> taken = w.rewiring.taken();
  const std::vector<double> values = w.rewiring.values();
  const std::vector<Remembered> remembered = w.rewiring.remembered();
  REQUIRE_FALSE(remembered.empty());
  resumed.rewiring.restore(taken, values, remembered);
  CHECK(resumed.rewiring.taken() == taken);
  CHECK(resumed.rewiring.remembered() == remembered);
  CHECK(resumed.rewiring.learning().learned == w.rewiring.learning().learned);
  const auto refused = [&](const auto& synapses, const auto& of_them, const auto& of_others) {
    CHECK_THROWS_AS(resumed.rewiring.restore(synapses, of_them, of_others), InternalError);
  };
  // One synapse too few, with a value too few as well; one twice; no values.
  auto fewer = taken;
  fewer.pop_back();
  refused(fewer, values, remembered);
  auto fewer_values = values;
  fewer_values.erase(fewer_values.begin() + 2 * static_cast<std::ptrdiff_t>(fewer.size()),
                     fewer_values.begin() + 2 * static_cast<std::ptrdiff_t>(taken.size()));
  refused(fewer, fewer_values, remembered);
  auto twice = taken;
  twice[1] = twice[0];
  refused(twice, values, remembered);
  refused(taken, std::vector<double>{1.0}, remembered);
  // Remembered are pairs without a synapse, ascending.
  refused(taken, values, std::vector<Remembered>{{taken[0]}});
  refused(taken, values, std::vector<Remembered>{{w.plan->pairs().count()}});
  refused(taken, values, std::vector<Remembered>{remembered[1], remembered[0]});
}
