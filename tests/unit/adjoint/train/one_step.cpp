// One step of training, worked out by hand: two synapses, two trials.
//
// A neuron with tau_mem = 20 ms and tau_syn = 10 ms answers one arrival of weight w with
//   V(s) = w (x - x^2),  x = e^(-s/20),
// so that V = 1 where x = (1 + sqrt(1 - 4/w))/2. With w = 9/2 that is x = 2/3 and with w = 16/3 it is
// x = 3/4, and what is left of the current, w x^2, is too little for another spike. So spike times,
//   t = t_in + delay - 20 ln x,
// and their derivatives are known without an engine:
//   dV/dt = w x (2x - 1)/20 at the spike,  dV/dw = x - x^2 = 1/w,
//   dt/dw = -(1/w)/(dV/dt),  dt/ddelay = 1,  dt/dv_threshold = 1/(dV/dt).
// The first trial reaches the neuron over the first synapse only, the second over the second.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <optional>

#include <retrograde/adjoint/loss/spike_time_target.hpp>
#include <retrograde/adjoint/tape_gradients.hpp>
#include <retrograde/adjoint/train/trainer.hpp>

#include "tests/support/all_moments.hpp"

using namespace retrograde;
using namespace retrograde::test;

namespace {

constexpr double target = 10.0;  // ms

struct Synapse {
  double weight, delay, x;
  double slope() const { return weight * x * (2.0 * x - 1.0) / 20.0; }
  double time() const { return 1.0 + delay - 20.0 * std::log(x); }
  double miss() const { return time() - target; }  // dL/dt of L = (t - target)^2/2
  double by_weight() const { return -miss() / (weight * slope()); }
};
constexpr std::array<Synapse, 2> synapses = {
    {{9.0 / 2.0, 1.0, 2.0 / 3.0}, {16.0 / 3.0, 2.0, 3.0 / 4.0}}};

// Beside them: a neuron that never fires, reached by a learned synapse and by one that is not.
struct ByHand {
  Network network;
  Learning learning;
  std::unique_ptr<Loss> loss;
  TrainerOptions options;
  TrialList trials{{{60.0, {{1.0, 0}}}, {60.0, {{1.0, 1}}}}};

  ByHand() {
    NetworkBuilder builder;
    const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
    const auto n = builder.add({.name = "n", .size = 1, .tau_mem = {20.0}, .tau_syn = {10.0}});
    const auto silent =
        builder.add({.name = "silent", .size = 1, .tau_mem = {20.0}, .tau_syn = {10.0}});
    std::vector<SynapseSpec> specs;
    for (std::uint32_t k = 0; k < 2; ++k)
      specs.push_back({k, 0, synapses[k].weight, synapses[k].delay});
    builder.connect(in, n, specs, "in->n");
    builder.connect(in, silent, {{0, 0, 0.5, 1.0}, {1, 0, 0.25, 1.0}}, "in->silent");
    network = builder.build();
    learning = Learning::none(network);
    for (const std::size_t k : {weight(0), weight(1), weight(2), delay(0), delay(1)})
      learning.learned.set(k, 1);
    loss = make_loss(SpikeTimeTargetSpec{n, {{target}}});
    options.batch = 2;
    options.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] = 0.125;
    options.adam.rate[static_cast<std::size_t>(ParameterKind::delay)] = 0.5;
    // So large that a step depends on the size of the gradient, not only on its sign.
    options.adam.epsilon = 0.25;
  }
  static std::size_t weight(SynapseId s) { return s; }
  std::size_t delay(SynapseId s) const { return network.layout().offset(ParameterKind::delay) + s; }
  Trainer trainer(std::unique_ptr<GradientSource> source = nullptr) const {
    return Trainer(network, learning, trials, *loss, options, std::move(source));
  }
};

// What Adam makes of a first gradient: its moments, without their start at 0, are the gradient and
// its square.
double first_step(double rate, double gradient, double epsilon) {
  return -rate * gradient / (std::fabs(gradient) + epsilon);
}

// The gradient that the trainer handed to Adam.
double gradient_of(const Trainer& trainer, std::size_t k) {
  return all_moments(trainer.learning(), trainer.state().adam.first_moment)[k] / (1.0 - 0.9);
}

