#include <utility>

#include <retrograde/adjoint/evaluate.hpp>
#include <retrograde/adjoint/ranks/ranked_gradients.hpp>
#include <retrograde/hardware/loihi2/deploy/chip_machine.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/ranks/training_task.hpp>

namespace retrograde {

TrainingTask::TrainingTask(const Scenario& scenario, const Dataset& dataset)
    : dropout_(scenario.network, scenario.dropout, scenario.seed),
      trials_(dataset.part(Part::train), dropout_),
      shared_{.network = scenario.network,
              .structure = scenario.structure.get(),
              .trials = trials_,
              .judges = dataset.part(Part::validation),
              .loss = *scenario.loss,
              .run = scenario.run_options(),
              .machines =
                  [&scenario](const Network& network) {
                    return BatchMachines{scenario.machine(network), nullptr};
                  },
              .of_candidates = scenario.scheduler} {}

TuningTask::TuningTask(const Scenario& scenario, const Network& trained, const Dataset& dataset,
                       const loihi2::QuantizeOptions& grid)
    : first_(dataset.part(Part::train), judged_training_trials),
      shared_{.network = trained,
              .trials = dataset.part(Part::train),
              .judges = dataset.size(Part::validation) > 0
                            ? dataset.part(Part::validation)
                            : static_cast<const LabelledTrials&>(first_),
              .loss = *scenario.loss,
              .run = scenario.run_options(),
              .machines = chip_machines(grid, scenario.chip.semantics, scenario.scheduler)} {}

std::unique_ptr<GradientSource> shared_gradients(const SharedTask& task, Ranks& ranks) {
  return std::make_unique<RankedGradients>(ranks, task);
}

SetResult judged_by(const SharedTask& task, const Network& network, Ranks* ranks) {
  if (ranks) return evaluate_over(*ranks, task, network);
  return evaluate(*task.machines(network).forward, task.judges, task.loss, stoppable(task.run));
}

std::function<BatchMachines(const Network&)> chip_machines(const loihi2::QuantizeOptions& grid,
                                                           const loihi2::Semantics& semantics,
                                                           Scheduler scheduler) {
  return [=](const Network& network) {
    BatchMachines machines;
    machines.forward = std::make_unique<loihi2::ChipMachine>(network, grid, semantics);
    machines.back = make_machine(machines.forward->network(), scheduler);
    return machines;
  };
}

}  // namespace retrograde
