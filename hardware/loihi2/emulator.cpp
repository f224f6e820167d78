#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator.hpp>

namespace retrograde::loihi2 {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

// Does shifting every weight before the sum equal shifting the sum?
bool shift_is_exact(const ChipProjection& projection) {
  if (projection.format.exponent >= 0) return true;
  const std::int32_t unit = 1 << -projection.format.exponent;
  return std::all_of(projection.synapses.begin(), projection.synapses.end(),
                     [&](const ChipSynapse& s) { return s.weight % unit == 0; });
}

std::uint32_t steps_of(const Trial& trial, Time step) {
  // A duration that is a multiple of the step but for rounding means that multiple.
  const double steps = std::max(1.0, std::ceil(trial.duration / step * (1.0 - 1e-12)));
  if (steps > 0x1p31)
    throw LimitError(
        "steps", 0x1p31, steps,
        fmt::format("the trial has {} steps; take a longer step or a shorter trial", steps));
  return static_cast<std::uint32_t>(steps);
}

}  // namespace

Emulator::Emulator(ChipNetwork network) : network_(std::move(network)) {
  check(network_);
  const NeuronId neurons = network_.neuron_count();
  population_of_.resize(neurons);
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
    const ChipPopulation& population = network_.populations[p];
    std::fill_n(population_of_.begin() + population.first, population.size, p);
  }

  lanes_.resize(network_.populations.size());
  std::vector<std::uint32_t> shared(network_.populations.size(),
                                    none);  // offset of the shared lane
  std::vector<std::uint32_t> offset_of(network_.projections.size());
  std::vector<char> shifted_before(network_.projections.size());
  const auto add_lane = [&](std::uint32_t population, int exponent) {
    const std::uint32_t offset = slot_width_;
    lanes_[population].push_back({offset, exponent});
    slot_width_ += network_.populations[population].size;
    return offset;
  };
  delivery_begin_.assign(std::size_t{neurons} + 1, 0);
  for (std::size_t k = 0; k < network_.projections.size(); ++k) {
    const ChipProjection& projection = network_.projections[k];
    shifted_before[k] = shift_is_exact(projection);
    if (shifted_before[k]) {
      std::uint32_t& offset = shared[projection.target];
      if (offset == none) offset = add_lane(projection.target, 0);
      offset_of[k] = offset;
    } else {
      offset_of[k] = add_lane(projection.target, projection.format.exponent);
    }
    const NeuronId first = network_.populations[projection.source].first;
    for (const ChipSynapse& s : projection.synapses) {
      ++delivery_begin_[first + s.source + 1];
      slots_ = std::max(slots_, s.delay + 1u);
    }
  }
  std::partial_sum(delivery_begin_.begin(), delivery_begin_.end(), delivery_begin_.begin());
  deliveries_.resize(delivery_begin_.back());
  auto next = delivery_begin_;
  for (std::size_t k = 0; k < network_.projections.size(); ++k) {
    const ChipProjection& projection = network_.projections[k];
    const NeuronId first = network_.populations[projection.source].first;
    for (const ChipSynapse& s : projection.synapses) {
      const std::int64_t weight =
          shifted_before[k] ? shifted(s.weight, projection.format.exponent) : s.weight;
      deliveries_[next[first + s.source]++] = {offset_of[k] + s.target,
                                               static_cast<std::int32_t>(weight), s.delay};
    }
  }
}

Time Emulator::time_of(const ChipSpike& spike) const {
  const ChipPopulation& p = network_.populations[population_of_[spike.neuron]];
  const double step = static_cast<double>(spike.step) - static_cast<double>(p.lag);
  return (step + (p.model == Model::input ? 0.0 : 0.5)) * network_.step;
}

