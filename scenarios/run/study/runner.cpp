#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <fmt/format.h>
#include <mutex>
#include <nlohmann/json.hpp>
#include <system_error>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

// Runs may be a second long, and a checkpoint waits for the disk.
constexpr double save_interval = 5.0;  // s

fs::path result_path(const fs::path& run) { return run / "result.json"; }

void write_result(const fs::path& run, const StudyResult& r) {
  Json document = {{"schema", "retrograde.study_run/1"}};
  if (r.failure.empty())
    document.update(Json{{"parameters", r.parameters},
                         {"epochs", r.epochs},
                         {"best_epoch", r.best_epoch},
                         {"train_accuracy", r.train_accuracy},
                         {"train_loss", r.train_loss},
                         {"validation_accuracy", r.validation_accuracy},
                         {"validation_loss", r.validation_loss},
                         {"test_accuracy", r.test_accuracy},
                         {"test_loss", r.test_loss},
                         {"seconds", r.seconds}});
  else
    document["failure"] = r.failure;
  write_json(result_path(run).string(), document);
}

StudyResult read_result(const fs::path& run) {
  const std::string path = result_path(run).string();
  try {
    const Json document = Json::parse(read_text_file(path));
    StudyResult r;
    if (document.contains("failure")) {
      r.failure = document.at("failure").get<std::string>();
      return r;
    }
    document.at("parameters").get_to(r.parameters);
    document.at("epochs").get_to(r.epochs);
    document.at("best_epoch").get_to(r.best_epoch);
    document.at("train_accuracy").get_to(r.train_accuracy);
    document.at("train_loss").get_to(r.train_loss);
    document.at("validation_accuracy").get_to(r.validation_accuracy);
    document.at("validation_loss").get_to(r.validation_loss);
    document.at("test_accuracy").get_to(r.test_accuracy);
    document.at("test_loss").get_to(r.test_loss);
    document.at("seconds").get_to(r.seconds);
    return r;
  } catch (const nlohmann::json::exception&) {
    throw FormatError(path, 0,
                      "it is not the result of a run; remove it, and the study makes it anew");
  }
}

Part judged_part(const Dataset& dataset) {
  return dataset.size(Part::test) > 0 ? Part::test : Part::train;
}

// How far all runs have come, shared by the threads.
class StudyProgress {
 public:
  explicit StudyProgress(const Study& study) : study_(study), epochs_(study.runs.size(), 0.0) {
    for (std::size_t k = 0; k < study.runs.size(); ++k) {
      const StudyRun& run = study.runs[k];
      total_ += run.work;
      if (run.result) {
        ++done_;
        epochs_[k] = run.epochs;
        before_ += run.work;
      }
    }
  }

  // `epochs` of run k are done, the first call of a session tells how many already were.
  void advance(std::size_t k, double epochs, bool first) {
    const std::lock_guard lock(mutex_);
    const StudyRun& run = study_.runs[k];
    if (first) before_ += run.work * epochs / run.epochs;
    epochs_[k] = epochs;
    if (!progress_.due()) return;
    double done = 0;
    for (std::size_t i = 0; i < epochs_.size(); ++i)
      done += study_.runs[i].work * epochs_[i] / study_.runs[i].epochs;
    const double elapsed = std::chrono::duration<double>(Clock::now() - started_).count();
    progress_.update(fmt::format(
        "{} of {} runs done  {:.0f} %{}", done_, study_.runs.size(), 100.0 * done / total_,
        done > before_
            ? fmt::format("  {} left", duration_text(elapsed / (done - before_) * (total_ - done)))
            : ""));
  }

