// Dropout: whom it mutes, what the survivors are worth, and that the gradient which training takes
// is that of what training runs, by finite differences with the mask held.
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

#include <retrograde/adjoint/backward.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/adjoint/train/dropout.hpp>
#include <retrograde/adjoint/train/trainer.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/error.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

const std::vector<double> quarter_of_hidden = {0.0, 0.25, 0.0};

}  // namespace

TEST_CASE("dropout mutes the share it is told, of its population alone, by epoch and trial") {
  const TinyTask task;
  const Dropout dropout(task.network, quarter_of_hidden, 5);
  REQUIRE_FALSE(dropout.none());
  std::size_t muted = 0;
  std::set<std::vector<char>> masks;
  for (std::uint32_t epoch = 0; epoch < 20; ++epoch)
    for (std::size_t k = 0; k < task.size(); ++k) {
      const Trial trial = dropout.muted(task.trial(k), epoch, k);
      REQUIRE(trial.muted.size() == task.network.neuron_count());
      CHECK(trial.muted == dropout.muted(task.trial(k), epoch, k).muted);
      CHECK(trial.inputs == task.trial(k).inputs);
      for (NeuronId n = 0; n < trial.muted.size(); ++n) {
        if (n < 2 || n >= 2 + TinyTask::hidden) CHECK(trial.muted[n] == 0);
        muted += trial.muted[n] != 0;
      }
      masks.insert(trial.muted);
    }
  // 11,200 draws with p = 1/4: 2800 with a standard deviation of 46.
  CHECK(muted > 2600);
  CHECK(muted < 3000);
  CHECK(masks.size() > 100);  // of 256: neither trial, epoch nor neuron shares another's draw
  const Dropout other(task.network, quarter_of_hidden, 6);
  CHECK(other.muted(task.trial(0), 0, 0).muted != dropout.muted(task.trial(0), 0, 0).muted);
}

TEST_CASE("weights that leave a population with dropout are worth 1 / (1 - p) while training") {
  const TinyTask task;
  const Dropout dropout(task.network, quarter_of_hidden, 5);
  const Network scaled = dropout.scaled(task.network);
  std::vector<double> gradient(task.network.layout().size(), 3.0);
  dropout.scale_gradient(task.network, gradient);
  for (SynapseId s = 0; s < task.network.synapse_count(); ++s) {
    const bool leaves_hidden = s >= 2 * TinyTask::hidden;
    CHECK(scaled.weight(s) ==
          Approx(task.network.weight(s) * (leaves_hidden ? 4.0 / 3.0 : 1.0)).epsilon(1e-15));
    CHECK(gradient[s] == Approx(leaves_hidden ? 4.0 : 3.0).epsilon(1e-15));
    CHECK(scaled.delay(s) == task.network.delay(s));
  }
  CHECK(gradient.back() == 3.0);
}

TEST_CASE("without a probability above 0 there is no dropout") {
  const TinyTask task;
  for (const std::vector<double>& none : {std::vector<double>{}, {0.0, 0.0, 0.0}}) {
    const Dropout dropout(task.network, none, 5);
    CHECK(dropout.none());
    CHECK(dropout.muted(task.trial(3), 1, 3).muted.empty());
  }
  CHECK_THROWS_AS(Dropout(task.network, {0.5}, 5), InternalError);
  CHECK_THROWS_AS(Dropout(task.network, {0.0, 1.0, 0.0}, 5), InternalError);
}

