#include <utility>

#include <retrograde/scenarios/data/class_gaps.hpp>
#include <retrograde/scenarios/run/fine_tuning.hpp>
#include <retrograde/scenarios/run/whole/whole_training.hpp>

namespace retrograde {

WholeTraining train_wholly(Scenario scenario, const Dataset& dataset, const RunFolder& folder,
                           const TrainingOptions& options, Tuning tuning,
                           const std::function<void(const WholeTraining&)>& between) {
  WholeTraining whole;
  Trained& trained = whole.trained;
  trained.scenario = std::move(scenario);
  trained.folder = folder;
  trained.calls = read_calls(folder.path());
  trained.data_path = remembered_data_path(folder);

  // By [train].
  TrainingResult result = train(trained.scenario, dataset, folder, options);
  whole.finished = result.finished;
  whole.early = result.early;
  whole.self_check = result.self_check;
  trained.checkpoint = std::move(result.checkpoint);
  trained.peak_memory = result.peak_memory;
  trained.network = trained_network(trained.scenario, *trained.checkpoint);
  trained.epoch = trained.checkpoint->best_epoch;
  whole.epochs = trained.checkpoint->trainer.epoch;
  if (between) between(whole);
  if (!whole.finished || tuning == Tuning::no || !trained.scenario.chip.fine_tune) return whole;

  // Through the chip. A network that cannot go there stays as it was trained.
  TuningResult tuned = fine_tune(trained.scenario, trained.network, dataset, folder, options);
  trained.untuned = std::move(tuned.failure);
  if (!trained.untuned.empty()) return whole;
  whole.tuning = true;
  whole.finished = tuned.finished;
  whole.epochs = tuned.tuning.training.trainer.epoch;
  if (whole.finished) trained.tuning = std::move(tuned.tuning);
  return whole;
}

std::vector<std::string> training_doubts(const Scenario& scenario, const Dataset& dataset) {
  std::vector<std::string> doubts = class_gaps(dataset);
  if (!scenario.timeline.all_in_trials())
    doubts.emplace_back(
        "training knows nothing of [[event]] and goes without; the test at its end has it");
  if (dataset.size(Part::test) == 0 && !scenario.data.none())
    doubts.emplace_back(
        "the data set has no test part; the result will be of the training part, with which the "
        "network is trained");
  return doubts;
}

}  // namespace retrograde
