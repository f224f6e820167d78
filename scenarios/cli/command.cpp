#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <memory>
#include <system_error>
#include <tbb/global_control.h>
#include <thread>

#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/help.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/ranks/launch.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>
#include <retrograde/version.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

std::vector<std::string> words_of_this_call;
std::unique_ptr<JoinedRanks> joined;

const Verb* verb_named(const std::string& name) {
  for (const Verb& verb : verbs())
    if (verb.name == name) return &verb;
  return nullptr;
}

[[noreturn]] void misused(const Verb& verb, const std::string& message) {
  throw UsageError(
      fmt::format("retro {}: {}; see `retro {} --help`", verb.name, message, verb.name));
}

}  // namespace

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      demo_verb(),     new_verb(),       run_verb(),     train_verb(),  study_verb(),
      gradient_verb(), gradcheck_verb(), check_verb(),   plot_verb(),   grid_verb(),
      margins_verb(),  attack_verb(),    analyse_verb(), export_verb(), diff_verb(),
      info_verb(),     explain_verb(),   schema_verb(),  data_verb(),   encode_verb(),
      bench_verb(),    completion_verb()};
  return all;
}

namespace {

// ---- words into options --------------------------------------------------------------------------

po::parsed_options parsed(const po::options_description& options,
                          const std::vector<std::string>& words) {
  namespace style = po::command_line_style;
  po::positional_options_description positional;
  positional.add("argument", -1);
  return po::command_line_parser(words)
      .options(options)
      .positional(positional)
      .style(style::unix_style & ~style::allow_guessing)
      .run();
}

// What was said before goes after what is said now, and the scenario is that of the run. The data
// are remembered by their absolute path (Call::data).
void store_remembered(const po::options_description& options, const Call& call,
                      po::variables_map& given) {
  po::parsed_options said = parsed(options, {call.words.begin() + 1, call.words.end()});
  std::erase_if(said.options, [](const po::option& option) {
    return option.position_key >= 0 || option.string_key == "data";
  });
  po::store(said, given);
}

po::variables_map read_options(const Verb& verb, const std::vector<std::string>& words) {
  po::options_description visible = options_of(verb), all;
  all.add(visible).add_options()("argument", po::value<std::vector<std::string>>());
  po::variables_map given;
  try {
    po::store(parsed(all, words), given);
    if (verb.remembered && !given.count("help")) {
      const std::vector<Call> calls = verb.remembered(given);
      for (auto call = calls.rbegin(); call != calls.rend(); ++call)
        store_remembered(all, *call, given);
    }
    po::notify(given);
    // No data are none of the environment's either; whatever else takes a name needs one.
    for (const auto& option : visible.options()) {
      const std::string& name = option->long_name();
      if (option->semantic()->min_tokens() == 0 || name == "data" || !given.count(name)) continue;
      const auto* text = boost::any_cast<std::string>(&given[name].value());
      if (text && text->empty() && !given[name].defaulted())
        misused(verb, fmt::format("--{}: nothing is named", name));
    }
  } catch (const po::unknown_option& error) {
    std::vector<std::string> names;
    for (const auto& option : visible.options()) names.push_back("--" + option->long_name());
    misused(verb, fmt::format("unknown option {}{}", error.get_option_name(),
                              suggestion(error.get_option_name(), names)));
  } catch (const po::error& error) {
    misused(verb, error.what());
  }
  return given;
}

std::vector<std::string> arguments_of(const Verb& verb, const po::variables_map& given) {
  std::vector<std::string> arguments;
  if (given.count("argument")) arguments = given["argument"].as<std::vector<std::string>>();
  if (arguments.size() < verb.min_arguments)
    misused(verb, fmt::format("{} is missing", verb.arguments));
  if (arguments.size() > verb.max_arguments)
    misused(verb, fmt::format("one argument too many: {}", arguments[verb.max_arguments]));
  for (const std::string& argument : arguments)
    if (argument.empty()) misused(verb, fmt::format("{} is empty", verb.arguments));
  return arguments;
}

// As long as it lives, as many threads as --threads says.
std::unique_ptr<tbb::global_control> limited_threads(const po::variables_map& given) {
  if (!given.count("threads")) return nullptr;
  return std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                               given["threads"].as<std::size_t>());
}

// --quiet: what is written to "-" still goes to standard output, and nothing else.
void silence(const Verb& verb) {
  be_quiet();
  if (verb.tells) return;
  reserve_standard_output();
  if (!std::freopen("/dev/null", "w", stdout)) throw_io_error("/dev/null", "open", errno);
}

