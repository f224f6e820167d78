#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/text/document.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

namespace {

// Those of `size` things with the smallest draws, of which the nearest whole number to their share is
// taken; `draw` gives the draw of each.
template <typename Id>
std::vector<Id> share_of(std::vector<std::pair<double, Id>> drawn, double share) {
  const auto count =
      static_cast<std::ptrdiff_t>(std::llround(share * static_cast<double>(drawn.size())));
  if (count < static_cast<std::ptrdiff_t>(drawn.size()))
    std::nth_element(drawn.begin(), drawn.begin() + count, drawn.end());
  std::vector<Id> chosen;
  chosen.reserve(static_cast<std::size_t>(count));
  for (std::ptrdiff_t k = 0; k < count; ++k)
    chosen.push_back(drawn[static_cast<std::size_t>(k)].second);
  std::ranges::sort(chosen);
  return chosen;
}

bool holds_at(const EventSpec& event, Time t) { return event.at <= t && t < event.until; }

bool changes_values(const EventSpec& event) {
  return event.kind == EventKind::cut || event.kind == EventKind::scale ||
         event.kind == EventKind::set;
}

// What one event does to values, as long as it holds.
struct ValueEvent {
  const EventSpec& event;
  std::vector<SynapseId> synapses;
  std::vector<NeuronId> neurons;

  void apply(const ParameterLayout& layout, std::vector<double>& values) const {
    const double factor = event.kind == EventKind::cut ? 0.0 : event.factor;
    for (const SynapseId s : synapses) values[layout.offset(ParameterKind::weight) + s] *= factor;
    for (const NeuronId n : neurons) {
      double& value = values[layout.offset(event.parameter) + n];
      value = event.value ? *event.value : value * factor;
    }
  }
};

// Throws ScenarioError at an event of the scenario as it was written, at the key that says the value.
[[noreturn]] void fail_at_event(const Scenario& scenario, const EventSpec& event,
                                const std::string& message) {
  ScenarioOverrides given;
  std::string text = scenario.text;
  if (scenario.origin) {
    text = scenario.origin->text;
    given.settings = scenario.origin->settings;
    given.epochs = scenario.origin->epochs;
    given.included = {scenario.origin, &scenario.origin->included};
  }
  const toml::table document = scenario_document(text, scenario.file, given).table;
  TomlTable root(scenario.file, document, "");
  const auto k = static_cast<std::size_t>(&event - scenario.timeline.events.data());
  const TomlTable table = root.tables("event").at(k);
  const std::vector<std::string> keys = table.keys();
  for (const char* key : {"value", "factor", "do"})
    if (std::ranges::find(keys, key) != keys.end()) table.fail_at_key(key, message);
  table.fail(message);
}

// The values while these events hold. Where one of them leaves a parameter where it cannot be,
// ScenarioError at the first that does.
Network network_with(const Scenario& scenario, const Network& network, Time at,
                     const std::vector<const ValueEvent*>& held) {
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  for (const ValueEvent* e : held) e->apply(network.layout(), values);
  try {
    return network.with_parameters(std::move(values));
  } catch (const NetworkError& error) {
    if (held.size() > 1)
      network_with(scenario, network, at, {held.begin(), held.end() - 1});  // who of them it is
    std::string names;
    for (const ValueEvent* e : held) names += (names.empty() ? "" : ", ") + e->event.name;
    fail_at_event(scenario, held.back()->event,
                  fmt::format("with {} at {} ms the network cannot be: {}; choose another value or "
                              "factor",
                              names, at, error.what()));
  }
}

std::vector<ValueChange> value_changes(const Scenario& scenario, const Network& network) {
  const TimelineSpec& spec = scenario.timeline;
  std::vector<ValueEvent> events;
  std::set<Time> instants;
  for (const EventSpec& event : spec.events) {
    if (!changes_values(event)) continue;
    const bool of_neurons = target_of(event.kind) == EventTarget::populations;
    events.push_back(
        {event, of_neurons ? std::vector<SynapseId>{} : synapses_of(event, network, spec.seed),
         of_neurons ? neurons_of(event, network, spec.seed) : std::vector<NeuronId>{}});
    instants.insert(event.at);
    if (event.until < never) instants.insert(event.until);
  }
  std::vector<ValueChange> changes;
  for (const Time at : instants) {
    std::vector<const ValueEvent*> held;
    for (const ValueEvent& e : events)
      if (holds_at(e.event, at)) held.push_back(&e);
    changes.push_back(
        {at, std::make_shared<const Network>(network_with(scenario, network, at, held))});
  }
  return changes;
}

// Neurons of the populations that are no inputs.
std::vector<NeuronId> without_inputs(std::vector<NeuronId> neurons, const Network& network) {
  std::erase_if(neurons, [&](NeuronId n) { return network.is_input(n); });
  return neurons;
}

}  // namespace

std::string purpose_of(const EventSpec& event) { return "event/" + event.name; }

