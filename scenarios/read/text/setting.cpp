#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <string_view>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/io/toml_edit.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/study_place.hpp>
#include <retrograde/scenarios/read/text/setting.hpp>

namespace retrograde {

namespace {

// Tables that a scenario has one of.
const std::vector<std::string> plain_sections = {
    "scenario",   "network", "data",       "loss",   "train",        "chip", "structure",
    "dictionary", "pursuit", "classifier", "attack", "approximator", "study"};

// The value alone, as a document of one key; none: it is no TOML.
std::optional<toml::table> parsed(const std::string& value, const std::string& place) {
  try {
    toml::table document = parse_toml("value = " + value + "\n", place);
    if (document.size() == 1 && document.contains("value")) return document;
  } catch (const ScenarioError&) {
  }
  return std::nullopt;
}

[[noreturn]] void fail(const Setting& setting, const std::string& message) {
  throw ScenarioError(place_of(setting), 0, 0, "", message);
}

bool is_absent(const toml::node& node) {
  const toml::table* const table = node.as_table();
  return table && table->size() == 1 && (*table)["absent"].value<bool>() == true;
}

// [population], [projection] and what else has names: as an axis of [study] leads there.
StudyPlace named_place(toml::table& document, const Setting& setting) {
  toml::table axis;
  axis.insert(setting.key, toml::array{});
  const std::string file = place_of(setting);
  try {
    return study_place(document, TomlTable(file, axis, ""), setting.key);
  } catch (const ScenarioError& error) {
    fail(setting, error.message);
  }
}

// Where it leads in the document; tables on the way there are made.
StudyPlace place_in(toml::table& document, const Setting& setting) {
  const std::string_view key = setting.key;
  const std::string section(key.substr(0, key.find('.')));
  const toml::node* const there = document.get(section);
  const bool plain =
      std::find(plain_sections.begin(), plain_sections.end(), section) != plain_sections.end();
  if (!plain && section == "probe")
    fail(setting, "tables [[probe]] have no names to reach them by; change the scenario");
  if (!plain) return named_place(document, setting);
  if (key.find('.') == std::string_view::npos || key.ends_with('.') ||
      key.find("..") != std::string_view::npos)
    fail(setting, fmt::format("a key of {0} is missing; write --set {0}.KEY=VALUE", section));
  if (there && !there->is_table())
    fail(setting,
         fmt::format("{} is no table in this scenario; write [{}] there", section, section));
  toml::table* table = &document;
  std::string_view rest = key;
  for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    const std::string_view part = rest.substr(0, dot);
    if (!table->contains(part)) table->insert(part, toml::table{});
    toml::table* const inner = table->get(part)->as_table();
    if (inner == nullptr)
      fail(setting,
           fmt::format("{} is no table in this scenario, so it has no key {}",
                       key.substr(0, key.size() - rest.size() + dot), rest.substr(dot + 1)));
    table = inner;
    rest = rest.substr(dot + 1);
  }
  return {{table}, std::string(rest)};
}

void apply(toml::table& document, const Setting& setting) {
  const StudyPlace place = place_in(document, setting);
  toml::table given = *parsed(setting.value, place_of(setting));
  if (is_absent(*given.get("value"))) {
    const auto erased = [&](toml::table* table) { return table->erase(place.key) > 0; };
    if (std::ranges::count_if(place.tables, erased) == 0)
      fail(setting, "the scenario has no such key to be taken away; leave it out");
    return;
  }
  for (toml::table* const table : place.tables) {
    toml::table again = *parsed(setting.value, place_of(setting));
    const toml::source_region from = again.get("value")->source();
    table->insert_or_assign(toml::key(place.key, from), std::move(*again.get("value")));
  }
}

// One more value in the text; none where its form is not known.
std::optional<std::string> edited(const std::string& text, const std::string& file,
                                  const Setting& setting) {
  try {
    toml::table now = parse_toml(text, file);
    const std::string section = setting.key.substr(0, setting.key.find('.'));
    const std::string rest = setting.key.substr(section.size() + 1);
    if (!now.contains(section) && rest.find('.') == std::string::npos)
      return with_entries(text, file, {{section, rest, setting.value}});
    const StudyPlace place = place_in(now, setting);
    if (place.tables.size() != 1) return std::nullopt;
    return with_value(text, *place.tables.front(), place.key, setting.value);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

Setting parse_setting(const std::string& word) {
  const std::size_t equals = word.find('=');
  const auto strip = [](std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return std::string(text);
  };
  if (equals == std::string::npos)
    throw UsageError(fmt::format(
        "--set {}: a value is missing; write --set KEY=VALUE, such as --set train.epochs=3", word));
  Setting setting{strip(std::string_view(word).substr(0, equals)),
                  strip(std::string_view(word).substr(equals + 1))};
  if (setting.key.empty())
    throw UsageError(fmt::format("--set {}: a key is missing; write --set KEY=VALUE", word));
  if (setting.value.empty())
    throw UsageError(
        fmt::format("--set {}: a value is missing after =; an empty string is \"\"", setting.key));
  if (parsed(setting.value, place_of(setting))) return setting;
  if (std::string_view("\"'[{").find(setting.value.front()) != std::string_view::npos)
    throw UsageError(fmt::format(
        "--set {}: {} is no TOML; quotes and brackets have to be closed, and the shell wants the "
        "whole in quotes: --set '{}=[1, 2]'",
        setting.key, setting.value, setting.key));
  setting.value = toml_string(setting.value);
  return setting;
}

std::string place_of(const Setting& setting) { return "--set " + setting.key; }

void apply_settings(toml::table& document, const std::vector<Setting>& settings) {
  for (std::size_t k = 0; k < settings.size(); ++k) {
    for (std::size_t earlier = 0; earlier < k; ++earlier)
      if (settings[k].key == settings[earlier].key)
        fail(settings[k], "it is given twice; leave one out");
    apply(document, settings[k]);
  }
}

std::string with_settings(std::string text, const std::string& file,
                          const std::vector<Setting>& settings, const toml::table& document) {
  const std::string wanted = toml_text(document);
  std::optional<std::string> result = std::move(text);
  for (const Setting& setting : settings)
    if (result) result = edited(*result, file, setting);
  try {
    if (result && toml_text(parse_toml(*result, file)) == wanted) return *result;
  } catch (const Error&) {
  }
  return wanted;
}

void refuse_varied(toml::table& document, const std::string& file,
                   const std::vector<Setting>& settings) {
  toml::array* const axes = document["study"]["axis"].as_array();
  if (axes == nullptr) return;
  for (const Setting& setting : settings) {
    if (setting.key.starts_with("study.")) continue;
    const StudyPlace own = place_in(document, setting);
    for (toml::node& node : *axes) {
      if (!node.is_table()) continue;
      const TomlTable axis(file, *node.as_table(), "study.axis");
      for (const std::string& path : study_places(axis)) {
        const StudyPlace varied = study_place(document, axis, path);
        const auto among = [&](const toml::table* table) {
          return std::ranges::find(own.tables, table) != own.tables.end();
        };
        if (varied.key == own.key && std::ranges::any_of(varied.tables, among))
          fail(setting, fmt::format("an axis of [study] gives it several values ({}); leave one "
                                    "of the two out",
                                    path));
      }
    }
  }
}

}  // namespace retrograde
