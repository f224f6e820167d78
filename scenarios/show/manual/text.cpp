#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <set>

#include <retrograde/scenarios/show/manual/text.hpp>

namespace retrograde {

namespace {

constexpr std::size_t meaning_width = 60;

std::string in_brackets(const std::string& name, bool several) {
  return several ? fmt::format("[[{}]]", name) : fmt::format("[{}]", name);
}

// Where a key stands.
std::string place_text(const ManualEntry& e) {
  std::string text = e.section.empty() ? "kinds of values" : in_brackets(e.section, e.several);
  if (!e.about.empty()) text += ", " + e.about;
  if (e.sparse) text += ", sparse coding";
  return text;
}

std::string as_sentence(std::string text) {
  if (text.empty()) return text;
  if (text.front() >= 'a' && text.front() <= 'z')
    text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (text.back() != '.') text += '.';
  return text;
}

// At most so many bytes, cut at a blank.
std::string shortened(std::string text) {
  if (text.size() <= meaning_width) return text;
  const std::size_t blank = text.rfind(' ', meaning_width);
  return text.substr(0, blank == std::string::npos ? meaning_width : blank) + " ..";
}

// The first sentence that says more than how often a section may stand.
std::string first_sentence(std::string text) {
  for (const char* beginning : {"Required, once", "At most once", "At least one"})
    if (text.starts_with(beginning)) text.erase(0, text.find_first_of(".:") + 1);
  while (text.starts_with(' ')) text.erase(0, 1);
  return text.substr(0, text.find(". "));
}

std::string key_line(const ManualEntry& e) {
  const std::string key = (e.about.empty() ? "" : "  ") + plain_text(e.written_key);
  return fmt::format("  {:<30} {}\n", key,
                     shortened(plain_text(e.meaning.empty() ? e.type : e.meaning)));
}

}  // namespace

std::string entry_text(const ManualEntry& e) {
  std::string text = fmt::format("{} of {}\n\n", plain_text(e.written_key), place_text(e));
  const auto row = [&](const char* what, const std::string& value) {
    if (!value.empty()) text += fmt::format("  {:<11} {}\n", what, plain_text(value));
  };
  row("type", e.type);
  row("default", e.usual);
  row("applies to", e.applies);
  if (!e.meaning.empty())
    text += (text.ends_with("\n\n") ? "" : "\n") + as_sentence(plain_text(e.meaning)) + "\n";
  return text;
}

std::string section_text(const Manual& manual, const std::string& section) {
  std::string text;
  for (const bool sparse : {false, true}) {
    const auto found = std::find_if(
        manual.sections.begin(), manual.sections.end(),
        [&](const ManualSection& s) { return s.name == section && s.sparse == sparse; });
    if (found == manual.sections.end()) continue;
    text += (text.empty() ? "" : "\n") + in_brackets(section, found->several) +
            (sparse ? " of sparse coding" : "") + "\n\n";
    if (!found->text.empty()) text += plain_text(found->text) + "\n\n";
    std::string about;
    for (const ManualEntry& e : manual.entries) {
      if (e.section != section || e.sparse != sparse) continue;
      if (e.about != about && !e.about.empty()) text += "  " + e.about + "\n";
      about = e.about;
      text += key_line(e);
    }
  }
  return text;
}

std::string overview_text(const Manual& manual) {
  std::string text =
      "Sections of a scenario. `retro explain SECTION` lists the keys of one, `retro explain KEY` "
      "says what a key means, as docs/scenario.md does.\n\n";
  std::set<std::string> told;
  for (const ManualSection& s : manual.sections) {
    if (!told.insert(s.name + (s.sparse ? "!" : "")).second) continue;
    text += fmt::format(
        "  {:<20} {}\n", in_brackets(s.name, s.several),
        (s.sparse ? "sparse coding; " : "") + shortened(first_sentence(plain_text(s.text))));
  }
  return text;
}

}  // namespace retrograde
