// From real values to integers and back. Reference for decays, scale and threshold: ml_genn_netx
// 37c1c35 with the settings of Shoesmith et al. (NICE 2025); for dynamics: the exact engine.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;

namespace {

// The product by which the published pipeline multiplies every weight, at 1 ms, tau 20 and 5 ms.
constexpr double published_gain = 0.044203;

// Input of `weights.size()` neurons, one target neuron, weight k from input k.
Network one_neuron(const std::vector<double>& weights, const std::vector<double>& delays,
                   PopulationSpec target) {
  NetworkBuilder builder;
  const auto size = static_cast<std::uint32_t>(weights.size());
  const auto in = builder.add({.name = "in", .model = Model::input, .size = size});
  target.name = "hidden";
  if (target.size == 0) target.size = 1;
  const auto hidden = builder.add(target);
  std::vector<SynapseSpec> synapses;
  for (std::uint32_t k = 0; k < size; ++k)
    synapses.push_back({k, k % target.size, weights[k], delays.empty() ? 1.0 : delays[k]});
  builder.connect(in, hidden, synapses);
  return builder.build();
}

std::vector<double> units_of(const Quantized& q, std::size_t projection = 0) {
  std::vector<double> units;
  const ChipProjection& p = q.chip.projections[projection];
  for (std::size_t k = 0; k < p.synapses.size(); ++k) units.push_back(p.weight_units(k));
  return units;
}

std::vector<int> delays_of(const Quantized& q, std::size_t projection = 0) {
  std::vector<int> delays;
  for (const ChipSynapse& s : q.chip.projections[projection].synapses) delays.push_back(s.delay);
  return delays;
}

bool warns(const Quantized& q, const std::string& text) {
  return std::any_of(q.report.warnings.begin(), q.report.warnings.end(),
                     [&](const std::string& w) { return w.find(text) != std::string::npos; });
}

// in -> hidden (recurrent) -> out, all to all, delays up to 15 ms.
Network random_network(std::uint64_t entity, double tau_mem = 20.0, double tau_syn = 5.0) {
  Random random(31, "quantise", entity);
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 20});
  const auto hidden = builder.add(
      {.name = "hidden", .size = 15, .tau_mem = {tau_mem}, .tau_syn = {tau_syn}, .bias = {0.1}});
  const auto out = builder.add({.name = "out",
                                .model = Model::cuba_li,
                                .size = 4,
                                .tau_mem = {tau_mem},
                                .tau_syn = {tau_syn}});
  const auto connect = [&](std::uint32_t from, std::uint32_t to, std::uint32_t sources,
                           std::uint32_t targets, double mean, double deviation) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i)
      for (std::uint32_t j = 0; j < targets; ++j)
        synapses.push_back({i, j, random.normal(mean, deviation), random.uniform(0.5, 15.0)});
    builder.connect(from, to, std::move(synapses));
  };
  connect(in, hidden, 20, 15, 0.5, 0.5);
  connect(hidden, hidden, 15, 15, 0.0, 0.3);
  connect(hidden, out, 15, 4, 0.0, 0.5);
  return builder.build();
}

}  // namespace

TEST_CASE("time constants of 5 and 20 ms become decays of 742 and 200 in 4096 at 1 ms",
          "[loihi2]") {
  const Quantized q = quantize(one_neuron({1.0}, {}, {}));
  CHECK(q.chip.neurons[1].du == 741);
  CHECK(q.chip.neurons[1].dv == 200);
  CHECK(q.report.populations[1].u_decay_min == 742);
  CHECK(q.report.populations[1].u_decay_max == 742);
  CHECK(q.report.populations[1].v_decay_min == 200);
  const Quantized half = quantize(one_neuron({1.0}, {}, {}), {.step = 0.5});
  CHECK(half.chip.neurons[1].du + 1 == std::lround(4096.0 * (1.0 - std::exp(-0.1))));
  CHECK(half.chip.neurons[1].dv == std::lround(4096.0 * (1.0 - std::exp(-0.025))));
}

TEST_CASE("every neuron has its own decays", "[loihi2]") {
  const Network network =
      one_neuron({1.0, 1.0}, {},
                 {.name = "hidden", .size = 2, .tau_mem = {20.0, 10.0}, .tau_syn = {5.0, 2.0}});
  const Quantized q = quantize(network);
  CHECK(q.chip.neurons[2].dv == 200);
  CHECK(q.chip.neurons[3].dv == std::lround(4096.0 * (1.0 - std::exp(-0.1))));
  CHECK(q.chip.neurons[3].du + 1 == std::lround(4096.0 * (1.0 - std::exp(-0.5))));
  // Equal weights with other time constants are other integers, since the chip has no gain of its
  // own.
  CHECK(units_of(q)[0] != units_of(q)[1]);
}

