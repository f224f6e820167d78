#include <nlohmann/json.hpp>

#include <retrograde/events/fingerprint.hpp>
#include <retrograde/scenarios/run/folder/silence.hpp>
#include <retrograde/scenarios/show/json/deployment.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/evaluation.hpp>
#include <retrograde/scenarios/show/json/hardware.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/surrogate/surrogate_text.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

// Per trial, with its 95 % interval, which a single trial has not.
Json json_gain(const SpikeGain& gain) {
  Json range;
  if (gain.samples > 1)
    range = {gain.mean() - gain.uncertainty(), gain.mean() + gain.uncertainty()};
  return {{"mean", gain.mean()}, {"range", range}};
}

}  // namespace

Json json_layers(const Network& network, const Conformance& c) {
  Json layers = Json::array();
  for (const std::uint32_t p : spiking_populations(network))
    layers.push_back(
        {{"population", network.populations()[p].name},
         {"exact_spikes_per_trial", c.spikes_per_sample_exact(p)},
         {"chip_spikes_per_trial", c.spikes_per_sample_chip(p)},
         {"more_spikes_on_chip", json_gain(c.gains[p])},
         {"same_neurons", value_if(c.shifts[p].both().whole > 0, c.shifts[p].both().value())},
         {"first_spike_shift_ms", c.shifts[p].mean()},
         {"first_spike_deviation_ms", c.shifts[p].deviation()}});
  return layers;
}

namespace {

Json json_tried(const Network& network, const TriedRemedy& tried) {
  Json json = {{"settings", tried.keys}};
  if (!tried.refusal.empty()) {
    json["refusal"] = tried.refusal;
    return json;
  }
  json["fits"] = tried.fit.fits();
  json["faithful"] = tried.fit.fidelity < Fidelity::other_spikes;
  json["agreement"] = value_if(tried.seen.decides(), tried.seen.agreement());
  json["layers"] = json_layers(network, tried.seen);
  json["synapses"] = tried.synapses;
  json["silenced_neurons"] = tried.silenced;
  json["weights_to_zero"] = tried.weights_zeroed;
  json["delays_clipped"] = tried.delays_clipped;
  return json;
}

Json json_remedies(const Network& network, const Remedies& remedies) {
  Json tried = Json::array();
  for (const TriedRemedy& r : remedies.tried) tried.push_back(json_tried(network, r));
  return {{"part", name(remedies.part)},
          {"trials", remedies.trials},
          {"as_it_is", json_tried(network, remedies.as_it_is)},
          {"tried", tried},
          {"best", remedies.best ? Json(remedies.tried[*remedies.best].keys) : Json(nullptr)}};
}

Json json_registers(const ChipEvaluation& chip) {
  Json registers = Json::array();
  const Conformance& c = chip.conformance;
  for (std::size_t k = 0; k < c.registers.size(); ++k)
    if (const RegisterUse& use = c.registers[k]; !use.empty())
      registers.push_back({{"population", c.populations[use.population]},
                           {"register", use.name},
                           {"bits", use.bits},
                           {"min", use.min},
                           {"max", use.max},
                           {"overflows", use.overflows},
                           {"safety", name(chip.deployment.fit.registers[k].safety)}});
  return registers;
}

// Those that have weight units: all but inputs.
Json json_populations(const ChipEvaluation& chip) {
  Json populations = Json::array();
  for (std::size_t k = 0; k < chip.quantization.populations.size(); ++k)
    if (const loihi2::PopulationReport& p = chip.quantization.populations[k]; p.scale > 0.0)
      populations.push_back({{"population", p.name},
                             {"scale", p.scale},
                             {"scales", p.groups},
                             {"clip_percentile", chip.calibration.clip_percentile[k]},
                             {"threshold_fraction", chip.calibration.fraction[k]},
                             {"threshold", p.threshold_max},
                             {"u_decay", p.u_decay_max},
                             {"v_decay", p.v_decay_max}});
  return populations;
}

// Where nothing decides, no decision changes either.
Json json_budget(const loihi2::ErrorBudget& budget, bool decides) {
  Json json = budget;
  if (!decides)
    for (Json& step : json["steps"]) step["alone"]["changed"] = step["added"]["changed"] = nullptr;
  return json;
}

Json json_chip(const Trained& trained, const ChipEvaluation& chip, bool labelled) {
  const Conformance& c = chip.conformance;
  Json document = {{"name", "loihi2"},
                   {"step_ms", trained.scenario.chip.step},
                   {"accuracy", value_if(labelled, c.accuracy_chip())},
                   {"agreement", value_if(c.decides(), c.agreement())},
                   {"confusion", c.confusion_chip},
                   {"fine_tuned_epoch", value_or_null(chip.tuned_epoch)},
                   {"error_budget", json_budget(chip.budget, c.decides())},
                   {"layers", json_layers(trained.network, c)},
                   {"registers", json_registers(chip)},
                   {"populations", json_populations(chip)},
                   {"projections", chip.quantization.projections},
                   {"input_collisions", c.input_collisions},
                   {"synaptic_operations", c.synaptic_operations},
                   {"warnings", chip.quantization.warnings}};
  document.update(Json(chip.deployment));
  document["remedies"] =
      chip.remedies ? json_remedies(trained.network, *chip.remedies) : Json(nullptr);
  return document;
}

}  // namespace

