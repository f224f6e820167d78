// retro grid RUN: where exact time matters, and where steps would do.
#include <boost/algorithm/string.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/units.hpp>
#include <retrograde/scenarios/run/grid/grid.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/show/grid/json.hpp>
#include <retrograde/scenarios/show/grid/picture.hpp>
#include <retrograde/scenarios/show/grid/text.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// "0.01 ms, 1 ms"
std::vector<Time> wanted_steps(const std::string& text) {
  std::vector<std::string> words;
  boost::split(words, text, [](char c) { return c == ','; });
  std::vector<Time> steps;
  for (std::string& word : words) {
    boost::trim(word);
    const ParsedQuantity step = parse_time(word);
    std::string problem = step.problem;
    if (problem.empty() && !(step.value > 0.0)) problem = "a step has to be above 0";
    if (!problem.empty())
      throw UsageError(fmt::format("--steps {}: \"{}\": {}; write it like --steps \"0.1 ms, 1 ms\"",
                                   text, word, problem));
    steps.push_back(step.value);
  }
  return steps;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  GridOptions options;
  options.steps =
      given.count("steps") ? wanted_steps(given["steps"].as<std::string>()) : usual_steps();
  options.trials = given["trials"].as<std::size_t>();
  const Trained trained = open_run(arguments[0], given);
  const Scenario& scenario = trained.scenario;
  note_without_events(scenario, "the comparison with steps");
  require_continuous(scenario, "a comparison of grids");
  require_values(scenario, "retro grid");
  if (!scenario.loss)
    throw UsageError(
        fmt::format("{} has no [loss]; a comparison needs one to read decisions", scenario.file));
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json"), svg = outputs.claim("svg");
  const Dataset dataset = open_dataset(trained);

  Progress progress;
  const GridComparison comparison =
      compare_on_grids(trained, dataset, options, show_evaluation(progress));
  progress.clear();
  fmt::print("{}", grid_text(scenario.name, comparison));
  if (svg) {
    write_file(*svg, grid_picture(scenario.name, comparison));
    fmt::print("\nwrote {}\n", *svg == "-" ? "standard output" : *svg);
  }
  if (json) write_json(*json, json_grid(scenario, comparison));
  return 0;
}

}  // namespace

Verb grid_verb() {
  return {
      .name = "grid",
      .arguments = "RUN",
      .summary = "hold a trained network in exact time against steps of 0.005 to 10 ms",
      .text =
          "Runs the test trials of a run folder exactly and as clock-driven simulators do, in "
          "steps: V is followed in closed form, but looked at once a step, and spikes, inputs "
          "and delays move to the grid. Says accuracy, loss, the share of decisions that are the "
          "exact ones and the time of a trial on one thread for every step, and from which step "
          "on accuracy is lost; where the scenario has a [chip], for the emulated chip in its "
          "own step, too. A scenario file instead of a run folder runs its untrained network.\n\n"
          "Runs take turns on one thread, so that their times can be compared; keep the machine "
          "free of other work. Only cuba_lif and cuba_li neurons with one exponential receptor "
          "go in steps (docs/grid.md).",
      .examples =
          "retro grid runs/yin_yang --svg grid.svg\n"
          "retro grid runs/yin_yang --steps \"0.1 ms, 1 ms\" --trials 200 --json grid.json",
      .min_arguments = 1,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            o.add_options()("steps", po::value<std::string>()->value_name("TIMES"),
                            "steps, with commas between them (default: 0.005, 0.01, 0.02, 0.05, "
                            "0.1, 0.2, 0.5, 1, 2, 5 and 10 ms)")(
                "trials", whole_number<std::size_t>(1)->default_value(1000)->value_name("N"),
                "the first so many trials of the test part")(
                "svg", po::value<std::string>()->value_name("FILE"),
                "a picture of accuracy and time against the step");
            add_data(o);
            add_set(o);
            add_output(o);
          },
      .run = run};
}

}  // namespace retrograde::cli