TEST_CASE("the published scaling has the published scale and threshold", "[loihi2]") {
  // Scaled weights between 2^-5 and 2^-4, as those of the published keyword networks: scale 2^-11,
  // vThMant 2048.
  const std::vector<double> scaled = {0.05, -0.04, 0.0312, -0.0004, 0.0101, 0.0};
  std::vector<double> weights = scaled;
  for (double& w : weights) w /= published_gain;
  const Quantized q = quantize(one_neuron(weights, {}, {}),
                               {.scaling = Scaling::power_of_two, .gain = Gain::published});
  CHECK(q.chip.populations[1].scale(0) == std::ldexp(1.0, -11));
  CHECK(q.chip.neurons[6].vth == 2048);
  const std::vector<double> units = units_of(q);
  for (std::size_t k = 0; k < scaled.size(); ++k)
    CHECK(units[k] == std::nearbyint(scaled[k] * 2048.0));
  CHECK(q.report.projections[0].weights_zeroed == 0);
  CHECK(q.report.projections[0].weights_clipped == 0);
}

TEST_CASE("the published percentile clips what lies beyond the power of two above it", "[loihi2]") {
  // 99th percentile of 101 positive weights 0, 1/100, .. is the 100th value; one outlier is cut.
  std::vector<double> weights;
  for (int k = 1; k <= 100; ++k) weights.push_back(0.01 * k);
  weights.push_back(50.0);
  const Quantized q = quantize(
      one_neuron(weights, {}, {}),
      {.scaling = Scaling::power_of_two, .gain = Gain::published, .clip_percentile = 99.0});
  const double gain = std::expm1(-0.05) * std::expm1(-0.2) * 5.0;
  CHECK(q.chip.populations[1].scale(0) == std::ldexp(1.0, std::ilogb(1.0 * gain) - 6));
  CHECK(q.report.projections[0].weights_clipped == 1);
  CHECK(units_of(q)[100] == 127.0);
  CHECK(warns(q, "1 of 101 weights are clipped"));
}

TEST_CASE("the largest magnitude of each sign fills the 8 bits and the threshold is an integer",
          "[loihi2]") {
  const auto range = [](const std::vector<double>& weights) {
    const Quantized q = quantize(one_neuron(weights, {}, {}));
    CHECK(q.report.projections[0].weights_clipped == 0);
    CHECK(q.report.populations[1].threshold_error < 1e-12);
    CHECK(q.chip.neurons[weights.size()].vth * q.chip.populations[1].scale(0) ==
          Approx(1.0).epsilon(1e-12));
    const auto units = units_of(q);
    return std::pair{*std::min_element(units.begin(), units.end()),
                     *std::max_element(units.begin(), units.end())};
  };
  CHECK(range({1.0, -0.5}).second == 127.0);
  CHECK(range({0.5, -1.0}).first == -128.0);
  CHECK(range({1.0}).second == 127.0);
  CHECK(range({-1.0}).first == -128.0);
  CHECK(range({1.0, -1.0}) == std::pair{-127.0, 127.0});
}

TEST_CASE("clipping at a percentile of magnitudes enlarges what remains", "[loihi2]") {
  std::vector<double> weights;
  for (int k = 1; k <= 99; ++k) weights.push_back(0.01 * k);
  weights.push_back(20.0);
  weights.push_back(-20.0);
  const Quantized all = quantize(one_neuron(weights, {}, {}));
  const Quantized clipped = quantize(one_neuron(weights, {}, {}), {.clip_percentile = 98.0});
  CHECK(all.report.projections[0].weights_clipped == 0);
  CHECK(clipped.report.projections[0].weights_clipped == 2);
  CHECK(all.report.projections[0].weights_zeroed > 5);
  CHECK(clipped.report.projections[0].weights_zeroed == 0);
  CHECK(units_of(clipped)[99] == 127.0);
  CHECK(units_of(clipped)[100] == -128.0);
  CHECK(clipped.chip.neurons[101].vth > all.chip.neurons[101].vth);
}

TEST_CASE("signal to noise is that of the rounded weights", "[loihi2]") {
  const Network network = random_network(3);
  const Quantized q = quantize(network);
  const Network back = dequantize(q.chip, network);
  for (std::size_t p = 0; p < network.projections().size(); ++p) {
    double signal = 0.0, noise = 0.0;
    const Projection& projection = network.projections()[p];
    for (SynapseId s = projection.first; s < projection.first + projection.size; ++s) {
      signal += network.weight(s) * network.weight(s);
      noise += std::pow(network.weight(s) - back.weight(s), 2);
    }
    CHECK(q.report.projections[p].sqnr_db ==
          Approx(10.0 * std::log10(signal / noise)).epsilon(1e-6));
    CHECK(q.report.projections[p].sqnr_db > 30.0);
  }
  CHECK(std::isinf(quantize(one_neuron({0.0}, {}, {})).report.projections[0].sqnr_db));
}

