// Surrogate gradients against the formulas differentiated as they are written
// (tests/support/autodiff.hpp), in double precision: dilated kernels by the definition of
// arXiv:2306.17670, section 3, batch normalisation by that of Ioffe & Szegedy, the neuron by
// step_plan.hpp. Spikes and voltages against SteppedMachine.
#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <numbers>
#include <tbb/global_control.h>
#include <vector>

#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

#include "tests/support/autodiff.hpp"

using namespace retrograde;
using namespace retrograde::test;
using Catch::Matchers::Contains;

namespace {

constexpr std::uint32_t inputs = 3, hidden = 4, outputs = 2, points = 18;
constexpr Time step_ms = 2.0;

// sum over points and neurons of c V + V^2 / 2, c a wave of its own for every neuron.
double wave(std::size_t n, std::size_t j) { return std::sin(0.7 * n + 1.9 * j); }

class WaveLoss final : public Loss {
 public:
  explicit WaveLoss(std::uint32_t population) : population_(population) {}
  std::string_view name() const override { return "wave"; }
  Readout readout() const override { return {Readout::Kind::voltage_integral, population_}; }
  StepLoss evaluate_steps(const Network&, const VoltageSteps& v, int) const override {
    StepLoss loss;
    for (std::size_t k = 0; k < v.v.size(); ++k) {
      const double c = wave(k / v.neurons + 1, k % v.neurons), x = v.v[k];
      loss.value += c * x + 0.5 * x * x;
      loss.gradient.push_back(c + x);
    }
    loss.decision = loss.value > 0.0 ? 1 : 0;
    return loss;
  }

 private:
  LossValue measure(const Network&, const Population&, const Tape&, int) const override {
    return {};
  }
  std::uint32_t population_;
};

struct Choices {
  KernelShape kernel = KernelShape::gaussian;
  SurrogateShape surrogate = SurrogateShape::arctangent;
  bool analogue = false;  // inputs are signals at step receptors
  bool norm = false, recurrent = true, dropped = false, at_once = false;
  std::uint32_t longest = 5;
};

struct Case {
  Network network;
  std::vector<Trial> trials;
  SteppedSpec spec;
};

std::vector<SynapseSpec> synapses(std::uint32_t from, std::uint32_t to, double size, double reach,
                                  Random& random) {
  std::vector<SynapseSpec> all;
  for (std::uint32_t i = 0; i < from; ++i)
    for (std::uint32_t j = 0; j < to; ++j)
      if (random.uniform() < 0.8)
        all.push_back({i, j, random.normal(0.4 * size, size), random.uniform(0.0, reach)});
  return all;
}

Case make_case(const Choices& choose, std::size_t trials, std::uint64_t seed = 1) {
  Random random(seed, "surrogate case");
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = inputs});
  PopulationSpec h{.name = "hidden",
                   .model = choose.at_once ? Model::lif : Model::cuba_lif,
                   .size = hidden,
                   .tau_mem = {9.0, 14.0, 20.0, 25.0},
                   .tau_syn = {4.0, 6.0, 7.0, 5.0},
                   .bias = {0.1, 0.0, -0.1, 0.2},
                   .t_ref = {0.0, step_ms, 3.0 * step_ms, 0.0}};
  if (choose.analogue) h.receptors = {SynapseShape::step};
  if (choose.analogue && choose.norm) h.v_threshold = {0.2};
  const auto hid = builder.add(h);
  const auto out = builder.add({.name = "out",
                                .model = choose.at_once ? Model::li : Model::cuba_li,
                                .size = outputs,
                                .tau_mem = {15.0},
                                .tau_syn = {3.0, 8.0}});
  const double reach = choose.longest * step_ms;
  builder.connect(in, hid, synapses(inputs, hidden, choose.analogue ? 0.8 : 1.5, reach, random));
  builder.connect(hid, out, synapses(hidden, outputs, 1.0, reach, random));
  if (choose.recurrent) builder.connect(hid, hid, synapses(hidden, hidden, 0.7, reach, random));
  Case made{builder.build(), {}, {}};
  for (std::size_t k = 0; k < trials; ++k) {
    Trial trial{.duration = points * step_ms, .inputs = {}};
    if (choose.analogue) {
      std::vector<SignalChange> changes;
      for (std::uint32_t n = 0; n < points; n += 2)
        for (std::uint32_t i = 0; i < inputs; ++i)
          changes.push_back({n * step_ms, i, random.uniform(0.0, 2.0)});
      add_signals(trial, std::move(changes));
    } else {
      for (std::uint32_t n = 0; n < points; ++n)
        for (std::uint32_t i = 0; i < inputs; ++i)
          if (random.uniform() < 0.35) trial.inputs.push_back({n * step_ms + 0.3, i});
    }
    if (choose.dropped) {
      trial.muted.assign(made.network.neuron_count(), 0);
      trial.muted[inputs + k % hidden] = 1;
      trial.muted[k % inputs] = k % 2;
    }
    made.trials.push_back(std::move(trial));
  }
  made.spec.step = step_ms;
  made.spec.surrogate = {choose.surrogate, 3.0};
  made.spec.kernel = {choose.kernel, 2.0, 0.23, 0.25, 1};
  made.spec.kernel.share = 0.0;
  made.spec.kernel.end = 1.1;
  made.spec.dilated.assign(made.network.projections().size(), 1);
  made.spec.longest.assign(made.network.projections().size(), choose.longest);
  if (choose.norm) made.spec.batch_norm.populations = {0, 1, 0};
  return made;
}

