#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/surrogate/agreement.hpp>
#include <retrograde/scenarios/show/surrogate/surrogate_text.hpp>

namespace retrograde {

namespace {

std::string number_text(double value) {
  return std::isfinite(value) ? fmt::format("{:.6g}", value) : "-";
}

}  // namespace

std::string agreement_text(const Scenario& scenario, const GradientAgreement& a) {
  std::string out = fmt::format(
      "{}, {}: exact gradients, and surrogate ones in steps of {:g} ms ({} of slope {:g})\n",
      scenario.name, plural(a.trials, "training trial"), scenario.surrogate->step,
      name(scenario.surrogate->surrogate.shape), scenario.surrogate->surrogate.slope);
  out += fmt::format("  {:<34} {:>14} {:>14}\n", "", "exact", "surrogate");
  out += fmt::format("  {:<34} {:>14.6g} {:>14.6g}\n", scenario.loss->name(), a.exact_loss,
                     a.surrogate_loss);
  out += fmt::format("  {:<34} {:>14.4g} {:>14.4g}\n", "spikes per neuron and trial",
                     a.exact_spikes, a.surrogate_spikes);
  out += fmt::format("  {:<34} {:>14} {:>14} {:>8} {:>10} {:>10}\n", "dL/d", "norm", "norm",
                     "values", "cosine", "ratio");
  for (const GroupAgreement& g : a.groups)
    out += fmt::format("  {:<34} {:>14.6g} {:>14.6g} {:>8} {:>10} {:>10}\n",
                       fmt::format("{}.{}", g.where, name(g.kind)), g.exact_norm, g.surrogate_norm,
                       g.values, number_text(g.cosine), number_text(g.ratio()));
  return out;
}

nlohmann::ordered_json json_agreement(const Scenario& scenario, const GradientAgreement& a) {
  auto document = json_header("retrograde.gradient_agreement/1", scenario);
  document["trials"] = a.trials;
  document["step_ms"] = scenario.surrogate->step;
  document["loss"] = {
      {"kind", scenario.loss->name()}, {"exact", a.exact_loss}, {"surrogate", a.surrogate_loss}};
  document["spikes_per_neuron"] = {{"exact", a.exact_spikes}, {"surrogate", a.surrogate_spikes}};
  auto& groups = document["groups"] = nlohmann::ordered_json::array();
  for (const GroupAgreement& g : a.groups)
    groups.push_back({{"where", g.where},
                      {"parameter", name(g.kind)},
                      {"values", g.values},
                      {"exact_norm", g.exact_norm},
                      {"surrogate_norm", g.surrogate_norm},
                      {"cosine", finite_or_null(g.cosine)},
                      {"ratio", finite_or_null(g.ratio())}});
  return document;
}

}  // namespace retrograde
