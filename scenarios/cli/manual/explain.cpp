// retro explain [KEY]: what the manual says of a key of scenarios.
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/help.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/manual/manual.hpp>
#include <retrograde/scenarios/read/manual/settable.hpp>
#include <retrograde/scenarios/show/manual/text.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// --list: for programs; what a scenario that cannot be read does not say is left open.
int list(const std::vector<std::string>& arguments) {
  std::vector<std::string> keys;
  try {
    keys = arguments.empty() ? settable_keys() : settable_keys(arguments[0]);
  } catch (const Error&) {
    keys = settable_keys();
  }
  for (const std::string& key : keys) fmt::print("{}\n", key);
  return 0;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (given.count("list")) return list(arguments);
  const Manual& manual = scenario_manual();
  if (arguments.empty()) {
    fmt::print("{}\n", wrapped(overview_text(manual)));
    return 0;
  }
  const std::string& query = arguments[0];
  const std::vector<const ManualEntry*> found = entries_about(manual, query);
  if (found.empty())
    throw UsageError(
        fmt::format("retro explain: the manual has no key {}{}; `retro explain` lists the sections",
                    query, suggestion(query, words_of(manual))));
  // A section, and not a key of that name.
  if (const std::string section = found[0]->section;
      !section.empty() && (query == section || query.starts_with('['))) {
    fmt::print("{}\n", wrapped(section_text(manual, section)));
    return 0;
  }
  bool first = true;
  for (const ManualEntry* entry : found) {
    fmt::print("{}{}\n", first ? "" : "\n", wrapped(entry_text(*entry)));
    first = false;
  }
  return 0;
}

}  // namespace

Verb explain_verb() {
  return {.name = "explain",
          .arguments = "[KEY]",
          .summary = "what a key of a scenario means, from the manual",
          .text =
              "Prints what docs/scenario.md says of a key: where it stands, its type, default and "
              "meaning. A key alone is explained in every section that has it; projection.delay "
              "means one, and so does a key as --set has it. The name of a section lists its keys; "
              "without a name, the sections are listed.",
          .examples =
              "retro explain projection.delay\n"
              "retro explain tau_mem\n"
              "retro explain train",
          .min_arguments = 0,
          .max_arguments = 1,
          .options =
              [](po::options_description& o) {
                o.add_options()("list",
                                "only the keys that --set can name, a line each; of a scenario "
                                "file, if one is named, those with its names");
              },
          .run = run,
          .tells = true};
}

}  // namespace retrograde::cli
