// retro diff A B: where two traces or runs part first, and why.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/diff/order.hpp>
#include <retrograde/scenarios/show/json/diff.hpp>
#include <retrograde/scenarios/show/plot/diff_picture.hpp>
#include <retrograde/scenarios/show/text/diff.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

DiffOrder order_of(const po::variables_map& given) {
  DiffOrder order;
  if (given.count("network")) order.network = given["network"].as<std::string>();
  if (given.count("columns")) order.columns = given["columns"].as<std::string>();
  if (given.count("tolerance"))
    order.tolerance = wanted_tolerance(given["tolerance"].as<std::string>());
  if (given.count("population"))
    order.populations = given["population"].as<std::vector<std::string>>();
  for (const char* option : {"data", "part", "trial", "set"})
    if (given.count(option)) order.of_runs.emplace_back(option);
  return order;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  Diff diff = named_sides(arguments);
  Outputs outputs(given);
  TracedRuns runs(
      [&](const std::string& path) {
        return open_trained(path, data_path(given), ChosenEpoch::best, settings_of(given));
      },
      [&](const TracedRun& run) {
        const Trained& trained = run.trained;
        ChosenTrial chosen = choose_trial(trained.scenario, given, trained.data_path);
        note_without_events(trained.scenario, "the comparison");
        return chosen;
      });
  const auto reads_run = [&](const std::string& path) {
    const Trained& trained = runs.named(path)->trained;
    outputs.reads(trained.scenario, trained.data_path);
  };
  for (const DiffSide* side : {&diff.a, &diff.b}) {
    outputs.reads(side->path);
    if (side->kind != DiffSide::Kind::file) reads_run(side->path);
  }
  if (given.count("network")) reads_run(given["network"].as<std::string>());
  const auto json = outputs.claim("json"), svg = outputs.claim("svg");
  find_differences(diff, order_of(given), runs);
  // Of putting them on the chip.
  for (const auto& [path, run] : runs.all())
    for (const std::string& warning : run->warnings)
      note(fmt::format("warning: {}: {}", path, warning));

  fmt::print("{}", diff_text(diff));
  if (svg) {
    write_file(*svg, picture(diff, voltages_of_first(diff)));
    fmt::print("\nwrote {}\n", *svg == "-" ? "standard output" : *svg);
  }
  if (json) write_json(*json, json_diff(diff));
  return diff.equal() ? 0 : 1;
}

}  // namespace

Verb diff_verb() {
  return {.name = "diff",
          .arguments = "A [B]",
          .summary = "say where two traces or runs part first, and why",
          .text =
              "Compares two sides, each a trace in CSV (docs/diff.md) or one side of a run: "
              "RUN:chip, emulated, or RUN:exact. A run folder alone means its exact side against "
              "its chip side. Names the first neuron and step that differ and the cause as far as "
              "it can be told, with the numbers around it. Steps are compared integer by integer; "
              "where a network is known both sides are held against its rules, so that the side "
              "that is wrong is told from the other. An exact side is compared spike by spike.",
          .examples =
              "retro diff runs/demo --trial 3\n"
              "retro run runs/demo --chip --trace emulated.csv\n"
              "retro diff emulated.csv captured.csv --network runs/demo --svg diff.svg",
          .found_wanting = "the sides differ",
          .min_arguments = 1,
          .max_arguments = 2,
          .options =
              [](po::options_description& o) {
                add_trial(o);
                add_set(o);
                o.add_options()("network", po::value<std::string>()->value_name("RUN"),
                                "the run whose network the traces are of")(
                    "tolerance", po::value<std::string>()->value_name("TIME"),
                    "how far apart partners are at most, \"1 ms\", where a side is exact "
                    "(default: one and a half steps; 1e-6 ms for two exact sides)")(
                    "population",
                    po::value<std::vector<std::string>>()->value_name("NAME")->composing(),
                    "compare this population only; may be given again")(
                    "columns", po::value<std::string>()->value_name("NAMES"),
                    "names of the columns of trace files that have no line of them, as in "
                    "\"in[0].spike,lif[0].v,lif[0].spike\"")(
                    "svg", po::value<std::string>()->value_name("FILE"),
                    "a picture of spikes and v around the divergence");
                add_output(o);
              },
          .run = run};
}

}  // namespace retrograde::cli
