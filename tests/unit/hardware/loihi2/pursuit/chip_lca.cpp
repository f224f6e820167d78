// Basis pursuit in the chip's integers. The reference is the arithmetic of the published solver
// (lava-nc/lava-optimization 39ab7011, solvers/lca, and Dense of lava-nc/lava), written down once more
// here in 64 bits with one shift, layer by layer and without a network.
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;
using Catch::Matchers::Contains;

namespace {

struct Case {
  PursuitProblem problem;
  Vector signal;
};

// Atoms of length 1 and a signal of three of them.
Case drawn(Eigen::Index dimension, Eigen::Index atoms, double lambda, unsigned seed) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return static_cast<double>(random()) / 2147483648.0 - 1.0; };
  Matrix d(dimension, atoms);
  for (Eigen::Index k = 0; k < d.size(); ++k) d(k) = uniform();
  d = normalised(d);
  const Vector signal = 1.5 * d.col(0) - 0.8 * d.col(2) + 0.4 * d.col(atoms - 1);
  return {{Dictionary(d), Penalty::equal(Groups::equal(atoms, 1), lambda, 0.0)}, signal};
}

using Integers = Eigen::Matrix<std::int64_t, Eigen::Dynamic, Eigen::Dynamic>;
using Row = std::vector<std::int64_t>;

// What Lava's Dense makes of a matrix of mixed signs: integers toward 0, then bit 0 taken away.
Integers dense_weights(const Matrix& weights, int& exponent) {
  std::frexp(weights.cwiseAbs().maxCoeff(), &exponent);
  exponent -= 8;
  Integers result(weights.rows(), weights.cols());
  for (Eigen::Index k = 0; k < weights.size(); ++k) {
    const auto w = static_cast<std::int64_t>(std::ldexp(weights(k), -exponent));
    result(k) = (w - (w & 1));
  }
  return result;
}

Row dense(const Integers& weights, const Row& sent, int exponent) {
  Row result(static_cast<std::size_t>(weights.rows()), 0);
  for (Eigen::Index t = 0; t < weights.rows(); ++t) {
    std::int64_t sum = 0;
    for (Eigen::Index s = 0; s < weights.cols(); ++s)
      sum += weights(t, s) * sent[static_cast<std::size_t>(s)];
    result[static_cast<std::size_t>(t)] = sum >> -exponent;
  }
  return result;
}

std::int64_t activation(std::int64_t v, std::int64_t vth) {
  const std::int64_t beyond = std::max<std::int64_t>(std::abs(v) - vth, 0);
  return v < 0 ? -beyond : beyond;
}

// Codes of all steps.
std::vector<Row> one_layer(const Case& c, double lambda, int tau_exponent, double scale,
                           std::uint32_t steps) {
  const Matrix d = c.problem.dictionary.dense();
  const double tau = std::ldexp(1.0, tau_exponent);
  int exponent = 0;
  const Integers weights =
      dense_weights((Matrix::Identity(d.cols(), d.cols()) - d.transpose() * d) * tau, exponent);
  const Vector correlations = d.transpose() * c.signal;
  const auto tau_int = static_cast<std::int64_t>(std::ldexp(1.0, tau_exponent + 24));
  const auto vth = static_cast<std::int64_t>(lambda * scale);
  Row v(static_cast<std::size_t>(d.cols()), 0), sent = v, buffer = v;
  std::vector<Row> codes;
  for (std::uint32_t k = 0; k < steps; ++k) {
    const Row arriving = buffer;
    for (std::size_t j = 0; j < v.size(); ++j) {
      sent[j] = activation(v[j], vth);
      const auto bias =
          static_cast<std::int64_t>(correlations(static_cast<Eigen::Index>(j)) * tau * scale);
      v[j] = ((v[j] * ((std::int64_t{1} << 24) - tau_int)) >> 24) + arriving[j] + bias;
    }
    buffer = dense(weights, sent, exponent);
    codes.push_back(sent);
  }
  return codes;
}

