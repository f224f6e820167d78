// Approximators: their gradients against central differences, batch normalisation in closed form,
// linear attention against its definition as a double sum, and that they learn.

#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/adjoint/pursuit/approximator.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

using namespace retrograde;

namespace {

Matrix normal(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Random random(seed, "test");
  Matrix m(rows, columns);
  for (Eigen::Index k = 0; k < m.size(); ++k) m(k) = random.normal();
  return m;
}

// A loss with another slope everywhere: half the squared distance from `wanted`.
double loss(Approximator& network, const Matrix& in, const Matrix& wanted) {
  Matrix values = in;
  for (auto& layer : network.layers()) values = layer->forward(values);
  return 0.5 * (values - wanted).squaredNorm();
}

void check_gradients(Approximator network, Eigen::Index dimension, Eigen::Index outputs) {
  const Matrix in = normal(dimension, 7, 1), wanted = normal(outputs, 7, 2);
  Matrix values = in;
  for (auto& layer : network.layers()) values = layer->forward(values);
  Matrix back = values - wanted;
  for (std::size_t k = network.layers().size(); k-- > 0;)
    back = network.layers()[k]->backward(back);
  const double h = 1e-6;

  Matrix moved = in;
  for (Eigen::Index k = 0; k < in.size(); ++k) {
    moved(k) = in(k) + h;
    const double above = loss(network, moved, wanted);
    moved(k) = in(k)-h;
    const double below = loss(network, moved, wanted);
    moved(k) = in(k);
    CHECK(back(k) == Approx((above - below) / (2 * h)).epsilon(1e-6).margin(1e-7));
  }
  for (auto& layer : network.layers()) {
    const Vector gradient = layer->gradient;
    REQUIRE(gradient.size() == layer->parameters.size());
    for (Eigen::Index k = 0; k < gradient.size(); ++k) {
      const double value = layer->parameters(k);
      layer->parameters(k) = value + h;
      const double above = loss(network, in, wanted);
      layer->parameters(k) = value - h;
      const double below = loss(network, in, wanted);
      layer->parameters(k) = value;
      CHECK(gradient(k) == Approx((above - below) / (2 * h)).epsilon(1e-6).margin(1e-7));
    }
  }
}

}  // namespace

TEST_CASE("gradients of approximators are those of differences") {
  check_gradients(Approximator::dense(5, {6, 4}, 3), 5, 4);
  check_gradients(Approximator::linear_transformer(5, 4, 3, 3), 5, 4);
}

TEST_CASE("batch normalisation: a batch has mean 0 and variance 1, and the running ones follow") {
  Approximator network = Approximator::dense(3, {2}, 1);
  ApproximatorLayer& layer = *network.layers()[1];
  const Matrix in = 3.0 * normal(2, 50, 5).array() + 2.0;
  const Matrix out = layer.forward(in);
  for (Eigen::Index row = 0; row < 2; ++row) {
    const double mean = in.row(row).mean();
    const double variance = (in.row(row).array() - mean).square().sum() / 50;
    CHECK(out.row(row).mean() == Approx(0.0).margin(1e-14));
    CHECK(out.row(row).squaredNorm() / 50 == Approx(variance / (variance + 1e-5)).epsilon(1e-13));
    // What is applied has moved a tenth of the way from mean 0 and variance 1.
    const double running = 0.9 + 0.1 * variance * 50 / 49;
    CHECK(layer.apply(in)(row, 0) ==
          Approx((in(row, 0) - 0.1 * mean) / std::sqrt(running + 1e-5)).epsilon(1e-13));
  }
}

TEST_CASE("linear attention is the quotient of two sums over all pairs of places") {
  const Eigen::Index size = 4, width = 3;
  Approximator network = Approximator::linear_transformer(size, 2, 9, width);
  const ApproximatorLayer& layer = *network.layers()[0];
  const Vector& p = layer.parameters;
  const Matrix in = normal(size, 1, 4);
  const Matrix out = layer.apply(in);
  const auto phi = [](double z) { return z > 0 ? z + 1 : std::exp(z); };
  for (Eigen::Index t = 0; t < size; ++t) {
    double above = 0, below = 0;
    for (Eigen::Index s = 0; s < size; ++s) {
      double similar = 0;
      for (Eigen::Index h = 0; h < width; ++h)
        similar += phi(in(t)*p(t * width + h)) * phi(in(s)*p(size * width + s * width + h));
      above += similar * in(s)*p(2 * size * width + s);
      below += similar;
    }
    CHECK(out(t) == Approx(in(t) + above / below).epsilon(1e-13));
  }
}

TEST_CASE("an approximator learns what another one does") {
  const Matrix in = normal(4, 400, 11);
  const Matrix codes = (normal(3, 4, 12) * in).cwiseMax(0.0);
  const double spread = codes.squaredNorm() / static_cast<double>(codes.size());
  for (const bool attention : {false, true}) {
    Approximator network =
        attention ? Approximator::linear_transformer(4, 3, 1) : Approximator::dense(4, {16, 3}, 1);
    Approximator again =
        attention ? Approximator::linear_transformer(4, 3, 1) : Approximator::dense(4, {16, 3}, 1);
    double first = 0;
    ApproximatorTraining options{.epochs = 200, .batch = 32, .rate = 1e-2};
    options.progress = [&](std::uint32_t epoch, double error) {
      if (epoch == 0) first = error;
      return true;
    };
    const double last = network.train(in, codes, options);
    CHECK(last < 0.05 * spread);
    CHECK(last < 0.2 * first);
    // What it has learned holds without a batch, and is the same each time.
    const Matrix off = network.codes(in) - codes;
    CHECK(off.squaredNorm() / static_cast<double>(off.size()) < 0.05 * spread);
    again.train(in, codes, options);
    CHECK(again.codes(in) == network.codes(in));
    options.progress = [](std::uint32_t, double) { return false; };
    CHECK_THROWS_AS(again.train(in, codes, options), Interrupted);
  }
}

TEST_CASE("an approximator refuses what it cannot learn from") {
  Approximator network = Approximator::dense(4, {3}, 1);
  CHECK_THROWS_AS(network.train(normal(4, 1, 1), normal(3, 1, 1), {}), UsageError);
  CHECK_THROWS_AS(network.train(normal(4, 9, 1), normal(3, 8, 1), {}), UsageError);
  CHECK_THROWS_AS(network.train(normal(4, 9, 1), normal(2, 9, 1), {}), UsageError);
  CHECK_THROWS_AS(network.train(normal(5, 9, 1), normal(3, 9, 1), {}), UsageError);
  CHECK_THROWS_AS(network.train(normal(4, 9, 1), normal(3, 9, 1), {.epochs = 0}), UsageError);
  CHECK_THROWS_AS(network.codes(normal(5, 9, 1)), UsageError);
  CHECK_THROWS_AS(Approximator::dense(4, {}, 1), UsageError);
  CHECK_THROWS_AS(Approximator::dense(0, {3}, 1), UsageError);
  CHECK_THROWS_AS(Approximator::dense(4, {3, 0}, 1), UsageError);
  CHECK_THROWS_AS(Approximator::linear_transformer(0, 4, 1), UsageError);
  CHECK_THROWS_AS(Approximator::linear_transformer(5, 0, 1), UsageError);
  CHECK_THROWS_AS(Approximator::linear_transformer(5, 4, 1, 0), UsageError);
}
