// retro margins RUN: how much a network may change before its decisions are no longer proven.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/margins/margins.hpp>
#include <retrograde/scenarios/show/margins/picture.hpp>
#include <retrograde/scenarios/show/margins/text.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const Trained trained = open_run(arguments[0], given);
  const Scenario& scenario = trained.scenario;
  note_without_events(scenario, "what is proven");
  require_provable(scenario);
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json"), svg = outputs.claim("svg");
  const Dataset dataset = open_dataset(trained);
  Progress progress;
  const Margins margins =
      margins_of(trained, dataset, given["trials"].as<std::size_t>(), show_evaluation(progress));
  progress.clear();
  fmt::print("{}", margins_text(scenario.name, margins));
  if (svg) {
    write_file(*svg, margins_picture(scenario.name, margins));
    fmt::print("\nwrote {}\n", *svg == "-" ? "standard output" : *svg);
  }
  if (json) write_json(*json, json_margins(scenario, margins));
  return 0;
}

}  // namespace

Verb margins_verb() {
  return {
      .name = "margins",
      .arguments = "RUN",
      .summary = "prove which decisions survive rounding, and find the spikes that are fragile",
      .text =
          "Encloses what every network does whose weights lie within bounds of the given ones: "
          "an interval for each spike, or the doubt that ends the proof. Says how far weights "
          "may be off before the decision of a trial is no longer proven, which decisions are "
          "proven for the rounding of weights and delays, and for all that the chip does, and "
          "which neurons proofs end with; and of each layer how close spikes and silences are to "
          "being something else, the closest by name. What is proven holds for certain; what is "
          "not may hold "
          "all the same (docs/margins.md). Only cuba_lif and cuba_li neurons with one "
          "exponential receptor are enclosed.",
      .examples =
          "retro margins runs/yin_yang\n"
          "retro margins runs/yin_yang --svg margins.svg\n"
          "retro margins runs/yin_yang --trials 1000 --json margins.json",
      .min_arguments = 1,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            o.add_options()("trials",
                            whole_number<std::size_t>(1)->default_value(200)->value_name("N"),
                            "the first so many trials of the test part");
            o.add_options()("svg", po::value<std::string>()->value_name("FILE"),
                            "a picture of what is proven, and how close spikes are");
            add_data(o);
            add_set(o);
            add_output(o);
          },
      .run = run};
}

}  // namespace retrograde::cli
