// Training in one call. References: the first step of Adam, which is as long as the rate; a Trainer that
// was put together by hand.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <retrograde/adjoint/front.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;
using enum ParameterKind;

namespace {

std::vector<double> all_of(const Network& network) {
  return {network.parameters().begin(), network.parameters().end()};
}

std::string refusal(const TinyTask& task, const TrainingSpec& spec) {
  try {
    train(task.network, FirstTrials(task, 3), *task.loss, spec);
  } catch (const NetworkError& error) {
    return error.what();
  }
  return "nothing is refused";
}

std::string refusal(const Learn& learn) { return refusal(TinyTask(), {.learn = {learn}}); }

}  // namespace

TEST_CASE(
    "the first step of Adam is as long as the rate, against the gradient, of what is learned") {
  const TinyTask task;
  const FirstTrials trials(task, 10);
  TrainerOptions options;
  options.batch = 10;
  const Training done = train(task.network, trials, *task.loss,
                              {.learn = {{.owner = "hidden->out", .kind = weight, .rate = 0.01},
                                         {.owner = "hidden", .kind = tau_mem, .rate = 0.2}},
                               .epochs = 1,
                               .options = options});
  CHECK(done.history.size() == 1);
  CHECK_FALSE(done.stopped);
  const MeanGradient g = gradient_of(task.network, trials, *task.loss);
  CHECK(std::fabs(done.history[0].loss() - g.loss()) < 1e-14);
  int moved = 0;
  for (const ParameterBlock& block : parameter_blocks(task.network)) {
    const bool weights = block.owner == "hidden->out" && block.kind == weight;
    const bool taus = block.owner == "hidden" && block.kind == tau_mem;
    const auto before = block.of(task.network.parameters()),
               after = block.of(done.network.parameters());
    for (std::size_t k = 0; k < block.size; ++k) {
      const double slope = g.values[block.begin + k];
      const double rate = weights ? 0.01 : taus ? 0.2 : 0.0;
      // m / (sqrt(v) + epsilon), both moments those of one gradient.
      const double step = rate * slope / (std::fabs(slope) + 1e-8);
      CHECK(std::fabs(after[k] - (before[k] - step)) < 1e-9 * std::fmax(1.0, before[k]));
      moved += after[k] != before[k];
    }
  }
  CHECK(moved > 8);
}

TEST_CASE("training by name has the bits of a trainer that was put together by hand") {
  const TinyTask task;
  TrainingSpec spec{.epochs = 3, .options = task.options};
  spec.options.adam = {};
  for (const char* owner : {"in->hidden", "hidden->hidden", "hidden->out"}) {
    spec.learn.push_back({.owner = owner, .kind = weight, .rate = 0.02});
    spec.learn.push_back({.owner = owner, .kind = delay, .rate = 0.1, .low = 1.0, .high = 15.0});
  }
  std::vector<double> losses;
  spec.on_epoch = [&](const Trainer& trainer) {
    losses.push_back(trainer.last_epoch().loss());
    return true;
  };
  const Training done = train(task.network, task, *task.loss, spec);
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
  for (int epoch = 0; epoch < 3; ++epoch) {
    trainer.run_epoch();
    CHECK(done.history.at(epoch).loss_sum == trainer.last_epoch().loss_sum);
  }
  CHECK(losses.size() == 3);
  CHECK(all_of(done.network) == all_of(trainer.network()));
  CHECK(all_of(done.network) != all_of(task.network));
}

TEST_CASE("callbacks stop a training where they are called") {
  const TinyTask task;
  TrainingSpec spec{.learn = {{.owner = "hidden->out", .kind = weight, .rate = 0.01}}, .epochs = 5};
  spec.options.batch = 10;
  spec.on_epoch = [](const Trainer& trainer) { return trainer.epoch() < 2; };
  const Training two = train(task.network, task, *task.loss, spec);
  CHECK(two.stopped);
  CHECK(two.history.size() == 2);
  spec.epochs = 2;
  const Training whole = train(task.network, task, *task.loss, spec);
  CHECK_FALSE(whole.stopped);
  CHECK(all_of(whole.network) == all_of(two.network));
  spec.on_batch = [](const SetResult& so_far) { return so_far.trials < 30; };
  const Training part = train(task.network, task, *task.loss, spec);
  CHECK(part.stopped);
  CHECK(part.history.empty());
  CHECK(all_of(part.network) != all_of(task.network));
}

TEST_CASE("values stay within the bounds that are given, and within those of their kind") {
  const TinyTask task;
  TrainingSpec spec{
      .learn = {{.owner = "in->hidden", .kind = delay, .rate = 5.0, .low = 0.5, .high = 7.0}},
      .epochs = 2};
  const Training done = train(task.network, task, *task.loss, spec);
  int at_bounds = 0;
  for (const double d : values_of(done.network, "in->hidden", delay)) {
    CHECK((d >= 0.5 && d <= 7.0));
    at_bounds += d == 0.5 || d == 7.0;
  }
  CHECK(at_bounds > 0);
  const Learning learning =
      learning_of(task.network, {{.owner = "hidden", .kind = v_threshold, .rate = 1.0}});
  const ParameterBlock block = parameter_block(task.network, "hidden", v_threshold);
  CHECK(learning.count() == TinyTask::hidden);
  CHECK(learning[block.begin].lower == Learning::none(task.network)[block.begin].lower);
}