double surrogate_slope(SurrogateShape shape, double a, double x) {
  if (shape == SurrogateShape::arctangent)
    return 0.5 * a / (1.0 + std::pow(0.5 * std::numbers::pi * a * x, 2));
  const double y = 1.0 + a * std::fabs(x);
  return (shape == SurrogateShape::fast_sigmoid ? 0.5 * a : 1.0) / (y * y);
}

// The kernel of a delay of d steps, tap by tap.
std::vector<Var> kernel(const SteppedSpec& spec, const Var& d, std::uint32_t longest) {
  std::vector<Var> g;
  Var sum = 1e-7;
  const double width = spec.kernel.end;
  for (std::uint32_t l = 0; l <= longest; ++l) {
    const Var apart = Var(l) - d;
    Var value;
    if (spec.kernel.shape == KernelShape::gaussian) {
      const Var z = apart / Var(width + 0.27);
      value = exp(Var(-0.5) * z * z);
    } else {
      const double reach = spec.kernel.shape == KernelShape::triangle ? width + 1.0 : 1.0;
      const Var size = apart.x < 0.0 ? Var(0.0) - apart : apart;
      value = size.x < reach ? Var(reach) - size : Var(0.0);
    }
    g.push_back(value);
    sum = sum + value;
  }
  if (spec.kernel.shape == KernelShape::bilinear) return g;
  for (Var& value : g) value = value / sum;
  return g;
}

// The whole batch, differentiated by weights, delays, biases, and gain and offset of the norm.
struct Reference {
  explicit Reference(const Case& c) : c_(c) {}

  double loss = 0.0;
  std::vector<double> weight, delay, bias, gain, offset;
  std::vector<std::uint64_t> spikes;
  std::vector<double> v;  // of outputs [trial][point 1 ..][neuron]

