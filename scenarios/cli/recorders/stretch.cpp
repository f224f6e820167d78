#include <charconv>
#include <fmt/format.h>
#include <optional>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/recorders/stretch.hpp>
#include <retrograde/scenarios/io/units.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

constexpr std::size_t most_trials = 100'000;

Time time_of(const char* option, const po::variables_map& given) {
  const std::string& text = given[option].as<std::string>();
  const ParsedQuantity time = parse_time(text);
  std::string problem = time.problem;
  if (problem.empty() && time.value < 0) problem = "a trial begins at 0 ms";
  if (!problem.empty())
    throw UsageError(
        fmt::format("--{0} {1}: {2}; write it like --{0} \"10 ms\"", option, text, problem));
  return time.value;
}

struct Trials {
  std::size_t first = 0, last = 0;
};

// "0-49"
Trials trials_of(const std::string& text) {
  Trials trials;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, trials.first);
  bool fine = error == std::errc() && at != end && *at == '-';
  if (fine) {
    const auto last = std::from_chars(at + 1, end, trials.last);
    fine = last.ec == std::errc() && last.ptr == end && trials.last >= trials.first;
  }
  if (!fine)
    throw UsageError(
        fmt::format("--trials {}: trials are numbered from 0 and written as the first "
                    "and the last one, such as 0-49",
                    text));
  if (trials.last - trials.first >= most_trials)
    throw UsageError(
        fmt::format("--trials {}: {} are run at once at most; choose fewer", text, most_trials));
  return trials;
}

}  // namespace

Time positive_time(const char* option, const std::string& text, const char* what) {
  const ParsedQuantity time = parse_time(text);
  std::string problem = time.problem;
  if (problem.empty() && !(time.value > 0.0)) problem = fmt::format("{} has to be above 0", what);
  if (!problem.empty())
    throw UsageError(
        fmt::format("--{0} {1}: {2}; write it like --{0} \"10 ms\"", option, text, problem));
  return time.value;
}

void add_stretch(po::options_description& options) {
  options.add_options()("from", po::value<std::string>()->value_name("TIME"),
                        "only from there on, such as \"100 ms\" (default: the beginning)")(
      "to", po::value<std::string>()->value_name("TIME"), "only up to there (default: the end)");
}

Stretch chosen_stretch(const po::variables_map& given) {
  Stretch stretch;
  if (given.count("from")) stretch.from = time_of("from", given);
  if (given.count("to")) stretch.to = time_of("to", given);
  if (stretch.to && !(*stretch.to > stretch.from))
    throw UsageError(fmt::format("--to {}: it has to be after --from, {:g} ms",
                                 given["to"].as<std::string>(), stretch.from));
  return stretch;
}

void add_trials(po::options_description& options) {
  options.add_options()("trials", po::value<std::string>()->value_name("FIRST-LAST"),
                        "several trials of that part, such as 0-49");
}

std::size_t trial_count(const po::variables_map& given) {
  if (!given.count("trials")) return 1;
  if (given.count("trial"))
    throw UsageError("--trial and --trials: one of them says which trials are run; leave one out");
  const Trials trials = trials_of(given["trials"].as<std::string>());
  return trials.last - trials.first + 1;
}

void for_each_chosen_trial(const Scenario& scenario, const po::variables_map& given,
                           const std::string& data_path,
                           const std::function<void(const ChosenTrial&)>& take) {
  if (!given.count("trials")) return take(choose_trial(scenario, given, data_path));
  const Trials trials = trials_of(given["trials"].as<std::string>());
  std::optional<Dataset> dataset;
  const std::string path = given.count("data") ? cli::data_path(given) : data_path;
  if (!scenario.data.none() || !path.empty()) dataset = open_dataset(scenario, path);
  po::variables_map one = given;
  const auto choose = [&](std::size_t k) {
    one.erase("trial");
    one.insert({"trial", po::variable_value(boost::any(k), false)});
    return choose_trial(scenario, one, data_path, dataset ? &*dataset : nullptr);
  };
  choose(trials.last);  // one that is not there is noticed before any is run
  for (std::size_t k = trials.first; k <= trials.last; ++k) take(choose(k));
}

}  // namespace retrograde::cli
