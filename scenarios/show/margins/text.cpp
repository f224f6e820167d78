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

constexpr const char* closeness_names[] = {"crossings, above", "silences, below", "order, in ms"};
constexpr const char* closeness_keys[] = {"crossing", "silence", "order"};
constexpr std::size_t shown_limits = 2;  // the first of Distances::limits in the table

// How close spikes and silences are.
std::string distances_text(const TrialDistances& distances) {
  std::string out =
      "\nhow close spikes and silences are to being something else, of the way from v_reset to the "
      "threshold\n";
  out += fmt::format("  {:<16} {:<18} {:>10} {:>10}", "layer", "", "all", "closest");
  for (std::size_t k = shown_limits; k + 1 < Distances::limits.size(); ++k)
    out += fmt::format(" {:>9}", fmt::format("<= {:g}", Distances::limits[k]));
  out += "\n";
  for (const LayerDistances& layer : distances.layers)
    for (std::size_t kind = 0; kind < closeness_count; ++kind) {
      const Distances& d = layer.of[kind];
      out += fmt::format("  {:<16} {:<18} {:>10} {:>10}", kind == 0 ? layer.layer : "",
                         closeness_names[kind], d.count,
                         d.count > 0 ? fmt::format("{:.2g}", d.least) : "-");
      for (std::size_t k = shown_limits; k + 1 < Distances::limits.size(); ++k)
        out += fmt::format(" {:>9}", percent_text(d.share_within(k)));
      out += "\n";
    }
  out += "the closest\n";
  for (const CloseCall& call : distances.calls) {
    const auto kind = static_cast<std::size_t>(call.kind);
    out += fmt::format("  {:<18} {:>10.2g}  {} at {:.6g} ms, trial {}\n", closeness_names[kind],
                       call.distance, call.neuron, call.time, call.trial);
  }
  return out;
}

nlohmann::ordered_json json_distances(const TrialDistances& distances) {
  auto layers = nlohmann::ordered_json::array();
  for (const LayerDistances& layer : distances.layers) {
    nlohmann::ordered_json row = {{"layer", layer.layer}};
    for (std::size_t kind = 0; kind < closeness_count; ++kind) {
      const Distances& d = layer.of[kind];
      row[closeness_keys[kind]] = {
          {"count", d.count}, {"least", value_if(d.count > 0, d.least)}, {"within", d.within}};
    }
    layers.push_back(std::move(row));
  }
  auto calls = nlohmann::ordered_json::array();
  for (const CloseCall& call : distances.calls)
    calls.push_back({{"kind", closeness_keys[static_cast<std::size_t>(call.kind)]},
                     {"distance", call.distance},
                     {"neuron", call.neuron},
                     {"trial", call.trial},
                     {"time_ms", call.time}});
  return {{"limits", Distances::limits}, {"layers", layers}, {"closest", calls}};
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
  return out + distances_text(m.distances);
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
  document["distances"] = json_distances(m.distances);
  return document;
}

}  // namespace retrograde
