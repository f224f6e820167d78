#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <span>
#include <tuple>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator/cells.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/emulator/time_grid.hpp>

namespace retrograde::loihi2 {

namespace {

ChipNetwork checked(ChipNetwork network) {
  check(network);
  return network;
}

// One population in a run.
struct Running {
  std::unique_ptr<Cells> cells;
  std::vector<char> rests;            // by block
  std::vector<std::uint32_t> probed;  // indices into the trace options
};

bool resets_in(const ChipPopulation& population, std::uint32_t step) {
  return population.reset_interval > 0 && (std::uint64_t{step} + 1) % population.reset_interval ==
                                              population.reset_offset % population.reset_interval;
}

}  // namespace

Emulator::Emulator(ChipNetwork network, const Semantics& semantics)
    : network_(checked(std::move(network))), semantics_(semantics), fanout_(network_) {
  check(semantics_);
  population_of_.resize(network_.neuron_count());
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
    const ChipPopulation& population = network_.populations[p];
    std::fill_n(population_of_.begin() + population.first, population.size, p);
  }
}

Time Emulator::time_of(const ChipSpike& spike) const {
  const ChipPopulation& p = network_.populations[population_of_[spike.neuron]];
  const double step = static_cast<double>(spike.step) - static_cast<double>(p.lag);
  return (step + (p.model == ChipModel::input ? 0.0 : 0.5)) * network_.step;
}

Emulation Emulator::run(const Trial& trial, const EmulationOptions& options) const {
  check(
      trial, network_.neuron_count(),
      [&](NeuronId n) { return network_.populations[population_of_[n]].model == ChipModel::input; },
      [&](NeuronId n) { return network_.neuron_name(n); });
  const GriddedInputs inputs = on_grid(trial, network_.step);
  Emulation result = emulate(inputs.spikes, inputs.steps, options);
  result.input_collisions = inputs.collisions;
  return result;
}

Emulation Emulator::run(const std::vector<ChipSpike>& inputs, std::uint32_t steps,
                        const EmulationOptions& options) const {
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const ChipSpike& spike = inputs[k];
    const auto refuse = [&](const std::string& why) {
      throw NetworkError("inputs", fmt::format("message {} (step {}, neuron {}, payload {}): {}", k,
                                               spike.step, spike.neuron, spike.payload, why));
    };
    if (spike.neuron >= network_.neuron_count() ||
        network_.populations[population_of_[spike.neuron]].model != ChipModel::input)
      refuse("only inputs take messages from outside");
    if (spike.step >= steps) refuse(fmt::format("the run has {} steps, counted from 0", steps));
    if (spike.payload == 0) refuse("a payload of 0 is no message; leave it out");
    if (k > 0 &&
        std::tie(inputs[k - 1].step, inputs[k - 1].neuron) >= std::tie(spike.step, spike.neuron))
      refuse("messages are ordered by step and neuron, at most one for both");
  }
  return emulate(inputs, steps, options);
}

Emulation Emulator::emulate(const std::vector<ChipSpike>& inputs, std::uint32_t steps,
                            const EmulationOptions& options) const {
  const NeuronId neurons = network_.neuron_count();
  const auto populations = static_cast<std::uint32_t>(network_.populations.size());
  Emulation result;
  result.populations.resize(populations);
  result.steps = steps;
  result.total_steps = steps;
  for (const ChipPopulation& p : network_.populations)
    result.total_steps = std::max(result.total_steps, steps + p.lag);

  const bool integrate = options.readout.kind == Readout::Kind::voltage_integral;
  const bool maximise = options.readout.kind == Readout::Kind::voltage_maximum;
  if (integrate) result.voltage_integrals.assign(neurons, 0.0);
  if (maximise) result.voltage_maxima.assign(neurons, 0.0);

  std::vector<Running> running(populations);
  for (std::uint32_t p = 0; p < populations; ++p) {
    running[p].cells = make_cells(network_, p, semantics_);
    running[p].rests.assign(blocks_of(network_.populations[p].size), 0);
  }
  const std::vector<NeuronId>& traced = options.trace.neurons;
  result.trace.u.resize(traced.size());
  result.trace.v.resize(traced.size());
  for (std::uint32_t k = 0; k < traced.size(); ++k) {
    const NeuronId n = traced[k];
    if (n >= neurons || network_.populations[population_of_[n]].model == ChipModel::input)
      throw NetworkError("trace", fmt::format("neuron {} has no u and v to trace", n));
    running[population_of_[n]].probed.push_back(k);
    result.trace.u[k].assign(result.total_steps, 0);
    result.trace.v[k].assign(result.total_steps, 0);
  }

  result.spikes.reserve(inputs.size() + neurons);
  Fanout::Ring ring(fanout_);
  std::size_t next_input = 0;
  for (std::uint32_t t = 0; t < result.total_steps; ++t) {
    ring.begin(t);
    const std::size_t first_spike = result.spikes.size();
    for (std::uint32_t p = 0; p < populations; ++p) {
      const ChipPopulation& population = network_.populations[p];
      Running& run = running[p];
      if (!run.cells) {
        while (next_input < inputs.size() && inputs[next_input].step == t &&
               inputs[next_input].neuron < population.first + population.size) {
          result.spikes.push_back(inputs[next_input++]);
          ++result.populations[p].spikes;
        }
        continue;
      }
      if (t < population.lag || t - population.lag >= steps) continue;
      if (resets_in(population, t)) {
        run.cells->reset();
        std::fill(run.rests.begin(), run.rests.end(), 0);
      }

      const Fanout::Arrived a = ring.arrived(fanout_.lane(p, 0));
      const Fanout::Arrived imaginary = ring.arrived(fanout_.lane(p, 1));
      const auto idle = [&](std::uint32_t block) {
        return run.rests[block] && !a.touched[block] && !imaginary.touched[block];
      };
      MessageSink sink{result.spikes, t, population.first};
      const auto blocks = static_cast<std::uint32_t>(run.rests.size());
      for (std::uint32_t first = 0, last = 0; first < blocks; first = last + 1) {
        for (last = first; last < blocks && !idle(last);) ++last;
        if (last > first)
          run.cells->step(first, last, a.sums, imaginary.sums, run.rests.data(), sink,
                          result.populations[p]);
      }

      for (const std::uint32_t k : run.probed) {
        const Registers shown = run.cells->registers(traced[k] - population.first);
        result.trace.u[k][t] = shown.u;
        result.trace.v[k][t] = shown.v;
      }
      if (integrate && p == options.readout.population) {
        const Time end = static_cast<double>(t - population.lag + 1) * network_.step;
        const double factor =
            options.readout.weighting.at(end, steps * network_.step) * network_.step / 64.0;
        for (std::uint32_t j = 0; j < population.size; ++j)
          result.voltage_integrals[population.first + j] +=
              factor * population.scale(j) * run.cells->registers(j).v;
      }
      if (maximise && p == options.readout.population)
        for (std::uint32_t j = 0; j < population.size; ++j) {
          double& top = result.voltage_maxima[population.first + j];
          top = std::fmax(top, run.cells->registers(j).v * population.scale(j) / 64.0);
        }
    }
    result.synaptic_operations += ring.send(std::span(result.spikes).subspan(first_spike));
    ring.end();
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
