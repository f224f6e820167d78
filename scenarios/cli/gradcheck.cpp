// retro gradcheck SCENARIO: adjoint against central differences.
#include <atomic>
#include <fmt/format.h>
#include <mutex>
#include <nlohmann/json.hpp>

#include <retrograde/adjoint/check/gradcheck.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const Scenario scenario = open_scenario(arguments[0], given);
  if (!scenario.loss)
    throw UsageError(fmt::format("{} has no [loss]; a gradient needs one", scenario.file));
  const ChosenTrial chosen = choose_trial(scenario, given);
  const double tolerance = given["tolerance"].as<double>();
  if (!(tolerance > 0.0))
    throw UsageError(fmt::format("--tolerance {}: a number above 0 is needed", tolerance));

  GradientCheckOptions options;
  options.step = given["step"].as<double>();
  if (!(options.step > 0.0 && options.step < 0.1))
    throw UsageError(
        fmt::format("--step {}: a number above 0 and below 0.1 is needed", options.step));
  options.sample = given.count("sample") ? given["sample"].as<std::size_t>() : 0;
  options.seed = scenario.seed;
  options.run = scenario.run_options();
  options.scheduler = scenario.scheduler;
  Progress progress;
  std::mutex mutex;
  options.progress = [&](std::size_t done, std::size_t total) {
    const std::lock_guard lock(mutex);
    if (progress.due()) progress.update(fmt::format("checked {} of {} gradients", done, total));
    return !interrupted();
  };
  const GradientCheck check =
      check_gradient(scenario.network, chosen.trial, *scenario.loss, chosen.label, options);
  progress.clear();

  const std::size_t shown =
      std::min<std::size_t>(check.entries.size(), given["worst"].as<std::size_t>());
  fmt::print("{}, {}: loss {} = {:.17g}\n", scenario.name, chosen.name, scenario.loss->name(),
             check.loss);
  if (shown > 0)
    fmt::print("  {:<34} {:>22} {:>22} {:>9} {:>14} {:>10}\n", "worst entries: dL/d", "adjoint",
               "difference", "error", "of difference", "of tangent");
  for (std::size_t k = 0; k < shown; ++k) {
    const GradientCheckEntry& e = check.entries[k];
    fmt::print("  {:<34} {:>22.14g} {:>22.14g} {:>9.2e} {:>14.2e} {:>10.2e}\n",
               parameter_name(scenario.network, chosen.trial, e), e.adjoint, e.difference, e.error,
               e.uncertainty, e.tangent_error);
  }
  const bool passed = check.passed(tolerance);
  fmt::print("forward tangents: worst error {:.2e}, tolerance {:.0e}\n", check.worst_tangent,
             GradientCheck::tangent_tolerance);
  fmt::print(
      "{} gradients checked, {} skipped because a spike appeared, vanished or changed places; "
      "worst error {:.2e}, "
      "tolerance {:.0e}: {}\n",
      check.entries.size(), check.skipped, check.worst(), tolerance, passed ? "passed" : "FAILED");
  if (const auto path = json_path(given)) {
    auto document = json_header("retrograde.gradcheck/1", scenario);
    document["trial"] = chosen.name;
    document.update(json_gradcheck(scenario.network, chosen.trial, check, tolerance));
    write_json(*path, document);
  }
  return passed ? 0 : 1;
}

}  // namespace

Verb gradcheck_verb() {
  return {"gradcheck",
          "SCENARIO",
          "check exact gradients against finite differences",
          "Compares the adjoint gradient of every parameter and input spike time with a "
          "fourth-order finite difference and with a\n"
          "forward tangent, and prints the worst entries. An entry is skipped, and counted, when a "
          "spike appears, vanishes or "
          "changes places under the\n"
          "smallest nudge: there the gradient does not exist. Several step sizes are tried; the "
          "last column says how far two of them\n"
          "are apart. The error is |adjoint - difference| / max(1, |adjoint|, |difference|).\n"
          "Exit status 0 within the tolerance, 1 beyond it or when nothing could be checked.\n\n"
          "  retro gradcheck scenarios/library/r1.toml\n"
          "  retro gradcheck scenarios/library/yin_yang.toml --sample 200 --trial 3",
          1,
          1,
          [](po::options_description& o) {
            o.add_options()("tolerance",
                            po::value<double>()->default_value(1e-7, "1e-7")->value_name("X"),
                            "largest error")("sample", po::value<std::size_t>()->value_name("N"),
                                             "check only N entries, drawn at random")(
                "step", po::value<double>()->default_value(1e-3, "1e-3")->value_name("H"),
                "longest step, relative to max(1, |value|)")(
                "worst", po::value<std::size_t>()->default_value(10)->value_name("N"),
                "how many entries to print");
            add_json(o);
            add_seed(o);
            add_trial(o);
          },
          run};
}

}  // namespace retrograde::cli
