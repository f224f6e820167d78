#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/json/diff.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/text/diff.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;
using loihi2::CaptureDiff;
using loihi2::CapturedNeuron;
using loihi2::ChipNetwork;
using loihi2::Delivery;
using loihi2::Divergence;
using loihi2::Explanation;
using loihi2::PairedPopulation;

Json json_cell(const std::vector<std::int32_t>& list, std::int64_t step) {
  const std::int32_t value = loihi2::value_at(list, step);
  return value == loihi2::unknown ? Json(nullptr) : Json(value);
}

Json json_deliveries(const ChipNetwork* network, const std::vector<Delivery>& deliveries) {
  Json list = Json::array();
  if (network)
    for (const Delivery& delivery : deliveries) {
      const loihi2::ChipProjection& p = network->projections[delivery.from.projection];
      const loihi2::ChipSynapse& s = p.synapses[delivery.from.synapse];
      list.push_back({{"projection", p.name},
                      {"source", s.source},
                      {"sent", delivery.sent},
                      {"weight", s.weight},
                      {"delay", s.delay},
                      {"payload", delivery.payload}});
    }
  return list;
}

Json json_populations(const CaptureDiff& d) {
  Json populations = Json::array();
  for (const PairedPopulation& p : d.populations)
    populations.push_back({{"population", p.name},
                           {"neurons", p.size},
                           {"shift", p.shift},
                           {"messages", p.messages},
                           {"u", p.u},
                           {"v", p.v},
                           {"differing", p.differing},
                           {"counters", p.counters}});
  return populations;
}

// Whether a side follows the rules of its network.
Json json_rules(const DiffSide& side, bool checked,
                const std::optional<loihi2::BrokenRule>& broken) {
  if (!checked) return nullptr;
  if (!broken) return {{"broken", nullptr}};
  return {{"broken",
           {{"population", side.capture->populations[broken->population].name},
            {"neuron", broken->neuron},
            {"step", broken->step}}}};
}

Json json_synapses(const ChipNetwork* network, const Explanation& why) {
  Json synapses = Json::array();
  if (network)
    for (const loihi2::SynapseRef& r : why.synapses) {
      const loihi2::ChipProjection& projection = network->projections[r.projection];
      synapses.push_back({{"projection", projection.name},
                          {"target", projection.synapses[r.synapse].target},
                          {"source", projection.synapses[r.synapse].source}});
    }
  return synapses;
}

Json json_causes(const Diff& diff, const Divergence& first) {
  Json causes = Json::array();
  for (std::size_t k = 0; k < first.why.size(); ++k) {
    const Explanation& why = first.why[k];
    const bool of_a = first.wrong_a && k == 0;
    causes.push_back(
        {{"side", first.wrong_a || first.wrong_b ? Json(of_a ? "A" : "B") : Json(nullptr)},
         {"cause", name(why.cause)},
         {"text", why.text},
         {"synapses", json_synapses(of_a ? diff.network_a : diff.network_b, why)},
         {"explained_steps", why.explained},
         {"steps", why.steps}});
  }
  return causes;
}

// What both sides recorded around the divergence.
Json json_rows(const Diff& diff, const Divergence& first, const PairedPopulation& p) {
  Json rows = Json::array();
  const CapturedNeuron &a = diff.a.neuron(p.a, first.neuron), &b = diff.b.neuron(p.b, first.neuron);
  for (std::int64_t t = -steps_around; t <= steps_around; ++t)
    if (const std::int64_t x = first.step + t, y = first.step_b + t; x >= 0 && y >= 0)
      rows.push_back({{"step", x},
                      {"a", {json_cell(a.messages, x), json_cell(a.u, x), json_cell(a.v, x)}},
                      {"b", {json_cell(b.messages, y), json_cell(b.u, y), json_cell(b.v, y)}}});
  return rows;
}

