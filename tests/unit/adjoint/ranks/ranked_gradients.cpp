// Gradients and judgements made by several ranks, against those of one process by TapeGradients and
// evaluate: same bits, and the same errors.
#include <catch2/catch.hpp>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <vector>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/ranks/rank_worker.hpp>
#include <retrograde/adjoint/ranks/ranked_gradients.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/thread_ranks.hpp"
#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::ThreadRanks;
using retrograde::test::TinyTask;
using retrograde::test::with_ranks;

namespace {

SharedTask shared(const TinyTask& task, const LabelledTrials& trials, RunOptions run = {}) {
  return {.network = task.network,
          .trials = trials,
          .judges = trials,
          .loss = *task.loss,
          .run = std::move(run),
          .machines = [](const Network& network) {
            return BatchMachines{make_machine(network, Scheduler::automatic), nullptr};
          }};
}

// Which trials of the task, in an order of their own.
std::vector<std::uint32_t> batch_of(std::uint32_t size) {
  std::vector<std::uint32_t> batch(size);
  for (std::uint32_t k = 0; k < size; ++k) batch[k] = (7 * k + 3) % 70;
  return batch;
}

// What `lead` does with the others serving.
void lead(int size, const SharedTask& task, const std::function<void(ThreadRanks&)>& action) {
  with_ranks(
      size,
      [&](ThreadRanks& ranks) {
        try {
          action(ranks);
        } catch (...) {
          if (ranks.at_rest()) ask(ranks, Asked::end);
          throw;
        }
        ask(ranks, Asked::end);
      },
      [&](ThreadRanks& ranks) {
        if (serve(ranks, task).what != Asked::end) throw std::runtime_error("asked for another");
      });
}

BatchGradient made_over(int size, const TinyTask& task, const LabelledTrials& trials,
                        std::span<const std::uint32_t> batch, const GradientOptions& options) {
  const SharedTask common = shared(task, trials, options.run);
  BatchGradient result;
  lead(size, common, [&](ThreadRanks& ranks) {
    RankedGradients source(ranks, common);
    source.make(task.network, trials, batch, *task.loss, options, result);
    source.make(task.network, trials, batch, *task.loss, options, result);  // with used buffers
  });
  return result;
}

BatchGradient made_alone(const TinyTask& task, const LabelledTrials& trials,
                         std::span<const std::uint32_t> batch, const GradientOptions& options) {
  BatchGradient result;
  TapeGradients(Scheduler::automatic)
      .make(task.network, trials, batch, *task.loss, options, result);
  return result;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

void check_same(const BatchGradient& a, const BatchGradient& b) {
  CHECK(same_bits(a.sum, b.sum));
  CHECK(same_bits(a.candidates, b.candidates));
  CHECK(a.spikes == b.spikes);
  REQUIRE(a.results.size() == b.results.size());
  for (std::size_t k = 0; k < a.results.size(); ++k) {
    CHECK(a.results[k].loss == b.results[k].loss);
    CHECK(a.results[k].label == b.results[k].label);
    CHECK(a.results[k].decision == b.results[k].decision);
    CHECK(a.results[k].forward_deliveries == b.results[k].forward_deliveries);
    CHECK(a.results[k].backward_deliveries == b.results[k].backward_deliveries);
    CHECK(a.results[k].grazing.smallest_slope == b.results[k].grazing.smallest_slope);
  }
}

GradientOptions options_of(const TinyTask& task) {
  GradientOptions options;
  options.run.readout = task.loss->readout();
  return options;
}

// The tiny task's trials, of which one has a spike that no trial may have.
class Broken final : public LabelledTrials {
 public:
  Broken(const TinyTask& task, std::size_t broken) : task_(task), broken_(broken) {}
  std::size_t size() const override { return task_.size(); }
  Trial trial(std::size_t index) const override {
    Trial trial = task_.trial(index);
    if (index == broken_) trial.inputs.push_back({1.0, 5});  // a hidden neuron
    return trial;
  }
  int label(std::size_t index) const override { return task_.label(index); }

 private:
  const TinyTask& task_;
  std::size_t broken_;
};

std::string message_of(const std::function<void()>& action) try {
  action();
  return "nothing was thrown";
} catch (const NetworkError& error) {
  return std::string("NetworkError: ") + error.what();
} catch (const RunawayError& error) {
  return std::string("RunawayError: ") + error.what();
} catch (const RankError& error) {
  return std::string("RankError: ") + error.what();
} catch (const Interrupted& error) {
  return "Interrupted";
}

}  // namespace

TEST_CASE("the gradient of a batch has the same bits on any number of ranks", "[ranks]") {
  const TinyTask task;
  for (const std::uint32_t size : {32u, 10u, 1u}) {
    const std::vector<std::uint32_t> batch = batch_of(size);
    GradientOptions options = options_of(task);
    SECTION("with " + std::to_string(size) + " trials, as it is") {}
    SECTION("with " + std::to_string(size) + " trials, without neuron parameters, in 16 groups") {
      options.neuron_parameters = false;
      options.groups = 16;
    }
    SECTION("with " + std::to_string(size) + " trials and a regulariser") {
      options.regulariser = {1e-2, 1.0};
    }
    const BatchGradient alone = made_alone(task, task, batch, options);
    for (const int ranks : {1, 2, 3, 4, 9}) {
      CAPTURE(size, ranks);
      check_same(made_over(ranks, task, task, batch, options), alone);
    }
    if (options.regulariser.strength > 0.0 && size > 1)
      CHECK_FALSE(same_bits(alone.sum, made_alone(task, task, batch, options_of(task)).sum));
  }
}

TEST_CASE("so has the gradient of synapses that do not exist", "[ranks]") {
  const TinyTask task;
  const std::vector<Candidate> candidates = {{0, 0, 1, 2.5}, {1, 3, 4, 1.5}, {2, 5, 0, 3.0}};
  GradientOptions options = options_of(task);
  options.candidates = candidates;
  const BatchGradient alone = made_alone(task, task, batch_of(32), options);
  REQUIRE(alone.candidates.size() == 3);
  for (const int ranks : {2, 4})
    check_same(made_over(ranks, task, task, batch_of(32), options), alone);
}

TEST_CASE("a judgement has the same bits on any number of ranks", "[ranks]") {
  const TinyTask task;
  const SharedTask common = shared(task, task);
  const SetResult alone =
      evaluate(*make_machine(task.network, Scheduler::automatic), task, *task.loss, common.run);
  for (const int ranks : {1, 2, 3, 4}) {
    SetResult over;
    lead(ranks, common,
         [&](ThreadRanks& here) { over = evaluate_over(here, common, task.network); });
    CHECK(over.loss_sum == alone.loss_sum);
    CHECK(over.trials == alone.trials);
    CHECK(over.correct == alone.correct);
    CHECK(over.spikes == alone.spikes);
    CHECK(over.confusion == alone.confusion);
    CHECK(over.forward_deliveries == alone.forward_deliveries);
  }
}

TEST_CASE("what a trial throws is what one process throws, on whichever rank it ran", "[ranks]") {
  const TinyTask task;
  const std::vector<std::uint32_t> batch = batch_of(32);
  for (const std::size_t k : {0, 13, 31}) {
    const Broken trials(task, batch[k]);
    const GradientOptions options = options_of(task);
    const std::string alone = message_of([&] { made_alone(task, trials, batch, options); });
    CHECK(alone.starts_with("NetworkError"));
    for (const int ranks : {2, 4})
      CHECK(message_of([&] { made_over(ranks, task, trials, batch, options); }) == alone);
    const SharedTask common = shared(task, trials);
    CHECK(message_of([&] {
            lead(3, common, [&](ThreadRanks& here) { evaluate_over(here, common, task.network); });
          }).starts_with("NetworkError"));
  }
}

TEST_CASE("a runaway neuron is reported as one process reports it", "[ranks]") {
  const TinyTask task;
  std::vector<double> values(task.network.parameters().begin(), task.network.parameters().end());
  for (std::size_t s = 0; s < task.network.synapse_count(); ++s)
    values[s] = std::abs(values[s]) * 40;
  const Network wild = task.network.with_parameters(values);
  GradientOptions options = options_of(task);
  options.run.max_rate = -20.0;  // of a neuron that has fired 1000 - 20 t times by t
  const auto make = [&](GradientSource& source) {
    BatchGradient result;
    source.make(wild, task, batch_of(32), *task.loss, options, result);
  };
  TapeGradients source(Scheduler::automatic);
  const std::string alone = message_of([&] { make(source); });
  CAPTURE(alone);
  REQUIRE(alone.starts_with("RunawayError"));
  const SharedTask common = shared(task, task, options.run);
  CHECK(message_of([&] {
          lead(4, common, [&](ThreadRanks& here) {
            RankedGradients over(here, common);
            make(over);
          });
        }) == alone);
}

TEST_CASE("what only another rank meets names it", "[ranks]") {
  const TinyTask task;
  const MadeTrials trials(
      task.size(), [&](std::size_t k) { return task.trial(k); },
      [&](std::size_t k) { return task.label(k); });
  const SharedTask common = shared(task, trials);
  std::string message;
  with_ranks(
      2,
      [&](ThreadRanks& ranks) {
        message = message_of([&] {
          RankedGradients source(ranks, common);
          BatchGradient result;
          source.make(task.network, trials, batch_of(32), *task.loss, options_of(task), result);
        });
        CHECK(ranks.at_rest());
        ask(ranks, Asked::end);
      },
      [&](ThreadRanks& ranks) {
        const MadeTrials none(
            task.size(), [](std::size_t) -> Trial { throw std::runtime_error("the disk is gone"); },
            [&](std::size_t k) { return task.label(k); });
        serve(ranks, shared(task, none));
      });
  CHECK(message == "RankError: rank 1: the disk is gone");
}

TEST_CASE("a leader that is to stop leaves the batch, and is not at rest", "[ranks]") {
  const TinyTask task;
  const SharedTask common = shared(task, task);
  bool at_rest = true;
  CHECK_THROWS(with_ranks(
      2,
      [&](ThreadRanks& ranks) {
        RankedGradients source(ranks, common);
        BatchGradient result;
        ranks.stop = [] { return true; };
        try {
          source.make(task.network, task, batch_of(32), *task.loss, options_of(task), result);
        } catch (const Interrupted&) {
          at_rest = ranks.at_rest();
          throw;
        }
      },
      [&](ThreadRanks& ranks) { serve(ranks, common); }));
  CHECK_FALSE(at_rest);
}
