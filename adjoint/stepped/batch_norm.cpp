#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/adjoint/adam_step.hpp>
#include <retrograde/adjoint/stepped/batch_norm.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

constexpr std::size_t width = lanes::width;

}  // namespace

BatchNorm::BatchNorm(const Network& network, const StepPlan& plan, const BatchNormSpec& spec)
    : plan_(plan), spec_(spec) {
  for (std::uint32_t p = 0; p < spec.populations.size(); ++p) {
    if (!spec.populations[p]) continue;
    const StepPopulation& cells = plan.populations[p];
    const std::string& name = network.populations()[p].name;
    if (cells.input)
      throw NetworkError(name,
                         "an input receives nothing that batch normalisation could act on; "
                         "name a population behind it");
    for (const StepLink& link : plan.links)
      if (link.recurrent && link.target == p)
        throw NetworkError(
            name,
            "it reaches itself, and batch normalisation needs all that arrives beforehand; "
            "leave it out of batch_norm");
    if (cells.impulses == cells.held)
      throw NetworkError(name,
                         "batch normalisation needs what arrives to be either signals or "
                         "spikes, not both and not nothing; leave it out of batch_norm");
    Normalised n;
    n.population = p;
    n.held = cells.held;
    n.gain.assign(cells.size, spec.gain);
    n.variance.assign(cells.size, 1.0);
    for (auto* zeros : {&n.offset, &n.mean, &n.gain_m, &n.gain_v, &n.offset_m, &n.offset_v,
                        &n.batch_mean, &n.batch_variance, &n.gain_gradient, &n.offset_gradient})
      zeros->assign(cells.size, 0.0);
    populations_.push_back(std::move(n));
  }
}

BatchNorm::Normalised* BatchNorm::find(std::uint32_t population) {
  for (Normalised& n : populations_)
    if (n.population == population) return &n;
  return nullptr;
}
// By how much a constant arrival of 1 raises V at each point.
double BatchNorm::constant_kernel(const Normalised& n, std::uint32_t k) const {
  const StepPopulation& cells = plan_.populations[n.population];
  return static_cast<double>(cells.held_kernel[k]) *
         (n.held ? cells.held_steady[k] : cells.steady[k]);
}

std::vector<StepScaling> BatchNorm::scale(std::uint32_t population,
                                          std::span<const StepChunk> chunks, std::size_t points) {
  Normalised* n = find(population);
  if (!n) return {};
  std::vector<StepScaling> scaling(n->gain.size());
  n->count = 0.0;
  for (const StepChunk& chunk : chunks) n->count += static_cast<double>(points * chunk.trials);
  for_each_trial(scaling.size(), [&](std::size_t k) {
    const auto over_all = [&](const auto& value) {
      double sum = 0.0;
      for (const StepChunk& chunk : chunks) {
        const StepTraces& traces = chunk.populations[population];
        const float* a = (n->held ? traces.signals : traces.impulses).at(k);
        for (std::size_t t = 0; t < points; ++t)
          for (std::size_t b = 0; b < chunk.trials; ++b)
            sum += value(static_cast<double>(a[t * width + b]));
      }
      return sum / n->count;
    };
    const double mean = over_all([](double x) { return x; });
    const double variance = over_all([&](double x) { return (x - mean) * (x - mean); });
    n->batch_mean[k] = mean;
    n->batch_variance[k] = variance;
    const double factor = n->gain[k] / std::sqrt(variance + spec_.epsilon);
    const double constant =
        (n->offset[k] - factor * mean) * constant_kernel(*n, static_cast<std::uint32_t>(k));
    scaling[k] = {static_cast<float>(factor), static_cast<float>(constant)};
  });
  return scaling;
}

