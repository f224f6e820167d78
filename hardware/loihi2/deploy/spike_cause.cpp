#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/deploy/spike_cause.hpp>
#include <retrograde/hardware/spike_match.hpp>

namespace retrograde::loihi2 {

namespace {

// Samples of V in one step when it is looked at for how near it came.
constexpr double samples_per_step = 16.0;

std::optional<Time> nearest(const std::vector<Time>& times, Time t) {
  if (times.empty()) return std::nullopt;
  return *std::min_element(times.begin(), times.end(),
                           [t](Time x, Time y) { return std::abs(x - t) < std::abs(y - t); });
}

bool near(const std::optional<Time>& x, Time t, Time tolerance) {
  return x && std::abs(*x - t) <= tolerance;
}

std::vector<std::vector<Time>> spikes_of(const Network& network, const Tape& tape) {
  std::vector<std::vector<Time>> times(network.neuron_count());
  for (const TapeSpike& s : tape.spikes) times[s.neuron].push_back(s.time);
  return times;
}

class Investigation {
 public:
  Investigation(const Network& network, const Emulator& emulator, const Trial& trial,
                NeuronId neuron, Time time, bool on_exact, Time tolerance)
      : network_(network),
        emulator_(emulator),
        chip_(emulator.network()),
        trial_(trial),
        neuron_(neuron),
        population_(network.population_of(neuron)),
        time_(time),
        on_exact_(on_exact),
        tolerance_(tolerance) {
    const Probe probe{{neuron}, chip_.step / samples_per_step};
    std::vector<Recording> recordings;
    exact_spikes_ = spikes_of(network, run(network, trial, {}, std::span(&probe, 1), &recordings));
    recording_ = std::move(recordings[0]);
    EmulationOptions options;
    options.trace.neurons = {neuron};
    emulated_ = emulator.run(trial, options);
    chip_spikes_.resize(network.neuron_count());
    for (const ChipSpike& s : emulated_.spikes)
      chip_spikes_[s.neuron].push_back(emulator.time_of(s));
  }

  SpikeCause cause(std::size_t most_sources) {
    try_approximations();
    if (network_.populations()[population_].has(ParameterKind::v_threshold)) measure_reach();
    list_sources(most_sources);
    sum_up_sources();
    return std::move(cause_);
  }

 private:
  void try_approximations() {
    ApproximationSet so_far;
    for (const Approximation a : approximations) {
      so_far = so_far.with(a);
      const std::vector<Time> alone = spikes_with(ApproximationSet::alone(a));
      cause_.tests.push_back(
          {a, as_on_chip(alone), as_on_chip(spikes_with(so_far)), nearest(alone, time_)});
    }
  }

  // Of the neuron, with some approximations.
  std::vector<Time> spikes_with(ApproximationSet set) const {
    const ApproximateNetwork approximate(network_, chip_, set, emulator_.semantics());
    std::vector<Time> times = spikes_of(network_, approximate.run(trial_, {}))[neuron_];
    if (set.stepped())
      for (Time& t : times) t += (0.5 - chip_.spike_phase) * chip_.step;  // as time_of has it
    return times;
  }

  // Whether the spike is without a partner there, too.
  bool as_on_chip(const std::vector<Time>& spikes) const {
    const Partners found = partners(exact_spikes_[neuron_], spikes, tolerance_);
    const std::vector<Time>& alone = on_exact_ ? found.alone_a : found.alone_b;
    return near(nearest(alone, time_), time_, on_exact_ ? 0.0 : tolerance_);
  }

  // How near both sides came to the threshold.
  void measure_reach() {
    const auto reach = [&](std::optional<double>& reached, Time t, double share) {
      if (std::abs(t - time_) <= tolerance_) reached = std::max(reached.value_or(share), share);
    };
    const double threshold = network_.parameter(ParameterKind::v_threshold, neuron_);
    for (std::size_t k = 0; k < recording_.times.size(); ++k)
      reach(cause_.exact_reach, recording_.times[k], recording_.v[0][k] / threshold);
    for (const Time t : exact_spikes_[neuron_]) reach(cause_.exact_reach, t, 1.0);
    const double vth = 64.0 * chip_.neurons[neuron_].vth;
    for (std::uint32_t t = 0; t < emulated_.total_steps; ++t)
      reach(cause_.chip_reach, emulator_.time_of({t, neuron_}), emulated_.trace.v[0][t] / vth);
    // v is cleared in the step of a spike.
    for (const Time t : chip_spikes_[neuron_]) reach(cause_.chip_reach, t, 1.0);
  }

