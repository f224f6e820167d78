#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>

namespace retrograde::loihi2 {

namespace {

RegisterUse use_of(std::uint32_t population, const char* name, int bits, const Extent& extent,
                   std::uint64_t overflows) {
  return {population, name, bits, extent.min, extent.max, overflows};
}

}  // namespace

ConformanceSample compare(const Network& network, const Emulator& chip, const Readout& readout,
                          const Trial& trial, const Tape& exact, int label) {
  if (network.neuron_count() != chip.network().neuron_count() ||
      network.populations().size() != chip.network().populations.size())
    throw NetworkError("network", "the chip network was made from another network");
  // The chip's side, and what both decide.
  EmulationOptions options;
  options.readout = readout;
  const Emulation emulated = chip.run(trial, options);

  ConformanceSample sample;
  sample.label = label;
  sample.exact = decide(network, readout, exact);
  sample.chip = emulated.decision;
  sample.input_collisions = emulated.input_collisions;
  sample.synaptic_operations = emulated.synaptic_operations;
  sample.steps = emulated.steps;

  // Spikes by population, and the first of every neuron.
  const auto populations = static_cast<std::uint32_t>(network.populations().size());
  sample.spikes_exact.assign(populations, 0);
  sample.spikes_chip.assign(populations, 0);
  sample.shifts.resize(populations);
  std::vector<Time> first_exact(network.neuron_count(), never),
      first_chip(network.neuron_count(), never);
  sample.by_neuron_exact.assign(network.neuron_count(), 0);
  sample.by_neuron_chip.assign(network.neuron_count(), 0);
  for (const TapeSpike& s : exact.spikes) {
    ++sample.by_neuron_exact[s.neuron];
    ++sample.spikes_exact[network.population_of(s.neuron)];
    if (first_exact[s.neuron] == never) first_exact[s.neuron] = s.time;
  }
  for (const ChipSpike& s : emulated.spikes) {
    ++sample.by_neuron_chip[s.neuron];
    ++sample.spikes_chip[network.population_of(s.neuron)];
    if (first_chip[s.neuron] == never) first_chip[s.neuron] = chip.time_of(s);
  }

  // By how much first spikes are apart, and what the registers held.
  for (std::uint32_t p = 0; p < populations; ++p) {
    const Population& population = network.populations()[p];
    SpikeShift& shift = sample.shifts[p];
    for (NeuronId n = population.first; n < population.first + population.size; ++n)
      shift.add(first_exact[n], first_chip[n], chip.network().step);
    if (population.model == Model::input) continue;
    const PopulationActivity& activity = emulated.populations[p];
    sample.registers.push_back(use_of(p, "a", 16, activity.a, activity.a_overflows));
    sample.registers.push_back(use_of(p, "u", 24, activity.u, activity.u_wraps));
    sample.registers.push_back(use_of(p, "v", 24, activity.v, activity.v_saturations));
  }
  return sample;
}

Conformance compare(const Machine& exact, const Emulator& chip, const LabelledTrials& trials,
                    const RunOptions& options, const QuantizationReport& report,
                    const std::function<bool(std::size_t)>& progress) {
  const Network& network = exact.network();
  const Readout& readout = options.readout;
  std::vector<std::string> names;
  for (const Population& p : network.populations()) names.push_back(p.name);
  const std::uint32_t classes =
      readout.kind == Readout::Kind::none ? 0 : network.populations()[readout.population].size;
  Conformance conformance(std::move(names), classes);
  for (const ProjectionReport& p : report.projections) {
    conformance.weights += p.synapses;
    conformance.weights_clipped += p.weights_clipped;
    conformance.delays_clipped += p.delays_clipped;
  }

  const auto sample = [&](std::size_t k) {
    const Trial trial = trials.trial(k);
    const Tape tape = exact.run(trial, options);
    const int label = classes > 0 ? trials.label(k) : no_decision;
    if (label < no_decision || label >= static_cast<std::int64_t>(classes))
      throw NetworkError(
          "label", fmt::format("sample {} has label {}; the readout population has {} classes", k,
                               label, classes));
    return compare(network, chip, readout, trial, tape, label);
  };
  add_samples(conformance, trials.size(), sample, progress);
  return conformance;
}

}  // namespace retrograde::loihi2
