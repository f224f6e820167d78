// retro analyse: the activity of populations; whether like synapses lie together, in space and time.
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/recorders/activity.hpp>
#include <retrograde/scenarios/cli/recorders/stretch.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/analysis/analysis.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/show/analysis/page.hpp>
#include <retrograde/scenarios/show/analysis/picture.hpp>
#include <retrograde/scenarios/show/analysis/text.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// "queen", "gaussian:2"
Neighbourhood wanted_neighbours(const std::string& text) {
  if (text == "queen") return {};
  constexpr std::string_view gaussian = "gaussian:";
  constexpr double longest = 1000.0;
  if (text.starts_with(gaussian)) {
    const auto length = parse_real(text.substr(gaussian.size()));
    if (length && *length >= 0.25 && *length <= longest)
      return {Neighbourhood::Kind::gaussian, *length};
  }
  throw UsageError(fmt::format(
      "--neighbours {}: neighbours are queen, or gaussian:LENGTH with a length from 0.25 to {:g} "
      "channels and steps, such as gaussian:2",
      text, longest));
}

MapValue wanted_value(const std::string& text) {
  if (text == "sign") return MapValue::sign;
  if (text == "weight") return MapValue::weight;
  throw UsageError(fmt::format("--value {}: a synapse counts by its sign or its weight", text));
}

AnalysisOptions wanted(const po::variables_map& given) {
  AnalysisOptions options;
  if (given.count("projection")) options.projection = given["projection"].as<std::string>();
  if (given.count("step"))
    options.step = positive_time("step", given["step"].as<std::string>(), "a step");
  options.clustering.neighbourhood = wanted_neighbours(given["neighbours"].as<std::string>());
  options.clustering.value = wanted_value(given["value"].as<std::string>());
  options.clustering.permutations = given["permutations"].as<std::uint32_t>();
  return options;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (is_of_activity(given, arguments[0])) return analyse_activity_of(given, arguments[0]);
  refuse_activity_options(given);
  AnalysisOptions options = wanted(given);
  const Trained trained = open_run(arguments[0], given);
  const Scenario& scenario = trained.scenario;
  require_values(scenario, "retro analyse");
  options.clustering.seed = scenario.seed;
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json"), svg = outputs.claim("svg");
  const std::unique_ptr<FolderClaim> folder = claim_out(given, arguments[0], FolderKind::analysis);

  Progress progress;
  options.clustering.progress = [&](std::size_t done, std::size_t of) {
    if (progress.due()) progress.update(fmt::format("permutations: {} of {}", done, of));
    return !interrupted();
  };
  const Analysis analysis = analyse(trained, options);
  progress.clear();
  const auto document = json_analysis(scenario, analysis);
  fmt::print("{}", analysis_text(scenario.name, analysis));
  if (svg) {
    write_file(*svg, analysis_picture(analysis));
    fmt::print("\nwrote {}\n", *svg == "-" ? "standard output" : *svg);
  }
  if (json) write_json(*json, document);
  if (folder) {
    write_json((folder->folder() / "analysis.json").string(), document);
    write_file(folder->folder() / "report.html", analysis_page(trained, analysis, folder->call()));
    write_calls(folder->folder(), {folder->call()});
    fmt::print("\nwrote {0}/analysis.json and {0}/report.html\n", folder->folder().string());
  }
  return 0;
}

}  // namespace

Verb analyse_verb() {
  return {
      .name = "analyse",
      .arguments = "RUN|SPIKES|SCENARIO",
      .summary = "tell how a network fires, or whether like synapses lie together",
      .text =
          "Of a spike file (.csv, .npz, .h5, as `retro run --spikes` writes it; NEST's .dat and "
          ".gdf; SONATA) or what `retro run` leaves with --out or --json, and with --activity of a "
          "scenario or trained run, which it runs first: rates, CV of intervals, Fano factor and "
          "synchrony of each population, rates over time, and how neurons and populations are "
          "correlated (docs/analysis.md).\n\n"
          "Of a trained run, or of the untrained network of a scenario: "
          "puts the synapses that reach each neuron on a map, by the neuron that they come from "
          "and by their delay, and asks whether excitation and inhibition lie in groups: Moran's I "
          "of each map, the share of neighbours with the same sign, and how often as much comes "
          "about by chance. Chance is drawn twice: with the weights of each neuron in any order, "
          "and with the delays of each channel in any order, which leaves channels their signs and "
          "tells what the choice of delays adds. All of it before training and after it; a "
          "scenario file instead of a run folder has its untrained network analysed.\n\n"
          "Many tests find something by chance: of neurons that are said to be significant 5 % at "
          "most are not, on average. Neurons with fewer than ten synapses are tested together "
          "only (docs/analysis.md).",
      .examples =
          "retro analyse spikes.h5 --from \"100 ms\" --out analyses/brunel\n"
          "retro analyse scenarios/library/hello.toml --activity --svg activity.svg\n"
          "retro analyse runs/shd --projection \"cochlea->hidden\" --out analyses/shd\n"
          "retro analyse runs/shd --value weight --neighbours gaussian:2 --svg maps.svg",
      .min_arguments = 1,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            o.add_options()("projection", po::value<std::string>()->value_name("NAME"),
                            "one projection alone (default: all)")(
                "permutations",
                whole_number<std::uint32_t>(1, 1'000'000)->default_value(999)->value_name("N"),
                "of each null")("value",
                                po::value<std::string>()->default_value("sign")->value_name("WHAT"),
                                "by which synapses are alike: sign or weight")(
                "step", po::value<std::string>()->value_name("TIME"),
                "of the delays (default: that of [train.surrogate], else 1, 2 or 5 times a power "
                "of "
                "ten, with which the longest delay is 10 to 25 steps)")(
                "neighbours", po::value<std::string>()->default_value("queen")->value_name("WHICH"),
                "queen: one channel and one step away at most; gaussian:LENGTH: the closer the "
                "more; channels count on projections from an input only")(
                "out", po::value<std::string>()->value_name("DIR"),
                "write analysis.json and a page, report.html, there")(
                "svg", po::value<std::string>()->value_name("FILE"),
                "a picture of the activity, or of the maps of some neurons");
            add_activity(o);
            add_last(o);
            add_set(o);
            add_output(o);
          },
      .run = run};
}

}  // namespace retrograde::cli
