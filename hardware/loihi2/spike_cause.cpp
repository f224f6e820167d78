#include <algorithm>
#include <array>
#include <cmath>

#include <retrograde/hardware/loihi2/quantize.hpp>
#include <retrograde/hardware/loihi2/spike_cause.hpp>

namespace retrograde::loihi2 {

namespace {

// Samples of V in one step when it is looked at for how near it came.
constexpr double samples_per_step = 16.0;

std::vector<ParameterKind> kinds(Ingredient ingredient) {
  switch (ingredient) {
    case Ingredient::weights:
      return {ParameterKind::weight};
    case Ingredient::delays:
      return {ParameterKind::delay};
    case Ingredient::time_constants:
      return {ParameterKind::tau_mem, ParameterKind::tau_syn};
    case Ingredient::thresholds:
      return {ParameterKind::v_threshold};
    case Ingredient::biases:
      return {ParameterKind::bias};
    case Ingredient::all:
      return {ParameterKind::weight,  ParameterKind::delay,       ParameterKind::tau_mem,
              ParameterKind::tau_syn, ParameterKind::v_threshold, ParameterKind::bias};
    case Ingredient::input_times:
      break;
  }
  return {};
}

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

std::string_view name(Ingredient ingredient) {
  switch (ingredient) {
    case Ingredient::input_times:
      return "input times on the grid";
    case Ingredient::weights:
      return "weights";
    case Ingredient::delays:
      return "delays";
    case Ingredient::time_constants:
      return "time constants";
    case Ingredient::thresholds:
      return "thresholds";
    case Ingredient::biases:
      return "biases";
    case Ingredient::all:
      return "all together";
  }
  return {};
}

SpikeCause explain_spike(const Network& network, const Emulator& emulator, const Trial& trial,
                         const RunOptions& options, NeuronId neuron, Time time, bool on_exact,
                         Time tolerance, std::size_t most_sources) {
  const ChipNetwork& chip = emulator.network();
  const Network stands_for = dequantize(chip, network);
  SpikeCause cause;

  // The trial as the chip gets it, and who lost a spike by it.
  Trial on_grid{trial.duration, {}};
  std::vector<std::uint32_t> lost(network.neuron_count(), 0);
  for (const Spike& s : trial.inputs) {
    const Spike moved{chip.step * std::floor(s.time / chip.step + 0.5), s.neuron};
    if (moved.time < trial.duration) on_grid.inputs.push_back(moved);
  }
  std::sort(on_grid.inputs.begin(), on_grid.inputs.end());
  for (std::size_t k = 1; k < on_grid.inputs.size(); ++k)
    lost[on_grid.inputs[k].neuron] += on_grid.inputs[k] == on_grid.inputs[k - 1];
  on_grid.inputs.erase(std::unique(on_grid.inputs.begin(), on_grid.inputs.end()),
                       on_grid.inputs.end());

  for (int k = 0; k < ingredient_count; ++k) {
    const auto ingredient = static_cast<Ingredient>(k);
    std::vector<double> values(network.parameters().begin(), network.parameters().end());
    for (const ParameterKind kind : kinds(ingredient)) {
      const auto replaced = stands_for.parameters(kind);
      std::copy(replaced.begin(), replaced.end(),
                values.begin() + static_cast<std::ptrdiff_t>(network.layout().offset(kind)));
    }
    const bool grid = ingredient == Ingredient::input_times || ingredient == Ingredient::all;
    const Network changed = network.with_parameters(std::move(values));
    const auto spikes = spikes_of(changed, run(changed, grid ? on_grid : trial, options));
    IngredientTest test{ingredient, false, nearest(spikes[neuron], time)};
    test.suffices = near(test.nearest, time, tolerance) != on_exact;
    cause.tests.push_back(test);
  }

  const Probe probe{{neuron}, chip.step / samples_per_step};
  std::vector<Recording> recordings;
  const Tape exact = run(network, trial, options, std::span(&probe, 1), &recordings);
  EmulationOptions emulation_options;
  emulation_options.trace.neurons = {neuron};
  const Emulation emulated = emulator.run(trial, emulation_options);

  const std::uint32_t population = network.population_of(neuron);
  if (network.populations()[population].has(ParameterKind::v_threshold)) {
    const double threshold = network.parameter(ParameterKind::v_threshold, neuron);
    for (std::size_t k = 0; k < recordings[0].times.size(); ++k)
      if (std::abs(recordings[0].times[k] - time) <= tolerance)
        cause.exact_reach =
            std::max(cause.exact_reach.value_or(-1e300), recordings[0].v[0][k] / threshold);
    // The register is cleared by a spike, so a spike counts as having reached it.
    const double vth = 64.0 * chip.neurons[neuron].vth;
    for (std::uint32_t t = 0; t < emulated.total_steps; ++t) {
      const Time middle = emulator.time_of({t, neuron});
      if (std::abs(middle - time) <= tolerance)
        cause.chip_reach =
            std::max(cause.chip_reach.value_or(-1e300), emulated.trace.v[0][t] / vth);
    }
  }

  const auto exact_spikes = spikes_of(network, exact);
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
      cause.delays_clipped +=
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
