#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/spikes/spike_formats.hpp>

namespace retrograde {

void collect_run(std::string_view text, SpikeCollector& collector) {
  const auto fail = [&](const std::string& message) {
    throw FormatError(collector.file(), 0, message + "; it is not as `retro run --out` writes it");
  };
  nlohmann::ordered_json document;
  try {
    document = nlohmann::ordered_json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw FormatError(collector.file(), error.byte > 0 ? error.byte - 1 : 0,
                      "it begins as JSON does and is none from there on; run it again");
  }
  if (!document.is_object() || document.value("schema", "") != "retrograde.run/1")
    fail("its schema is not retrograde.run/1");
  if (!document.contains("duration_ms") || !document["duration_ms"].is_number() ||
      !document.contains("spikes") || !document["spikes"].is_object())
    fail("duration_ms or spikes are missing");
  const double duration = document["duration_ms"].get<double>();
  if (!(duration > 0 && duration <= latest_recorded)) fail("duration_ms is no duration");
  collector.duration(duration);
  std::set<std::string> without;  // readouts and signals
  if (const auto named = document.find("without_spikes"); named != document.end())
    for (const auto& name : *named) without.insert(name.is_string() ? name.get<std::string>() : "");
  for (const auto& [name, neurons] : document["spikes"].items()) {
    if (without.contains(name)) continue;
    if (!neurons.is_array() || neurons.empty() ||
        neurons.size() > collector.reading().limits.neurons)
      fail(fmt::format("spikes.{} is no list of neurons", name));
    const std::size_t population = collector.population(name);
    collector.size(population, static_cast<std::uint32_t>(neurons.size()));
    for (std::size_t n = 0; n < neurons.size(); ++n) {
      if (!neurons[n].is_array()) fail(fmt::format("spikes.{}[{}] is no list", name, n));
      for (const auto& time : neurons[n]) {
        if (!time.is_number() || !(time.get<double>() >= 0 && time.get<double>() <= duration))
          fail(fmt::format("spikes.{}[{}] has what is no time of the trial", name, n));
        collector.add(population, n, time.get<double>(), 0);
      }
    }
  }
}

}  // namespace retrograde
