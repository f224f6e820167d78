#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/margins/text.hpp>

namespace retrograde {

namespace {

constexpr double shown_radii[] = {1e-6, 1e-4, 1e-3, 0.01, 0.03, 0.1};

double share(std::uint64_t count, std::size_t of) {
  return of == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(of);
}

}  // namespace

std::string margins_text(const std::string& name, const Margins& m) {
  std::string out = fmt::format(
      "\n{}, {}{}\n\nproven to decide as they do, whatever the weights within\n", name,
      plural(m.trials, fmt::format("{} trial", retrograde::name(m.part))),
      m.labelled > 0 ? fmt::format(", {} right", percent_text(share(m.correct, m.labelled))) : "");
  for (const double r : shown_radii)
    out += fmt::format("  {:>8.4g} %  {:>10}\n", 100.0 * r, percent_text(m.share_above(r)));
  out += fmt::format("  median radius {:.3g} %\n\n", 100.0 * m.median_radius());
  if (m.chip_refusal.empty()) {
    out += fmt::format(
        "  {:>10}  for all weights within half a unit of 8 bits and delays within half a step\n"
        "  {:>10}  on the chip: weights, delays, decays, its grid of time and truncation\n",
        percent_text(share(m.certified_rounding, m.trials)),
        percent_text(share(m.certified_chip, m.trials)));
    if (m.certified_other > 0)
      out += fmt::format("  {:>10}  provably decide otherwise on the chip\n",
                         percent_text(share(m.certified_other, m.trials)));
    out += "  What is not proven may hold all the same: the bounds widen with every spike.\n";
  } else {
    out += fmt::format("nothing is proven of the chip: {}\n", m.chip_refusal);
  }

  out += "\nwhere proofs end\n";
  for (const auto& [layer, count] : m.by_layer)
    out += fmt::format("  {:<16} {:>8} trials\n", layer, count);
  if (m.close_classes > 0)
    out += fmt::format("  {:<16} {:>8} trials\n", "between classes", m.close_classes);
  for (const FragileNeuron& f : m.fragile)
    out += fmt::format("  {:<16} {:>8} trials, least at {:.3g} %: {}\n", f.neuron, f.trials,
                       100.0 * f.radius, f.doubt);
  return out;
}

nlohmann::ordered_json json_margins(const Scenario& scenario, const Margins& m) {
  auto document = json_header("retrograde.margins/1", scenario);
  document["part"] = name(m.part);
  document["trials"] = m.trials;
  document["labelled"] = m.labelled;
  document["correct"] = m.correct;
  document["radii"] = m.radii;
  const bool chip = m.chip_refusal.empty();
  document["certified_rounding"] = value_if(chip, m.certified_rounding);
  document["certified_chip"] = value_if(chip, m.certified_chip);
  document["certified_otherwise"] = value_if(chip, m.certified_other);
  document["chip_refusal"] = value_if(!chip, m.chip_refusal);
  document["close_classes"] = m.close_classes;
  auto& layers = document["by_layer"] = nlohmann::ordered_json::object();
  for (const auto& [layer, count] : m.by_layer) layers[layer] = count;
  auto& fragile = document["fragile"] = nlohmann::ordered_json::array();
  for (const FragileNeuron& f : m.fragile)
    fragile.push_back(
        {{"neuron", f.neuron}, {"trials", f.trials}, {"radius", f.radius}, {"doubt", f.doubt}});
  return document;
}

}  // namespace retrograde
