#include <algorithm>
#include <array>
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
