#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>

#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/runaway.hpp>
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

// `x` in a register of `bits` bits, in doubles; semantics.hpp. Called three times per cell and step:
// nothing costs anything while nothing overflows.
inline double fitted_double(double x, Overflow overflow, int bits) {
  const auto half = static_cast<double>(std::int64_t{1} << (bits - 1));
  const double turn = 2.0 * half;
  if (std::fabs(x) <= half - 1.0) return x;
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
  network_ = mixed(network, dequantize(chip, network), set);
  if (!set.stepped()) {
    exact_ = make_machine(network_);
    return;
  }
  population_of_.resize(network_.neuron_count());
  neurons_.resize(network_.neuron_count());
  for (std::uint32_t p = 0; p < chip.populations.size(); ++p) {
    const ChipPopulation& population = chip.populations[p];
    for (std::uint32_t j = 0; j < population.size; ++j) {
      population_of_[population.first + j] = p;
      if (population.model != ChipModel::input)
        neurons_[population.first + j] =
            neuron_of(network, population.first + j, population.scale(j));
    }
  }
  make_edges();
}

// In register units, by the integers where the set has them.
ApproximateNetwork::Neuron ApproximateNetwork::neuron_of(const Network& original, NeuronId n,
                                                         double scale) const {
  const CubaLif& integers = chip_.neurons[n];
  const double tau_mem = network_.parameter(ParameterKind::tau_mem, n),
               tau_syn = network_.parameter(ParameterKind::tau_syn, n);
  const Model model = original.model_of(n);
  Neuron neuron{Arrival(original, n, tau_mem, tau_syn, chip_.step)};
  neuron.tau_mem = tau_mem;
  neuron.tau_syn = tau_syn;
  // What the chip does not round in a neuron without memory or leak it does not approximate either.
  const bool jumps = integers.du + 1 == decay_one, leaks = integers.dv > 0;
  const bool decays = set_.has(Approximation::decays);
  neuron.alpha =
      decays || jumps ? (decay_one - (integers.du + 1)) / 4096.0 : std::exp(-chip_.step / tau_syn);
  neuron.beta = decays || !(leaks || model == Model::cuba_lif || model == Model::cuba_li)
                    ? (decay_one - integers.dv) / 4096.0
                    : std::exp(-chip_.step / tau_mem);
  neuron.per_volt = 64.0 / scale;
  neuron.gain = neuron.arrival.gain() * neuron.per_volt;
  neuron.threshold = set_.has(Approximation::threshold)
                         ? 64.0 * integers.vth
                         : network_.parameter(ParameterKind::v_threshold, n) * neuron.per_volt;
  neuron.bias =
      set_.has(Approximation::weights)
          ? static_cast<double>(integers.bias())
          : network_.parameter(ParameterKind::bias, n) * neuron.per_volt *
                (neuron.beta < 1.0 ? 1.0 - neuron.beta : share_of_step(original, n, chip_.step));
  neuron.refractory_delay = integers.refractory_delay;
  return neuron;
}

// By source.
void ApproximateNetwork::make_edges() {
  // Where those of each source begin.
  edges_begin_.assign(network_.neuron_count() + 1, 0);
  for (const ChipProjection& projection : chip_.projections)
    for (const ChipSynapse& synapse : projection.synapses)
      ++edges_begin_[chip_.populations[projection.source].first + synapse.source + 1];
  for (NeuronId n = 0; n < network_.neuron_count(); ++n) edges_begin_[n + 1] += edges_begin_[n];

  edges_.resize(edges_begin_.back());
  std::vector<std::size_t> next(edges_begin_.begin(), edges_begin_.end() - 1);
  for (std::size_t k = 0; k < chip_.projections.size(); ++k) {
    const ChipProjection& projection = chip_.projections[k];
    const ChipPopulation& from = chip_.populations[projection.source];
    const double ahead = static_cast<double>(chip_.populations[projection.target].lag) - from.lag;
    for (std::size_t s = 0; s < projection.synapses.size(); ++s) {
      const Edge edge =
          edge_of(projection, s, network_.projections()[k].first + static_cast<SynapseId>(s));
      edges_[next[from.first + projection.synapses[s].source]++] = edge;
      // Whole, or within a step; one more for rounding.
      const double whole = static_cast<double>(edge.offset);
      reach_ = std::max(reach_, std::max(whole, std::ceil(edge.delay / chip_.step) + 2.0) + ahead);
    }
  }
}

ApproximateNetwork::Edge ApproximateNetwork::edge_of(const ChipProjection& projection,
                                                     std::size_t s, SynapseId id) const {
  const ChipPopulation& from = chip_.populations[projection.source];
  const ChipPopulation& to = chip_.populations[projection.target];
  const ChipSynapse& synapse = projection.synapses[s];
  Edge edge;
  edge.target = to.first + synapse.target;
  edge.weight = network_.weight(id);
  edge.input = edge.weight * neurons_[edge.target]->gain;
  // Exactly, so that with everything on nothing is left but integers.
  if (set_.has(Approximation::weights) && set_.has(Approximation::decays))
    edge.input = 64.0 * projection.weight_units(s);
  edge.delay = network_.total_delay(id);
  edge.offset = std::int64_t{1} + synapse.delay + from.lag - to.lag;
  return edge;
}

