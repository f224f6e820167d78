// Training with a structure: what the trainer makes of a plan.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/scheduler.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

StructureSpec spec_of(StructureRule rule, double density) {
  StructureSpec spec;
  apply(rule, spec);
  spec.projections = {1, 1, 1};
  spec.density = density;
  if (rule == StructureRule::rigl) spec.every = 3, spec.until = 10.0;
  if (rule == StructureRule::deep_r) spec.l1 = 0.01, spec.temperature = 1e-8;
  if (rule == StructureRule::deep_r_rigl) spec.l1 = 1e-4;
  return spec;
}

struct Structured {
  TinyTask task;
  std::shared_ptr<const StructurePlan> plan;
  explicit Structured(const StructureSpec& spec)
      : plan(std::make_shared<const StructurePlan>(Pairs(task.network, task.learning), spec, 5)) {}
  std::unique_ptr<Trainer> trainer(std::unique_ptr<GradientSource> source = nullptr) const {
    return std::make_unique<Trainer>(plan->network(), plan->learning(), task, *task.loss,
                                     task.options, std::move(source), plan);
  }
};

}  // namespace

TEST_CASE("a structure of every synapse, which stays, trains to the bits of none") {
  Structured s(spec_of(StructureRule::fixed, 1.0));
  s.task.options.dropout = {0.0, 0.3, 0.0};
  s.task.options.gradient_clip = 0.5;
  Trainer plain(s.task.network, s.task.learning, s.task, *s.task.loss, s.task.options);
  const auto structured = s.trainer();
  for (int epoch = 0; epoch < 3; ++epoch) {
    plain.run_epoch();
    structured->run_epoch();
  }
  CHECK(plain.state().values == structured->state().values);
  CHECK(plain.state().adam.first_moment == structured->state().adam.first_moment);
  CHECK(plain.last_epoch().loss_sum == structured->last_epoch().loss_sum);
}

TEST_CASE("a fixed structure trains to the bits of a network that has no other synapses") {
  const Structured s(spec_of(StructureRule::fixed, 0.6));
  const auto structured = s.trainer();
  Trainer plain(s.plan->network(), s.plan->learning(), s.task, *s.task.loss, s.task.options);
  for (int epoch = 0; epoch < 3; ++epoch) {
    plain.run_epoch();
    structured->run_epoch();
  }
  const auto a = plain.network().parameters(), b = structured->network().parameters();
  CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));
  CHECK(structured->last_epoch().grown == 0);
  CHECK(structured->synapses() == s.plan->taken());
}

TEST_CASE("every rule learns the tiny task within its budget, and says what it moved") {
  for (const StructureRule rule :
       {StructureRule::deep_r, StructureRule::rigl, StructureRule::deep_r_rigl}) {
    CAPTURE(static_cast<int>(rule));
    StructureSpec spec = spec_of(rule, 0.5);
    spec.budget = Budget::uniform;
    spec.projections = {0, 1, 1};  // under Dale's principle two inputs may be two inhibitory ones
    const Structured s(spec);
    const auto trainer = s.trainer();
    std::uint64_t moved = 0;
    for (int epoch = 0; epoch < 25; ++epoch) {
      trainer->run_epoch([&](const SetResult&) {
        CHECK(trainer->network().synapse_count() == 56);
        CHECK(trainer->learning().learned.size() == trainer->network().layout().size());
        return true;
      });
      moved += trainer->last_epoch().grown;
      CHECK(trainer->last_epoch().grown == trainer->last_epoch().removed);
    }
    for (const Projection& p : trainer->network().projections())
      CHECK(p.size == (p.name == "hidden->hidden" ? 32 : p.name == "in->hidden" ? 16 : 8));
    CHECK(moved > 5);
    const auto machine = make_machine(trainer->network());
    CHECK(*evaluate(*machine, s.task, *s.task.loss).accuracy() > 0.9);
  }
}

