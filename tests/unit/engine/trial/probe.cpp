// Probes: sampled V and I against closed forms, and that looking changes nothing.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include <retrograde/engine/sequential/sequential.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/tape_fingerprint.hpp"

using namespace retrograde;
using Catch::Matchers::Contains;
using test::fingerprint;

namespace {

// A readout and a neuron that fires at 10 ln 2 ms by its bias, both tau_mem 10, tau_syn 5.
Network pair() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  builder.add({.name = "n",
               .size = 1,
               .tau_mem = {10.0},
               .v_reset = {-0.5},
               .bias = {2.0},
               .t_ref = {2.0}});
  const auto out =
      builder.add({.name = "out", .model = Model::cuba_li, .size = 1, .tau_mem = {10.0}});
  builder.connect(in, out, {{0, 0, 3.0, 1.0}});
  return builder.build();
}

}  // namespace

TEST_CASE(
    "a probe samples V and I of a readout as its closed form says: w (e^(-s/10) - e^(-s/5)) and w "
    "e^(-s/5)") {
  std::vector<Recording> recordings;
  const std::vector<Probe> probes{{{2}, 0.25}};
  run_sequential(pair(), {20.0, {{1.0, 0}}}, {}, probes, &recordings);
  REQUIRE(recordings.size() == 1);
  const Recording& r = recordings[0];
  REQUIRE(r.times.size() == 81);
  REQUIRE(r.v.at(0).size() == 81);
  REQUIRE(r.i.at(0).size() == 81);
  for (std::size_t k = 0; k < r.times.size(); ++k) {
    CHECK(r.times[k] == 0.25 * static_cast<double>(k));
    const double s = r.times[k] - 2.0;
    // At s = 0 the arrival has not happened yet.
    CHECK(std::fabs(r.v[0][k] - (s > 0 ? 3.0 * (std::exp(-s / 10) - std::exp(-s / 5)) : 0.0)) <
          1e-15);
    CHECK(std::fabs(r.i[0][k] - (s > 0 ? 3.0 * std::exp(-s / 5) : 0.0)) < 1e-15);
  }
}

TEST_CASE(
    "a probe sees V climb to the threshold, held at the reset while refractory, and climb again") {
  std::vector<Recording> recordings;
  const std::vector<Probe> probes{{{1}, 0.125}};
  const Tape tape = run_sequential(pair(), {30.0, {}}, {}, probes, &recordings);
  const double first = 10.0 * std::log(2.0), period = 2.0 + 10.0 * std::log(2.5);
  REQUIRE(tape.spikes.size() == 3);
  for (std::size_t k = 0; k < recordings[0].times.size(); ++k) {
    const double t = recordings[0].times[k];
    const double since = t <= first ? -1.0 : std::fmod(t - first, period);
    const double expected = since < 0.0   ? 2.0 - 2.0 * std::exp(-t / 10)
                            : since < 2.0 ? -0.5
                                          : 2.0 - 2.5 * std::exp(-(since - 2.0) / 10);
    CHECK(std::fabs(recordings[0].v[0][k] - expected) < 1e-13);
  }
}

TEST_CASE("a sample at the instant of a spike is the value before it: the threshold") {
  const Network network = pair();
  const Time t = run_sequential(network, {10.0, {}}).spikes.at(0).time;
  std::vector<Recording> recordings;
  const std::vector<Probe> probes{{{1}, t}};
  run_sequential(network, {8.0, {}}, {}, probes, &recordings);
  REQUIRE(recordings[0].times.size() == 2);
  CHECK(recordings[0].times[1] == t);
  CHECK(std::fabs(recordings[0].v[0][1] - 1.0) < 1e-15);
}

TEST_CASE("the end is sampled although so many intervals round to just above it") {
  // 3 * 0.1 > 0.3, and 1000 * (63.7 / 1000) > 63.7, in doubles.
  const auto times = [](Time duration, Time interval) {
    std::vector<Recording> recordings;
    const std::vector<Probe> probes{{{2}, interval}};
    run_sequential(pair(), {duration, {}}, {}, probes, &recordings);
    CHECK(recordings.at(0).v.at(0).size() == recordings.at(0).times.size());
    return recordings.at(0).times;
  };
  REQUIRE(3 * 0.1 > 0.3);
  CHECK(times(0.3, 0.1) == std::vector<Time>{0.0, 0.1, 0.2, 0.3});
  REQUIRE(1000 * (63.7 / 1000) > 63.7);
  CHECK(times(63.7, 63.7 / 1000).size() == 1001);
  CHECK(times(63.7, 63.7 / 1000).back() == 63.7);
  // No interval ends with these trials: the last sample is the last one inside.
  CHECK(times(0.31, 0.1) == std::vector<Time>{0.0, 0.1, 0.2, 3 * 0.1});
  CHECK(times(0.3, 0.4) == std::vector<Time>{0.0});
  CHECK(times(5.0, 5.0 + 1e-12) == std::vector<Time>{0.0});
}

