#include <nlohmann/json.hpp>

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

Json json_steps(const Diff& diff) {
  const CaptureDiff& d = *diff.steps;
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
  const auto rules = [](const DiffSide& side, bool checked,
                        const std::optional<loihi2::BrokenRule>& broken) -> Json {
    if (!checked) return nullptr;
    if (!broken) return {{"broken", nullptr}};
    return {{"broken",
             {{"population", side.capture->populations[broken->population].name},
              {"neuron", broken->neuron},
              {"step", broken->step}}}};
  };
  Json document = {{"populations", populations},
                   {"only_a", d.only_a},
                   {"only_b", d.only_b},
                   {"notes", d.notes},
                   {"rules_a", rules(diff.a, d.checked_a, d.broken_a)},
                   {"rules_b", rules(diff.b, d.checked_b, d.broken_b)},
                   {"first", nullptr}};
  if (!d.first) return document;
  const Divergence& first = *d.first;
  const PairedPopulation& p = d.populations[first.population];
  Json causes = Json::array();
  for (std::size_t k = 0; k < first.why.size(); ++k) {
    const Explanation& why = first.why[k];
    const bool of_a = first.wrong_a && k == 0;
    const ChipNetwork* const network = of_a ? diff.network_a : diff.network_b;
    Json synapses = Json::array();
    for (const loihi2::SynapseRef& r : why.synapses)
      if (network) {
        const loihi2::ChipProjection& projection = network->projections[r.projection];
        synapses.push_back({{"projection", projection.name},
                            {"target", projection.synapses[r.synapse].target},
                            {"source", projection.synapses[r.synapse].source}});
      }
    causes.push_back(
        {{"side", first.wrong_a || first.wrong_b ? Json(of_a ? "A" : "B") : Json(nullptr)},
         {"cause", name(why.cause)},
         {"text", why.text},
         {"synapses", synapses},
         {"explained_steps", why.explained},
         {"steps", why.steps}});
  }
  Json rows = Json::array();
  const CapturedNeuron &a = diff.a.neuron(p.a, first.neuron), &b = diff.b.neuron(p.b, first.neuron);
  for (std::int64_t t = -steps_around; t <= steps_around; ++t)
    if (const std::int64_t x = first.step + t, y = first.step_b + t; x >= 0 && y >= 0)
      rows.push_back({{"step", x},
                      {"a", {json_cell(a.messages, x), json_cell(a.u, x), json_cell(a.v, x)}},
                      {"b", {json_cell(b.messages, y), json_cell(b.u, y), json_cell(b.v, y)}}});
  document["first"] = {{"population", p.name},
                       {"neuron", first.neuron},
                       {"step", first.step},
                       {"step_b", first.step_b},
                       {"spike_differs", first.messages_differ},
                       {"u_differs", first.u_differs},
                       {"v_differs", first.v_differs},
                       {"wrong_a", first.examined_a ? Json(first.wrong_a) : Json(nullptr)},
                       {"wrong_b", first.examined_b ? Json(first.wrong_b) : Json(nullptr)},
                       {"causes", causes},
                       {"rows", rows},
                       {"arrivals_a", json_deliveries(diff.network_a, first.deliveries_a)},
                       {"arrivals_b", json_deliveries(diff.network_b, first.deliveries_b)}};
  return document;
}

Json json_times(const Diff& diff) {
  const SpikeMatch& m = *diff.times;
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
  Json document = {{"tolerance_ms", m.tolerance},
                   {"populations", populations},
                   {"only_a", m.only_a},
                   {"only_b", m.only_b},
                   {"first", nullptr}};
  if (!m.first) return document;
  Json& first = document["first"];
  first = {{"population", m.populations[m.first->population].name},
           {"neuron", m.first->neuron},
           {"time_ms", m.first->time},
           {"side", m.first->on_a ? "A" : "B"},
           {"nearest_ms", value_or_null(m.first->nearest)}};
  if (!diff.cause) return document;
  Json tests = Json::array(), sources = Json::array();
  for (const loihi2::ApproximationTest& test : diff.cause->tests)
    tests.push_back({{"approximation", name(test.approximation)},
                     {"alone", test.alone},
                     {"added", test.added},
                     {"nearest_ms", value_or_null(test.nearest)}});
  const Network& network = (diff.a.run ? diff.a.run : diff.b.run)->trained.network;
  for (const loihi2::SourceShift& s : diff.cause->sources)
    sources.push_back({{"source", network.neuron_name(s.source)},
                       {"exact_ms", s.exact},
                       {"chip_ms", value_or_null(s.chip)},
                       {"weight", s.weight},
                       {"chip_weight", s.chip_weight}});
  first["exact_reach"] = value_or_null(diff.cause->exact_reach);
  first["chip_reach"] = value_or_null(diff.cause->chip_reach);
  first["approximations"] = tests;
  first["sources"] = sources;
  first["mean_source_shift_ms"] = diff.cause->mean_shift;
  first["input_collisions"] = diff.cause->collisions;
  first["delays_moved"] = diff.cause->delays_moved;
  return document;
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
