#include <exception>
#include <fmt/format.h>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/ranks/rank_worker.hpp>
#include <retrograde/adjoint/ranks/request.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/ranks/greeting.hpp>
#include <retrograde/scenarios/run/ranks/ranks_training.hpp>
#include <retrograde/scenarios/run/ranks/training_task.hpp>

namespace retrograde {

namespace {

void refuse_surrogate(const Scenario& scenario) {
  if (!scenario.surrogate) return;
  throw UsageError(
      fmt::format("{}: ranks share exact gradients, and method = \"surrogate\" in [train] has "
                  "others, in which the trials of a batch depend on each other; train it in one "
                  "process, without mpirun",
                  scenario.file));
}

// Serves the training that was opened, and its fine-tuning; returns the first request that is another.
Request serve_training(Ranks& ranks, const OpenedTraining& opened) {
  const auto& [scenario, dataset] = opened;
  const TrainingTask training(scenario, dataset);
  Request request = serve(ranks, training.shared());
  while (request.what == Asked::tuning) {
    ChipTuning tuning;
    tuning.scales = request.message.take_list<double>();
    tuning.threshold_drop = request.message.take_list<double>();
    tuning.weight_exponent = request.message.take<std::int32_t>();
    const std::vector<PairId> pairs = request.message.take_list<PairId>();
    const Network trained =
        training.shared().network_of(pairs, request.message.take_list<double>());
    const TuningTask task(scenario, trained, dataset, tuned_options(scenario, tuning));
    request = serve(ranks, task.shared());
  }
  return request;
}

}  // namespace

void meet(Ranks& ranks, const Scenario& scenario, const Dataset& dataset) {
  refuse_surrogate(scenario);
  meet_by(ranks, Asked::training, Greeting(scenario, identity_of(dataset)));
}

void ask_tuning(Ranks& ranks, const Scenario& scenario, const Network& trained,
                const ChipTuning& tuning) {
  Message message;
  message.put_list(std::span<const double>(tuning.scales));
  message.put_list(std::span<const double>(tuning.threshold_drop));
  message.put(tuning.weight_exponent);
  std::vector<PairId> pairs;
  if (scenario.structure) pairs = scenario.structure->pairs().taken_by(trained);
  message.put_list(std::span<const PairId>(pairs));
  message.put_list(trained.parameters());
  ask(ranks, Asked::tuning, message);
}

void follow_training(Ranks& ranks, const std::function<std::unique_ptr<OpenedTraining>()>& open) {
  Request request = wait_for_request(ranks);
  while (request.what == Asked::training) {
    std::unique_ptr<OpenedTraining> opened;
    Greeting greeting;
    try {
      opened = open();
      if (!opened->scenario.loss)
        throw UsageError(
            fmt::format("{} has no [loss]; training needs one", opened->scenario.file));
      greeting = Greeting(opened->scenario, identity_of(opened->dataset));
    } catch (const std::exception& error) {
      greeting.failure = error.what();
      if (greeting.failure.empty()) greeting.failure = "it could not open what is trained";
      opened.reset();
    }
    send(ranks, 0, greeting.message());
    request = opened ? serve_training(ranks, *opened) : wait_for_request(ranks);
  }
  if (request.what != Asked::end)
    throw InternalError("a rank was asked for what it is not there for");
}

}  // namespace retrograde
