// retro data info|plot|convert FILE: sets of labelled events as they lie on the disk.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/number.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/data/events/event_summary.hpp>
#include <retrograde/scenarios/data/events/open_set.hpp>
#include <retrograde/scenarios/data/trials/convert.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/io/units.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/show/json/event_summary.hpp>
#include <retrograde/scenarios/show/plot/event_picture.hpp>
#include <retrograde/scenarios/show/text/event_summary.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// More bands than that are no picture any more.
constexpr std::size_t most_pictured = 12;

struct Action {
  const char* name;
  std::vector<std::string> options;  // beside --overwrite
};
const std::array<Action, 3> actions = {Action{"info", {"json"}}, Action{"plot", {"svg", "sample"}},
                                       Action{"convert", {"out", "bin", "until", "merge-units"}}};

// The action that is named, all of whose options are meant for it.
const Action& chosen_action(const std::string& wanted, const po::variables_map& given) {
  const auto found = std::find_if(actions.begin(), actions.end(),
                                  [&](const Action& action) { return action.name == wanted; });
  if (found == actions.end())
    throw UsageError(fmt::format(
        "retro data {}: info, plot or convert is needed, then a file or folder", wanted));
  for (const Action& other : actions)
    for (const std::string& option : other.options)
      if (given.count(option) && &other != &*found)
        throw UsageError(
            fmt::format("--{} is for `retro data {}`; leave it out", option, other.name));
  return *found;
}

Time time_option(const po::variables_map& given, const char* option, Time otherwise) {
  if (!given.count(option)) return otherwise;
  const std::string text = given[option].as<std::string>();
  const ParsedQuantity parsed = parse_time(text);
  if (!parsed.problem.empty())
    throw UsageError(fmt::format("--{} {}: {}", option, text, parsed.problem));
  if (!(parsed.value > 0))
    throw UsageError(fmt::format("--{} {}: a time above 0 is needed", option, text));
  return parsed.value;
}

int info(const OpenedSet& opened, const po::variables_map& given, Progress& line) {
  Outputs outputs(given);
  const auto json = outputs.claim("json");
  const EventSummary summary = summarize(opened, show_progress(line));
  line.clear();
  fmt::print("{}", event_summary_text(summary));
  if (json) write_json(*json, event_summary_json(summary));
  return 0;
}

// The sample that is named, or the first of each class.
std::vector<PicturedSample> pictured(const EventSet& set, const po::variables_map& given,
                                     std::vector<std::string>& notes) {
  std::map<int, std::size_t> chosen;
  if (given.count("sample")) {
    const std::size_t index = given["sample"].as<std::size_t>();
    if (index >= set.size())
      throw UsageError(fmt::format("--sample {}: the set has {}, numbered from 0", index,
                                   plural(set.size(), "sample")));
    chosen[set.label(index)] = index;
  } else {
    for (std::size_t k = 0; k < set.size(); ++k) chosen.emplace(set.label(k), k);
  }
  std::vector<PicturedSample> samples;
  for (const auto& [label, index] : chosen)
    if (samples.size() < most_pictured) samples.push_back({index, label, set.sample(index)});
  if (chosen.size() > samples.size())
    notes.push_back(fmt::format("{} more are not drawn; --sample N draws one sample alone.",
                                plural(chosen.size() - samples.size(), "class", "classes")));
  return samples;
}

int plot(const OpenedSet& opened, const po::variables_map& given, Progress& line) {
  Outputs outputs(given);
  const std::string path = outputs.claim(
      given.count("svg") ? given["svg"].as<std::string>() : std::string("events.svg"), "svg");
  std::vector<std::string> notes;
  const std::vector<PicturedSample> samples = pictured(*opened.set, given, notes);
  const EventSummary summary = summarize(opened, show_progress(line));
  line.clear();
  write_file(path, event_picture(summary, samples, std::move(notes)));
  fmt::print("wrote {}\n", path == "-" ? "standard output" : path);
  return 0;
}