TEST_CASE("an input spike on the grid over a whole number of steps arrives where it would",
          "[loihi2]") {
  const Network network =
      one_neuron({1.0, 1.0, 1.0, 1.0, 1.0, 1.0}, {1.0, 2.0, 1.4, 1.6, 30.0, 63.0}, {});
  const Quantized q = quantize(network);
  CHECK(delays_of(q) == std::vector<int>{0, 1, 0, 1, 29, 62});
  CHECK(q.report.projections[0].delays_clipped == 0);
  CHECK(q.report.projections[0].max_delay == 62);
  CHECK(q.chip.populations[1].lag == 0);
  CHECK(delays_of(quantize(network, {.step = 0.5}))[0] == 1);
}

TEST_CASE("delays beyond 62 steps are cut and counted; the remedy is a longer step", "[loihi2]") {
  const Quantized q = quantize(one_neuron({1.0, 1.0, 1.0}, {63.4, 64.0, 500.0}, {}));
  CHECK(delays_of(q) == std::vector<int>{62, 62, 62});
  CHECK(q.report.projections[0].delays_clipped == 2);
  CHECK(q.report.projections[0].delays_lengthened == 0);
  CHECK(warns(q,
              "2 of 3 delays are longer than 62 steps of 1 ms and are cut to that; a longer "
              "chip.step"));
}

TEST_CASE("layers without delay get a lag instead of a wrong arrival", "[loihi2]") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto hidden = builder.add({.name = "hidden", .size = 1});
  const auto out = builder.add({.name = "out", .model = Model::cuba_li, .size = 1});
  builder.connect(in, hidden, {{0, 0, 30.0, 0.0}});
  builder.connect(hidden, out, {{0, 0, 1.0, 0.0}});
  builder.connect(in, out, {{0, 0, 1.0, 5.0}}, "skip");
  const Network network = builder.build();
  const Quantized q = quantize(network);
  CHECK(q.chip.populations[0].lag == 0);
  CHECK(q.chip.populations[1].lag == 1);
  CHECK(q.chip.populations[2].lag == 2);
  CHECK(delays_of(q, 0) == std::vector<int>{0});
  CHECK(delays_of(q, 1) == std::vector<int>{0});
  CHECK(delays_of(q, 2) == std::vector<int>{6});  // 5 + 2 - 1

  // The exact neuron fires 0.7 ms after the input at 3 ms; the chip says so within its step.
  const Trial trial{20.0, {{3.0, 0}}};
  const Tape tape = run_sequential(network, trial);
  const Emulator emulator(q.chip);
  const Emulation run = emulator.run(trial);
  REQUIRE(tape.spikes.size() > 1);
  REQUIRE(run.spikes.size() > 1);
  CHECK(run.spikes[1].neuron == 1);
  CHECK(std::fabs(emulator.time_of(run.spikes[1]) - tape.spikes[1].time) <= 0.5);

  const Network back = dequantize(q.chip, network);
  CHECK(back.delay(0) == 0.0);
  CHECK(back.delay(1) == 0.0);
  CHECK(back.delay(2) == 5.0);
}

TEST_CASE(
    "a recurrent delay shorter than the latency of a step is lengthened; the remedy is a "
    "shorter step",
    "[loihi2]") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto hidden = builder.add({.name = "hidden", .size = 2});
  builder.connect(in, hidden, {{0, 0, 1.0, 1.0}});
  builder.connect(hidden, hidden, {{0, 1, 1.0, 0.1}, {1, 0, 1.0, 3.0}}, "rec");
  const Network network = builder.build();
  const Quantized q = quantize(network);
  CHECK(q.report.projections[1].delays_clipped == 1);
  CHECK(q.report.projections[1].delays_lengthened == 1);
  CHECK(delays_of(q, 1) == std::vector<int>{0, 2});
  // 0.1 ms is a delay of 0 behind the latency as long as 0.1/dt + 1/4 - 1 rounds to 0 or more:
  // dt <= 0.4 ms.
  CHECK(warns(q,
              "rec: 1 of 2 delays are shorter than the chip's one step of latency, 1 ms, and "
              "are lengthened to it; a shorter chip.step, of 0.4 ms at most, or longer delays"));
  CHECK(!warns(q, "longer chip.step"));
  CHECK(quantize(network, {.step = 0.4}).report.projections[1].delays_clipped == 0);
  CHECK(quantize(network, {.step = 0.41}).report.projections[1].delays_lengthened == 1);
}

