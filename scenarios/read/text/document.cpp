#include <fmt/format.h>
#include <utility>

#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>
#include <retrograde/scenarios/read/text/document.hpp>

namespace retrograde {

namespace {

// --epochs has nowhere to go where [train] is no table, which is refused where it is read.
bool takes_epochs(const toml::table& document) {
  return !document.contains("train") || document["train"].is_table();
}

// What it includes and --set. What does not come from the text at hand keeps where it does come from, so
// values go into the document and into its text side by side.
void put_together(ScenarioDocument& result, const std::string& file,
                  const ScenarioOverrides& overrides) {
  IncludedTexts texts;
  if (overrides.included) texts = *overrides.included;
  const bool included = put_in_included(result.table, file, texts);
  if (!included && overrides.settings.empty()) return;
  result.origin = std::make_shared<const ScenarioOrigin>(
      ScenarioOrigin{result.text, overrides.settings, overrides.epochs, std::move(texts)});
  apply_settings(result.table, overrides.settings);
  result.text = included
                    ? toml_text(result.table)
                    : with_settings(std::move(result.text), file, overrides.settings, result.table);
}

// One value that was written into the text.
void take_over(ScenarioDocument& result, const std::string& file, std::string text,
               const char* section, const char* key) {
  toml::table now = parse_toml(text, file);
  result.text = std::move(text);
  if (!result.origin) {
    result.table = std::move(now);
    return;
  }
  if (!result.table.contains(section)) result.table.insert(section, toml::table{});
  result.table[section].as_table()->insert_or_assign(key, std::move(*now[section][key].node()));
}

}  // namespace

ScenarioDocument scenario_document(std::string text, const std::string& file,
                                   const ScenarioOverrides& overrides) {
  ScenarioDocument result{parse_toml(text, file), std::move(text), nullptr};
  put_together(result, file, overrides);
  if (overrides.epochs && takes_epochs(result.table))
    take_over(result, file, with_epochs(result.text, file, *overrides.epochs), "train", "epochs");
  if (overrides.study) {
    refuse_varied(result.table, file, overrides.settings);
    choose_study_values(result.table, file, *overrides.study);
    result.text = toml_text(result.table);
  } else if (overrides.seed && result.table["study"].is_table()) {
    take_over(result, file, with_study_seed(result.text, file, *overrides.seed), "study", "seeds");
  }
  return result;
}

}  // namespace retrograde
