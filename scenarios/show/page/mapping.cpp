#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/interval_chart.hpp>
#include <retrograde/scenarios/show/plot/mesh_map.hpp>
#include <retrograde/scenarios/show/plot/palette.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

using loihi2::Forecast;
using loihi2::MappedCore;
using loihi2::ResourceUse;

constexpr std::size_t most_findings = 20;

// Populations that lie on cores.
std::vector<std::uint32_t> layers_of(const Deployment& d) {
  std::vector<std::uint32_t> layers;
  for (std::uint32_t p = 0; p < d.populations.size(); ++p)
    if (d.mapping.cores_of(p) > 0) layers.push_back(p);
  return layers;
}

// The mesh with its cores; empty for a network that does not lie on one chip.
std::string core_map(const Deployment& d) {
  const Mesh mesh(d.mesh);
  if (d.mapping.cores.empty() || d.mapping.cores.size() > mesh.slots()) return "";
  const std::vector<std::uint32_t> layers = layers_of(d);
  MeshMap map;
  map.title = fmt::format("Cores of {}", d.chip);
  map.columns = mesh.columns();
  map.rows = mesh.rows();
  map.cores_per_router = mesh.cores_per_router();
  for (const std::uint32_t p : layers) map.groups.push_back(d.populations[p]);
  for (const MappedCore& core : d.mapping.cores) {
    const ResourceUse full = fullest(core.use, d.limits);
    const auto layer = std::find(layers.begin(), layers.end(), core.population) - layers.begin();
    map.cores.push_back(
        {core.slot, static_cast<std::uint32_t>(layer), full.share(),
         fmt::format("{}: {}, {} of {} {} ({:.0f} %)", d.populations[core.population],
                     plural(core.use.neurons, "neuron"), full.used, full.limit, full.name,
                     100.0 * full.share())});
  }
  return render(map);
}

// What the fullest core of each layer takes, and what decides its time.
std::string layer_table(const Deployment& d) {
  std::string head = "<th class=\"text\">layer</th><th>cores</th>";
  for (const ResourceUse& use : loihi2::resources({}, d.limits))
    head += fmt::format("<th>{}</th>", html(use.name));
  head += "<th class=\"text\">time is decided by</th>";
  std::string body;
  for (const std::uint32_t p : layers_of(d)) {
    body += fmt::format("<tr><td class=\"text\">{}</td><td>{}</td>", html(d.populations[p]),
                        d.mapping.cores_of(p));
    for (const ResourceUse& use : resources(fullest_core(d, p).use, d.limits))
      body += use.share() > 0 ? fmt::format("<td>{} ({:.1f} %)</td>", use.used, 100 * use.share())
                              : fmt::format("<td>{}</td>", use.used);
    std::string binding;
    if (d.forecast)
      for (const loihi2::LayerForecast& layer : d.forecast->layers)
        if (layer.population == p) binding = binding_text(layer);
    body += fmt::format("<td class=\"text\">{}</td></tr>", html(binding));
  }
  return fmt::format(
      "<div class=\"panel\"><h3>Its fullest core, per layer</h3><div class=\"scroll\"><table "
      "class=\"numbers\"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></div>",
      head, body);
}

IntervalChart intervals(const char* title, const char* label, const char* unit) {
  IntervalChart chart;
  chart.title = title;
  chart.x.label = label;
  chart.x.unit = unit;
  return chart;
}

void add(IntervalChart& chart, const std::string& name, const Estimate& e, int color) {
  chart.rows.push_back({name, e.value, e.range.low, e.range.high, color});
}

// Published measurements of single samples, as points.
void add_compared(IntervalChart& chart, const Deployment& d, double ComparisonRow::*what) {
  for (const Compared& machine : d.compared)
    for (const ComparisonRow& row : machine.rows)
      if (row.batch == 1)
        add(chart, machine.name, {row.*what, {row.*what, row.*what}}, palette::other);
}

std::string time_chart(const Deployment& d, const Forecast& f) {
  IntervalChart chart = intervals("Time of a trial", "time", "ms");
  add(chart, d.chip, f.time, palette::chip);
  add(chart, "at peak rates", {f.floor.middle(), f.floor}, palette::chip);
  add_compared(chart, d, &ComparisonRow::latency);
  return render(chart);
}

