#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_integers.hpp>

namespace retrograde::loihi2 {

namespace {

// Toward 0, as the published example converts its numbers.
std::int32_t integer(double value, double scale, int bits, const char* where, const char* field) {
  const double scaled = std::trunc(value * scale);
  if (!(std::fabs(scaled) < std::ldexp(1.0, bits - 1)))
    throw DeploymentError(where, field,
                          fmt::format("{} is {} at a scale of {}, beyond its register of {} bits; "
                                      "take a smaller scale",
                                      field, scaled, scale, bits));
  return static_cast<std::int32_t>(scaled);
}

// log2 of the step.
int exponent_of(double step) {
  int exponent = 0;
  const double mantissa = std::isfinite(step) && step > 0.0 ? std::frexp(step, &exponent) : 0.0;
  if (mantissa != 0.5 || exponent - 1 > 0 || exponent - 1 < 1 - lca_tau_bits)
    throw UsageError(
        fmt::format("a step of {} time constants; on the chip it is a power of two "
                    "from 2^{} to 1",
                    step, 1 - lca_tau_bits));
  return exponent - 1;
}

void require(const PursuitProblem& problem, const Vector& signal, const ChipLcaOptions& options) {
  check(problem, signal);
  if (options.bits < lca_bits_least || options.bits > lca_bits_most)
    throw UsageError(fmt::format("registers of {} bits; they have {} to {}", options.bits,
                                 lca_bits_least, lca_bits_most));
  if (options.steps == 0) throw UsageError("a run of 0 steps; it needs one at least");
}

}  // namespace

Matrix competition(const PursuitProblem& problem, double step) {
  const Matrix atoms = problem.dictionary.dense();
  const Eigen::Index n = atoms.cols();
  return step * (Matrix::Identity(n, n) - atoms.transpose() * atoms);
}

Vector thresholds(const PursuitProblem& problem) {
  const Penalty& penalty = problem.penalty;
  if (penalty.non_negative)
    throw DeploymentError("coefficients", "neuron model",
                          "an lca neuron codes with both signs; take a penalty without "
                          "non_negative");
  Vector lambda(penalty.groups.coefficients());
  for (Eigen::Index g = 0; g < penalty.groups.count(); ++g) {
    const Eigen::Index size = penalty.groups.size(g);
    if (size > 1 && penalty.l2(g) > 0.0)
      throw DeploymentError(
          "coefficients", "neuron model",
          fmt::format("group {} has {} coefficients and an l2 weight; no neuron of the chip has "
                      "the norm of a group. Take l1 weights, or run groups by events",
                      g, size));
    // Of a single coefficient both norms are its size.
    lambda.segment(penalty.groups.begin(g), size)
        .setConstant(penalty.l1(g) + (size == 1 ? penalty.l2(g) : 0.0));
  }
  return lambda;
}

LcaIntegers lca_integers(const PursuitProblem& problem, const Vector& signal,
                         const ChipLcaOptions& options) {
  require(problem, signal, options);
  const int step_exponent = exponent_of(options.step);
  const Vector lambda = thresholds(problem);
  LcaIntegers integers;
  integers.scale = lca_scale(problem, signal, options);
  const double scale = integers.scale;

  if (options.two_layers) {
    const Matrix atoms = problem.dictionary.dense();
    integers.feedforward =
        lca_weights(atoms.transpose(), step_exponent, "residual to coefficients");
    integers.feedback = lca_weights(-atoms, 0, "coefficients to residual");
  } else {
    integers.feedforward = lca_weights(competition(problem, options.step), 0, "competition");
  }

  const Vector drive = problem.dictionary.correlations(signal);
  integers.coefficients.resize(static_cast<std::size_t>(drive.size()));
  for (Eigen::Index j = 0; j < drive.size(); ++j) {
    Lca& neuron = integers.coefficients[static_cast<std::size_t>(j)];
    neuron.vth = integer(lambda(j), scale, options.bits, "coefficients", "vth");
    neuron.tau = static_cast<std::int32_t>(std::ldexp(options.step, lca_tau_bits));
    neuron.excites_itself = options.two_layers;
    if (!options.two_layers)
      neuron.bias = integer(drive(j) * options.step, scale, options.bits, "coefficients", "bias");
    neuron.input_shift = integers.feedforward.input_shift;
    neuron.bits = options.bits;
  }
  if (!options.two_layers) return integers;
  integers.residual.resize(static_cast<std::size_t>(signal.size()));
  for (Eigen::Index i = 0; i < signal.size(); ++i) {
    LcaResidual& neuron = integers.residual[static_cast<std::size_t>(i)];
    neuron.spike_height =
        integer(options.spike_height, scale, options.bits, "residual", "spike_height");
    neuron.bias = integer(signal(i), scale, options.bits, "residual", "bias");
    neuron.input_shift = integers.feedback.input_shift;
    neuron.bits = options.bits;
  }
  return integers;
}

}  // namespace retrograde::loihi2
