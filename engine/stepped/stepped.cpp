#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <tuple>

#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/neuron/lif.hpp>
#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/sequential/voltage_readout.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/engine/trial/time_grid.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Whole steps; more than any trial has, where there are so many.
std::uint32_t rounded_steps(Time time, Time step) {
  return static_cast<std::uint32_t>(
      std::min(nearest_step(time, step), 2.0 * SteppedMachine::most_steps));
}

}  // namespace

SteppedMachine::SteppedMachine(const Network& network, Time step, const StepRule& rule)
    : network_(network), step_(step), rule_(rule), cell_of_(network.neuron_count(), 0) {
  if (!(step > 0.0) || !std::isfinite(step))
    throw NetworkError("step", fmt::format("{} ms; it must be finite and above 0", step));
  for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
    const auto first = static_cast<std::uint32_t>(neuron_of_.size());
    const Population& population = network.populations()[p];
    if (!population.model->is_input()) add_cells(p);
    layers_.push_back({p, first, static_cast<std::uint32_t>(neuron_of_.size()) - first});
  }
  add_edges();
  if (rule.order == StepOrder::layers) order_layers();
}

void SteppedMachine::add_cells(std::uint32_t population) {
  const Population& p = network_.populations()[population];
  if (rule_.order == StepOrder::layers && p.has(ParameterKind::t_ref))
    for (std::uint32_t k = 0; k < p.size; ++k)
      if (network_.dynamics(population)->t_ref(k) > 0.0)
        throw NetworkError(network_.neuron_name(p.first + k),
                           "tools that go in steps layer by layer have no refractory period; set "
                           "t_ref to 0");
  if (rule_.order == StepOrder::layers)
    if (const auto* lif = dynamic_cast<const LifDynamics*>(network_.dynamics(population))) {
      for (std::uint32_t k = 0; k < p.size; ++k) add_cell(lif->neuron(k), p.first + k);
      return;
    }
  const CubaLifDynamics* dynamics = cuba_lif_dynamics(network_, population);
  if (!dynamics)
    throw NetworkError(
        p.name, fmt::format("{}: only cuba_lif and cuba_li with one exponential receptor go in "
                            "steps",
                            p.model->name()));
  for (std::uint32_t k = 0; k < p.size; ++k) {
    const CubaLif& neuron = dynamics->neuron(k);
    const CubaLif::Propagator flow = neuron.propagator(step_);
    cell_of_[p.first + k] = static_cast<std::uint32_t>(neuron_of_.size());
    neuron_of_.push_back(p.first + k);
    rest_.push_back(neuron.bias);
    mem_.push_back(flow.mem);
    kernel_.push_back(flow.kernel);
    syn_.push_back(flow.syn);
    threshold_.push_back(neuron.v_threshold);
    reset_.push_back(neuron.v_reset);
    growth_.push_back(0.0);
    refractory_.push_back(rounded_steps(neuron.t_ref, step_));
  }
}

// One on whose V arrivals act.
void SteppedMachine::add_cell(const Lif& neuron, NeuronId n) {
  cell_of_[n] = static_cast<std::uint32_t>(neuron_of_.size());
  neuron_of_.push_back(n);
  rest_.push_back(neuron.leaks ? neuron.bias : 0.0);
  mem_.push_back(neuron.leaks ? std::exp(-neuron.rate_mem * step_) : 1.0);
  kernel_.push_back(1.0);
  syn_.push_back(0.0);
  growth_.push_back(neuron.leaks ? 0.0 : neuron.bias * (neuron.rate_mem * step_));
  threshold_.push_back(neuron.v_threshold);
  reset_.push_back(neuron.v_reset);
  refractory_.push_back(rounded_steps(neuron.t_ref, step_));
}

// Populations behind those that reach them within the same step.
void SteppedMachine::order_layers() {
  std::vector<std::vector<std::uint32_t>> followers(layers_.size());
  std::vector<std::uint32_t> open(layers_.size(), 0);  // populations that have to come before
  for (const Projection& p : network_.projections())
    for (SynapseId k = 0; k < p.size; ++k)
      if (rounded_steps(network_.total_delay(p.first + k), step_) == 0) {
        followers[p.source].push_back(p.target);
        ++open[p.target];
        break;
      }
  std::vector<Layer> sorted;
  for (std::uint32_t p = 0; p < layers_.size(); ++p)
    if (open[p] == 0) sorted.push_back(layers_[p]);
  for (std::size_t k = 0; k < sorted.size(); ++k)
    for (const std::uint32_t next : followers[sorted[k].population])
      if (--open[next] == 0) sorted.push_back(layers_[next]);
  for (std::uint32_t p = 0; p < layers_.size(); ++p)
    if (open[p] > 0)
      throw NetworkError(network_.populations()[p].name,
                         fmt::format("it lies on a cycle whose delays are all below half a step of "
                                     "{:g} ms; a cycle takes one step at least",
                                     step_));
  layers_ = std::move(sorted);
}