// With f = gain / sigma and c = offset - f mean: the loss depends on A through f A and through c, so
//   dL/df = sum dL/d(fA) A, dL/dc = kernel sum dL/dV, and from these all others.
void BatchNorm::back(std::uint32_t population, std::span<StepChunk> chunks, std::size_t points) {
  Normalised* n = find(population);
  if (!n) return;
  for_each_trial(n->gain.size(), [&](std::size_t k) {
    double by_factor = 0.0, drift = 0.0;
    const auto rows = [&](StepTraces& traces) {
      return std::pair{n->held ? traces.signals.at(k) : traces.impulses.at(k),
                       n->held ? traces.signals_back.at(k) : traces.impulses_back.at(k)};
    };
    for (StepChunk& chunk : chunks) {
      const auto [a, e] = rows(chunk.populations[population]);
      for (std::size_t t = 0; t < points; ++t)
        for (std::size_t b = 0; b < chunk.trials; ++b)
          by_factor +=
              static_cast<double>(e[t * width + b]) * static_cast<double>(a[t * width + b]);
      drift += chunk.populations[population].drift[k];
    }
    const double by_constant = drift * constant_kernel(*n, static_cast<std::uint32_t>(k));
    const double mean = n->batch_mean[k], sigma = std::sqrt(n->batch_variance[k] + spec_.epsilon),
                 factor = n->gain[k] / sigma;
    n->gain_gradient[k] = (by_factor - mean * by_constant) / sigma;
    n->offset_gradient[k] = by_constant;
    const double by_mean = -factor * by_constant / n->count;
    const double by_sigma = -factor * (by_factor - mean * by_constant) / sigma;
    const double by_deviation = by_sigma / (sigma * n->count);
    for (StepChunk& chunk : chunks) {
      const auto [a, e] = rows(chunk.populations[population]);
      for (std::size_t t = 0; t < points; ++t)
        for (std::size_t b = 0; b < chunk.trials; ++b) {
          float& x = e[t * width + b];
          const double deviation = static_cast<double>(a[t * width + b]) - mean;
          x = static_cast<float>(factor * static_cast<double>(x) + by_mean +
                                 by_deviation * deviation);
        }
    }
  });
}

void BatchNorm::step(double factor, std::optional<double> momentum, std::size_t trials) {
  ++steps_;
  const double share = 1.0 / static_cast<double>(trials), rate = spec_.rate * factor;
  const AdamStep adam(momentum.value_or(spec_.beta1), spec_.beta2, spec_.adam_epsilon, steps_);
  for (Normalised& n : populations_) {
    const double unbiased = n.count > 1.0 ? n.count / (n.count - 1.0) : 1.0;
    for (std::size_t k = 0; k < n.gain.size(); ++k) {
      n.gain[k] -= adam(rate, share * n.gain_gradient[k], n.gain_m[k], n.gain_v[k]);
      n.offset[k] -= adam(rate, share * n.offset_gradient[k], n.offset_m[k], n.offset_v[k]);
      n.mean[k] += spec_.momentum * (n.batch_mean[k] - n.mean[k]);
      n.variance[k] += spec_.momentum * (unbiased * n.batch_variance[k] - n.variance[k]);
    }
  }
}

template <typename Self, typename Visit>
void BatchNorm::visit(Self& self, const Visit& each) {
  each(self.steps_);
  for (auto& n : self.populations_)
    for (auto* values :
         {&n.gain, &n.offset, &n.mean, &n.variance, &n.gain_m, &n.gain_v, &n.offset_m, &n.offset_v})
      for (auto& x : *values) each(x);
}

std::vector<double> BatchNorm::state() const {
  std::vector<double> state;
  if (!none()) visit(*this, [&](double x) { state.push_back(x); });
  return state;
}

void BatchNorm::restore(std::span<const double> state) {
  if (state.size() != this->state().size())
    throw InternalError("BatchNorm::restore: a state of another network");
  std::size_t at = 0;
  if (!none()) visit(*this, [&](double& x) { x = state[at++]; });
}

Network BatchNorm::folded(const Network& network) const {
  if (none()) return network;
  const ParameterLayout& layout = network.layout();
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  for (const Normalised& n : populations_) {
    std::vector<double> factors(n.gain.size());
    const NeuronId first = plan_.populations[n.population].first;
    for (std::size_t k = 0; k < factors.size(); ++k) {
      factors[k] = n.gain[k] / std::sqrt(n.variance[k] + spec_.epsilon);
      const double steady = constant_kernel(n, static_cast<std::uint32_t>(k)) /
                            static_cast<double>(plan_.populations[n.population].held_kernel[k]);
      values[layout.offset(ParameterKind::bias) + first + k] +=
          (n.offset[k] - factors[k] * n.mean[k]) * steady;
    }
    for (const Projection& p : network.projections())
      if (p.target == n.population)
        for (SynapseId k = 0; k < p.size; ++k) values[p.first + k] *= factors[p.targets[k]];
  }
  return network.with_parameters(std::move(values));
}

}  // namespace retrograde
