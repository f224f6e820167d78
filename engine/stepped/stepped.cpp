#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <tuple>

#include <retrograde/engine/network/cuba_lif_neurons.hpp>
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

SteppedMachine::SteppedMachine(const Network& network, Time step)
    : network_(network), step_(step), cell_of_(network.neuron_count(), 0) {
  if (!(step > 0.0) || !std::isfinite(step))
    throw NetworkError("step", fmt::format("{} ms; it must be finite and above 0", step));
  for (std::uint32_t p = 0; p < network.populations().size(); ++p)
    if (!network.populations()[p].model->is_input()) add_cells(p);
  add_edges();
}

void SteppedMachine::add_cells(std::uint32_t population) {
  const Population& p = network_.populations()[population];
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
    refractory_.push_back(rounded_steps(neuron.t_ref, step_));
  }
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

  Tape run() {
    for (std::uint32_t n = 0; n <= steps_; ++n) {
      if (n > 0) {
        flow();
        release(n);
        fire(n);
        read(n);
      }
      send(n);
      arrive(n);
      tell(n);
    }
    return std::move(tape_);
  }

 private:
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
  };

  void place_inputs() {
    for (std::size_t k = 0; k < trial_.inputs.size(); ++k) {
      const double point = std::min<double>(nearest_step(trial_.inputs[k].time, m_.step_), steps_);
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

  // All cells, one step.
  void flow() {
    const double *rest = m_.rest_.data(), *mem = m_.mem_.data(), *kernel = m_.kernel_.data(),
                 *syn = m_.syn_.data();
    double *v = v_.data(), *i = i_.data();
    for (std::size_t c = 0; c < cells_; ++c) {
      v[c] = rest[c] + (v[c] - rest[c]) * mem[c] + i[c] * kernel[c];
      i[c] *= syn[c];
    }
  }

  // Those that are held have not moved; some are let go at this point.
  void release(std::uint32_t n) {
    std::erase_if(held_, [&](const Held& h) {
      v_[h.cell] = m_.reset_[h.cell];
      if (h.until > n) return false;
      tape_.spikes[h.spike].released_slope = rise(h.cell);
      return true;
    });
  }

  void fire(std::uint32_t n) {
    fired_.clear();
    const double *v = v_.data(), *threshold = m_.threshold_.data();
    unsigned any = 0;
    for (std::size_t c = 0; c < cells_; ++c) any |= v[c] >= threshold[c];
    if (!any) return;
    for (std::uint32_t c = 0; c < cells_; ++c) {
      if (!(v_[c] >= m_.threshold_[c])) continue;
      const NeuronId neuron = m_.neuron_of_[c];
      const Time time = std::min(n * m_.step_, tape_.duration);
      if (++spike_counts_[c] > 1000.0 + options_.max_rate * time)
        throw RunawayError(m_.network_, neuron, time, spike_counts_[c], options_.max_rate);
      TapeSpike spike{time, rise(c), 0.0, neuron};
      v_[c] = m_.reset_[c];
      if (m_.refractory_[c] == 0) spike.released_slope = rise(c);
      fired_.push_back({spike, 1.0});
    }
  }

  // dV/dt of a cell that is not held.
  double rise(std::uint32_t c) const {
    return cuba_lif_neuron(m_.network_, m_.neuron_of_[c]).slope({v_[c], i_[c]});
  }

  void read(std::uint32_t n) {
    if (read_.empty()) return;
    const Time time = std::min(n * m_.step_, tape_.duration);
    const double factor = m_.step_ * options_.readout.weighting.at(time, tape_.duration);
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
      slots_[(n + edge.steps) % slots_.size()].push_back({edge.cell, edge.weight * payload});
    }
  }

  // A neuron that fires at point n and has a refractory period; its spike is the next of the tape.
  void hold(NeuronId neuron, std::uint32_t n) {
    if (m_.network_.is_input(neuron)) return;
    const std::uint32_t c = m_.cell_of_[neuron];
    if (m_.refractory_[c] > 0)
      held_.push_back({c, n + m_.refractory_[c], static_cast<SpikeId>(tape_.spikes.size())});
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
