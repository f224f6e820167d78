#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/deploy/conformance.hpp>
#include <retrograde/hardware/loihi2/emulator/capture.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>
#include <retrograde/hardware/mesh.hpp>
#include <retrograde/scenarios/run/evaluation/emulated_trial.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/timeline/chip_faults_of.hpp>

namespace retrograde {

EmulatedTrial run_on_chip(const Trained& trained, const Trial& trial, const Tape& exact, int label,
                          const ChipProfile& profile, bool traced) {
  const Scenario& scenario = trained.scenario;
  OnChip on_chip = put_on_chip(trained, load_dataset(scenario, trained.data_path));
  const loihi2::QuantizationReport& report = on_chip.quantized.report;

  EmulatedTrial result;
  result.chip = std::make_unique<loihi2::Emulator>(
      emulator_of(scenario, trained.network, std::move(on_chip.quantized.chip)));
  const loihi2::ChipNetwork& chip = result.chip->network();
  const Readout readout = scenario.loss ? scenario.loss->readout() : Readout{};
  loihi2::EmulationOptions options{.readout = readout, .trace = {}};
  if (traced) options.trace = every_register(chip);
  result.emulation = result.chip->run(trial, options);

  // The comparison of a single trial, and the verdict on it.
  std::vector<std::string> names;
  for (const Population& p : trained.network.populations()) names.push_back(p.name);
  const bool decides = readout.kind != Readout::Kind::none;
  result.seen =
      Conformance(std::move(names), decides ? population_of(trained.network, readout).size : 0);
  result.seen.add(loihi2::compare(trained.network, *result.chip, readout, trial, exact,
                                  decides ? label : no_decision));
  result.fit =
      assess(chip, partition(chip, profile.core, Mesh(profile.mesh)), profile, report, result.seen);
  add_clipped(scenario.timeline, trained.network, chip, result.fit.findings);
  return result;
}

}  // namespace retrograde
