#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <fmt/format.h>
#include <memory>
#include <tbb/global_control.h>
#include <thread>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/version.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      demo_verb(),  run_verb(),    train_verb(), study_verb(), gradient_verb(), gradcheck_verb(),
      check_verb(), export_verb(), diff_verb(),  info_verb(),  bench_verb()};
  return all;
}

po::options_description common_options() {
  po::options_description options("Common options");
  options.add_options()("help,h", "show this help")(
      "threads", po::value<int>()->value_name("N"),
      "threads to use (default: all cores); never changes a result");
  return options;
}

void print_overview(std::FILE* out) {
  fmt::print(out,
             "Retrograde {}: exact event-driven simulation, gradients and Loihi 2 emulation of "
             "spiking networks\n\n"
             "usage: retro VERB [arguments] [options]\n\n",
             version::string);
  for (const Verb& verb : verbs()) fmt::print(out, "  {:<10} {}\n", verb.name, verb.summary);
  fmt::print(out,
             "\nretro VERB --help explains a verb. Start with `retro demo`, or with a scenario of "
             "scenarios/library.\n"
             "Exit status: 0 done, 1 a check failed, 2 wrong input, 130 interrupted.\n");
}

void print_help(const Verb& verb) {
  po::options_description options("Options");
  verb.options(options);
  fmt::print("usage: retro {} {} [options]\n\n{}\n\n", verb.name, verb.arguments, verb.text);
  std::ostringstream text;
  if (!options.options().empty()) text << options << "\n";
  text << common_options();
  fmt::print("{}", text.str());
}

int run_one(const Verb& verb, const std::vector<std::string>& arguments) {
  po::options_description options("Options");
  verb.options(options);
  options.add(common_options());
  po::options_description hidden;
  hidden.add(options).add_options()("argument", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("argument", -1);

  po::variables_map given;
  try {
    namespace style = po::command_line_style;
    po::store(po::command_line_parser(arguments)
                  .options(hidden)
                  .positional(positional)
                  .style(style::unix_style & ~style::allow_guessing)
                  .run(),
              given);
    po::notify(given);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> names;
    for (const auto& option : options.options()) names.push_back("--" + option->long_name());
    throw UsageError(fmt::format("retro {}: unknown option {}{}; see `retro {} --help`", verb.name,
                                 error.get_option_name(),
                                 suggestion(error.get_option_name(), names), verb.name));
  } catch (const po::error& error) {
    throw UsageError(
        fmt::format("retro {}: {}; see `retro {} --help`", verb.name, error.what(), verb.name));
  }
  if (given.count("help")) {
    print_help(verb);
    return 0;
  }
  const auto positionals = given.count("argument")
                               ? given["argument"].as<std::vector<std::string>>()
                               : std::vector<std::string>{};
  if (positionals.size() < verb.min_arguments)
    throw UsageError(fmt::format("retro {}: {} is missing; see `retro {} --help`", verb.name,
                                 verb.arguments, verb.name));
  if (positionals.size() > verb.max_arguments)
    throw UsageError(fmt::format("retro {}: one argument too many: {}; see `retro {} --help`",
                                 verb.name, positionals[verb.max_arguments], verb.name));
  std::unique_ptr<tbb::global_control> control;
  if (given.count("threads")) {
    const int threads = given["threads"].as<int>();
    if (threads < 1 || threads > 1024)
      throw UsageError(fmt::format("--threads {}: a number from 1 to 1024 is needed", threads));
    control = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                    static_cast<std::size_t>(threads));
  }
  return verb.run(given, positionals);
}

}  // namespace

