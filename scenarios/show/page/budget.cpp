#include <fmt/format.h>

#include <retrograde/scenarios/show/page/budget.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/plot/waterfall.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

// Accuracy in percent where there are labels, else the share of equal decisions.
double shown(const ReportBudget& budget, double accuracy, double changed) {
  return 100.0 * (budget.labelled ? accuracy : 1.0 - changed);
}

std::string table(const ReportBudget& budget) {
  std::string rows;
  const auto cell = [](double value, const char* format_text) {
    return fmt::format("<td>{}</td>", fmt::format(fmt::runtime(format_text), value));
  };
  const auto row = [&](const ReportBudget::Entry& e, bool alone) {
    rows += fmt::format("<tr><td class=\"text\">{}</td>", html(e.name));
    const auto three = [&](double accuracy, double changed, double distance) {
      if (budget.labelled) rows += cell(100.0 * accuracy, "{:.2f}");
      rows += cell(100.0 * changed, "{:.2f}") + cell(distance, "{:.4f}");
    };
    if (alone)
      three(e.accuracy_alone, e.changed_alone, e.distance_alone);
    else
      rows += fmt::format("<td colspan=\"{}\"></td>", budget.labelled ? 3 : 2);
    three(e.accuracy, e.changed, e.distance);
    rows += "</tr>";
  };
  for (const ReportBudget::Entry& e : budget.entries) row(e, true);
  if (budget.tuned) row(*budget.tuned, false);
  const std::string columns = std::string(budget.labelled ? "<th>accuracy (%)</th>" : "") +
                              "<th>decisions changed (%)</th><th>distance of spike trains</th>";
  const int span = budget.labelled ? 3 : 2;
  return fmt::format(
      "<div class=\"panel\"><div class=\"scroll\"><table class=\"numbers\"><thead><tr><th></th><th "
      "colspan=\"{0}\">alone</th><th colspan=\"{0}\">added to those above</th></tr><tr><th "
      "class=\"text\">step</th>{1}{1}</tr></thead><tbody>{2}</tbody></table></div></div>",
      span, columns, rows);
}

}  // namespace

std::string budget_section(const ReportBudget& budget) {
  Waterfall chart;
  chart.title = budget.labelled ? "Accuracy" : "Same decision";
  chart.y.label = budget.labelled ? "right decisions" : "decisions as exactly";
  chart.y.unit = "%";
  chart.steps.push_back({"exact", budget.labelled ? 100.0 * budget.exact_accuracy : 100.0, true});
  for (const ReportBudget::Entry& e : budget.entries)
    chart.steps.push_back({e.name, shown(budget, e.accuracy, e.changed), false,
                           shown(budget, e.accuracy_alone, e.changed_alone)});
  if (!budget.entries.empty()) {
    const ReportBudget::Entry& last = budget.entries.back();
    chart.steps.push_back({"on the chip", shown(budget, last.accuracy, last.changed), true});
  }
  if (budget.tuned) {
    const double value = shown(budget, budget.tuned->accuracy, budget.tuned->changed);
    chart.steps.push_back({"fine tuning", value, false});
    chart.steps.push_back({"tuned, on the chip", value, true});
  }
  return section(
      "What each step to the chip costs",
      fmt::format(
          "The exact network becomes the chip's, one approximation after the other, on {} "
          "trials. Distances are those of spike trains to the exact ones, per exact spike: 0 "
          "for equal trains, about 1 for silence. Latency, truncation and overflow need steps: "
          "alone they are added to the time grid.",
          budget.trials),
      figure(render(chart), "wide") + table(budget));
}

}  // namespace retrograde
