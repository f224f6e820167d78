#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <optional>
#include <sstream>

#include <retrograde/scenarios/read/manual/manual.hpp>

namespace retrograde {

namespace embedded {
extern const std::string_view scenario_manual;
}

namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::islower(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

std::string stripped(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

// "[train.surrogate]" or "[[population]]" at the beginning of a text.
struct SectionName {
  std::string name;
  bool several = false;
};
std::optional<SectionName> section_at(std::string_view text) {
  SectionName found;
  if (!text.starts_with('[')) return std::nullopt;
  text.remove_prefix(1);
  if (text.starts_with('[')) {
    found.several = true;
    text.remove_prefix(1);
  }
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  found.name = text.substr(0, end);
  if (!std::all_of(found.name.begin(), found.name.end(), [](char c) {
        return c == '.' || is_name({&c, 1});
      }))
    return std::nullopt;
  return found;
}

// The last `[section.of]` that begins a sentence.
std::optional<SectionName> announced(const std::string& paragraph) {
  std::optional<SectionName> found;
  for (std::size_t at = paragraph.find("`["); at != std::string::npos;
       at = paragraph.find("`[", at + 1)) {
    const bool begins = at == 0 || paragraph.substr(0, at).ends_with(". ");
    if (!begins) continue;
    if (const auto name = section_at(std::string_view(paragraph).substr(at + 1));
        name && name->name.find('.') != std::string::npos)
      found = name;
  }
  return found;
}

// "**`kind`**" or "**Words**" at the beginning of a paragraph.
std::optional<std::string> bold_at(std::string_view paragraph) {
  if (!paragraph.starts_with("**")) return std::nullopt;
  const std::size_t end = paragraph.find("**", 2);
  if (end == std::string_view::npos) return std::nullopt;
  return plain_text(paragraph.substr(2, end - 2));
}

std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells;
  std::string cell;
  bool code = false;
  for (const char c : line.substr(1)) {
    if (c == '`') code = !code;
    if (c == '|' && !code) {
      cells.push_back(stripped(cell));
      cell.clear();
    } else {
      cell += c;
    }
  }
  return cells;
}

// Keys of "`tau_mem_min`, `tau_mem_max` .. `dendritic_delay_min`, `dendritic_delay_max`": those of the
// table from tau_mem to dendritic_delay, with each ending.
std::vector<std::string> ranged(std::string_view written, const std::vector<std::string>& table) {
  const std::size_t dots = written.find(" .. ");
  const std::vector<std::string> first = names_in(written.substr(0, dots)),
                                 last = names_in(written.substr(dots));
  std::vector<std::string> keys;
  for (std::size_t k = 0; k < std::min(first.size(), last.size()); ++k) {
    const auto base_of = [&](const std::string& key) {
      return std::find_if(table.begin(), table.end(), [&](const std::string& base) {
        return key.size() > base.size() && key.starts_with(base + "_") &&
               std::find(table.begin(), table.end(), key) == table.end() &&
               first[k].ends_with(key.substr(base.size()));
      });
    };
    const auto from = base_of(first[k]), to = base_of(last[k]);
    if (from == table.end() || to == table.end()) continue;
    const std::string ending = first[k].substr(from->size());
    for (auto base = from; base <= to; ++base) keys.push_back(*base + ending);
  }
  return keys;
}

class Reader {
 public:
  Manual read(std::string_view markdown) {
    std::istringstream lines{std::string(markdown)};
    bool fenced = false;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("```")) fenced = !fenced;
      if (fenced || line.starts_with("```")) continue;
      if (line.starts_with('|')) {
        row(line);
        continue;
      }
      end_table();
      if (line.starts_with("## ") || line.starts_with("### "))
        heading(line);
      else if (line.empty())
        end_paragraph();
      else
        paragraph_ += (paragraph_.empty() ? "" : " ") + line;
    }
    end_table();
    return std::move(manual_);
  }

 private:
  void heading(const std::string& line) {
    end_paragraph();
    std::string title = line.substr(line.find(' ') + 1);
    const bool below = line.starts_with("### ");
    if (!below) sparse_ = title == "Sparse coding";
    std::erase(title, '`');
    about_.clear();
    if (title == "Kinds of values" && !below) {
      section_ = SectionName{"", false};
      return;
    }
    section_ = section_at(title);
    if (section_) manual_.sections.push_back({section_->name, section_->several, sparse_, {}, {}});
  }

  void end_paragraph() {
    if (paragraph_.empty()) return;
    if (const auto bold = bold_at(paragraph_)) {
      // What belongs to something else in the section itself.
      about_ = *bold;
      if (!manual_.sections.empty() && section_) {
        section_->name = section_->name.substr(0, section_->name.find('.'));
        if (is_name(about_)) manual_.sections.back().kinds.push_back(about_);
      }
    }
    if (const auto name = announced(paragraph_)) {
      about_.clear();
      section_ = name;
      manual_.sections.push_back({name->name, name->several, sparse_, paragraph_, {}});
    } else if (section_ && !manual_.sections.empty() &&
               manual_.sections.back().name == section_->name &&
               (manual_.entries.empty() || manual_.entries.back().section != section_->name)) {
      std::string& text = manual_.sections.back().text;
      text += (text.empty() ? "" : "\n\n") + paragraph_;
    }
    paragraph_.clear();
  }

