#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/show/page/mapping.hpp>
#include <retrograde/scenarios/show/plot/interval_chart.hpp>
#include <retrograde/scenarios/show/plot/mesh_map.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

constexpr std::size_t most_findings = 20;

std::string layer_table(const ReportMapping& mapping) {
  std::string head = "<th class=\"text\">layer</th><th>cores</th>";
  for (const std::string& resource : mapping.resources)
    head += fmt::format("<th>{}</th>", html(resource));
  head += "<th class=\"text\">time is decided by</th>";
  std::string body;
  for (const ReportMapping::Layer& layer : mapping.layer_rows) {
    body += fmt::format("<tr><td class=\"text\">{}</td><td>{}</td>", html(layer.name), layer.cores);
    for (std::size_t k = 0; k < layer.uses.size(); ++k)
      body += layer.shares[k] > 0 ? fmt::format("<td>{} ({} %)</td>", html(layer.uses[k]),
                                                fmt::format("{:.1f}", 100 * layer.shares[k]))
                                  : fmt::format("<td>{}</td>", html(layer.uses[k]));
    body += fmt::format("<td class=\"text\">{}</td></tr>", html(layer.binding));
  }
  return fmt::format(
      "<div class=\"panel\"><h3>Its fullest core, per layer</h3><div class=\"scroll\"><table "
      "class=\"numbers\"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></div>",
      head, body);
}

std::string intervals(const char* title, const char* label, const char* unit,
                      const std::vector<ReportMapping::Value>& values) {
  IntervalChart chart;
  chart.title = title;
  chart.x.label = label;
  chart.x.unit = unit;
  for (const ReportMapping::Value& v : values)
    chart.rows.push_back({v.name, v.value, v.low, v.high, v.color});
  return render(chart);
}

}  // namespace

std::string mapping_section(const ReportMapping& mapping) {
  std::vector<std::string> charts;
  if (mapping.one_chip && !mapping.cores.empty()) {
    MeshMap map;
    map.title = fmt::format("Cores of {}", mapping.chip);
    map.columns = mapping.columns;
    map.rows = mapping.rows;
    map.cores_per_router = mapping.cores_per_router;
    map.groups = mapping.layers;
    for (const ReportMapping::Core& core : mapping.cores)
      map.cores.push_back({core.slot, core.layer, core.share, core.text});
    charts.push_back(render(map));
  }
  std::string body;
  std::string findings;
  for (std::size_t k = 0; k < std::min(mapping.findings.size(), most_findings); ++k) {
    const ReportMapping::Finding& f = mapping.findings[k];
    const std::string text = f.remedy.empty() ? f.message : f.message + ": " + f.remedy;
    findings += callouts({text}, f.problem ? "warning" : "note");
  }
  if (mapping.findings.size() > most_findings)
    findings += callouts({fmt::format("{} more of these; retro check lists all",
                                      mapping.findings.size() - most_findings)},
                         "note");
  if (!charts.empty() && !mapping.times.empty()) {
    const std::string time = intervals("Time of a trial", "time", "ms", mapping.times);
    const std::string energy = intervals("Energy of a trial", "energy", "mJ", mapping.energies);
    body += fmt::format("<div class=\"grid\">{}<div class=\"stack\">{}{}</div></div>",
                        figure(charts[0]), figure(time), figure(energy));
  } else if (!charts.empty()) {
    body += figure(charts[0]);
  }
  body += layer_table(mapping);
  if (!mapping.facts.empty())
    body += "<div class=\"panel\">" + fact_table(mapping.facts) + "</div>";
  if (!mapping.basis.empty())
    body += fmt::format("<p class=\"caption\">{}</p>", html(mapping.basis));
  std::string title = "Does it fit, how fast, at what energy";
  return section(title,
                 fmt::format("It {}. Each square of the mesh is a core, filled as far as its "
                             "scarcest resource is used; bars are intervals, not errors of a mean.",
                             mapping.verdict),
                 findings + body);
}

}  // namespace retrograde
