#include <algorithm>
#include <cmath>
#include <tuple>

#include <retrograde/engine/neuron/cuba_lif_dynamics.hpp>
#include <retrograde/engine/scheduler.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/approximation.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/emulator/time_grid.hpp>

namespace retrograde::loihi2 {

namespace {

// The parameters of `exact` but for those that the set takes from `chip`, what the integers stand
// for.
Network mixed(const Network& exact, const Network& chip, ApproximationSet set) {
  std::vector<double> values(exact.parameters().begin(), exact.parameters().end());
  const auto take = [&](std::initializer_list<ParameterKind> kinds) {
    for (const ParameterKind kind : kinds) {
      const std::span<const double> from = chip.parameters(kind);
      std::copy(from.begin(), from.end(),
                values.begin() + static_cast<std::ptrdiff_t>(exact.layout().offset(kind)));
    }
  };
  if (set.has(Approximation::delays))
    take({ParameterKind::delay, ParameterKind::axonal_delay, ParameterKind::dendritic_delay});
  if (set.has(Approximation::weights)) take({ParameterKind::weight, ParameterKind::bias});
  if (set.has(Approximation::decays)) take({ParameterKind::tau_mem, ParameterKind::tau_syn});
  if (set.has(Approximation::threshold)) take({ParameterKind::v_threshold});
  if (set.stepped()) take({ParameterKind::t_ref});
  return exact.with_parameters(std::move(values));
}

// `x` in a register of `bits` bits, in doubles; semantics.hpp.
double fitted_double(double x, Overflow overflow, int bits) {
  const double half = std::ldexp(1.0, bits - 1), turn = 2.0 * half;
  switch (overflow) {
    case Overflow::keep:
      break;
    case Overflow::lava_wrap:
      return x - turn * std::ceil((x - half) / turn);
    case Overflow::twos_complement:
      return x - turn * std::floor((x + half) / turn);
    case Overflow::saturate:
      return std::clamp(x, 1.0 - half, half - 1.0);
  }
  return x;
}

}  // namespace

std::string_view name(Approximation approximation) {
  switch (approximation) {
    case Approximation::time_grid:
      return "time grid";
    case Approximation::latency:
      return "one step of latency";
    case Approximation::delays:
      return "whole delays";
    case Approximation::weights:
      return "8-bit weights";
    case Approximation::decays:
      return "12-bit decays";
    case Approximation::truncation:
      return "truncated state";
    case Approximation::threshold:
      return "thresholds";
    case Approximation::overflow:
      return "overflow";
  }
  return "unknown";
}

ApproximateNetwork::ApproximateNetwork(const Network& network, const ChipNetwork& chip,
                                       ApproximationSet set, const Semantics& semantics)
    : chip_(chip), set_(set), semantics_(semantics) {
  const Network represented = dequantize(chip, network);
  network_ = mixed(network, represented, set);
  if (!set.stepped()) {
    exact_ = make_machine(network_);
    return;
  }

  const Time dt = chip.step;
  population_of_.resize(network_.neuron_count());
  neurons_.resize(network_.neuron_count());
  for (std::uint32_t p = 0; p < chip.populations.size(); ++p) {
    const ChipPopulation& population = chip.populations[p];
    for (std::uint32_t j = 0; j < population.size; ++j) {
      const NeuronId n = population.first + j;
      population_of_[n] = p;
      if (population.model == ChipModel::input) continue;
      const CubaLif& integers = chip.neurons[n];
      Neuron& neuron = neurons_[n];
      neuron.tau_mem = network_.parameter(ParameterKind::tau_mem, n);
      neuron.tau_syn = network_.parameter(ParameterKind::tau_syn, n);
      if (set.has(Approximation::decays)) {
        neuron.alpha = (decay_one - (integers.du + 1)) / 4096.0;
        neuron.beta = (decay_one - integers.dv) / 4096.0;
      } else {
        neuron.alpha = std::exp(-dt / neuron.tau_syn);
        neuron.beta = std::exp(-dt / neuron.tau_mem);
      }
      neuron.per_volt = 64.0 / population.scale(j);
      neuron.gain = cuba_lif_neuron(network_, n).propagator(dt).kernel * neuron.per_volt;
      neuron.threshold = set.has(Approximation::threshold)
                             ? 64.0 * integers.vth
                             : network_.parameter(ParameterKind::v_threshold, n) * neuron.per_volt;
      neuron.bias = set.has(Approximation::weights) ? static_cast<double>(integers.bias())
                                                    : network_.parameter(ParameterKind::bias, n) *
                                                          (1.0 - neuron.beta) * neuron.per_volt;
      neuron.refractory_delay = integers.refractory_delay;
    }
  }

  edges_begin_.assign(network_.neuron_count() + 1, 0);
  for (std::size_t k = 0; k < chip.projections.size(); ++k)
    for (const ChipSynapse& synapse : chip.projections[k].synapses)
      ++edges_begin_[chip.populations[chip.projections[k].source].first + synapse.source + 1];
  for (NeuronId n = 0; n < network_.neuron_count(); ++n) edges_begin_[n + 1] += edges_begin_[n];
  edges_.resize(edges_begin_.back());
  std::vector<std::size_t> next(edges_begin_.begin(), edges_begin_.end() - 1);
  for (std::size_t k = 0; k < chip.projections.size(); ++k) {
    const ChipProjection& projection = chip.projections[k];
    const ChipPopulation& from = chip.populations[projection.source];
    const ChipPopulation& to = chip.populations[projection.target];
    const SynapseId first = network_.projections()[k].first;
    for (std::size_t s = 0; s < projection.synapses.size(); ++s) {
      const ChipSynapse& synapse = projection.synapses[s];
      const NeuronId target = to.first + synapse.target;
      const Neuron& neuron = neurons_[target];
      Edge& edge = edges_[next[from.first + synapse.source]++];
      edge.target = target;
      edge.weight = network_.weight(first + s);
      edge.input = edge.weight * neuron.gain;
      // Exactly, so that with everything on nothing is left but integers.
      if (set.has(Approximation::weights) && set.has(Approximation::decays))
        edge.input = 64.0 * projection.weight_units(s);
      edge.delay = network_.total_delay(first + s);
      edge.offset = std::int64_t{1} + synapse.delay + from.lag - to.lag;
    }
  }
}

Tape ApproximateNetwork::run(const Trial& trial, const RunOptions& options) const {
  return exact_ ? exact_->run(trial, options) : step_through(trial, options);
}

Tape ApproximateNetwork::step_through(const Trial& trial, const RunOptions& options) const {
  struct Arrival {
    NeuronId target;
    double u, v;  // what it adds in its step to u, and to v beside u
  };
  constexpr auto nobody = static_cast<std::size_t>(-1);
  struct State {
    double u = 0.0, v = 0.0;
    std::int32_t refractory = 0;
    std::size_t held = nobody;  // the spike of the tape after which V has not been let go yet
  };
  const Time dt = chip_.step;
  const GriddedInputs inputs = on_grid(trial, dt);
  const NeuronId count = network_.neuron_count();
  std::uint32_t lag = 0;
  for (const ChipPopulation& p : chip_.populations) lag = std::max(lag, p.lag);
  const std::uint32_t total = inputs.steps + lag;

  const Readout& readout = options.readout;
  if (readout.trace)
    throw NetworkError("readout",
                       "a loss of V over all times cannot be read off a chip; take the "
                       "mean voltage, its maximum or spikes");
  Tape tape;
  tape.duration = trial.duration;
  const bool integrate = readout.kind == Readout::Kind::voltage_integral;
  const bool maximise = readout.kind == Readout::Kind::voltage_maximum;
  if (integrate) tape.voltage_integrals.assign(count, 0.0);
  if (maximise) tape.voltage_maxima.assign(count, {});

  std::vector<State> states(count);
  std::vector<double> add_u(count, 0.0), add_v(count, 0.0);
  std::vector<std::vector<Arrival>> slots(total + 1);  // by step of the chip
  const auto send = [&](NeuronId source, std::uint32_t t) {
    const ChipPopulation& from = chip_.populations[population_of_[source]];
    const std::int64_t m = std::int64_t{t} - from.lag;
    const double phase = from.model == ChipModel::input ? 0.0 : chip_.spike_phase;
    for (std::size_t e = edges_begin_[source]; e < edges_begin_[source + 1]; ++e) {
      const Edge& edge = edges_[e];
      const ChipPopulation& to = chip_.populations[population_of_[edge.target]];
      if (set_.has(Approximation::delays)) {
        const std::int64_t at = m + edge.offset + to.lag;
        if (at >= total) continue;
        ++tape.deliveries;
        slots[static_cast<std::size_t>(at)].push_back({edge.target, edge.input, 0.0});
        continue;
      }
      const double time = (static_cast<double>(m) + phase) * dt + edge.delay;
      const double wanted = std::floor(time / dt) + to.lag;
      if (wanted >= total) continue;
      // Noticed at the end of step t, it cannot be there before step t + 1.
      const std::int64_t at = std::max(static_cast<std::int64_t>(wanted), std::int64_t{t} + 1);
      if (at >= total) continue;
      ++tape.deliveries;
      double after = time - static_cast<double>(at - to.lag) * dt;
      if (after < 0.0 && set_.has(Approximation::latency)) after = 0.0;
      const Neuron& neuron = neurons_[edge.target];
      const double u = edge.input * std::exp(after / neuron.tau_syn);
      const double v = edge.weight * neuron.per_volt *
                           cuba_lif_neuron(network_, edge.target).propagator(dt - after).kernel -
                       u;
      slots[static_cast<std::size_t>(at)].push_back({edge.target, u, v});
    }
  };

  const bool truncate = set_.has(Approximation::truncation);
  const bool overflow = set_.has(Approximation::overflow);
  const auto decayed = [truncate](double x, double factor) {
    return truncate ? std::trunc(x * factor) : x * factor;
  };
  std::size_t next_input = 0;
  std::vector<NeuronId> fired;
  for (std::uint32_t t = 0; t < total; ++t) {
    for (const Arrival& arrival : slots[t]) {
      add_u[arrival.target] += arrival.u;
      add_v[arrival.target] += arrival.v;
    }
    fired.clear();
    for (std::uint32_t p = 0; p < chip_.populations.size(); ++p) {
      const ChipPopulation& population = chip_.populations[p];
      if (population.model == ChipModel::input) {
        while (next_input < inputs.spikes.size() && inputs.spikes[next_input].step == t &&
               inputs.spikes[next_input].neuron < population.first + population.size) {
          const NeuronId n = inputs.spikes[next_input++].neuron;
          tape.spikes.push_back({t * dt, 0.0, 0.0, n});
          fired.push_back(n);
        }
        continue;
      }
      if (t < population.lag || t - population.lag >= inputs.steps) continue;
      const std::uint32_t m = t - population.lag;
      const bool spiking = population.model == ChipModel::cuba_lif;
      for (NeuronId n = population.first; n < population.first + population.size; ++n) {
        const Neuron& neuron = neurons_[n];
        State& state = states[n];
        double input = add_u[n];
        if (overflow) input = 64.0 * fitted_double(input / 64.0, semantics_.a, input_bits);
        const double u_before = decayed(state.u, neuron.alpha);
        state.u = u_before + input;
        if (overflow) state.u = fitted_double(state.u, semantics_.u, state_bits);
        if (state.refractory > 0) --state.refractory;
        if (state.refractory > 0) {
          state.v = 0.0;
          continue;
        }
        if (state.held != nobody) {
          const double drive = u_before / neuron.gain + network_.parameter(ParameterKind::bias, n);
          tape.spikes[state.held].released_slope = drive / neuron.tau_mem;
          state.held = nobody;
        }
        const double before = state.v;
        state.v = decayed(state.v, neuron.beta) + state.u + add_v[n] + neuron.bias;
        if (overflow) state.v = fitted_double(state.v, semantics_.v, state_bits);
        if (!spiking || !(state.v > neuron.threshold)) continue;
        state.held = tape.spikes.size();
        tape.spikes.push_back(
            {(m + chip_.spike_phase) * dt, (state.v - before) / (neuron.per_volt * dt), 0.0, n});
        fired.push_back(n);
        state.v = 0.0;
        state.refractory = neuron.refractory_delay;
      }
      if (readout.population != p || !(integrate || maximise)) continue;
      const Time end = static_cast<double>(m + 1) * dt;
      const double factor = readout.weighting.at(end, inputs.steps * dt) * dt / 64.0;
      for (std::uint32_t j = 0; j < population.size; ++j) {
        const NeuronId n = population.first + j;
        if (integrate) {
          tape.voltage_integrals[n] += factor * population.scale(j) * states[n].v;
        } else if (const double v = states[n].v * population.scale(j) / 64.0;
                   v > tape.voltage_maxima[n].v) {
          tape.voltage_maxima[n].v = v;
          tape.voltage_maxima[n].time = std::min(end, trial.duration);
        }
      }
    }
    for (const Arrival& arrival : slots[t]) add_u[arrival.target] = add_v[arrival.target] = 0.0;
    slots[t] = {};
    for (const NeuronId n : fired) send(n, t);
  }
  std::sort(tape.spikes.begin(), tape.spikes.end(), [](const TapeSpike& a, const TapeSpike& b) {
    return std::tie(a.time, a.neuron) < std::tie(b.time, b.neuron);
  });
  return tape;
}

}  // namespace retrograde::loihi2