TEST_CASE(
    "several probes with several neurons record each in its place, the same neuron twice as well") {
  std::vector<Recording> recordings;
  const std::vector<Probe> probes{{{2, 1}, 1.0}, {{1, 1}, 4.0}, {{}, 1.0}};
  run_sequential(pair(), {20.0, {{1.0, 0}}}, {}, probes, &recordings);
  REQUIRE(recordings.size() == 3);
  REQUIRE(recordings[1].times.size() == 6);
  CHECK(recordings[1].v[0] == recordings[1].v[1]);
  for (std::size_t k = 0; k < 6; ++k) CHECK(recordings[1].v[0][k] == recordings[0].v[1][4 * k]);
  CHECK(recordings[2].v.empty());
}

TEST_CASE(
    "every list of a recording is as long as its times, for inputs too, whose V and I are 0") {
  std::vector<Recording> recordings;
  const std::vector<Probe> probes{{{0, 1}, 1.0}};
  run_sequential(pair(), {5.0, {{1.0, 0}}}, {}, probes, &recordings);
  const Recording& r = recordings.at(0);
  REQUIRE(r.times.size() == 6);
  CHECK(r.v.at(0) == std::vector<double>(6, 0.0));
  CHECK(r.i.at(0) == std::vector<double>(6, 0.0));
  CHECK(r.v.at(1).size() == 6);
}

TEST_CASE("probes that could never end or that name no neuron are refused") {
  const auto message = [](const Probe& probe) {
    std::vector<Recording> recordings;
    try {
      run_sequential(pair(), {5.0, {}}, {}, std::span(&probe, 1), &recordings);
    } catch (const NetworkError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  for (const double interval : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()})
    CHECK_THAT(message({{1}, interval}), Contains("interval") && Contains("above 0"));
  CHECK_THAT(message({{3}, 1.0}), Contains("neuron 3"));
  CHECK(message({{1}, 1.0}) == "accepted");
}

TEST_CASE("probing changes not one bit of the result, whatever is probed and how often") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto r = test::random_network({.seed = seed});
    const RunOptions options{.readout = {Readout::Kind::voltage_integral, 2, 30.0}};
    const auto plain = fingerprint(run_sequential(r.network, r.trial, options));
    std::vector<NeuronId> all(r.network.neuron_count());
    for (NeuronId n = 0; n < all.size(); ++n) all[n] = n;
    for (const double interval : {0.01, 0.7, 1e9}) {
      std::vector<Recording> recordings;
      const std::vector<Probe> probes{{all, interval}, {{all.back()}, 0.3}};
      CHECK(fingerprint(run_sequential(r.network, r.trial, options, probes, &recordings)) == plain);
    }
  }
}

TEST_CASE(
    "the integral of V that the tape brings agrees with the sampled V by the trapezoidal rule") {
  // Coarse, but independent: resets cost the rule one sample each.
  const auto r = test::random_network({.seed = 3});
  const std::uint32_t hidden = 1;
  const Population& p = r.network.populations()[hidden];
  std::vector<NeuronId> neurons(p.size);
  for (std::uint32_t n = 0; n < p.size; ++n) neurons[n] = p.first + n;
  std::vector<Recording> recordings;
  const double interval = 1e-3;
  const std::vector<Probe> probes{{neurons, interval}};
  const Tape tape = run_sequential(r.network, r.trial,
                                   {.readout = {Readout::Kind::voltage_integral, hidden, never}},
                                   probes, &recordings);
  for (std::uint32_t n = 0; n < p.size; ++n) {
    const auto& v = recordings[0].v[n];
    double sum = -0.5 * (v.front() + v.back());
    for (const double value : v) sum += value;
    CHECK(std::fabs(interval * sum - tape.voltage_integrals[p.first + n]) <
          2e-3 * static_cast<double>(1 + tape.spikes.size() / p.size));
  }
}

