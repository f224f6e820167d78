#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <span>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/event_summary.hpp>

namespace retrograde {

namespace {

constexpr std::size_t named_at_most = 40;

std::string names_text(const std::vector<std::string>& names) {
  const std::span<const std::string> first(names.data(), std::min(names.size(), named_at_most));
  return fmt::format("{}{}", fmt::join(first, ", "), names.size() > first.size() ? ", ..." : "");
}

std::string part_line(const EventSummary& summary, const PartSummary& part) {
  const auto [least, most] = std::minmax_element(part.of_class.begin(), part.of_class.end());
  std::string speakers = "-";
  if (!part.speakers.empty()) {
    std::vector<std::string> names;
    for (const std::uint32_t speaker : part.speakers)
      names.push_back(summary.info.speakers[speaker]);
    speakers = names.size() <= 12 ? names_text(names) : plural(names.size(), "speaker");
  }
  return fmt::format("{:<12} {:>9} {:>17} {:>22}  {}\n",
                     part.part ? std::string(name(*part.part)) : std::string("(not said)"),
                     part.samples, fmt::format("{} - {}", *least, *most),
                     fmt::format("{} - {} - {}", part.events.front(),
                                 part.events[part.events.size() / 2], part.events.back()),
                     speakers);
}

}  // namespace

std::string event_summary_text(const EventSummary& s) {
  std::string text = fmt::format("{}: {} (kind = \"{}\")\n{}, {}, {}, {}\n", s.info.source, s.what,
                                 s.kind, plural(s.samples, "sample"),
                                 plural(s.info.class_names.size(), "class", "classes"),
                                 plural(s.info.units, "unit"), plural(s.events, "event"));
  text += fmt::format("events of a sample: {} to {}, median {:g}\n", s.fewest, s.most, s.median);
  if (s.events > 0) text += fmt::format("times from {:g} to {:g} ms\n", s.first, s.last);
  text += fmt::format("classes: {}\n", names_text(s.info.class_names));
  if (!s.info.speakers.empty())
    text += fmt::format("{}: {}\n", plural(s.info.speakers.size(), "speaker"),
                        names_text(s.info.speakers));
  text += fmt::format("\n{:<12} {:>9} {:>17} {:>22}  {}\n", "part", "samples", "of a class",
                      "events (min med max)", "speakers");
  for (const PartSummary& part : s.parts) text += part_line(s, part);
  if (!s.oddities.empty()) text += "\nworth knowing\n";
  for (const std::string& oddity : s.oddities) text += fmt::format("  {}\n", oddity);
  return text;
}

}  // namespace retrograde
