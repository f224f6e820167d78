#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <system_error>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/folder/scenario_identity.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_training.hpp>

namespace retrograde {

PursuitCheckpoint checkpoint_of(const Scenario& scenario, const PursuitModel& model,
                                const RunFolder& folder) {
  PursuitCheckpoint checkpoint =
      read_pursuit_checkpoint(folder.checkpoint(), pursuit_course(model.classifier));
  if (checkpoint.scenario_identity != scenario_identity(scenario))
    throw UsageError(
        fmt::format("the checkpoint in {} is of another scenario than its scenario.toml; restore "
                    "the one or the other, or train again",
                    folder.path().string()));
  if (checkpoint.data_identity != identity_of(model.signals))
    throw UsageError(
        fmt::format("{} was trained with other data than these; name its own by --data",
                    folder.path().string()));
  return checkpoint;
}

void require_learning(const Scenario& scenario) {
  if (!scenario.pursuit->learns())
    throw UsageError(fmt::format(
        "{} learns nothing; write learn = true in [dictionary], weights = \"learned\" in "
        "[classifier], or both; `retro attack` and `study` take what is drawn",
        scenario.file));
}

PursuitTrained train_in_folder(const Scenario& scenario, const PursuitModel& model,
                               const RunFolder& folder, const PursuitSession& session) {
  require_learning(scenario);
  std::error_code error;
  PursuitTrained result{false, std::filesystem::exists(folder.checkpoint(), error)
                                   ? checkpoint_of(scenario, model, folder)
                                   : PursuitCheckpoint{scenario_identity(scenario),
                                                       identity_of(model.signals),
                                                       pursuit_course(model.classifier),
                                                       {},
                                                       0.0}};
  PursuitCheckpoint& checkpoint = result.checkpoint;
  PursuitTraining training = *scenario.pursuit->train;
  training.epochs = session.epochs.value_or(training.epochs);
  auto started = std::chrono::steady_clock::now();
  const auto count_time = [&] {
    const auto now = std::chrono::steady_clock::now();
    checkpoint.running_seconds +=
        std::chrono::duration<double>(now - std::exchange(started, now)).count();
  };
  bool goes_on = true;
  PursuitWatch watch;
  watch.batch = [&](std::uint32_t done, std::uint32_t of) {
    const double epochs = checkpoint.course.epoch + double{1.0} * done / of;
    goes_on = (!session.on_batch || session.on_batch(epochs)) && !interrupted();
    if (goes_on) return true;
    count_time();
    write_pursuit_checkpoint(folder.checkpoint(), checkpoint);
    return false;
  };
  watch.epoch = [&](const PursuitEpoch&) {
    count_time();
    checkpoint.seconds.push_back(std::exchange(checkpoint.running_seconds, 0.0));
    write_pursuit_checkpoint(folder.checkpoint(), checkpoint);
    write_pursuit_metrics(folder.metrics(), checkpoint);
    goes_on = (!session.progress || session.progress(checkpoint)) && !interrupted();
    return goes_on;
  };
  train_pursuit(checkpoint.course, training, model.signals.train, model.signals.validation, watch);
  result.finished = goes_on || checkpoint.course.epoch >= training.epochs;
  return result;
}

}  // namespace retrograde
