#include <algorithm>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/hardware.hpp>

namespace retrograde {

using Json = nlohmann::ordered_json;

void to_json(Json& json, const Interval& range) {
  json = {{"low", range.low}, {"high", range.high}};
}

void to_json(Json& json, const FittedPoint& point) {
  json = {{"point", point.name},
          {"workload", point.workload},
          {"measured", point.measured},
          {"fitted", point.fitted},
          {"left_out", point.left_out}};
}

void to_json(Json& json, const CostFit& fit) {
  json = {{"workloads", fit.fitted ? fit.workloads : 0},
          {"leave_one_out_factor", value_if(fit.fitted, fit.error())},
          {"points", fit.points}};
}

void to_json(Json& json, const ComparisonRow& row) {
  json = {{"batch", row.batch},
          {"latency_ms", row.latency},
          {"energy_mj", row.energy},
          {"dynamic_energy_mj", row.dynamic_energy}};
}

void to_json(Json& json, const Estimate& estimate) {
  json = {{"value", estimate.value}, {"low", estimate.range.low}, {"high", estimate.range.high}};
}

void to_json(Json& json, const Finding& finding) {
  json = {{"severity", name(finding.severity)},
          {"where", finding.where},
          {"resource", finding.resource},
          {"limit", finding.limit},
          {"wanted", finding.wanted},
          {"message", finding.message},
          {"remedy", finding.remedy}};
}

namespace loihi2 {

void to_json(Json& json, const CoreForecast& load) {
  json = {{"neuron_updates", load.updates},
          {"synaptic_operations", load.operations},
          {"words_read", load.words},
          {"messages_sent", load.sent},
          {"messages_received", load.received}};
}

void to_json(Json& json, const ProjectionReport& projection) {
  json = {{"projection", projection.name},
          {"synapses", projection.synapses},
          {"weights_clipped", projection.weights_clipped},
          {"weights_zeroed", projection.weights_zeroed},
          {"sqnr_db", finite_or_null(projection.sqnr_db)},
          {"delays_clipped", projection.delays_clipped},
          {"max_delay_steps", projection.max_delay}};
}

void to_json(Json& json, const ErrorBudget& budget) {
  const bool labelled = budget.labelled > 0;
  const auto entry = [&](const BudgetEntry& e) -> Json {
    return {{"accuracy", value_if(labelled, budget.accuracy(e.correct))},
            {"changed", static_cast<double>(e.changed) /
                            static_cast<double>(std::max<std::uint64_t>(budget.trials, 1))},
            {"distance", e.distance}};
  };
  Json steps = Json::array();
  for (std::size_t k = 0; k < budget.cumulative.size(); ++k)
    steps.push_back({{"step", name(approximations[k])},
                     {"alone", entry(budget.alone[k])},
                     {"added", entry(budget.cumulative[k])}});
  json = {{"trials", budget.trials},
          {"exact_accuracy", value_if(labelled, budget.accuracy(budget.exact_correct))},
          {"steps", steps},
          {"fine_tuned", budget.tuned ? entry(*budget.tuned) : Json(nullptr)}};
}

}  // namespace loihi2

nlohmann::ordered_json json_share(const Share& share) {
  if (share.whole == 0) return nullptr;
  return {{"of", share.whole}, {"share", share.value()}, {"range", share.range()}};
}

}  // namespace retrograde
