#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/json/document.hpp>
#include <retrograde/scenarios/show/json/hardware.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/palette.hpp>
#include <retrograde/scenarios/show/pursuit/chip_coding.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;
using loihi2::LcaBudgetEntry;

struct BudgetLine {
  const char *key, *name;
  LcaBudgetEntry loihi2::LcaBudget::*entry;
};
constexpr BudgetLine budget_lines[] = {
    {"optimum", "optimum (FISTA)", &loihi2::LcaBudget::optimum},
    {"time", "LCA, when the run ends", &loihi2::LcaBudget::time},
    {"steps", "in steps, real numbers", &loihi2::LcaBudget::steps},
    {"weights", "and weights in integers", &loihi2::LcaBudget::weights},
    {"states", "or states in integers", &loihi2::LcaBudget::states},
    {"chip", "chip: both", &loihi2::LcaBudget::chip}};

struct QualityLine {
  const char *key, *name;
  CodeQuality SignalOnChip::*quality;
};
constexpr QualityLine quality_lines[] = {{"optimum", "optimum (FISTA)", &SignalOnChip::optimum},
                                         {"steps", "LCA in real numbers", &SignalOnChip::steps},
                                         {"chip", "chip", &SignalOnChip::chip}};

std::string title_of(const Scenario& scenario) {
  return scenario.title.empty() ? scenario.name : scenario.title;
}

std::string scale_text(double scale) {
  int exponent = 0;
  if (std::frexp(scale, &exponent) == 0.5) return fmt::format("2^{}", exponent - 1);
  return fmt::format("{:g}", scale);
}

// The scales of all signals: each has its own where [chip] names none.
std::string scales_text(const std::vector<SignalOnChip>& signals) {
  const auto [least, most] = std::minmax_element(
      signals.begin(), signals.end(),
      [](const SignalOnChip& a, const SignalOnChip& b) { return a.scale < b.scale; });
  if (least->scale == most->scale) return scale_text(least->scale);
  return scale_text(least->scale) + " to " + scale_text(most->scale);
}

std::string settings_text(const Scenario& scenario, const ChipCoding& coding) {
  const loihi2::ChipLcaOptions& o = scenario.pursuit->chip;
  return fmt::format("{}, {} of {} time constants, registers of {} bits, {} units per 1",
                     o.two_layers ? "two layers" : "one layer", plural(o.steps, "step"),
                     scale_text(o.step), o.bits, scales_text(coding.signals));
}

std::string quality_table(const std::vector<SignalOnChip>& signals) {
  const SignalOnChip mean = mean_of(signals);
  std::string text =
      fmt::format("{:<24}{:>10}{:>10}{:>12}\n", "", "PSNR dB", "zeros %", "objective");
  for (const QualityLine& line : quality_lines) {
    const CodeQuality& q = mean.*line.quality;
    text += fmt::format("{:<24}{:>10.2f}{:>10}{:>12.4f}\n", line.name, q.psnr,
                        percent_number(q.zeros), q.objective);
  }
  return text + fmt::format("{}; from the optimal code the chip's is {} of its length away\n",
                            signals.size() == 1
                                ? std::string("of 1 signal")
                                : fmt::format("means over {} signals", signals.size()),
                            percent_text(mean.from_optimum));
}

double zeros_of(const LcaBudgetEntry& entry) {
  return static_cast<double>(entry.zeros) /
         static_cast<double>(std::max<Eigen::Index>(1, entry.code.size()));
}

std::string budget_table(const loihi2::LcaBudget& budget) {
  std::string text = fmt::format("{:<24}{:>10}{:>12}{:>18}{:>16}\n", "what rounding costs (1)",
                                 "zeros %", "objective", "off optimum %", "off steps %");
  for (const BudgetLine& line : budget_lines) {
    const LcaBudgetEntry& e = budget.*line.entry;
    text +=
        fmt::format("{:<24}{:>10}{:>12.4f}{:>18}{:>16}\n", line.name, percent_number(zeros_of(e)),
                    e.objective, percent_number(e.from_optimum), percent_number(e.from_steps));
  }
  return text + "(1) of the first signal; distances in lengths of the optimal code\n";
}

