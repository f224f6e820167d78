#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <system_error>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/run/device/open_device.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/study/judged.hpp>
#include <retrograde/scenarios/run/study/pursuit_run.hpp>
#include <retrograde/scenarios/run/study/runner.hpp>
#include <retrograde/scenarios/run/study/shared_training.hpp>
#include <retrograde/scenarios/run/whole/whole_training.hpp>

namespace retrograde {

namespace {

namespace fs = std::filesystem;

// Runs may be a second long, and a checkpoint waits for the disk.
constexpr double save_interval = 5.0;  // s

fs::path result_path(const fs::path& run) { return run / "result.json"; }

StudyResult read_result(const fs::path& run) {
  const std::string path = result_path(run).string();
  try {
    return read_json(path).get<StudyResult>();
  } catch (const nlohmann::json::exception&) {
    throw FormatError(path, "",
                      "it is not the result of a run; remove it, and the study makes it anew");
  }
}

// False stops a run.
using OnProgress = std::function<bool(double epochs)>;

// Where a run stands, and what it shares with others.
struct RunPlace {
  fs::path path;
  fs::path trained;                  // the folder of a run whose training is its own; empty: none
  std::function<void()> on_trained;  // told that it has one now
};

// The training of a run, and its fine-tuning where the chip asks for one; nothing when it was
// stopped. Either goes on where it was stopped before.
std::optional<Trained> train_run(const StudyRun& run, bool on_chip, const RunFolder& folder,
                                 const Dataset& dataset, Scenario scenario, bool resume,
                                 const OnProgress& on_progress) {
  TrainingOptions options;
  options.epochs = run.epochs;
  options.resume = resume;
  options.save_interval = save_interval;
  // Epochs of fine-tuning are not those that the progress of a study counts.
  bool tuning = false;
  options.on_progress = [&](double epochs) { return on_progress(tuning ? run.epochs : epochs); };
  WholeTraining whole = train_wholly(std::move(scenario), dataset, folder, options,
                                     on_chip ? Tuning::where_wanted : Tuning::no,
                                     [&](const WholeTraining&) { tuning = true; });
  if (!whole.finished) return std::nullopt;
  return std::move(whole.trained);
}

// Of the epoch that was chosen.
void add_training(StudyResult& r, const Trained& trained) {
  const Checkpoint& checkpoint = *trained.checkpoint;
  r.parameters += trained.scenario.learned_of(trained.network).count();
  r.epochs = checkpoint.trainer.epoch;
  r.best_epoch = checkpoint.best_epoch;
  r.seconds = total_seconds(checkpoint.history);
  for (const EpochMetrics& m : checkpoint.history) {
    if (m.epoch != r.best_epoch) continue;
    r.train_accuracy = m.train_accuracy.value_or(0.0);
    r.train_loss = m.train_loss;
    r.validation_accuracy = m.validation_accuracy.value_or(0.0);
    r.validation_loss = m.validation_loss;
  }
}

// What there is to say of the trials of a simulation.
void add_simulation(const SetResult& set, const Scenario& scenario, StudyResult& r) {
  if (!scenario.loss) return;
  r.measured["loss"] = set.loss();
  if (const auto accuracy = set.accuracy()) r.measured["accuracy"] = *accuracy;
}

// Nothing when it was stopped.
std::optional<StudyResult> simulate(const Study& study, const Dataset& dataset, Scenario scenario,
                                    const OnProgress& on_progress) {
  const auto trials = judging_trials(dataset, true);
  StudyResult r;
  r.simulated = true;
  r.from = study.kind.from;
  if (!on_progress(0)) return std::nullopt;
  const auto started = std::chrono::steady_clock::now();
  const SetResult set = judge(
      scenario, scenario.network, trials,
      [&](double share) { return on_progress(share) && !interrupted(); }, r);
  if (set.trials < trials->size()) return std::nullopt;
  r.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  add_simulation(set, scenario, r);
  if (!study.on_chip) return r;
  Trained simulated;
  simulated.network = scenario.network;
  simulated.scenario = std::move(scenario);
  judge_on_chip(simulated, dataset, trials, r);
  return r;
}

// Trains and judges one run.
std::optional<StudyResult> train_and_judge(const Study& study, const StudyRun& run,
                                           const RunPlace& place, const Dataset& dataset,
                                           Scenario scenario, bool resume,
                                           const OnProgress& on_progress) {
  const RunFolder folder(place.path);
  if (!resume && !place.trained.empty()) {
    take_training(RunFolder(place.trained), scenario, folder);
    resume = true;
  }
  const std::optional<Trained> trained =
      train_run(run, study.on_chip, folder, dataset, std::move(scenario), resume, on_progress);
  if (!trained) return std::nullopt;
  place.on_trained();
  StudyResult r;
  r.from = study.kind.from;
  add_training(r, *trained);

  // On the part that nothing was chosen on: exactly, or in steps as it was trained; and on the chip.
  const auto trials = judging_trials(dataset, false);
  const SetResult test = judge(
      trained->scenario, trained->network, trials, [](double) { return !interrupted(); }, r);
  if (test.trials < trials->size()) return std::nullopt;
  r.test_accuracy = test.accuracy().value_or(0.0);
  r.test_loss = test.loss();
  r.spikes = activity(trained->network, test).spikes_per_neuron;
  if (study.on_chip) judge_on_chip(*trained, dataset, trials, r);
  return r;
}

// Runs one run, on the device of its study if it can go there. Nothing when it was stopped.
std::optional<StudyResult> complete_run(const Study& study, const StudyRun& run,
                                        const RunPlace& place, const Call& call,
                                        const OnProgress& on_progress) {
  const fs::path& path = place.path;
  // Its folder, of this session or an earlier one.
  std::error_code error;
  const FolderClaim claim(path, call);
  Scenario scenario = parse_scenario(run.text, (path / "scenario.toml").string(),
                                     {.network_file = run.network_file});
  const bool resume = fs::exists(path / "checkpoint.bin", error);
  const RunFolder folder(path);
  if (!resume) keep_scenario(path, run.text, run.network_file.get());
  if (scenario.pursuit) return complete_pursuit(scenario, folder, call.data, on_progress);

  const DeviceWork work = study.kind.simulations ? DeviceWork::run : DeviceWork::training;
  if (study.device && device_obstacle(scenario, scenario.network, work).empty())
    scenario.device = study.device;
  else if (study.device)
    ++study.device->work.networks_elsewhere;
  const Dataset dataset = load_dataset(scenario, call.data);
  if (study.kind.simulations) return simulate(study, dataset, std::move(scenario), on_progress);
  return train_and_judge(study, run, place, dataset, std::move(scenario), resume, on_progress);
}

// The same for a run that fails by its own doing.
std::optional<StudyResult> result_of(const Study& study, const StudyRun& run, const RunPlace& place,
                                     const Call& call, const OnProgress& on_progress) {
  const auto failed = [](const Error& error) {
    StudyResult r;
    r.failure = error.what();
    return r;
  };
  try {
    return complete_run(study, run, place, call, on_progress);
  } catch (const Interrupted&) {
    return std::nullopt;
  } catch (const NumericalError& e) {
    return failed(e);
  } catch (const LimitError& e) {
    return failed(e);
  } catch (const NetworkError& e) {
    return failed(e);
  } catch (const TrainingError& e) {
    return failed(e);
  } catch (const ScenarioError& e) {
    // Of a seed with which a large network was not read beforehand (plan_study).
    return failed(e);
  }
}

// Whether a result is not what the study asks for now: what is cheap beside training is made again.
bool is_another(const Study& study, const StudyResult& r) {
  if (!r.failure.empty() || r.attacked) return false;
  if (r.simulated != study.kind.simulations) return true;
  // A version made it that did not look at the chip.
  if (study.on_chip && !r.chip) return true;
  if (r.measured.empty()) return !study.kind.ordinates.empty();  // likewise
  return r.from != study.kind.from;
}

// What the threads of a session share.
class Session {
 public:
  Session(Study& study, const fs::path& folder, const Call& call, StudyObserver& observer)
      : study_(study),
        folder_(folder),
        call_(call),
        observer_(observer),
        errors_(study.runs.size()) {}