void SteppedMachine::add_edges() {
  edges_begin_.reserve(network_.neuron_count() + 1);
  edges_.reserve(network_.synapse_count());
  for (NeuronId n = 0; n < network_.neuron_count(); ++n) {
    edges_begin_.push_back(edges_.size());
    for (const Synapse& synapse : network_.outgoing(n)) {
      const std::uint32_t steps = rounded_steps(synapse.delay, step_);
      reach_ = std::max(reach_, steps);
      edges_.push_back({steps, cell_of_[synapse.target], synapse.weight});
    }
  }
  edges_begin_.push_back(edges_.size());
}

class SteppedMachine::Run {
 public:
  Run(const SteppedMachine& machine, const Trial& trial, const RunOptions& options)
      : m_(machine),
        cells_(machine.neuron_of_.size()),
        trial_(trial),
        options_(options),
        steps_(whole_steps(trial.duration, machine.step_, most_steps)),
        v_(cells_, 0.0),
        i_(cells_, 0.0),
        spike_counts_(cells_, 0),
        slots_(std::size_t{std::min(machine.reach_, steps_)} + 1),
        tape_(empty_tape(trial)),
        voltages_(machine.network_, options.readout, tape_) {
    for (std::uint32_t c = 0; c < cells_; ++c)
      if (voltages_.reads(m_.neuron_of_[c])) read_.push_back(c);
    place_inputs();
  }

  Tape run() { return m_.rule_.order == StepOrder::layers ? run_layers() : run_points(); }

 private:
  // From point to point.
  Tape run_points() {
    for (std::uint32_t n = 0; n <= steps_; ++n) {
      if (n > 0) {
        flow(0, cells_);
        release(n, 0, static_cast<std::uint32_t>(cells_));
        fire(n, 0, static_cast<std::uint32_t>(cells_));
        read(n);
      }
      send(n);
      arrive(n);
      tell(n);
    }
    return std::move(tape_);
  }

  // One pass through the network in each step.
  Tape run_layers() {
    if (options_.readout.trace)
      throw NetworkError("readout",
                         "a network that goes in steps layer by layer has no trace; choose "
                         "a loss that reads spikes, or integrals or maxima of V");
    for (std::uint32_t n = 0; n < steps_; ++n) {
      arrive(n);
      send(n);  // inputs
      for (const Layer& layer : m_.layers_) {
        const std::uint32_t end = layer.first + layer.size;
        flow(layer.first, end);
        release(n, layer.first, end);
        fire(n, layer.first, end);
        send(n);
      }
      read(n);
      tell(n);
    }
    return std::move(tape_);
  }

  struct Input {
    std::uint32_t point;
    NeuronId neuron;
    double payload;

    bool at(const Input& other) const { return point == other.point && neuron == other.neuron; }
  };
  struct Firing {
    TapeSpike spike;
    double payload;
  };
  struct Delivery {
    std::uint32_t cell;
    double weight;
  };
  // A cell whose V is held until a point; the spike of the tape since which it is.
  struct Held {
    std::uint32_t cell, until;
    SpikeId spike;
    double v;
  };

  void place_inputs() {
    if (trial_.initial)
      throw NetworkError(
          "trial",
          "its neurons begin away from rest, and those of a network that goes in steps "
          "begin at 0; leave v_init and i_init out");
    if (trial_.timeline)
      throw NetworkError(
          "trial",
          "things happen in it besides spikes ([[event]]), which a network that goes in "
          "steps does not know; leave them out");
    const std::uint32_t last = m_.rule_.order == StepOrder::layers ? steps_ - 1 : steps_;
    for (std::size_t k = 0; k < trial_.inputs.size(); ++k) {
      const double point = std::min<double>(nearest_step(trial_.inputs[k].time, m_.step_), last);
      inputs_.push_back({static_cast<std::uint32_t>(point), trial_.inputs[k].neuron,
                         trial_.graded() ? trial_.payloads[k] : 1.0});
    }
    std::stable_sort(inputs_.begin(), inputs_.end(), [](const Input& a, const Input& b) {
      return std::tie(a.point, a.neuron) < std::tie(b.point, b.neuron);
    });
    std::size_t kept = 0;
    for (const Input& input : inputs_)
      if (kept == 0 || !inputs_[kept - 1].at(input))
        inputs_[kept++] = input;
      else if (trial_.graded())
        inputs_[kept - 1].payload += input.payload;
    inputs_.resize(kept);
  }