TEST_CASE("weights keep their signs through training, heuristics included") {
  StructureSpec spec = spec_of(StructureRule::rigl, 0.5);
  spec.signs = Signs::neuron;  // under removal by sign a scenario cannot lift silent neurons
  Structured s(spec);
  s.task.options.silent_increment = 0.5;
  const auto trainer = s.trainer();
  for (int epoch = 0; epoch < 10; ++epoch) {
    trainer->run_epoch();
    const auto synapses = trainer->synapses();
    for (SynapseId k = 0; k < synapses.size(); ++k)
      CHECK(s.plan->sign(synapses[k]) * trainer->network().weight(k) >= 0.0);
  }
}

namespace {

// Learns a gain of all weights by itself, as batch normalisation does.
class Gaining final : public GradientSource {
 public:
  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override {
    exact_.make(network, trials, batch, loss, options, result);
  }
  void step(double factor, std::optional<double> /*momentum*/) override { gain_ += 0.01 * factor; }
  std::vector<double> state() const override { return {gain_}; }
  void restore(std::span<const double> state) override { gain_ = state[0]; }
  Network folded(const Network& network) const override {
    std::vector<double> values(network.parameters().begin(), network.parameters().end());
    for (SynapseId s = 0; s < network.synapse_count(); ++s) values[s] *= gain_;
    return network.with_parameters(std::move(values));
  }

 private:
  TapeGradients exact_{Scheduler::automatic};
  double gain_ = 1.0;
};

}  // namespace

TEST_CASE("what a source learns itself is stepped with each batch, kept and folded in") {
  const Structured s(spec_of(StructureRule::deep_r_rigl, 0.5));
  const auto whole = s.trainer(std::make_unique<Gaining>());
  whole->run_epoch();
  whole->run_epoch();
  // Seven batches an epoch at rates of 1 and 0.95.
  REQUIRE(whole->state().source.size() == 1);
  CHECK(whole->state().source[0] == Approx(1.0 + 0.07 * 1.95).epsilon(1e-12));
  const Network folded = whole->folded();
  const double gain = whole->state().source[0];
  for (SynapseId k = 0; k < folded.synapse_count(); ++k)
    CHECK(folded.weight(k) == whole->network().weight(k) * gain);
  // As a checkpoint has it: pairs and values.
  const Network again = s.plan->pairs().network(whole->synapses(), folded.parameters());
  const auto a = again.parameters(), b = folded.parameters();
  CHECK(std::equal(a.begin(), a.end(), b.begin(), b.end()));

  const auto first = s.trainer(std::make_unique<Gaining>());
  first->run_epoch();
  const auto second = s.trainer(std::make_unique<Gaining>());
  second->restore(first->state());
  second->run_epoch();
  CHECK(second->state().source == whole->state().source);
  CHECK(second->state().values == whole->state().values);
}

namespace {

// A loss that depends on nothing.
class Flat final : public GradientSource {
 public:
  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override {
    exact_.make(network, trials, batch, loss, options, result);
    std::fill(result.sum.begin(), result.sum.end(), 0.0);
  }

 private:
  TapeGradients exact_{Scheduler::automatic};
};

}  // namespace

TEST_CASE("training without any gradient is stuck, unless L1 of the structure pulls") {
  for (const double l1 : {0.0, 0.01})
    for (const L1Step step : {L1Step::gradient, L1Step::proximal}) {
      CAPTURE(l1, static_cast<int>(step));
      StructureSpec spec = spec_of(StructureRule::fixed, 0.6);
      spec.l1 = l1;
      spec.l1_step = step;
      Structured s(spec);
      s.task.options.silent_increment = 0.0;
      const auto trainer = s.trainer(std::make_unique<Flat>());
      const std::vector<double> before = trainer->state().values;
      trainer->run_epoch();
      CHECK(trainer->stuck() == (l1 == 0.0));
      CHECK((trainer->state().values == before) == (l1 == 0.0));
    }
}

namespace {

// Two inputs that fire, of a layer of 100,000, in front of another: 10^10 pairs, whose values are a function
// of them.
class LargeTask final : public LabelledTrials {
 public:
  static constexpr std::uint32_t layer = 100'000;
  static constexpr std::uint64_t budget = 1000;