TEST_CASE("a refractory period is the number of steps whose end is nearest", "[loihi2]") {
  // A spike of step m is one of the time m + 1/4, and r steps end at m + r: 2.3 ms are nearer to
  // 3 - 1/4 than to 2 - 1/4. At least one step, after which V may rise again.
  const auto steps = [](double t_ref) {
    const Quantized q = quantize(one_neuron({1.0}, {}, {.name = "hidden", .t_ref = {t_ref}}));
    REQUIRE(q.chip.spike_phase == 0.25);
    return q.chip.neurons[1].refractory_delay;
  };
  CHECK(steps(0.0) == 1);
  CHECK(steps(0.2) == 1);
  CHECK(steps(2.2) == 2);
  CHECK(steps(2.3) == 3);
  CHECK(steps(3.0) == 3);
  CHECK(steps(3.2) == 3);
  CHECK(steps(3.3) == 4);
}

TEST_CASE("a warning names a projection when more than half of its weights vanish", "[loihi2]") {
  // A weight unit is 1/127 of the largest.
  const Quantized most = quantize(one_neuron({1.0, 1e-6, 1e-6}, {}, {}));
  CHECK(most.report.projections[0].weights_zeroed == 2);
  CHECK(warns(most, "2 of 3 weights are rounded to 0"));
  const Quantized half = quantize(one_neuron({1.0, 1.0, 1e-6, 1e-6}, {}, {}));
  CHECK(half.report.projections[0].weights_zeroed == 2);
  CHECK(!warns(half, "rounded to 0"));
}

TEST_CASE("the chip samples the network that its integers stand for", "[loihi2]") {
  // On the grid only the rounding of the state is left: less than one unit of 1/64 per decay,
  // summed over what u and v remember.
  for (const auto& [tau_mem, tau_syn] :
       {std::pair{20.0, 5.0}, {10.0, 10.0}, {5.0, 20.0}, {8.0, 0.5}}) {
    const PopulationSpec readout{
        .name = "hidden", .model = Model::cuba_li, .tau_mem = {tau_mem}, .tau_syn = {tau_syn}};
    const Network network = one_neuron({1.0, -0.7, 0.3}, {1.0, 4.0, 9.0}, readout);
    const Quantized q = quantize(network);
    const Network meant = dequantize(q.chip, network);
    CHECK(meant.delay(1) == 4.0);
    const Trial trial{60.0,
                      {{0.0, 0}, {2.0, 0}, {2.0, 2}, {7.0, 0}, {7.0, 1}, {8.0, 2}, {20.0, 1}}};

    std::vector<Recording> recordings;
    const std::vector<Probe> probes = {{{3}, 1.0}};
    run_sequential(meant, trial, {}, probes, &recordings);
    EmulationOptions options;
    options.trace.neurons = {3};
    const Emulation run = Emulator(q.chip).run(trial, options);
    const double u_decay = (q.chip.neurons[3].du + 1) / 4096.0,
                 v_decay = q.chip.neurons[3].dv / 4096.0;
    const double bound = (1.0 / u_decay + 1.0) / v_decay;
    double largest = 0.0;
    for (std::size_t n = 0; n < 60; ++n) {
      const double exact = recordings[0].v[0][n + 1] / q.chip.populations[1].scale(0) * 64.0;
      largest = std::max(largest, std::fabs(exact));
      CHECK(std::fabs(run.trace.v[0][n] - exact) <= bound);
    }
    CHECK(largest > 20.0 * bound);
  }
}

TEST_CASE("the sampled gain is the response of the exact neuron after one step", "[loihi2]") {
  const Network network = one_neuron({1.0}, {}, {.name = "hidden", .model = Model::cuba_li});
  const Quantized q = quantize(network);
  const double units = units_of(q)[0];
  CHECK(units == 127.0);
  const double gain = units * q.chip.populations[1].scale(0);
  // a (e^-a - e^-b) / (b - a) for the represented time constants, and the published product beside
  // it.
  const double alpha = 1.0 - 742.0 / 4096.0, beta = 1.0 - 200.0 / 4096.0;
  const double a = -std::log(beta), b = -std::log(alpha);
  CHECK(gain == Approx(a * (beta - alpha) / (b - a)).epsilon(1e-12));
  CHECK(gain == Approx(published_gain).epsilon(5e-4));
}