  // A duration that is a multiple of the step stays what it is.
  Tape empty_tape(const Trial& trial) const {
    Tape tape;
    const Time end = steps_ * m_.step_;
    tape.duration = end > trial.duration * (1.0 + 1e-12) ? end : trial.duration;
    return tape;
  }

  // Cells first .. end - 1, one step.
  void flow(std::size_t first, std::size_t end) {
    const double *rest = m_.rest_.data(), *mem = m_.mem_.data(), *kernel = m_.kernel_.data(),
                 *syn = m_.syn_.data(), *growth = m_.growth_.data();
    double *v = v_.data(), *i = i_.data();
    for (std::size_t c = first; c < end; ++c) {
      v[c] = rest[c] + (v[c] - rest[c]) * mem[c] + i[c] * kernel[c] + growth[c];
      i[c] *= syn[c];
    }
  }

  // Those that are held have not moved; some are let go at this point.
  void release(std::uint32_t n, std::uint32_t first, std::uint32_t end) {
    std::erase_if(held_, [&](const Held& h) {
      if (h.cell < first || h.cell >= end) return false;
      v_[h.cell] = h.v;
      if (h.until > n) return false;
      tape_.spikes[h.spike].released_slope = rise(h.cell);
      return true;
    });
  }

  void fire(std::uint32_t n, std::uint32_t first, std::uint32_t end) {
    fired_.clear();
    const double *v = v_.data(), *threshold = m_.threshold_.data();
    unsigned any = 0;
    for (std::size_t c = first; c < end; ++c) any |= v[c] >= threshold[c];
    if (!any) return;
    const bool subtracts = m_.rule_.reset == StepReset::by_subtraction;
    for (std::uint32_t c = first; c < end; ++c) {
      if (!(v_[c] >= m_.threshold_[c])) continue;
      const NeuronId neuron = m_.neuron_of_[c];
      const Time time = std::min(n * m_.step_, tape_.duration);
      if (++spike_counts_[c] > 1000.0 + options_.max_rate * time)
        throw RunawayError(m_.network_, neuron, time, spike_counts_[c], options_.max_rate,
                           options_.runaway_remedy);
      TapeSpike spike{time, rise(c), 0.0, neuron};
      v_[c] = subtracts ? v_[c] - m_.threshold_[c] : m_.reset_[c];
      if (m_.refractory_[c] == 0) spike.released_slope = rise(c);
      fired_.push_back({spike, 1.0});
    }
  }

  // dV/dt of a cell that is not held.
  double rise(std::uint32_t c) const {
    const NeuronId n = m_.neuron_of_[c];
    const std::uint32_t p = m_.network_.population_of(n);
    const double x[] = {v_[c], i_[c]};
    return m_.network_.dynamics(p)->rise(n - m_.network_.populations()[p].first, x);
  }

  void read(std::uint32_t n) {
    if (read_.empty()) return;
    const Time time = std::min(n * m_.step_, tape_.duration);
    const double factor = options_.readout.weighting.in_step(time, m_.step_, tape_.duration);
    for (const std::uint32_t c : read_) {
      const NeuronId neuron = m_.neuron_of_[c];
      if (!tape_.voltage_integrals.empty()) tape_.voltage_integrals[neuron] += factor * v_[c];
      if (!tape_.voltage_maxima.empty() && v_[c] > tape_.voltage_maxima[neuron].v) {
        tape_.voltage_maxima[neuron].v = v_[c];
        tape_.voltage_maxima[neuron].time = time;
      }
    }
  }