  void run() {
    Differentiation::clear();
    const Network& net = c_.network;
    for (SynapseId s = 0; s < net.synapse_count(); ++s) {
      weights_.push_back(Var::leaf(net.weight(s)));
      delays_.push_back(Var::leaf(net.delay(s) / step_ms));
    }
    for (NeuronId n = 0; n < net.neuron_count(); ++n)
      biases_.push_back(Var::leaf(net.is_input(n) ? 0.0 : net.parameter(ParameterKind::bias, n)));
    for (std::uint32_t k = 0; k < hidden; ++k) {
      gains_.push_back(Var::leaf(1.0));
      offsets_.push_back(Var::leaf(0.0));
    }
    spikes.assign(net.neuron_count(), 0);
    for (const Projection& p : net.projections())
      for (SynapseId k = 0; k < p.size; ++k)
        kernels_.push_back(kernel(c_.spec, delays_[p.first + k], c_.spec.longest[0]));
    load();
    if (!c_.spec.batch_norm.populations.empty()) normalise();
    Var sum = 0.0;
    for (std::size_t t = 0; t < c_.trials.size(); ++t) sum = sum + trial(t);
    loss = sum.x;
    const std::vector<double> d = Differentiation::of(sum.node);
    const auto all = [&](const std::vector<Var>& of) {
      std::vector<double> values;
      for (const Var& x : of) values.push_back(d[x.node]);
      return values;
    };
    weight = all(weights_);
    delay = all(delays_);
    bias = all(biases_);
    gain = all(gains_);
    offset = all(offsets_);
  }

 private:
  bool analogue() const { return c_.trials[0].graded(); }

  // What inputs send at each point: spikes, or the value of the signal.
  void load() {
    for (const Trial& trial : c_.trials) {
      std::vector<std::vector<double>> x(inputs, std::vector<double>(points + 1, 0.0));
      for (std::size_t s = 0; s < trial.inputs.size(); ++s) {
        const NeuronId n = trial.inputs[s].neuron;
        const auto at = static_cast<std::size_t>(std::floor(trial.inputs[s].time / step_ms + 0.5));
        if (trial.is_muted(n)) continue;
        if (analogue())
          for (std::size_t m = at; m <= points; ++m) x[n][m] += trial.payloads[s];
        else
          x[n][at] = 1.0;
      }
      sent_.push_back(std::move(x));
    }
  }

  // What reaches a hidden neuron from the inputs at point n.
  Var from_inputs(std::size_t t, std::uint32_t k, std::size_t n) const {
    Var sum = 0.0;
    const Projection& p = c_.network.projections()[0];
    for (SynapseId s = 0; s < p.size; ++s)
      if (p.targets[s] == k)
        for (std::size_t l = 0; l < kernels_[s].size() && l <= n; ++l)
          sum = sum + weights_[s] * kernels_[s][l] * Var(sent_[t][p.source_of(s)][n - l]);
    return sum;
  }

  // Over the points 0 .. points - 1 of all trials; the constant part acts on V at once.
  void normalise() {
    for (std::uint32_t k = 0; k < hidden; ++k) {
      Var mean = 0.0, variance = 0.0;
      const double count = static_cast<double>(points * c_.trials.size());
      for (std::size_t t = 0; t < c_.trials.size(); ++t)
        for (std::size_t n = 0; n < points; ++n) mean = mean + from_inputs(t, k, n);
      mean = mean / Var(count);
      for (std::size_t t = 0; t < c_.trials.size(); ++t)
        for (std::size_t n = 0; n < points; ++n) {
          const Var apart = from_inputs(t, k, n) - mean;
          variance = variance + apart * apart;
        }
      factors_.push_back(gains_[k] / sqrt(variance / Var(count) + Var(1e-5)));
      constants_.push_back(offsets_[k] - factors_[k] * mean);
    }
  }

  struct Cell {
    Var v = 0.0, i = 0.0;
    std::uint32_t held = 0;
    std::vector<Var> sent;
  };