std::vector<Row> two_layers(const Case& c, double lambda, int tau_exponent, double scale,
                            std::int64_t spike_height, std::uint32_t steps) {
  const Matrix d = c.problem.dictionary.dense();
  int exponent = 0;
  Integers feedback = dense_weights(d, exponent);  // for the exponent
  const Integers feedforward = dense_weights(d.transpose(), exponent);
  for (Eigen::Index k = 0; k < d.size(); ++k) {
    const auto w = -static_cast<std::int64_t>(std::ldexp(d(k), -exponent));
    feedback(k) = w - (w & 1);
  }
  const auto tau_int = static_cast<std::int64_t>(std::ldexp(1.0, tau_exponent + 24));
  const auto vth = static_cast<std::int64_t>(lambda * scale);
  Row v(static_cast<std::size_t>(d.cols()), 0), sent = v, onto_v = v;
  Row r(static_cast<std::size_t>(d.rows()), 0), errors = r, onto_r = r;
  std::vector<Row> codes;
  for (std::uint32_t k = 0; k < steps; ++k) {
    const Row to_v = onto_v, to_r = onto_r;
    for (std::size_t j = 0; j < v.size(); ++j) {
      sent[j] = activation(v[j], vth);
      v[j] = ((v[j] * ((std::int64_t{1} << 24) - tau_int)) >> 24) + to_v[j] +
             ((sent[j] * tau_int) >> 24);
    }
    for (std::size_t i = 0; i < r.size(); ++i) {
      r[i] += to_r[i] + static_cast<std::int64_t>(c.signal(static_cast<Eigen::Index>(i)) * scale);
      errors[i] = std::abs(r[i]) > spike_height ? r[i] : 0;
      if (errors[i] != 0) r[i] = 0;
    }
    onto_r = dense(feedback, sent, exponent);
    onto_v = dense(feedforward, errors, exponent + tau_exponent);
    codes.push_back(sent);
  }
  return codes;
}

void same_codes(const ChipLca& lca, const std::vector<Row>& expected) {
  const Emulation emulation = Emulator(lca.network).run(std::vector<ChipSpike>{}, lca.steps);
  std::uint32_t different = 0, active = 0;
  for_each_code(lca, emulation, [&](std::uint32_t step, const Vector& code) {
    for (Eigen::Index j = 0; j < code.size(); ++j) {
      const auto sent = static_cast<std::int64_t>(code(j) * lca.scale);
      different += sent != expected[step][static_cast<std::size_t>(j)];
      active += sent != 0;
    }
  });
  CHECK(different == 0);
  CHECK(active > lca.steps);
}

}  // namespace

TEST_CASE("a pursuit of one layer on the chip is the published arithmetic, message by message",
          "[loihi2][pursuit]") {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const Case c = drawn(6, 8, 0.1, seed);
    for (const double scale : {1024.0, 2097152.0, 4194304.0})
      same_codes(put_on_chip(c.problem, c.signal, {.step = 1.0 / 32, .steps = 60, .scale = scale}),
                 one_layer(c, 0.1, -5, scale, 60));
  }
}

TEST_CASE("a pursuit of two layers on the chip is the published arithmetic, message by message",
          "[loihi2][pursuit]") {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    const Case c = drawn(6, 8, 0.1, seed);
    for (const double spike_height : {0.0, 0.25})
      same_codes(put_on_chip(c.problem, c.signal,
                             {.step = 1.0 / 32,
                              .steps = 60,
                              .two_layers = true,
                              .spike_height = spike_height,
                              .scale = 2097152.0}),
                 two_layers(c, 0.1, -5, 2097152.0,
                            static_cast<std::int64_t>(spike_height * 2097152.0), 60));
  }
}

TEST_CASE("what a run of a pursuit on the chip says is what it sent", "[loihi2][pursuit]") {
  const Case c = drawn(10, 16, 0.1, 11);
  const ChipLca lca = put_on_chip(c.problem, c.signal, {.step = 1.0 / 16, .steps = 400});
  const ChipLcaRun result = run(lca, c.problem, c.signal);
  REQUIRE(result.trace.size() == 400);
  std::uint64_t messages = 0;
  for (const ChipLcaStep& step : result.trace) messages += step.messages;
  CHECK(messages == result.emulation.spikes.size());
  CHECK(result.trace.front().messages == 0);  // v begins at 0
  CHECK(result.trace.front().zeros == 16);
  CHECK(result.trace.front().objective == Approx(0.5 * c.signal.squaredNorm()));
  CHECK(result.trace.back().objective == result.objective);
  CHECK(result.trace.back().messages == 16 - result.zeros);
  CHECK(result.objective == objective(c.problem, c.signal, result.code));
  // Near the same run in real numbers, and not at it: weights have 7 bits and a sign.
  const Vector real = stepped_lca(c.problem, c.signal, {.step = 1.0 / 16, .steps = 400}).code;
  CHECK((result.code - real).norm() < 0.1 * real.norm());
  CHECK((result.code - real).norm() > 1e-6 * real.norm());
}

