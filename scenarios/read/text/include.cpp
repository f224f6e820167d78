#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/text/document.hpp>
#include <retrograde/scenarios/read/text/include.hpp>

namespace retrograde {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 1000;

// As written beside the file that includes it, for messages and as its name.
std::string name_beside(const std::string& file, const std::string& name) {
  return (fs::path(file).parent_path() / name).lexically_normal().string();
}

// The same for two names of one file.
std::string identity_of(const std::string& file) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(file, error);
  return error ? file : real.string();
}

bool is_list_of_tables(const toml::node& node) {
  const toml::array* const list = node.as_array();
  return list && !list->empty() &&
         std::all_of(list->begin(), list->end(), [](const auto& each) { return each.is_table(); });
}

std::string place_text(const toml::source_region& at) {
  return fmt::format("{}:{}:{}", at.path ? *at.path : std::string("the scenario"), at.begin.line,
                     at.begin.column);
}

[[noreturn]] void fail_twice(const toml::key& again, const toml::node& there,
                             const std::string& path) {
  throw ScenarioError(
      again.source().path ? *again.source().path : std::string(), again.source().begin.line,
      again.source().begin.column, path,
      fmt::format("it is given at {}, too; keep one of the two", place_text(there.source())));
}

// Moves all of `from` to the end of `into`.
void merge(toml::table& into, toml::table& from, const std::string& above) {
  for (auto&& [key, value] : from) {
    const std::string path =
        above.empty() ? std::string(key.str()) : above + "." + std::string(key.str());
    toml::node* const there = into.get(key.str());
    if (there == nullptr) {
      into.insert_or_assign(key, std::move(value));
    } else if (there->is_table() && value.is_table()) {
      merge(*there->as_table(), *value.as_table(), path);
    } else if ((above.empty() || path == "study.axis") && is_list_of_tables(*there) &&
               is_list_of_tables(value)) {
      toml::array& list = *there->as_array();
      for (toml::node& each : *value.as_array()) list.push_back(std::move(each));
    } else {
      fail_twice(key, *there, path);
    }
  }
}

struct Including {
  IncludedTexts& texts;
  std::vector<std::string> open;  // from the scenario down to the file at hand, identities
  std::set<std::string> seen;
  std::size_t files = 0;
  std::uint64_t bytes = 0;

  const std::string& text_of(const TomlValue& entry, const std::string& name) {
    if (const auto known = texts.find(name); known != texts.end()) return known->second;
    try {
      return texts[name] = read_text_file(name, max_scenario_size);
    } catch (const Error& error) {
      texts.erase(name);
      entry.fail(error.what());
    }
  }

  toml::table open_file(const TomlValue& entry, const std::string& name) {
    const std::string identity = identity_of(name);
    if (std::find(open.begin(), open.end(), identity) != open.end())
      entry.fail(fmt::format("{} would include itself this way; remove it here", name));
    if (!seen.insert(identity).second)
      entry.fail(fmt::format("{} is included before; once is enough", name));
    if (++files > most_files)
      entry.fail(fmt::format("more than {} files are included; join some", most_files));
    const std::string& text = text_of(entry, name);
    if ((bytes += text.size()) > max_scenario_size)
      entry.fail(
          fmt::format("the files of this scenario are larger than {} MiB together; keep "
                      "large lists in files of their own kind",
                      max_scenario_size >> 20));
    toml::table document = parse_toml(text, name);
    open.push_back(identity);
    put_in(document, name);
    open.pop_back();
    return document;
  }

  bool put_in(toml::table& document, const std::string& file) {
    if (!document.contains("include")) return false;
    toml::table before;
    {
      TomlTable root(file, document, "");
      const TomlValue listed = *root.find("include");
      const std::vector<TomlValue> entries = listed.list();
      if (entries.empty())
        listed.fail("it is empty; list files, such as [\"neurons.toml\"], or remove it");
      for (const TomlValue& entry : entries) {
        const std::string written = entry.text();
        if (written.empty()) entry.fail("it names no file; write one, such as \"neurons.toml\"");
        toml::table included = open_file(entry, name_beside(file, written));
        merge(before, included, "");
      }
    }
    document.erase("include");
    // Its own keys come last; errors are at these.
    merge(before, document, "");
    document = std::move(before);
    return true;
  }
};

}  // namespace

bool put_in_included(toml::table& document, const std::string& file, IncludedTexts& texts) {
  if (!document.contains("include")) return false;
  Including including{texts, {identity_of(file)}, {}, 0, 0};
  return including.put_in(document, file);
}

}  // namespace retrograde
