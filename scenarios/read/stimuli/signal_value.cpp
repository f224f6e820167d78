#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <utility>

#include <retrograde/scenarios/read/stimuli/stimulus_value.hpp>

namespace retrograde {

namespace {

constexpr const char* example =
    "[[{ at = \"20 ms\", value = 1.6 }, { at = \"25 ms\", value = 0 }], []]";
const Range signal_values{-largest_signal, largest_signal};

// { at = ..., value = ... } of one neuron.
void read_changes(const TomlValue& neuron, std::uint32_t n, const InputPlace& place,
                  std::vector<SignalChange>& changes) {
  if (!neuron.is_list())
    neuron.fail(fmt::format("{} is no list; write one list of changes per neuron: {}",
                            neuron.found(), example));
  std::set<Time> seen;
  for (const TomlValue& entry : neuron.list()) {
    TomlTable change = entry.table();
    change.known({"at", "value"});
    const TomlValue at = change.require("at", "at = \"20 ms\"");
    const Time time = at.time({0.0, place.duration, false, true});
    if (!seen.insert(time).second)
      at.fail(
          fmt::format("{} is given twice for neuron {}; a signal has one value at a time, "
                      "remove one",
                      at.found(), n));
    changes.push_back(
        {time, place.first + n, change.require("value", "value = 1.6").number(signal_values)});
  }
}

struct Pulse {
  Time from, to;
  std::vector<double> value;  // one for all neurons, or one per neuron
};

Pulse read_pulse(const TomlValue& entry, const InputPlace& place) {
  TomlTable table = entry.table();
  table.known({"from", "to", "value"});
  Pulse pulse;
  pulse.from = table.require("from", "from = \"20 ms\"").time({0.0, place.duration, false, true});
  const TomlValue to = table.require("to", "to = \"25 ms\"");
  pulse.to = to.time({0.0, place.duration});
  if (!(pulse.to > pulse.from))
    to.fail(fmt::format("{} does not lie after from; exchange the two", to.found()));
  const TomlValue value = table.require("value", "value = 1.6");
  if (!value.is_list()) {
    pulse.value = {value.number(signal_values)};
    return pulse;
  }
  const auto list = value.list();
  if (list.size() != place.size)
    value.fail(fmt::format("{} for {} neurons; write one value for all, or one per neuron",
                           value.found(), place.size));
  for (const TomlValue& each : list) pulse.value.push_back(each.number(signal_values));
  return pulse;
}

// Pulses that all neurons have, 0 between them.
std::vector<SignalChange> read_pulses(const std::vector<TomlValue>& entries,
                                      const InputPlace& place) {
  std::vector<std::pair<Pulse, const TomlValue*>> pulses;
  for (const TomlValue& entry : entries) pulses.emplace_back(read_pulse(entry, place), &entry);
  std::stable_sort(pulses.begin(), pulses.end(),
                   [](const auto& a, const auto& b) { return a.first.from < b.first.from; });
  std::vector<SignalChange> changes;
  for (std::size_t k = 0; k < pulses.size(); ++k) {
    const Pulse& pulse = pulses[k].first;
    if (k > 0 && pulse.from < pulses[k - 1].first.to)
      pulses[k].second->fail(
          fmt::format("it begins at {:g} ms, before the pulse before it ends at {:g} ms; let the "
                      "pulses follow each other, with the sum of their values where they overlap",
                      pulse.from, pulses[k - 1].first.to));
    const bool goes_on = k + 1 < pulses.size() && pulses[k + 1].first.from == pulse.to;
    for (std::uint32_t n = 0; n < place.size; ++n) {
      changes.push_back(
          {pulse.from, place.first + n, pulse.value[pulse.value.size() == 1 ? 0 : n]});
      if (!goes_on && pulse.to < place.duration)
        changes.push_back({pulse.to, place.first + n, 0.0});
    }
  }
  return changes;
}

}  // namespace

std::vector<SignalChange> read_signal(const TomlValue& value, const InputPlace& place) {
  if (value.is_table()) return read_pulses({value}, place);
  const auto entries = value.list();
  if (!entries.empty() && entries.front().is_table()) return read_pulses(entries, place);
  if (entries.size() != place.size)
    value.fail(fmt::format("{} for {} neurons; write one list of changes per neuron: {}",
                           value.found(), place.size, example));
  std::vector<SignalChange> changes;
  for (std::uint32_t n = 0; n < place.size; ++n) read_changes(entries[n], n, place, changes);
  return changes;
}

}  // namespace retrograde
