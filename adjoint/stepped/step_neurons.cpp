#include <limits>

#include <retrograde/adjoint/stepped/step_neurons.hpp>

namespace retrograde {

namespace {

constexpr std::size_t width = lanes::width;
using Lanes = std::array<float, width>;
constexpr float held_mark = -std::numeric_limits<float>::infinity();

}  // namespace

void advance(const StepPopulation& cells, std::uint32_t k, const StepScaling& scaling,
             std::size_t n, StepState& state, StepTraces& traces) {
  float* stored = traces.v.at(k, n);
  if (n == 0) {
    for (std::size_t b = 0; b < width; ++b) stored[b] = 0.0f;
    return;
  }
  const float rest = cells.rest[k], mem = cells.mem[k], kernel = cells.kernel[k],
              threshold = cells.threshold[k], reset = cells.reset[k],
              constant = cells.growth[k] + scaling.constant,
              held_kernel = cells.held ? cells.held_kernel[k] * scaling.factor : 0.0f;
  const float* signals = cells.held ? traces.signals.at(k, n - 1) : stored;
  const auto refractory = static_cast<std::int32_t>(cells.refractory[k]);
  std::array<float, width> spikes;
  for (std::size_t b = 0; b < width; ++b) {
    const bool held = state.held[b] > 0;
    const float signal = cells.held ? held_kernel * signals[b] : 0.0f;
    const float v = rest + (state.v[b] - rest) * mem + constant + kernel * state.i[b] + signal;
    const bool fires = !held && v >= threshold;
    stored[b] = held ? held_mark : v;
    state.v[b] = held || fires ? reset : v;
    state.held[b] = held ? state.held[b] - 1 : fires ? refractory : 0;
    spikes[b] = fires ? 1.0f : 0.0f;
  }
  if (!cells.fires) return;
  std::uint32_t* counts = &traces.spikes[k * width];
  for (std::size_t b = 0; b < width; ++b) counts[b] += spikes[b] != 0.0f;
  if (traces.sent.empty()) return;
  float* sent = traces.sent.at(k, n);
  for (std::size_t b = 0; b < width; ++b)
    sent[b] = traces.open.empty() ? spikes[b] : spikes[b] * traces.open[k * width + b];
}

void take_in(const StepPopulation& cells, std::uint32_t k, const StepScaling& scaling,
             std::size_t n, StepState& state, const StepTraces& traces) {
  if (!cells.impulses) return;
  const float syn = cells.syn[k];
  const float* arrived = traces.impulses.at(k, n);
  for (std::size_t b = 0; b < width; ++b)
    state.i[b] = syn * state.i[b] + scaling.factor * arrived[b];
}

void send_back(const StepPopulation& cells, std::uint32_t k, std::size_t n, StepCostate& costate,
               StepTraces& traces) {
  if (cells.impulses) {
    const float kernel = cells.kernel[k], syn = cells.syn[k];
    float* back = traces.impulses_back.at(k, n);
    for (std::size_t b = 0; b < width; ++b)
      back[b] = costate.i[b] = kernel * costate.v[b] + syn * costate.i[b];
  }
  if (cells.held) {
    const float kernel = cells.held_kernel[k];
    float* back = traces.signals_back.at(k, n);
    for (std::size_t b = 0; b < width; ++b) back[b] = kernel * costate.v[b];
  }
}

void turn_back(const StepPopulation& cells, std::uint32_t k, const Surrogate& surrogate,
               std::size_t n, StepCostate& costate, StepTraces& traces) {
  if (n == 0) {  // V(0) is given
    for (const float drift : costate.drift) traces.drift[k] += static_cast<double>(drift);
    return;
  }
  const float mem = cells.mem[k], threshold = cells.threshold[k];
  const float* v = traces.v.at(k, n);
  const float* back = traces.back.at(k, n);
  Lanes direct;  // surrogate(x) dL/do, or what the loss says
  if (cells.fires) {
    Lanes x;
    for (std::size_t b = 0; b < width; ++b) x[b] = v[b] - threshold;
    surrogate.of(x, direct);
    for (std::size_t b = 0; b < width; ++b) direct[b] *= back[b];
    if (!traces.open.empty())
      for (std::size_t b = 0; b < width; ++b) direct[b] *= traces.open[k * width + b];
  } else {
    for (std::size_t b = 0; b < width; ++b) direct[b] = back[b];
  }
  for (std::size_t b = 0; b < width; ++b) {
    const float through = v[b] >= threshold ? 0.0f : mem * costate.v[b];
    const float l = v[b] == held_mark ? 0.0f : through + direct[b];
    costate.v[b] = l;
    costate.drift[b] += l;
  }
}

}  // namespace retrograde
