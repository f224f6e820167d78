// A check that HTML or SVG is well nested, for tests of what we write ourselves.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace retrograde::test {

// Empty when every element is closed in the right order and every attribute is quoted; else what is
// wrong and where.
inline std::string markup_fault(std::string_view text) {
  static const std::set<std::string, std::less<>> open_only = {"meta", "br", "!doctype"};
  std::vector<std::string> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '>') return "stray > at " + std::to_string(i);
    if (text[i] != '<') continue;
    std::size_t end = i + 1;
    bool quoted = false;
    for (; end < text.size() && (quoted || text[end] != '>'); ++end) {
      if (text[end] == '"') quoted = !quoted;
      if (text[end] == '<') return "< inside a tag at " + std::to_string(end);
    }
    if (end == text.size()) return "tag without end at " + std::to_string(i);
    std::string_view tag = text.substr(i + 1, end - i - 1);
    i = end;
    const bool closes = tag.starts_with('/'), closed = tag.ends_with('/');
    if (tag.starts_with("!--")) continue;  // a comment; ours hold no >
    if (closes) tag.remove_prefix(1);
    const std::string name(tag.substr(0, tag.find_first_of(" /")));
    if (closes) {
      if (open.empty() || open.back() != name) return "</" + name + "> at " + std::to_string(i);
      open.pop_back();
      continue;
    }
    if (!closed && open_only.count(name) == 0) open.push_back(name);
    // The style sheet holds child selectors, which are no tags.
    if (name == "style") {
      i = text.find("</style>", i);
      if (i == std::string_view::npos) return "style without end";
      --i;
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is never closed";
}

inline std::size_t occurrences(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size())) {
    ++count;
  }
  return count;
}

}  // namespace retrograde::test