TEST_CASE("the gradient with dropout is that of differences of the loss that training sees") {
  const TinyTask task;
  const Dropout dropout(task.network, {0.0, 0.4, 0.0}, 9);
  const std::vector<double> start(task.network.parameters().begin(),
                                  task.network.parameters().end());
  std::size_t judged = 0;
  for (const std::size_t k : {0u, 5u, 13u}) {
    const Trial trial = dropout.muted(task.trial(k), 2, k);
    const auto loss_of = [&](const std::vector<double>& values, Gradient* gradient) {
      const Network network = dropout.scaled(task.network.with_parameters(values));
      const auto machine = make_machine(network, Scheduler::automatic);
      const Tape tape = machine->run(trial, {task.loss->readout()});
      const LossValue value = task.loss->evaluate(network, tape, task.label(k));
      if (gradient) {
        *gradient = {network.layout(), std::vector<double>(network.layout().size(), 0.0), {}};
        backward(*machine, tape, value, task.loss->readout(), {}, *gradient);
        dropout.scale_gradient(task.network, gradient->parameters);
      }
      return std::pair(value.value, tape.spikes.size());
    };
    Gradient gradient;
    const auto spikes = loss_of(start, &gradient).second;
    constexpr double h = 1e-5;
    for (std::size_t p = 0; p < 2 * task.network.synapse_count(); ++p) {
      std::vector<double> more = start, less = start;
      more[p] += h;
      less[p] -= h;
      const auto up = loss_of(more, nullptr), down = loss_of(less, nullptr);
      if (up.second != spikes || down.second != spikes) continue;
      CAPTURE(k, p);
      CHECK(std::fabs(gradient.parameters[p] - (up.first - down.first) / (2.0 * h)) < 1e-6);
      judged += gradient.parameters[p] != 0.0;
    }
  }
  CHECK(judged > 50);
}

namespace {

// What a source is given.
class Listening final : public GradientSource {
 public:
  explicit Listening(std::vector<std::pair<double, std::size_t>>& heard,
                     std::vector<double>* first = nullptr)
      : heard_(heard), first_(first) {}
  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override {
    std::size_t muted = 0;
    for (const std::uint32_t k : batch)
      for (const char m : trials.shown(k, options.epoch).muted) muted += m != 0;
    heard_.emplace_back(network.parameters(ParameterKind::weight).back(), muted);
    exact_.make(network, trials, batch, loss, options, result);
    if (first_ && first_->empty()) *first_ = result.sum;
  }

 private:
  std::vector<std::pair<double, std::size_t>>& heard_;
  std::vector<double>* first_;  // gradient of the first batch; null: nobody asks
  TapeGradients exact_{Scheduler::automatic};
};

}  // namespace

TEST_CASE("a trainer shows its source muted trials and scaled weights, and keeps its own") {
  TinyTask task;
  task.options.dropout = {0.0, 0.5, 0.0};
  task.options.self_check = 3;
  std::vector<std::pair<double, std::size_t>> heard;
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options,
                  std::make_unique<Listening>(heard));
  const double before = task.network.parameters(ParameterKind::weight).back();
  trainer.run_epoch();
  REQUIRE(heard.size() == 7);
  CHECK(heard.front().first == 2.0 * before);
  std::size_t muted = 0;
  for (const auto& batch : heard) muted += batch.second;
  CHECK(muted > 200);  // of 560
  CHECK(muted < 360);
  // Its values are those that are evaluated: a step or two of 0.02 away, not doubled.
  CHECK(std::fabs(trainer.network().parameters(ParameterKind::weight).back() - before) < 0.15);
  // The identities hold for the network and the trial as they were run.
  CHECK(trainer.self_check().violated == 0);
  CHECK(trainer.self_check().trials > 20);
  // Two trainers of the same seed meet the same masks.
  std::vector<std::pair<double, std::size_t>> again;
  Trainer twin(task.network, task.learning, task, *task.loss, task.options,
               std::make_unique<Listening>(again));
  twin.run_epoch();
  CHECK(again == heard);
}

TEST_CASE(
    "what a trainer steps down is the gradient by its own weights: 1 / (1 - p) of the source's") {
  TinyTask task;
  task.options.dropout = {0.0, 0.5, 0.0};
  std::vector<std::pair<double, std::size_t>> heard;
  std::vector<double> first;
  Trainer trainer(task.network, task.learning, task, *task.loss, task.options,
                  std::make_unique<Listening>(heard, &first));
  trainer.run_epoch([](const SetResult&) { return false; });  // a batch of ten
  const std::vector<double> moments = trainer.state().adam.first_moment;
  double largest = 0.0;
  for (SynapseId s = 0; s < task.network.synapse_count(); ++s) {
    const double factor = s >= 2 * TinyTask::hidden ? 2.0 : 1.0;
    CHECK(std::fabs(moments[s] - 0.1 * factor * first[s] / 10.0) <= 1e-15 * std::fabs(moments[s]));
    if (factor > 1.0) largest = std::fmax(largest, std::fabs(moments[s]));
  }
  CHECK(largest > 1e-6);
}