// One trial in steps of the chip, in doubles.
class ApproximateNetwork::SteppedRun {
 public:
  SteppedRun(const ApproximateNetwork& approximate, const Trial& trial, const RunOptions& options)
      : a_(approximate),
        chip_(approximate.chip_),
        dt_(approximate.chip_.step),
        options_(options),
        readout_(options.readout),
        inputs_(on_grid(trial, approximate.chip_.step)),
        integrates_(readout_.kind == Readout::Kind::voltage_integral),
        maximises_(readout_.kind == Readout::Kind::voltage_maximum),
        truncates_(approximate.set_.has(Approximation::truncation)),
        overflows_(approximate.set_.has(Approximation::overflow)) {
    if (readout_.trace)
      throw DeploymentError("readout", "voltage trace",
                            "a loss of V over all times cannot be read off a chip; take the mean "
                            "voltage, its maximum or spikes");
    std::uint32_t lag = 0;
    for (const ChipPopulation& p : chip_.populations) lag = std::max(lag, p.lag);
    total_ = inputs_.steps + lag;
    const NeuronId count = a_.network_.neuron_count();
    states_.resize(count);
    add_u_.assign(count, 0.0);
    add_v_.assign(count, 0.0);
    slots_.resize(static_cast<std::size_t>(std::min<double>(a_.reach_, total_)) + 1);
    tape_.duration = trial.duration;
    if (integrates_) tape_.voltage_integrals.assign(count, 0.0);
    if (maximises_) tape_.voltage_maxima.assign(count, {});
  }

  Tape run() {
    for (std::uint32_t t = 0; t < total_; ++t) {
      if (t % 256 == 0 && options_.progress && !options_.progress(t * dt_))
        throw Interrupted("the run was stopped");
      step(t);
    }
    std::sort(tape_.spikes.begin(), tape_.spikes.end(), [](const TapeSpike& a, const TapeSpike& b) {
      return std::tie(a.time, a.neuron) < std::tie(b.time, b.neuron);
    });
    return std::move(tape_);
  }

 private:
  struct Delivery {
    NeuronId target;
    double u, v;  // what it adds in its step to u, and to v beside u
  };
  static constexpr auto nobody = static_cast<std::size_t>(-1);
  struct State {
    double u = 0.0, v = 0.0;
    std::int32_t refractory = 0;
    std::uint32_t spikes = 0;
    std::size_t held = nobody;  // the spike of the tape after which V has not been let go yet
  };

  // As the emulator does it: every population takes what has reached it, then what fired is sent.
  void step(std::uint32_t t) {
    std::vector<Delivery>& arriving = slots_[t % slots_.size()];
    for (const Delivery& d : arriving) {
      add_u_[d.target] += d.u;
      add_v_[d.target] += d.v;
    }
    fired_.clear();
    for (std::uint32_t p = 0; p < chip_.populations.size(); ++p) {
      const ChipPopulation& population = chip_.populations[p];
      if (population.model == ChipModel::input) {
        take_inputs(population, t);
        continue;
      }
      if (t < population.lag || t - population.lag >= inputs_.steps) continue;
      const std::uint32_t m = t - population.lag;
      for (NeuronId n = population.first; n < population.first + population.size; ++n)
        advance(n, m, population.model == ChipModel::cuba_lif);
      if (readout_.population == p && (integrates_ || maximises_)) read(population, m);
    }
    for (const Delivery& d : arriving) add_u_[d.target] = add_v_[d.target] = 0.0;
    arriving.clear();
    for (const NeuronId n : fired_) send(n, t);
  }

  void take_inputs(const ChipPopulation& population, std::uint32_t t) {
    while (next_input_ < inputs_.spikes.size() && inputs_.spikes[next_input_].step == t &&
           inputs_.spikes[next_input_].neuron < population.first + population.size) {
      const NeuronId n = inputs_.spikes[next_input_++].neuron;
      tape_.spikes.push_back({t * dt_, 0.0, 0.0, n});
      fired_.push_back(n);
    }
  }

  double decayed(double x, double factor) const {
    return truncates_ ? std::trunc(x * factor) : x * factor;
  }

