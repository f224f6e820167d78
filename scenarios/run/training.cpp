#include <chrono>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde {

TrainerOptions trainer_options(const Scenario& scenario, std::uint32_t self_check) {
  const TrainSpec& train = scenario.train;
  TrainerOptions options;
  options.batch = train.batch;
  options.adam.rate.fill(train.neuron_rate);
  options.adam.rate[static_cast<std::size_t>(ParameterKind::weight)] = train.weight_rate;
  for (const ParameterKind kind : parameter_kinds)
    if (is_delay(kind)) options.adam.rate[static_cast<std::size_t>(kind)] = train.delay_rate;
  options.adam.beta1 = train.beta1;
  options.adam.beta2 = train.beta2;
  options.adam.epsilon = train.epsilon;
  options.rate_decay = train.rate_decay;
  options.silent_increment = train.silent_increment;
  options.regulariser_strength = train.regulariser_strength;
  options.regulariser_target = train.regulariser_target;
  options.gradient_clip = train.gradient_clip;
  options.grazing = train.grazing;
  options.self_check = self_check;
  options.run = scenario.run_options();
  options.scheduler = scenario.scheduler;
  options.seed = scenario.seed;
  return options;
}

namespace {

std::string percent(double fraction) { return fmt::format("{:.2f} %", 100.0 * fraction); }

// Nothing where there is nothing to say.
std::string grazing_text(const GrazingCounts& counts) {
  return counts.grazing > 0 ? fmt::format("  {} grazing", counts.grazing) : std::string();
}

std::string identities_text(const SelfCheck& check) {
  return fmt::format("  identities {:.1e}{}", check.worst.relative(),
                     check.violated > 0 ? " VIOLATED" : "");
}

using Clock = std::chrono::steady_clock;

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Network trained_network(const Scenario& scenario, const Checkpoint& checkpoint) {
  return scenario.network.with_parameters(checkpoint.best_values.empty() ? checkpoint.trainer.values
                                                                         : checkpoint.best_values);
}

void require_trainable(const Scenario& scenario) {
  if (!scenario.loss)
    throw UsageError(fmt::format("{} has no [loss]; training needs one", scenario.file));
  if (!scenario.learning.any())
    throw UsageError(fmt::format(
        "{} learns nothing; add learn = [\"weight\", \"delay\"] to a projection", scenario.file));
}

bool run_course(Course& course, const TrainingOptions& options) {
  Trainer& trainer = course.trainer;
  Checkpoint& checkpoint = course.checkpoint;
  const std::uint32_t epochs = course.epochs;
  auto saved = Clock::now();
  const auto save = [&] {
    checkpoint.trainer = trainer.state();
    course.save();
    saved = Clock::now();
  };
  const auto go_on = [&](double epochs_done) {
    return !interrupted() && (!options.on_progress || options.on_progress(epochs_done));
  };

  Progress progress;
  const auto started = Clock::now();
  const double trials_per_epoch = static_cast<double>(course.trials);
  double trials_done = 0;  // in this session
  while (trainer.epoch() < epochs) {
    const std::uint32_t epoch = trainer.epoch() + 1;
    const auto epoch_started = Clock::now();
    const double forward_before = trainer.forward_seconds(),
                 backward_before = trainer.backward_seconds();
    double seen = static_cast<double>(trainer.trials_done());
    // Trials already done when this session took the epoch up, and their deliveries, do not count
    // for the rates.
    const SetResult before = trainer.epoch_so_far();

    const auto on_batch = [&](const SetResult& so_far) {
      trials_done += static_cast<double>(so_far.trials) - seen;
      seen = static_cast<double>(so_far.trials);
      if (!options.quiet && progress.due()) {
        const double elapsed = seconds_between(started, Clock::now());
        const double left = (epochs - epoch + 1) * trials_per_epoch - seen;
        const Activity a = activity(trainer.network(), so_far);
        const double busy = trainer.forward_seconds() + trainer.backward_seconds() -
                            forward_before - backward_before;
        const double deliveries =
            static_cast<double>(so_far.forward_deliveries + so_far.backward_deliveries -
                                before.forward_deliveries - before.backward_deliveries);
        progress.update(
            fmt::format("{} {}/{}  {:3.0f} %  loss {:.4f}  train {}{}  {:.2f} spikes/neuron  {} "
                        "silent{}  {} deliveries/s  {} left",
                        course.what, epoch, epochs, 100.0 * seen / trials_per_epoch, so_far.loss(),
                        percent(so_far.accuracy()),
                        !checkpoint.best_values.empty()
                            ? fmt::format("  best validation {}", percent(checkpoint.best_accuracy))
                            : "",
                        a.spikes_per_neuron, a.silent, grazing_text(so_far.grazing),
                        count_text(busy > 0 ? deliveries / busy : 0),
                        duration_text(trials_done > 0 ? elapsed / trials_done * left : 0)));
      }
      return go_on(epoch - 1 + seen / trials_per_epoch);
    };
    if (!trainer.run_epoch(on_batch)) {
      save();
      progress.clear();
      return false;
    }
    trials_done += trials_per_epoch - seen;

    const SetResult& epoch_result = trainer.last_epoch();
    EpochMetrics m;
    m.epoch = epoch;
    m.train_loss = epoch_result.loss();
    m.train_accuracy = epoch_result.accuracy();
    m.rate_factor = trainer.rate_factor_of(epoch - 1);
    m.grazing = epoch_result.grazing;
    m.silent_per_batch = static_cast<double>(epoch_result.silent_in_batches) /
                         static_cast<double>(epoch_result.batches);
    const Activity a = activity(trainer.network(), epoch_result);
    m.spikes_per_neuron = a.spikes_per_neuron;
    m.silent_neurons = a.silent;
    const double forward_seconds = trainer.forward_seconds() - forward_before;
    const double backward_seconds = trainer.backward_seconds() - backward_before;
    const auto rate = [](std::uint64_t now, std::uint64_t then, double seconds) {
      return seconds > 0 ? static_cast<double>(now - then) / seconds : 0.0;
    };
    m.forward_rate =
        rate(epoch_result.forward_deliveries, before.forward_deliveries, forward_seconds);
    m.backward_rate =
        rate(epoch_result.backward_deliveries, before.backward_deliveries, backward_seconds);
    double judged_loss = m.train_loss, judged_accuracy = m.train_accuracy;
    if (course.validate) {
      const SetResult v = course.validate(trainer.network());
      judged_loss = m.validation_loss = v.loss();
      judged_accuracy = m.validation_accuracy = v.accuracy();
    }
    m.seconds = seconds_between(epoch_started, Clock::now());
    if (checkpoint.best_values.empty() || judged_accuracy > checkpoint.best_accuracy ||
        (judged_accuracy == checkpoint.best_accuracy && judged_loss < checkpoint.best_loss)) {
      checkpoint.best_epoch = epoch;
      checkpoint.best_accuracy = judged_accuracy;
      checkpoint.best_loss = judged_loss;
      const auto values = trainer.network().parameters();
      checkpoint.best_values.assign(values.begin(), values.end());
    }
    checkpoint.history.push_back(m);
    const bool stop = trainer.epoch() < epochs && !go_on(epoch);
    if (stop || trainer.epoch() >= epochs ||
        seconds_between(saved, Clock::now()) >= options.save_interval)
      save();

    if (!options.quiet) {
      const double elapsed = seconds_between(started, Clock::now());
      progress.print(fmt::format(
          "{} {:>{}}/{}  loss {:.4f}  train {:>7}{}  {:.2f} spikes/neuron  {} silent{}  {} "
          "deliveries/s forward, {} backward{}  {}  {} left",
          course.what, epoch, fmt::formatted_size("{}", epochs), epochs, m.train_loss,
          percent(m.train_accuracy),
          course.validate ? fmt::format("  validation {:>7}", percent(m.validation_accuracy)) : "",
          m.spikes_per_neuron, m.silent_neurons, grazing_text(m.grazing),
          count_text(m.forward_rate), count_text(m.backward_rate),
          options.self_check > 0 ? identities_text(trainer.self_check()) : "",
          duration_text(m.seconds),
          duration_text(elapsed / trials_done * (epochs - epoch) * trials_per_epoch)));
    }
    if (stop) return false;
  }
  return true;
}

TrainingResult train(const Scenario& scenario, const Dataset& dataset, const RunFolder& folder,
                     const TrainingOptions& options) {
  require_trainable(scenario);
  const LabelledTrials& trials = dataset.part(Part::train);
  const LabelledTrials& validation = dataset.part(Part::validation);
  Trainer trainer(scenario.network, scenario.learning, trials, *scenario.loss,
                  trainer_options(scenario, options.self_check));

  TrainingResult result;
  Checkpoint& checkpoint = result.checkpoint;
  checkpoint.scenario_identity = scenario_identity(scenario.text, scenario.seed);
  checkpoint.layout = scenario.network.layout();
  if (options.resume) {
    const std::uint64_t identity = checkpoint.scenario_identity;
    checkpoint = read_checkpoint(folder.checkpoint());
    if (checkpoint.scenario_identity != identity || checkpoint.layout != scenario.network.layout())
      throw UsageError(fmt::format(
          "{} was written by another scenario than {}; restore that file or start a new run",
          folder.checkpoint(), folder.scenario()));
    trainer.restore(checkpoint.trainer);
  }
  Course course{trainer, checkpoint};
  course.epochs = options.epochs.value_or(scenario.train.epochs);
  course.trials = trials.size();
  course.save = [&] {
    write_checkpoint(folder.checkpoint(), checkpoint);
    write_metrics(folder.metrics(), checkpoint.history);
  };
  if (validation.size() > 0)
    course.validate = [&](const Network& network) {
      return evaluate(*scenario.machine(network), validation, *scenario.loss,
                      scenario.run_options());
    };
  if (!options.resume) {
    checkpoint.trainer = trainer.state();
    course.save();
  }
  result.finished = run_course(course, options);
  result.self_check = trainer.self_check();
  return result;
}

}  // namespace retrograde
