#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <initializer_list>
#include <numbers>
#include <numeric>

#include <retrograde/adjoint/adam_step.hpp>
#include <retrograde/adjoint/pursuit/approximator.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

using Index = Eigen::Index;

// out = W in + b; the parameters are W, column by column, then b.
class Dense final : public ApproximatorLayer {
 public:
  Dense(Index in, Index out, std::uint64_t seed, std::uint64_t layer) : in_size_(in), out_(out) {
    parameters = Vector::Zero(out * in + out);
    Random random(seed, "approximator/dense", layer);
    const double spread = std::sqrt(2.0 / static_cast<double>(in));  // He et al. 2015, for ReLU
    for (Index k = 0; k < out * in; ++k) parameters(k) = random.normal(0.0, spread);
  }

  Matrix apply(const Matrix& in) const override {
    return (weights() * in).colwise() + Vector(parameters.tail(out_));
  }
  Matrix forward(const Matrix& in) override {
    in_ = in;
    return apply(in);
  }
  Matrix backward(const Matrix& out_gradient) override {
    gradient.resize(parameters.size());
    gradient.head(out_ * in_size_) = Matrix(out_gradient * in_.transpose()).reshaped();
    gradient.tail(out_) = out_gradient.rowwise().sum();
    return weights().transpose() * out_gradient;
  }

 private:
  Matrix weights() const { return parameters.head(out_ * in_size_).reshaped(out_, in_size_); }

  Index in_size_, out_;
  Matrix in_;
};

// The parameters are scales, then shifts.
class BatchNorm final : public ApproximatorLayer {
 public:
  explicit BatchNorm(Index size)
      : size_(size), mean_(Vector::Zero(size)), variance_(Vector::Ones(size)) {
    parameters.resize(2 * size);
    parameters << Vector::Ones(size), Vector::Zero(size);
  }

  Matrix apply(const Matrix& in) const override {
    const Vector scale = parameters.head(size_).array() / (variance_.array() + epsilon).sqrt();
    const Vector shift = parameters.tail(size_).array() - scale.array() * mean_.array();
    return (scale.asDiagonal() * in).colwise() + shift;
  }
  Matrix forward(const Matrix& in) override {
    const auto n = static_cast<double>(in.cols());
    const Vector mean = in.rowwise().mean();
    const Matrix centred = in.colwise() - mean;
    const Vector variance = centred.rowwise().squaredNorm() / n;
    mean_ = (1.0 - momentum) * mean_ + momentum * mean;
    variance_ = (1.0 - momentum) * variance_ + momentum * n / (n - 1.0) * variance;
    inverse_ = (variance.array() + epsilon).rsqrt();
    normal_ = inverse_.asDiagonal() * centred;
    return (parameters.head(size_).asDiagonal() * normal_).colwise() +
           Vector(parameters.tail(size_));
  }
  Matrix backward(const Matrix& out_gradient) override {
    gradient.resize(parameters.size());
    gradient.head(size_) = out_gradient.cwiseProduct(normal_).rowwise().sum();
    gradient.tail(size_) = out_gradient.rowwise().sum();
    // The mean and the variance of the batch depend on its values, too.
    const auto n = static_cast<double>(out_gradient.cols());
    const Matrix rest = (out_gradient.colwise() - Vector(gradient.tail(size_) / n)) -
                        Vector(gradient.head(size_) / n).asDiagonal() * normal_;
    return Vector(parameters.head(size_).cwiseProduct(inverse_)).asDiagonal() * rest;
  }

 private:
  static constexpr double epsilon = 1e-5, momentum = 0.1;
  Index size_;
  Vector mean_, variance_, inverse_;
  Matrix normal_;
};

class Relu final : public ApproximatorLayer {
 public:
  Matrix apply(const Matrix& in) const override { return in.cwiseMax(0.0); }
  Matrix forward(const Matrix& in) override {
    in_ = in;
    return apply(in);
  }
  Matrix backward(const Matrix& out_gradient) override {
    return (in_.array() > 0.0).select(out_gradient, 0.0);
  }

 private:
  Matrix in_;
};

// phi(z) = elu(z) + 1, and its slope.
double phi(double z) { return z > 0.0 ? z + 1.0 : std::exp(z); }
double phi_slope(double z) { return z > 0.0 ? 1.0 : std::exp(z); }