int run_with(const Verb& verb, const std::vector<std::string>& words) {
  const po::variables_map given = read_options(verb, words);
  if (given.count("help")) {
    fmt::print("{}", help_text(verb));
    return 0;
  }
  const std::vector<std::string> arguments = arguments_of(verb, given);
  if (ranks() && !verb.follow && !verb.join)
    throw UsageError(
        fmt::format("retro {}: {} copies of it were started together, and it does not go over "
                    "ranks; start one process, without mpirun",
                    verb.name, ranks()->size()));
  const std::unique_ptr<tbb::global_control> control = limited_threads(given);
  if (given.count("quiet")) silence(verb);
  return verb.run(given, arguments);
}

// ---- the program ---------------------------------------------------------------------------------

// What is no verb, and has no help of its own.
constexpr std::array<std::string_view, 3> plain_words = {"help", "test", "version"};

[[noreturn]] void unknown_verb(const std::string& word) {
  std::vector<std::string> names(plain_words.begin(), plain_words.end());
  for (const Verb& verb : verbs()) names.emplace_back(verb.name);
  throw UsageError(
      fmt::format("retro: unknown verb {}{}; see `retro --help`", word, suggestion(word, names)));
}

int run_words(const std::vector<std::string>& words) {
  if (words.empty()) {
    fmt::print(stderr, "{}", overview_text(verbs()));
    return 2;
  }
  const std::string& first = words.front();
  if (first == "--help" || first == "-h" || first == "help") {
    const Verb* const verb = words.size() > 1 ? verb_named(words[1]) : nullptr;
    if (words.size() > 1 && !verb && !words[1].starts_with('-') &&
        std::find(plain_words.begin(), plain_words.end(), words[1]) == plain_words.end())
      unknown_verb(words[1]);
    fmt::print("{}", verb ? help_text(*verb) : overview_text(verbs()));
    return 0;
  }
  if (first == "--version" || first == "version") {
    fmt::print("retrograde {} (commit {}, {}, {}, {}, {}, {})\n", version::string,
               version::git_commit, version::compiler, version::build_type, version::arch,
               mpi_text(), cuda_build().empty() ? "no CUDA" : "CUDA " + cuda_build());
    return 0;
  }
  if (const Verb* const verb = verb_named(first))
    return run_with(*verb, {words.begin() + 1, words.end()});
  unknown_verb(first);
}

// A message may quote what it found in a file, whatever that is; a terminal gets text.
int complain(const char* kind, const std::string& message, int status) {
  if (!joined && !first_of_launch()) return status;  // another copy says the same
  note_error(fmt::format("{}: {}", kind, printable(message)));
  return status;
}

// What becomes of a call, whatever it throws: its messages and its exit status.
int finish(const std::function<int()>& call) try {
  const int status = call();
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    throw std::system_error(errno, std::generic_category(), "standard output");
  return status;
} catch (const Interrupted& error) {
  return complain("interrupted", error.what(), 130);
} catch (const Error& error) {
  return complain("error", error.what(), 2);
} catch (const std::bad_alloc&) {
  return complain("error", "out of memory; make the network or the batch smaller", 2);
} catch (const std::system_error& error) {
  // Of printing. `retro ... | head` has read what it wanted: no reason to complain.
  if (error.code() == std::errc::broken_pipe) return 128 + SIGPIPE;
  return complain("error", error.what(), 2);
} catch (const std::exception& error) {
  return complain("internal error",
                  fmt::format("{}\nThis is a bug of Retrograde, not of your input. Please report "
                              "it with the command and the scenario.",
                              error.what()),
                  70);
}

// ---- over ranks ----------------------------------------------------------------------------------

// A rank that does not lead opens what rank 0 has opened, when it is asked to, and says nothing
// unless it falls out of step.
int follow(JoinedRanks& here, const std::vector<std::string>& words) try {
  std::unique_ptr<tbb::global_control> control;
  const Verb* const verb = words.empty() ? nullptr : verb_named(words.front());
  const auto opened_by = [&](const auto& opens) {
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    const po::variables_map given = read_options(*verb, rest);
    control = limited_threads(given);
    return opens(given, arguments_of(*verb, given));
  };
  if (verb && verb->join)
    follow_simulation(here, [&] { return opened_by(verb->join); });
  else
    follow_training(here, [&] {
      if (!verb || !verb->follow) throw InternalError("no verb for several ranks");
      return opened_by(verb->follow);
    });
  return 0;
} catch (const std::exception& error) {
  return complain("error", fmt::format("{}: {}", here.name(here.rank()), error.what()), 70);
}

}  // namespace

Ranks* ranks() { return joined.get(); }

int main(const std::vector<std::string>& words) {
  catch_interrupts();
  words_of_this_call = words;
  const int status = finish([&] {
    joined = join_ranks();
    if (joined && !joined->leads()) return follow(*joined, words);
    return run_words(words);
  });
  if (joined) joined->leave(status);
  return status;
}

