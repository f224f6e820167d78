// retro bench: how fast this build is on this machine, and against another build.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <retrograde/bench/figures/comparison.hpp>
#include <retrograde/bench/figures/figures.hpp>
#include <retrograde/bench/figures/memory_step.hpp>
#include <retrograde/bench/figures/report.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

unsigned rounds_of(const po::variables_map& given, unsigned usual) {
  return given.count("rounds") ? given["rounds"].as<unsigned>() : usual;
}

fs::path this_executable() {
  std::error_code error;
  fs::path path = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : path;
}

fs::path mnist_folder(const po::variables_map& given) {
  if (given.count("data")) return given["data"].as<std::string>();
  if (const char* root = std::getenv("RETROGRADE_DATA"))
    if (const fs::path folder = fs::path(root) / "mnist"; fs::exists(folder)) return folder;
  return {};
}

std::vector<std::string> chosen_figures(const po::variables_map& given, bool full) {
  std::vector<std::string> names;
  if (given.count("only")) {
    for (const std::string& name : given["only"].as<std::vector<std::string>>())
      names.push_back(bench::figure_named(name).name);
    return names;
  }
  for (const bench::FigureMaker& maker : bench::figures())
    if (full || maker.essential) names.push_back(maker.name);
  return names;
}

bench::FigureResult measure(const std::string& name, const bench::FigureOptions& options,
                            unsigned rounds, double seconds, Progress& progress) {
  progress.update(fmt::format("{}: making what is to be run", name));
  bench::Race race(bench::figure_named(name).make(options));
  const auto going_on = [&] {
    if (progress.due())
      progress.update(fmt::format("{}: round {} (at least {})", name, race.rounds() + 1, rounds));
    return !interrupted();
  };
  const auto start = std::chrono::steady_clock::now();
  const auto spent = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  while (!race.figure().contestants.empty() && (race.rounds() < rounds || spent() < seconds))
    race.round(going_on);
  if (interrupted()) throw Interrupted("measuring stopped");
  return race.result();
}

int run_memory(const po::variables_map& given, double size,
               const std::optional<std::string>& json) {
  const bench::MemoryStep step =
      bench::measure_memory_step(given["memory"].as<std::string>(), size);
  fmt::print(
      "{}: a training step at batch {} takes {:.1f} MB at its peak, beside {:.1f} MB of the "
      "network, {:.1f} MB of the optimiser and {} spikes\n",
      step.name, step.batch, step.peak * 1e-6, step.network * 1e-6, step.optimizer * 1e-6,
      step.spikes);
  if (json) {
    auto document = bench::json_bench_header("retrograde.bench_memory/1", bench::this_machine());
    document["memory"] = {{"name", step.name},
                          {"batch", step.batch},
                          {"spikes", step.spikes},
                          {"peak_bytes", step.peak},
                          {"network_bytes", step.network},
                          {"optimizer_bytes", step.optimizer}};
    write_json(*json, document);
  }
  return 0;
}

int run_against(const po::variables_map& given, double size, double seconds,
                const std::optional<std::string>& json) {
  bench::ComparisonOptions options;
  options.here = this_executable();
  options.there = given["against"].as<std::string>();
  if (std::error_code error;
      !fs::is_regular_file(options.there, error) || access(options.there.c_str(), X_OK) != 0)
    throw UsageError(
        fmt::format("--against {}: no executable. Name the `retro` of another build, "
                    "such as build/release/bin/retro of another checkout",
                    options.there.string()));
  options.there = fs::absolute(options.there);
  options.figures = chosen_figures(given, given.count("full") > 0);
  options.data = mnist_folder(given);
  options.rounds = rounds_of(given, 5);
  options.size = size;
  options.seconds = seconds;
  const bench::Machine machine = bench::this_machine();
  fmt::print("{}", bench::machine_text(machine));
  std::fflush(stdout);
  Progress progress;
  const bench::Comparison comparison = bench::compare(options, [&](const std::string& line) {
    progress.update(line);
    if (interrupted()) throw Interrupted("measuring stopped");
  });
  progress.clear();
  fmt::print("{}", bench::comparison_text(comparison));
  const std::vector<std::string> warnings = bench::warnings(machine, {});
  for (const std::string& warning : warnings) fmt::print("warning: {}\n", warning);
  if (json) {
    auto document = bench::json_bench_header("retrograde.bench_against/1", machine);
    document["size"] = size;
    document["rounds"] = options.rounds;
    document["warnings"] = warnings;
    document["against"] = bench::json_comparison(comparison);
    write_json(*json, document);
  }
  const auto compared = [&](const std::string& figure) {
    return std::any_of(comparison.rows.begin(), comparison.rows.end(),
                       [&](const bench::ComparedRow& row) { return row.figure == figure; });
  };
  return !given.count("only") ||
                 std::all_of(options.figures.begin(), options.figures.end(), compared)
             ? 0
             : 1;
}