TEST_CASE(
    "a probe of a qif stays finite: the lower end of what is recorded while it is refractory, its "
    "equation otherwise") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  const auto n = builder.add({.name = "n",
                              .model = Model::qif,
                              .size = 1,
                              .tau_mem = {20.0},
                              .tau_syn = {5.0},
                              .t_ref = {4.0}});
  builder.connect(in, n, {{0, 0, 200.0, 0.0}});
  std::vector<Recording> recordings;
  constexpr double h = 1e-3;
  const std::vector<Probe> probes{{{1}, h}};
  const Tape tape = run_sequential(builder.build(), {30.0, {{1.0, 0}}}, {}, probes, &recordings);
  std::vector<Time> spikes;
  for (const TapeSpike& spike : tape.spikes)
    if (spike.neuron == 1) spikes.push_back(spike.time);
  REQUIRE(spikes.size() >= 2);

  const Recording& r = recordings[0];
  const std::vector<double>&v = r.v[0], &i = r.i[0];
  constexpr double k = 2.0, most = 10.0 * k;  // k = tau_mem / (2 tau_syn)
  std::size_t held = 0, compared = 0;
  for (std::size_t at = 0; at < v.size(); ++at) {
    REQUIRE(std::fabs(v[at]) <= most);
    for (const Time spike : spikes)
      if (r.times[at] > spike && r.times[at] < spike + 4.0) {
        CHECK(v[at] == -most);
        ++held;
      }
    // tau_mem dV/dt = V (V - k) + I, by differences of what was recorded.
    if (at == 0 || at + 1 == v.size() || r.times[at - 1] <= 1.0 || std::fabs(v[at]) > 5.0) continue;
    const double slope = (v[at + 1] - v[at - 1]) / (2.0 * h);
    CHECK(slope == Approx((v[at] * (v[at] - k) + i[at]) / 20.0).epsilon(1e-5).margin(1e-5));
    ++compared;
  }
  // 4 ms of each spike, or what is left of the trial; an instant at either edge may fall outside.
  double expected = 0.0;
  for (const Time spike : spikes) expected += std::min(4.0, 30.0 - spike) / h;
  CHECK(std::fabs(static_cast<double>(held) - expected) <=
        2.0 * static_cast<double>(spikes.size()));
  CHECK(compared > 1000);
}

namespace {

// An input and an alif with an exponential and an alpha receptor, which fires once, early, by its bias.
Network two_receptors() {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 1});
  PopulationSpec spec{.name = "n", .model = Model::alif, .size = 1};
  spec.receptors = {SynapseShape::exponential, SynapseShape::alpha};
  spec.tau_mem = {10.0};
  spec.tau_syn = {5.0};
  spec.tau_syn_2 = {4.0};
  spec.tau_adapt = {50.0};
  spec.adaptation = {100.0};
  spec.bias = {2.0};
  const auto n = builder.add(spec);
  builder.connect(in, n, {{0, 0, -0.5, 3.0}}, "first", 0);
  builder.connect(in, n, {{0, 0, -0.25, 6.0}}, "second", 1);
  return builder.build();
}

}  // namespace

TEST_CASE(
    "a probe takes the current of each receptor as its closed form says: w e^(-s/5) and w (s/4) "
    "e^(1 - s/4), and the threshold with what spikes have added: 1 + 100 e^(-s/50)") {
  const Network network = two_receptors();
  std::vector<Recording> recordings;
  Probe probe{{0, 1}, 0.5};
  probe.v = probe.i = false;
  probe.receptors = {1, 0};
  probe.threshold = true;
  const Tape tape =
      run_sequential(network, {30.0, {{1.0, 0}}}, {}, std::span(&probe, 1), &recordings);
  const Recording& r = recordings.at(0);
  CHECK(r.v.empty());
  CHECK(r.i.empty());
  REQUIRE(r.receptors.size() == 2);
  REQUIRE(tape.spikes.size() == 2);  // that of the input and one of the neuron
  const Time fired = tape.spikes[1].time;
  REQUIRE(tape.spikes[1].neuron == 1);
  for (std::size_t k = 0; k < r.times.size(); ++k) {
    const double s = r.times[k] - 4.0, late = r.times[k] - 7.0, since = r.times[k] - fired;
    CHECK(std::fabs(r.receptors[1][1][k] - (s > 0 ? -0.5 * std::exp(-s / 5) : 0.0)) < 1e-15);
    CHECK(std::fabs(r.receptors[0][1][k] -
                    (late > 0 ? -0.25 * late / 4 * std::exp(1 - late / 4) : 0.0)) < 1e-15);
    CHECK(std::fabs(r.threshold[1][k] - (since > 0 ? 1.0 + 100.0 * std::exp(-since / 50) : 1.0)) <
          1e-13);
    for (const Samples* of_input : {&r.receptors[0], &r.receptors[1], &r.threshold})
      CHECK((*of_input)[0][k] == 0.0);
  }
}

