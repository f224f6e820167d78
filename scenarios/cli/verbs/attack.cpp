// retro attack RUN: how many decisions stay right when input spikes are moved against them.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/pursuit/pursuit.hpp>
#include <retrograde/scenarios/cli/radii.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/units.hpp>
#include <retrograde/scenarios/run/attack/attack_network.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/show/attack/picture.hpp>
#include <retrograde/scenarios/show/attack/text.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// "0.1 ms, 1 ms".
std::vector<double> wanted_times(const std::string& text) {
  return wanted_radii(text, [&](const std::string& word) {
    const ParsedQuantity radius = parse_time(word);
    std::string problem = radius.problem;
    if (problem.empty() && !(radius.value >= 0.0)) problem = "a radius has to be 0 or more";
    if (!problem.empty())
      throw UsageError(
          fmt::format("--epsilons {}: \"{}\": {}; write it like --epsilons \"0.1 ms, 1 ms\"", text,
                      word, problem));
    return radius.value;
  });
}

AttackOptions wanted(const po::variables_map& given) {
  AttackOptions options;
  options.spec.norm = wanted_norm(given["norm"].as<std::string>());
  if (given.count("epsilons"))
    options.spec.epsilons = wanted_times(given["epsilons"].as<std::string>());
  options.spec.steps = given["steps"].as<std::uint32_t>();
  options.spec.restarts = given["restarts"].as<std::uint32_t>();
  options.spec.seed = given["seed"].as<std::uint64_t>();
  options.trials = given["trials"].as<std::size_t>();
  return options;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (is_sparse_coding(arguments[0])) return attack_pursuit(given, arguments[0]);
  AttackOptions options = wanted(given);
  const Trained trained = open_run(arguments[0], given);
  const Scenario& scenario = trained.scenario;
  note_without_events(scenario, "the attack");
  require_values(scenario, "retro attack");
  require_continuous(scenario, "an attack");
  if (!scenario.loss || scenario.loss->readout().kind == Readout::Kind::none)
    throw UsageError(
        fmt::format("{} has no loss that decides between classes; a decision is what is attacked",
                    scenario.file));
  if (options.spec.epsilons.empty()) options.spec.epsilons = usual_radii(scenario.duration);
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json"), svg = outputs.claim("svg");
  const Dataset dataset = open_dataset(trained);
  Progress progress;
  const Robustness robustness =
      attack_network(trained, dataset, options, show_evaluation(progress));
  progress.clear();
  fmt::print("{}", attack_text(scenario.name, robustness));
  if (svg) {
    write_file(*svg, attack_picture(scenario.name, robustness));
    fmt::print("\nwrote {}\n", *svg == "-" ? "standard output" : *svg);
  }
  if (json) write_json(*json, json_attack(scenario, robustness));
  return 0;
}

void add_attack(po::options_description& o) {
  o.add_options()("norm", po::value<std::string>()->default_value("linf")->value_name("NORM"),
                  "linf: each spike moves by at most the radius; l2: the root of the sum of "
                  "squares is at most the radius")(
      "epsilons", po::value<std::string>()->value_name("TIMES"),
      "radii, with commas between them; 0 is always there (default: 1, 2 or 5 times a power of "
      "ten from a thousandth to a twentieth of the trial)")(
      "steps", whole_number<std::uint32_t>(1, 1000)->default_value(10)->value_name("N"),
      "steps down the gradient")(
      "restarts", whole_number<std::uint32_t>(0, 1000)->default_value(1)->value_name("N"),
      "random starts besides the one from the trial itself; the worst counts")(
      "trials", whole_number<std::size_t>(1)->default_value(200)->value_name("N"),
      "the first so many trials of the test part")(
      "seed", whole_number<std::uint64_t>(0)->default_value(1)->value_name("N"),
      "seed of random starts and points")("svg", po::value<std::string>()->value_name("FILE"),
                                          "a picture of accuracy against the radius");
}

}  // namespace

Verb attack_verb() {
  return {
      .name = "attack",
      .arguments = "RUN",
      .summary = "move input spikes against a trained network, and see which decisions stay",
      .text =
          "Moves the input spikes of the test trials within a radius so that decisions go wrong, "
          "by exact gradients of the margin between the true class and the best other one, and "
          "says which share stays right at every radius; where the scenario has a [chip], what "
          "the emulated chip makes of the same spikes. Spikes may pass each other; none comes or "
          "goes, and none leaves the trial. A scenario file instead of a run folder attacks its "
          "untrained network.\n\n"
          "Beside it stand weaker attacks of the same size, one step alone and as many random "
          "points: where they do as much, the attack was a bad one and the network is less robust "
          "than it looks, and a warning says so (docs/attack.md).\n\n"
          "A run or scenario of sparse coding is attacked in its signals, whose radii have no "
          "unit; "
          "there norm, radii, steps, restarts, trials and seed are those of its [attack] unless "
          "they are given here.",
      .examples =
          "retro attack runs/yin_yang --svg attack.svg\n"
          "retro attack runs/yin_yang --epsilons \"1 ms, 5 ms\" --steps 20 --restarts 5 --json "
          "attack.json",
      .min_arguments = 1,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            add_attack(o);
            add_last(o);
            add_set(o);
            add_data(o);
            add_output(o);
          },
      .run = run};
}

}  // namespace retrograde::cli
