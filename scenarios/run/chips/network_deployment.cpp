#include <retrograde/scenarios/run/chips/network_deployment.hpp>
#include <retrograde/scenarios/run/evaluation/integers.hpp>
#include <retrograde/scenarios/run/timeline/chip_faults_of.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

Deployment deploy_network(const Trained& trained, const OnChip& on_chip, const Dataset& dataset,
                          const ChipProfile& profile, const EvaluationProgress& progress) {
  const Scenario& scenario = trained.scenario;
  const loihi2::Emulator emulator = emulator_of(scenario, trained.network, on_chip.quantized.chip);
  const Part part = placement_part(dataset);
  const EventfulTrials happening(dataset, part, scenario, trained.network);
  const FirstTrials trials(happening, placement_trials);
  // For its registers.
  const Conformance seen = run_alone(emulator, trials, Readout{}, [&](std::size_t done) {
    return !progress || progress("emulation", done, trials.size());
  });
  Deployment deployment = deploy(profile, emulator, on_chip.quantized.report, seen, trials, part);
  if (scenario.integers)
    add_assumed(emulator.network(), deployment.fit);
  else
    add_clipped(scenario.timeline, trained.network, emulator.network(), deployment.fit.findings);
  return deployment;
}

}  // namespace retrograde