namespace {

// Populations that ended the training without a spike.
Json json_of(const std::vector<SilentPopulation>& silences, const Network& network) {
  Json all = Json::array();
  for (const SilentPopulation& s : silences)
    all.push_back(
        {{"population", network.populations()[s.population].name}, {"since_epoch", s.since}});
  return all;
}

}  // namespace

namespace {

Json json_activity(const Network& network, const SetResult& exact) {
  Json layers = Json::array();
  for (const LayerActivity& layer : layer_activity(network, exact))
    layers.push_back({{"population", network.populations()[layer.population].name},
                      {"neurons", layer.spikes.size()},
                      {"spikes_per_neuron", layer.mean},
                      {"silent", layer.silent}});
  return layers;
}

Json json_worst(const std::vector<JudgedTrial>& worst) {
  const auto class_or_null = [](int k) { return k == no_decision ? Json() : Json(k); };
  Json trials = Json::array();
  for (const JudgedTrial& t : worst)
    trials.push_back({{"trial", t.index},
                      {"label", class_or_null(t.label)},
                      {"decision", class_or_null(t.decision)},
                      {"loss", finite_or_null(t.loss)},
                      {"margin", finite_or_null(t.margin)}});
  return trials;
}

}  // namespace

namespace {

// A part in steps, or exactly; what it is most wrong about is left out.
Json json_set(const Network& network, const SetResult& set, bool judged) {
  return {{"accuracy", value_or_null(set.accuracy())},
          {"loss", value_if(judged, set.loss())},
          {"confusion", set.confusion},
          {"activity", json_activity(network, set)}};
}

// How it was trained in steps; null: it was not.
Json json_surrogate(const Scenario& scenario) {
  if (!scenario.surrogate) return nullptr;
  const SteppedSpec& spec = *scenario.surrogate;
  Json kernels = Json::array(), normalised = Json::array();
  for (std::size_t p = 0; p < spec.dilated.size(); ++p)
    if (spec.dilated[p])
      kernels.push_back({{"projection", scenario.network.projections()[p].name},
                         {"longest_steps", spec.longest[p]},
                         {"first_width_steps", spec.kernel.width(0, spec.longest[p])}});
  for (std::size_t p = 0; p < spec.batch_norm.populations.size(); ++p)
    if (spec.batch_norm.populations[p])
      normalised.push_back(scenario.network.populations()[p].name);
  return {{"step_ms", spec.step},
          {"surrogate", name(spec.surrogate.shape)},
          {"slope", spec.surrogate.slope},
          {"kernel", name(spec.kernel.shape)},
          {"last_width_steps", spec.kernel.end},
          {"kernels", kernels},
          {"batch_norm", normalised}};
}

}  // namespace