// ---- what verbs share ----------------------------------------------------------------------------

Call this_call(const std::string& data_path) {
  std::error_code error;
  return {words_of_this_call, std::filesystem::current_path(error).string(), data_path};
}

void add_output(po::options_description& options) {
  options.add_options()("json", po::value<std::string>()->value_name("FILE"),
                        "also write the result as JSON (docs/json.md); - is standard output")(
      "overwrite", "replace files that are there already");
}

void add_seed(po::options_description& options) {
  options.add_options()("seed", whole_number<std::uint64_t>(0)->value_name("N"),
                        "seed of all random values, instead of the scenario's");
}

void add_epochs(po::options_description& options) {
  options.add_options()("epochs", whole_number<std::uint32_t>(1)->value_name("N"),
                        "train to this epoch instead of the scenario's");
}

void add_set(po::options_description& options) {
  options.add_options()(
      "set", po::value<std::vector<std::string>>()->value_name("KEY=VALUE")->composing(),
      "a value of the scenario, instead of what it says: train.epochs=3, population.hidden.size=7, "
      "'projection.in->out.delay=2 ms'; may be given again (docs/scenario.md)");
}

void add_data(po::options_description& options) {
  options.add_options()("data", po::value<std::string>()->value_name("FOLDER"),
                        "folder of the data set");
}

void add_trial(po::options_description& options) {
  add_data(options);
  options.add_options()("part", po::value<std::string>()->value_name("PART"),
                        "train, validation or test (default: test)")(
      "trial", whole_number<std::size_t>(0)->value_name("K"),
      "which trial of that part (default: 0)");
}

void add_last(po::options_description& options) {
  options.add_options()("last",
                        "the values that training was left with, not those of its best epoch");
}

void add_device(po::options_description& options) {
  options.add_options()(
      "device", po::value<std::string>()->value_name("WHERE"),
      "where networks run: cpu (default), gpu, gpu:N, auto (a GPU if it can be used) or emulated "
      "(the kernels of GPUs on the CPU); see retro info --devices");
}

ChosenEpoch chosen_epoch(const po::variables_map& given) {
  return given.count("last") ? ChosenEpoch::last : ChosenEpoch::best;
}

std::string data_path(const po::variables_map& given) {
  if (!given.count("data") || given["data"].as<std::string>().empty()) return {};
  return std::filesystem::absolute(given["data"].as<std::string>()).string();
}

std::string folder_named(const char* above, const std::string& name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
    throw UsageError(fmt::format(
        "the scenario is called \"{}\", which is no name of a folder in {}; name one with --out",
        name, above));
  return fmt::format("{}/{}", above, name);
}

std::vector<Setting> settings_of(const po::variables_map& given) {
  std::vector<Setting> settings;
  if (!given.count("set")) return settings;
  for (const std::string& word : given["set"].as<std::vector<std::string>>())
    settings.push_back(parse_setting(word));
  return settings;
}

ScenarioOverrides overrides_of(const po::variables_map& given) {
  ScenarioOverrides overrides;
  overrides.settings = settings_of(given);
  if (given.count("seed")) overrides.seed = given["seed"].as<std::uint64_t>();
  if (given.count("epochs")) overrides.epochs = given["epochs"].as<std::uint32_t>();
  const auto refuse_both = [&](const char* option, const char* key) {
    for (const Setting& setting : overrides.settings)
      if (given.count(option) && setting.key == key)
        throw UsageError(
            fmt::format("--set {}: --{} says the same; leave one of the two out", key, option));
  };
  refuse_both("seed", "scenario.seed");
  refuse_both("seed", "study.seeds");
  refuse_both("epochs", "train.epochs");
  return overrides;
}

Scenario open_scenario(const std::string& path, const po::variables_map& given) {
  Scenario scenario = read_scenario(path, overrides_of(given));
  print_warnings(scenario);
  return scenario;
}

void print_warnings(const Scenario& scenario) {
  for (const std::string& warning : scenario.warnings)
    note(fmt::format("warning: {}: {}", scenario.file, warning));
}

Trained open_run(const std::string& path, const po::variables_map& given) {
  Trained trained = open_trained(path, data_path(given), chosen_epoch(given), settings_of(given));
  print_warnings(trained.scenario);
  return trained;
}

Trained open_network(const std::string& path, const po::variables_map& given) {
  if (!given.count("seed")) return open_run(path, given);
  if (std::filesystem::is_directory(path))
    throw UsageError(
        fmt::format("--seed: {} is a run, whose network is trained; leave it out", path));
  if (chosen_epoch(given) == ChosenEpoch::last)
    throw UsageError("--last is for a run folder, --seed for a scenario; leave one out");
  Trained trained;
  trained.scenario = open_scenario(path, given);
  require_network(trained.scenario);
  trained.network = trained.scenario.network;
  trained.data_path = data_path(given);
  return trained;
}