  // Step m of a neuron, in its population's time.
  void advance(NeuronId n, std::uint32_t m, bool spiking) {
    const Neuron& neuron = *a_.neurons_[n];
    const Semantics& semantics = a_.semantics_;
    State& state = states_[n];

    // u
    double input = add_u_[n];
    if (overflows_) input = 64.0 * fitted_double(input / 64.0, semantics.a, input_bits);
    const double u_before = decayed(state.u, neuron.alpha);
    state.u = u_before + input;
    if (overflows_) state.u = fitted_double(state.u, semantics.u, state_bits);

    // The refractory period, and the slope with which V is let go at its end.
    if (state.refractory > 0) --state.refractory;
    if (state.refractory > 0) {
      state.v = 0.0;
      return;
    }
    if (state.held != nobody) {
      const double drive = u_before / neuron.gain + a_.network_.parameter(ParameterKind::bias, n);
      tape_.spikes[state.held].released_slope = drive / neuron.tau_mem;
      state.held = nobody;
    }

    // v, and its threshold.
    const double before = state.v;
    state.v = decayed(state.v, neuron.beta) + state.u + add_v_[n] + neuron.bias;
    if (overflows_) state.v = fitted_double(state.v, semantics.v, state_bits);
    if (!spiking || !(state.v > neuron.threshold)) return;
    const Time time = (m + chip_.spike_phase) * dt_;
    if (++state.spikes > 1000.0 + options_.max_rate * time)
      throw RunawayError(a_.network_, n, time, state.spikes, options_.max_rate,
                         options_.runaway_remedy);
    state.held = tape_.spikes.size();
    tape_.spikes.push_back({time, (state.v - before) / (neuron.per_volt * dt_), 0.0, n});
    fired_.push_back(n);
    state.v = 0.0;
    state.refractory = neuron.refractory_delay;
  }

  // As the host reads v after step m.
  void read(const ChipPopulation& population, std::uint32_t m) {
    const Time end = static_cast<double>(m + 1) * dt_;
    const double factor = readout_.weighting.in_step(end, dt_, inputs_.steps * dt_) / 64.0;
    for (std::uint32_t j = 0; j < population.size; ++j) {
      const NeuronId n = population.first + j;
      if (integrates_) {
        tape_.voltage_integrals[n] += factor * population.scale(j) * states_[n].v;
      } else if (const double v = states_[n].v * population.scale(j) / 64.0;
                 v > tape_.voltage_maxima[n].v) {
        tape_.voltage_maxima[n].v = v;
        tape_.voltage_maxima[n].time = std::min(end, tape_.duration);
      }
    }
  }

  // What a spike of step t sends: whole delays as the chip has them, or where in a step it arrives.
  void send(NeuronId source, std::uint32_t t) {
    const ChipPopulation& from = chip_.populations[a_.population_of_[source]];
    const std::int64_t m = std::int64_t{t} - from.lag;
    const double phase = from.model == ChipModel::input ? 0.0 : chip_.spike_phase;
    const bool whole = a_.set_.has(Approximation::delays);
    for (std::size_t e = a_.edges_begin_[source]; e < a_.edges_begin_[source + 1]; ++e) {
      const Edge& edge = a_.edges_[e];
      const std::uint32_t lag = chip_.populations[a_.population_of_[edge.target]].lag;
      if (whole)
        deliver(m + edge.offset + lag, {edge.target, edge.input, 0.0});
      else
        send_within(edge, lag, (static_cast<double>(m) + phase) * dt_ + edge.delay, t);
    }
  }

  // An arrival at `time` of the target's time, noticed at the end of step t.
  void send_within(const Edge& edge, std::uint32_t lag, double time, std::uint32_t t) {
    const double wanted = std::floor(time / dt_) + lag;
    if (wanted >= total_) return;
    // It cannot be there before step t + 1.
    const std::int64_t at = std::max(static_cast<std::int64_t>(wanted), std::int64_t{t} + 1);
    double after = time - static_cast<double>(at - lag) * dt_;
    if (after < 0.0 && a_.set_.has(Approximation::latency)) after = 0.0;
    const Neuron& neuron = *a_.neurons_[edge.target];
    const double u =
        neuron.alpha > 0.0 ? edge.input * std::exp(after / neuron.tau_syn) : edge.input;
    const double v = edge.weight * neuron.per_volt * neuron.arrival.at(dt_ - after) - u;
    deliver(at, {edge.target, u, v});
  }

  void deliver(std::int64_t at, const Delivery& delivery) {
    if (at >= total_) return;
    ++tape_.deliveries;
    slots_[static_cast<std::size_t>(at) % slots_.size()].push_back(delivery);
  }

  const ApproximateNetwork& a_;
  const ChipNetwork& chip_;
  const Time dt_;
  const RunOptions& options_;
  const Readout& readout_;
  const GriddedInputs inputs_;
  const bool integrates_, maximises_, truncates_, overflows_;

  std::uint32_t total_ = 0;  // steps of the chip
  std::vector<State> states_;
  std::vector<double> add_u_, add_v_;
  std::vector<std::vector<Delivery>> slots_;  // by step of the chip, modulo their number
  std::size_t next_input_ = 0;
  std::vector<NeuronId> fired_;  // in this step
  Tape tape_;
};

Tape ApproximateNetwork::run(const Trial& trial, const RunOptions& options) const {
  if (exact_) return exact_->run(trial, options);
  return SteppedRun(*this, trial, options).run();
}

}  // namespace retrograde::loihi2
