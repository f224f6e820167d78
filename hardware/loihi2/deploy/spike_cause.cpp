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

}  // namespace

SpikeCause explain_spike(const Network& network, const Emulator& emulator, const Trial& trial,
                         NeuronId neuron, Time time, bool on_exact, Time tolerance,
                         std::size_t most_sources) {
  const ChipNetwork& chip = emulator.network();
  const Network stands_for = dequantize(chip, network);
  SpikeCause cause;

  const Probe probe{{neuron}, chip.step / samples_per_step};
  std::vector<Recording> recordings;
  const auto exact_spikes =
      spikes_of(network, run(network, trial, {}, std::span(&probe, 1), &recordings));

  const auto spikes_with = [&](ApproximationSet set) {
    const ApproximateNetwork approximate(network, chip, set, emulator.semantics());
    std::vector<Time> times = spikes_of(network, approximate.run(trial, {}))[neuron];
    if (set.stepped())
      for (Time& t : times) t += (0.5 - chip.spike_phase) * chip.step;  // as time_of has it
    return times;
  };
  // Whether the spike is without a partner there, too.
  const auto as_on_chip = [&](const std::vector<Time>& spikes) {
    const Partners found = partners(exact_spikes[neuron], spikes, tolerance);
    const std::vector<Time>& alone = on_exact ? found.alone_a : found.alone_b;
    return near(nearest(alone, time), time, on_exact ? 0.0 : tolerance);
  };
  ApproximationSet so_far;
  for (const Approximation a : approximations) {
    so_far = so_far.with(a);
    const std::vector<Time> alone = spikes_with(ApproximationSet::alone(a));
    cause.tests.push_back(
        {a, as_on_chip(alone), as_on_chip(spikes_with(so_far)), nearest(alone, time)});
  }

  EmulationOptions emulation_options;
  emulation_options.trace.neurons = {neuron};
  const Emulation emulated = emulator.run(trial, emulation_options);

  const std::uint32_t population = network.population_of(neuron);
  if (network.populations()[population].has(ParameterKind::v_threshold)) {
    const auto reach = [&](std::optional<double>& reached, Time t, double share) {
      if (std::abs(t - time) <= tolerance) reached = std::max(reached.value_or(share), share);
    };
    const double threshold = network.parameter(ParameterKind::v_threshold, neuron);
    for (std::size_t k = 0; k < recordings[0].times.size(); ++k)
      reach(cause.exact_reach, recordings[0].times[k], recordings[0].v[0][k] / threshold);
    for (const Time t : exact_spikes[neuron]) reach(cause.exact_reach, t, 1.0);
    const double vth = 64.0 * chip.neurons[neuron].vth;
    for (std::uint32_t t = 0; t < emulated.total_steps; ++t)
      reach(cause.chip_reach, emulator.time_of({t, neuron}), emulated.trace.v[0][t] / vth);
    // v is cleared in the step of a spike.
    for (const ChipSpike& s : emulated.spikes)
      if (s.neuron == neuron) reach(cause.chip_reach, emulator.time_of(s), 1.0);
  }

  // Inputs that the grid of steps dropped, by neuron.
  std::vector<std::uint32_t> lost(network.neuron_count(), 0);
  for (const Spike& s : trial.inputs) ++lost[s.neuron];
  for (const ChipSpike& s : emulated.spikes)
    if (network.is_input(s.neuron)) --lost[s.neuron];

  std::vector<std::vector<Time>> chip_spikes(network.neuron_count());
  for (const ChipSpike& s : emulated.spikes) chip_spikes[s.neuron].push_back(emulator.time_of(s));
  std::uint32_t shifts = 0;
  for (const Projection& p : network.projections()) {
    if (p.target != population) continue;
    const NeuronId first_source = network.populations()[p.source].first;
    for (SynapseId k = 0; k < p.size; ++k) {
      if (network.populations()[population].first + p.targets[k] != neuron) continue;
      const NeuronId source = first_source + p.sources[k];
      const SynapseId synapse = p.first + k;
      cause.collisions += std::exchange(lost[source], 0);
      cause.delays_moved +=
          std::abs(stands_for.delay(synapse) - network.delay(synapse)) > 0.5 * chip.step + 1e-9;
      for (const Time t : exact_spikes[source]) {
        const Time arrival = t + network.total_delay(synapse);
        if (arrival >= time) continue;
        SourceShift shift{source, synapse, network.weight(synapse), stands_for.weight(synapse),
                          arrival};
        const auto partner = nearest(chip_spikes[source], t);
        // time_of is the middle of the step; delays count from spike_phase.
        const double phase = network.is_input(source) ? 0.0 : chip.spike_phase - 0.5;
        if (near(partner, t, tolerance))
          shift.chip = *partner + phase * chip.step + stands_for.total_delay(synapse);
        cause.sources.push_back(shift);
      }
    }
  }
  std::stable_sort(cause.sources.begin(), cause.sources.end(),
                   [](const SourceShift& a, const SourceShift& b) { return a.exact < b.exact; });
  if (cause.sources.size() > most_sources)
    cause.sources.erase(cause.sources.begin(),
                        cause.sources.end() - static_cast<std::ptrdiff_t>(most_sources));
  for (const SourceShift& s : cause.sources) {
    if (!s.chip) {
      ++cause.sources_alone;
      continue;
    }
    cause.mean_shift += *s.chip - s.exact;
    ++shifts;
  }
  if (shifts > 0) cause.mean_shift /= shifts;
  return cause;
}

}  // namespace retrograde::loihi2