  // First a run of each training that none has made yet, then the others, which take theirs.
  void run_all() {
    run_these(first_ones());
    std::vector<std::size_t> others;
    for (std::size_t k = 0; k < study_.runs.size(); ++k)
      if (!study_.runs[k].result) others.push_back(k);
    if (!stop_ && !interrupted()) run_these(others);
  }

 private:
  // Of runs that are trained alike, the first that has begun, or the first; nobody, where one is done.
  std::vector<std::size_t> first_ones() {
    std::map<std::size_t, std::size_t> first;  // by training
    std::error_code error;
    const auto begun = [&](std::size_t k) {
      return fs::exists(run_path(folder_, study_.runs[k]) / "checkpoint.bin", error);
    };
    for (std::size_t k = 0; k < study_.runs.size(); ++k) {
      const StudyRun& run = study_.runs[k];
      if (run.result && run.result->failure.empty() && begun(k)) trained_.emplace(run.training, k);
    }
    for (std::size_t k = 0; k < study_.runs.size(); ++k) {
      const StudyRun& run = study_.runs[k];
      if (run.result || trained_.contains(run.training)) continue;
      const auto [at, is_first] = first.emplace(run.training, k);
      if (!is_first && begun(k) && !begun(at->second)) at->second = k;
    }
    std::vector<std::size_t> ones;
    for (const auto& [training, k] : first) ones.push_back(k);
    return ones;
  }