TEST_CASE("quantising the network that the integers stand for gives the same integers",
          "[loihi2]") {
  for (std::uint64_t k = 0; k < 20; ++k) {
    const Network network = random_network(k);
    const Quantized once = quantize(network);
    const Quantized twice = quantize(dequantize(once.chip, network));
    for (std::size_t p = 0; p < once.chip.projections.size(); ++p) {
      CHECK(once.chip.projections[p].format == twice.chip.projections[p].format);
      CHECK(once.chip.projections[p].synapses == twice.chip.projections[p].synapses);
      CHECK(twice.report.projections[p].sqnr_db > 200.0);
    }
    CHECK(once.chip.neurons == twice.chip.neurons);
    for (std::size_t p = 1; p < once.chip.populations.size(); ++p)
      CHECK(once.chip.populations[p].scale(0) ==
            Approx(twice.chip.populations[p].scale(0)).epsilon(1e-12));
  }
}

TEST_CASE("the returned network lies within the rounding of its original", "[loihi2]") {
  const Network network = random_network(7);
  const Quantized q = quantize(network);
  const Network back = dequantize(q.chip, network);
  for (NeuronId n = 20; n < 39; ++n) {
    CHECK(back.parameter(ParameterKind::tau_mem, n) == Approx(20.0).epsilon(0.003));
    CHECK(back.parameter(ParameterKind::tau_syn, n) == Approx(5.0).epsilon(0.001));
    if (n < 35) CHECK(back.parameter(ParameterKind::v_threshold, n) == Approx(1.0).epsilon(1e-12));
    if (n < 35) CHECK(back.parameter(ParameterKind::bias, n) == Approx(0.1).margin(0.001));
  }
  for (const Projection& projection : network.projections()) {
    const double unit = q.chip.populations[projection.target].scale(0) / 0.0442;
    for (SynapseId s = projection.first; s < projection.first + projection.size; ++s) {
      CHECK(std::fabs(back.weight(s) - network.weight(s)) <= 0.51 * unit);
      CHECK(std::fabs(back.delay(s) - network.delay(s)) <= 0.75);
    }
  }
}

TEST_CASE("a bias rests where it should and fires when it exceeds the threshold", "[loihi2]") {
  NetworkBuilder builder;
  builder.add({.name = "n", .size = 3, .bias = {0.5, -0.25, 1.2}});
  const Network network = builder.build();
  const Quantized q = quantize(network);
  CHECK(warns(q, "no incoming weight"));
  CHECK(q.report.populations[0].bias_error < 0.001);
  EmulationOptions options;
  options.trace.neurons = {0, 1, 2};
  const Emulation run = Emulator(q.chip).run({400.0, {}}, options);
  const double scale = q.chip.populations[0].scale(0) / 64.0;
  CHECK(run.trace.v[0].back() * scale == Approx(0.5).margin(0.002));
  CHECK(run.trace.v[1].back() * scale == Approx(-0.25).margin(0.002));
  // The exact period is 20 ln(1.2 / 0.2) = 35.8 ms; the chip needs 36 steps.
  std::vector<std::uint32_t> steps;
  for (const ChipSpike& s : run.spikes) steps.push_back(s.step);
  REQUIRE(steps.size() == 11);
  CHECK(steps[1] - steps[0] == 36);
  // Rounding the real bias back: dv / 4096 (1 - e^-(1/20)) of it enters per step.
  CHECK(dequantize(q.chip, network).parameter(ParameterKind::bias, 0) == Approx(0.5).margin(0.001));
}

TEST_CASE("thresholds may differ within a population as long as each fits", "[loihi2]") {
  const Quantized q = quantize(one_neuron(
      {1.0, 1.0, 1.0}, {}, {.name = "hidden", .size = 3, .v_threshold = {0.5, 1.0, 2.0}}));
  const double scale = q.chip.populations[1].scale(0);
  CHECK(q.chip.neurons[3].vth == std::lround(0.5 / scale));
  CHECK(q.chip.neurons[5].vth == std::lround(2.0 / scale));
  CHECK(q.report.populations[1].threshold_min == q.chip.neurons[3].vth);
  CHECK(q.report.populations[1].threshold_max == q.chip.neurons[5].vth);
  CHECK(q.report.populations[1].threshold_error < 0.001);
}

TEST_CASE("thresholds are lowered by what the options say, population by population", "[loihi2]") {
  const Network network = random_network(5);
  const Quantized q = quantize(network, {.threshold_drop = {0.0, 0.05, 0.0}});
  const double scale = q.chip.populations[1].scale(0);
  CHECK(q.chip.neurons[20].vth * scale == Approx(0.95).epsilon(1e-12));
  CHECK(q.report.populations[1].threshold_error < 1e-12);
  CHECK(dequantize(q.chip, network).parameter(ParameterKind::v_threshold, 20) ==
        Approx(0.95).epsilon(1e-12));
  CHECK_THROWS_AS(quantize(network, {.threshold_drop = {0.05}}), InternalError);
  CHECK_THROWS_AS(quantize(network, {.threshold_drop = {0.0, 1.0, 0.0}}), DeploymentError);
}