std::string energy_chart(const Deployment& d, const Forecast& f) {
  IntervalChart chart = intervals("Energy of a trial", "energy", "mJ");
  add(chart, d.chip, f.total_energy, palette::chip);
  if (f.static_energy) add(chart, "static", *f.static_energy, palette::chip);
  add(chart, "dynamic", f.dynamic_energy, palette::chip);
  if (f.io_energy) add(chart, "I/O", *f.io_energy, palette::chip);
  add_compared(chart, d, &ComparisonRow::energy);
  return render(chart);
}

std::vector<ReportFact> forecast_facts(const Deployment& d, const Forecast& f) {
  std::vector<ReportFact> facts = {{"time per trial", estimate_text(f.time, "ms")},
                                   {"energy per trial", estimate_text(f.total_energy, "mJ")},
                                   {"energy x time", estimate_text(f.energy_delay, "mJ ms")},
                                   {"steps are bound by", bound_text(f)},
                                   {"steps", short_number(f.steps)},
                                   {"neuron updates", short_number(f.updates)},
                                   {"synaptic operations", short_number(f.operations)},
                                   {"words of synaptic memory read", short_number(f.words)},
                                   {"spikes of neurons", short_number(f.spikes)},
                                   {"input spikes", short_number(f.input_spikes)},
                                   {"messages between cores", short_number(f.messages)},
                                   {"links that they take", short_number(f.hops)}};
  for (const Compared& machine : d.compared)
    for (const ComparisonRow& row : machine.rows)
      facts.push_back({fmt::format("{}, batch {}", machine.name, row.batch),
                       fmt::format("{:g} ms, {:g} mJ per sample", row.latency, row.energy)});
  return facts;
}

// How many trials and published points the forecast rests on.
std::string forecast_basis(const Deployment& d, const Forecast& f) {
  std::string basis = fmt::format(
      "Per trial, means of {}. {}. {}.", plural(f.trials, fmt::format("{} trial", name(d.part))),
      basis_text(d.costs.time_fit, "Time"), basis_text(d.costs.energy_fit, "Energy"));
  for (const Compared& machine : d.compared)
    if (machine.rows.empty())
      basis += fmt::format(" {}: no measurement of this network is published.", machine.name);
  return basis;
}

std::string finding_text(const Finding& f) {
  return f.remedy.empty() ? f.message : f.message + ": " + f.remedy;
}

// Those of the quantisation stand at the top of the page already.
std::string findings(const Deployment& d) {
  std::vector<const Finding*> shown;
  for (const Finding& f : d.fit.findings)
    if (f.where != "quantisation") shown.push_back(&f);
  std::string out;
  for (std::size_t k = 0; k < std::min(shown.size(), most_findings); ++k) {
    const Finding& f = *shown[k];
    out +=
        callouts({finding_text(f)}, f.severity == Finding::Severity::problem ? "warning" : "note");
  }
  if (shown.size() > most_findings)
    out += callouts(
        {fmt::format("{} more of these; retro check lists all", shown.size() - most_findings)},
        "note");
  return out;
}

}  // namespace

std::vector<std::string> decisive_findings(const Deployment& d) {
  std::vector<std::string> all;
  for (const Finding& f : d.fit.findings)
    if (f.where != "quantisation" &&
        (f.severity == Finding::Severity::problem || f.resource == "decisions"))
      all.push_back(finding_text(f));
  return all;
}

std::string mapping_section(const Deployment& d) {
  // The mesh, with time and energy beside it.
  std::string body;
  const std::string map = core_map(d);
  if (!map.empty() && d.forecast)
    body += fmt::format("<div class=\"grid\">{}<div class=\"stack\">{}{}</div></div>", figure(map),
                        figure(time_chart(d, *d.forecast)), figure(energy_chart(d, *d.forecast)));
  else if (!map.empty())
    body += figure(map);
  body += layer_table(d);
  if (d.forecast)
    body += fmt::format("<div class=\"panel\">{}</div><p class=\"caption\">{}</p>",
                        fact_table(forecast_facts(d, *d.forecast)),
                        html(forecast_basis(d, *d.forecast)));
  return section("Does it fit, how fast, at what energy",
                 fmt::format("It {}. Each square of the mesh is a core, filled as far as its "
                             "scarcest resource is used; bars are intervals, not errors of a mean.",
                             verdict_text(d)),
                 findings(d) + body);
}

}  // namespace retrograde
