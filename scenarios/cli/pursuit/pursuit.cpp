#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/pursuit/pursuit.hpp>
#include <retrograde/scenarios/cli/radii.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/coding.hpp>
#include <retrograde/scenarios/run/pursuit/pursuit_attack.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/show/attack/picture.hpp>
#include <retrograde/scenarios/show/attack/text.hpp>
#include <retrograde/scenarios/show/pursuit/coding.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

TrainedPursuit opened(const po::variables_map& given, const std::string& path, bool with_seed) {
  ScenarioOverrides overrides{.settings = settings_of(given)};
  if (with_seed) overrides = overrides_of(given);
  return open_pursuit(path, data_path(given), overrides);
}

// "0.1, 0.2".
std::vector<double> wanted_lengths(const std::string& text) {
  return wanted_radii(text, [&](const std::string& word) {
    const std::optional<double> radius = parse_real(word);
    if (!radius || !(*radius >= 0.0))
      throw UsageError(fmt::format(
          "--epsilons {}: \"{}\" is no radius; signals have no unit, write it like --epsilons "
          "\"0.1, 0.2\"",
          text, word));
    return *radius;
  });
}

// What was typed goes before [attack].
PursuitAttackSpec wanted_attack(const po::variables_map& given, PursuitAttackSpec spec) {
  const auto typed = [&](const char* option) {
    return given.count(option) > 0 && !given[option].defaulted();
  };
  if (typed("norm")) spec.attack.norm = wanted_norm(given["norm"].as<std::string>());
  if (typed("epsilons")) spec.attack.epsilons = wanted_lengths(given["epsilons"].as<std::string>());
  if (typed("steps")) spec.attack.steps = given["steps"].as<std::uint32_t>();
  if (typed("restarts")) spec.attack.restarts = given["restarts"].as<std::uint32_t>();
  if (typed("seed")) spec.attack.seed = given["seed"].as<std::uint64_t>();
  if (typed("trials"))
    spec.trials = static_cast<std::uint32_t>(
        std::min<std::size_t>(given["trials"].as<std::size_t>(), 0xffffffffu));
  return spec;
}

}  // namespace

void refuse_network_options(const po::variables_map& given,
                            const std::vector<const char*>& options) {
  for (const char* option : options)
    if (given.count(option) && !given[option].defaulted())
      throw UsageError(fmt::format(
          "--{}: it is for networks of spiking neurons, and this is sparse coding; leave it out",
          option));
}

void note_unlearned(const TrainedPursuit& trained, const std::string& path) {
  if (const std::string told = unlearned(trained, path); !told.empty()) note("warning: " + told);
}

int run_pursuit(const po::variables_map& given, const std::string& path) {
  refuse_network_options(
      given, {"trace", "population", "chip", "last", "spikes", "samples", "trials", "from", "to"});
  const TrainedPursuit trained = opened(given, path, true);
  const Part part = chosen_part(given).value_or(trained.model.signals.judged());
  const std::size_t k = given.count("trial") ? given["trial"].as<std::size_t>() : 0;
  Outputs outputs(given);
  outputs.reads(trained.scenario, trained.data_path);
  const auto json = outputs.claim("json");
  const std::unique_ptr<FolderClaim> folder = claim_out(given, path, FolderKind::simulation);

  const Coding coding = code_signal(trained.spec(), trained.model, part, k);
  fmt::print("{}", coding_text(trained.scenario, trained.model, coding));
  if (!json && !folder) return 0;
  const auto document = coding_json(trained.scenario, trained.model, coding);
  if (json) write_json(*json, document);
  if (!folder) return 0;
  const std::string name = folder->folder().string();
  write_json(name + "/run.json", document);
  write_calls(name, {folder->call()});
  write_file(name + "/raster.svg", coding_picture(trained.scenario, trained.model, coding));
  fmt::print("wrote {0}/run.json and {0}/raster.svg\n", name);
  return 0;
}

int attack_pursuit(const po::variables_map& given, const std::string& path) {
  refuse_network_options(given, {"last"});
  const TrainedPursuit trained = opened(given, path, false);
  PursuitAttackOptions options;
  options.spec = wanted_attack(given, trained.spec().attack);
  note_unlearned(trained, path);
  Outputs outputs(given);
  outputs.reads(trained.scenario, trained.data_path);
  const auto json = outputs.claim("json"), svg = outputs.claim("svg");
  Progress progress;
  const Robustness robustness =
      retrograde::attack_pursuit(trained.spec(), trained.model, options, show_evaluation(progress));
  progress.clear();
  fmt::print("{}", attack_text(trained.scenario.name, robustness));
  if (svg) {
    write_file(*svg, attack_picture(trained.scenario.name, robustness));
    fmt::print("\nwrote {}\n", *svg == "-" ? "standard output" : *svg);
  }
  if (json) write_json(*json, json_attack(trained.scenario, robustness));
  return 0;
}

int print_pursuit(const po::variables_map& given, const std::string& path) {
  refuse_network_options(given, {"last"});
  const TrainedPursuit trained = opened(given, path, true);
  fmt::print("{}", pursuit_text(trained.scenario, trained.model));
  return 0;
}

}  // namespace retrograde::cli
