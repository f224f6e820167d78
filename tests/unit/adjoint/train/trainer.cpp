// Trials without a class: they have a loss and no accuracy.
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <memory>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

// The tiny task's trials without their labels, learned by the times of hidden spikes.
class Unlabelled final : public LabelledTrials {
 public:
  explicit Unlabelled(bool silent) : silent_(silent) {}
  std::size_t size() const override { return 12; }
  Trial trial(std::size_t index) const override {
    Trial trial = task_.trial(index);
    if (silent_) trial.inputs.clear();
    return trial;
  }
  int label(std::size_t) const override { return no_decision; }
  const TinyTask& task() const { return task_; }

 private:
  TinyTask task_;
  bool silent_;
};

}  // namespace

TEST_CASE("evaluating trials without labels counts none as correct and keeps the confusion empty") {
  for (const bool silent : {false, true}) {
    CAPTURE(silent);
    const Unlabelled trials(silent);
    const std::vector<std::vector<Time>> targets(TinyTask::hidden, {5.0});
    const auto loss = make_loss(SpikeTimeTargetSpec{1, targets, 10.0});
    const SetResult result = evaluate(*make_machine(trials.task().network), trials, *loss);
    CHECK(result.trials == trials.size());
    CHECK(result.loss() > 0.0);
    CHECK(result.correct == 0);
    for (const std::uint64_t count : result.confusion) CHECK(count == 0);
  }
}

TEST_CASE("training on trials without labels does not take silence for the right decision") {
  const Unlabelled trials(true);
  const std::vector<std::vector<Time>> targets(TinyTask::hidden, {5.0});
  const auto loss = make_loss(SpikeTimeTargetSpec{1, targets, 10.0});
  Trainer trainer(trials.task().network, trials.task().learning, trials, *loss,
                  trials.task().options);
  REQUIRE(trainer.run_epoch());
  CHECK(trainer.last_epoch().correct == 0);
}

TEST_CASE("an epoch counts its batches, its grazing spikes and who was silent in a batch") {
  TinyTask task;
  task.options.grazing.slope_min = 1e9;  // every spike that is not an input grazes
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
  REQUIRE(trainer.run_epoch());
  const SetResult& result = trainer.last_epoch();
  CHECK(result.batches == 7);
  std::uint64_t spikes = 0, never_fired = 0;
  for (NeuronId n = 2; n < 2 + TinyTask::hidden; ++n) {
    spikes += result.spikes[n];
    never_fired += result.spikes[n] == 0;
  }
  CHECK(result.grazing.grazing == spikes);
  CHECK(result.silent_in_batches >= 7 * never_fired);
  CHECK(result.silent_in_batches <= 7 * TinyTask::hidden);
  CHECK(result.grazing.smallest_slope > 0.0);
}

TEST_CASE("the policy error stops a training, clip changes it, keep leaves its bits alone") {
  const auto trained = [](GrazingPolicy policy, double slope_min) {
    TinyTask task;
    task.options.grazing = {policy, slope_min};
    Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
    trainer.run_epoch();
    return trainer.state().values;
  };
  const auto usual = trained(GrazingPolicy::keep, 1e-3);
  CHECK(trained(GrazingPolicy::keep, 1e9) == usual);
  CHECK(trained(GrazingPolicy::clip, 1e-12) == usual);
  CHECK(trained(GrazingPolicy::clip, 1.0) != usual);
  CHECK_THROWS_AS(trained(GrazingPolicy::error, 1e9), NumericalError);
}

TEST_CASE("the self-check looks at every Nth batch, finds nothing wrong and changes nothing") {
  const auto run = [](std::uint32_t every, std::vector<double>* values) {
    TinyTask task;
    task.options.self_check = every;
    Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
    trainer.run_epoch();
    *values = trainer.state().values;
    return trainer.self_check();
  };
  std::vector<double> without, with;
  CHECK(run(0, &without).trials == 0);
  const SelfCheck all = run(1, &with);
  CHECK(all.trials + all.left_out == 70);
  CHECK(all.trials > 60);
  CHECK(all.violated == 0);
  CHECK(all.excess < 1.0);
  CHECK(all.worst.relative() > 0.0);  // rounding: something has been computed
  CHECK(with == without);
  const SelfCheck third = run(3, &with);  // batches 0, 3 and 6
  CHECK(third.trials + third.left_out == 30);
  CHECK(with == without);
}

namespace {

// Gradients that are right, but for one weight of each trial, by a millionth.
class Lying final : public GradientSource {
 public:
  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override {
    GradientOptions falsified = options;
    if (options.inspect)
      falsified.inspect = [&](std::size_t k, const TrialGradient& of) {
        Gradient gradient = of.gradient;
        gradient.of(ParameterKind::weight)[0] *= 1.0 + 1e-6;
        options.inspect(k, {of.network, of.trial, of.tape, of.loss, gradient, of.grazing});
      };
    exact_.make(network, trials, batch, loss, falsified, result);
  }

