#include <algorithm>
#include <utility>

#include <retrograde/scenarios/run/diff/diff.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde {

namespace {

// Spikes are partners within the step of one and the one before or after it; exact ones have no
// such excuse.
constexpr double tolerance_in_steps = 1.5;
constexpr Time exact_tolerance = 1e-6;  // ms

// Voltages before and after an instant, in steps of the chip or, without one, in ms.
constexpr double shown_steps = 15;
constexpr double samples_per_step = 20;

// The run that says what a side in steps ran: its own, the named one, the other side's.
const TracedRun* chip_of(const DiffSide& side, const TracedRun* network, const DiffSide& other) {
  for (const TracedRun* run : {static_cast<const TracedRun*>(side.run.get()), network,
                               static_cast<const TracedRun*>(other.run.get())})
    if (run && run->chip) return run;
  return nullptr;
}

// Both sides in steps: integer by integer, and each against the rules of its network.
void compare_steps(Diff& diff, const TracedRun* network,
                   const std::vector<std::string>& populations) {
  const TracedRun* const run_a = chip_of(diff.a, network, diff.b);
  const TracedRun* const run_b = chip_of(diff.b, network, diff.a);
  if (run_a) diff.network_a = &run_a->chip->network();
  if (run_b) diff.network_b = &run_b->chip->network();
  const auto semantics = [](const TracedRun* run) {
    return run ? run->chip->semantics() : loihi2::Semantics{};
  };
  diff.steps = loihi2::compare({*diff.a.capture, diff.network_a, semantics(run_a)},
                               {*diff.b.capture, diff.network_b, semantics(run_b)}, populations);
}

// The neuron of the first spike without a partner in a network; none: an input, or unknown there.
std::optional<NeuronId> first_neuron(const Diff& diff, const Network& network) {
  const UnmatchedSpike& first = *diff.times->first;
  const auto p = network.find_population(diff.times->populations[first.population].name);
  if (!p || network.populations()[*p].model->is_input()) return std::nullopt;
  return network.populations()[*p].first + first.neuron;
}

// A spike that only one side of a run has: why.
void explain_first(Diff& diff, Time tolerance) {
  const bool one_run = diff.a.run && diff.a.run == diff.b.run && diff.a.run->chip;
  if (!diff.times->first || !one_run) return;
  const TracedRun& both = *diff.a.run;
  const UnmatchedSpike& first = *diff.times->first;
  if (const auto neuron = first_neuron(diff, both.trained.network))
    diff.cause =
        loihi2::explain_spike(both.trained.network, *both.chip, both.trial, *neuron, first.time,
                              first.on_a == (diff.a.kind == DiffSide::Kind::exact), tolerance);
}

// A side in continuous time: spike by spike.
void compare_times(Diff& diff, const TracedRun* network, const std::optional<Time>& wanted,
                   const std::vector<std::string>& populations) {
  // A side in steps that does not say how long they are: the network of the other one does.
  for (DiffSide* side : {&diff.a, &diff.b})
    if (side->capture && !side->step && !chip_of(*side, network, *side)) {
      DiffSide& other = side == &diff.a ? diff.b : diff.a;
      if (other.run) emulate(*other.run);
    }
  const TracedRun* const run_a = chip_of(diff.a, network, diff.b);
  const TracedRun* const run_b = chip_of(diff.b, network, diff.a);

  // Both throw where nobody knows how long a step is.
  const SpikeTrains trains_a = in_time(diff.a, run_a), trains_b = in_time(diff.b, run_b);
  Time tolerance = exact_tolerance;
  for (const auto& [side, run] : {std::pair(&diff.a, run_a), std::pair(&diff.b, run_b)})
    if (side->capture)
      tolerance = tolerance_in_steps * (run ? run->chip->network().step : *side->step);
  tolerance = wanted.value_or(tolerance);
  diff.times = match(trains_a, trains_b, tolerance, populations);
  explain_first(diff, tolerance);
}

Voltage exact_voltage(const TracedRun& run, NeuronId neuron, Time interval, Time from, Time to) {
  const Probe probe{{neuron}, interval};
  std::vector<Recording> recordings;
  const Scenario& scenario = run.trained.scenario;
  scenario.machine(run.trained.network)
      ->run(run.trial, stoppable(scenario.run_options()), std::span(&probe, 1), &recordings);
  Voltage v;
  for (std::size_t k = 0; k < recordings[0].times.size(); ++k)
    if (recordings[0].times[k] >= from && recordings[0].times[k] <= to) {
      v.times.push_back(recordings[0].times[k]);
      v.values.push_back(recordings[0].v[0][k]);
    }
  return v;
}

Voltage chip_voltage(const TracedRun& run, NeuronId neuron, Time from, Time to) {
  const loihi2::ChipNetwork& network = run.chip->network();
  const loihi2::ChipPopulation& p = network.populations[network.population_of(neuron)];
  const std::vector<NeuronId> traced = every_register(network).neurons;
  const auto at = std::lower_bound(traced.begin(), traced.end(), neuron) - traced.begin();
  const auto& registers = run.emulation->trace.v[static_cast<std::size_t>(at)];
  Voltage v;
  for (std::uint32_t t = p.lag; t < registers.size(); ++t) {
    // v after a step stands for V at its end.
    const Time end = (static_cast<double>(t) - p.lag + 1) * network.step;
    if (end < from || end > to) continue;
    v.times.push_back(end);
    v.values.push_back(registers[t] * p.scale(neuron - p.first) / 64.0);
  }
  return v;
}

}  // namespace

bool Diff::equal() const {
  if (times) return !times->first;
  return !steps->first &&
         std::none_of(steps->populations.begin(), steps->populations.end(),
                      [](const loihi2::PairedPopulation& p) { return p.shift != 0; });
}

void compare(Diff& diff, const TracedRun* network, const std::optional<Time>& tolerance,
             const std::vector<std::string>& populations) {
  if (diff.a.capture && diff.b.capture)
    compare_steps(diff, network, populations);
  else
    compare_times(diff, network, tolerance, populations);
}

std::optional<UnmatchedNeuron> voltages_of_first(const Diff& diff) {
  if (!diff.times || !diff.times->first || !diff.run()) return std::nullopt;
  const TracedRun& run = *diff.run();
  if (run.trained.scenario.integers) return std::nullopt;  // they have no exact V
  const auto neuron = first_neuron(diff, run.trained.network);
  if (!neuron) return std::nullopt;
  const Time step = run.chip ? run.chip->network().step : 1.0;
  const Time from = diff.times->first->time - shown_steps * step,
             to = diff.times->first->time + shown_steps * step;
  UnmatchedNeuron found{*neuron, exact_voltage(run, *neuron, step / samples_per_step, from, to),
                        std::nullopt};
  if (run.chip) found.chip = chip_voltage(run, *neuron, from, to);
  return found;
}

}  // namespace retrograde
