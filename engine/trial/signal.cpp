#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <map>
#include <tuple>

#include <retrograde/engine/neuron/held_current.hpp>
#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

void add_signals(Trial& trial, std::vector<SignalChange> changes) {
  const auto place = [](const SignalChange& c) { return std::tie(c.time, c.neuron); };
  std::stable_sort(changes.begin(), changes.end(),
                   [&](const auto& a, const auto& b) { return place(a) < place(b); });
  if (!trial.graded()) trial.payloads.assign(trial.inputs.size(), 1.0);
  std::map<NeuronId, std::array<double, 2>> sums;  // of the payloads of each neuron
  for (std::size_t k = 0; k < changes.size(); ++k) {
    const SignalChange& change = changes[k];
    if (k + 1 < changes.size() && place(change) == place(changes[k + 1])) continue;
    auto& sum = sums[change.neuron];
    const double payload = change.value - held_current(sum.data());
    if (payload == 0.0) continue;
    add_to_held(sum.data(), payload);
    trial.inputs.push_back({change.time, change.neuron});
    trial.payloads.push_back(payload);
  }
  sort_inputs(trial);
}

namespace {

// Of events, input spikes or those of a tape, and their payloads.
template <typename Events>
std::vector<char> signals_among(const Network& network, const Events& events,
                                const std::vector<double>& payloads) {
  std::vector<char> signals(network.populations().size(), 0);
  if (payloads.empty()) return signals;
  std::vector<char> held(signals.size(), 0), decaying(signals.size(), 0);
  for (const Projection& p : network.projections())
    (decays(network.populations()[p.target].receptors[p.receptor]) ? decaying : held)[p.source] = 1;
  for (std::size_t k = 0; k < events.size(); ++k) {
    const std::uint32_t p = network.population_of(events[k].neuron);
    if (!network.populations()[p].model->is_input()) continue;
    if (payloads[k] != 1.0 || (held[p] && !decaying[p])) signals[p] = 1;
  }
  return signals;
}

}  // namespace

std::vector<char> signal_populations(const Network& network, const Trial& trial) {
  return signals_among(network, trial.inputs, trial.payloads);
}

std::vector<char> signal_populations(const Network& network, const Tape& tape) {
  return signals_among(network, tape.spikes, tape.payloads);
}

void require_step_receptors(const Network& network, std::uint32_t population) {
  for (const Projection& p : network.projections()) {
    const Population& target = network.populations()[p.target];
    if (p.source != population || !decays(target.receptors[p.receptor])) continue;
    throw NetworkError(
        p.name, fmt::format("it brings the signal of {} to a receptor of shape \"{}\", which would "
                            "take every change for a spike; choose one of shape \"step\", of those "
                            "that {} lists in receptors",
                            network.populations()[population].name,
                            name(target.receptors[p.receptor]), target.name));
  }
}

}  // namespace retrograde