TEST_CASE("the scale is the largest power of two that the code of a run fits",
          "[loihi2][pursuit]") {
  const Case c = drawn(6, 8, 0.1, 3);
  ChipLcaOptions options{.step = 1.0 / 32, .steps = 60};
  const double scale = lca_scale(c.problem, c.signal, options);
  const double largest =
      stepped_lca(c.problem, c.signal, {.step = 1.0 / 32, .steps = 60}).code.cwiseAbs().maxCoeff();
  CHECK(std::exp2(std::round(std::log2(scale))) == scale);
  CHECK(largest * scale <= 16777216.0);
  CHECK(2.0 * largest * scale > 16777216.0);
  options.bits = 24;
  CHECK(lca_scale(c.problem, c.signal, options) == scale / 4);
  options.scale = 12345.0;
  CHECK(lca_scale(c.problem, c.signal, options) == 12345.0);
  CHECK(lca_scale(c.problem, Vector::Zero(6), {}) == 16777216.0);

  // The run is that of the options: a residual that never speaks leaves no code.
  ChipLcaOptions silent{.two_layers = true, .spike_height = 1e6};
  CHECK(lca_scale(c.problem, 4.0 * c.signal, silent) == 16777216.0);
  silent.spike_height = 0.0;
  CHECK(lca_scale(c.problem, 4.0 * c.signal, silent) < 16777216.0);
}

TEST_CASE("narrow registers of a residual hold the signal, too", "[loihi2][pursuit]") {
  // Little of the signal is coded.
  const PursuitProblem problem{Dictionary(Matrix(Matrix::Identity(3, 1))),
                               Penalty::equal(Groups::equal(1, 1), 0.1, 0.0)};
  Vector signal(3);
  signal << 0.5, 0.0, -40.0;
  const double one = lca_scale(problem, signal, {.bits = 24});
  const double two = lca_scale(problem, signal, {.two_layers = true, .bits = 24});
  CHECK(one == 8388608.0);  // 0.4 at 2^22 / 2^-1
  CHECK(two == 65536.0);    // 40 at 2^22 / 2^6
  CHECK_NOTHROW(put_on_chip(problem, signal, {.two_layers = true, .bits = 24}));
}

TEST_CASE("registers of 24 bits hold the scale that is chosen for them", "[loihi2][pursuit]") {
  const Case c = drawn(6, 8, 0.05, 4);
  const auto saturations = [&](double scale) {
    const ChipLca lca = put_on_chip(c.problem, c.signal,
                                    {.step = 1.0 / 32, .steps = 300, .scale = scale, .bits = 24});
    return run(lca, c.problem, c.signal).emulation.populations[0].v_saturations;
  };
  const double fits = lca_scale(c.problem, c.signal, {.step = 1.0 / 32, .steps = 300, .bits = 24});
  CHECK(saturations(fits) == 0);
  CHECK(saturations(4.0 * fits) > 0);
}

TEST_CASE("a group of one coefficient has the threshold of both its weights", "[loihi2][pursuit]") {
  const Case c = drawn(6, 8, 0.1, 3);
  const auto threshold = [&](double l1, double l2) {
    const PursuitProblem problem{c.problem.dictionary, Penalty::equal(Groups::equal(8, 1), l1, l2)};
    const ChipLca lca = put_on_chip(problem, c.signal, {.scale = 65536.0});
    return std::get<std::vector<Lca>>(lca.network.populations[0].cells)[5].vth;
  };
  CHECK(threshold(0.25, 0.0) == 16384);
  CHECK(threshold(0.0, 0.25) == 16384);
  CHECK(threshold(0.125, 0.125) == 16384);
}

TEST_CASE("weights of 0 are no synapses", "[loihi2][pursuit]") {
  Matrix atoms = Matrix::Zero(4, 4);
  atoms.diagonal().setOnes();
  atoms(0, 1) = 0.6;
  atoms(1, 1) = 0.8;
  const PursuitProblem problem{Dictionary(atoms), Penalty::equal(Groups::equal(4, 1), 0.1, 0.0)};
  const ChipLca lca = put_on_chip(problem, Vector::Ones(4), {});
  // Only the first two overlap: -0.6 / 128 with an exponent of -7 - 8 is -153, stored as -154.
  const ChipProjection& competition = lca.network.projections[0];
  REQUIRE(competition.synapses.size() == 2);
  CHECK(competition.synapses[0] == ChipSynapse{0, 1, -153, 0});
  CHECK(competition.format.sign == SignMode::inhibitory);
  CHECK(competition.format.exponent == -8);
  CHECK(std::get<std::vector<Lca>>(lca.network.populations[0].cells)[0].input_shift == 7);
}