 private:
  TapeGradients exact_{Scheduler::automatic};
};

}  // namespace

TEST_CASE("the self-check notices a gradient that lies by a millionth and remembers the worst") {
  TinyTask task;
  task.options.self_check = 1;
  Trainer honest(task.network, task.learning, task, *task.loss, task.options);
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options,
                  std::make_unique<Lying>());
  honest.run_epoch();
  trainer.run_epoch();
  CHECK(honest.self_check().violated == 0);
  CHECK(trainer.self_check().violated > 0);
  CHECK(trainer.self_check().excess > 1.0);
  CHECK(trainer.self_check().trial < 70);
  CHECK(trainer.self_check().trials == honest.self_check().trials);
}

namespace {

// Exactly the network, as if it were something else.
class Copy final : public Machine {
 public:
  explicit Copy(const Network& network) : network_(network), machine_(make_machine(network_)) {}
  std::string_view name() const override { return "copy"; }
  const Network& network() const override { return network_; }

 private:
  Tape run_checked(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                   std::vector<Recording>* recordings) const override {
    return machine_->run(trial, options, probes, recordings);
  }
  Network network_;
  std::unique_ptr<const Machine> machine_;
};

}  // namespace

TEST_CASE("training through a machine that changes nothing is training, bit for bit") {
  const TinyTask task;
  const auto trained = [&](std::unique_ptr<GradientSource> source) {
    Trainer trainer(task.network, task.learning, task, *task.loss, task.options, std::move(source));
    for (int epoch = 0; epoch < 3; ++epoch) trainer.run_epoch();
    return trainer.state().values;
  };
  std::size_t batches = 0;
  const auto through_copy = [&](const Network& network) {
    ++batches;
    BatchMachines machines{std::make_unique<Copy>(network), nullptr};
    machines.back = make_machine(machines.forward->network());
    return machines;
  };
  CHECK(trained(std::make_unique<TapeGradients>(through_copy)) == trained(nullptr));
  CHECK(batches == 3 * 7);
}

namespace {

// Exact gradients that remember which trials were asked for.
class Remembering final : public GradientSource {
 public:
  explicit Remembering(std::vector<std::uint32_t>& order) : order_(order) {}
  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override {
    order_.insert(order_.end(), batch.begin(), batch.end());
    exact_.make(network, trials, batch, loss, options, result);
  }

 private:
  std::vector<std::uint32_t>& order_;
  TapeGradients exact_{Scheduler::automatic};
};

}  // namespace

TEST_CASE("every epoch meets each trial once, in the order that seed and epoch shuffle") {
  TinyTask task;
  std::vector<std::uint32_t> order;
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options,
                  std::make_unique<Remembering>(order));
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    CAPTURE(epoch);
    order.clear();
    trainer.run_epoch();
    std::vector<std::uint32_t> all(70);
    for (std::uint32_t k = 0; k < 70; ++k) all[k] = k;
    CHECK(order != all);
    std::vector<std::uint32_t> shuffled = all;
    Random(task.options.seed, "shuffle", epoch).shuffle(shuffled);  // tests/unit/events/random.cpp
    CHECK(order == shuffled);
    std::sort(order.begin(), order.end());
    CHECK(order == all);
  }
}

TEST_CASE("a training that moves nothing says so, and only then") {
  const Unlabelled silent(true), loud(false);
  const std::vector<std::vector<Time>> targets(TinyTask::hidden, {5.0});
  const auto loss = make_loss(SpikeTimeTargetSpec{1, targets, 10.0});
  const auto trained = [&](const LabelledTrials& trials, double silent_increment) {
    TinyTask task;
    task.options.silent_increment = silent_increment;
    auto trainer =
        std::make_unique<Trainer>(task.network, task.learning, trials, *loss, task.options);
    trainer->run_epoch();
    return trainer;
  };
  const auto stuck = trained(silent, 0.0);
  CHECK(stuck->stuck());
  CHECK(stuck->last_epoch().zero_gradients == stuck->last_epoch().batches);
  CHECK(activity(stuck->network(), stuck->last_epoch()).silent_populations ==
        std::vector<std::uint32_t>{1});
  // Lifted neurons may fire some day.
  CHECK(!trained(silent, 0.05)->stuck());
  // Decay and L1 move what has no gradient; with dropout another epoch mutes others.
  const auto trained_with = [&](const std::function<void(TrainerOptions&)>& change) {
    TinyTask task;
    task.options.silent_increment = 0.0;
    change(task.options);
    Trainer trainer(task.network, task.learning, silent, *loss, task.options);
    trainer.run_epoch();
    return trainer.stuck();
  };
  CHECK(trained_with([](TrainerOptions&) {}));
  CHECK(!trained_with([](TrainerOptions& o) { o.adam.decay[0] = 0.1; }));
  CHECK(!trained_with([](TrainerOptions& o) { o.adam.l1[0] = 0.1; }));
  CHECK(!trained_with([](TrainerOptions& o) { o.dropout = {0.0, 0.5, 0.0}; }));
  const auto going = trained(loud, 0.0);
  CHECK(!going->stuck());
  CHECK(activity(going->network(), going->last_epoch()).silent_populations.empty());
  // Moments remember: what is taken up after a step is not stuck at once.
  TinyTask task;
  task.options.silent_increment = 0.0;
  Trainer resumed(task.network, task.learning, silent, *loss, task.options);
  resumed.restore(going->state());
  resumed.run_epoch();
  CHECK(!resumed.stuck());
}

