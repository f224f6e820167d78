#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <system_error>
#include <utility>

#include <retrograde/adjoint/stepped/stepped_gradients.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/stimuli/named_files.hpp>
#include <retrograde/scenarios/run/course.hpp>
#include <retrograde/scenarios/run/folder/event_log.hpp>
#include <retrograde/scenarios/run/folder/scenario_identity.hpp>
#include <retrograde/scenarios/run/folder/silence.hpp>
#include <retrograde/scenarios/run/folder/value_history.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/peak_memory.hpp>
#include <retrograde/scenarios/run/ranks/training_task.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

TrainerOptions trainer_options(const Scenario& scenario, std::uint32_t self_check) {
  const TrainSpec& train = scenario.train;
  TrainerOptions options;
  options.batch = train.batch;
  options.groups = train.batch_groups;
  options.adam.rate.fill(train.neuron_rate);
  options.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] = train.weight_rate;
  for (const ParameterKind kind : parameter_kinds)
    if (is_delay(kind)) {
      options.adam.rate[static_cast<std::size_t>(kind)] = train.delay_rate;
      options.adam.l1[static_cast<std::size_t>(kind)] = train.delay_l1;
    }
  options.adam.beta1 = train.beta1;
  options.adam.beta2 = train.beta2;
  options.adam.epsilon = train.epsilon;
  options.adam.decay[static_cast<std::size_t>(ParameterKind::weight)] = train.weight_decay;
  options.adam.l1[static_cast<std::size_t>(ParameterKind::weight)] = train.weight_l1;
  options.schedules = {train.rate_decay, train.schedules, train.epochs};
  options.dropout = scenario.dropout;
  options.silent_increment = train.silent_increment;
  options.regulariser = {train.regulariser_strength, train.regulariser_target};
  options.gradient_clip = train.gradient_clip;
  options.grazing = train.grazing;
  options.self_check = self_check;
  options.run = scenario.run_options();
  options.scheduler = scenario.scheduler;
  options.device = scenario.device;
  options.seed = scenario.seed;
  return options;
}

namespace {

std::uint64_t pairs_of(const Scenario& scenario) {
  return scenario.structure ? scenario.structure->pairs().count() : 0;
}

}  // namespace

Network trained_network(const Scenario& scenario, const Checkpoint& checkpoint,
                        ChosenEpoch chosen) {
  const bool last = chosen == ChosenEpoch::last || checkpoint.best_values.empty();
  const std::vector<double>& values = !last                              ? checkpoint.best_values
                                      : checkpoint.folded_values.empty() ? checkpoint.trainer.values
                                                                         : checkpoint.folded_values;
  if (!scenario.structure) return scenario.network.with_parameters(values);
  return scenario.structure->pairs().network(
      last ? checkpoint.trainer.synapses : checkpoint.best_synapses, values);
}

namespace {

[[noreturn]] void throw_other_scenario(const Scenario& scenario, const RunFolder& folder) {
  const std::vector<std::string> files = named_files(scenario);
  throw UsageError(fmt::format(
      "{} was written by another scenario than {}, or the network that this one names has become "
      "another{}; restore that file or start a new run",
      folder.checkpoint(), folder.scenario(),
      files.empty() ? ""
                    : fmt::format(", or a file that it names ({}) has another content",
                                  fmt::join(files, ", "))));
}

}  // namespace

void require_same_scenario(const Scenario& scenario, const Checkpoint& checkpoint,
                           const RunFolder& folder) {
  if (checkpoint.scenario_identity != scenario_identity(scenario) ||
      checkpoint.layout != scenario.network.layout() || checkpoint.pairs != pairs_of(scenario))
    throw_other_scenario(scenario, folder);
}

SetResult evaluate_in_steps(const Scenario& scenario, const Network& network,
                            const LabelledTrials& trials,
                            const std::function<bool(std::size_t)>& progress) {
  return evaluate_stepped(network, trials, *scenario.loss, *scenario.surrogate,
                          [&](std::size_t done) {
                            if (interrupted()) throw Interrupted("the evaluation was stopped");
                            return !progress || progress(done);
                          });
}

void require_trainable(const Scenario& scenario) {
  if (!scenario.loss)
    throw UsageError(fmt::format("{} has no [loss]; training needs one", scenario.file));
  if (!scenario.learning.any())
    throw UsageError(fmt::format(
        "{} learns nothing; add learn = [\"weight\", \"delay\"] to a projection", scenario.file));
}

