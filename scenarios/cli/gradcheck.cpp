// retro gradcheck SCENARIO: adjoint against central differences.
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
  options.step = given["step"].as<double>();
  options.sample = given.count("sample") ? given["sample"].as<std::size_t>() : 0;
  options.seed = scenario.seed;
  options.run = scenario.run_options();
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

void print_entries(const Scenario& scenario, const ChosenTrial& chosen, const GradientCheck& check,
                   std::size_t most) {
  const std::size_t shown = std::min(check.entries.size(), most);
  if (shown > 0)
    fmt::print("  {:<34} {:>22} {:>22} {:>9} {:>14} {:>10}\n", "worst entries: dL/d", "adjoint",
               "difference", "error", "of difference", "of tangent");
  for (std::size_t k = 0; k < shown; ++k) {
    const GradientCheckEntry& e = check.entries[k];
    fmt::print("  {:<34} {:>22.14g} {:>22.14g} {:>9.2e} {:>14.2e} {:>10.2e}\n",
               parameter_name(scenario.network, chosen.trial, e), e.adjoint, e.difference, e.error,
               e.uncertainty, e.tangent_error);
  }
}

void print_verdict(const GradientCheck& check, double tolerance) {
  fmt::print("forward tangents: worst error {:.2e}, tolerance {:.0e}\n", check.worst_tangent,
             GradientCheck::tangent_tolerance);
  fmt::print(
      "{} checked, {} skipped because a spike appeared, vanished or changed places; "
      "worst error {:.2e}, tolerance {:.0e}: {}\n",
      plural(check.entries.size(), "gradient"), check.skipped, check.worst(), tolerance,
      check.passed(tolerance) ? "passed" : "FAILED");
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const Scenario scenario = open_scenario(arguments[0], given);
  if (!scenario.loss)
    throw UsageError(fmt::format("{} has no [loss]; a gradient needs one", scenario.file));
  Outputs outputs(given);
  const auto json = outputs.claim("json");
  const ChosenTrial chosen = choose_trial(scenario, given);
  const double tolerance = given["tolerance"].as<double>();
  const GradientCheck check = check_with_progress(scenario, chosen, check_options(given, scenario));

  fmt::print("{}, {}: loss {} = {:.17g}\n", scenario.name, chosen.name, scenario.loss->name(),
             check.loss);
  print_entries(scenario, chosen, check, given["worst"].as<std::size_t>());
  print_verdict(check, tolerance);
  if (json) {
    auto document = json_header("retrograde.gradcheck/1", scenario);
    document["trial"] = chosen.name;
    document.update(json_gradcheck(scenario.network, chosen.trial, check, tolerance));
    write_json(*json, document);
  }
  return check.passed(tolerance) ? 0 : 1;
}

}  // namespace

Verb gradcheck_verb() {
  return {.name = "gradcheck",
          .arguments = "SCENARIO",
          .summary = "check exact gradients against finite differences",
          .text =
              "Compares the adjoint gradient of every parameter and input spike time with a "
              "fourth-order finite difference and with a forward tangent, and prints the worst "
              "entries. An entry is skipped, and counted, when a spike appears, vanishes or "
              "changes places under the smallest nudge: there the gradient does not exist. Several "
              "step sizes are tried; the last column but one says how far two of them are apart. "
              "The error is |adjoint - difference| / max(1, |adjoint|, |difference|).",
          .examples =
              "retro gradcheck scenarios/library/r1.toml\n"
              "retro gradcheck scenarios/library/yin_yang.toml --sample 200 --trial 3",
          .found_wanting = "an error beyond the tolerance, or nothing could be checked",
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
                add_trial(o);
              },
          .run = run};
}

}  // namespace retrograde::cli