TEST_CASE("weights that are all zero are a warning and not a crash", "[loihi2]") {
  for (const Scaling scaling : {Scaling::largest, Scaling::power_of_two}) {
    const Network network = one_neuron({0.0, 0.0}, {}, {});
    const Quantized q = quantize(network, {.scaling = scaling});
    CHECK(warns(q, "hidden: no incoming weight"));
    CHECK(units_of(q) == std::vector<double>{0.0, 0.0});
    CHECK(q.chip.neurons[2].vth == 2048);
    CHECK(Emulator(q.chip).run({20.0, {{1.0, 0}}}).spikes.size() == 1);
    CHECK(dequantize(q.chip, network).weight(0) == 0.0);
  }
  const Quantized readout =
      quantize(one_neuron({0.0}, {}, {.name = "hidden", .model = Model::cuba_li}));
  CHECK(readout.chip.populations[1].scale(0) > 0.0);
}

TEST_CASE("a projection that drowns beside a stronger one is reported", "[loihi2]") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto hidden = builder.add({.name = "hidden", .size = 1});
  builder.connect(in, hidden, {{0, 0, 10.0, 1.0}}, "strong");
  builder.connect(in, hidden, {{0, 0, 0.01, 1.0}}, "weak");
  const Quantized q = quantize(builder.build());
  CHECK(q.report.projections[1].weights_zeroed == 1);
  CHECK(warns(q, "weak: all weights are rounded to 0"));
}

TEST_CASE("what the chip cannot do is an error that names neuron and remedy", "[loihi2]") {
  const auto message = [](const Network& network,
                          const QuantizeOptions& options = {}) -> std::string {
    try {
      quantize(network, options);
    } catch (const NetworkError& error) {
      return std::string("network: ") + error.what();
    } catch (const DeploymentError& error) {
      return "chip " + error.field + ": " + error.what();
    }
    return {};
  };
  using Catch::Contains;
  CHECK_THAT(message(one_neuron({1.0}, {}, {.name = "hidden", .v_reset = {-0.1}})),
             Contains("chip v_reset: hidden[0]: v_reset is") && Contains("v_reset = 0"));
  CHECK_THAT(message(one_neuron({1.0}, {}, {.name = "hidden", .t_ref = {64.0}})),
             Contains("chip refractory_delay") && Contains("hidden[0]") && Contains("63"));
  CHECK_THAT(message(one_neuron({0.0001}, {}, {.name = "hidden", .v_threshold = {1.0}})),
             Contains("chip vth") && Contains("131071"));
  CHECK_THAT(message(one_neuron({5000.0}, {}, {})),
             Contains("chip vth") && Contains("clip_percentile"));
  CHECK_THAT(message(one_neuron({1.0}, {}, {.name = "hidden", .bias = {1e4}})),
             Contains("chip bias"));
  CHECK_THAT(message(one_neuron({1.0}, {}, {.name = "hidden", .tau_syn = {1e5}})),
             Contains("chip du") && Contains("tau_syn"));
  CHECK_THAT(message(one_neuron({1.0}, {}, {}), {.step = 0.0}), Contains("step"));
  CHECK_THAT(message(one_neuron({1.0}, {}, {}), {.clip_percentile = 0.0}),
             Contains("clip_percentile"));
  CHECK_THAT(message(one_neuron({1.0}, {}, {}), {.clip_percentile = 101.0}),
             Contains("clip_percentile"));
  CHECK_THAT(message(one_neuron({1.0}, {}, {}), {.spike_phase = -1.0}), Contains("spike_phase"));
  CHECK_THAT(message(one_neuron({1.0}, {}, {}), {.groups = 9}), Contains("groups"));
  CHECK_THAT(message(one_neuron({1.0}, {}, {}), {.weight_exponent = 8}),
             Contains("weight_exponent"));
  CHECK_THAT(message(one_neuron({1e-310}, {}, {.name = "hidden", .model = Model::cuba_li})),
             Contains("scaled"));
  // A readout does neither reset nor rest.
  CHECK(message(one_neuron(
                    {1.0}, {},
                    {.name = "hidden", .model = Model::cuba_li, .v_reset = {-0.1}, .t_ref = {2.0}}))
            .empty());
}

TEST_CASE("a chip network of another network is not taken back", "[loihi2]") {
  const Quantized q = quantize(random_network(1));
  CHECK_THROWS_AS(dequantize(q.chip, one_neuron({1.0}, {}, {})), NetworkError);
}

