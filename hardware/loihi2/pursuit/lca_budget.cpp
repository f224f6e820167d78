#include <cmath>
#include <utility>

#include <retrograde/engine/pursuit/fista.hpp>
#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_budget.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_integers.hpp>

namespace retrograde::loihi2 {

namespace {

// In units of the chip. What are integers there are integers here, which doubles hold exactly: sums of
// stored weights times messages stay below 2^53.
class ApproximateRun {
 public:
  ApproximateRun(const PursuitProblem& problem, const Vector& signal, const ChipLcaOptions& options,
                 const LcaApproximation& approximation)
      : options_(options), integer_(approximation.states) {
    const LcaIntegers integers = lca_integers(problem, signal, options);
    scale_ = integers.scale;
    limit_ = std::ldexp(1.0, options.bits - 1) - 1.0;
    feedforward_shift_ = integers.feedforward.input_shift;
    feedback_shift_ = integers.feedback.input_shift;
    const auto real = [&](const LcaWeights& weights) -> Matrix {
      return std::ldexp(1.0, weights.exponent()) * weights.stored.cast<double>();
    };
    if (options.two_layers) {
      const Matrix atoms = problem.dictionary.dense();
      feedforward_ = approximation.weights ? real(integers.feedforward)
                                           : Matrix(options.step * atoms.transpose());
      feedback_ = approximation.weights ? real(integers.feedback) : Matrix(-atoms);
    } else {
      feedforward_ =
          approximation.weights ? real(integers.feedforward) : competition(problem, options.step);
    }
    const Vector drive = problem.dictionary.correlations(signal);
    lambda_ = scale_ * thresholds(problem);
    bias_ = scale_ * options.step * drive;
    signal_ = scale_ * signal;
    spike_height_ = scale_ * options.spike_height;
    if (!integer_) return;
    for (Eigen::Index j = 0; j < drive.size(); ++j) {
      lambda_(j) = integers.coefficients[static_cast<std::size_t>(j)].vth;
      bias_(j) = integers.coefficients[static_cast<std::size_t>(j)].bias;
    }
    for (Eigen::Index i = 0; options.two_layers && i < signal.size(); ++i)
      signal_(i) = integers.residual[static_cast<std::size_t>(i)].bias;
    spike_height_ = std::trunc(spike_height_);
  }

  Vector run() {
    Vector v = Vector::Zero(lambda_.size()), code = v;
    Vector residual = Vector::Zero(signal_.size()), sent = residual;
    for (std::uint32_t k = 0; k < options_.steps; ++k) {
      const Vector before = std::exchange(code, soft(v));
      v = rounded((1.0 - options_.step) * v);
      if (options_.two_layers) {
        const Vector heard = std::exchange(sent, residual_sent(residual, before));
        v += input(feedforward_, heard, feedforward_shift_) + rounded(options_.step * code);
      } else {
        v += input(feedforward_, before, feedforward_shift_) + bias_;
      }
      v = saturated(std::move(v));
    }
    return code / scale_;
  }

 private:
  Vector soft(const Vector& v) const {
    return v.array().sign() * (v.array().abs() - lambda_.array()).max(0.0);
  }
  Vector rounded(Vector x) const { return integer_ ? Vector(x.array().floor()) : x; }
  Vector saturated(Vector x) const {
    return integer_ ? Vector(x.array().min(limit_).max(-limit_)) : x;
  }
  static Vector arriving(const Matrix& weights, const Vector& sent) {
    Vector sum = Vector::Zero(weights.rows());
    for (Eigen::Index j = 0; j < sent.size(); ++j)
      if (sent(j) != 0.0) sum.noalias() += sent(j) * weights.col(j);
    return sum;
  }
  // The input of the chip's neurons saturates before its shift.
  Vector input(const Matrix& weights, const Vector& sent, int shift) const {
    Vector sum = rounded(arriving(weights, sent));
    if (!integer_) return sum;
    const double most = std::floor(std::ldexp(double{lca_input_limit}, -shift)),
                 least = std::floor(std::ldexp(-double{lca_input_limit}, -shift));
    return sum.cwiseMin(most).cwiseMax(least);
  }
  // What the second layer sends, and sets back.
  Vector residual_sent(Vector& residual, const Vector& code) const {
    residual = saturated(residual + input(feedback_, code, feedback_shift_) + signal_);
    const auto sends = (residual.array().abs() > spike_height_).eval();
    const Vector sent = sends.select(residual, 0.0);
    residual = sends.select(0.0, residual).eval();
    return sent;
  }

  const ChipLcaOptions& options_;
  bool integer_;
  int feedforward_shift_ = 0, feedback_shift_ = 0;
  double scale_ = 1.0, limit_ = 0.0, spike_height_ = 0.0;
  Matrix feedforward_, feedback_;
  Vector lambda_, bias_, signal_;
};

}  // namespace

Vector approximate_lca(const PursuitProblem& problem, const Vector& signal,
                       const ChipLcaOptions& options, const LcaApproximation& approximation) {
  return ApproximateRun(problem, signal, options, approximation).run();
}

LcaBudget lca_budget(const PursuitProblem& problem, const Vector& signal,
                     const ChipLcaOptions& options) {
  ChipLcaOptions fixed = options;
  fixed.scale = lca_integers(problem, signal, options).scale;  // which checks everything
  const PursuitSolution best = fista(problem, signal);
  if (!best.converged)
    throw NumericalError(
        "the optimum that the chip is compared with was not found; normalise the "
        "dictionary, or take larger weights");

  LcaBudget budget;
  budget.scale = fixed.scale;
  budget.optimum.code = best.code;
  // The code of the last step is that of the voltages one step before.
  const std::uint32_t passed = fixed.steps - 1;
  budget.time.code =
      problem.penalty.shrunk(passed == 0 ? Vector(Vector::Zero(best.code.size()))
                                         : lca_flow(problem, signal, passed * fixed.step, passed));
  budget.steps.code = approximate_lca(problem, signal, fixed, {});
  budget.weights.code = approximate_lca(problem, signal, fixed, {.weights = true});
  budget.states.code = approximate_lca(problem, signal, fixed, {.states = true});
  budget.chip.code = approximate_lca(problem, signal, fixed, {.weights = true, .states = true});
  const double norm = best.code.norm(), unit = norm > 0.0 ? norm : 1.0;
  for (LcaBudgetEntry* entry : {&budget.optimum, &budget.time, &budget.steps, &budget.weights,
                                &budget.states, &budget.chip}) {
    entry->objective = objective(problem, signal, entry->code);
    entry->zeros = static_cast<std::uint32_t>((entry->code.array() == 0.0).count());
    entry->from_optimum = (entry->code - best.code).norm() / unit;
    entry->from_steps = (entry->code - budget.steps.code).norm() / unit;
  }
  return budget;
}

}  // namespace retrograde::loihi2