std::string decisions_text(const ChipDecisions& d) {
  std::string text;
  if (d.optimum)
    text = fmt::format("accuracy {} by optimal codes, {} by the chip's; ",
                       percent_text(d.optimum->value()), percent_text(d.chip->value()));
  const Interval range = d.same.range();
  return text + fmt::format("the same decision in {} of {} ({})\n", percent_text(d.same.value()),
                            plural(d.same.whole, "signal"), percent_range(range.low, range.high));
}

std::string costs_text(const ChipCoding& coding) {
  const SignalOnChip mean = mean_of(coding.signals);
  return fmt::format("{} of {} cores; {:.1f} messages per step; per signal {}, {}, {}\n",
                     coding.cores, coding.chips_cores, mean.messages,
                     estimate_text(mean.time, "ms"), estimate_text(mean.energy, "mJ"),
                     estimate_text(mean.product, "mJ ms"));
}

// What there is to be said against it, a sentence each.
std::vector<std::string> findings(const Scenario& scenario, const ChipCoding& coding) {
  std::vector<std::string> list;
  if (!coding.refusal.empty()) return {coding.refusal};
  list = coding.shortfalls;
  if (coding.cores > coding.chips_cores)
    list.push_back(fmt::format("it takes {} cores, and a chip has {}; take fewer atoms",
                               coding.cores, coding.chips_cores));
  if (const std::uint64_t times = mean_of(coding.signals).saturations; times > 0)
    list.push_back(fmt::format(
        "v came to the end of its register {}; write a smaller scale in [chip]{}",
        plural(times, "time"), scenario.pursuit->chip.bits < 32 ? ", or more bits" : ""));
  return list;
}

std::string verdict_text(const ChipProfile& profile, const ChipCoding& coding) {
  if (!coding.refusal.empty()) return fmt::format("it cannot go on {}", profile.name);
  return fmt::format("{} {}", coding.fits() ? "fits" : "does not fit", profile.name);
}

Json json_quality(const CodeQuality& q) {
  return {{"psnr", finite_or_null(q.psnr)},
          {"zeros", q.zeros},
          {"objective", q.objective},
          {"decision", value_or_null(q.decided)}};
}

Json json_signal(const SignalOnChip& s) {
  Json signal;
  signal["label"] = value_or_null(s.label);
  for (const QualityLine& line : quality_lines) signal[line.key] = json_quality(s.*line.quality);
  signal["from_optimum"] = s.from_optimum;
  signal["scale"] = s.scale;
  signal["messages_per_step"] = s.messages;
  signal["saturations"] = s.saturations;
  signal["time_ms"] = s.time;
  signal["energy_mj"] = s.energy;
  signal["energy_delay_mj_ms"] = s.product;
  return signal;
}

Json json_decisions(const ChipDecisions& d) {
  return {{"same", json_share(d.same)},
          {"optimum", d.optimum ? json_share(*d.optimum) : Json(nullptr)},
          {"chip", d.chip ? json_share(*d.chip) : Json(nullptr)}};
}

Json json_trace(const std::vector<loihi2::ChipLcaStep>& trace) {
  Json objectives = Json::array(), zeros = Json::array(), messages = Json::array();
  for (const loihi2::ChipLcaStep& step : trace) {
    objectives.push_back(step.objective);
    zeros.push_back(step.zeros);
    messages.push_back(step.messages);
  }
  return {{"objective", objectives}, {"zeros", zeros}, {"messages", messages}};
}

Json json_settings(const loihi2::ChipLcaOptions& o) {
  return {{"step", o.step},
          {"steps", o.steps},
          {"layers", o.two_layers ? 2 : 1},
          {"spike_height", value_if(o.two_layers, o.spike_height)},
          {"scale", value_if(o.scale > 0.0, o.scale)},
          {"bits", o.bits}};
}

// A quantity of each step of the first signal.
template <typename Of>
LineChart steps_chart(const char* title, const Axis& y, const ChipCoding& coding, const Of& of) {
  LineChart chart;
  chart.title = title;
  chart.x = {.label = "step"};
  chart.y = y;
  Series series{.name = "chip", .x = {}, .y = {}};
  series.color = palette::chip;
  for (std::size_t k = 0; k < coding.trace.size(); ++k) {
    series.x.push_back(static_cast<double>(k));
    series.y.push_back(of(coding.trace[k]));
  }
  chart.series.push_back(std::move(series));
  return chart;
}