Emulation Emulator::run(const Trial& trial, const EmulationOptions& options) const {
  const NeuronId neurons = network_.neuron_count();
  const auto populations = static_cast<std::uint32_t>(network_.populations.size());
  check(
      trial, neurons,
      [&](NeuronId n) { return network_.populations[population_of_[n]].model == Model::input; },
      [&](NeuronId n) { return network_.neuron_name(n); });
  Emulation result;
  result.populations.resize(populations);
  result.steps = steps_of(trial, network_.step);
  result.total_steps = result.steps;
  for (const ChipPopulation& p : network_.populations)
    result.total_steps = std::max(result.total_steps, result.steps + p.lag);
  result.spikes.reserve(trial.inputs.size() + neurons);

  // Input spikes, by (step, neuron).
  std::vector<ChipSpike> inputs;
  inputs.reserve(trial.inputs.size());
  for (const Spike& spike : trial.inputs) {
    const auto step = static_cast<std::uint32_t>(std::floor(spike.time / network_.step + 0.5));
    inputs.push_back({std::min(step, result.steps - 1), spike.neuron});
  }
  std::sort(inputs.begin(), inputs.end());
  const auto unique_end = std::unique(inputs.begin(), inputs.end());
  result.input_collisions = static_cast<std::uint64_t>(inputs.end() - unique_end);
  inputs.erase(unique_end, inputs.end());
  for (const ChipSpike& spike : inputs) ++result.populations[population_of_[spike.neuron]].spikes;

  const bool integrate = options.readout.kind == Readout::Kind::voltage_integral;
  const bool maximise = options.readout.kind == Readout::Kind::voltage_maximum;
  if (integrate) result.voltage_integrals.assign(neurons, 0.0);
  if (maximise) result.voltage_maxima.assign(neurons, 0.0);

  const TraceOptions& traced = options.trace;
  std::vector<std::vector<std::uint32_t>> trace_of(traced.neurons.empty() ? 0 : neurons);
  result.trace.u.resize(traced.neurons.size());
  result.trace.v.resize(traced.neurons.size());
  for (std::uint32_t k = 0; k < traced.neurons.size(); ++k) {
    const NeuronId n = traced.neurons[k];
    if (n >= neurons || network_.populations[population_of_[n]].model == Model::input)
      throw NetworkError("trace", fmt::format("neuron {} has no u and v to trace", n));
    trace_of[n].push_back(k);
    result.trace.u[k].assign(result.total_steps, 0);
    result.trace.v[k].assign(result.total_steps, 0);
  }

  std::vector<CubaLifState> states(neurons);
  std::vector<std::int64_t> sums;  // of the population at hand
  std::vector<std::int32_t> ring(std::size_t{slots_} * slot_width_, 0);
  std::array<std::int32_t*, delay_limit + 1>
      slot_after{};  // [d]: where a spike of this step arrives
  std::size_t next_input = 0;

  for (std::uint32_t t = 0; t < result.total_steps; ++t) {
    std::int32_t* const arrived = ring.data() + std::size_t{t % slots_} * slot_width_;
    const std::size_t first_spike = result.spikes.size();

    for (std::uint32_t p = 0; p < populations; ++p) {
      const ChipPopulation& population = network_.populations[p];
      PopulationActivity& activity = result.populations[p];
      if (population.model == Model::input) {
        while (next_input < inputs.size() && inputs[next_input].step == t &&
               inputs[next_input].neuron < population.first + population.size)
          result.spikes.push_back(inputs[next_input++]);
        continue;
      }
      if (t < population.lag || t - population.lag >= result.steps) continue;

      sums.assign(population.size, 0);
      for (const Lane& lane : lanes_[p])
        for (std::uint32_t j = 0; j < population.size; ++j)
          sums[j] += shifted(arrived[lane.offset + j], lane.exponent);

      const bool spiking = population.model == Model::cuba_lif;
      CubaLifState* const state = states.data() + population.first;
      for (std::uint32_t j = 0; j < population.size; ++j) {
        const NeuronId n = population.first + j;
        const StepOutcome outcome = step(network_.neurons[n], state[j], sums[j], spiking);
        activity.a.include(sums[j]);
        activity.u.include(state[j].u);
        activity.v.include(outcome.v);
        activity.u_wraps += outcome.wrapped;
        activity.v_saturations += outcome.saturated;
        activity.a_overflows += sums[j] < -accumulator_limit || sums[j] >= accumulator_limit;
        if (outcome.spike) {
          ++activity.spikes;
          result.spikes.push_back({t, n});
        }
        if (!trace_of.empty())
          for (const std::uint32_t k : trace_of[n]) {
            result.trace.u[k][t] = state[j].u;
            result.trace.v[k][t] = outcome.spike
                                       ? static_cast<std::int32_t>(128 * traced.refractory_delay)
                                       : state[j].v;
          }
      }
      if (integrate && p == options.readout.population) {
        const Time end = static_cast<double>(t - population.lag + 1) * network_.step;
        const double factor = options.readout.weighting.at(end, result.steps * network_.step) *
                              network_.step * population.scale / 64.0;
        for (std::uint32_t j = 0; j < population.size; ++j)
          result.voltage_integrals[population.first + j] += factor * state[j].v;
      }
      if (maximise && p == options.readout.population)
        for (std::uint32_t j = 0; j < population.size; ++j) {
          double& top = result.voltage_maxima[population.first + j];
          top = std::fmax(top, state[j].v * population.scale / 64.0);
        }
    }
    std::fill_n(arrived, slot_width_, 0);

    if (result.spikes.size() == first_spike) continue;
    for (std::uint32_t d = 0; d < slots_; ++d)
      slot_after[d] = ring.data() + std::size_t{(t + 1 + d) % slots_} * slot_width_;
    for (std::size_t k = first_spike; k < result.spikes.size(); ++k) {
      const NeuronId n = result.spikes[k].neuron;
      const std::uint64_t begin = delivery_begin_[n], end = delivery_begin_[n + 1];
      for (std::uint64_t s = begin; s < end; ++s) {
        const Delivery& delivery = deliveries_[s];
        slot_after[delivery.delay][delivery.accumulator] += delivery.weight;
      }
      result.synaptic_operations += end - begin;
    }
  }

  if (integrate || maximise) {
    const ChipPopulation& p = network_.populations[options.readout.population];
    const auto& values = integrate ? result.voltage_integrals : result.voltage_maxima;
    result.decision = argmax(std::span(values).subspan(p.first, p.size));
  } else if (options.readout.kind == Readout::Kind::first_spike) {
    for (const ChipSpike& spike : result.spikes)
      if (population_of_[spike.neuron] == options.readout.population) {
        const NeuronId first = network_.populations[options.readout.population].first;
        result.decision = static_cast<int>(spike.neuron - first);
        break;
      }
  }
  return result;
}

}  // namespace retrograde::loihi2