  Var trial(std::size_t t) {
    const Network& net = c_.network;
    std::vector<Cell> h(hidden), o(outputs);
    Var loss_of_trial = 0.0;
    std::vector<Var> arrived(hidden, 0.0), read(outputs, 0.0);
    for (std::size_t n = 0; n <= points; ++n) {
      for (std::uint32_t k = 0; k < hidden; ++k) {
        const NeuronId id = inputs + k;
        Var spike = 0.0;
        if (n > 0) {
          const bool was_held = h[k].held > 0;
          Var value = flow(id, h[k], arrived[k], k);
          if (was_held) {
            --h[k].held;
            h[k].v = net.parameter(ParameterKind::v_reset, id);
          } else {
            spike = step(value - Var(net.parameter(ParameterKind::v_threshold, id)), [&](double x) {
              return surrogate_slope(c_.spec.surrogate.shape, c_.spec.surrogate.slope, x);
            });
            h[k].v = value * (Var(1.0) - detached(spike));
            if (spike.x > 0.0) {
              h[k].held = static_cast<std::uint32_t>(
                  std::floor(net.parameter(ParameterKind::t_ref, id) / step_ms + 0.5));
              ++spikes[id];
            }
          }
        }
        h[k].sent.push_back(c_.trials[t].is_muted(id) ? Var(0.0) : spike);
      }
      for (std::uint32_t j = 0; j < outputs; ++j) {
        if (n > 0) {
          o[j].v = flow(inputs + hidden + j, o[j], read[j], hidden + j);
          loss_of_trial = loss_of_trial + Var(wave(n, j)) * o[j].v + Var(0.5) * o[j].v * o[j].v;
          v.push_back(o[j].v.x);
        }
      }
      for (std::uint32_t k = 0; k < hidden; ++k) {
        arrived[k] = from_inputs(t, k, n);
        if (!factors_.empty()) arrived[k] = arrived[k] * factors_[k];
        if (net.projections().size() > 2) arrived[k] = arrived[k] + along(2, k, n, h);
      }
      for (std::uint32_t j = 0; j < outputs; ++j) read[j] = along(1, j, n, h);
    }
    return loss_of_trial;
  }

  Var along(std::size_t projection, std::uint32_t target, std::size_t n,
            const std::vector<Cell>& from) const {
    Var sum = 0.0;
    const Projection& p = c_.network.projections()[projection];
    for (SynapseId k = 0; k < p.size; ++k)
      if (p.targets[k] == target)
        for (std::size_t l = 0; l < kernels_[p.first + k].size() && l <= n; ++l)
          sum = sum +
                weights_[p.first + k] * kernels_[p.first + k][l] * from[p.source_of(k)].sent[n - l];
    return sum;
  }

  // One step of V; I is brought to the same point, without what arrives there.
  Var flow(NeuronId id, Cell& cell, const Var& arrived, std::uint32_t k) {
    const Network& net = c_.network;
    const double mem = std::exp(-step_ms / net.parameter(ParameterKind::tau_mem, id));
    const bool jumps = net.model_of(id) == Model::lif || net.model_of(id) == Model::li;
    const bool held = analogue() && k < hidden;
    double syn = 0.0, kernel_of_i = jumps ? 1.0 : 1.0 - mem;
    if (!jumps && !held) {
      const double a = 1.0 / net.parameter(ParameterKind::tau_mem, id),
                   b = 1.0 / net.parameter(ParameterKind::tau_syn, id);
      syn = std::exp(-step_ms * b);
      kernel_of_i = a * (mem - syn) / (b - a);
    }
    cell.i = Var(syn) * cell.i + arrived;
    Var value = biases_[id] + (cell.v - biases_[id]) * Var(mem) + Var(kernel_of_i) * cell.i;
    if (!factors_.empty() && k < hidden)
      value = value + constants_[k] * Var(kernel_of_i / (1.0 - syn));
    return value;
  }

  const Case& c_;
  std::vector<Var> weights_, delays_, biases_, gains_, offsets_, factors_, constants_;
  std::vector<std::vector<Var>> kernels_;  // per synapse
  std::vector<std::vector<std::vector<double>>> sent_;
};

BatchGradient gradient_of(const Case& c, SteppedGradients& source,
                          const GradientOptions& options = {}) {
  const TrialList trials(c.trials);
  std::vector<std::uint32_t> batch(c.trials.size());
  for (std::uint32_t k = 0; k < batch.size(); ++k) batch[k] = k;
  BatchGradient result;
  source.make(c.network, trials, batch, WaveLoss(2), options, result);
  return result;
}