  // They begin in order, each on the next thread that is free. A thread that waits for the trials
  // of its run takes no other run up meanwhile (isolate); one that has no run left helps with
  // trials.
  void run_these(const std::vector<std::size_t>& these) {
    const std::size_t threads =
        tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
    std::atomic<std::size_t> next{0};
    tbb::parallel_for(
        std::size_t{0}, std::min(threads, these.size()),
        [&](std::size_t) {
          for (std::size_t k = next++; k < these.size() && !stop_ && !interrupted(); k = next++)
            tbb::this_task_arena::isolate([&] { run_one(these[k]); });
        },
        tbb::simple_partitioner());
    for (const std::exception_ptr& error : errors_)
      if (error) std::rethrow_exception(error);
  }

  void run_one(std::size_t k) {
    StudyRun& run = study_.runs[k];
    RunPlace place{run_path(folder_, run), {}, {}};
    {
      const std::lock_guard lock(mutex_);
      if (const auto at = trained_.find(run.training); at != trained_.end())
        place.trained = run_path(folder_, study_.runs[at->second]);
    }
    place.on_trained = [&] {
      const std::lock_guard lock(mutex_);
      trained_.emplace(run.training, k);
    };
    bool first = true;
    const auto on_progress = [&](double epochs) {
      const std::lock_guard lock(mutex_);
      observer_.advanced(k, epochs, std::exchange(first, false));
      return !stop_;
    };
    try {
      std::optional<StudyResult> result = result_of(study_, run, place, call_, on_progress);
      if (!result) return;
      write_json(result_path(place.path).string(), *result);
      const std::lock_guard lock(mutex_);
      run.result = std::move(result);
      observer_.finished(k);
    } catch (...) {
      errors_[k] = std::current_exception();
      stop_ = true;
    }
  }

  Study& study_;
  const fs::path& folder_;
  const Call& call_;
  StudyObserver& observer_;
  std::mutex mutex_;  // of the observer, the results that it reads, and of who is trained
  std::map<std::size_t, std::size_t> trained_;  // by training, a run that has finished it
  std::vector<std::exception_ptr> errors_;
  std::atomic<bool> stop_{false};
};

}  // namespace

bool is_of_run(const std::string& scenario, const StudyRun& run) {
  if (scenario == run.text) return true;
  try {
    return toml_text(parse_toml(scenario, run.name)) == toml_text(parse_toml(run.text, run.name));
  } catch (const ScenarioError&) {
    return false;
  }
}

fs::path run_path(const fs::path& folder, const StudyRun& run) {
  return folder / "runs" / run.name;
}

void take_up(Study& study, const fs::path& folder, bool overwrite) {
  std::error_code error;
  for (StudyRun& run : study.runs) {
    const fs::path path = run_path(folder, run);
    if (overwrite) {
      for (const char* file :
           {"result.json", "checkpoint.bin", "chip.bin", "metrics.csv", "scenario.toml"})
        fs::remove(path / file, error);
      continue;
    }
    if (!fs::exists(path / "scenario.toml", error)) continue;
    if (!is_of_run(read_text_file(path / "scenario.toml"), run))
      throw UsageError(fmt::format(
          "{} was made with another scenario, or other --epochs, than the study has now; name "
          "another folder with --out, or replace its runs with --overwrite",
          path.string()));
    if (!fs::exists(result_path(path), error)) continue;
    run.result = read_result(path);
    if (is_another(study, *run.result)) run.result.reset();
  }
}

bool run_study(Study& study, const fs::path& folder, const Call& call, StudyObserver& observer) {
  make_folder(folder);
  Session(study, folder, call, observer).run_all();
  return study.finished() == study.runs.size();
}

}  // namespace retrograde