// The signal plus what attention brings. The parameters are a_t, then b_t, of all places t, then c_t.
class LinearAttention final : public ApproximatorLayer {
 public:
  LinearAttention(Index size, Index width, std::uint64_t seed) : size_(size), width_(width) {
    parameters.resize(size * (2 * width + 1));
    Random random(seed, "approximator/attention");
    for (Index k = 0; k < parameters.size(); ++k) parameters(k) = random.normal(0.0, 0.5);
  }

  Matrix apply(const Matrix& in) const override {
    Matrix out = in;
    for (Index n = 0; n < in.cols(); ++n) {
      const Sums sums = sums_of(in, n);
      for (Index t = 0; t < size_; ++t) out(t, n) += answer(sums, in(t, n), t);
    }
    return out;
  }
  Matrix forward(const Matrix& in) override {
    in_ = in;
    return apply(in);
  }
  Matrix backward(const Matrix& out_gradient) override {
    gradient = Vector::Zero(parameters.size());
    Matrix in_gradient = out_gradient;
    for (Index n = 0; n < in_.cols(); ++n) add_backward(n, out_gradient, in_gradient);
    return in_gradient;
  }

 private:
  struct Sums {
    Vector s, z;  // over the places: phi(k) x c, and phi(k)
  };
  double a(Index t, Index h) const { return parameters(t * width_ + h); }
  double b(Index t, Index h) const { return parameters((size_ + t) * width_ + h); }
  double c(Index t) const { return parameters(2 * size_ * width_ + t); }

  Sums sums_of(const Matrix& in, Index n) const {
    Sums sums{Vector::Zero(width_), Vector::Zero(width_)};
    for (Index t = 0; t < size_; ++t)
      for (Index h = 0; h < width_; ++h) {
        const double x = in(t, n), k = phi(x * b(t, h));
        sums.s(h) += k * x * c(t);
        sums.z(h) += k;
      }
    return sums;
  }

  double answer(const Sums& sums, double x, Index t) const {
    double above = 0.0, below = 0.0;
    for (Index h = 0; h < width_; ++h) {
      const double q = phi(x * a(t, h));
      above += q * sums.s(h);
      below += q * sums.z(h);
    }
    return above / below;
  }

  // Of one signal: first what its questions bring back, then what its answers do.
  void add_backward(Index n, const Matrix& out_gradient, Matrix& in_gradient) {
    const Sums sums = sums_of(in_, n);
    Sums back{Vector::Zero(width_), Vector::Zero(width_)};
    for (Index t = 0; t < size_; ++t) {
      const double x = in_(t, n), g = out_gradient(t, n);
      double below = 0.0;
      for (Index h = 0; h < width_; ++h) below += phi(x * a(t, h)) * sums.z(h);
      const double o = answer(sums, x, t);
      for (Index h = 0; h < width_; ++h) {
        const double q = phi(x * a(t, h)) / below;
        back.s(h) += g * q;
        back.z(h) -= g * q * o;
        const double by_q = g * (sums.s(h) - o * sums.z(h)) / below * phi_slope(x * a(t, h));
        gradient(t * width_ + h) += by_q * x;
        in_gradient(t, n) += by_q * a(t, h);
      }
    }
    for (Index t = 0; t < size_; ++t) {
      const double x = in_(t, n);
      for (Index h = 0; h < width_; ++h) {
        const double k = phi(x * b(t, h));
        const double by_k = (back.s(h) * x * c(t) + back.z(h)) * phi_slope(x * b(t, h));
        gradient((size_ + t) * width_ + h) += by_k * x;
        gradient(2 * size_ * width_ + t) += back.s(h) * k * x;
        in_gradient(t, n) += by_k * b(t, h) + back.s(h) * k * c(t);
      }
    }
  }

  Index size_, width_;
  Matrix in_;
};

void add_dense(std::vector<std::unique_ptr<ApproximatorLayer>>& layers, Index in, Index out,
               std::uint64_t seed) {
  layers.push_back(std::make_unique<Dense>(in, out, seed, layers.size()));
  layers.push_back(std::make_unique<BatchNorm>(out));
  layers.push_back(std::make_unique<Relu>());
}

