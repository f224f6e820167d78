#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/recorders/activity.hpp>
#include <retrograde/scenarios/cli/recorders/simulate.hpp>
#include <retrograde/scenarios/cli/recorders/stretch.hpp>
#include <retrograde/scenarios/exchange/recorders/spike_recording.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/activity/population_activity.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/show/activity/activity_output.hpp>
#include <retrograde/scenarios/show/plot/raster.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

constexpr const char* own_options[] = {"population", "from",    "to",   "bin",   "window",
                                       "lag",        "lag-bin", "part", "trial", "trials",
                                       "data",       "seed",    "unit"};

// What is analysed, wherever it comes from.
struct Activity {
  ActivityTitle title;
  Network network;
  std::vector<Tape> trials;
  std::vector<std::string> notes;
  std::vector<Raster::Mark> marks = {};  // of what happens in every trial
};

bool is_spike_file(const std::string& path) {
  const std::filesystem::path file(path);
  return std::filesystem::is_regular_file(file) &&
         (is_spike_file_name(file) || file.extension() == ".json");
}

bool is_simulation(const std::string& path) {
  return std::filesystem::is_directory(path) && folder_kind(path) == FolderKind::simulation;
}

// Of what is recorded there is nothing to run and to choose.
void refuse_run_options(const po::variables_map& given, const std::string& path) {
  for (const char* option : {"activity", "part", "trial", "trials", "data", "seed", "last", "set"})
    if (given.count(option))
      throw UsageError(fmt::format("--{}: {} holds spikes that are recorded already; leave it out",
                                   option, path));
}

Activity recorded(SpikeRecording recording, ActivityTitle title) {
  return {std::move(title),
          std::move(recording.network),
          std::move(recording.trials),
          std::move(recording.notes),
          {}};
}

Activity simulated(const po::variables_map& given, const std::string& path, Outputs& outputs) {
  Trained trained = open_network(path, given);
  const Scenario& scenario = trained.scenario;
  require_values(scenario, "retro analyse");
  outputs.reads(scenario, trained.data_path);
  trial_count(given);
  Activity activity;
  activity.title.name = scenario.title.empty() ? scenario.name : scenario.title;
  const std::unique_ptr<const Machine> machine = scenario.machine(trained.network);
  for_each_chosen_trial(scenario, given, trained.data_path, [&](const ChosenTrial& chosen) {
    Progress progress;
    activity.trials.push_back(
        machine->run(with_events(chosen, scenario, trained.network).trial,
                     with_progress(scenario, chosen.trial.duration, progress)));
    activity.title.source = chosen.name;
  });
  if (given.count("trials")) activity.title.source = "trials " + given["trials"].as<std::string>();
  activity.marks = marks_of(scenario.timeline, scenario.longest_trial());
  activity.network = std::move(trained.network);
  return activity;
}

// --unit, in ms.
std::optional<double> chosen_unit(const po::variables_map& given) {
  if (!given.count("unit")) return std::nullopt;
  const std::string unit = given["unit"].as<std::string>();
  for (const auto& [name, ms] : {std::pair("ns", 1e-6), {"us", 1e-3}, {"ms", 1.0}, {"s", 1e3}})
    if (unit == name) return ms;
  throw UsageError(fmt::format("--unit {}: ns, us, ms or s is needed", unit));
}

Activity activity_of(const po::variables_map& given, const std::string& path, Outputs& outputs) {
  if (is_spike_file(path)) {
    refuse_run_options(given, path);
    outputs.reads(path);
    return recorded(recording_of(read_spike_file(path, {.unit = chosen_unit(given)})),
                    {std::filesystem::path(path).filename().string(), "recorded spikes"});
  }
  if (given.count("unit"))
    throw UsageError(
        fmt::format("--unit: it is of a file of spikes, and {} is none; leave it out", path));
  if (is_simulation(path)) {
    refuse_run_options(given, path);
    const std::string file = (std::filesystem::path(path) / "run.json").string();
    outputs.reads(file);
    const auto document = read_json(file);
    return recorded(recording_of(read_spike_file(file)),
                    {document.value("scenario", path), document.value("trial", "recorded trial")});
  }
  return simulated(given, path, outputs);
}