TEST_CASE("a refractory period is a whole number of steps that holds V as long", "[loihi2]") {
  // Crossings lie a quarter into their step on average, so 2 ms are 2 steps, and V is let go at the
  // beginning of the second step after that of the spike.
  const Network network = one_neuron({40.0}, {}, {.name = "hidden", .t_ref = {2.0}});
  const Quantized q = quantize(network);
  CHECK(q.chip.neurons[1].refractory_delay == 2);
  CHECK(quantize(one_neuron({1.0}, {}, {.name = "hidden"})).chip.neurons[1].refractory_delay == 1);
  CHECK(quantize(one_neuron({1.0}, {}, {.name = "hidden", .t_ref = {0.1}}))
            .chip.neurons[1]
            .refractory_delay == 1);
  CHECK(quantize(one_neuron({1.0}, {}, {.name = "hidden", .t_ref = {4.0}}), {.step = 0.5})
            .chip.neurons[1]
            .refractory_delay == 8);
  CHECK(dequantize(q.chip, network).parameter(ParameterKind::t_ref, 1) == 1.75);
  // A strong input fires the neuron as often as that allows, on the chip and exactly.
  const Trial trial{12.0, {{0.0, 0}}};
  const Emulation run = Emulator(q.chip).run(trial);
  const Tape exact = run_sequential(network, trial);
  REQUIRE(run.spikes.size() > 3);
  CHECK(run.spikes.size() + 1 >= exact.spikes.size());
  CHECK(run.spikes.size() <= exact.spikes.size() + 1);
  for (std::size_t k = 2; k < run.spikes.size(); ++k)
    CHECK(run.spikes[k].step - run.spikes[k - 1].step >= 2);
}

TEST_CASE("groups of neurons with scales of their own keep the steps of small weights",
          "[loihi2]") {
  // Neurons 0 and 1 have weights around 10, neurons 2 and 3 around 0.1.
  const std::vector<double> weights = {10.0, -8.0, 0.1, 0.05, 7.3, 9.1, -0.033, 0.077};
  const Network network = one_neuron(weights, {}, {.name = "hidden", .size = 4});
  const Quantized one = quantize(network), two = quantize(network, {.groups = 2});
  CHECK(one.chip.populations[1].scales.size() == 1);
  REQUIRE(two.chip.populations[1].scales.size() == 4);
  CHECK(two.report.populations[1].groups == 2);
  const Network coarse = dequantize(one.chip, network), back = dequantize(two.chip, network);
  double worst = 0.0;
  for (SynapseId s = 0; s < 8; ++s) {
    CAPTURE(s);
    CHECK(back.weight(s) == Approx(network.weight(s)).epsilon(0.02));
    worst = std::max(worst, std::fabs(coarse.weight(s) / network.weight(s) - 1.0));
  }
  CHECK(worst > 0.1);
  for (NeuronId n = 8; n < 12; ++n)
    CHECK(back.parameter(ParameterKind::v_threshold, n) == Approx(1.0).epsilon(1e-3));
}

TEST_CASE("a weight exponent makes units finer and changes nothing else", "[loihi2]") {
  const Network network = one_neuron({1.0, -0.7, 0.31}, {}, {.name = "hidden"});
  const Quantized plain = quantize(network), fine = quantize(network, {.weight_exponent = 4});
  CHECK(fine.chip.populations[1].scale(0) ==
        Approx(plain.chip.populations[1].scale(0) / 16.0).epsilon(1e-2));
  for (std::size_t k = 0; k < 3; ++k)
    CHECK(fine.chip.projections[0].weight_units(k) ==
          Approx(16.0 * plain.chip.projections[0].weight_units(k)).margin(16.0));
  CHECK(fine.chip.projections[0].format.exponent == plain.chip.projections[0].format.exponent + 4);
  const Network back = dequantize(fine.chip, network);
  for (SynapseId s = 0; s < 3; ++s)
    CHECK(back.weight(s) == Approx(network.weight(s)).margin(1.0 / 254.0));
}

TEST_CASE("given scales are kept", "[loihi2]") {
  const Network network = random_network(3);
  QuantizeOptions options;
  options.scales.assign(network.neuron_count(), 0.01);
  for (const ChipPopulation& p : quantize(network, options).chip.populations)
    if (p.model != ChipModel::input) CHECK(p.scales == std::vector<double>{0.01});
  options.scales.pop_back();
  CHECK_THROWS_AS(quantize(network, options), InternalError);
}