TEST_CASE("the currents of receptors add up to I, those of step receptors are one together") {
  NetworkBuilder builder;
  const auto in = builder.add({.name = "in", .model = Model::input, .size = 2});
  PopulationSpec spec{.name = "n", .size = 1, .v_threshold = {50.0}};
  spec.receptors = {SynapseShape::exponential, SynapseShape::step, SynapseShape::step};
  const auto n = builder.add(spec);
  builder.connect(in, n, {{0, 0, 2.0, 0.0}}, "one", 0);
  builder.connect(in, n, {{0, 0, 0.5, 0.0}}, "two", 1);
  builder.connect(in, n, {{1, 0, 0.25, 0.0}}, "three", 2);
  const Network network = builder.build();
  std::vector<Recording> recordings;
  Probe probe{{2}, 1.0};
  probe.receptors = {0, 1, 2};
  probe.threshold = true;
  run_sequential(network, {20.0, {{1.0, 0}, {4.0, 1}}}, {}, std::span(&probe, 1), &recordings);
  const Recording& r = recordings.at(0);
  for (std::size_t k = 0; k < r.times.size(); ++k) {
    const double t = r.times[k];
    CHECK(r.receptors[1][0][k] == (t > 4 ? 0.75 : t > 1 ? 0.5 : 0.0));
    CHECK(r.receptors[2][0][k] == r.receptors[1][0][k]);
    CHECK(r.i[0][k] == r.receptors[0][0][k] + r.receptors[1][0][k]);
    CHECK(r.threshold[0][k] == 50.0);
  }
}

TEST_CASE("samples are taken from, up to and at the instants that a probe says, by both machines") {
  const Network network = pair();
  const Trial trial{20.0, {{1.0, 0}}};
  Probe every{{1, 2}, 0.1}, part{{1, 2}, 0.5, 3.0, 9.2}, listed{{2, 1}};
  listed.times = {0.0, 0.3, 7.7, 20.0, 33.0};
  listed.threshold = true;
  listed.receptors = {0};
  const std::vector<Probe> probes{every, part, listed};
  std::vector<Recording> recordings, windowed;
  run_sequential(network, trial, {}, probes, &recordings);
  run_windowed(network, trial, {}, probes, &windowed);
  CHECK(recordings[1].times.size() == 13);
  CHECK(recordings[1].times.front() == 3.0);
  CHECK(recordings[1].times.back() == 9.0);
  for (std::size_t n = 0; n < 2; ++n)
    for (std::size_t k = 0; k < 13; ++k)
      CHECK(std::fabs(recordings[1].v[n][k] - recordings[0].v[n][30 + 5 * k]) < 1e-14);
  CHECK(recordings[2].times ==
        std::vector<Time>{0.0, 0.3, 7.7, 20.0});  // the last is beyond the end
  CHECK(std::fabs(recordings[2].v[1][2] - recordings[0].v[0][77]) < 1e-13);
  CHECK(recordings[2].receptors[0] == recordings[2].i);
  CHECK(recordings[2].threshold[0] == std::vector<double>(4, never));  // a readout has none
  CHECK(recordings[2].threshold[1] == std::vector<double>(4, 1.0));
  for (std::size_t p = 0; p < probes.size(); ++p) {
    const auto a = quantities_of(probes[p], recordings[p]),
               b = quantities_of(probes[p], windowed[p]);
    REQUIRE(a.size() == b.size());
    for (std::size_t q = 0; q < a.size(); ++q)
      for (std::size_t n = 0; n < 2; ++n)
        for (std::size_t k = 0; k < recordings[p].times.size(); ++k)
          CHECK((*a[q])[n][k] == Approx((*b[q])[n][k]).margin(1e-12));
  }
}

TEST_CASE("probes at instants that are none, and of receptors that are not there, are refused") {
  const auto message = [](const Probe& probe, Time duration = 5.0) {
    std::vector<Recording> recordings;
    try {
      run_sequential(pair(), {duration, {}}, {}, std::span(&probe, 1), &recordings);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  Probe probe{{1}, 1.0};
  probe.times = {1.0, 0.5};
  CHECK_THAT(message(probe), Contains("ascending"));
  probe.times = {-1.0, 0.5};
  CHECK_THAT(message(probe), Contains("ascending"));
  probe.times = {0.5, never};
  CHECK_THAT(message(probe), Contains("finite"));
  probe.times = {};
  probe.from = 2.0;
  probe.to = 1.0;
  CHECK_THAT(message(probe), Contains("from 2 to 1 ms"));
  probe.to = never;
  probe.receptors = {1};
  CHECK_THAT(message(probe), Contains("receptor 1") && Contains("n has 1"));
  // Two quantities are one sample; four are two.
  Probe many{{1}, 1e-6};
  CHECK_THAT(message(many, 120.0), Contains("samples") && Contains("longer interval"));
  many.i = false;
  many.to = 1e-3;
  CHECK(message(many, 120.0) == "accepted");
}
