#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/evaluation/layer_activity.hpp>
#include <retrograde/scenarios/show/chips/text.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>
#include <retrograde/scenarios/show/text/evaluation.hpp>

namespace retrograde {

namespace {

void add_registers(std::string& out, const Conformance& c) {
  out += fmt::format("\n  {:<28} {:>20} {:>6} {:>8} {:>10}\n", "state", "range", "bits", "used",
                     "saturated");
  for (const RegisterUse& use : c.registers)
    if (!use.empty())
      out += fmt::format("  {:<28} {:>20} {:>6} {:>6.1f} % {:>10}\n",
                         fmt::format("{} of {}", use.name, c.populations[use.population]),
                         fmt::format("{} .. {}", use.min, use.max), use.bits,
                         100.0 * use.utilisation(), use.overflows);
}

void add_uses(std::string& out, const ChipCheck& check) {
  out += fmt::format("\n  {:<44} {:>8} {:>8}\n", "on " + check.chip, "takes", "has");
  for (const ChipUse& use : check.uses)
    out += fmt::format("  {:<44} {:>8.0f} {:>8}\n", use.name, use.used,
                       use.limit > 0.0 ? fmt::format("{:.0f}", use.limit) : "?");
}

void add_figure(std::string& out, const ChipFigure& figure) {
  out += figure.value
             ? fmt::format("    {:<24} {}, {}\n", figure.name,
                           estimate_text(*figure.value, figure.unit.c_str()), name(figure.evidence))
             : fmt::format("    {:<24} {}\n", figure.name, figure.source);
}

void add_forecast(std::string& out, const ChipCheck& check) {
  const ChipForecast& f = *check.forecast;
  out += fmt::format(
      "\n  a trial of {:g} steps of {:g} ms, mean of {}; in brackets the range that it may lie "
      "in\n",
      f.steps, check.step, plural(f.trials, fmt::format("{} trial", name(check.counted))));
  out += fmt::format("  {:<26} {}\n", "time, as fast as it goes", estimate_text(f.time, "ms"));
  for (const ChipFigure& figure : f.workings) add_figure(out, figure);
  out += fmt::format("  {:<26} {}\n", "energy, in real time", estimate_text(f.energy, "mJ"));
  for (const ChipFigure& figure : f.parts) add_figure(out, figure);
}

}  // namespace

std::string verdict_text(const ChipCheck& check) {
  const std::size_t problems = count(check, Finding::Severity::problem),
                    warnings = count(check, Finding::Severity::warning);
  std::string text =
      check.fits()
          ? fmt::format("fits {}{}", check.chip,
                        behaviour_text(check.behaviour.fidelity, check.behaviour.decisions))
          : fmt::format("does not fit {}: {}", check.chip, plural(problems, "problem"));
  if (warnings > 0) text += fmt::format(", {}", plural(warnings, "warning"));
  return text;
}

std::string chip_check_text(const Trained& trained, const ChipCheck& check) {
  std::string out = fmt::format("\n{}, {}\n", trained.scenario.name,
                                plural(check.trials, fmt::format("{} trial", name(check.part))));
  if (!check.has_test_part) out += fmt::format("  {}\n", no_test_part);
  if (check.comparison) {
    if (!check.fits())
      out += fmt::format(
          "  it does not fit {}; these numbers are of what the chip would do without "
          "what it does not have\n",
          check.chip);
    out += conformance_text(trained.network, check.comparison->conformance, check.labelled,
                            check.chip);
    out += fmt::format("  {:<24} {:>14} {:>14.4f}\n", "distance of spike trains", "",
                       check.comparison->distance);
    add_registers(out, check.comparison->conformance);
    add_uses(out, check);
  }
  if (check.forecast) add_forecast(out, check);
  out += "\n";
  for (const Finding& f : check.findings) {
    out += fmt::format("  {}: {}\n", name(f.severity), f.message);
    if (!f.remedy.empty()) out += fmt::format("    {}\n", f.remedy);
  }
  return out + fmt::format("  verdict: {}\n", verdict_text(check));
}

}  // namespace retrograde
