#include <algorithm>
#include <memory>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/cost_model.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/place/fit.hpp>
#include <retrograde/hardware/loihi2/place/forecast.hpp>
#include <retrograde/hardware/loihi2/place/placement.hpp>
#include <retrograde/hardware/loihi2/place/target.hpp>
#include <retrograde/hardware/loihi2/place/workload.hpp>
#include <retrograde/hardware/mesh.hpp>

namespace retrograde::loihi2 {

namespace {

RegisterUse use_of(std::uint32_t population, const char* name, int bits, const Extent& extent,
                   std::uint64_t overflows) {
  return {population, name, bits, extent.min, extent.max, overflows};
}

ChipFigure energy(const char* name, const std::optional<Estimate>& value,
                  const std::optional<Constant>& power) {
  if (!value || !power)
    return {.name = name, .unit = "mJ", .source = "the power is not known of this chip"};
  return {name, "mJ", value, power->evidence, power->source};
}

class Deployed final : public DeployedNetwork {
 public:
  Deployed(Quantized quantized, const Readout& readout, const ChipProfile& profile,
           const Semantics& semantics)
      : report_(std::move(quantized.report)),
        readout_(readout),
        profile_(profile),
        mesh_(profile.mesh),
        emulator_(std::move(quantized.chip), semantics),
        mapping_(partition(emulator_.network(), profile.core, mesh_)),
        known_(assess(emulator_.network(), mapping_, profile_, report_, {}).findings) {}

  const std::vector<Finding>& known() const { return known_; }

  ChipTrial run(const Trial& trial) const override {
    if (trial.timeline)
      throw DeploymentError(
          "trial", "event",
          "things happen in it besides spikes ([[event]]), which this way onto the "
          "chip does not know; leave them out");
    const Emulation emulated = emulator_.run(trial, {.readout = readout_, .trace = {}});
    ChipTrial result;
    result.decision = emulated.decision;
    result.steps = emulated.steps;
    result.input_collisions = emulated.input_collisions;
    result.synaptic_operations = emulated.synaptic_operations;
    const ChipNetwork& chip = emulator_.network();
    for (std::uint32_t p = 0; p < chip.populations.size(); ++p) {
      if (chip.populations[p].model == ChipModel::input) continue;
      const PopulationActivity& a = emulated.populations[p];
      result.registers.push_back(use_of(p, "a", 16, a.a, a.a_overflows));
      result.registers.push_back(use_of(p, "u", 24, a.u, a.u_wraps));
      result.registers.push_back(use_of(p, "v", 24, a.v, a.v_saturations));
    }
    const auto is_input = [&](NeuronId n) {
      return std::any_of(
          chip.populations.begin(), chip.populations.end(), [&](const ChipPopulation& p) {
            return p.model == ChipModel::input && n >= p.first && n < p.first + p.size;
          });
    };
    for (const ChipSpike& s : emulated.spikes)
      if (!is_input(s.neuron)) result.spikes.push_back({emulator_.time_of(s), s.neuron});
    std::sort(result.spikes.begin(), result.spikes.end());
    return result;
  }

  std::vector<ChipUse> uses() const override {
    return {{"cores", static_cast<double>(mapping_.cores.size()),
             profile_.mesh.usable_cores.value.low}};
  }

  std::vector<Finding> seen(const Conformance& conformance) const override {
    std::vector<Finding> found =
        assess(emulator_.network(), mapping_, profile_, report_, conformance).findings;
    const Behaviour behaviour =
        behaviour_of(conformance, judged_populations(emulator_.network()), finer);
    const auto is_in = [](const std::vector<Finding>& list, const Finding& f) {
      return std::any_of(list.begin(), list.end(),
                         [&](const Finding& k) { return k.message == f.message; });
    };
    std::erase_if(
        found, [&](const Finding& f) { return is_in(known_, f) || is_in(behaviour.findings, f); });
    return found;
  }

  std::optional<ChipForecast> forecast(const LabelledTrials& trials) const override;

  void count(Conformance& conformance) const override {
    for (const ProjectionReport& p : report_.projections) {
      conformance.weights += p.synapses;
      conformance.weights_clipped += p.weights_clipped;
      conformance.delays_clipped += p.delays_clipped;
    }
  }

 private:
  QuantizationReport report_;
  Readout readout_;
  ChipProfile profile_;
  Mesh mesh_;
  Emulator emulator_;
  Mapping mapping_;
  std::vector<Finding> known_;
};

std::optional<ChipForecast> Deployed::forecast(const LabelledTrials& trials) const {
  if (trials.size() == 0 || mapping_.cores.empty() || mapping_.cores.size() > mesh_.slots())
    return std::nullopt;
  std::vector<Emulation> runs(trials.size());
  for_each_trial(runs.size(), [&](std::size_t k) { runs[k] = emulator_.run(trials.trial(k)); });
  Mapping mapping = mapping_;
  Traffic traffic(mapping.cores.size());
  for (const Emulation& run : runs) add_traffic(traffic, mapping, run.spikes);
  place(mapping, mesh_, traffic);
  const auto populations = static_cast<std::uint32_t>(emulator_.network().populations.size());
  std::vector<Workload> work(runs.size());
  for_each_trial(runs.size(), [&](std::size_t k) {
    work[k] = count_events(mapping, mesh_, populations, runs[k].total_steps, runs[k].spikes);
  });
  const Forecast f = loihi2::forecast(fit_costs(profile_), mapping, work);
  ChipForecast result;
  result.trials = f.trials;
  result.steps = f.steps;
  result.time = f.time;
  result.energy = f.total_energy;
  result.parts = {energy("static", f.static_energy, profile_.energy.static_power),
                  energy("dynamic", f.dynamic_energy, profile_.energy.synaptic_operation),
                  energy("I/O", f.io_energy, profile_.energy.io_power)};
  return result;
}

}  // namespace

PutOnChip Target::put(const Network& network, const Readout& readout, Time step) const {
  PutOnChip result;
  QuantizeOptions options = options_;
  options.step = step;
  try {
    auto deployed =
        std::make_unique<Deployed>(quantize(network, options), readout, profile_, semantics_);
    result.findings = deployed->known();
    result.network = std::move(deployed);
  } catch (const DeploymentError& error) {
    result.findings.push_back(
        {Finding::Severity::problem, error.where, error.field, 0, 0, error.what(), ""});
  }
  return result;
}

}  // namespace retrograde::loihi2