Json json_divergence(const Diff& diff, const Divergence& first) {
  const PairedPopulation& p = diff.steps->populations[first.population];
  return {{"population", p.name},
          {"neuron", first.neuron},
          {"step", first.step},
          {"step_b", first.step_b},
          {"spike_differs", first.messages_differ},
          {"u_differs", first.u_differs},
          {"v_differs", first.v_differs},
          {"wrong_a", value_if(first.examined_a, first.wrong_a)},
          {"wrong_b", value_if(first.examined_b, first.wrong_b)},
          {"causes", json_causes(diff, first)},
          {"rows", json_rows(diff, first, p)},
          {"arrivals_a", json_deliveries(diff.network_a, first.deliveries_a)},
          {"arrivals_b", json_deliveries(diff.network_b, first.deliveries_b)}};
}

Json json_steps(const Diff& diff) {
  const CaptureDiff& d = *diff.steps;
  return {{"populations", json_populations(d)},
          {"only_a", d.only_a},
          {"only_b", d.only_b},
          {"notes", d.notes},
          {"rules_a", json_rules(diff.a, d.checked_a, d.broken_a)},
          {"rules_b", json_rules(diff.b, d.checked_b, d.broken_b)},
          {"first", d.first ? json_divergence(diff, *d.first) : Json(nullptr)}};
}

Json json_populations(const SpikeMatch& m) {
  Json populations = Json::array();
  for (const MatchedPopulation& p : m.populations)
    populations.push_back({{"population", p.name},
                           {"neurons", p.neurons},
                           {"spikes_a", p.spikes_a},
                           {"spikes_b", p.spikes_b},
                           {"matched", p.matched},
                           {"mean_ms", p.mean},
                           {"rms_ms", p.deviation},
                           {"largest_ms", p.largest}});
  return populations;
}

// Why only one side of a run has a spike.
Json json_cause(const Network& network, const loihi2::SpikeCause& cause) {
  Json tests = Json::array(), sources = Json::array();
  for (const loihi2::ApproximationTest& test : cause.tests)
    tests.push_back({{"approximation", name(test.approximation)},
                     {"alone", test.alone},
                     {"added", test.added},
                     {"nearest_ms", value_or_null(test.nearest)}});
  for (const loihi2::SourceShift& s : cause.sources)
    sources.push_back({{"source", network.neuron_name(s.source)},
                       {"exact_ms", s.exact},
                       {"chip_ms", value_or_null(s.chip)},
                       {"weight", s.weight},
                       {"chip_weight", s.chip_weight}});
  return {{"exact_reach", value_or_null(cause.exact_reach)},
          {"chip_reach", value_or_null(cause.chip_reach)},
          {"approximations", tests},
          {"sources", sources},
          {"mean_source_shift_ms", cause.mean_shift},
          {"input_collisions", cause.collisions},
          {"delays_moved", cause.delays_moved}};
}

Json json_unmatched(const Diff& diff, const UnmatchedSpike& first) {
  Json document = {{"population", diff.times->populations[first.population].name},
                   {"neuron", first.neuron},
                   {"time_ms", first.time},
                   {"side", first.on_a ? "A" : "B"},
                   {"nearest_ms", value_or_null(first.nearest)}};
  if (diff.cause) document.update(json_cause(diff.run()->trained.network, *diff.cause));
  return document;
}

Json json_times(const Diff& diff) {
  const SpikeMatch& m = *diff.times;
  return {{"tolerance_ms", m.tolerance},
          {"populations", json_populations(m)},
          {"only_a", m.only_a},
          {"only_b", m.only_b},
          {"first", m.first ? json_unmatched(diff, *m.first) : Json(nullptr)}};
}

}  // namespace

Json json_diff(const Diff& diff) {
  Json document = json_header("retrograde.diff/1");
  document["a"] = diff.a.label;
  document["b"] = diff.b.label;
  document["trial"] = diff.trial;
  document["equal"] = diff.equal();
  document["steps"] = diff.steps ? json_steps(diff) : Json(nullptr);
  document["times"] = diff.times ? json_times(diff) : Json(nullptr);
  return document;
}

}  // namespace retrograde