Json json_emulated(const Network& network, const EmulatedTrial& trial) {
  return {{"layers", json_layers(network, trial.seen)},
          {"same_decision", value_if(trial.seen.decides(), trial.seen.agreed > 0)},
          {"fidelity", name(trial.fit.fidelity)},
          {"findings", trial.fit.findings}};
}

Json json_decisions(const Conformance& conformance) {
  if (!conformance.decides()) return nullptr;
  const auto decision = [](int class_of) { return value_if(class_of != no_decision, class_of); };
  Json all = Json::array();
  for (std::size_t k = 0; k < conformance.decisions.size(); ++k) {
    const TrialDecisions& d = conformance.decisions[k];
    all.push_back({{"trial", k},
                   {"label", decision(d.label)},
                   {"exact", conformance.own_reference ? Json(nullptr) : decision(d.exact)},
                   {"chip", decision(d.chip)}});
  }
  return all;
}

Json json_evaluation(const Trained& trained, const Evaluation& evaluation) {
  Json document = json_header("retrograde.check/1", trained.scenario);
  document["epoch"] = value_or_null(trained.epoch);
  document["part"] = name(evaluation.part);
  document["has_test_part"] = evaluation.has_test_part;
  document["trials"] = evaluation.exact.trials;
  document["exact"] = json_set(trained.network, evaluation.exact, evaluation.judged);
  document["exact"]["worst"] = json_worst(evaluation.worst);
  document["stepped"] =
      evaluation.stepped ? json_set(trained.network, *evaluation.stepped, true) : Json(nullptr);
  if (evaluation.chip) {
    document["chip"] = json_chip(trained, *evaluation.chip, evaluation.labelled());
  } else {
    document["chip"] = nullptr;
    document["refusal"] = evaluation.chip_refusal;
  }
  return document;
}

Json json_training(const Trained& trained, const Evaluation& evaluation) {
  const Checkpoint& checkpoint = *trained.checkpoint;
  Json document = json_header("retrograde.train/1", trained.scenario);
  document["commit"] = version::git_commit;
  document["compiler"] = version::compiler;
  document["build"] = version::build_type;
  document["architecture"] = version::arch;
  document["data"] = trained.data_path;
  document["method"] = trained.scenario.surrogate ? "surrogate" : "exact";
  document["surrogate"] = json_surrogate(trained.scenario);
  document["epochs"] = checkpoint.trainer.epoch;
  document["best_epoch"] = checkpoint.best_epoch;
  const DelayCount delays =
      count_delays(trained.scenario.learned_of(trained.network), trained.network);
  document["delays"] = delays.all;
  document["zero_delays"] = delays.resting;
  document["structure"] = nullptr;
  if (const StructurePlan* const structure = trained.scenario.structure.get()) {
    const std::vector<std::uint64_t> turned = structure->turned(trained.network);
    document["structure"] = Json::array();
    for (std::uint32_t p = 0; p < structure->spec().projections.size(); ++p)
      if (structure->spec().projections[p])
        document["structure"].push_back({{"projection", trained.network.projections()[p].name},
                                         {"synapses", trained.network.projections()[p].size},
                                         {"pairs", structure->pairs().count(p)},
                                         {"turned", turned[p]}});
  }
  document["silent"] = json_of(silences(checkpoint.history), trained.network);
  document["training_seconds"] = total_seconds(checkpoint.history);
  document["peak_memory_bytes"] = value_if(trained.peak_memory > 0, trained.peak_memory);
  document["forward_deliveries_per_s"] = mean_of(checkpoint.history, &EpochMetrics::forward_rate);
  document["backward_deliveries_per_s"] = mean_of(checkpoint.history, &EpochMetrics::backward_rate);
  document["parameters_fingerprint"] = fingerprint(trained.network.parameters());
  document["result"] = json_evaluation(trained, evaluation);
  return document;
}

}  // namespace retrograde
