#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/scenarios/data/stimuli/rescaled.hpp>
#include <retrograde/scenarios/read/network/names.hpp>
#include <retrograde/scenarios/read/timeline/event_table.hpp>

namespace retrograde {

namespace {

struct KindRow {
  EventKind kind;
  std::string_view name;
  EventTarget target;
  std::vector<std::string> keys;  // beside those of all
};

const std::vector<KindRow>& kind_rows() {
  using enum EventKind;
  constexpr auto synapses = EventTarget::projections, neurons = EventTarget::populations;
  static const std::vector<KindRow> rows = {
      {cut, "cut", synapses, {"until", "share"}},
      {scale, "scale", synapses, {"until", "share", "factor"}},
      {set, "set", neurons, {"until", "share", "neurons", "parameter", "value", "factor"}},
      {silence, "silence", neurons, {"until", "share", "neurons"}},
      {stimulate, "stimulate", neurons, {"share", "neurons", "weight", "receptor"}},
      {stimulus, "stimulus", neurons, {"until", "factor"}},
      {drop, "drop", neurons, {"until", "share"}},
      {delay, "delay", neurons, {"until", "share", "late"}},
      {stuck_bit, "stuck_bit", synapses, {"until", "share", "bit", "stuck_at"}},
  };
  return rows;
}

const KindRow& row_of(EventKind kind) { return kind_rows()[static_cast<std::size_t>(kind)]; }

std::vector<std::string> projection_names(const Network& network) {
  std::vector<std::string> names;
  for (const Projection& p : network.projections()) names.push_back(p.name);
  return names;
}

// One name or a list of names, each once.
std::vector<std::uint32_t> read_named(const TomlValue& value,
                                      const std::vector<std::string>& names) {
  std::vector<std::uint32_t> named;
  const auto add = [&](const TomlValue& one) {
    const auto k = static_cast<std::uint32_t>(one.choice(names));
    if (std::ranges::find(named, k) != named.end())
      one.fail(fmt::format("{} is listed twice; once is enough", one.found()));
    named.push_back(k);
  };
  if (!value.is_list()) {
    add(value);
    return named;
  }
  for (const TomlValue& one : value.list()) add(one);
  if (named.empty()) value.fail("it is empty; name one at least");
  return named;
}

// What the event is about.
void read_target(TomlTable& table, const Network& network, EventSpec& event) {
  if (row_of(event.kind).target == EventTarget::projections) {
    if (network.projections().empty()) table.fail("the network has no projection");
    event.projections = read_named(
        table.require("projection", fmt::format("projection = \"{}\", whose synapses are meant",
                                                network.projections().front().name)),
        projection_names(network));
    return;
  }
  const TomlValue value = table.require(
      "population",
      fmt::format("population = \"{}\", whose neurons are meant", network.populations()[0].name));
  event.populations = read_named(value, population_names(network));
  for (const std::uint32_t k : event.populations) {
    const Population& p = network.populations()[k];
    const bool input = p.model->is_input();
    if ((event.kind == EventKind::set || event.kind == EventKind::stimulate) && input)
      value.fail(
          fmt::format("{} is an input, which has no state; choose another population", p.name));
    if (event.kind == EventKind::stimulus && !input)
      value.fail(
          fmt::format("{} is no input; do = \"scale\" changes synapses, do = \"set\" a "
                      "parameter",
                      p.name));
    if ((event.kind == EventKind::drop || event.kind == EventKind::delay) && !p.model->fires())
      value.fail(fmt::format("{} is a readout ({}) and never fires; choose another population",
                             p.name, name(p.model)));
  }
}

void read_times(TomlTable& table, Time duration, EventSpec& event) {
  event.at = table.time("at", 0.0, {0.0, duration, false, true});
  const auto until = table.find("until");
  if (!until) return;
  event.until = until->time();
  if (!(event.until > event.at))
    until->fail(fmt::format("{} does not lie behind at; leave it out for the rest of the trial",
                            until->found()));
}

void read_share(TomlTable& table, const Network& network, EventSpec& event) {
  const auto share = table.find("share");
  if (share) event.share = share->number({0.0, 1.0});
  const auto neurons = table.find("neurons");
  if (!neurons) return;
  if (share) share->fail("does not go with neurons, which says which ones; remove one of the two");
  if (event.populations.size() != 1)
    neurons->fail("goes with one population; write an event for each");
  event.neurons.emplace();
  for (const TomlValue& one : neurons->list()) {
    const std::uint64_t n = one.integer(0, network.populations()[event.populations[0]].size - 1);
    if (std::ranges::find(*event.neurons, n) != event.neurons->end())
      one.fail(fmt::format("{} is listed twice; once is enough", n));
    event.neurons->push_back(static_cast<std::uint32_t>(n));
  }
  if (event.neurons->empty()) neurons->fail("it is empty; list neurons, or leave the key out");
  std::ranges::sort(*event.neurons);
}

// set: which parameter, and to what.
void read_parameter(TomlTable& table, const Network& network, EventSpec& event) {
  std::vector<std::string> names;
  std::vector<ParameterKind> kinds;
  for (const ParameterKind kind : neuron_parameter_kinds) {
    if (is_delay(kind)) continue;  // delays stay during a trial
    names.emplace_back(name(kind));
    kinds.push_back(kind);
  }
  const TomlValue parameter = table.require("parameter", "parameter = \"bias\"");
  event.parameter = kinds[parameter.choice(names)];
  for (const std::uint32_t k : event.populations)
    if (const Population& p = network.populations()[k]; !p.has(event.parameter))
      parameter.fail(fmt::format("{} ({}) has no {}; choose another parameter or population",
                                 p.name, name(p.model), name(event.parameter)));
  const ParameterRange& range = traits(event.parameter).range;
  const Range allowed{range.low, range.high, range.above, false};
  const auto value = table.find("value"), factor = table.find("factor");
  if (value.has_value() == factor.has_value())
    table.fail("write value, what the parameter becomes, or factor, what it is multiplied by");
  if (value)
    event.value = is_time(event.parameter) ? value->time(allowed) : value->number(allowed);
  else
    event.factor = factor->number();
}

EventSpec read_event(TomlTable table, const Network& network, Time duration) {
  std::vector<std::string> keys = {"name", "at", "do", "projection", "population"}, names;
  for (const KindRow& row : kind_rows()) {
    names.emplace_back(row.name);
    for (const std::string& key : row.keys)
      if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  }
  table.known(keys);
  EventSpec event;
  event.kind = static_cast<EventKind>(
      table.require("do", fmt::format("do = \"cut\", or another of {}", fmt::join(names, ", ")))
          .choice(names));
  const KindRow& row = row_of(event.kind);
  for (const std::string& key : table.keys()) {
    const bool of_all = key == "name" || key == "at" || key == "do";
    const bool target =
        key == (row.target == EventTarget::projections ? "projection" : "population");
    if (!of_all && !target && std::ranges::find(row.keys, key) == row.keys.end())
      table.fail_at_key(key, fmt::format("does not apply to do = \"{}\"; remove it", row.name));
  }
  event.name = table.text("name", "");
  if (table.has("name") && event.name.empty())
    table.fail_at_key("name", "is empty; give the event a name, or leave the key out");
  read_times(table, duration, event);
  read_target(table, network, event);
  read_share(table, network, event);
  switch (event.kind) {
    case EventKind::scale:
      event.factor =
          table.require("factor", "factor = 0.5, what weights are multiplied by").number();
      break;
    case EventKind::stimulus:
      event.factor = table.require("factor", "factor = 2.0, what the rate is multiplied by; 0: off")
                         .number({0.0, 1000.0});
      break;
    case EventKind::set:
      read_parameter(table, network, event);
      break;
    case EventKind::stimulate:
      event.weight =
          table.require("weight", "weight = 3.0, that of the spike that arrives").number();
      if (const auto receptor = table.find("receptor")) {
        std::size_t most = max_receptors;
        for (const std::uint32_t k : event.populations)
          most = std::min(most, network.populations()[k].receptors.size());
        event.receptor = static_cast<unsigned>(receptor->integer(1, most)) - 1;
      }
      break;
    case EventKind::delay:
      event.late = table.require("late", "late = \"2 ms\", by how much spikes arrive later")
                       .time(Range::positive());
      break;
    case EventKind::stuck_bit:
      event.bit = static_cast<int>(
          table.require("bit", "bit = 7, of the 8 bits of a weight; 0 is the lowest")
              .integer(0, 7));
      event.stuck_at = table.require("stuck_at", "stuck_at = 1, or 0").integer(0, 1) == 1;
      break;
    default:
      break;
  }
  table.finish("is not used here; remove it");
  return event;
}

}  // namespace

std::string_view name(EventKind kind) { return row_of(kind).name; }

EventTarget target_of(EventKind kind) { return row_of(kind).target; }

bool TimelineSpec::all_in_trials() const {
  return std::ranges::all_of(events, [](const EventSpec& e) { return e.in_trials; });
}

namespace {

// How many synapses or neurons a share is of; 0 of spikes.
double whole_of(const EventSpec& event, const Network& network) {
  double whole = 0.0;
  for (const std::uint32_t k : event.projections) whole += network.projections()[k].size;
  if (event.kind == EventKind::drop || event.kind == EventKind::delay) return 0.0;
  for (const std::uint32_t k : event.populations) whole += network.populations()[k].size;
  return whole;
}

}  // namespace

std::vector<std::string> warnings_of(const TimelineSpec& spec, const Network& network) {
  std::vector<std::string> warnings;
  for (const EventSpec& event : spec.events)
    if (const double whole = whole_of(event, network);
        whole > 0.0 && event.share > 0.0 && event.share * whole < 0.5)
      warnings.push_back(fmt::format("event {}: a share of {} of {} is none; nothing happens",
                                     event.name, event.share, whole));
  return warnings;
}

TimelineSpec read_timeline(TomlTable& root, const Network& network, Time duration,
                           std::uint64_t seed) {
  TimelineSpec spec;
  spec.seed = seed;
  for (TomlTable& table : root.tables("event")) {
    EventSpec event = read_event(table, network, duration);
    if (event.name.empty())
      event.name = fmt::format("{} {}", name(event.kind), spec.events.size() + 1);
    for (const EventSpec& other : spec.events)
      if (other.name == event.name)
        table.fail(
            fmt::format("another event is called {}; give each a name of its own", event.name));
    spec.events.push_back(std::move(event));
  }
  return spec;
}

bool events_draw(const toml::table& document) {
  const toml::array* events = document["event"].as_array();
  return events && std::ranges::any_of(*events, [](const toml::node& node) {
           const toml::table* event = node.as_table();
           const std::string kind = event ? (*event)["do"].value_or(std::string()) : "";
           return kind == "drop" || kind == "delay" || kind == "stimulus";
         });
}

namespace {

// Of a signal every spike is a change, and one that is missing would shift it for good.
void refuse_signals(const TomlTable& table, const EventSpec& event,
                    const std::vector<InlineTrialKind>& kinds) {
  if (event.kind != EventKind::silence && event.kind != EventKind::stimulus &&
      event.kind != EventKind::drop && event.kind != EventKind::delay)
    return;
  for (const InlineTrialKind& kind : kinds)
    for (const std::uint32_t p : event.populations)
      if (kind.inputs[p].signal)
        table.fail_at_key("population",
                          fmt::format("{} brings a signal, which has no spikes to lose; write the "
                                      "signal as it shall be",
                                      kind.inputs[p].name));
}

}  // namespace

void change_rates(TomlTable& root, const ScenarioLimits& limits, TimelineSpec& spec,
                  std::vector<InlineTrialKind>& kinds) {
  std::vector<TomlTable> tables = root.tables("event");
  for (std::size_t e = 0; e < spec.events.size(); ++e) {
    EventSpec& event = spec.events[e];
    refuse_signals(tables[e], event, kinds);
    if (event.kind != EventKind::stimulus) continue;
    if (kinds.empty() && event.factor > 1.0)
      tables[e].fail_at_key("factor",
                            "the spikes of [data] are what they are, and a rate that rises needs "
                            "more of them; choose a factor below 1");
    event.in_trials = !kinds.empty();
    for (InlineTrialKind& kind : kinds) {
      for (const std::uint32_t p : event.populations) {
        InlineInput& input = kind.inputs[p];
        if (!input.spikes) continue;
        if (event.factor > 1.0 && !input.spikes->memoryless())
          tables[e].fail_at_key(
              "factor", fmt::format("the spikes of {} are not Poisson, so that there is no rate to "
                                    "raise; choose a factor below 1, or stimulus = \"poisson\"",
                                    input.name));
        input.spikes = make_stimulus(
            RescaledSpec{input.spikes, event.factor, event.at, event.until, event.name});
      }
      if (const double expected = expected_spikes(kind);
          expected > static_cast<double>(limits.input_spikes))
        tables[e].fail_at_key(
            "factor",
            fmt::format("with it a trial has about {:.3g} input spikes, and at most {} are "
                        "possible; choose a smaller one",
                        expected, limits.input_spikes));
    }
  }
}

}  // namespace retrograde