  void finish(std::size_t k) {
    const std::lock_guard lock(mutex_);
    const StudyRun& run = study_.runs[k];
    const StudyResult& r = *run.result;
    ++done_;
    epochs_[k] = run.epochs;
    std::string line = fmt::format("{:>{}}/{}  ", done_, fmt::formatted_size("{}", epochs_.size()),
                                   epochs_.size());
    const std::string what = study_.spec.describe(run.values);
    line += fmt::format("{}{}seed {}: ", what, what.empty() ? "" : ", ", run.seed);
    if (!r.failure.empty())
      line += "failed: " + r.failure;
    else if (study_.labelled)
      line += fmt::format("{} {:.2f} %", study_.part, 100.0 * r.test_accuracy);
    else
      line += fmt::format("loss {:.6g}", r.test_loss);
    if (r.failure.empty())
      line += fmt::format(", epoch {} of {}, {}", r.best_epoch, r.epochs, duration_text(r.seconds));
    progress_.print(line);
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Study& study_;
  std::mutex mutex_;
  Progress progress_;
  Clock::time_point started_ = Clock::now();
  std::vector<double> epochs_;     // per run
  std::size_t done_ = 0;           // runs
  double total_ = 0, before_ = 0;  // work; what was done before this session
};

// Trains and judges one run. Nothing when it was stopped.
std::optional<StudyResult> train_run(const StudyRun& run, const fs::path& path,
                                     const std::string& data_path,
                                     const std::function<bool(double, bool)>& on_progress) {
  std::error_code error;
  const Scenario scenario = parse_scenario(run.text, (path / "scenario.toml").string(),
                                           {.network_file = run.network_file});
  TrainingOptions options;
  options.resume = fs::exists(path / "checkpoint.bin", error);
  options.quiet = true;
  options.save_interval = save_interval;
  bool first = true;
  options.on_progress = [&](double epochs) {
    return on_progress(epochs, std::exchange(first, false));
  };
  const RunFolder folder = options.resume ? RunFolder::open(path) : RunFolder::create(path, true);
  if (!options.resume) keep_scenario(path, run.text, run.network_file.get());

  const Dataset dataset = load_dataset(scenario, data_path);
  StudyResult r;
  for (const char learned : scenario.learning.learned) r.parameters += learned != 0;
  const TrainingResult trained = train(scenario, dataset, folder, options);
  if (!trained.finished) return std::nullopt;
  const Checkpoint& checkpoint = trained.checkpoint;
  r.epochs = checkpoint.trainer.epoch;
  r.best_epoch = checkpoint.best_epoch;
  for (const EpochMetrics& m : checkpoint.history) {
    r.seconds += m.seconds;
    if (m.epoch != r.best_epoch) continue;
    r.train_accuracy = m.train_accuracy;
    r.train_loss = m.train_loss;
    r.validation_accuracy = m.validation_accuracy;
    r.validation_loss = m.validation_loss;
  }
  const LabelledTrials& trials = dataset.part(judged_part(dataset));
  const Network best = trained_network(scenario, checkpoint);
  const SetResult test =
      evaluate(*scenario.machine(best), trials, *scenario.loss, scenario.run_options(),
               [](std::size_t) { return !interrupted(); });
  if (test.trials < trials.size()) return std::nullopt;
  r.test_accuracy = test.accuracy();
  r.test_loss = test.loss();
  return r;
}

StudyResult failed(const Error& error) {
  StudyResult r;
  r.failure = error.what();
  return r;
}

}  // namespace

std::size_t Study::finished() const {
  return static_cast<std::size_t>(std::count_if(
      runs.begin(), runs.end(), [](const StudyRun& run) { return run.result.has_value(); }));
}

bool Study::failed() const {
  return std::any_of(runs.begin(), runs.end(), [](const StudyRun& run) {
    return run.result && !run.result->failure.empty();
  });
}

fs::path run_path(const fs::path& folder, const StudyRun& run) {
  return folder / "runs" / run.name;
}