std::string trace_section(const ChipCoding& coding) {
  using loihi2::ChipLcaStep;
  LineChart objective =
      steps_chart("Objective of the codes that are sent", {.label = "objective", .log = true},
                  coding, [](const ChipLcaStep& s) { return s.objective; });
  objective.rules.push_back({coding.budget.optimum.objective, "optimum"});
  const LineChart messages =
      steps_chart("Graded messages", {.label = "messages", .low = 0.0}, coding,
                  [](const ChipLcaStep& s) { return static_cast<double>(s.messages); });
  return page_parts::section("The first signal, step by step",
                             "The optimum is the least that any code costs.",
                             page_parts::grid({render(objective), render(messages)}));
}

}  // namespace

std::string chip_coding_text(const Scenario& scenario, const ChipProfile& profile,
                             const ChipCoding& coding) {
  std::string text = fmt::format("{}: {} on {}\n", title_of(scenario),
                                 pursuit_name(*scenario.pursuit), profile.name);
  if (coding.refusal.empty()) {
    text += fmt::format("{} {}; {}\n\n", plural(coding.signals.size(), "signal"),
                        fmt::format("of the {} part", name(coding.part)),
                        settings_text(scenario, coding));
    text += quality_table(coding.signals) + '\n' + budget_table(coding.budget) + '\n';
    if (coding.decisions) text += decisions_text(*coding.decisions);
    text += costs_text(coding);
  }
  text += verdict_text(profile, coding) + '\n';
  for (const std::string& each : findings(scenario, coding)) text += "  " + each + '\n';
  return text;
}

Json chip_coding_json(const Scenario& scenario, const ChipProfile& profile,
                      const ChipCoding& coding) {
  Json document = json_header("retrograde.pursuit_check/1", scenario);
  document["method"] = pursuit_name(*scenario.pursuit);
  document["chip"] = profile.name;
  document["settings"] = json_settings(scenario.pursuit->chip);
  document["fits"] = coding.fits();
  document["refusal"] = value_if(!coding.refusal.empty(), coding.refusal);
  if (!coding.refusal.empty()) return document;
  document["findings"] = findings(scenario, coding);
  document["part"] = name(coding.part);
  document["cores"] = {{"used", coding.cores}, {"of", coding.chips_cores}};
  document["decisions"] = coding.decisions ? json_decisions(*coding.decisions) : Json(nullptr);
  document["mean"] = json_signal(mean_of(coding.signals));
  document["mean"].erase("label");
  document["signals"] = Json::array();
  for (const SignalOnChip& each : coding.signals) document["signals"].push_back(json_signal(each));
  Json& budget = document["error_budget"] = Json::object();
  for (const BudgetLine& line : budget_lines) {
    const LcaBudgetEntry& e = coding.budget.*line.entry;
    budget[line.key] = {{"objective", e.objective},
                        {"zeros", zeros_of(e)},
                        {"from_optimum", e.from_optimum},
                        {"from_steps", e.from_steps}};
  }
  document["trace"] = json_trace(coding.trace);
  return document;
}

std::string chip_coding_page(const Scenario& scenario, const ChipProfile& profile,
                             const ChipCoding& coding) {
  using namespace page_parts;
  const std::string title = title_of(scenario);
  std::string body = page_header("sparse coding on the chip", title,
                                 fmt::format("{} on {}: {}.", pursuit_name(*scenario.pursuit),
                                             profile.name, verdict_text(profile, coding)));
  body += callouts(findings(scenario, coding), "warning");
  if (!coding.refusal.empty()) return page(title, body);
  const SignalOnChip mean = mean_of(coding.signals);
  body += cards(
      {{"Reconstruction", fmt::format("{:.2f}", mean.chip.psnr), "dB",
        fmt::format("optimal codes {:.2f} dB", mean.optimum.psnr), "lead"},
       {"Zeros", percent_number(mean.chip.zeros), "%",
        fmt::format("optimal codes {}", percent_text(mean.optimum.zeros))},
       {"Objective", fmt::format("{:.4f}", mean.chip.objective), "",
        fmt::format("optimum {:.4f}", mean.optimum.objective)},
       {"Cores", fmt::format("{}", coding.cores), "", fmt::format("of {}", coding.chips_cores)}});
  body += trace_section(coding);
  body += section("In numbers", "The same as `retro check` prints.",
                  "<pre>" + html(chip_coding_text(scenario, profile, coding)) + "</pre>");
  return page(title, body);
}

}  // namespace retrograde
