#include <chrono>

#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/course.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0.0 ? static_cast<double>(count) / seconds : 0.0;
}

std::vector<std::string> names(const Network& network,
                               const std::vector<std::uint32_t>& populations) {
  std::vector<std::string> all;
  all.reserve(populations.size());
  for (const std::uint32_t p : populations) all.push_back(network.populations()[p].name);
  return all;
}

std::vector<double> values_of(const Network& network) {
  return {network.parameters().begin(), network.parameters().end()};
}

// One session of a course.
class Session {
 public:
  explicit Session(const Course& course)
      : course_(course), trainer_(course.trainer), checkpoint_(course.checkpoint) {}

  CourseEnd run() {
    observer_.began(
        {course_.what, course_.epochs, course_.validate != nullptr, checkpoint_.history});
    while (trainer_.epoch() < course_.epochs) {
      if (impatient()) return CourseEnd::early;
      begin_epoch();
      if (!epoch_ends()) {
        save();
        observer_.stopped();
        return CourseEnd::stopped;
      }
      trials_done_ += trials_per_epoch() - seen_;
      EpochMetrics metrics = measured();
      try {
        judge(metrics);
      } catch (const Interrupted&) {  // what was saved last is without this epoch
        observer_.stopped();
        return CourseEnd::stopped;
      }
      checkpoint_.history.push_back(metrics);
      if (course_.keep) course_.keep(metrics.epoch);
      const bool over = trainer_.epoch() >= course_.epochs || impatient();
      const bool stopped = !over && !goes_on(metrics.epoch);
      const bool stuck = !over && !stopped && trainer_.stuck();
      if (over || stopped || stuck || seconds_since(saved_) >= options_.save_interval) save();
      report(metrics);
      if (stuck) return CourseEnd::stuck;
      // Whoever was told may have had enough, too.
      if (stopped || (!over && !goes_on(metrics.epoch))) {
        if (!stopped) save();
        observer_.stopped();
        return CourseEnd::stopped;
      }
    }
    return trainer_.stuck() ? CourseEnd::stuck : CourseEnd::finished;
  }

 private:
  // False: it was stopped, after a batch or within one, which is as if it had not begun. What the
  // loss of a rank leaves is that, too.
  bool epoch_ends() try {
    return trainer_.run_epoch([&](const SetResult& so_far) { return after_batch(so_far); });
  } catch (const Interrupted&) {
    return false;
  } catch (const RankError&) {
    save();
    throw;
  }
  bool impatient() const { return out_of_patience(checkpoint_, course_.patience); }
  double trials_per_epoch() const { return static_cast<double>(course_.trials); }
  bool goes_on(double epochs_done) const {
    return !interrupted() && (!options_.on_progress || options_.on_progress(epochs_done));
  }

  // Trials that were done when this session took the epoch up, and their deliveries, do not count
  // for the rates.
  void begin_epoch() {
    epoch_ = trainer_.epoch() + 1;
    epoch_started_ = Clock::now();
    forward_before_ = trainer_.forward_seconds();
    backward_before_ = trainer_.backward_seconds();
    seen_ = static_cast<double>(trainer_.trials_done());
    before_ = trainer_.epoch_so_far();
  }

  bool after_batch(const SetResult& so_far) {
    trials_done_ += static_cast<double>(so_far.trials) - seen_;
    seen_ = static_cast<double>(so_far.trials);
    if (observer_.due()) observer_.epoch_progress(progress(so_far));
    return goes_on(epoch_ - 1 + seen_ / trials_per_epoch());
  }

  EpochProgress progress(const SetResult& so_far) const {
    EpochProgress p;
    p.what = course_.what;
    p.epoch = epoch_;
    p.epochs = course_.epochs;
    p.share = seen_ / trials_per_epoch();
    p.loss = so_far.loss();
    p.accuracy = so_far.accuracy();
    if (!checkpoint_.best_values.empty()) p.best_validation = checkpoint_.best_accuracy;
    p.activity = activity(trainer_.network(), so_far);
    p.silent = names(trainer_.network(), p.activity.silent_populations);
    p.grazing = so_far.grazing;
    const std::uint64_t deliveries = so_far.forward_deliveries + so_far.backward_deliveries -
                                     before_.forward_deliveries - before_.backward_deliveries;
    p.deliveries_per_s = per_second(deliveries, forward_seconds() + backward_seconds());
    p.seconds_left = seconds_for((course_.epochs - epoch_ + 1) * trials_per_epoch() - seen_);
    return p;
  }

  // Of this session in this epoch.
  double forward_seconds() const { return trainer_.forward_seconds() - forward_before_; }
  double backward_seconds() const { return trainer_.backward_seconds() - backward_before_; }
  double seconds_for(double trials) const {
    return trials_done_ > 0.0 ? seconds_since(started_) / trials_done_ * trials : 0.0;
  }