  LargeTask() {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = layer});
    const auto hidden = builder.add({.name = "hidden", .size = layer});
    const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 2});
    builder.connect(in, hidden, {{0, 0, 1.0, 1.0}}, "in->hidden");
    std::vector<SynapseSpec> readout;
    for (std::uint32_t h = 0; h < layer; ++h) readout.push_back({h, h % 2, 1.0, 1.0});
    builder.connect(hidden, out, std::move(readout), "hidden->out");
    outline = builder.build();
    learning = Learning::none(outline);
    for (const ParameterKind kind : synapse_parameter_kinds)
      learning.learned.set(outline.layout().offset(kind), 1);
    loss = make_loss(VoltageCrossEntropySpec{out, never, 5.0});
    options.batch = 2;
    options.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] = 0.5;
    options.adam.rate[static_cast<std::size_t>(ParameterKind::delay)] = 0.1;
  }
  Pairs pairs() const {
    const auto weight = [](std::uint32_t source, std::uint32_t target) {
      return Random(3, "weight", std::uint64_t{source} * layer + target).uniform(0.0, 4.0);
    };
    const auto delay = [](std::uint32_t source, std::uint32_t target) {
      return 1.0 + (source + target) % 5;
    };
    return {outline, learning, {DensePairs{true, weight, delay}, std::nullopt}};
  }

  std::size_t size() const override { return 8; }
  // Every 50th input fires, so that some synapses carry spikes.
  Trial trial(std::size_t index) const override {
    Trial trial{20.0, {}};
    for (std::uint32_t n = 0; n < layer; n += 50)
      trial.inputs.push_back({1.0 + static_cast<double>(index), n});
    return trial;
  }
  int label(std::size_t index) const override { return static_cast<int>(index % 2); }

  Network outline;
  Learning learning;
  std::unique_ptr<Loss> loss;
  TrainerOptions options;
};

}  // namespace

TEST_CASE("what training holds goes by the synapses and the candidates, never by 10^10 pairs") {
  // Sizes are counted: a list of the pairs would not fit into any memory here.
  const LargeTask task;
  for (const StructureRule rule : {StructureRule::deep_r, StructureRule::rigl})
    for (const bool moments : {false, true}) {
      CAPTURE(static_cast<int>(rule), moments);
      StructureSpec spec;
      apply(rule, spec);
      spec.projections = {1, 0};
      spec.density = 1e-7;
      spec.keep_moments = moments;
      spec.l1 = 0.5;
      spec.l1_step = L1Step::proximal;
      spec.every = 1;
      spec.until = 1e6;
      if (spec.by_gradient()) spec.sample = 1000;
      const auto plan = std::make_shared<const StructurePlan>(task.pairs(), spec, 5);
      CHECK(plan->pairs().count() == 10'000'000'000 + LargeTask::layer);
      REQUIRE(plan->taken().size() == LargeTask::budget + LargeTask::layer);
      Trainer trainer(plan->network(), plan->learning(), task, *task.loss, task.options, nullptr,
                      plan);
      std::uint64_t moved = 0, looked_at = 0;
      for (int epoch = 0; epoch < 2; ++epoch) {
        trainer.run_epoch();
        moved += trainer.last_epoch().grown;
        looked_at += 4 * spec.sample;  // batches
        const TrainerState state = trainer.state();
        const std::size_t synapses = LargeTask::budget + LargeTask::layer;
        const ParameterLayout layout{synapses, 2 * LargeTask::layer + 2};
        CHECK(state.synapses.size() == synapses);
        CHECK(state.values.size() == layout.size());
        CHECK(state.adam.first_moment.size() == trainer.learning().count());
        CHECK(state.adam.second_moment.size() == trainer.learning().count());
        CHECK(trainer.learning().learned.size() == layout.size());
        CHECK(state.remembered.size() <= moved + (moments ? looked_at : 0));
      }
      CHECK(moved > 100);
    }
}