int main(const std::vector<std::string>& arguments) try {
  catch_interrupts();
  if (arguments.empty()) {
    print_overview(stderr);
    return 2;
  }
  const std::string& first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") {
    if (arguments.size() > 1)
      for (const Verb& verb : verbs())
        if (verb.name == arguments[1]) {
          print_help(verb);
          return 0;
        }
    print_overview(stdout);
    return 0;
  }
  if (first == "--version" || first == "version") {
    fmt::print("retrograde {} (commit {}, {}, {}, {})\n", version::string, version::git_commit,
               version::compiler, version::build_type, version::arch);
    return 0;
  }
  for (const Verb& verb : verbs())
    if (verb.name == first) return run_one(verb, {arguments.begin() + 1, arguments.end()});
  std::vector<std::string> names = {"help", "test", "version"};
  for (const Verb& verb : verbs()) names.emplace_back(verb.name);
  throw UsageError(
      fmt::format("retro: unknown verb {}{}; see `retro --help`", first, suggestion(first, names)));
} catch (const Interrupted& error) {
  fmt::print(stderr, "interrupted: {}\n", error.what());
  return 130;
} catch (const Error& error) {
  fmt::print(stderr, "error: {}\n", error.what());
  return 2;
} catch (const std::bad_alloc&) {
  fmt::print(stderr, "error: out of memory; make the network or the batch smaller\n");
  return 2;
} catch (const std::exception& error) {
  fmt::print(stderr,
             "internal error: {}\nThis is a bug of Retrograde, not of your input. Please report it "
             "with the command and the "
             "scenario.\n",
             error.what());
  return 70;
}

void add_json(po::options_description& options) {
  options.add_options()("json", po::value<std::string>()->value_name("FILE"),
                        "also write the result as JSON (docs/json.md)");
}

void add_seed(po::options_description& options) {
  options.add_options()("seed", po::value<std::uint64_t>()->value_name("N"),
                        "seed of all random values, instead of the scenario's");
}

void add_trial(po::options_description& options) {
  options.add_options()("data", po::value<std::string>()->value_name("FOLDER"),
                        "folder of the data set")("part",
                                                  po::value<std::string>()->value_name("PART"),
                                                  "train, validation or test (default: test)")(
      "trial", po::value<std::size_t>()->value_name("K"), "which trial of that part (default: 0)");
}

std::optional<std::string> json_path(const po::variables_map& given) {
  if (!given.count("json")) return std::nullopt;
  return given["json"].as<std::string>();
}

Scenario open_scenario(const std::string& path, const po::variables_map& given) {
  ScenarioOverrides overrides;
  if (given.count("seed")) overrides.seed = given["seed"].as<std::uint64_t>();
  Scenario scenario = read_scenario(path, overrides);
  print_warnings(scenario);
  return scenario;
}

void print_warnings(const Scenario& scenario) {
  for (const std::string& warning : scenario.warnings)
    fmt::print(stderr, "warning: {}: {}\n", scenario.file, warning);
}

ChosenTrial choose_trial(const Scenario& scenario, const po::variables_map& given,
                         const std::string& data_path, const Dataset* loaded) {
  if (scenario.data.none()) {
    for (const char* option : {"part", "trial", "data"})
      if (given.count(option))
        throw UsageError(fmt::format("--{}: {} has no [data]; its only trial is the inline one",
                                     option, scenario.file));
    return {scenario.trial, scenario.label, "inline trial"};
  }
  const Dataset dataset =
      loaded ? *loaded
             : load_dataset(scenario,
                            given.count("data") ? given["data"].as<std::string>() : data_path);
  const std::string part_name = given.count("part") ? given["part"].as<std::string>() : "test";
  constexpr std::array parts = {Part::train, Part::validation, Part::test};
  const auto part =
      std::find_if(parts.begin(), parts.end(), [&](Part p) { return name(p) == part_name; });
  if (part == parts.end())
    throw UsageError(fmt::format("--part {}: train, validation or test is needed", part_name));
  const std::size_t k = given.count("trial") ? given["trial"].as<std::size_t>() : 0;
  if (k >= dataset.size(*part))
    throw UsageError(fmt::format("--trial {}: the {} part has {} trials, numbered from 0", k,
                                 part_name, dataset.size(*part)));
  const int label = dataset.label(*part, k);
  return {dataset.trial(*part, k), label,
          fmt::format("{} trial {} (label {})", part_name, k, label)};
}

}  // namespace retrograde::cli
