#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <span>
#include <tuple>

#include <retrograde/engine/trial/timeline.hpp>
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

// Throws unless two networks differ in nothing but the weights of their synapses.
void require_same_shape(const ChipNetwork& a, const ChipNetwork& b) {
  const auto alike = [](const ChipSynapse& x, const ChipSynapse& y) {
    return x.source == y.source && x.target == y.target && x.delay == y.delay;
  };
  bool same = a.neuron_count() == b.neuron_count() && a.projections.size() == b.projections.size();
  for (std::size_t k = 0; same && k < a.projections.size(); ++k)
    same = a.projections[k].format == b.projections[k].format &&
           std::ranges::equal(a.projections[k].synapses, b.projections[k].synapses, alike);
  if (!same)
    throw NetworkError("faults", "other weights have to be of the same synapses and formats");
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

// What a run goes through: integer for integer in the order in which the chip does it.
class EmulationRun {
 public:
  EmulationRun(const ChipNetwork& network, const Semantics& semantics, const Fanout& fanout,
               const ChipFaults& faults, const std::vector<Fanout>& faulty,
               const std::vector<std::uint32_t>& population_of,
               const std::vector<ChipSpike>& inputs, std::uint32_t steps,
               const EmulationOptions& options, std::uint64_t draw)
      : network_(network),
        fanout_(fanout),
        faults_(faults),
        faulty_(faulty),
        draw_(draw),
        population_of_(population_of),
        inputs_(inputs),
        readout_(options.readout),
        traced_(options.trace.neurons),
        integrates_(readout_.kind == Readout::Kind::voltage_integral),
        maximises_(readout_.kind == Readout::Kind::voltage_maximum),
        ring_(fanout) {
    result_.steps = result_.total_steps = steps;
    for (const ChipPopulation& p : network.populations)
      result_.total_steps = std::max(result_.total_steps, steps + p.lag);
    result_.populations.resize(network.populations.size());
    result_.spikes.reserve(inputs.size() + network.neuron_count());
    make_populations(semantics);
    make_trace();
    if (integrates_) result_.voltage_integrals.assign(network.neuron_count(), 0.0);
    if (maximises_) result_.voltage_maxima.assign(network.neuron_count(), 0.0);
    if (!faults.lost.empty()) ordinals_.assign(network.neuron_count(), 0);
  }

  Emulation run() {
    for (std::uint32_t t = 0; t < result_.total_steps; ++t) step(t);
    result_.decision = decision();
    return std::move(result_);
  }

 private:
  void make_populations(const Semantics& semantics) {
    running_.resize(network_.populations.size());
    for (std::uint32_t p = 0; p < running_.size(); ++p) {
      running_[p].cells = make_cells(network_, p, semantics);
      running_[p].rests.assign(blocks_of(network_.populations[p].size), 0);
    }
  }

  void make_trace() {
    for (std::uint32_t k = 0; k < traced_.size(); ++k) {
      const NeuronId n = traced_[k];
      if (n >= network_.neuron_count() ||
          network_.populations[population_of_[n]].model == ChipModel::input)
        throw NetworkError("trace", fmt::format("neuron {} has no u and v to trace", n));
      running_[population_of_[n]].probed.push_back(k);
    }
    result_.trace.u.assign(traced_.size(), std::vector<std::int32_t>(result_.total_steps, 0));
    result_.trace.v = result_.trace.u;
  }

  // Every population takes what earlier steps have sent to it; then what they all send is added.
  void step(std::uint32_t t) {
    for (std::size_t k = 0; k < faulty_.size(); ++k)
      if (faults_.weights[k].from == t) ring_.follow(faulty_[k]);
    ring_.begin(t);
    const std::size_t first_spike = result_.spikes.size();
    for (std::uint32_t p = 0; p < running_.size(); ++p) {
      const ChipPopulation& population = network_.populations[p];
      if (!running_[p].cells) {
        take_inputs(p, t);
      } else if (t >= population.lag && t - population.lag < result_.steps) {
        if (resets_in(population, t)) reset(running_[p]);
        advance(p, t);
        record(p, t);
        if (p == readout_.population && (integrates_ || maximises_)) read(population, t);
      }
    }
    if (!faults_.dead.empty()) silence(first_spike, t);
    const auto sent = std::span(result_.spikes).subspan(first_spike);
    result_.synaptic_operations += ring_.send(faults_.lost.empty() ? sent : arriving(sent, t));
    ring_.end();
  }

  void take_inputs(std::uint32_t p, std::uint32_t t) {
    const ChipPopulation& population = network_.populations[p];
    while (next_input_ < inputs_.size() && inputs_[next_input_].step == t &&
           inputs_[next_input_].neuron < population.first + population.size) {
      result_.spikes.push_back(inputs_[next_input_++]);
      ++result_.populations[p].spikes;
    }
  }

  bool is_dead(NeuronId n, std::uint32_t t) const {
    const auto first = std::ranges::lower_bound(faults_.dead, n, {}, &DeadNeuron::neuron);
    for (auto dead = first; dead != faults_.dead.end() && dead->neuron == n; ++dead)
      if (t >= dead->from && t < dead->until) return true;
    return false;
  }

  // Takes out what dead neurons would have sent.
  void silence(std::size_t first, std::uint32_t t) {
    const auto begin = result_.spikes.begin() + static_cast<std::ptrdiff_t>(first);
    const auto silent = [&](const ChipSpike& spike) {
      if (!is_dead(spike.neuron, t)) return false;
      --result_.populations[population_of_[spike.neuron]].spikes;
      return true;
    };
    result_.spikes.erase(std::remove_if(begin, result_.spikes.end(), silent), result_.spikes.end());
  }

  // The messages that are not lost.
  std::span<const ChipSpike> arriving(std::span<const ChipSpike> sent, std::uint32_t t) {
    arriving_.clear();
    for (const ChipSpike& spike : sent) {
      const std::uint64_t ordinal = ordinals_[spike.neuron]++;
      if (std::none_of(faults_.lost.begin(), faults_.lost.end(), [&](const LostMessages& lost) {
            return lost.lose(spike.neuron, t, ordinal, draw_);
          }))
        arriving_.push_back(spike);
    }
    return arriving_;
  }

  static void reset(Running& population) {
    population.cells->reset();
    std::fill(population.rests.begin(), population.rests.end(), 0);
  }

  // Blocks that rest and that nothing has reached are left out.
  void advance(std::uint32_t p, std::uint32_t t) {
    Running& run = running_[p];
    const Fanout::LaneInput a = ring_.input(fanout_.lane(p, 0));
    const Fanout::LaneInput imaginary = ring_.input(fanout_.lane(p, 1));
    const auto idle = [&](std::uint32_t block) {
      return run.rests[block] && !a.touched[block] && !imaginary.touched[block];
    };
    MessageSink sink{result_.spikes, t, network_.populations[p].first};
    const auto blocks = static_cast<std::uint32_t>(run.rests.size());
    for (std::uint32_t first = 0, last = 0; first < blocks; first = last + 1) {
      for (last = first; last < blocks && !idle(last);) ++last;
      if (last > first)
        run.cells->step(first, last, a.sums, imaginary.sums, run.rests.data(), sink,
                        result_.populations[p]);
    }
  }

  void record(std::uint32_t p, std::uint32_t t) {
    for (const std::uint32_t k : running_[p].probed) {
      const Registers shown =
          running_[p].cells->registers(traced_[k] - network_.populations[p].first);
      result_.trace.u[k][t] = shown.u;
      result_.trace.v[k][t] = shown.v;
    }
  }

  // As the host reads v after the step.
  void read(const ChipPopulation& population, std::uint32_t t) {
    const Cells& cells = *running_[readout_.population].cells;
    if (maximises_) {
      for (std::uint32_t j = 0; j < population.size; ++j) {
        if (is_dead(population.first + j, t)) continue;
        double& top = result_.voltage_maxima[population.first + j];
        top = std::fmax(top, cells.registers(j).v * population.scale(j) / 64.0);
      }
      return;
    }
    const Time end = static_cast<double>(t - population.lag + 1) * network_.step;
    const double factor =
        readout_.weighting.in_step(end, network_.step, result_.steps * network_.step) / 64.0;
    for (std::uint32_t j = 0; j < population.size; ++j)
      if (!is_dead(population.first + j, t))
        result_.voltage_integrals[population.first + j] +=
            factor * population.scale(j) * cells.registers(j).v;
  }

  int decision() const {
    if (integrates_ || maximises_) {
      const ChipPopulation& p = network_.populations[readout_.population];
      const auto& values = integrates_ ? result_.voltage_integrals : result_.voltage_maxima;
      return argmax(std::span(values).subspan(p.first, p.size));
    }
    if (readout_.kind == Readout::Kind::first_spike)
      for (const ChipSpike& spike : result_.spikes)
        if (population_of_[spike.neuron] == readout_.population)
          return static_cast<int>(spike.neuron - network_.populations[readout_.population].first);
    return no_decision;
  }

  const ChipNetwork& network_;
  const Fanout& fanout_;
  const ChipFaults& faults_;
  const std::vector<Fanout>& faulty_;
  const std::uint64_t draw_;
  const std::vector<std::uint32_t>& population_of_;
  const std::vector<ChipSpike>& inputs_;
  const Readout& readout_;
  const std::vector<NeuronId>& traced_;
  const bool integrates_, maximises_;

  Fanout::Ring ring_;
  std::vector<Running> running_;  // by population
  std::size_t next_input_ = 0;
  std::vector<std::uint64_t> ordinals_;  // messages of each neuron so far, where some are lost
  std::vector<ChipSpike> arriving_;
  Emulation result_;
};

}  // namespace

