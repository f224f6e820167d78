// Feed-forward approximators: networks that learn, from examples, what a pursuit answers, so that what
// a pursuit resists can be held against what they do. Squared error, Adam, batch normalisation; no
// code below 0 (ReLU), as lengths of groups are.
//
//   dense               signal -> dense -> batch norm -> ReLU, layer after layer
//   linear transformer  signal + linear attention over its values -> dense -> batch norm -> ReLU
//
// Linear attention (Katharopoulos, Vyas, Pappas, Fleuret 2020, arXiv:2006.16236) with phi(z) = elu(z)
// + 1: value t of the signal asks with q_t = x_t a_t, answers to k_t = x_t b_t and brings x_t c_t, with
// a_t, b_t of `attention_width` numbers and c_t of one, learned for each place t:
//
//   o_t = phi(q_t) . S / phi(q_t) . Z      S = sum over s of phi(k_s) x_s c_s     Z = sum of phi(k_s)
//
// What a sequence is made of arXiv:2205.08955 does not say; that it is the values of the signal is our
// choice. Batch normalisation: Ioffe and Szegedy 2015 (arXiv:1502.03167), as PyTorch keeps it: the
// variance of the batch has n below, the running one n - 1, momentum 0.1, epsilon 1e-5.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <retrograde/engine/pursuit/dictionary.hpp>

namespace retrograde {

// A layer on a batch, a column each. `forward` with training remembers what `backward` needs.
class ApproximatorLayer {
 public:
  virtual ~ApproximatorLayer() = default;
  // As it is, by what it has learned.
  virtual Matrix apply(const Matrix& in) const = 0;
  // Of a training batch; `backward` is of the last one: takes dL/dout, leaves dL/dparameters in
  // `gradient` and returns dL/din.
  virtual Matrix forward(const Matrix& in) = 0;
  virtual Matrix backward(const Matrix& out_gradient) = 0;

  Vector parameters, gradient;
};

struct ApproximatorTraining {
  std::uint32_t epochs = 60;
  Eigen::Index batch = 64;
  double rate = 3e-3;      // of Adam, falling to 0 along half a cosine
  std::uint64_t seed = 1;  // of the order
  // Called after each epoch with the mean squared error; false: stop with Interrupted.
  std::function<bool(std::uint32_t epoch, double error)> progress = {};
};

class Approximator {
 public:
  // Dense layers of these widths; the last is that of the code. Throws UsageError for none, and as
  // the other for a size below 1.
  static Approximator dense(Eigen::Index dimension, const std::vector<Eigen::Index>& widths,
                            std::uint64_t seed);
  static Approximator linear_transformer(Eigen::Index dimension, Eigen::Index outputs,
                                         std::uint64_t seed, Eigen::Index attention_width = 8);

  // What it takes for the codes of these signals, a column each. Throws UsageError for signals of
  // another size.
  Matrix codes(const Matrix& signals) const;
  // Learns to answer `signals` with `codes`, a column each. Returns the mean squared error per value
  // of the last epoch. Throws UsageError for sizes that do not fit, fewer than 2 signals
  // or no epoch, NumericalError where training diverges.
  double train(const Matrix& signals, const Matrix& codes, const ApproximatorTraining& options);

  std::vector<std::unique_ptr<ApproximatorLayer>>& layers() { return layers_; }

 private:
  Approximator(Eigen::Index dimension, Eigen::Index outputs)
      : dimension_(dimension), outputs_(outputs) {}

  Eigen::Index dimension_, outputs_;
  std::vector<std::unique_ptr<ApproximatorLayer>> layers_;
};

}  // namespace retrograde