  // The spikes of this point, ordered by neuron, onto the tape and on their way.
  void send(std::uint32_t n) {
    const std::size_t own = fired_.size();
    for (; next_input_ < inputs_.size() && inputs_[next_input_].point == n; ++next_input_)
      fired_.push_back(
          {{std::min(n * m_.step_, tape_.duration), 0.0, 0.0, inputs_[next_input_].neuron},
           inputs_[next_input_].payload});
    if (own > 0 && fired_.size() > own)
      std::sort(fired_.begin(), fired_.end(),
                [](const Firing& a, const Firing& b) { return a.spike.neuron < b.spike.neuron; });
    for (Firing& firing : fired_) {
      TapeSpike& spike = firing.spike;
      hold(spike.neuron, n);
      spike.muted = trial_.is_muted(spike.neuron);
      tape_.spikes.push_back(spike);
      if (trial_.graded()) tape_.payloads.push_back(firing.payload);
      if (!spike.muted) deliver(spike.neuron, n, firing.payload);
    }
    fired_.clear();
  }

  // Along the synapses that leave a neuron, ordered by delay: those behind one that arrives too late
  // arrive later still.
  void deliver(NeuronId neuron, std::uint32_t n, double payload) {
    for (std::size_t e = m_.edges_begin_[neuron]; e < m_.edges_begin_[neuron + 1]; ++e) {
      const Edge& edge = m_.edges_[e];
      if (edge.steps >= steps_ - n) break;
      ++tape_.deliveries;
      if (edge.steps == 0 && m_.rule_.order == StepOrder::layers)
        i_[edge.cell] += edge.weight * payload;
      else
        slots_[(n + edge.steps) % slots_.size()].push_back({edge.cell, edge.weight * payload});
    }
  }

  // A neuron that fires at point n and has a refractory period; its spike is the next of the tape.
  void hold(NeuronId neuron, std::uint32_t n) {
    if (m_.network_.is_input(neuron)) return;
    const std::uint32_t c = m_.cell_of_[neuron];
    if (m_.refractory_[c] > 0)
      held_.push_back({c, n + m_.refractory_[c], static_cast<SpikeId>(tape_.spikes.size()), v_[c]});
  }

  void arrive(std::uint32_t n) {
    std::vector<Delivery>& arriving = slots_[n % slots_.size()];
    for (const Delivery& d : arriving) i_[d.cell] += d.weight;
    if (options_.readout.trace && !arriving.empty()) trace(n, arriving);
    arriving.clear();
  }

  // The states after arrivals of those that are read.
  void trace(std::uint32_t n, const std::vector<Delivery>& arriving) {
    std::vector<std::uint32_t> reached;
    for (const Delivery& d : arriving)
      if (voltages_.reads(m_.neuron_of_[d.cell])) reached.push_back(d.cell);
    std::sort(reached.begin(), reached.end());
    reached.erase(std::unique(reached.begin(), reached.end()), reached.end());
    for (const std::uint32_t c : reached) {
      tape_.trace.push_back({n * m_.step_, m_.neuron_of_[c], tape_.trace_states.size()});
      tape_.trace_states.insert(tape_.trace_states.end(), {v_[c], i_[c]});
    }
  }

  void tell(std::uint32_t n) {
    untold_ += cells_ + 1;
    if (untold_ < 0x10000) return;
    untold_ = 0;
    if (options_.progress && !options_.progress(n * m_.step_))
      throw Interrupted("the run was stopped");
  }

  const SteppedMachine& m_;
  const std::size_t cells_;
  const Trial& trial_;
  const RunOptions& options_;
  const std::uint32_t steps_;
  std::vector<double> v_, i_;  // per cell
  std::vector<std::uint32_t> spike_counts_;
  std::vector<Held> held_;
  std::vector<std::vector<Delivery>> slots_;  // by point, modulo their number
  std::vector<Input> inputs_;                 // by (point, neuron)
  std::size_t next_input_ = 0;
  std::vector<Firing> fired_;  // at this point
  std::vector<std::uint32_t> read_;
  Tape tape_;
  VoltageReadout voltages_;
  std::size_t untold_ = 0;  // updates since the last call of progress
};

Tape SteppedMachine::run_checked(const Trial& trial, const RunOptions& options,
                                 std::span<const Probe> probes,
                                 std::vector<Recording>* recordings) const {
  if (!probes.empty())
    throw NetworkError("probe 0", "a machine that goes in steps has no probes; run it exactly");
  if (recordings) recordings->clear();
  return Run(*this, trial, options).run();
}

}  // namespace retrograde