// Of inputs, layers and attention.
void require(std::initializer_list<Index> sizes) {
  for (const Index size : sizes)
    if (size < 1)
      throw UsageError(
          fmt::format("a layer of an approximator has at least 1 value, not {}", size));
}

}  // namespace

Approximator Approximator::dense(Index dimension, const std::vector<Index>& widths,
                                 std::uint64_t seed) {
  if (widths.empty()) throw UsageError("an approximator needs at least one layer");
  require({dimension});
  Approximator network(dimension, widths.back());
  for (const Index width : widths) {
    require({width});
    add_dense(network.layers_, dimension, width, seed);
    dimension = width;
  }
  return network;
}

Approximator Approximator::linear_transformer(Index dimension, Index outputs, std::uint64_t seed,
                                              Index attention_width) {
  require({dimension, outputs, attention_width});
  Approximator network(dimension, outputs);
  network.layers_.push_back(std::make_unique<LinearAttention>(dimension, attention_width, seed));
  add_dense(network.layers_, dimension, outputs, seed);
  return network;
}

Matrix Approximator::codes(const Matrix& signals) const {
  if (signals.rows() != dimension_)
    throw UsageError(fmt::format("signals of {} values for an approximator from {}", signals.rows(),
                                 dimension_));
  Matrix values = signals;
  for (const auto& layer : layers_) values = layer->apply(values);
  return values;
}

double Approximator::train(const Matrix& signals, const Matrix& codes,
                           const ApproximatorTraining& options) {
  const Index count = signals.cols();
  if (count < 2 || codes.cols() != count)
    throw UsageError(fmt::format(
        "an approximator learns from at least 2 signals and as many codes, not from {} and {}",
        count, codes.cols()));
  if (signals.rows() != dimension_ || codes.rows() != outputs_)
    throw UsageError(
        fmt::format("signals of {} and codes of {} values for an approximator from {} to {}",
                    signals.rows(), codes.rows(), dimension_, outputs_));
  if (options.epochs < 1) throw UsageError("an approximator learns for at least 1 epoch");
  const Index batch = std::clamp<Index>(options.batch, 2, count);
  std::vector<Vector> m, v;
  for (const auto& layer : layers_) {
    m.emplace_back(Vector::Zero(layer->parameters.size()));
    v.emplace_back(Vector::Zero(layer->parameters.size()));
  }

  const Index batches = count / batch;  // what is left over comes in another epoch
  const double steps = static_cast<double>(batches) * options.epochs;
  double error = 0.0, step = 0.0;
  for (std::uint32_t epoch = 0; epoch < options.epochs; ++epoch) {
    std::vector<std::uint32_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0u);
    Random(options.seed, "approximator/shuffle", epoch).shuffle(std::span(order));
    error = 0.0;
    for (Index first = 0; first + batch <= batches * batch; first += batch) {
      const std::span<const std::uint32_t> chosen = std::span(order).subspan(
          static_cast<std::size_t>(first), static_cast<std::size_t>(batch));
      // Forward, and the squared error.
      Matrix values = signals(Eigen::all, chosen);
      for (const auto& layer : layers_) values = layer->forward(values);
      const Matrix off = values - codes(Eigen::all, chosen);
      error += off.squaredNorm() / static_cast<double>(off.size());
      // Backward, and a step of Adam.
      Matrix back = 2.0 / static_cast<double>(off.size()) * off;
      for (std::size_t k = layers_.size(); k-- > 0;) back = layers_[k]->backward(back);
      const double rate = options.rate * 0.5 * (1.0 + std::cos(std::numbers::pi * step / steps));
      step += 1.0;
      const AdamStep adam(0.9, 0.999, 1e-8, step);
      for (std::size_t k = 0; k < layers_.size(); ++k)
        for (Index i = 0; i < layers_[k]->parameters.size(); ++i)
          layers_[k]->parameters(i) -= adam(rate, layers_[k]->gradient(i), m[k](i), v[k](i));
    }
    error /= static_cast<double>(batches);
    if (!std::isfinite(error))
      throw NumericalError("the training of an approximator diverged; lower its learning rate");
    if (options.progress && !options.progress(epoch, error))
      throw Interrupted("the training of an approximator was stopped");
  }
  return error;
}

}  // namespace retrograde