  // What the epoch says of itself.
  EpochMetrics measured() const {
    const SetResult& result = trainer_.last_epoch();
    EpochMetrics m;
    m.epoch = epoch_;
    m.train_loss = result.loss();
    m.train_accuracy = result.accuracy();
    m.rate_factor = trainer_.rate_factors().of(RateClass::weight);
    m.delay_rate_factor = trainer_.rate_factors().of(RateClass::delay);
    m.neuron_rate_factor = trainer_.rate_factors().of(RateClass::neuron);
    const DelayCount delays = count_delays(trainer_.learning(), trainer_.network());
    m.delays = delays.all;
    m.zero_delays = delays.resting;
    m.removed = result.removed;
    m.grown = result.grown;
    m.grazing = result.grazing;
    m.silent_per_batch =
        static_cast<double>(result.silent_in_batches) / static_cast<double>(result.batches);
    const Activity a = activity(trainer_.network(), result);
    m.spikes_per_neuron = a.spikes_per_neuron;
    m.silent_neurons = a.silent;
    m.silent_populations = a.silent_populations;
    m.forward_rate =
        per_second(result.forward_deliveries - before_.forward_deliveries, forward_seconds());
    m.backward_rate =
        per_second(result.backward_deliveries - before_.backward_deliveries, backward_seconds());
    return m;
  }

  // What the validation part says of it, or the trials as they were met where there is none; the
  // best epoch follows.
  void judge(EpochMetrics& m) {
    double loss = m.train_loss;
    std::optional<double> accuracy = m.train_accuracy;
    if (course_.validate) {
      const SetResult validation = validated();
      loss = m.validation_loss = validation.loss();
      accuracy = m.validation_accuracy = validation.accuracy();
    }
    trainer_.watch(accuracy ? *accuracy : -loss);
    m.seconds = seconds_since(epoch_started_);
    if (!checkpoint_.best_values.empty() && !better(accuracy, loss)) return;
    checkpoint_.best_epoch = m.epoch;
    checkpoint_.best_accuracy = accuracy;
    checkpoint_.best_loss = loss;
    checkpoint_.best_values = values_of(trainer_.folded());
    checkpoint_.best_synapses = trainer_.synapses();
  }
  SetResult validated() const {
    SetResult result;
    trainer_.explaining(epoch_, trainer_.last_epoch().batches,
                        [&] { result = course_.validate(trainer_.folded()); });
    return result;
  }
  // Without labels the accuracies are equal, and the loss decides.
  bool better(const std::optional<double>& accuracy, double loss) const {
    const bool smaller = loss < checkpoint_.best_loss;
    if (course_.best == BestBy::loss) return smaller;
    return accuracy > checkpoint_.best_accuracy ||
           (accuracy == checkpoint_.best_accuracy && smaller);
  }

  void save() {
    checkpoint_.trainer = trainer_.state();
    checkpoint_.folded_values.clear();
    if (!checkpoint_.trainer.source.empty())
      checkpoint_.folded_values = values_of(trainer_.folded());
    course_.save();
    saved_ = Clock::now();
  }

  void report(const EpochMetrics& metrics) const {
    const SelfCheck& check = trainer_.self_check();
    EpochReport r{course_.what,
                  course_.epochs,
                  metrics,
                  course_.validate != nullptr,
                  names(trainer_.network(), metrics.silent_populations),
                  check.trials + check.left_out > 0 ? &check : nullptr,
                  seconds_for((course_.epochs - epoch_) * trials_per_epoch())};
    observer_.epoch_ended(r);
  }

  const Course& course_;
  const SessionOptions& options_ = course_.options;
  Trainer& trainer_;
  Checkpoint& checkpoint_;
  TrainingObserver nobody_;
  TrainingObserver& observer_ = options_.observer ? *options_.observer : nobody_;
  Clock::time_point started_ = Clock::now(), saved_ = started_, epoch_started_ = started_;
  double trials_done_ = 0.0;  // in this session
  // Of the current epoch.
  std::uint32_t epoch_ = 0;                              // 1-based
  double seen_ = 0.0;                                    // trials
  double forward_before_ = 0.0, backward_before_ = 0.0;  // s
  SetResult before_;
};

}  // namespace

bool out_of_patience(const Checkpoint& checkpoint, std::uint32_t patience) {
  return patience > 0 && !checkpoint.history.empty() &&
         checkpoint.history.back().epoch - checkpoint.best_epoch >= patience;
}

CourseEnd run_course(const Course& course) { return Session(course).run(); }

}  // namespace retrograde