  // Every arrival before the spike, and the last of them kept.
  void list_sources(std::size_t most_sources) {
    const Network stands_for = dequantize(chip_, network_);
    std::vector<std::uint32_t> lost = dropped_inputs();
    for (const Projection& p : network_.projections()) {
      if (p.target != population_) continue;
      for (SynapseId k = 0; k < p.size; ++k) {
        if (network_.populations()[population_].first + p.targets[k] != neuron_) continue;
        const NeuronId source = network_.populations()[p.source].first + p.source_of(k);
        const SynapseId synapse = p.first + k;
        cause_.collisions += std::exchange(lost[source], 0);
        cause_.delays_moved +=
            std::abs(stands_for.delay(synapse) - network_.delay(synapse)) > 0.5 * chip_.step + 1e-9;
        add_arrivals(source, synapse, stands_for);
      }
    }
    std::vector<SourceShift>& sources = cause_.sources;
    std::stable_sort(sources.begin(), sources.end(),
                     [](const SourceShift& a, const SourceShift& b) { return a.exact < b.exact; });
    if (sources.size() > most_sources)
      sources.erase(sources.begin(), sources.end() - static_cast<std::ptrdiff_t>(most_sources));
  }

  // Inputs that the grid of steps dropped, by neuron.
  std::vector<std::uint32_t> dropped_inputs() const {
    std::vector<std::uint32_t> lost(network_.neuron_count(), 0);
    for (const Spike& s : trial_.inputs) ++lost[s.neuron];
    for (const ChipSpike& s : emulated_.spikes)
      if (network_.is_input(s.neuron)) --lost[s.neuron];
    return lost;
  }

  void add_arrivals(NeuronId source, SynapseId synapse, const Network& stands_for) {
    for (const Time t : exact_spikes_[source]) {
      const Time arrival = t + network_.total_delay(synapse);
      if (arrival >= time_) continue;
      SourceShift shift{source, synapse, network_.weight(synapse), stands_for.weight(synapse),
                        arrival};
      // time_of is the middle of the step; delays count from spike_phase.
      const double phase = network_.is_input(source) ? 0.0 : chip_.spike_phase - 0.5;
      const auto partner = nearest(chip_spikes_[source], t);
      if (near(partner, t, tolerance_))
        shift.chip = *partner + phase * chip_.step + stands_for.total_delay(synapse);
      cause_.sources.push_back(shift);
    }
  }

  void sum_up_sources() {
    std::uint32_t shifts = 0;
    for (const SourceShift& s : cause_.sources) {
      if (!s.chip) {
        ++cause_.sources_alone;
        continue;
      }
      cause_.mean_shift += *s.chip - s.exact;
      ++shifts;
    }
    if (shifts > 0) cause_.mean_shift /= shifts;
  }

  const Network& network_;
  const Emulator& emulator_;
  const ChipNetwork& chip_;
  const Trial& trial_;
  const NeuronId neuron_;
  const std::uint32_t population_;
  const Time time_;
  const bool on_exact_;
  const Time tolerance_;

  std::vector<std::vector<Time>> exact_spikes_, chip_spikes_;  // by neuron
  Recording recording_;                                        // of the neuron, exactly
  Emulation emulated_;
  SpikeCause cause_;
};

}  // namespace

SpikeCause explain_spike(const Network& network, const Emulator& emulator, const Trial& trial,
                         NeuronId neuron, Time time, bool on_exact, Time tolerance,
                         std::size_t most_sources) {
  return Investigation(network, emulator, trial, neuron, time, on_exact, tolerance)
      .cause(most_sources);
}

}  // namespace retrograde::loihi2