void check_step(const ByHand& c, const std::array<double, 2>& by_weight,
                const std::array<double, 2>& by_delay) {
  Trainer trainer = c.trainer();
  REQUIRE(trainer.run_epoch());
  const std::vector<double> values = trainer.state().values;
  for (SynapseId s = 0; s < 2; ++s) {
    CAPTURE(s);
    CHECK(gradient_of(trainer, c.weight(s)) == Approx(by_weight[s]).epsilon(1e-12));
    CHECK(gradient_of(trainer, c.delay(s)) == Approx(by_delay[s]).epsilon(1e-12));
    CHECK(values[c.weight(s)] ==
          Approx(synapses[s].weight + first_step(0.125, by_weight[s], 0.25)).epsilon(1e-12));
    CHECK(values[c.delay(s)] ==
          Approx(synapses[s].delay + first_step(0.5, by_delay[s], 0.25)).epsilon(1e-12));
  }
}

}  // namespace

TEST_CASE("one step: spike times, loss, the mean gradient of two trials and Adam by hand") {
  const ByHand c;
  std::array<double, 2> by_weight{}, by_delay{};
  double loss = 0.0;
  for (std::size_t s = 0; s < 2; ++s) {
    by_weight[s] = synapses[s].by_weight() / 2.0;
    by_delay[s] = synapses[s].miss() / 2.0;
    loss += 0.5 * synapses[s].miss() * synapses[s].miss() / 2.0;
  }
  check_step(c, by_weight, by_delay);
  Trainer trainer = c.trainer();
  trainer.run_epoch();
  CHECK(trainer.last_epoch().loss() == Approx(loss).epsilon(1e-12));
  CHECK(trainer.last_epoch().spikes == std::vector<std::uint64_t>{1, 1, 2, 0});
  CHECK(trainer.last_epoch().silent_in_batches == 1);
  CHECK(trainer.last_epoch().zero_gradients == 0);
  CHECK(!trainer.stuck());
  CHECK(!trainer.last_epoch().accuracy());
}

TEST_CASE("one step: clipping shortens the gradient of what is learned to the norm asked for") {
  ByHand c;
  std::array<double, 2> by_weight{}, by_delay{};
  double squares = 0.0;
  for (std::size_t s = 0; s < 2; ++s) {
    by_weight[s] = synapses[s].by_weight() / 2.0;
    by_delay[s] = synapses[s].miss() / 2.0;
    squares += by_weight[s] * by_weight[s] + by_delay[s] * by_delay[s];
  }
  const double norm = std::sqrt(squares);
  // Without anything else the threshold would own half of it.
  c.options.gradient_clip = 0.25 * norm;
  for (double& d : by_weight) d *= 0.25;
  for (double& d : by_delay) d *= 0.25;
  check_step(c, by_weight, by_delay);
  // A longer one is left alone.
  c.options.gradient_clip = 1.01 * norm;
  for (double& d : by_weight) d *= 4.0;
  for (double& d : by_delay) d *= 4.0;
  check_step(c, by_weight, by_delay);
}

TEST_CASE("one step: the rate regulariser acts like a loss on V at each spike") {
  // One spike per trial where a third is wanted: V at a spike is pushed down, by strength (1 - 1/3).
  ByHand c;
  c.options.regulariser = {0.75, 1.0 / 3.0};
  const double push = 0.75 * (1.0 - 1.0 / 3.0);
  std::array<double, 2> by_weight{}, by_delay{};
  for (std::size_t s = 0; s < 2; ++s) {
    by_weight[s] = (synapses[s].by_weight() + push / synapses[s].weight) / 2.0;
    by_delay[s] = (synapses[s].miss() - push * synapses[s].slope()) / 2.0;
  }
  check_step(c, by_weight, by_delay);
}

TEST_CASE("one step: silent neurons are lifted at the end of an epoch, by learned synapses only") {
  ByHand c;
  c.options.silent_increment = 0.0625;
  Trainer lifting = c.trainer();
  lifting.run_epoch();
  c.options.silent_increment = 0.0;
  Trainer plain = c.trainer();
  plain.run_epoch();
  const auto lifted = lifting.state().values, left = plain.state().values;
  for (std::size_t k = 0; k < left.size(); ++k) {
    CAPTURE(k);
    CHECK(lifted[k] == (k == ByHand::weight(2) ? 0.5 + 0.0625 : left[k]));
  }
  CHECK(left[ByHand::weight(2)] == 0.5);

  // Not beyond the bound of the weight.
  c.options.silent_increment = 0.0625;
  c.learning.upper.set(ByHand::weight(2), 0.53125);
  Trainer bounded = c.trainer();
  bounded.run_epoch();
  CHECK(bounded.state().values[ByHand::weight(2)] == 0.53125);
}