TEST_CASE("what the chip cannot pursue is refused with a remedy", "[loihi2][pursuit]") {
  const Case c = drawn(6, 8, 0.1, 3);
  const auto refused = [&](const PursuitProblem& problem, const char* why) {
    CHECK_THROWS_WITH(put_on_chip(problem, c.signal, {}), Contains(why));
    CHECK_THROWS_AS(put_on_chip(problem, c.signal, {}), DeploymentError);
  };
  refused({c.problem.dictionary, Penalty::equal(Groups::equal(8, 2), 0.0, 0.1)}, "norm of a group");
  refused({c.problem.dictionary, Penalty::equal(Groups::equal(8, 1), 0.1, 0.0, true)},
          "both signs");
  // Groups of one, and groups without an l2 weight, are basis pursuit.
  CHECK_NOTHROW(put_on_chip({c.problem.dictionary, Penalty::equal(Groups::equal(8, 1), 0.0, 0.1)},
                            c.signal, {}));
  CHECK_NOTHROW(put_on_chip({c.problem.dictionary, Penalty::equal(Groups::equal(8, 2), 0.1, 0.0)},
                            c.signal, {}));

  const auto misused = [&](const ChipLcaOptions& options, const char* why) {
    CHECK_THROWS_WITH(put_on_chip(c.problem, c.signal, options), Contains(why));
    CHECK_THROWS_AS(put_on_chip(c.problem, c.signal, options), UsageError);
  };
  misused({.step = 0.01}, "power of two");
  misused({.step = 0.0}, "power of two");
  misused({.step = 2.0}, "power of two");
  misused({.step = std::ldexp(1.0, -24)}, "power of two");
  misused({.steps = 0}, "0 steps");
  misused({.scale = -1.0}, "scale");
  misused({.bits = 33}, "33 bits");
  CHECK_THROWS_AS(put_on_chip(c.problem, Vector::Ones(5), {}), UsageError);
  CHECK_THROWS_AS(put_on_chip(c.problem, Vector::Constant(6, NAN), {}), UsageError);
  // lambda beyond 32 bits; weights beyond every exponent.
  CHECK_THROWS_WITH(put_on_chip(c.problem, c.signal, {.scale = std::ldexp(1.0, 35)}),
                    Contains("vth") && Contains("smaller scale"));
  const PursuitProblem tiny{Dictionary(Matrix(1e-9 * c.problem.dictionary.dense())),
                            c.problem.penalty};
  CHECK_THROWS_WITH(put_on_chip(tiny, c.signal, {.two_layers = true, .scale = 1024.0}),
                    Contains("exponent") && Contains("scale the dictionary"));
}

TEST_CASE("a scale is not taken from a run that diverges", "[loihi2][pursuit]") {
  const Case c = drawn(10, 60, 0.1, 7);
  REQUIRE(c.problem.dictionary.largest_eigenvalue() > 6.0);
  for (const double step : {0.25, 0.5, 1.0}) {
    CHECK_THROWS_AS(lca_scale(c.problem, c.signal, {.step = step}), UsageError);
    CHECK_THROWS_WITH(put_on_chip(c.problem, c.signal, {.step = step}),
                      Contains("diverges") && Contains("smaller step"));
  }
  CHECK_NOTHROW(put_on_chip(c.problem, c.signal, {.step = 1.0 / 32}));
}

TEST_CASE("the scale of a weak signal leaves room for lambda and the biases", "[loihi2][pursuit]") {
  const Case c = drawn(6, 8, 0.1, 3);
  const Vector weak = 0.1005 * c.problem.dictionary.dense().col(3);
  for (const bool two_layers : {false, true}) {
    const ChipLcaOptions options{.two_layers = two_layers};
    const double scale = lca_scale(c.problem, weak, options);
    CHECK(0.1 * scale <= std::ldexp(1.0, 30));
    CHECK(0.1005 * scale <= std::ldexp(1.0, 31));
    const ChipLcaRun result = run(put_on_chip(c.problem, weak, options), c.problem, weak);
    if (!two_layers) CHECK(result.code(3) > 0.0);  // of two, weights of 8 bits lose it
    CHECK(result.emulation.populations[0].v_saturations == 0);
  }
}
