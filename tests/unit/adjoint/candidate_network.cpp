// The gradient of synapses that do not exist, against two references: the gradient of the same synapse
// where it does exist, with weight 0, and central differences of the loss, the synapse put into the
// network with weights of plus and minus h by the builder.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

#include <retrograde/adjoint/candidate_network.hpp>
#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/engine/network/with_synapses.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

std::vector<std::vector<SynapseSpec>> synapses_of(const Network& network) {
  std::vector<std::vector<SynapseSpec>> all;
  for (const Projection& p : network.projections()) all.push_back(synapses_of(network, p));
  return all;
}

// A network, the tiny task's unless another is given, with four of five synapses of each projection,
// and those that it lacks. The inputs are made stronger, since fewer reach a neuron.
struct Sparse {
  TinyTask task;
  Network network;
  std::vector<Candidate> absent;

  explicit Sparse(const Network& full) {
    auto synapses = synapses_of(full);
    for (std::uint32_t p = 0; p < synapses.size(); ++p) {
      std::vector<SynapseSpec> kept;
      for (std::size_t k = 0; k < synapses[p].size(); ++k) {
        const SynapseSpec& s = synapses[p][k];
        if (k % 5 == 1)
          absent.push_back({p, s.source, s.target, s.delay});
        else
          kept.push_back({s.source, s.target, (p == 0 ? 2.0 : 1.0) * s.weight, s.delay});
      }
      synapses[p] = std::move(kept);
    }
    network = with_synapses(full, synapses);
  }
  Sparse() : Sparse(TinyTask().network) {}

  // With one more synapse.
  Network grown(const Candidate& c, double weight) const {
    auto synapses = synapses_of(network);
    synapses[c.projection].push_back({c.source, c.target, weight, c.delay});
    return with_synapses(network, synapses);
  }
};

BatchGradient gradient_of(const Network& network, const LabelledTrials& trials, const Loss& loss,
                          std::span<const Candidate> candidates, Scheduler scheduler,
                          std::span<const std::uint32_t> batch) {
  TapeGradients source(scheduler);
  GradientOptions options;
  options.run.readout = loss.readout();
  options.candidates = candidates;
  BatchGradient result;
  source.make(network, trials, batch, loss, options, result);
  return result;
}

const std::vector<std::uint32_t> batch = {0, 3, 5, 8, 21};

std::size_t place_of(const Network& network, const Candidate& c) {
  const Projection& p = network.projections()[c.projection];
  for (SynapseId k = 0; k < p.size; ++k)
    if (p.source_of(k) == c.source && p.targets[k] == c.target) return p.first + k;
  FAIL("no such synapse");
  return 0;
}

}  // namespace

TEST_CASE("a network rebuilt with its own synapses is the same network") {
  test::RandomNetworkSpec spec;
  spec.receptors = spec.delays = true;
  for (const test::Wiring wiring : {test::Wiring::recurrent, test::Wiring::feed_forward}) {
    spec.wiring = wiring;
    const Network network = test::random_network(spec).network;
    const Network again = with_synapses(network, synapses_of(network));
    CHECK(again.layout() == network.layout());
    const auto a = network.parameters(), b = again.parameters();
    CHECK(std::vector<double>(a.begin(), a.end()) == std::vector<double>(b.begin(), b.end()));
    for (SynapseId s = 0; s < network.synapse_count(); ++s) {
      CHECK(again.target_of(s) == network.target_of(s));
      CHECK(again.receptor_of(s) == network.receptor_of(s));
    }
  }
}

TEST_CASE("the gradient of an absent synapse is that of the same synapse with weight 0") {
  const Sparse sparse;
  REQUIRE(sparse.absent.size() == 3 + 13 + 3);
  for (const Scheduler scheduler : {Scheduler::sequential, Scheduler::windowed}) {
    CAPTURE(name(scheduler));
    const BatchGradient asked = gradient_of(sparse.network, sparse.task, *sparse.task.loss,
                                            sparse.absent, scheduler, batch);
    REQUIRE(asked.candidates.size() == sparse.absent.size());
    std::size_t different = 0;
    for (std::size_t c = 0; c < sparse.absent.size(); ++c) {
      const Network with = sparse.grown(sparse.absent[c], 0.0);
      const BatchGradient there =
          gradient_of(with, sparse.task, *sparse.task.loss, {}, scheduler, batch);
      CHECK(asked.candidates[c] ==
            Approx(there.sum[place_of(with, sparse.absent[c])]).epsilon(1e-10).margin(1e-13));
      different += asked.candidates[c] != 0.0;
    }
    CHECK(different > 12);  // the comparison compares something
  }
}

