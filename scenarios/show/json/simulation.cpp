#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/json/simulation.hpp>

namespace retrograde {

nlohmann::ordered_json simulation_json(const Scenario& scenario, const Network& network,
                                       const Simulation& s) {
  auto document = json_header("retrograde.run/1", scenario);
  document["trial"] = s.trial;
  document["fingerprint"] = s.fingerprint;
  document["deliveries"] = s.tape.deliveries;
  document["spikes"] = json_spikes(network, s.tape);
  if (s.loss) {
    document["loss"] = {{"kind", scenario.loss->name()}, {"value", *s.loss}};
    document["decision"] = s.decision == no_decision ? nlohmann::ordered_json(nullptr)
                                                     : nlohmann::ordered_json(s.decision);
  }
  document["probes"] = json_recordings(network, scenario.probes, s.recordings);
  return document;
}

}  // namespace retrograde