std::vector<SynapseId> synapses_of(const EventSpec& event, const Network& network,
                                   std::uint64_t seed) {
  std::vector<std::pair<double, SynapseId>> drawn;
  for (const std::uint32_t k : event.projections) {
    const Projection& p = network.projections()[k];
    Random random(seed, purpose_of(event), k);
    for (SynapseId s = p.first; s < p.first + p.size; ++s) drawn.emplace_back(random.uniform(), s);
  }
  return share_of(std::move(drawn), event.share);
}

std::vector<NeuronId> neurons_of(const EventSpec& event, const Network& network,
                                 std::uint64_t seed) {
  if (event.neurons) {
    std::vector<NeuronId> neurons;
    for (const std::uint32_t n : *event.neurons)
      neurons.push_back(network.populations()[event.populations[0]].first + n);
    return neurons;
  }
  std::vector<std::pair<double, NeuronId>> drawn;
  for (const std::uint32_t k : event.populations) {
    const Population& p = network.populations()[k];
    Random random(seed, purpose_of(event), k);
    for (NeuronId n = p.first; n < p.first + p.size; ++n) drawn.emplace_back(random.uniform(), n);
  }
  return share_of(std::move(drawn), event.share);
}

std::shared_ptr<const Timeline> timeline_of(const Scenario& scenario, const Network& network) {
  const TimelineSpec& spec = scenario.timeline;
  auto timeline = std::make_shared<Timeline>();
  timeline->changes = value_changes(scenario, network);
  for (const EventSpec& event : spec.events) {
    if (event.kind == EventKind::silence) {
      timeline->silences.push_back(
          {event.at, event.until, without_inputs(neurons_of(event, network, spec.seed), network)});
    } else if (event.kind == EventKind::stimulate) {
      timeline->stimulations.push_back(
          {event.at, event.receptor, event.weight, neurons_of(event, network, spec.seed)});
    } else if (event.kind == EventKind::drop || event.kind == EventKind::delay) {
      for (const std::uint32_t k : event.populations) {
        const Population& p = network.populations()[k];
        timeline->faults.push_back({event.at, event.until, p.first, p.first + p.size, event.share,
                                    event.kind == EventKind::drop, event.late, spec.seed,
                                    purpose_of(event)});
      }
    }
  }
  std::ranges::stable_sort(timeline->silences, {}, &Silence::from);
  return timeline;
}

EventfulTrials::EventfulTrials(const LabelledTrials& all, const Scenario& scenario,
                               const Network& network, std::uint64_t first)
    : all_(all), spec_(scenario.timeline), first_(first) {
  const TimelineSpec& spec = spec_;
  if (spec.all_in_trials()) return;
  timeline_ = timeline_of(scenario, network);
  for (const EventSpec& event : spec.events) {
    thinned_.emplace_back();
    if (event.kind == EventKind::silence || (event.kind == EventKind::stimulus && !event.in_trials))
      thinned_.back() = neurons_of(event, network, spec.seed);
  }
}

Trial EventfulTrials::eventful(Trial trial, std::uint64_t number) const {
  if (!timeline_) return trial;
  auto timeline = std::make_shared<Timeline>(*timeline_);
  timeline->draw = number;
  trial.timeline = std::move(timeline);
  std::vector<char> gone(trial.inputs.size(), 0);
  for (std::size_t e = 0; e < spec_.events.size(); ++e) {
    const EventSpec& event = spec_.events[e];
    const double kept = event.kind == EventKind::silence ? 0.0 : event.factor;
    if (thinned_[e].empty() || !(kept < 1.0)) continue;
    for (std::size_t k = 0; k < trial.inputs.size(); ++k) {
      const auto& [time, neuron] = trial.inputs[k];
      if (!holds_at(event, time) || !std::ranges::binary_search(thinned_[e], neuron)) continue;
      Random random(spec_.seed, purpose_of(event), number << 32 | neuron, k);
      gone[k] |= kept == 0.0 || !(random.uniform() < kept);
    }
  }
  std::size_t left = 0;
  for (std::size_t k = 0; k < trial.inputs.size(); ++k) {
    if (gone[k]) continue;
    trial.inputs[left] = trial.inputs[k];
    if (trial.graded()) trial.payloads[left] = trial.payloads[k];
    ++left;
  }
  trial.inputs.resize(left);
  if (trial.graded()) trial.payloads.resize(left);
  return trial;
}

Trial eventful(const Trial& trial, std::uint64_t number, const Scenario& scenario,
               const Network& network) {
  const TrialList none;
  return EventfulTrials(none, scenario, network).eventful(trial, number);
}

std::string events_in_trials(const Scenario& scenario) {
  if (scenario.timeline.all_in_trials()) return {};
  std::string names;
  for (const EventSpec& event : scenario.timeline.events)
    names += (names.empty() ? "" : ", ") + event.name;
  return fmt::format(
      "[[event]] happens in the trials that are judged ({}); calibration and the way from "
      "the exact network to the chip, step by step, go without",
      names);
}

std::string without_events(const Scenario& scenario, const std::string& what) {
  if (scenario.timeline.all_in_trials()) return {};
  return fmt::format(
      "{} knows nothing of [[event]] and goes without; `retro run`, `check` and `study` have it",
      what);
}

}  // namespace retrograde