TEST_CASE("candidates change no result, and the gradient of what exists by rounding at most") {
  const Sparse sparse;
  for (const Scheduler scheduler : {Scheduler::sequential, Scheduler::windowed}) {
    CAPTURE(name(scheduler));
    const auto of = [&](std::span<const Candidate> candidates) {
      return gradient_of(sparse.network, sparse.task, *sparse.task.loss, candidates, scheduler,
                         batch);
    };
    const BatchGradient with = of(sparse.absent), without = of({});
    CHECK(without.candidates.empty());
    CHECK(with.spikes == without.spikes);
    REQUIRE(with.sum.size() == without.sum.size());
    for (std::size_t k = 0; k < with.results.size(); ++k)
      CHECK(with.results[k].loss == without.results[k].loss);
    for (std::size_t k = 0; k < with.sum.size(); ++k)
      CHECK(with.sum[k] == Approx(without.sum[k]).epsilon(1e-9).margin(1e-12));
  }
}

TEST_CASE("the gradient of an absent synapse is what differences of the loss say") {
  const Sparse sparse;
  const BatchGradient asked = gradient_of(sparse.network, sparse.task, *sparse.task.loss,
                                          sparse.absent, Scheduler::windowed, batch);
  constexpr double h = 1e-5;
  std::size_t judged = 0;
  for (std::size_t c = 0; c < sparse.absent.size(); ++c) {
    // Fourth order: f' = (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12h.
    double loss[4];
    bool same_spikes = true;
    const double at[4] = {h, -h, 2 * h, -2 * h};
    for (int k = 0; k < 4; ++k) {
      const BatchGradient there = gradient_of(sparse.grown(sparse.absent[c], at[k]), sparse.task,
                                              *sparse.task.loss, {}, Scheduler::windowed, batch);
      loss[k] = 0.0;
      for (const TrialResult& r : there.results) loss[k] += r.loss;
      same_spikes = same_spikes && there.spikes == asked.spikes;
    }
    if (!same_spikes) continue;  // no gradient where a spike comes or goes
    const double difference = (8.0 * (loss[0] - loss[1]) - (loss[2] - loss[3])) / (12.0 * h);
    CHECK(asked.candidates[c] == Approx(difference).epsilon(1e-6).margin(2e-9));
    ++judged;
  }
  CHECK(judged > 14);
}

TEST_CASE("candidates of one pair with several delays each have the gradient of their own") {
  const Sparse sparse;
  std::vector<Candidate> candidates;
  for (const Time delay : {1.0, 2.5, 4.0, 7.5})
    for (const std::size_t c : {1u, 6u, 11u, 17u}) {
      candidates.push_back(sparse.absent[c]);
      candidates.back().delay = delay;
    }
  // One beside a synapse that exists, too.
  candidates.push_back({0, 0, 0, 3.0});
  REQUIRE_NOTHROW(place_of(sparse.network, candidates.back()));
  const BatchGradient asked = gradient_of(sparse.network, sparse.task, *sparse.task.loss,
                                          candidates, Scheduler::automatic, batch);
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const BatchGradient alone =
        gradient_of(sparse.network, sparse.task, *sparse.task.loss,
                    std::span(candidates).subspan(c, 1), Scheduler::automatic, batch);
    CHECK(asked.candidates[c] == Approx(alone.candidates[0]).epsilon(1e-10).margin(1e-13));
  }
  std::set<double> values(asked.candidates.begin(), asked.candidates.end());
  CHECK(values.size() > 4);
}

TEST_CASE("neurons that keep their trajectory have gradients of absent synapses as well") {
  test::RandomNetworkSpec spec;
  spec.model = Model::alif;
  spec.seed = 4;
  spec.drive = 12.0;
  const test::RandomNetwork random = test::random_network(spec);
  const Sparse sparse(random.network);
  const TrialList trials{{random.trial}};
  const std::uint32_t hidden = *random.network.find_population("hidden");
  const auto loss = make_loss(SpikeTimeTargetSpec{
      hidden, std::vector<std::vector<Time>>(random.network.populations()[hidden].size,
                                             {5.0, 15.0, 25.0, 35.0})});
  const std::vector<std::uint32_t> one = {0};
  const BatchGradient asked =
      gradient_of(sparse.network, trials, *loss, sparse.absent, Scheduler::automatic, one);
  std::size_t different = 0;
  for (std::size_t c = 0; c < sparse.absent.size(); ++c) {
    const Network with = sparse.grown(sparse.absent[c], 0.0);
    const BatchGradient there = gradient_of(with, trials, *loss, {}, Scheduler::automatic, one);
    CHECK(asked.candidates[c] ==
          Approx(there.sum[place_of(with, sparse.absent[c])]).epsilon(1e-6).margin(1e-9));
    different += asked.candidates[c] != 0.0;
  }
  CHECK(different > 3);
}

TEST_CASE("a candidate between neurons that its projection does not join is refused") {
  const TinyTask task;
  CHECK_THROWS_AS(with_candidates(task.network, std::vector<Candidate>{{0, 2, 0, 1.0}}),
                  NetworkError);
  CHECK_THROWS_AS(with_candidates(task.network, std::vector<Candidate>{{3, 0, 0, 1.0}}),
                  InternalError);
  // Cause and effect would share an instant.
  CHECK_THROWS_AS(with_candidates(task.network, std::vector<Candidate>{{1, 2, 2, 0.0}}),
                  NetworkError);
}
