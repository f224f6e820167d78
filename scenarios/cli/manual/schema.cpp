// retro schema: the JSON schema of scenarios, for editors.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/show/manual/schema.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

Verb schema_verb() {
  return {
      .name = "schema",
      .arguments = "",
      .summary = "a JSON schema of scenarios, for editors",
      .text =
          "Prints a JSON schema (draft 7) of scenario files: sections, keys, types, words that a "
          "key may have, and what the manual says of each. Editors that know TOML (Even Better "
          "TOML, taplo) complete keys by it, explain them and mark misspelt ones: write it to a "
          "file and begin a scenario with the comment\n\n"
          "  #:schema ./scenario.schema.json\n\n"
          "It is weaker than `retro info`, which checks a scenario whole.",
      .examples = "retro schema > scenario.schema.json",
      .min_arguments = 0,
      .max_arguments = 0,
      .options = [](po::options_description&) {},
      .run =
          [](const po::variables_map&, const std::vector<std::string>&) {
            fmt::print("{}\n", scenario_schema(scenario_manual()).dump(2));
            return 0;
          },
      .tells = true};
}

}  // namespace retrograde::cli
