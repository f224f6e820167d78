#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include <retrograde/engine/pursuit/stepped_lca.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_integers.hpp>

namespace retrograde::loihi2 {

namespace {

ChipPopulation population(const char* name, ChipModel model, Eigen::Index size, NeuronId first,
                          double scale) {
  ChipPopulation p;
  p.name = name;
  p.model = model;
  p.first = first;
  p.size = static_cast<std::uint32_t>(size);
  p.scales = {64.0 / scale};  // v counts 1/64 of it
  return p;
}

ChipProjection projection(const char* name, std::uint32_t source, std::uint32_t target,
                          const LcaWeights& weights) {
  ChipProjection p;
  p.name = name;
  p.source = source;
  p.target = target;
  p.format = weights.format;
  p.message_bits = 24;
  p.synapses.reserve(static_cast<std::size_t>(weights.stored.size()));
  for (Eigen::Index s = 0; s < weights.stored.cols(); ++s)
    for (Eigen::Index t = 0; t < weights.stored.rows(); ++t)
      if (const std::int16_t weight = weights.stored(t, s); weight != 0)
        p.synapses.push_back(
            {static_cast<std::uint32_t>(s), static_cast<std::uint32_t>(t), weight, 0});
  return p;
}

}  // namespace

double lca_scale(const PursuitProblem& problem, const Vector& signal,
                 const ChipLcaOptions& options) {
  if (options.scale != 0.0) {
    if (!(options.scale > 0.0) || !std::isfinite(options.scale))
      throw UsageError(fmt::format("a scale of {}; it has to be above 0", options.scale));
    return options.scale;
  }
  const SteppedLcaResult real = stepped_lca(
      problem, signal, {options.step, options.steps, options.two_layers, options.spike_height});
  // A potential that is no number sends nothing, and so a code of 0.
  if (!real.potential.allFinite() ||
      !(objective(problem, signal, real.code) <= 0.5 * signal.squaredNorm() * (1.0 + 1e-12)))
    throw UsageError(
        fmt::format("the LCA diverges with a step of {} time constants for a dictionary whose "
                    "largest eigenvalue "
                    "is {:.3g}; take a smaller step",
                    options.step, problem.dictionary.largest_eigenvalue()));
  // What `bits` hold of a value that large. Where nothing is coded, as if the largest were 1.
  const auto scale_of = [](int bits, double largest) {
    const double exponent = largest > 0.0 ? std::ceil(std::log2(largest)) : 0.0;
    return std::ldexp(1.0, bits - static_cast<int>(exponent));
  };
  const int half = options.bits - 2;
  const double bias =
      options.two_layers
          ? signal.cwiseAbs().maxCoeff()
          : options.step * problem.dictionary.correlations(signal).cwiseAbs().maxCoeff();
  return std::fmin(
      scale_of(options.bits == lca_bits_most ? 24 : half, real.code.cwiseAbs().maxCoeff()),
      scale_of(half, std::fmax(thresholds(problem).maxCoeff(), bias)));
}

ChipLca put_on_chip(const PursuitProblem& problem, const Vector& signal,
                    const ChipLcaOptions& options) {
  const LcaIntegers integers = lca_integers(problem, signal, options);
  ChipLca lca;
  lca.scale = integers.scale;
  lca.steps = options.steps;
  ChipNetwork& chip = lca.network;
  chip.step = options.chip_step;
  chip.populations.push_back(
      population("coefficients", ChipModel::lca, problem.dictionary.size(), 0, integers.scale));
  chip.populations.back().cells = integers.coefficients;
  if (options.two_layers) {
    chip.populations.push_back(population("residual", ChipModel::lca_residual, signal.size(),
                                          chip.populations[0].size, integers.scale));
    chip.populations.back().cells = integers.residual;
    chip.projections.push_back(projection("residual to coefficients", 1, 0, integers.feedforward));
    chip.projections.push_back(projection("coefficients to residual", 0, 1, integers.feedback));
  } else {
    chip.projections.push_back(projection("competition", 0, 0, integers.feedforward));
  }
  const ChipPopulation& last = chip.populations.back();
  chip.neurons.resize(last.first + last.size);
  check(chip);
  return lca;
}

ChipLcaRun run(const ChipLca& lca, const PursuitProblem& problem, const Vector& signal) {
  ChipLcaRun result;
  result.emulation = Emulator(lca.network).run(std::vector<ChipSpike>{}, lca.steps);
  result.trace.resize(lca.steps);
  for (const ChipSpike& message : result.emulation.spikes) ++result.trace[message.step].messages;
  result.code = Vector::Zero(problem.dictionary.size());
  for_each_code(lca, result.emulation, [&](std::uint32_t step, const Vector& code) {
    result.trace[step].objective = objective(problem, signal, code);
    result.trace[step].zeros = static_cast<std::uint32_t>((code.array() == 0.0).count());
    if (step + 1 == lca.steps) result.code = code;
  });
  result.objective = objective(problem, signal, result.code);
  result.kkt = kkt_residual(problem, signal, result.code);
  result.zeros = static_cast<std::uint32_t>((result.code.array() == 0.0).count());
  return result;
}

}  // namespace retrograde::loihi2
