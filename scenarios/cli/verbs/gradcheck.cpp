// retro gradcheck SCENARIO|RUN: adjoint against central differences.
#include <algorithm>
#include <fmt/format.h>
#include <mutex>
#include <nlohmann/json.hpp>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

GradientCheckOptions check_options(const po::variables_map& given, const Scenario& scenario) {
  GradientCheckOptions options;
  options.tolerance = given["tolerance"].as<double>();
  options.step = given["step"].as<double>();
  options.sample = given.count("sample") ? given["sample"].as<std::size_t>() : 0;
  options.seed = scenario.seed;
  options.run = stoppable(scenario.run_options());
  options.scheduler = scenario.scheduler;
  return options;
}

GradientCheck check_with_progress(const Scenario& scenario, const ChosenTrial& chosen,
                                  GradientCheckOptions options) {
  Progress progress;
  std::mutex mutex;
  options.progress = [&](std::size_t done, std::size_t total) {
    const std::lock_guard lock(mutex);
    if (progress.due()) progress.update(fmt::format("checked {} of {} gradients", done, total));
    return !interrupted();
  };
  return check_gradient(scenario.network, chosen.trial, *scenario.loss, chosen.label, options);
}

void print_entries(const Network& network, const Trial& trial, const GradientCheck& check,
                   std::size_t shown) {
  if (shown > 0)
    fmt::print("  {:<34} {:>22} {:>22} {:>9} {:>14} {:>10}\n", "worst entries: dL/d", "adjoint",
               "difference", "error", "of difference", "of tangent");
  for (std::size_t k = 0; k < shown; ++k) {
    const GradientCheckEntry& e = check.entries[k];
    fmt::print("  {:<34} {:>22.14g} {:>22.14g} {:>9.2e} {:>14.2e} {:>10.2e}\n",
               parameter_name(network, trial, e), e.adjoint, e.difference, e.error, e.uncertainty,
               e.tangent_error);
  }
}

void print_skipped(const GradientCheck& check) {
  const auto line = [](std::size_t count, const char* why) {
    if (count > 0) fmt::print("{} skipped: {}\n", count, why);
  };
  line(check.skipped - check.kinks - check.uncertain,
       "a spike appeared, vanished or changed places at every step");
  line(check.kinks,
       "the loss has a kink there, with one derivative to the left and another to the "
       "right");
  line(check.uncertain, "the difference is less certain than what it differs by");
}

// Why a check that judged nothing did not, and what to do.
void print_nothing(const Network& network, const GradientCheck& check) {
  fmt::print("nothing was checked: {}\n",
             check.entries.empty()
                 ? "no gradient could be judged"
                 : fmt::format("all {} gradients are 0, and so are the differences",
                               check.entries.size()));
  if (check.silent.empty()) return;
  std::string silent;
  for (const std::uint32_t p : check.silent)
    silent += (silent.empty() ? "" : ", ") + network.populations()[p].name;
  fmt::print(
      "silent in this trial: {}. No gradient reaches a neuron that never fires: raise the "
      "weights on the way to it, or choose another --trial; while training, "
      "silent_increment of [train] raises them\n",
      silent);
}

void print_verdict(const Network& network, const GradientCheck& check) {
  print_skipped(check);
  fmt::print("forward tangents: worst error {:.2e}, tolerance {:.0e}\n", check.worst_tangent,
             GradientCheck::tangent_tolerance);
  if (check.nothing()) print_nothing(network, check);
  fmt::print("{} checked, {} skipped; worst error {:.2e}, tolerance {:.0e}: {}\n",
             plural(check.nothing() ? 0 : check.entries.size(), "gradient"), check.skipped,
             check.worst(), check.tolerance,
             check.nothing()  ? "NOTHING CHECKED"
             : check.passed() ? "passed"
                              : "FAILED");
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const Trained trained = open_as_trained(arguments[0], given);
  const Scenario& scenario = trained.scenario;
  require_continuous(scenario, "a check of gradients");
  require_values(scenario, "retro gradcheck");
  if (!scenario.loss)
    throw UsageError(fmt::format("{} has no [loss]; a gradient needs one", scenario.file));
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json");
  const Network& network = scenario.network;
  const ChosenTrial chosen = choose_trial(scenario, given, trained.data_path);
  note_without_events(scenario, "a check of gradients");
  const GradientCheck check = check_with_progress(scenario, chosen, check_options(given, scenario));

  fmt::print("{}, {}: loss {} = {:.17g}\n", scenario.name, chosen.name, scenario.loss->name(),
             check.loss);
  print_entries(network, chosen.trial, check,
                std::min(check.entries.size(), given["worst"].as<std::size_t>()));
  print_verdict(network, check);
  if (json) {
    auto document = json_header("retrograde.gradcheck/1", scenario);
    document["trial"] = chosen.name;
    document.update(json_gradcheck(network, chosen.trial, check));
    write_json(*json, document);
  }
  return check.passed() ? 0 : 1;
}

}  // namespace

Verb gradcheck_verb() {
  return {
      .name = "gradcheck",
      .arguments = "SCENARIO|RUN",
      .summary = "check exact gradients against finite differences",
      .text =
          "Compares the adjoint gradient of every parameter and input spike time with a "
          "fourth-order finite difference and with a forward tangent, and prints the worst "
          "entries. The error is |adjoint - difference| / max(1, |adjoint|, |difference|). "
          "Several step sizes are tried; `of difference` says how far apart two of them are.\n\n"
          "An entry is skipped, and counted, where the gradient does not exist or cannot be "
          "judged: a spike appears, vanishes or changes places under the smallest nudge; the "
          "loss has a kink; the difference is less certain than the error it finds. Nothing is "
          "checked where every entry was skipped, or every gradient is 0 because what the loss "
          "reads is silent.\n\n"
          "Of a run folder it checks the gradients at what was trained.",
      .examples =
          "retro gradcheck scenarios/library/r1.toml\n"
          "retro gradcheck runs/demo --sample 200\n"
          "retro gradcheck scenarios/library/yin_yang.toml --sample 200 --trial 3",
      .found_wanting = "an error beyond the tolerance, or nothing was checked",
      .min_arguments = 1,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            o.add_options()("tolerance",
                            real_number({.low = 0, .high = 1, .with_low = false})
                                ->default_value(1e-7, "1e-7")
                                ->value_name("X"),
                            "largest error")("sample",
                                             whole_number<std::size_t>(1)->value_name("N"),
                                             "check only N entries, drawn at random")(
                "step",
                real_number({.low = 0, .high = 0.1, .with_low = false, .with_high = false})
                    ->default_value(1e-3, "1e-3")
                    ->value_name("H"),
                "longest step, relative to max(1, |value|)")(
                "worst", whole_number<std::size_t>(0)->default_value(10)->value_name("N"),
                "how many entries to print");
            add_output(o);
            add_seed(o);
            add_set(o);
            add_last(o);
            add_trial(o);
          },
      .run = run};
}

}  // namespace retrograde::cli