Trained open_as_trained(const std::string& path, const po::variables_map& given) {
  Trained trained = open_network(path, given);
  trained.scenario.learning = trained.scenario.learned_of(trained.network);
  trained.scenario.network = std::move(trained.network);
  return trained;
}

namespace {

// What --device says; none: nothing.
std::optional<DeviceChoice> said_device(const po::variables_map& given) {
  if (!given.count("device")) return std::nullopt;
  const std::string& wanted = given["device"].as<std::string>();
  const std::optional<DeviceChoice> choice = parse_device(wanted);
  if (!choice)
    throw UsageError(fmt::format("--device {}: {} is needed", shell_word(wanted), device_choices));
  return choice;
}

}  // namespace

void refuse_device(const po::variables_map& given, const char* what,
                   const std::optional<DeviceChoice>& otherwise) {
  const std::optional<DeviceChoice> said = said_device(given);
  const std::optional<DeviceChoice>& choice = said ? said : otherwise;
  if (!choice || choice->kind == DeviceKind::cpu) return;
  if (choice->kind == DeviceKind::automatic) {
    note(fmt::format("device: cpu, since {} runs there", what));
    return;
  }
  throw UsageError(fmt::format(
      "{} {}: {} runs on the CPU; {}", said ? "--device" : "[train] device", name(*choice), what,
      said ? "leave the option out" : "say --device cpu, or remove the key"));
}

void use_device(const po::variables_map& given, Scenario& scenario, const Network& network,
                DeviceWork work) {
  std::optional<DeviceChoice> choice = said_device(given);
  if (!choice && work == DeviceWork::training) choice = scenario.train.device;
  if (!choice) {
    if (work == DeviceWork::training && !ranks() && survey_gpus().usable() &&
        device_obstacle(scenario, network, work).empty())
      note("a GPU is there: --device gpu uses it");
    return;
  }
  if (ranks()) return refuse_device(given, "what goes over ranks", choice);
  OpenedDevice opened = open_device(*choice, scenario, network, work);
  scenario.device = std::move(opened.device);
  if (!opened.note.empty()) note(opened.note);
}

void note_left_to_cpu(const Device* device) {
  if (!device) return;
  for (const std::string& told : left_to_cpu(*device)) note(told);
}

WorkProgress show_progress(Progress& line) {
  return [&line](std::uint64_t done, std::uint64_t total, std::string_view what) {
    if (interrupted()) throw Interrupted("stopped; nothing was written");
    if (line.due()) line.update(fmt::format("{}: {} of {}", what, done, total));
  };
}

EvaluationProgress show_evaluation(Progress& line) {
  return [&line](std::string_view what, std::size_t done, std::size_t of) {
    if (line.due()) line.update(fmt::format("{}: {} of {}", what, done, of));
    return !interrupted();
  };
}

Dataset open_dataset(const Trained& trained) {
  Dataset dataset = open_dataset(trained.scenario, trained.data_path);
  if (const std::string other = other_data(trained, dataset); !other.empty())
    note("warning: " + other);
  return dataset;
}

Dataset open_dataset(const Scenario& scenario, const std::string& data_path) {
  Progress line;
  Dataset dataset = load_dataset(scenario, data_path, show_progress(line));
  line.clear();
  for (const std::string& told : dataset.info().notes) note("data: " + told);
  return dataset;
}

std::optional<Part> chosen_part(const po::variables_map& given) {
  if (!given.count("part")) return std::nullopt;
  return part_named(given["part"].as<std::string>());
}

TrialChoice trial_choice(const po::variables_map& given) {
  TrialChoice choice{.part = chosen_part(given)};
  if (given.count("trial")) choice.trial = given["trial"].as<std::size_t>();
  return choice;
}

ChosenTrial choose_trial(const Scenario& scenario, const po::variables_map& given,
                         const std::string& remembered_path, const Dataset* loaded) {
  const std::string path = given.count("data") ? data_path(given) : remembered_path;
  const auto open = [&] { return loaded ? *loaded : open_dataset(scenario, path); };
  // Trials that a program gave go before the inline ones.
  if (scenario.data.none() && !path.empty()) return choose_trial(open(), trial_choice(given));
  return choose_trial(scenario, trial_choice(given), open);
}

void note_without_events(const Scenario& scenario, const char* what) {
  if (const std::string told = without_events(scenario, what); !told.empty())
    note("warning: " + told);
}

}  // namespace retrograde::cli

int main(int argc, char** argv) { return retrograde::cli::main({argv + 1, argv + argc}); }