// Single precision over a few thousand products: 1e-4 of the largest derivative of the kind.
void check_close(const std::vector<double>& ours, const std::vector<double>& reference) {
  double largest = 0.0;
  for (const double x : reference) largest = std::fmax(largest, std::fabs(x));
  REQUIRE(largest > 0.0);
  REQUIRE(ours.size() == reference.size());
  for (std::size_t k = 0; k < ours.size(); ++k)
    CHECK(ours[k] == Approx(reference[k]).margin(1e-4 * largest));
}

std::vector<double> part(const std::vector<double>& sum, std::size_t first, std::size_t size) {
  return {sum.begin() + static_cast<std::ptrdiff_t>(first),
          sum.begin() + static_cast<std::ptrdiff_t>(first + size)};
}

void check_against_reference(const Choices& choose, std::size_t trials) {
  const Case c = make_case(choose, trials);
  Reference reference(c);
  reference.run();
  SteppedGradients source(c.network, c.spec);
  const BatchGradient ours = gradient_of(c, source);
  double loss = 0.0;
  for (const TrialResult& r : ours.results) loss += r.loss;
  CHECK(loss == Approx(reference.loss).epsilon(1e-5));
  std::uint64_t spikes = 0;
  for (NeuronId n = inputs; n < c.network.neuron_count(); ++n) {
    CHECK(ours.spikes[n] == reference.spikes[n]);
    spikes += ours.spikes[n];
  }
  CHECK(spikes > trials);
  const ParameterLayout& layout = c.network.layout();
  check_close(part(ours.sum, 0, layout.synapses), reference.weight);
  std::vector<double> delays = part(ours.sum, layout.synapses, layout.synapses);
  for (double& d : delays) d *= step_ms;
  check_close(delays, reference.delay);
  std::vector<double> biases = reference.bias;
  for (std::uint32_t i = 0; i < inputs; ++i) biases[i] = 0.0;
  check_close(part(ours.sum, layout.offset(ParameterKind::bias), layout.neurons), biases);
  if (!choose.norm) return;
  // The first moments of Adam after one step are what the momentum leaves of the mean gradient.
  source.step(1.0, 0.75);
  const std::vector<double> state = source.state();
  std::vector<double> gain = part(state, 1 + 4 * hidden, hidden),
                      offset = part(state, 1 + 6 * hidden, hidden);
  for (auto* moments : {&gain, &offset})
    for (double& m : *moments) m *= 4.0 * static_cast<double>(trials);
  check_close(gain, reference.gain);
  check_close(offset, reference.offset);
}

}  // namespace

TEST_CASE("gradients are those of the formulas") {
  SECTION("recurrent, gaussian") { check_against_reference({}, 3); }
  SECTION("more trials than go side by side") { check_against_reference({}, 19); }
  SECTION("triangle, fast sigmoid") {
    check_against_reference(
        {.kernel = KernelShape::triangle, .surrogate = SurrogateShape::fast_sigmoid}, 3);
  }
  SECTION("bilinear, superspike") {
    check_against_reference(
        {.kernel = KernelShape::bilinear, .surrogate = SurrogateShape::superspike}, 3);
  }
  SECTION("signals, feed-forward") {
    check_against_reference({.analogue = true, .recurrent = false}, 3);
  }
  SECTION("muted neurons") { check_against_reference({.dropped = true}, 5); }
  SECTION("arrivals act at once") {
    check_against_reference({.recurrent = false, .at_once = true}, 3);
  }
  SECTION("batch normalisation of spikes") {
    check_against_reference({.norm = true, .recurrent = false}, 18);
  }
  SECTION("batch normalisation of signals") {
    check_against_reference({.analogue = true, .norm = true, .recurrent = false}, 5);
  }
  SECTION("delays beyond the trial") { check_against_reference({.longest = points + 3}, 2); }
}

