#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/attack/text.hpp>
#include <retrograde/scenarios/show/json/document.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* sign_names[] = {"rises", "one_step", "random", "vanished"};

const char* norm_name(AttackNorm norm) { return norm == AttackNorm::l2 ? "l2" : "linf"; }

std::string with_unit(double value, const std::string& unit) {
  return unit.empty() ? short_number(value) : fmt::format("{} {}", short_number(value), unit);
}

std::string share_text(const std::optional<Share>& share) {
  return share ? percent_text(share->value()) : "-";
}

std::string row(const AttackCurve& curve, const AttackRadius& at, const std::string& unit) {
  const Interval range = at.right.range();
  const std::string between =
      fmt::format("{} .. {}", percent_number(range.low), percent_number(range.high));
  const std::string out =
      fmt::format("  {:>10} {:>10}  ", with_unit(at.epsilon, unit), percent_text(at.right.value()));
  if (curve.transferred) return out + between + "\n";
  return out + fmt::format("{:<16} {:>10} {:>10} {:>10} {:>11} {:>11}\n", between,
                           share_text(at.one_step), share_text(at.random),
                           percent_text(at.vanished.value()), short_number(at.margin),
                           short_number(at.change));
}

std::string curve_text(const AttackCurve& curve, const std::string& unit) {
  std::string out =
      fmt::format("\n{}{}\n  {:>10} {:>10}  ", curve.name,
                  curve.transferred ? ", under what an attack on another one has found" : "",
                  "radius", "accuracy");
  out += curve.transferred ? "95 %\n"
                           : fmt::format("{:<16} {:>10} {:>10} {:>10} {:>11} {:>11}\n", "95 %",
                                         "one step", "random", "vanished", "margin", "change");
  for (const AttackRadius& at : curve.radii) out += row(curve, at, unit);
  for (const MaskingWarning& warning : signs_of_masking(curve))
    out += fmt::format("warning: {}\n", masking_text(warning, unit));
  return out;
}

Json json_share(const std::optional<Share>& share) {
  if (!share) return nullptr;
  const Interval range = share->range();
  return {{"right", share->part},
          {"of", share->whole},
          {"accuracy", value_if(share->whole > 0, share->value())},
          {"bounds", {range.low, range.high}}};
}

Json json_radius(const AttackCurve& curve, const AttackRadius& at) {
  const bool own = !curve.transferred;
  return {{"epsilon", at.epsilon},
          {"attacked", json_share(at.right)},
          {"one_step", json_share(at.one_step)},
          {"random", json_share(at.random)},
          {"vanished", value_if(own, at.vanished.value())},
          {"margin", value_if(own, at.margin)},
          {"change", value_if(own, at.change)}};
}

}  // namespace

std::string masking_text(const MaskingWarning& warning, const std::string& unit) {
  const std::string radius = with_unit(warning.epsilon, unit);
  switch (warning.sign) {
    case MaskingSign::rises:
      return fmt::format(
          "at {} more are right than at the radius before, though the smaller ball lies in it: the "
          "attack does not find what is there; try more --steps and --restarts",
          radius);
    case MaskingSign::one_step:
      return fmt::format(
          "at {} one step does more than many: the gradient misleads on the way; try more "
          "--restarts",
          radius);
    case MaskingSign::random:
      return fmt::format(
          "at {} random points do as much as the gradient or more: accuracies under attack are too "
          "high from there on; try more --restarts",
          radius);
    case MaskingSign::vanished:
      return fmt::format(
          "at {} the gradient is 0 for more than a tenth of the inputs, and an attack has nowhere "
          "to go from there; try more --restarts",
          radius);
  }
  return {};
}

std::string attack_text(const std::string& name, const Robustness& r) {
  std::string out =
      fmt::format("\n{}, {} under attack: {}, {}, {}, {}\n", name, plural(r.count, r.inputs),
                  r.attacked, r.spec.norm == AttackNorm::l2 ? "l2 ball" : "each within the radius",
                  plural(r.spec.steps, "step"), plural(r.spec.restarts, "random restart"));
  for (const AttackCurve& curve : r.curves) out += curve_text(curve, r.unit);
  out += fmt::format(
      "\none step, random: accuracy after attacks that have to do less\nmargin: {}\n", r.of_margin);
  for (const std::string& remark : r.remarks) out += fmt::format("{}\n", remark);
  return out;
}

nlohmann::ordered_json json_curves(const Robustness& r) {
  Json curves = Json::array();
  for (const AttackCurve& curve : r.curves) {
    Json radii = Json::array(), warnings = Json::array();
    for (const AttackRadius& at : curve.radii) radii.push_back(json_radius(curve, at));
    for (const MaskingWarning& w : signs_of_masking(curve))
      warnings.push_back(
          {{"sign", sign_names[static_cast<std::size_t>(w.sign)]}, {"epsilon", w.epsilon}});
    curves.push_back({{"name", curve.name},
                      {"transferred", curve.transferred},
                      {"radii", std::move(radii)},
                      {"warnings", std::move(warnings)}});
  }
  return curves;
}

nlohmann::ordered_json json_attack(const Scenario& scenario, const Robustness& r) {
  Json document = json_header("retrograde.attack/1", scenario);
  document["inputs"] = r.inputs;
  document["count"] = r.count;
  document["attacked"] = r.attacked;
  document["unit"] = value_if(!r.unit.empty(), r.unit);
  document["norm"] = norm_name(r.spec.norm);
  document["steps"] = r.spec.steps;
  document["restarts"] = r.spec.restarts;
  document["attack_seed"] = r.spec.seed;
  document["margin"] = r.of_margin;
  document["curves"] = json_curves(r);
  document["remarks"] = r.remarks;
  return document;
}

}  // namespace retrograde
