#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/panels.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/palette.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

// 8123456 as "8 123 456", with narrow spaces that do not break.
std::string grouped(std::int64_t value) {
  std::string digits = fmt::format("{}", value);
  const std::size_t first = value < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, "\u202f");
  }
  if (value < 0) digits.replace(0, 1, "−");
  return digits;
}

// Bits that a signed register needs for a value.
int bits_for(std::int64_t value) {
  int bits = 1;
  // -2^k still fits where +2^k does not.
  auto magnitude = static_cast<std::uint64_t>(value < 0 ? -(value + 1) : value);
  for (; magnitude > 0; magnitude >>= 1) ++bits;
  return bits;
}

std::string register_table(const Conformance& c) {
  std::string rows;
  for (const RegisterUse& r : c.registers) {
    if (r.empty()) continue;
    const int used = std::max(bits_for(r.min), bits_for(r.max));
    const int bits = std::max(r.bits, 1);
    const double percent = 100 * r.utilisation();
    rows += fmt::format(
        "<tr><td class=\"text\">{}</td><td>{}</td><td>{}</td><td>{} of {}</td><td>{:.2g} %</td><td "
        "class=\"meter-cell\"><div class=\"meter{}\"><i "
        "style=\"width:{:.1f}%\"></i></div></td></tr>",
        html(c.populations[r.population] + " " + r.name), grouped(r.min), grouped(r.max), used,
        bits, percent, percent > 90 ? " full" : "", std::min(percent, 100.0));
  }
  if (rows.empty()) return "";
  return "<div class=\"panel\"><h3>Room in the registers</h3><div class=\"scroll\"><table "
         "class=\"numbers\"><thead><tr><th class=\"text\">register</th><th>lowest</th>"
         "<th>highest</th><th>bits used</th><th>of its range</th><th "
         "class=\"meter-cell\"></th></tr></thead><tbody>" +
         rows + "</tbody></table></div></div>";
}

