#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/panels.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

// What the scores are that decide.
const char* margin_unit(Readout::Kind kind) {
  switch (kind) {
    case Readout::Kind::first_spike:
      return "ms";
    case Readout::Kind::voltage_integral:
      return "V ms";
    case Readout::Kind::voltage_maximum:
      return "V";
    case Readout::Kind::none:
      break;
  }
  return "";
}

std::string margin_note(Readout::Kind kind) {
  switch (kind) {
    case Readout::Kind::first_spike:
      return "Margin: by how much the label's neuron fires before the others.";
    case Readout::Kind::voltage_integral:
      return "Margin: the label's integral minus the largest other one.";
    case Readout::Kind::voltage_maximum:
      return "Margin: the label's maximum minus the largest other one.";
    case Readout::Kind::none:
      break;
  }
  return "";
}

}  // namespace

MistakeTable mistake_table(const Report& report) {
  const Evaluation& evaluation = report.evaluation;
  MistakeTable table;
  if (evaluation.worst.empty()) return table;
  const bool labelled = evaluation.labelled();
  const bool margins = std::any_of(evaluation.worst.begin(), evaluation.worst.end(),
                                   [](const JudgedTrial& t) { return std::isfinite(t.margin); });
  table.head = {"trial"};
  if (labelled) table.head.emplace_back("label");
  table.head.insert(table.head.end(), {"decision", "loss"});
  if (margins && report.trained.scenario.loss) {
    const Readout::Kind kind = report.trained.scenario.loss->readout().kind;
    table.head.push_back(fmt::format("margin ({})", margin_unit(kind)));
    table.note = margin_note(kind);
  }
  for (const JudgedTrial& t : evaluation.worst) {
    std::vector<std::string> row = {std::to_string(t.index)};
    if (labelled) row.push_back(class_name(report, t.label));
    row.push_back(class_name(report, t.decision) + (labelled && !t.wrong() ? ", right" : ""));
    row.push_back(fmt::format("{:.4g}", t.loss));
    if (!table.note.empty())
      row.push_back(std::isfinite(t.margin) ? fmt::format("{:.4g}", t.margin) : "-");
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string mistakes_section(const Report& report) {
  const MistakeTable table = mistake_table(report);
  if (table.rows.empty()) return "";
  std::string head, body;
  for (const std::string& cell : table.head) head += fmt::format("<th>{}</th>", html(cell));
  for (const auto& row : table.rows) {
    body += "<tr>";
    for (const std::string& cell : row) body += fmt::format("<td>{}</td>", html(cell));
    body += "</tr>";
  }
  std::string caption =
      fmt::format("The trials of the {} part that are decided wrongly, the largest loss first{}.",
                  name(report.evaluation.part),
                  std::all_of(report.evaluation.worst.begin(), report.evaluation.worst.end(),
                              [](const JudgedTrial& t) { return t.wrong(); })
                      ? ""
                      : "; after them the right ones that cost most");
  if (!report.evaluation.labelled())
    caption = fmt::format("The trials of the {} part with the largest loss.",
                          name(report.evaluation.part));
  if (!table.note.empty()) caption += " " + table.note;
  return section(
      "What it is most wrong about", caption,
      fmt::format(
          "<div class=\"panel\"><div class=\"scroll\"><table class=\"numbers\"><thead><tr>{}"
          "</tr></thead><tbody>{}</tbody></table></div></div>",
          head, body));
}

}  // namespace retrograde
