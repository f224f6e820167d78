#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/read/integers/integer_network.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/evaluation/integers.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde {

namespace {

using namespace loihi2;

Readout readout_of(const Scenario& scenario) {
  return scenario.loss ? scenario.loss->readout() : Readout{};
}

// Spikes in time: by lags another order than that of steps.
Tape tape_of(const Emulator& chip, const Emulation& emulation, Time duration) {
  Tape tape;
  tape.duration = duration;
  for (const ChipSpike& s : emulation.spikes)
    tape.spikes.push_back(
        {.time = chip.time_of(s), .slope = 0, .released_slope = 0, .neuron = s.neuron});
  std::stable_sort(tape.spikes.begin(), tape.spikes.end(),
                   [](const TapeSpike& a, const TapeSpike& b) { return a.time < b.time; });
  tape.voltage_integrals = emulation.voltage_integrals;
  tape.deliveries = emulation.synaptic_operations;
  return tape;
}

ConformanceSample sample_of(const ChipNetwork& chip, const Emulation& emulation, int label) {
  ConformanceSample sample;
  sample.label = label;
  sample.exact = sample.chip = emulation.decision;
  sample.input_collisions = emulation.input_collisions;
  sample.synaptic_operations = emulation.synaptic_operations;
  sample.steps = emulation.steps;
  sample.shifts.resize(chip.populations.size());
  for (std::uint32_t p = 0; p < chip.populations.size(); ++p) {
    const PopulationActivity& activity = emulation.populations[p];
    sample.spikes_chip.push_back(activity.spikes);
    if (chip.populations[p].model == ChipModel::input) continue;
    const auto add = [&](const char* name, int bits, const Extent& held, std::uint64_t lost) {
      sample.registers.push_back({p, name, bits, held.min, held.max, lost});
    };
    add("a", input_bits, activity.a, activity.a_overflows);
    add("u", state_bits, activity.u, activity.u_wraps);
    add("v", state_bits, activity.v, activity.v_saturations);
  }
  sample.spikes_exact = sample.spikes_chip;
  return sample;
}

void find_silent(const ChipNetwork& chip, const Conformance& seen, Fit& fit) {
  for (std::uint32_t p = 0; p < chip.populations.size(); ++p) {
    const ChipPopulation& population = chip.populations[p];
    if (population.model == ChipModel::cuba_li || seen.spikes_chip[p] > 0) continue;
    fit.findings.push_back(
        {Finding::Severity::warning, population.name, "spikes", 0, 0,
         fmt::format("{} sends nothing in {}", population.name, plural(seen.samples, "trial")),
         population.model == ChipModel::input
             ? "give it spikes: [[population]] with its name, or [data]"
             : "look at its registers with `retro run --trace`; perhaps its input, its order or "
               "its step is another one than it was trained with"});
  }
}

}  // namespace

ChipRun run_integers(const Scenario& scenario, const Trial& trial, std::string name,
                     const TraceOptions& traced) {
  ChipRun run;
  run.chip = std::make_unique<Emulator>(scenario.integers->chip, scenario.chip.semantics);
  const auto started = std::chrono::steady_clock::now();
  run.emulation = run.chip->run(trial, {.readout = readout_of(scenario), .trace = traced});
  Simulation& s = run.simulation;
  s.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  s.trial = std::move(name);
  s.tape = tape_of(*run.chip, run.emulation, trial.duration);
  s.decision = run.emulation.decision;
  return run;
}

std::vector<std::string> overflows(const ChipNetwork& chip, const Emulation& emulation) {
  std::vector<std::string> found;
  for (std::uint32_t p = 0; p < chip.populations.size(); ++p) {
    const PopulationActivity& activity = emulation.populations[p];
    const std::string& name = chip.populations[p].name;
    if (activity.a_overflows > 0)
      found.push_back(
          fmt::format("{}: the synaptic input left 16 bits {}, which the chip may not "
                      "hold; largest {}, smallest {}",
                      name, plural(activity.a_overflows, "time"), activity.a.max, activity.a.min));
    if (activity.u_wraps > 0)
      found.push_back(
          fmt::format("{}: u left its 24 bits {}, and [chip] overflow decides what it "
                      "becomes",
                      name, plural(activity.u_wraps, "time")));
    if (activity.v_saturations > 0)
      found.push_back(fmt::format("{}: v reached the end of its 24 bits {}", name,
                                  plural(activity.v_saturations, "time")));
  }
  if (emulation.input_collisions > 0)
    found.push_back(
        fmt::format("{} shared a step with another of the same neuron, and were dropped",
                    plural(emulation.input_collisions, "input spike")));
  return found;
}

Conformance run_alone(const Emulator& chip, const LabelledTrials& trials, const Readout& readout,
                      const std::function<bool(std::size_t)>& progress) {
  const bool decides = readout.kind != Readout::Kind::none;
  std::vector<std::string> names;
  for (const ChipPopulation& p : chip.network().populations) names.push_back(p.name);
  Conformance seen(std::move(names),
                   decides ? chip.network().populations[readout.population].size : 0);
  seen.own_reference = true;
  add_samples(
      seen, trials.size(),
      [&](std::size_t k) {
        return sample_of(chip.network(),
                         chip.run(trials.trial(k), {.readout = readout, .trace = {}}),
                         decides ? trials.label(k) : no_decision);
      },
      [&](std::size_t done) { return !interrupted() && (!progress || progress(done)); });
  return seen;
}

void add_assumed(const ChipNetwork& chip, Fit& fit) {
  if (std::any_of(chip.projections.begin(), chip.projections.end(),
                  [](const ChipProjection& p) { return p.convolution.has_value(); }))
    fit.findings.push_back(
        {Finding::Severity::warning, "chip", "synapse words", 0, 0,
         "cores, time and energy rest on the assumption that a core keeps one list of weights for "
         "all "
         "sources of a channel of a convolution, which no printed table tests",
         ""});
}

IntegerEvaluation evaluate_integers(const Scenario& scenario, const Dataset& dataset,
                                    const ChipProfile& profile,
                                    const std::function<bool(std::size_t)>& progress) {
  IntegerEvaluation result;
  result.part = judged_part(dataset);
  result.has_test_part = dataset.size(Part::test) > 0;
  const Emulator chip(scenario.integers->chip, scenario.chip.semantics);
  const Readout readout = readout_of(scenario);
  result.decides = readout.kind != Readout::Kind::none;
  result.seen = run_alone(chip, dataset.part(result.part), readout, progress);
  const Part placing = placement_part(dataset);
  result.deployment = deploy(profile, chip, {}, result.seen,
                             FirstTrials(dataset.part(placing), placement_trials), placing);
  add_assumed(chip.network(), result.deployment.fit);
  find_silent(chip.network(), result.seen, result.deployment.fit);
  return result;
}

}  // namespace retrograde