// What was written, and what was left out of it.
void print_converted(const Converted& converted, const po::variables_map& given,
                     const std::string& path) {
  fmt::print("wrote {}: {}, {}\n", path == "-" ? "standard output" : path,
             plural(converted.samples, "sample"), plural(converted.kept(), "event"));
  const auto left_out = [&](std::uint64_t count, const std::string& why) {
    if (count > 0)
      fmt::print("left out: {} of {} ({:.3g} %) {}\n", count, plural(converted.events, "event"),
                 100.0 * static_cast<double>(count) / static_cast<double>(converted.events), why);
  };
  const auto text = [&](const char* option) { return given[option].as<std::string>(); };
  if (given.count("until"))
    left_out(converted.beyond, fmt::format("at or after {} (--until)", text("until")));
  if (given.count("bin"))
    left_out(converted.merged,
             fmt::format("in a bin of {} with another of their unit (--bin)", text("bin")));
  if (converted.emptied > 0)
    fmt::print("{} without any event now\n", plural(converted.emptied, "sample"));
}

int convert(const OpenedSet& opened, const po::variables_map& given, Progress& line) {
  Outputs outputs(given);
  const std::string path = outputs.claim(
      given.count("out") ? given["out"].as<std::string>() : std::string("events.h5"), "out");
  EventShape shape;
  shape.duration = time_option(given, "until", never);
  shape.bin = time_option(given, "bin", 0.0);
  if (given.count("merge-units")) shape.merge = given["merge-units"].as<std::uint32_t>();
  const Converted converted = convert_events(*opened.set, path, shape, show_progress(line));
  line.clear();
  print_converted(converted, given, path);
  return 0;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const std::string action = chosen_action(arguments[0], given).name;
  if (arguments.size() < 2)
    throw UsageError(fmt::format("retro data {}: name a file or folder", action));
  Progress line;
  const OpenedSet opened = open_event_set(arguments[1], show_progress(line));
  if (action == "info") return info(opened, given, line);
  if (action == "plot") return plot(opened, given, line);
  return convert(opened, given, line);
}

}  // namespace

Verb data_verb() {
  return {
      .name = "data",
      .arguments = "info|plot|convert FILE",
      .summary = "look at a set of events, draw it, convert it",
      .text =
          "What lies in a file or folder of labelled events: our own format, the Spiking "
          "Heidelberg Digits, Spiking Speech Commands, N-MNIST; recognised by its content. "
          "docs/data.md says where the sets are to be had and how others are written.\n\n"
          "  info     reads every sample: parts, classes, speakers, units, times, events of a\n"
          "           sample, and what is odd; a damaged file is an error that says where\n"
          "  plot     draws a sample of each class and how many events samples have (events.svg)\n"
          "  convert  writes the set in our own format (events.h5)",
      .examples =
          "retro data info ~/data/shd\n"
          "retro data plot ~/data/shd/shd_test.h5 --sample 7 --svg seven.svg\n"
          "retro data convert ~/data/shd --bin \"1 ms\" --until \"1 s\" --out shd.h5",
      .min_arguments = 1,
      .max_arguments = 2,
      .options =
          [](po::options_description& o) {
            add_output(o);
            o.add_options()("svg", po::value<std::string>()->value_name("FILE"),
                            "plot: the picture (default: events.svg)")(
                "sample", whole_number<std::size_t>(0)->value_name("N"),
                "plot: only this sample of the set")(
                "out", po::value<std::string>()->value_name("FILE"),
                "convert: the file to write (default: events.h5); - is standard output")(
                "bin", po::value<std::string>()->value_name("TIME"),
                "convert: times fall to the start of bins of this width, a unit has at most one "
                "event in each")("until", po::value<std::string>()->value_name("TIME"),
                                 "convert: without the events at or after this time")(
                "merge-units", whole_number<std::uint32_t>(1)->value_name("N"),
                "convert: so many neighbouring units become one");
          },
      .run = run};
}

}  // namespace retrograde::cli
