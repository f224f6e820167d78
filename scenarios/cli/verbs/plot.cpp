// retro plot RUN: what a trained network is like, as a picture.
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <optional>
#include <string_view>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/recorders/stretch.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/show/page/picture.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

std::vector<std::string> names_of_panels() {
  std::vector<std::string> names;
  for (const Panel panel : panels) names.emplace_back(name(panel));
  return names;
}

// None: all of them.
std::optional<Panel> chosen_panel(const po::variables_map& given) {
  if (!given.count("what")) return std::nullopt;
  const std::string what = given["what"].as<std::string>();
  const std::optional<Panel> panel = panel_named(what);
  if (!panel)
    throw UsageError(fmt::format("--what {}: no such picture{}; there are {}", what,
                                 suggestion(what, names_of_panels()),
                                 fmt::join(names_of_panels(), ", ")));
  // What would have no effect is not taken.
  if (needs_of(*panel) == PanelNeeds::nothing)
    for (const char* option : {"part", "trial", "from", "to"})
      if (given.count(option))
        throw UsageError(fmt::format("--{}: --what {} shows no trial; leave it out", option, what));
  if (needs_of(*panel) == PanelNeeds::evaluation)
    for (const char* option : {"trial", "from", "to"})
      if (given.count(option))
        throw UsageError(
            fmt::format("--{}: --what {} is of the whole part; leave it out", option, what));
  return panel;
}

// How a picture in a run folder says whose it is: at its end, where it is found in a file of any size.
constexpr std::string_view mark = "<!-- retro plot -->\n";

bool ends_with_mark(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(-static_cast<std::streamoff>(mark.size()), std::ios::end);
  std::string end(mark.size(), '\0');
  return file.read(end.data(), static_cast<std::streamsize>(end.size())) && end == mark;
}

// "plot-wrong-last.svg": what was left is drawn beside the best epoch, which it does not replace.
std::string file_name(std::optional<Panel> panel, ChosenEpoch chosen) {
  return fmt::format("plot{}{}{}.svg", panel ? "-" : "", panel ? name(*panel) : "",
                     chosen == ChosenEpoch::last ? "-last" : "");
}

// Beside what the training left, unless --out says otherwise. There the next picture replaces the one
// before, and nothing else.
std::string place_of(const Trained& trained, const po::variables_map& given,
                     std::optional<Panel> panel) {
  Outputs outputs(given);
  outputs.reads(trained.scenario, trained.data_path);
  if (const auto out = outputs.claim("out")) return *out;
  if (!trained.folder)
    throw UsageError(fmt::format("{} is no run folder; name the picture with --out FILE.svg",
                                 trained.scenario.file));
  const std::string path = trained.folder->file(file_name(panel, chosen_epoch(given)));
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error) && !given.count("overwrite") &&
      !ends_with_mark(path))
    throw UsageError(fmt::format(
        "{} is there already, and no `retro plot` is known to have made it; name another file with "
        "--out, or replace it with --overwrite",
        path));
  probe_writable(path);
  return path;
}

// As much as the panels need.
Evaluation evaluated(const Trained& trained, const Dataset& dataset, Part part, std::size_t trial,
                     std::optional<Panel> panel) {
  const PanelNeeds needs = panel ? needs_of(*panel) : PanelNeeds::evaluation;
  Evaluation evaluation;
  evaluation.part = part;
  if (needs == PanelNeeds::nothing) return evaluation;
  if (needs == PanelNeeds::sample) {
    evaluation.samples = shown_samples(trained.scenario, *trained.scenario.machine(trained.network),
                                       dataset, part, trial, {});
    return evaluation;
  }
  Progress progress;
  return evaluate_exactly(trained, dataset, part, trial, show_evaluation(progress));
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const std::optional<Panel> panel = chosen_panel(given);
  const Trained trained = open_run(arguments[0], given);
  const Scenario& scenario = trained.scenario;
  require_values(scenario, "retro plot");
  if (!scenario.loss)
    throw UsageError(fmt::format(
        "{} has no [loss], which says what is decided; `retro run --out` draws its spikes",
        scenario.file));
  const std::string path = place_of(trained, given, panel);
  const Dataset dataset = open_dataset(trained);
  const Part part = chosen_part(given).value_or(judged_part(dataset));
  const std::size_t trial = given.count("trial") ? given["trial"].as<std::size_t>() : 0;
  if (trial >= dataset.size(part))
    throw UsageError(fmt::format("--trial {}: the {} part has {} trials, numbered from 0", trial,
                                 name(part), dataset.size(part)));
  const Stretch stretch = chosen_stretch(given);
  if (!(stretch.from < dataset.info().duration))
    throw UsageError(fmt::format("--from {}: a trial ends at {:g} ms; begin before",
                                 given["from"].as<std::string>(), dataset.info().duration));
  const Evaluation evaluation = evaluated(trained, dataset, part, trial, panel);
  const Report report{trained, dataset, evaluation, stretch.from, stretch.to};
  if (panel)
    if (const std::string why = nothing_to_draw(report, *panel); !why.empty())
      throw UsageError(fmt::format("--what {}: there is nothing to draw: {}", name(*panel), why));
  std::string picture = render_picture(report, panel);
  picture += mark;
  write_file(path, picture);
  fmt::print("wrote {}\n", path);
  return 0;
}

}  // namespace

Verb plot_verb() {
  return {.name = "plot",
          .arguments = "RUN",
          .summary = "draw what a trained network has learned and does",
          .text =
              "Draws one SVG picture of a run folder: accuracy and loss against epochs, decisions "
              "against labels, how active each layer is, the spikes and the deciding voltages of a "
              "trial, learned delays and weights before and after training, and the trials that "
              "the network is most wrong about. --what draws one of these alone: learning, "
              "confusion, activity, raster, voltages, delays, weights or wrong.\n\n"
              "The picture is plot.svg, or plot-WHAT.svg, in the run folder, and is replaced by "
              "the next one, as nothing else is; --out names another file. With --last it is of "
              "the values that "
              "training was left with, and called plot-last.svg or plot-WHAT-last.svg. All of it "
              "is of the exact network; `retro "
              "check` compares it with the chip. A scenario file instead of a run folder draws its "
              "untrained network.",
          .examples =
              "retro plot runs/demo\n"
              "retro plot runs/demo --what raster --trial 17 --out trial17.svg\n"
              "retro plot runs/demo --what wrong --part validation",
          .min_arguments = 1,
          .max_arguments = 1,
          .options =
              [](po::options_description& o) {
                o.add_options()("what", po::value<std::string>()->value_name("NAME"),
                                "one picture alone (default: all in one)");
                add_last(o);
                add_set(o);
                add_trial(o);
                add_stretch(o);
                o.add_options()("out", po::value<std::string>()->value_name("FILE"),
                                "the picture; - is standard output")(
                    "overwrite", "replace that file if it is there already");
              },
          .run = run};
}

}  // namespace retrograde::cli