// A case of the issue: 300 inputs whose threshold is 287,191 units of a weight that is 127. Weight 58
// with threshold 131,071 is the same network.
TEST_CASE("units grow where a threshold would not fit, and the report says what that costs",
          "[loihi2]") {
  const Network network = one_neuron({1.0}, {}, {.name = "hidden", .v_threshold = {100.0}});
  const Quantized q = quantize(network);
  CHECK(q.chip.neurons[1].vth == vth_limit);
  const double weight = q.chip.projections[0].weight_units(0);
  CHECK(weight == 58.0);
  // The quotient of threshold and weight is that of the network: 100 / K(1 ms), tau 20 and 5 ms.
  const double k = (std::exp(-1.0 / 20.0) - std::exp(-1.0 / 5.0)) / 3.0;
  CHECK(vth_limit / weight == Approx(100.0 / k).epsilon(0.01));
  CHECK(warns(q, "hidden: its threshold or bias is so large"));
  CHECK(warns(q, "58 of the 127 units"));
  // So do scales that were found before, by calibration.
  CHECK(warns(quantize(network, {.scales = {1.0, q.chip.populations[1].scale(0)}}),
              "58 of the 127 units"));
  CHECK_FALSE(warns(quantize(one_neuron({1.0}, {}, {})), "its threshold or bias is so large"));
}

TEST_CASE("a neuron that does not leak, or forgets all in a step, is one of the chip", "[loihi2]") {
  const auto with_tau = [](double tau) {
    return quantize(one_neuron({0.1 * tau}, {}, {.name = "hidden", .tau_mem = {tau}}));
  };
  const Quantized no_leak = with_tau(1e6);
  CHECK(no_leak.chip.neurons[1].dv == 0);
  const Quantized ordinary = with_tau(1000.0);
  CHECK(ordinary.chip.neurons[1].dv == 4);
  // V rises by weight tau_syn / tau per arrival, whatever the decay rounds to: units of weight per
  // threshold are the same for both but for the leak.
  const auto ratio = [](const Quantized& q) {
    return q.chip.projections[0].weight_units(0) / q.chip.neurons[1].vth;
  };
  CHECK(ratio(no_leak) == Approx(ratio(ordinary)).epsilon(2e-3));
  // 7 s is a decay of 0.585, which rounds to 1, the decay of 4.1 s: the gain is that of 7 s.
  const Quantized badly = with_tau(7000.0);
  CHECK(badly.chip.neurons[1].dv == 1);
  CHECK(ratio(badly) == Approx(ratio(no_leak)).epsilon(1e-3));
  CHECK(quantize(one_neuron({1.0}, {}, {.name = "hidden", .tau_mem = {0.1}})).chip.neurons[1].dv ==
        4095);
}

// lif is the same on the grid, step by step: v_n is V at the beginning of step n.
TEST_CASE("lif, if and their readouts go on the chip, and come back as the network they stand for",
          "[loihi2]") {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 2});
  builder.add({.name = "a", .model = Model::lif, .size = 2, .tau_mem = {8.0}});
  builder.add({.name = "b", .model = Model::integrate_fire, .size = 2});
  builder.add({.name = "out", .model = Model::integrator, .size = 1});
  builder.connect(0, 1, {{0, 0, 0.7, 0.0}, {1, 1, 0.4, 0.0}, {0, 1, 0.3, 0.0}});
  builder.connect(1, 2, {{0, 0, 0.53, 0.0}, {1, 1, 0.6, 0.0}});
  builder.connect(2, 3, {{0, 0, 1.0, 0.0}, {1, 0, -1.0, 0.0}});
  const Network network = builder.build();
  const Quantized q = quantize(network, {.spike_phase = 0.0});
  CHECK(q.chip.populations[1].model == ChipModel::cuba_lif);
  CHECK(q.chip.populations[3].model == ChipModel::cuba_li);
  CHECK(q.chip.neurons[2].du == 4095);
  CHECK(q.chip.neurons[4].dv == 0);
  const Network back = dequantize(q.chip, network);
  for (SynapseId s = 0; s < network.synapse_count(); ++s)
    CHECK(back.weight(s) == Approx(network.weight(s)).epsilon(0.01));
  Trial trial;
  trial.duration = 40.0;
  for (int k = 0; k < 40; ++k) {
    if (k % 3 != 1) trial.inputs.push_back({1.0 * k, 0});
    if (k % 2 == 0) trial.inputs.push_back({1.0 * k, 1});
  }
  const Tape exact = SequentialMachine(network).run(trial);
  const Emulator chip(q.chip);
  std::vector<std::pair<Time, NeuronId>> found, expected;
  for (const ChipSpike& s : chip.run(trial).spikes) found.emplace_back(chip.time_of(s), s.neuron);
  for (const TapeSpike& s : exact.spikes) expected.emplace_back(s.time, s.neuron);
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  CHECK(expected.size() > 70);
  REQUIRE(found.size() == expected.size());
  for (std::size_t k = 0; k < found.size(); ++k) {
    CHECK(found[k].first == expected[k].first);
    CHECK(found[k].second == expected[k].second);
  }
}