  void row(const std::string& line) {
    end_paragraph();
    std::vector<std::string> cells = cells_of(line);
    if (header_.empty()) {
      header_ = std::move(cells);
      first_ = manual_.entries.size();
      return;
    }
    const bool of_keys = header_[0] == "key",
               of_values = header_[0] == "kind" && header_[1] == "how it is written";
    if ((!of_keys && !of_values) || !section_ || cells.empty() || cells[0].starts_with("---"))
      return;
    ManualEntry entry;
    entry.section = section_->name;
    entry.several = section_->several;
    entry.sparse = sparse_;
    entry.about = about_;
    entry.written_key = cells[0];
    for (std::size_t k = 1; k < std::min(cells.size(), header_.size()); ++k) {
      if (header_[k] == "type") entry.type = cells[k];
      if (header_[k] == "default") entry.usual = cells[k];
      if (header_[k] == "applies to") entry.applies = cells[k];
      if (header_[k] == "meaning" || header_[k] == "how it is written") entry.meaning = cells[k];
    }
    entry.keys = of_keys ? names_in(cells[0]) : std::vector<std::string>{cells[0]};
    manual_.entries.push_back(std::move(entry));
  }

  void end_table() {
    if (header_.empty()) return;
    header_.clear();
    std::vector<std::string> keys;
    for (std::size_t k = first_; k < manual_.entries.size(); ++k)
      if (manual_.entries[k].written_key.find(" .. ") == std::string::npos)
        keys.insert(keys.end(), manual_.entries[k].keys.begin(), manual_.entries[k].keys.end());
    for (std::size_t k = first_; k < manual_.entries.size(); ++k)
      if (ManualEntry& entry = manual_.entries[k];
          entry.written_key.find(" .. ") != std::string::npos)
        entry.keys = ranged(entry.written_key, keys);
  }

  Manual manual_;
  std::optional<SectionName> section_;
  bool sparse_ = false;
  std::string about_, paragraph_;
  std::vector<std::string> header_;
  std::size_t first_ = 0;  // entry of the table at hand
};

}  // namespace

Manual parse_manual(std::string_view markdown) { return Reader().read(markdown); }

const Manual& scenario_manual() {
  static const Manual manual = parse_manual(embedded::scenario_manual);
  return manual;
}

std::vector<std::string> names_in(std::string_view markdown) {
  std::vector<std::string> names;
  for (std::size_t at = markdown.find('`'); at != std::string_view::npos;) {
    const std::size_t end = markdown.find('`', at + 1);
    if (end == std::string_view::npos) break;
    const std::string_view code = markdown.substr(at + 1, end - at - 1);
    if (is_name(code)) names.emplace_back(code);
    at = markdown.find('`', end + 1);
  }
  return names;
}

std::string plain_text(std::string_view markdown) {
  std::string text;
  for (std::size_t k = 0; k < markdown.size(); ++k) {
    const std::string_view rest = markdown.substr(k);
    if (rest.starts_with("**")) {
      ++k;
    } else if (rest.starts_with("](")) {
      // A link keeps its words.
      const std::size_t end = rest.find(')');
      const std::size_t open = text.rfind('[');
      if (end == std::string_view::npos || open == std::string::npos) {
        text += markdown[k];
        continue;
      }
      text.erase(open, 1);
      k += end;
    } else if (markdown[k] != '`') {
      text += markdown[k];
    }
  }
  return text;
}

std::vector<const ManualEntry*> entries_about(const Manual& manual, std::string_view query) {
  std::string wanted(query);
  std::erase_if(wanted, [](char c) { return c == '[' || c == ']'; });
  const std::size_t first = wanted.find('.'), last = wanted.rfind('.');
  const std::string head = wanted.substr(0, first),
                    tail = last == std::string::npos ? wanted : wanted.substr(last + 1);
  std::vector<const ManualEntry*> found;
  const auto take = [&](const auto& wants) {
    if (!found.empty()) return;
    for (const ManualEntry& entry : manual.entries)
      if (wants(entry)) found.push_back(&entry);
  };
  const auto has = [](const ManualEntry& e, const std::string& key) {
    return std::find(e.keys.begin(), e.keys.end(), key) != e.keys.end();
  };
  take([&](const ManualEntry& e) {
    return last != std::string::npos && e.section == wanted.substr(0, last) && has(e, tail);
  });
  // A name between them: population.hidden.size.
  take([&](const ManualEntry& e) {
    return last != first && e.several && e.section == head && has(e, tail);
  });
  take([&](const ManualEntry& e) { return !wanted.empty() && e.section == wanted; });
  take([&](const ManualEntry& e) { return has(e, wanted); });
  take([&](const ManualEntry& e) { return !wanted.empty() && e.about == wanted; });
  return found;
}

std::vector<std::string> words_of(const Manual& manual) {
  std::vector<std::string> words;
  for (const ManualEntry& entry : manual.entries) {
    for (const std::string& key : entry.keys) {
      words.push_back(key);
      if (!entry.section.empty()) words.push_back(entry.section + "." + key);
    }
    if (!entry.section.empty()) words.push_back(entry.section);
    if (is_name(entry.about)) words.push_back(entry.about);
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace retrograde
