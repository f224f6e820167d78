#include <exception>
#include <fmt/format.h>
#include <span>
#include <string>
#include <vector>

#include <retrograde/adjoint/ranks/rank_worker.hpp>
#include <retrograde/adjoint/ranks/request.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/ranks/ranks_training.hpp>
#include <retrograde/scenarios/run/ranks/training_task.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

// What has to be the same on every rank, or their gradients would not be of one training.
std::string version_text() {
  return fmt::format("{} (commit {}, {}, {})", version::string, version::git_commit,
                     version::compiler, version::arch);
}

struct Greeting {
  std::string failure;  // why nothing was opened; empty: it was
  std::string version = version_text();
  std::uint64_t scenario = 0, data = 0;

  Greeting() = default;
  Greeting(const Scenario& opened, const Dataset& dataset)
      : scenario(scenario_identity(opened.text, opened.seed)), data(identity_of(dataset)) {}
  explicit Greeting(Message message) {
    const auto text = [&] {
      const std::vector<char> letters = message.take_list<char>();
      return std::string(letters.begin(), letters.end());
    };
    failure = text();
    version = text();
    scenario = message.take<std::uint64_t>();
    data = message.take<std::uint64_t>();
  }
  Message message() const {
    Message message;
    message.put_list(std::span<const char>(failure));
    message.put_list(std::span<const char>(version));
    message.put(scenario);
    message.put(data);
    return message;
  }
};

// Why a rank cannot take part; empty: it can.
std::string objection(const Greeting& leader, const Greeting& other) {
  if (other.version != leader.version)
    return fmt::format("it is Retrograde {}, and rank 0 is {}; start the same program everywhere",
                       other.version, leader.version);
  if (!other.failure.empty()) return other.failure;
  if (other.scenario != leader.scenario)
    return "it has read another scenario than rank 0 under the same name; put the file where all "
           "ranks see the same one";
  if (other.data != leader.data)
    return "its data set is another than that of rank 0; give all ranks the same, by --data or "
           "RETROGRADE_DATA";
  return {};
}

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
  ranks.set_at_rest(false);
  ask(ranks, Asked::training);
  const Greeting own(scenario, dataset);
  std::string first_objection;
  int first = 0;
  for (int rank = 1; rank < ranks.size(); ++rank) {
    const std::string why = objection(own, Greeting(receive(ranks, rank)));
    if (why.empty() || first > 0) continue;
    first = rank;
    first_objection = fmt::format("{}: {}", ranks.name(rank), why);
  }
  ranks.set_at_rest(true);
  if (first > 0) throw RankError(first, first_objection);
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
      greeting = Greeting(opened->scenario, opened->dataset);
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