TEST_CASE("runaway activity that steps have led to names the learning rate and the epoch") {
  TinyTask task;
  task.options.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] = 1e6;
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
  try {
    for (int epoch = 0; epoch < 5; ++epoch) trainer.run_epoch();
    FAIL("no error");
  } catch (const TrainingError& error) {
    CAPTURE(error.what());
    CHECK(error.epoch == 1);
    CHECK(error.batch > 1);
    CHECK_THAT(error.where, Catch::StartsWith("hidden["));
    CHECK_THAT(error.what(),
               Catch::Contains("runaway activity") &&
                   Catch::Contains("lower the learning rates (weight_rate is 1e+06)"));
  }
  // As the network came it is no fault of a step.
  TinyTask wild;
  std::vector<double> values(wild.network.parameters().begin(), wild.network.parameters().end());
  for (SynapseId s = 0; s < wild.network.synapse_count(); ++s) values[s] = 1e6;
  Trainer first(wild.network.with_parameters(values), wild.learning, wild, *wild.loss,
                wild.options);
  CHECK_THROWS_AS(first.run_epoch(), RunawayError);
}

TEST_CASE("a step to values that the network refuses names the epoch and the remedy") {
  TinyTask task;
  task.options.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] =
      std::numeric_limits<double>::infinity();
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
  CHECK_THROWS_WITH(trainer.run_epoch(), Catch::StartsWith("epoch 1, batch 1: ") &&
                                             Catch::Contains("lower the learning rates"));
}

TEST_CASE("a network that its machine cannot run any more names the epoch and the batch") {
  // The time constant of a neuron that hears itself grows until windows are too long for its delay.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 1, .tau_syn = {200.0}});
  builder.connect(in, n, {{0, 0, 7.5, 0.0}});
  builder.connect(n, n, {{0, 0, 0.1, 0.3}});
  const Network network = builder.build();
  Learning learning = Learning::none(network);
  learning.learned.set(network.layout().offset(ParameterKind::tau_mem) + 1, 1);
  const auto loss = make_loss(SpikeTimeTargetSpec{n, {{20.0}}});
  TrainerOptions options;
  options.adam.rate.fill(1e3);
  options.scheduler = Scheduler::windowed;
  const TrialList trials({{40.0, {{1.0, 0}}}});
  Trainer trainer(network, learning, trials, *loss, options);
  REQUIRE(trainer.run_epoch());
  CHECK_THROWS_WITH(
      trainer.run_epoch(),
      Catch::StartsWith("epoch 2, batch 1: scheduler: after 1 step of training: windowed is "));
}

TEST_CASE("the learned delays of a cycle never vanish together") {
  // A neuron that is to hear itself ever sooner: its autapse has only an axonal delay.
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n", .size = 1, .axonal_delay = {1.0}});
  builder.connect(in, n, {{0, 0, 7.5, 0.0}});
  builder.connect(n, n, {{0, 0, 6.0, 0.0}});
  const Network network = builder.build();
  const std::size_t axonal = network.layout().offset(ParameterKind::axonal_delay) + 1;
  Learning learning = Learning::none(network);
  learning.learned.set(axonal, 1);
  const auto loss = make_loss(SpikeTimeTargetSpec{n, {{2.0, 3.0}}});
  TrainerOptions options;
  options.adam.rate.fill(0.1);
  const TrialList trials({{40.0, {{1.0, 0}}}});
  Trainer trainer(network, learning, trials, *loss, options);
  for (int epoch = 0; epoch < 40; ++epoch) REQUIRE(trainer.run_epoch());
  CHECK(trainer.network().parameters()[axonal] == shortest_cycle_delay);
}
