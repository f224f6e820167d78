#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/pursuit/pursuit.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_training.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/show/pursuit/training.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

constexpr std::size_t samples_shown = 4;

std::optional<std::uint32_t> wanted_epochs(const po::variables_map& given) {
  if (!given.count("epochs")) return std::nullopt;
  return given["epochs"].as<std::uint32_t>();
}

int interrupted_after(const PursuitCourse& course, const RunFolder& folder) {
  note(fmt::format(
      "interrupted after {}{}; everything is saved. Go on with: retro train --resume {}",
      plural(course.epoch, "epoch"),
      course.batch > 0 ? fmt::format(" and {}", plural(course.batch, "batch", "batches")) : "",
      shell_word(folder.path().string())));
  return 130;
}

// Trains in a folder that is claimed, and ends with its page.
int train_and_report(const Scenario& scenario, PursuitModel model, const RunFolder& folder,
                     const std::optional<std::uint32_t>& epochs) {
  const std::uint32_t last = epochs.value_or(scenario.pursuit->train->epochs);
  note(fmt::format(
      "{}: {}, {}, {}; run folder {}", scenario.title.empty() ? scenario.name : scenario.title,
      pursuit_name(*scenario.pursuit),
      plural(static_cast<std::uint64_t>(model.classifier.problem.dictionary.size()), "atom"),
      plural(model.signals.train.size(), "training signal"), folder.path().string()));
  Progress line;
  PursuitSession session;
  session.epochs = epochs;
  session.progress = [&](const PursuitCheckpoint& checkpoint) {
    line.print(epoch_text(checkpoint.course, last, checkpoint.seconds.back()));
    return true;
  };
  session.on_batch = [&](double done) {
    const double whole = std::floor(done);
    if (line.due())
      line.update(fmt::format("epoch {:g}: {:.0f} %", whole + 1.0, 100.0 * (done - whole)));
    return true;
  };
  const PursuitTrained trained = train_in_folder(scenario, model, folder, session);
  const PursuitCourse& course = trained.checkpoint.course;
  line.clear();
  if (!trained.finished) return interrupted_after(course, folder);
  if (course.epoch < last)
    note(fmt::format("stopped early: no better validation in {}; epoch {} is the best",
                     plural(scenario.pursuit->train->patience, "epoch"), best_epoch(course)));
  model.classifier = course.best;
  PursuitEvaluation evaluation;
  try {
    evaluation = evaluate_pursuit(model, [&](double share) {
      if (line.due()) line.update(fmt::format("evaluation: {:.0f} %", 100.0 * share));
    });
    line.clear();
  } catch (const Interrupted&) {
    line.clear();
    return interrupted_after(course, folder);
  }
  const Part part = model.signals.judged();
  std::vector<Coding> samples;
  for (std::size_t k = 0; k < std::min(samples_shown, model.signals.part(part).size()); ++k)
    samples.push_back(code_signal(*scenario.pursuit, model, part, k));
  const std::vector<Call> calls = read_calls(folder.path());
  const PursuitReport report{scenario, model, trained.checkpoint, evaluation, samples, calls};
  write_pursuit_results(report, folder);
  fmt::print("{}\nreport: {}\n", pursuit_report_text(report),
             std::filesystem::absolute(folder.report()).string());
  return 0;
}

}  // namespace

int train_pursuit(const po::variables_map& given, const std::string& path) {
  refuse_network_options(given, {"self-check", "tensorboard", "values-every"});
  // What the run folder holds, so that a resumed run is the same run.
  const Scenario scenario = resolved(open_scenario(path, given));
  require_learning(scenario);
  const std::string data = data_path(given);
  PursuitModel model = make_pursuit(scenario, data);
  FolderClaim claim(
      given.count("out") ? given["out"].as<std::string>() : folder_named("runs", scenario.name),
      this_call(data));
  claim.become(FolderKind::training, given.count("overwrite") > 0);
  keep_scenario(claim.folder(), scenario.text, nullptr);
  return train_and_report(scenario, std::move(model), RunFolder(claim.folder()), std::nullopt);
}

int resume_pursuit(const po::variables_map& given) {
  refuse_network_options(given, {"self-check", "tensorboard", "values-every"});
  const RunFolder folder = RunFolder::open(given["resume"].as<std::string>());
  const std::string named = data_path(given);
  FolderClaim claim(folder.path(), this_call(named));
  const std::string data = named.empty() ? remembered_data_path(read_calls(folder.path())) : named;
  const Scenario scenario = read_scenario(folder.scenario());
  PursuitModel model = make_pursuit(scenario, data);
  const std::uint32_t done = checkpoint_of(scenario, model, folder).course.epoch;
  if (const auto epochs = wanted_epochs(given); epochs && *epochs < done)
    throw UsageError(fmt::format(
        "--epochs {}: {} has {} already; write a larger number to go on with it, or leave "
        "--epochs out",
        *epochs, folder.path().string(), plural(done, "epoch")));
  claim.go_on();
  return train_and_report(scenario, std::move(model), folder, wanted_epochs(given));
}

}  // namespace retrograde::cli
