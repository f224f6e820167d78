// Gradients that do without delays. Reference: the gradient of everything, whose other entries are
// the same bits.
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/adjoint/train/trainer.hpp>

#include "tests/support/tiny_task.hpp"

using namespace retrograde;
using retrograde::test::TinyTask;

namespace {

const std::vector<std::uint32_t> batch = {0, 3, 5, 8, 21, 22, 30};

BatchGradient gradient_of(const TinyTask& task, GradientSource& source, bool delays,
                          bool neuron_parameters, std::span<const Candidate> candidates) {
  GradientOptions options;
  options.run.readout = task.loss->readout();
  options.delays = delays;
  options.neuron_parameters = neuron_parameters;
  options.candidates = candidates;
  BatchGradient result;
  source.make(task.network, task, batch, *task.loss, options, result);
  return result;
}

void check_without_delays(const TinyTask& task, GradientSource& source, bool neuron_parameters,
                          std::span<const Candidate> candidates) {
  const BatchGradient all = gradient_of(task, source, true, neuron_parameters, candidates);
  const BatchGradient some = gradient_of(task, source, false, neuron_parameters, candidates);
  const ParameterLayout& layout = task.network.layout();
  REQUIRE(all.sum.size() == layout.size());
  REQUIRE(some.sum.size() == layout.size() - layout.synapses);
  REQUIRE(some.layout.size() == some.sum.size());
  std::size_t different = 0, moving = 0;
  for (const ParameterKind kind : parameter_kinds) {
    if (kind == ParameterKind::delay) continue;
    for (std::size_t k = 0; k < layout.count(kind); ++k) {
      const double d = all.sum[layout.offset(kind) + k];
      different += some.sum[some.layout.offset(kind) + k] != d;
      different += some.layout.place(layout.offset(kind) + k) != some.layout.offset(kind) + k;
      moving += d != 0.0;
    }
  }
  CHECK(different == 0);
  CHECK(moving > layout.synapses / 2);
  CHECK(some.candidates == all.candidates);
}

// A source that is always asked for everything.
class Whole final : public GradientSource {
 public:
  void make(const Network& network, const LabelledTrials& trials, std::span<const std::uint32_t> of,
            const Loss& loss, const GradientOptions& options, BatchGradient& result) override {
    delays = delays || options.delays;
    GradientOptions all = options;
    all.delays = true;
    exact_.make(network, trials, of, loss, all, result);
  }
  bool delays = false;  // whether anybody asked for them

 private:
  TapeGradients exact_{Scheduler::automatic};
};

}  // namespace

TEST_CASE("a gradient without delays has the bits of one with them, by either machine") {
  const TinyTask task;
  // Pairs that have a synapse are candidates as good as others.
  const std::vector<Candidate> candidates = {{0, 0, 3, 2.5}, {1, 2, 3, 4.0}, {2, 1, 1, 1.5}};
  for (const Scheduler scheduler : {Scheduler::sequential, Scheduler::windowed})
    for (const bool neuron_parameters : {false, true}) {
      CAPTURE(name(scheduler), neuron_parameters);
      TapeGradients source(scheduler);
      check_without_delays(task, source, neuron_parameters, {});
      check_without_delays(task, source, neuron_parameters, candidates);
    }
}

TEST_CASE("a surrogate gradient without delays has the bits of one with them") {
  const TinyTask task;
  SteppedSpec spec;
  spec.step = 1.0;
  spec.dilated = {1, 1, 1};
  spec.longest = {20, 20, 20};
  SteppedGradients source(task.network, spec);
  check_without_delays(task, source, true, {});
}

TEST_CASE("training that learns no delay asks for no gradient of one, and takes the same steps") {
  for (const bool also_neurons : {false, true}) {
    TinyTask task;
    const ParameterLayout& layout = task.network.layout();
    task.learning.learned.fill(layout.offset(ParameterKind::delay), layout.synapses, 0);
    if (also_neurons)
      task.learning.learned.fill(layout.offset(ParameterKind::tau_mem), layout.neurons, 1);
    task.options.adam.rate.fill(0.01);
    task.options.gradient_clip = 0.5;
    Trainer trainer(task.network, task.learning, task, *task.loss, task.options);
    auto source = std::make_unique<Whole>();
    const Whole& whole = *source;
    Trainer reference(task.network, task.learning, task, *task.loss, task.options,
                      std::move(source));
    for (int epoch = 0; epoch < 2; ++epoch) {
      REQUIRE(trainer.run_epoch());
      REQUIRE(reference.run_epoch());
    }
    CHECK_FALSE(whole.delays);
    const TrainerState a = trainer.state(), b = reference.state();
    CHECK(a.values == b.values);
    CHECK(a.adam.first_moment == b.adam.first_moment);
    CHECK(a.adam.first_moment.size() == layout.synapses + (also_neurons ? layout.neurons : 0));
    CHECK(a.values != TinyTask().network.take_parameters());
  }
}