// Both sides next to each other.
std::string comparison_table(const Report& report, const Conformance& c) {
  std::string rows;
  const auto row = [&](std::string_view name, std::string_view exact, std::string_view on_chip,
                       std::string_view range) {
    rows += fmt::format("<tr><td class=\"text\">{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                        html(name), html(exact), html(on_chip), html(range));
  };
  const auto range_of = [](const Share& share) {
    return percent_range(share.range().low, share.range().high);
  };
  if (report.evaluation.labelled())
    row("Accuracy", percent_text(report.evaluation.exact.accuracy()),
        percent_text(c.accuracy_chip()), range_of(c.right_chip()));
  if (const Share same = c.same_decision(); same.whole > 0)
    row("Same decision", "", percent_text(same.value()), range_of(same));
  for (const std::uint32_t p : spiking_populations(report.trained.network)) {
    const SpikeGain& gain = c.gains[p];
    row("Spikes per sample, " + c.populations[p], short_number(c.spikes_per_sample_exact(p)),
        short_number(c.spikes_per_sample_chip(p)),
        gain.samples < 2 ? ""
                         : fmt::format("{:+.2f} .. {:+.2f} more", gain.mean() - gain.uncertainty(),
                                       gain.mean() + gain.uncertainty()));
    if (const Share both = c.shifts[p].both(); both.whole > 0)
      row("Same neurons fire, " + c.populations[p], "", percent_text(both.value()), range_of(both));
  }
  return fmt::format(
      "<div class=\"scroll\"><table class=\"numbers\"><thead><tr><th class=\"text\"></th>"
      "<th>exact</th><th>Loihi 2</th><th>95 % interval</th></tr></thead><tbody>{}</tbody></table>"
      "</div>",
      rows);
}

std::string spike_bars(const Report& report, const Conformance& c) {
  BarGroups bars;
  bars.title = "Spikes per sample";
  bars.height = 280;  // as high as the line chart beside it
  bars.series = {"exact", "Loihi 2"};
  bars.values.resize(2);
  for (const std::uint32_t p : spiking_populations(report.trained.network)) {
    bars.groups.push_back(c.populations[p]);
    bars.values[0].push_back(c.spikes_per_sample_exact(p));
    bars.values[1].push_back(c.spikes_per_sample_chip(p));
  }
  return render(bars);
}

std::string clipped_text(std::uint64_t clipped, std::uint64_t synapses) {
  if (clipped == 0) return fmt::format("none of {}", synapses);
  return fmt::format("{} of {} ({:.2g} %)", clipped, synapses,
                     100.0 * static_cast<double>(clipped) / static_cast<double>(synapses));
}

// What became of the values: steps, weights, thresholds.
std::vector<ReportFact> chip_facts(const Report& report, const ChipEvaluation& chip) {
  const Conformance& c = chip.conformance;
  std::vector<ReportFact> facts = {
      {"Time step", fmt::format("{:g} ms", report.trained.scenario.chip.step)}};
  if (c.weights > 0) {
    facts.push_back({"Weights clipped", clipped_text(c.weights_clipped, c.weights)});
    facts.push_back({"Delays clipped", clipped_text(c.delays_clipped, c.weights)});
  }
  for (const loihi2::PopulationReport& p : chip.quantization.populations)
    if (p.scale > 0.0)
      facts.push_back(
          {p.name, fmt::format("weight step {:.4g}, {}decays {}/4096 (u), {}/4096 (v)", p.scale,
                               p.threshold_max > 0
                                   ? fmt::format("threshold {} weight steps, ", p.threshold_max)
                                   : "",
                               p.u_decay_max, p.v_decay_max)});
  for (const std::uint32_t p : spiking_populations(report.trained.network))
    facts.push_back(
        {"threshold of " + c.populations[p] + " lowered by",
         fmt::format("{:g} of the mean rise of V in one step", chip.calibration.fraction[p])});
  if (chip.tuned_epoch)
    facts.push_back({"fine-tuning", *chip.tuned_epoch > 0
                                        ? "best after " + plural(*chip.tuned_epoch, "epoch")
                                        : "no epoch was better than none"});
  facts.push_back(
      {"synaptic operations per trial",
       fmt::format("{:.0f}", static_cast<double>(c.synaptic_operations) /
                                 static_cast<double>(std::max<std::uint64_t>(c.samples, 1)))});
  return facts;
}

// Settings that were tried, a row each.
std::string remedy_table(const Network& network, const Remedies& remedies) {
  const std::vector<std::uint32_t> layers = spiking_populations(network);
  const bool decides = remedies.as_it_is.seen.decides();
  std::string head = "<th class=\"text\">[chip]</th>";
  if (decides) head += "<th>same decision</th>";
  for (const std::uint32_t p : layers)
    head += fmt::format("<th>spikes, {}</th>", html(network.populations()[p].name));
  head += "<th>silenced</th><th>weights to zero</th><th>delays cut</th><th></th>";
  std::string rows;
  const auto row = [&](std::string_view name, const TriedRemedy& r) {
    rows += fmt::format("<tr><td class=\"text\">{}</td>", html(name));
    if (!r.refusal.empty()) {
      rows += fmt::format("<td class=\"text\" colspan=\"{}\">{}</td></tr>",
                          layers.size() + (decides ? 5 : 4), html(r.refusal));
      return;
    }
    if (decides) rows += fmt::format("<td>{}</td>", percent_text(r.seen.same_decision().value()));
    for (const std::uint32_t p : layers)
      rows += fmt::format("<td>{}</td>", short_number(r.seen.spikes_per_sample_chip(p)));
    rows += fmt::format("<td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>", r.silenced,
                        r.weights_zeroed, r.delays_clipped, r.fit.fits() ? "" : "does not fit");
  };
  rows += "<tr><td class=\"text\">exact</td>";
  if (decides) rows += "<td></td>";
  for (const std::uint32_t p : layers)
    rows +=
        fmt::format("<td>{}</td>", short_number(remedies.as_it_is.seen.spikes_per_sample_exact(p)));
  rows += "<td></td><td></td><td></td><td></td></tr>";
  row("as it is", remedies.as_it_is);
  for (const TriedRemedy& tried : remedies.tried) row(tried.keys, tried);
  return fmt::format(
      "<div class=\"panel\"><h3>Other settings, tried on {}</h3><div class=\"scroll\"><table "
      "class=\"numbers\"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div></div>",
      plural(remedies.trials, fmt::format("{} trial", name(remedies.part))), head, rows);
}

// Accuracy on the chip, epoch by epoch of the fine-tuning.
std::string tuning_chart(const std::vector<EpochMetrics>& history) {
  LineChart chart;
  chart.title = "Fine-tuning: accuracy on the chip";
  chart.x.label = "epoch";
  chart.y.unit = "%";
  Series train{"training", {}, {}}, validation{"validation", {}, {}};
  train.color = palette::training;
  train.dash = 1;
  validation.color = palette::validation;
  for (const EpochMetrics& e : history) {
    train.x.push_back(e.epoch);
    train.y.push_back(in_percent(e.train_accuracy));
    validation.x.push_back(e.epoch);
    validation.y.push_back(in_percent(e.validation_accuracy));
  }
  chart.series = {train, validation};
  return render(chart);
}

}  // namespace

std::string chip_section(const Report& report) {
  if (!report.evaluation.chip) return "";
  const ChipEvaluation& chip = *report.evaluation.chip;
  const Conformance& c = chip.conformance;

  std::vector<std::string> charts;
  if (!spiking_populations(report.trained.network).empty()) charts.push_back(spike_bars(report, c));
  const std::optional<ChipTuning>& tuning = report.trained.tuning;
  if (tuning && !tuning->training.history.empty() && report.evaluation.labelled())
    charts.push_back(tuning_chart(tuning->training.history));

  std::string body = fmt::format("<div class=\"panel\">{}{}</div>", comparison_table(report, c),
                                 fact_table(chip_facts(report, chip)));
  if (!charts.empty()) body += grid(charts);
  if (chip.remedies) body += remedy_table(report.trained.network, *chip.remedies);
  body += register_table(c);
  return section(
      "On the chip",
      fmt::format("The same network with the integers, the time steps and the limits of Loihi 2{}. "
                  "Spikes move to whole steps, weights to few bits; what the decisions make of it "
                  "stands here.",
                  chip.tuned_epoch.value_or(0) > 0 ? ", fine-tuned for them" : ""),
      body);
}

}  // namespace retrograde
