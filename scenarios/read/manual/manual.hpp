// docs/scenario.md as data: an entry for each row of its tables of keys. What programs say about keys
// (`retro explain`, the schema for editors, completion) is taken from there, so that it is written once.
//
// The form that is relied on: a heading "## [section]" or "## [[section]]" ("### `[section]`" below
// "Sparse coding"); tables whose first column is "key", the rest "type", "default", "applies to" or
// "meaning", with the names of the keys in backticks; `[section.of]` at the beginning of a sentence
// before a table that is of such a section; a word in ** at the beginning of a paragraph before a table
// of keys that belong to something else, such as one kind of loss.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace retrograde {

struct ManualEntry {
  std::string section;            // "population", "train.surrogate"; empty: a kind of value
  bool several = false;           // there may be several such tables: [[population]]
  bool sparse = false;            // of scenarios of sparse coding
  std::string about;              // what else the table is about: "first_spike_cross_entropy"
  std::vector<std::string> keys;  // at least one; no names where it is any key of the scenario
  // As in the manual, Markdown.
  std::string written_key, type, usual, applies, meaning;
};

struct ManualSection {
  std::string name;
  bool several = false, sparse = false;
  std::string text;                // before its first table
  std::vector<std::string> kinds;  // that it has paragraphs about, "first_spike_cross_entropy"
};

struct Manual {
  std::vector<ManualSection> sections;
  std::vector<ManualEntry> entries;
};

Manual parse_manual(std::string_view markdown);
// docs/scenario.md.
const Manual& scenario_manual();

// Names in backticks, "`a`, `b`", of those that are names and nothing else.
std::vector<std::string> names_in(std::string_view markdown);
// Without the signs of Markdown, for a terminal.
std::string plain_text(std::string_view markdown);

// Entries that a query is about: "delay", "projection.delay", "projection.in->hidden.delay", a section, a
// kind of loss. Empty: none.
std::vector<const ManualEntry*> entries_about(const Manual& manual, std::string_view query);
// All words that a query may be.
std::vector<std::string> words_of(const Manual& manual);

}  // namespace retrograde