TEST_CASE("one step: rates decay by a factor after every epoch") {
  ByHand c;
  c.options.schedules.decay = 0.5;
  Trainer trainer = c.trainer();
  trainer.run_epoch();
  const TrainerState first = trainer.state();
  trainer.run_epoch();
  const TrainerState second = trainer.state();
  const auto first_moment = all_moments(c.learning, second.adam.first_moment);
  const auto second_moment = all_moments(c.learning, second.adam.second_moment);
  for (const std::size_t k : {ByHand::weight(0), ByHand::weight(1), c.delay(0), c.delay(1)}) {
    CAPTURE(k);
    const double rate = k < 4 ? 0.125 : 0.5;
    const double m = first_moment[k] / (1.0 - 0.9 * 0.9);
    const double v = second_moment[k] / (1.0 - 0.999 * 0.999);
    const double step = 0.5 * rate * m / (std::sqrt(v) + 0.25);
    CHECK(second.values[k] == Approx(first.values[k] - step).epsilon(1e-13));
    CHECK(second.values[k] != first.values[k]);
  }
}

namespace {

// Exact gradients with one entry replaced.
class Forged final : public GradientSource {
 public:
  Forged(std::size_t entry, double value) : entry_(entry), value_(value) {}
  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override {
    exact_.make(network, trials, batch, loss, options, result);
    result.sum[entry_] = value_;
  }

 private:
  TapeGradients exact_{Scheduler::automatic};
  std::size_t entry_;
  double value_;
};

// Exact gradients by a source that learns something of its own, as it is told.
class Told final : public GradientSource {
 public:
  struct Step {
    double factor;
    std::optional<double> momentum;
  };
  explicit Told(std::vector<Step>& steps) : steps_(steps) {}
  void make(const Network& network, const LabelledTrials& trials,
            std::span<const std::uint32_t> batch, const Loss& loss, const GradientOptions& options,
            BatchGradient& result) override {
    exact_.make(network, trials, batch, loss, options, result);
  }
  void step(double factor, std::optional<double> momentum) override {
    steps_.push_back({factor, momentum});
  }

 private:
  TapeGradients exact_{Scheduler::automatic};
  std::vector<Step>& steps_;
};

}  // namespace

TEST_CASE("a source steps with the factor and the momentum of weights") {
  ByHand c;
  std::vector<Told::Step> steps;
  c.options.schedules.epochs = 2;
  Trainer plain = c.trainer(std::make_unique<Told>(steps));
  plain.run_epoch();
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].factor == 1.0);
  CHECK_FALSE(steps[0].momentum);
  // Halfway through two epochs, at the peak: the rate is the whole one, the momentum the lower one.
  c.options.schedules.list = {
      {OneCycle{.start = 0.5, .peak_at = 0.5, .momentum = {{0.75, 0.875}}}, {true, false, false}}};
  Trainer cycling = c.trainer(std::make_unique<Told>(steps));
  cycling.run_epoch();
  cycling.run_epoch();
  REQUIRE(steps.size() == 3);
  CHECK(steps[1].factor == 0.5);
  CHECK(steps[1].momentum == 0.875);
  CHECK(steps[2].factor == 1.0);
  CHECK(steps[2].momentum == 0.75);
}

TEST_CASE("a gradient that is not finite stops a training and says where") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const ByHand c;
  for (const double value : {infinity, -infinity, std::nan(""), 1e200}) {
    CAPTURE(value);
    Trainer trainer = c.trainer(std::make_unique<Forged>(c.delay(1), value));
    try {
      trainer.run_epoch();
      FAIL("no error");
    } catch (const TrainingError& error) {
      CHECK(error.epoch == 1);
      CHECK(error.batch == 1);
      CHECK(error.where == "delay of in->n[0, 1]");
      CHECK_THAT(error.what(), Catch::Contains("epoch 1, batch 1: delay of in->n[0, 1]: ") &&
                                   Catch::Contains("lower the learning rates"));
    }
    // Nothing has moved.
    const auto values = c.network.parameters();
    CHECK(trainer.state().adam.steps == 0);
    CHECK(trainer.state().values == std::vector<double>(values.begin(), values.end()));
  }
  // What is not learned does not matter.
  const std::size_t threshold = c.network.layout().offset(ParameterKind::v_threshold) + 2;
  Trainer trainer = c.trainer(std::make_unique<Forged>(threshold, infinity));
  CHECK(trainer.run_epoch());
}