TEST_CASE("a candidate has the gradient of the synapse with weight 0") {
  const Case c = make_case({}, 5);
  const Projection& p = c.network.projections()[2];
  SteppedGradients source(c.network, c.spec);
  // Every synapse of the recurrent projection, asked for as if it were not there: the adjoint does
  // not depend on which of the two it is.
  std::vector<Candidate> candidates;
  for (SynapseId k = 0; k < p.size; ++k)
    candidates.push_back({2, p.source_of(k), p.targets[k], c.network.delay(p.first + k)});
  GradientOptions options;
  options.candidates = candidates;
  const BatchGradient ours = gradient_of(c, source, options);
  REQUIRE(ours.candidates.size() == p.size);
  for (SynapseId k = 0; k < p.size; ++k) CHECK(ours.candidates[k] == ours.sum[p.first + k]);
}

TEST_CASE("a batch knows nothing of the one before") {
  // Two chunks of sixteen lanes, then one lane of the second. Reference: a source of its own.
  const Case all = make_case({}, 32), some = make_case({}, 17);
  SteppedGradients used(all.network, all.spec), fresh(some.network, some.spec);
  gradient_of(all, used);
  const BatchGradient again = gradient_of(some, used), alone = gradient_of(some, fresh);
  CHECK(again.sum == alone.sum);
  CHECK(again.spikes == alone.spikes);
}

TEST_CASE("the same bits for any number of threads") {
  const Case c = make_case({.norm = true, .recurrent = false}, 40);
  std::vector<std::vector<double>> sums;
  for (const std::size_t threads : {1u, 2u, 5u}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    SteppedGradients source(c.network, c.spec);
    sums.push_back(gradient_of(c, source).sum);
  }
  CHECK(sums[0] == sums[1]);
  CHECK(sums[0] == sums[2]);
}

TEST_CASE("a network judged in steps does what SteppedMachine does") {
  for (const bool recurrent : {true, false}) {
    const Case c = make_case({.recurrent = recurrent}, 21, 7);
    const SetResult steps = evaluate_stepped(c.network, TrialList(c.trials), WaveLoss(2), c.spec);
    const SteppedMachine machine(c.network, step_ms);
    std::vector<std::uint64_t> spikes(c.network.neuron_count(), 0);
    for (const Trial& trial : c.trials)
      for (const TapeSpike& spike : machine.run(trial).spikes) ++spikes[spike.neuron];
    CHECK(steps.spikes == spikes);
    CHECK(steps.trials == 21);
  }
}

TEST_CASE("batch normalisation folds into weights and biases") {
  // With the running means of one batch, which is judged again.
  const bool analogue = GENERATE(false, true);
  Case c = make_case({.analogue = analogue, .norm = true, .recurrent = false}, 18);
  c.spec.batch_norm.momentum = 1.0;
  c.spec.batch_norm.rate = 0.0;
  c.spec.dilated.assign(2, 0);
  SteppedGradients source(c.network, c.spec);
  const BatchGradient batch = gradient_of(c, source);
  source.step(1.0, {});
  const double unbiased = 18.0 * points / (18.0 * points - 1.0);
  std::vector<double> state = source.state();
  for (std::size_t k = 0; k < hidden; ++k) state[1 + 3 * hidden + k] /= unbiased;
  source.restore(state);
  const Network folded = source.folded(c.network);
  const SetResult judged = evaluate_stepped(folded, TrialList(c.trials), WaveLoss(2), c.spec);
  double loss = 0.0;
  for (const TrialResult& r : batch.results) loss += r.loss;
  CHECK(judged.loss_sum == Approx(loss).epsilon(1e-5));
  CHECK(folded.weight(0) != c.network.weight(0));
}

TEST_CASE("what does not go in steps is refused") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto q = builder.add({.name = "q", .model = Model::qif, .size = 1});
  builder.connect(in, q, {{0, 0, 1.0, 1.0}});
  CHECK_THROWS_WITH(SteppedGradients(builder.build(), {}), Contains("qif does not go in steps"));
  const Case c = make_case({}, 2);
  SteppedSpec spec = c.spec;
  spec.batch_norm.populations = {0, 1, 0};
  CHECK_THROWS_WITH(SteppedGradients(c.network, spec), Contains("it reaches itself"));
  spec.batch_norm.populations = {1, 0, 0};
  CHECK_THROWS_WITH(SteppedGradients(c.network, spec), Contains("an input receives nothing"));
}