ActivityOptions wanted(const po::variables_map& given) {
  ActivityOptions options;
  const Stretch stretch = chosen_stretch(given);
  options.from = stretch.from;
  if (stretch.to) options.to = *stretch.to;
  if (given.count("population"))
    options.populations = given["population"].as<std::vector<std::string>>();
  const auto time = [&](const char* option, const char* what, auto& value) {
    if (given.count(option)) value = positive_time(option, given[option].as<std::string>(), what);
  };
  time("bin", "a bin", options.bin);
  time("window", "a window", options.window);
  time("lag-bin", "a bin", options.lag_bin);
  time("lag", "a lag", options.longest_lag);
  return options;
}

// The spikes of the first trial, of the populations that are analysed.
Raster raster_of(const Activity& activity, const ActivityAnalysis& analysis) {
  Raster raster = retrograde::raster_of(
      activity.network, activity.trials.front(), {}, {},
      activity.trials.size() > 1 ? activity.title.name + ", the first trial" : activity.title.name);
  std::erase_if(raster.bands, [&](const Raster::Band& band) {
    return std::none_of(analysis.populations.begin(), analysis.populations.end(),
                        [&](const PopulationActivity& p) { return p.name == band.name; });
  });
  raster.notes.clear();
  raster.marks = activity.marks;
  raster.from = analysis.options.from;
  raster.to = std::min(analysis.options.to, activity.trials.front().duration);
  return raster;
}

}  // namespace

bool is_of_activity(const po::variables_map& given, const std::string& path) {
  return given.count("activity") > 0 || is_spike_file(path) || is_simulation(path);
}

void add_activity(po::options_description& options) {
  options.add_options()("activity",
                        "run a scenario or a trained run and analyse its spikes, not its synapses")(
      "population", po::value<std::vector<std::string>>()->value_name("NAME")->composing(),
      "activity: this population only; may be given again")(
      "bin", po::value<std::string>()->value_name("TIME"),
      "activity: of rates over time (default: 1, 2 or 5 times a power of ten, with which there are "
      "100 to 250)")(
      "window", po::value<std::string>()->value_name("TIME"),
      "activity: of the Fano factor and of correlations of neurons (default: 100 ms)")(
      "lag", po::value<std::string>()->value_name("TIME"),
      "activity: the longest of correlograms (default: 50 ms)")(
      "lag-bin", po::value<std::string>()->value_name("TIME"),
      "activity: bins of correlograms (default: 1 ms)")(
      "unit", po::value<std::string>()->value_name("UNIT"),
      "activity: of times in a file of spikes that does not say it: ns, us, ms or s");
  add_stretch(options);
  add_seed(options);
  add_trial(options);
  add_trials(options);
}

void refuse_activity_options(const po::variables_map& given) {
  for (const char* option : own_options)
    if (given.count(option))
      throw UsageError(
          fmt::format("--{}: it is of activity, and synapses are analysed here; add --activity, or "
                      "leave it out",
                      option));
}

int analyse_activity_of(const po::variables_map& given, const std::string& path) {
  for (const char* option : {"projection", "permutations", "value", "step", "neighbours"})
    if (given.count(option) && !given[option].defaulted())
      throw UsageError(
          fmt::format("--{}: it is of synapses, and activity is analysed here; leave it "
                      "out",
                      option));
  const ActivityOptions options = wanted(given);
  Outputs outputs(given);
  const Activity activity = activity_of(given, path, outputs);
  const auto json = outputs.claim("json"), svg = outputs.claim("svg");
  const std::unique_ptr<FolderClaim> folder = claim_out(given, path, FolderKind::analysis);
  ActivityAnalysis analysis = analyse_activity(activity.network, activity.trials, options);
  analysis.notes.insert(analysis.notes.begin(), activity.notes.begin(), activity.notes.end());
  fmt::print("{}", activity_text(activity.title, analysis));
  const Raster raster = raster_of(activity, analysis);
  if (svg) {
    write_file(*svg, activity_picture(raster, analysis));
    fmt::print("\nwrote {}\n", *svg == "-" ? "standard output" : *svg);
  }
  const auto document = json_activity(activity.title, analysis);
  if (json) write_json(*json, document);
  if (folder) {
    write_json((folder->folder() / "analysis.json").string(), document);
    write_file(folder->folder() / "report.html",
               activity_page(activity.title, raster, analysis, folder->call()));
    write_calls(folder->folder(), {folder->call()});
    fmt::print("\nwrote {0}/analysis.json and {0}/report.html\n", folder->folder().string());
  }
  return 0;
}

}  // namespace retrograde::cli