Emulator::Emulator(ChipNetwork network, const Semantics& semantics, ChipFaults faults)
    : network_(checked(std::move(network))),
      semantics_(semantics),
      faults_(std::move(faults)),
      fanout_(network_) {
  check(semantics_);
  population_of_.resize(network_.neuron_count());
  for (std::uint32_t p = 0; p < network_.populations.size(); ++p) {
    const ChipPopulation& population = network_.populations[p];
    std::fill_n(population_of_.begin() + population.first, population.size, p);
  }
  std::ranges::stable_sort(faults_.dead, {}, &DeadNeuron::neuron);
  for (const DeadNeuron& dead : faults_.dead)
    if (dead.neuron >= network_.neuron_count() ||
        network_.populations[population_of_[dead.neuron]].model == ChipModel::input)
      throw NetworkError("faults",
                         fmt::format("neuron {} cannot be dead; it is an input or does not "
                                     "exist",
                                     dead.neuron));
  for (const OtherWeights& other : faults_.weights) {
    check(other.network);
    require_same_shape(network_, other.network);
    faulty_.emplace_back(other.network);
  }
}

Time Emulator::time_of(const ChipSpike& spike) const {
  const ChipPopulation& p = network_.populations[population_of_[spike.neuron]];
  const double step = static_cast<double>(spike.step) - static_cast<double>(p.lag);
  const bool begins = p.model == ChipModel::input || network_.spike_phase == 0.0;
  return (step + (begins ? 0.0 : 0.5)) * network_.step;
}

Emulation Emulator::run(const Trial& trial, const EmulationOptions& options) const {
  check(
      trial, network_.neuron_count(),
      [&](NeuronId n) { return network_.populations[population_of_[n]].model == ChipModel::input; },
      [&](NeuronId n) { return network_.neuron_name(n); });
  const GriddedInputs inputs = on_grid(trial, network_.step);
  Emulation result =
      emulate(inputs.spikes, inputs.steps, options, trial.timeline ? trial.timeline->draw : 0);
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
  return emulate(inputs, steps, options, 0);
}

Emulation Emulator::emulate(const std::vector<ChipSpike>& inputs, std::uint32_t steps,
                            const EmulationOptions& options, std::uint64_t draw) const {
  return EmulationRun(network_, semantics_, fanout_, faults_, faulty_, population_of_, inputs,
                      steps, options, draw)
      .run();
}

}  // namespace retrograde::loihi2
