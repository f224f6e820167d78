#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/event_summary.hpp>

namespace retrograde {

nlohmann::ordered_json event_summary_json(const EventSummary& s) {
  auto document = json_header("retrograde.data/1");
  document["source"] = s.info.source;
  document["kind"] = s.kind;
  document["units"] = s.info.units;
  document["classes"] = s.info.class_names;
  document["speakers"] = s.info.speakers;
  document["samples"] = s.samples;
  document["events"] = s.events;
  document["events_of_a_sample"] = {{"min", s.fewest}, {"median", s.median}, {"max", s.most}};
  document["first_ms"] = s.events > 0 ? finite_or_null(s.first) : nlohmann::ordered_json(nullptr);
  document["last_ms"] = s.events > 0 ? finite_or_null(s.last) : nlohmann::ordered_json(nullptr);
  auto parts = nlohmann::ordered_json::array();
  for (const PartSummary& part : s.parts) {
    auto entry = nlohmann::ordered_json::object();
    entry["part"] = part.part ? nlohmann::ordered_json(std::string(name(*part.part)))
                              : nlohmann::ordered_json(nullptr);
    entry["samples"] = part.samples;
    entry["of_class"] = part.of_class;
    auto speakers = nlohmann::ordered_json::array();
    for (const std::uint32_t speaker : part.speakers) speakers.push_back(s.info.speakers[speaker]);
    entry["speakers"] = std::move(speakers);
    parts.push_back(std::move(entry));
  }
  document["parts"] = std::move(parts);
  document["oddities"] = s.oddities;
  return document;
}

}  // namespace retrograde
