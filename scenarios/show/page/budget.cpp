#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/palette.hpp>
#include <retrograde/scenarios/show/plot/waterfall.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

using loihi2::BudgetEntry;
using loihi2::ErrorBudget;

bool labelled(const ErrorBudget& budget) { return budget.labelled > 0; }

double changed(const ErrorBudget& budget, const BudgetEntry& entry) {
  return static_cast<double>(entry.changed) / static_cast<double>(budget.trials);
}

// In percent: accuracy where there are labels, else the share of equal decisions.
double shown(const ErrorBudget& budget, const BudgetEntry& entry) {
  return 100.0 * (labelled(budget) ? budget.accuracy(entry.correct) : 1.0 - changed(budget, entry));
}

std::string step_name(std::size_t k) { return std::string(name(loihi2::approximations[k])); }

std::string cells(const ErrorBudget& budget, const BudgetEntry& entry) {
  std::string out;
  if (labelled(budget))
    out += fmt::format("<td>{}</td>", percent_number(budget.accuracy(entry.correct)));
  return out + fmt::format("<td>{}</td><td>{:.4f}</td>", percent_number(changed(budget, entry)),
                           entry.distance);
}

std::string table(const ErrorBudget& budget) {
  const int span = labelled(budget) ? 3 : 2;
  std::string rows;
  for (std::size_t k = 0; k < budget.cumulative.size(); ++k)
    rows += fmt::format("<tr><td class=\"text\">{}</td>{}{}</tr>", html(step_name(k)),
                        cells(budget, budget.alone[k]), cells(budget, budget.cumulative[k]));
  if (budget.tuned)
    rows += fmt::format("<tr><td class=\"text\">fine-tuned</td><td colspan=\"{}\"></td>{}</tr>",
                        span, cells(budget, *budget.tuned));
  const std::string columns = std::string(labelled(budget) ? "<th>accuracy (%)</th>" : "") +
                              "<th>decisions changed (%)</th><th>distance of spike trains</th>";
  return fmt::format(
      "<div class=\"panel\"><div class=\"scroll\"><table class=\"numbers\"><thead><tr><th></th><th "
      "colspan=\"{0}\">alone</th><th colspan=\"{0}\">added to those above</th></tr><tr><th "
      "class=\"text\">step</th>{1}{1}</tr></thead><tbody>{2}</tbody></table></div></div>",
      span, columns, rows);
}

Waterfall::Point point(const ErrorBudget& budget, const BudgetEntry& entry) {
  return {shown(budget, entry), 100.0 * budget.half_interval(entry)};
}

// From the exact network to the chip, one approximation after the other.
Waterfall steps_chart(const ErrorBudget& budget) {
  Waterfall chart;
  chart.title = labelled(budget) ? "Accuracy" : "Same decision";
  chart.y.label = labelled(budget) ? "right decisions" : "decisions as exactly";
  chart.y.unit = "%";
  chart.reference = labelled(budget) ? 100.0 * budget.accuracy(budget.exact_correct) : 100.0;
  // Without labels every decision that changed is a difference.
  chart.chance = labelled(budget);
  chart.steps.push_back({"exact", {chart.reference}, true, {}, palette::exact});
  for (std::size_t k = 0; k < budget.cumulative.size(); ++k)
    chart.steps.push_back({step_name(k), point(budget, budget.cumulative[k]), false,
                           point(budget, budget.alone[k]), palette::chip});
  if (!budget.cumulative.empty())
    chart.steps.push_back(
        {"on the chip", point(budget, budget.cumulative.back()), true, {}, palette::chip});
  if (budget.tuned)
    chart.steps.push_back(
        {"tuned, on the chip", point(budget, *budget.tuned), true, {}, palette::chip});
  return chart;
}

}  // namespace

std::string budget_section(const ErrorBudget& budget) {
  if (budget.trials == 0) return "";
  return section(
      "What each step to the chip costs",
      fmt::format(
          "The exact network becomes the chip's, one approximation after the other, on {}. "
          "Distances are those of spike trains to the exact ones, per exact spike: 0 "
          "for equal trains, about 1 for silence. Latency, truncation and overflow need steps: "
          "alone they are added to the time grid. In the picture each dot is the network with all "
          "steps up to there, its number the difference to the exact network, its bar the 95 % "
          "interval of that difference on the same trials{}.",
          plural(budget.trials, "trial"),
          labelled(budget) ? "; pale is what chance alone may give" : ""),
      figure(render(steps_chart(budget)), "wide") + table(budget));
}

}  // namespace retrograde
