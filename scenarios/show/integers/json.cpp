#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/integers/json.hpp>
#include <retrograde/scenarios/show/json/deployment.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/evaluation.hpp>
#include <retrograde/scenarios/show/json/simulation.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const loihi2::Extent& extent) {
  if (extent.empty()) return nullptr;
  return {extent.min, extent.max};
}

}  // namespace

Json json_chip_run(const Scenario& scenario, const ChipRun& run) {
  Json document = simulation_json(scenario, scenario.network, run.simulation);
  const loihi2::ChipNetwork& chip = run.chip->network();
  const loihi2::Emulation& emulation = run.emulation;
  Json steps = Json::object(), populations = Json::array();
  for (const loihi2::ChipPopulation& p : chip.populations)
    steps[p.name] = Json(std::vector<Json>(p.size, Json::array()));
  for (const loihi2::ChipSpike& s : emulation.spikes) {
    const loihi2::ChipPopulation& p = chip.populations[chip.population_of(s.neuron)];
    steps[p.name][s.neuron - p.first].push_back(s.step);
  }
  for (std::size_t p = 0; p < chip.populations.size(); ++p) {
    const loihi2::PopulationActivity& activity = emulation.populations[p];
    populations.push_back({{"population", chip.populations[p].name},
                           {"spikes", activity.spikes},
                           {"a", json_of(activity.a)},
                           {"u", json_of(activity.u)},
                           {"v", json_of(activity.v)},
                           {"a_overflows", activity.a_overflows},
                           {"u_wraps", activity.u_wraps},
                           {"v_saturations", activity.v_saturations}});
  }
  document["chip"] = {{"step_ms", chip.step},
                      {"steps", emulation.total_steps},
                      {"spike_steps", std::move(steps)},
                      {"populations", std::move(populations)},
                      {"input_collisions", emulation.input_collisions}};
  return document;
}

Json json_integer_evaluation(const Scenario& scenario, const IntegerEvaluation& e) {
  Json document = json_header("retrograde.check_integers/1", scenario);
  const Conformance& c = e.seen;
  document["part"] = name(e.part);
  document["trials"] = c.samples;
  document["step_ms"] = scenario.chip.step;
  document["accuracy"] = value_if(e.decides && c.labelled > 0, c.accuracy_chip());
  document["decisions"] = json_decisions(c);
  document["layers"] = Json::array();
  for (std::size_t p = 0; p < c.populations.size(); ++p)
    document["layers"].push_back(
        {{"population", c.populations[p]}, {"spikes_per_trial", c.spikes_per_sample_chip(p)}});
  document["registers"] = Json::array();
  for (std::size_t k = 0; k < c.registers.size(); ++k)
    if (const RegisterUse& use = c.registers[k]; !use.empty())
      document["registers"].push_back({{"population", c.populations[use.population]},
                                       {"register", use.name},
                                       {"bits", use.bits},
                                       {"min", use.min},
                                       {"max", use.max},
                                       {"overflows", use.overflows},
                                       {"safety", name(e.deployment.fit.registers[k].safety)}});
  document["input_collisions"] = c.input_collisions;
  document["synaptic_operations"] = c.synaptic_operations;
  document.update(Json(e.deployment));
  return document;
}

}  // namespace retrograde
