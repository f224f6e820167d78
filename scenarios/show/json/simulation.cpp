#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/json/simulation.hpp>

namespace retrograde {

namespace {

// Populations whose lists say something else, or nothing: readouts and signals.
std::vector<std::string> without_spikes(const Network& network, const Tape& tape) {
  const std::vector<char> signals = signal_populations(network, tape);
  std::vector<std::string> names;
  for (std::size_t p = 0; p < signals.size(); ++p) {
    const Population& population = network.populations()[p];
    if (!population.model->fires() || signals[p] != 0) names.push_back(population.name);
  }
  return names;
}

}  // namespace

nlohmann::ordered_json simulation_json(const Scenario& scenario, const Network& network,
                                       const Simulation& s) {
  auto document = json_header("retrograde.run/1", scenario);
  document["trial"] = s.trial;
  document["fingerprint"] = s.fingerprint;
  document["deliveries"] = s.tape.deliveries;
  document["spikes"] = json_spikes(network, s.tape);
  document["without_spikes"] = without_spikes(network, s.tape);
  if (s.loss) {
    document["loss"] = {{"kind", scenario.loss->name()}, {"value", *s.loss}};
    document["decision"] = s.decision == no_decision ? nlohmann::ordered_json(nullptr)
                                                     : nlohmann::ordered_json(s.decision);
  }
  document["probes"] = json_recordings(network, scenario.probes, s.recordings);
  return document;
}

}  // namespace retrograde