int run(const po::variables_map& given, const std::vector<std::string>&) {
  const double size = given["size"].as<double>(), seconds = given["seconds"].as<double>();
  Outputs outputs(given);
  const auto json = outputs.claim("json");
  if (given.count("memory")) return run_memory(given, size, json);
  if (given.count("against")) return run_against(given, size, seconds, json);

  bench::FigureOptions options;
  options.full = given.count("full") > 0;
  options.size = size;
  options.mnist = mnist_folder(given);
  options.executable = this_executable();
  const unsigned rounds = rounds_of(given, 3);
  const std::vector<std::string> names = chosen_figures(given, options.full);

  const bench::Machine machine = bench::this_machine();
  fmt::print("{}", bench::machine_text(machine));
  if (size != 1.0) fmt::print("size {}: the figures of a smaller workload\n", size);
  std::fflush(stdout);
  Progress progress;
  std::vector<bench::FigureResult> results;
  for (const std::string& name : names) {
    results.push_back(measure(name, options, rounds, seconds, progress));
    progress.clear();
    fmt::print("\n{}", bench::figure_text(results.back()));
    std::fflush(stdout);
  }
  const std::vector<std::string> warnings = bench::warnings(machine, results);
  if (!warnings.empty()) fmt::print("\n");
  for (const std::string& warning : warnings) fmt::print("warning: {}\n", warning);
  if (json) {
    auto document = bench::json_bench_header("retrograde.bench/1", machine);
    document["full"] = options.full;
    document["size"] = size;
    document["warnings"] = warnings;
    auto& figures = document["figures"] = nlohmann::ordered_json::array();
    for (const bench::FigureResult& result : results) figures.push_back(bench::json_figure(result));
    write_json(*json, document);
  }
  const bool skipped = std::any_of(results.begin(), results.end(),
                                   [](const bench::FigureResult& r) { return !r.skipped.empty(); });
  return given.count("only") && skipped ? 1 : 0;
}

}  // namespace

Verb bench_verb() {
  std::string names;
  for (const bench::FigureMaker& maker : bench::figures())
    names += (names.empty() ? "" : ", ") + maker.name;
  return {.name = "bench",
          .arguments = "",
          .summary = "how fast this build is here; against another build",
          .text =
              "Measures deliveries per second, forward and backward, of the windowed scheduler "
              "against the sequential one and against the bare memory traffic; what long delays, "
              "large networks and a second thread change; and prints the ratios with the machine. "
              "Two minutes. What is compared runs alternately and only ratios within a run mean "
              "anything; the fastest run of each counts, and in brackets is the range over the "
              "rounds.\n\n"
              "Figures: " +
              names + ".",
          .examples =
              "retro bench --full --data FOLDER --json bench.json    everything, with an epoch of "
              "MNIST\n"
              "retro bench --against ../other/build/release/bin/retro",
          .found_wanting = "a figure that --only names could not be measured",
          .min_arguments = 0,
          .max_arguments = 0,
          .options =
              [](po::options_description& o) {
                o.add_options()("full", "all figures, and large networks (10 GB of memory)")(
                    "only",
                    po::value<std::vector<std::string>>()->composing()->value_name("FIGURE"),
                    "this figure; may be given several times")(
                    "against", po::value<std::string>()->value_name("RETRO"),
                    "the executable of another build: measure both, alternately, and compare")(
                    "rounds", whole_number<unsigned>(1, 1000)->value_name("N"),
                    "rounds at the least (default: 3; 5 with --against)")(
                    "seconds",
                    real_number({.low = 0, .high = 1e6, .with_low = false})
                        ->value_name("S")
                        ->default_value(4.0, "4"),
                    "to spend on a figure, once it has its rounds")(
                    "size",
                    real_number({.low = 0, .high = 1, .with_low = false})
                        ->value_name("X")
                        ->default_value(1.0, "1"),
                    "factor on durations, spikes and sizes, up to 1; to try it out")(
                    "data", po::value<std::string>()->value_name("FOLDER"),
                    "folder of MNIST (default: mnist in $RETROGRADE_DATA)")(
                    "memory", po::value<std::string>()->value_name("NETWORK"),
                    "only the peak memory of a training step of keyword or wide, in this process");
                add_output(o);
              },
          .run = run};
}

}  // namespace retrograde::cli
