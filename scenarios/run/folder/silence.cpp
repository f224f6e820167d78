#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/run/folder/silence.hpp>

namespace retrograde {

std::vector<SilentPopulation> silences(const std::vector<EpochMetrics>& history) {
  std::vector<SilentPopulation> found;
  if (history.empty()) return found;
  for (const std::uint32_t population : history.back().silent_populations) {
    auto first = history.end();
    while (first != history.begin()) {
      const std::vector<std::uint32_t>& before = std::prev(first)->silent_populations;
      if (std::find(before.begin(), before.end(), population) == before.end()) break;
      --first;
    }
    found.push_back({population, first->epoch});
  }
  return found;
}

std::string names_of(const std::vector<SilentPopulation>& silences, const Network& network) {
  std::string text;
  for (const SilentPopulation& s : silences)
    text += fmt::format("{}{} (since epoch {})", text.empty() ? "" : ", ",
                        network.populations()[s.population].name, s.since);
  return text;
}

std::string silence_remedy(const Scenario& scenario) {
  // Which would lift inhibitory weights to where synapses go.
  if (scenario.structure && scenario.structure->spec().removal == Removal::sign)
    return "begin with larger weights or a bias, or write a larger density or another share of "
           "excitatory ones in [structure]";
  const double silent_increment = scenario.train.silent_increment;
  if (silent_increment > 0.0)
    return fmt::format(
        "begin with larger weights or a bias, or set a silent_increment above {:g} in [train]",
        silent_increment);
  return "set silent_increment in [train], which lifts learned weights into silent neurons, or "
         "begin with larger weights or a bias";
}

bool hears_nothing(const Network& network, const LabelledTrials& trials) {
  if (std::ranges::none_of(network.populations(),
                           [](const Population& p) { return p.model->is_input(); }))
    return false;
  for (std::size_t k = 0; k < trials.size(); ++k)
    if (!trials.trial(k).inputs.empty()) return false;
  return true;
}

}  // namespace retrograde