namespace {

// Stopping where the training trials say so would be stopping when there is nothing to see.
void require_validation(const Scenario& scenario, const LabelledTrials& validation) {
  if (scenario.train.patience == 0 || validation.size() > 0) return;
  throw UsageError(fmt::format(
      "{}: patience = {} in [train] stops when the validation part gets no better, and there is no "
      "validation part; give [data] one (validation = ...), or remove patience",
      scenario.file, scenario.train.patience));
}

// Null: exact gradients, which the trainer makes itself.
std::unique_ptr<GradientSource> gradient_source(const Scenario& scenario, const TrainingTask& task,
                                                Ranks* ranks) {
  if (ranks) return shared_gradients(task.shared(), *ranks);
  if (!scenario.surrogate) return nullptr;
  return std::make_unique<SteppedGradients>(scenario.network, *scenario.surrogate);
}

void require_identities(const Scenario& scenario, std::uint32_t self_check) {
  if (self_check == 0 || !scenario.surrogate) return;
  throw UsageError(fmt::format(
      "{}: --self-check evaluates identities of exact gradients, and method = \"surrogate\" in "
      "[train] has others; remove one of the two",
      scenario.file));
}

// The values of a checkpoint that belongs to this scenario.
// Its moments are those of what the scenario learns.
Checkpoint found_checkpoint(const Scenario& scenario, const RunFolder& folder) {
  Checkpoint checkpoint = read_checkpoint(folder.checkpoint());
  require_same_scenario(scenario, checkpoint, folder);
  const std::size_t learned =
      scenario.structure ? scenario.structure->learning(checkpoint.trainer.synapses).count()
                         : scenario.learning.count();
  if (checkpoint.trainer.adam.first_moment.size() != learned)
    throw_other_scenario(scenario, folder);
  return checkpoint;
}

void require_same_data(const Checkpoint& checkpoint, const Dataset& dataset,
                       const RunFolder& folder) {
  if (checkpoint.data_identity == identity_of(dataset)) return;
  throw UsageError(fmt::format(
      "{} was trained with other data than these ({} {} to train with, {} for validation, {} to "
      "test): give it those back, by --data where they lie elsewhere now, or start a new run",
      folder.path().string(), dataset.info().name, dataset.size(Part::train),
      dataset.size(Part::validation), dataset.size(Part::test)));
}

// Every epoch left would be like the one that has ended.
[[noreturn]] void throw_nothing_learned(const Scenario& scenario, const LabelledTrials& trials,
                                        const Checkpoint& checkpoint) {
  if (hears_nothing(scenario.network, trials))
    throw NetworkError(scenario.name,
                       "nothing can be learned: no training trial has an input spike; give the "
                       "network spikes, by [data], by spikes of [[population]], or by a program");
  const std::vector<SilentPopulation> silent = silences(checkpoint.history);
  if (silent.empty())
    throw NetworkError(scenario.name,
                       "nothing can be learned: the loss of no training trial depends on anything "
                       "that is learned, every gradient is 0; learn other parameters, or choose "
                       "another loss");
  throw NetworkError(
      scenario.name,
      fmt::format(
          "nothing can be learned: {} never fired, and no gradient reaches what is learned; "
          "{}",
          names_of(silent, scenario.network), silence_remedy(scenario)));
}

// A start that fails in its first epoch has come to nothing, and leaves nothing.
CourseEnd run_or_leave_nothing(const Course& course, const RunFolder& folder, bool resumed) try {
  return run_course(course);
} catch (...) {
  std::error_code error;
  if (!resumed && course.checkpoint.history.empty())
    for (const std::string& file : {folder.checkpoint(), folder.metrics(), folder.events()})
      std::filesystem::remove(file, error);
  if (!resumed && course.checkpoint.history.empty() && course.keep) remove_values(folder.path());
  throw;
}

}  // namespace

void require_same_data(const RunFolder& folder, const Dataset& dataset) {
  require_same_data(read_checkpoint(folder.checkpoint()), dataset, folder);
}

TrainingResult train(const Scenario& scenario, const Dataset& dataset, const RunFolder& folder,
                     const TrainingOptions& options) {
  require_trainable(scenario);
  require_validation(scenario, dataset.part(Part::validation));
  require_identities(scenario, options.self_check);
  const LabelledTrials& trials = dataset.part(Part::train);
  if (trials.size() == 0)
    throw UsageError(fmt::format("{}: the training part of {} has no trial; give it some",
                                 scenario.file, dataset.info().name));
  const LabelledTrials& validation = dataset.part(Part::validation);
  const TrainingTask task(scenario, dataset);
  Trainer trainer(scenario.network, scenario.learning, trials, *scenario.loss,
                  trainer_options(scenario, options.self_check),
                  gradient_source(scenario, task, options.ranks), scenario.structure);
  TrainingResult result;
  Checkpoint& checkpoint = result.checkpoint;

  Course course{trainer, checkpoint, options};
  course.epochs = options.epochs.value_or(scenario.train.epochs);
  course.trials = trials.size();
  course.patience = scenario.train.patience;
  course.best = scenario.train.best;
  course.save = [&] {
    write_checkpoint(folder.checkpoint(), checkpoint);
    write_metrics(folder.metrics(), checkpoint.history, scenario.network);
    if (options.tensorboard)
      write_event_log(
          folder.events(),
          {scenario.network, scenario.learning, validation.size() > 0, &trainer.learning()},
          checkpoint.history, trainer.network());
  };
  if (options.values_every > 0)
    course.keep = [&](std::uint32_t epoch) {
      if (epoch % options.values_every == 0)
        write_values(folder.path(), epoch, trainer.folded(), trainer.learning(),
                     epoch == 0 || scenario.structure != nullptr);
    };
  if (validation.size() > 0)
    course.validate = [&](const Network& network) {
      if (scenario.surrogate) return evaluate_in_steps(scenario, network, validation);
      return judged_by(task.shared(), network, options.ranks);
    };

  if (options.resume) {
    checkpoint = found_checkpoint(scenario, folder);
    require_same_data(checkpoint, dataset, folder);
    trainer.restore(checkpoint.trainer);
  } else {
    checkpoint.scenario_identity = scenario_identity(scenario);
    checkpoint.data_identity = identity_of(dataset);
    checkpoint.layout = scenario.network.layout();
    checkpoint.pairs = pairs_of(scenario);
    checkpoint.trainer = trainer.state();
    course.save();
    if (course.keep) course.keep(0);
  }

  const CourseEnd end = run_or_leave_nothing(course, folder, options.resume);
  if (end == CourseEnd::stuck) throw_nothing_learned(scenario, trials, checkpoint);
  result.early = end == CourseEnd::early;
  result.finished = end == CourseEnd::finished || result.early;
  result.self_check = trainer.self_check();
  result.peak_memory = peak_memory();
  return result;
}

}  // namespace retrograde