Study plan_study(const Scenario& scenario, const std::string& data_path) {
  if (!scenario.study)
    throw UsageError(fmt::format(
        "{} has no [study]; docs/scenario.md shows how one looks, `retro train` trains the "
        "scenario once",
        scenario.file));
  Study study;
  study.name = scenario.name;
  study.title = scenario.title;
  study.text = resolved_text(scenario);
  study.network_file = scenario.network_file;
  study.spec = *scenario.study;
  for (const std::uint64_t seed : study.spec.seeds)
    for (std::size_t k = 0; k < study.spec.combinations(); ++k) {
      StudyRun run;
      run.values = study.spec.combination(k);
      run.seed = seed;
      run.name = study.spec.run_name(run.values, seed);
      try {
        const Scenario variation =
            parse_scenario(scenario.text, scenario.file, {.seed = seed, .study = run.values});
        require_trainable(variation);
        run.text = resolved_text(variation);
        run.network_file = variation.network_file;
        // Not a copy for each run.
        if (run.network_file && study.network_file &&
            run.network_file->hash == study.network_file->hash)
          run.network_file = study.network_file;
        run.epochs = variation.train.epochs;
        run.work = static_cast<double>(run.epochs) *
                   static_cast<double>(1 + variation.network.synapse_count());
        if (study.runs.empty()) {
          const Dataset dataset = load_dataset(variation, data_path);
          const Part part = judged_part(dataset);
          study.labelled = dataset.classes() > 0;
          study.has_validation = dataset.size(Part::validation) > 0;
          study.part = name(part);
          study.trials = dataset.size(part);
        }
      } catch (const ScenarioError& error) {
        const std::string what = study.spec.describe(run.values);
        throw ScenarioError(error.file, error.line, error.column, error.key,
                            what.empty() ? error.message
                                         : fmt::format("{} (in the run of the study with {})",
                                                       error.message, what));
      }
      study.runs.push_back(std::move(run));
    }
  return study;
}

void take_up(Study& study, const fs::path& folder, bool overwrite) {
  std::error_code error;
  for (StudyRun& run : study.runs) {
    const fs::path path = run_path(folder, run);
    if (overwrite) {
      for (const char* file : {"result.json", "checkpoint.bin", "metrics.csv", "scenario.toml"})
        fs::remove(path / file, error);
      continue;
    }
    if (!fs::exists(path / "scenario.toml", error)) continue;
    if (read_text_file(path / "scenario.toml") != run.text)
      throw UsageError(fmt::format(
          "{} was trained with another scenario than the study has now; name another folder with "
          "--out, or replace its runs with --overwrite",
          path.string()));
    if (fs::exists(result_path(path), error)) run.result = read_result(path);
  }
}

bool run_study(Study& study, const fs::path& folder, const std::string& data_path) {
  make_folder(folder);
  StudyProgress progress(study);
  std::vector<std::exception_ptr> errors(study.runs.size());
  std::atomic<std::size_t> next{0};
  std::atomic<bool> stop{false};
  const auto train_one = [&](std::size_t k) {
    StudyRun& run = study.runs[k];
    const fs::path path = run_path(folder, run);
    const auto on_progress = [&](double epochs, bool first) {
      progress.advance(k, epochs, first);
      return !stop;
    };
    try {
      try {
        run.result = train_run(run, path, data_path, on_progress);
      } catch (const NumericalError& e) {
        run.result = failed(e);
      } catch (const LimitError& e) {
        run.result = failed(e);
      } catch (const NetworkError& e) {
        run.result = failed(e);
      }
      if (!run.result) return;
      write_result(path, *run.result);
      progress.finish(k);
    } catch (...) {
      errors[k] = std::current_exception();
      stop = true;
    }
  };
  // Runs begin in order, each on the next thread that is free. A thread that waits for the trials
  // of its run takes no other run up meanwhile (isolate); one that has no run left helps with
  // trials.
  const std::size_t threads =
      tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
  tbb::parallel_for(
      std::size_t{0}, std::min(threads, study.runs.size()),
      [&](std::size_t) {
        for (std::size_t k = next++; k < study.runs.size() && !stop && !interrupted(); k = next++)
          if (!study.runs[k].result) tbb::this_task_arena::isolate([&] { train_one(k); });
      },
      tbb::simple_partitioner());
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
  return study.finished() == study.runs.size();
}

}  // namespace retrograde