TEST_CASE("what cannot be learned so says why and what to do") {
  CHECK_THAT(refusal({.owner = "in->out", .kind = weight, .rate = 1}),
             Contains("there is no projection of this name") && Contains("in->hidden"));
  CHECK_THAT(refusal({.owner = "in", .kind = tau_mem, .rate = 1}), Contains("it has no tau_mem"));
  CHECK_THAT(refusal({.owner = "hidden", .kind = tau_mem}),
             Contains("rate of tau_mem is 0") && Contains("above 0"));
  CHECK_THAT(refusal({.owner = "hidden", .kind = tau_mem, .rate = 1, .low = 20, .high = 5}),
             Contains("between 20 and 5") && Contains("exchange"));
  CHECK_THAT(refusal({.owner = "hidden", .kind = tau_mem, .rate = 1, .low = 12}),
             Contains("starts with 10") && Contains("start within"));
  CHECK_THAT(refusal({.owner = "hidden", .kind = tau_mem, .rate = 1, .low = -1}),
             Contains("bound of tau_mem is -1"));
  CHECK_THAT(refusal({.owner = "hidden", .kind = tau_mem, .rate = 1, .l1 = -1}),
             Contains("l1 of tau_mem is -1"));
  const TinyTask task;
  const Learn taus{.owner = "hidden", .kind = tau_mem, .rate = 1};
  CHECK_THAT(refusal(task, {.learn = {taus, taus}}), Contains("listed twice"));
  CHECK_THAT(refusal(task, {}), Contains("nothing is learned"));
  CHECK_THAT(refusal(task, {.learn = {taus}, .epochs = 0}), Contains("epochs is 0"));
  TrainingSpec spec{.learn = {taus}};
  spec.options.adam.rate[0] = 0.1;
  CHECK_THAT(refusal(task, spec), Contains("each entry of learn"));
  spec.options.adam.rate[0] = 0.0;
  spec.options.batch = 0;
  CHECK_THAT(refusal(task, spec), Contains("batch is 0"));
  CHECK_THROWS_WITH(train(task.network, TrialList(), *task.loss, {.learn = {taus}}),
                    Contains("there is no trial"));
  CHECK_THROWS_WITH(TrialList({task.trial(0), task.trial(1)}, {1}),
                    Contains("1 labels for 2 trials; give one for each"));
}

TEST_CASE("options of training that cannot be meant are refused with their value") {
  const TinyTask task;
  const auto refused = [&](const TrainerOptions& options) {
    return refusal(
        task, {.learn = {{.owner = "hidden", .kind = tau_mem, .rate = 1}}, .options = options});
  };
  CHECK(refused({.batch = 3}) == "nothing is refused");
  CHECK_THAT(refused({.adam = {.beta1 = 1.0}}), Contains("adam.beta1 is 1; it must be"));
  CHECK_THAT(refused({.adam = {.beta2 = -0.5}}), Contains("adam.beta2 is -0.5; it must be"));
  CHECK_THAT(refused({.adam = {.epsilon = 0.0}}), Contains("adam.epsilon is 0; it must be"));
  CHECK_THAT(refused({.gradient_clip = -1.0}), Contains("gradient_clip is -1"));
  CHECK_THAT(refused({.dropout = {0.1}}),
             Contains("dropout has 1 probabilities, and the network has 3 populations"));
  CHECK_THAT(refused({.dropout = {0.0, 1.0, 0.0}}), Contains("hidden: options.dropout is 1"));
}

// Nothing that is learned reaches a neuron that fires.
TEST_CASE("a training in which no gradient reaches what is learned ends, and says so") {
  const Network network = build({.populations = {{.name = "in", .model = Model::input, .size = 1},
                                                 {.name = "out", .size = 2}},
                                 .projections = {{.from = "in", .to = "out", .weight = 1e-6}}});
  const TrialList trials({trial_of(network, 20.0, {{"in", {{1.0}}}})}, {0});
  const auto loss = make_loss(FirstSpikeCrossEntropySpec{.population = 1, .tau0 = 2.0});
  std::vector<std::uint32_t> epochs;
  CHECK_THROWS_WITH(train(network, trials, *loss,
                          {.learn = {{.owner = "in -> out", .kind = weight, .rate = 0.1}},
                           .epochs = 5,
                           .on_epoch =
                               [&](const Trainer& trainer) {
                                 epochs.push_back(trainer.epoch());
                                 return true;
                               }}),
                    Contains("nothing can be learned") && Contains("every gradient"));
  CHECK(epochs.empty());
}
