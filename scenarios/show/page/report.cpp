#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <limits>
#include <string_view>

#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/report.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

// Bounds that keep the page small; beyond them the page says what was left out.
constexpr std::size_t largest_scenario = 200'000;  // bytes
constexpr std::size_t most_spikes = 40'000;        // of the sample
constexpr std::size_t most_bands = 16;
constexpr std::size_t most_traces = 12;
constexpr std::size_t most_epoch_rows = 500;
constexpr std::size_t most_projections = 12;
constexpr std::size_t most_classes = 40;  // of a confusion matrix

const EpochMetrics* best_epoch(const ReportData& data) {
  for (const EpochMetrics& epoch : data.epochs) {
    if (epoch.epoch == data.best_epoch) return &epoch;
  }
  return nullptr;
}

// Not a number where no trial has a label: nothing is drawn, a dash is written.
double in_percent(const std::optional<double>& fraction) {
  return fraction ? 100 * *fraction : std::numeric_limits<double>::quiet_NaN();
}
std::string percent_cell(const std::optional<double>& fraction) {
  return fraction ? percent(*fraction) : "–";
}
bool has_labels(const ReportData& data) {
  return std::any_of(data.epochs.begin(), data.epochs.end(), [](const EpochMetrics& e) {
    return e.train_accuracy || e.validation_accuracy;
  });
}

std::string made_summary(const ReportData& data) {
  std::string out;
  if (data.test_accuracy) {
    out = fmt::format("The trained network decides {} % of {} test samples correctly",
                      percent(*data.test_accuracy), data.test_samples);
    if (data.chip && data.chip->accuracy) {
      out += fmt::format("; on the emulated {} it is {} %", data.chip->name,
                         percent(*data.chip->accuracy));
    }
  } else if (!data.epochs.empty()) {
    const EpochMetrics& last = data.epochs.back();
    out = fmt::format("After {} epochs the training loss is {}", data.epochs.size(),
                      short_number(last.train_loss));
    if (last.train_accuracy)
      out += fmt::format(" and the training accuracy {} %", percent(*last.train_accuracy));
  } else {
    out = "Nothing has been trained yet";
  }
  return out + ".";
}

std::string hero(const ReportData& data) {
  std::vector<Card> all;
  if (data.test_accuracy) {
    all.push_back({"Test accuracy, exact", percent(*data.test_accuracy), "%",
                   fmt::format("{} samples never seen in training", data.test_samples), "lead"});
  } else if (const EpochMetrics* best = best_epoch(data);
             best != nullptr && data.has_validation && best->validation_accuracy) {
    all.push_back({"Validation accuracy", percent(*best->validation_accuracy), "%",
                   fmt::format("epoch {}", best->epoch), "lead"});
  }
  if (data.chip && data.chip->accuracy) {
    std::string detail = "emulated bit by bit";
    if (data.test_accuracy) {
      const double points = 100 * (*data.chip->accuracy - *data.test_accuracy);
      detail = std::abs(points) < 0.005 ? "the same as exact"
                                        : fmt::format("{}{:.2f} points against exact",
                                                      points < 0 ? "−" : "+", std::abs(points));
    }
    all.push_back({fmt::format("Test accuracy, {}", data.chip->name), percent(*data.chip->accuracy),
                   "%", detail, "chip"});
  }
  if (data.chip && data.chip->agreement) {
    all.push_back(
        {"Agreement", percent(*data.chip->agreement), "%", "same decision, exact and chip"});
  }
  if (!data.epochs.empty()) {
    const EpochMetrics* epoch = best_epoch(data);
    if (epoch == nullptr) epoch = &data.epochs.back();
    all.push_back({"Activity", fmt::format("{:.2f}", epoch->spikes_per_neuron), "spikes",
                   epoch->silent_neurons == 0
                       ? std::string("per neuron and sample, none silent")
                       : fmt::format("per neuron and sample, {} silent", epoch->silent_neurons)});
  }
  if (data.training_seconds > 0) {
    all.push_back(
        {"Training time", seconds_text(data.training_seconds), "",
         data.epochs.empty() ? std::string() : fmt::format("{} epochs", data.epochs.size())});
  }
  if (data.forward_rate > 0) {
    all.push_back({"Throughput", short_number(data.forward_rate), "/s",
                   data.backward_rate > 0 ? fmt::format("deliveries forward, {}/s backward",
                                                        short_number(data.backward_rate))
                                          : std::string("deliveries forward")});
  }
  std::string out = page_header("training report", data.title.empty() ? "Untitled run" : data.title,
                                data.summary.empty() ? made_summary(data) : data.summary);
  if (!all.empty()) out += cards(all);
  std::vector<std::string> warnings = data.warnings;
  if (data.chip) {
    warnings.insert(warnings.end(), data.chip->warnings.begin(), data.chip->warnings.end());
  }
  return out + callouts(warnings, "warning");
}

LineChart curve_chart(const ReportData& data, std::string title, std::string unit) {
  LineChart chart;
  chart.title = std::move(title);
  chart.x.label = "epoch";
  chart.y.unit = std::move(unit);
  if (data.best_epoch > 0 && data.epochs.size() > 1) {
    chart.rules.push_back({static_cast<double>(data.best_epoch), "best", true});
  }
  return chart;
}

template <typename Get>
Series curve(const ReportData& data, std::string name, int color, bool dashed, Get get) {
  Series series;
  series.name = std::move(name);
  series.color = color;
  series.dashed = dashed;
  for (const EpochMetrics& epoch : data.epochs) {
    series.x.push_back(epoch.epoch);
    series.y.push_back(static_cast<double>(get(epoch)));
  }
  return series;
}

LineChart accuracy_chart(const ReportData& data) {
  LineChart chart = curve_chart(data, "Accuracy (%)", "%");
  if (data.has_validation) {
    chart.series.push_back(curve(data, "validation", 0, false, [](const EpochMetrics& e) {
      return in_percent(e.validation_accuracy);
    }));
  }
  chart.series.push_back(curve(data, "training", 1, data.has_validation,
                               [](const EpochMetrics& e) { return in_percent(e.train_accuracy); }));
  return chart;
}

LineChart loss_chart(const ReportData& data) {
  LineChart chart = curve_chart(data, "Loss", "");
  if (data.has_validation) {
    chart.series.push_back(curve(data, "validation", 0, false,
                                 [](const EpochMetrics& e) { return e.validation_loss; }));
  }
  chart.series.push_back(curve(data, "training", 1, data.has_validation,
                               [](const EpochMetrics& e) { return e.train_loss; }));
  // Where the loss falls over orders of magnitude a straight axis shows only its beginning.
  double lowest = INFINITY, highest = 0;
  bool positive = true;
  for (const Series& series : chart.series) {
    for (const double value : series.y) {
      if (!std::isfinite(value)) continue;
      positive = positive && value > 0;
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  }
  chart.y.log = positive && highest > 20 * lowest;
  if (chart.y.log) chart.title = "Loss (logarithmic)";
  return chart;
}

std::string epoch_table(const ReportData& data) {
  std::string out =
      "<details><summary>All numbers, epoch by epoch</summary><div class=\"scroll\"><table "
      "class=\"numbers\"><thead><tr><th>epoch</th><th>training loss</th><th>training %</th>";
  if (data.has_validation) out += "<th>validation loss</th><th>validation %</th>";
  out +=
      "<th>spikes per neuron</th><th>silent</th><th>silent in a batch</th><th>rate "
      "factor</th><th>smallest slope "
      "(1/ms)</th><th>grazing</th><th>ties</th><th>seconds</th></tr></thead><tbody>";
  const std::size_t size = data.epochs.size();
  const std::size_t every = (size + most_epoch_rows - 1) / most_epoch_rows;
  for (std::size_t i = 0; i < size; ++i) {
    const EpochMetrics& e = data.epochs[i];
    const bool best = e.epoch == data.best_epoch;
    if (i % every != 0 && i + 1 != size && !best) continue;
    out += fmt::format("<tr{}><td>{}</td><td>{:.5g}</td><td>{}</td>", best ? " class=\"best\"" : "",
                       e.epoch, e.train_loss, percent_cell(e.train_accuracy));
    if (data.has_validation) {
      out += fmt::format("<td>{:.5g}</td><td>{}</td>", e.validation_loss,
                         percent_cell(e.validation_accuracy));
    }
    out += fmt::format(
        "<td>{:.3f}</td><td>{}</td><td>{:.2f}</td><td>{:.4g}</td><td>{:.3g}</td><td>{}</td>"
        "<td>{}</td><td>{:.2f}</td></tr>",
        e.spikes_per_neuron, e.silent_neurons, e.silent_per_batch, e.rate_factor,
        e.grazing.smallest_slope, e.grazing.grazing, e.grazing.spike_ties + e.grazing.arrival_ties,
        e.seconds);
  }
  out += "</tbody></table></div>";
  if (every > 1) out += fmt::format("<p class=\"caption\">Every {}th epoch is shown.</p>", every);
  return out + "</details>";
}

std::string learning_section(const ReportData& data) {
  if (data.epochs.empty()) return "";
  LineChart spikes = curve_chart(data, "Spikes per neuron and sample", "");
  spikes.series.push_back(
      curve(data, "", 2, false, [](const EpochMetrics& e) { return e.spikes_per_neuron; }));
  LineChart silent = curve_chart(data, "Silent neurons", "");
  silent.y.low = 0.0;
  silent.series.push_back(
      curve(data, "", 3, false, [](const EpochMetrics& e) { return e.silent_neurons; }));
  std::vector<std::string> charts = {render(loss_chart(data)), render(spikes), render(silent)};
  if (has_labels(data)) charts.insert(charts.begin(), render(accuracy_chart(data)));
  const double rate = data.epochs.front().rate_factor;
  const bool rate_moves = std::any_of(data.epochs.begin(), data.epochs.end(),
                                      [&](const EpochMetrics& e) { return e.rate_factor != rate; });
  if (rate_moves) {
    LineChart rates = curve_chart(data, "Learning rate, relative to the start", "");
    rates.y.low = 0.0;
    rates.series.push_back(
        curve(data, "", 4, false, [](const EpochMetrics& e) { return e.rate_factor; }));
    charts.push_back(render(rates));
  }
  const bool slopes =
      std::any_of(data.epochs.begin(), data.epochs.end(), [](const EpochMetrics& e) {
        return std::isfinite(e.grazing.smallest_slope) && e.grazing.smallest_slope > 0;
      });
  if (slopes && rate_moves) {
    LineChart slope = curve_chart(data, "Smallest slope at a spike (1/ms, logarithmic)", "1/ms");
    slope.y.log = true;
    slope.series.push_back(
        curve(data, "", 5, false, [](const EpochMetrics& e) { return e.grazing.smallest_slope; }));
    charts.push_back(render(slope));
  }
  const bool grazing = std::any_of(data.epochs.begin(), data.epochs.end(), [](const auto& e) {
    return e.grazing.grazing + e.grazing.spike_ties + e.grazing.arrival_ties > 0;
  });
  if (grazing) {
    LineChart counts = curve_chart(data, "Grazing spikes and ties", "");
    counts.y.low = 0.0;
    counts.series.push_back(curve(data, "grazing", 3, false, [](const EpochMetrics& e) {
      return static_cast<double>(e.grazing.grazing);
    }));
    counts.series.push_back(curve(data, "ties", 6, true, [](const EpochMetrics& e) {
      return static_cast<double>(e.grazing.spike_ties + e.grazing.arrival_ties);
    }));
    charts.push_back(render(counts));
  }
  std::string caption =
      "One point per pass over the training set. The gap between training and validation is what "
      "the "
      "network learned by heart; neurons that are silent cannot learn, since only spikes carry "
      "gradients.";
  if (!data.has_validation) {
    caption =
        "One point per pass over the training set. Neurons that are silent cannot learn, since "
        "only "
        "spikes carry gradients.";
  }
  if (slopes && rate_moves) {
    caption += " A spike that barely reaches the threshold has a small slope and a large gradient.";
  }
  if (grazing) {
    caption +=
        " Grazing spikes have a slope below the scenario's slope_min; ties are events that share "
        "an instant, where the gradient depends on which side it is taken from.";
  }
  return section("How it learned", caption, grid(charts) + epoch_table(data));
}

std::size_t spikes_per_band(const ReportSample& sample) {
  return most_spikes / std::clamp<std::size_t>(sample.bands.size(), 1, most_bands);
}

Raster sample_raster(const ReportSample& sample, double width) {
  Raster raster;
  raster.title =
      fmt::format("Label: {}, decision: {}", sample.label.empty() ? "none" : sample.label,
                  sample.decision.empty() ? "none" : sample.decision);
  raster.width = width;
  raster.duration = sample.duration;
  for (const ReportSample::Band& band : sample.bands) {
    if (raster.bands.size() == most_bands) break;
    Raster::Band out{band.name, band.size, {}, {}};
    const std::size_t spikes =
        std::min({band.times.size(), band.neurons.size(), spikes_per_band(sample)});
    out.times.assign(band.times.begin(), band.times.begin() + static_cast<std::ptrdiff_t>(spikes));
    out.neurons.assign(band.neurons.begin(),
                       band.neurons.begin() + static_cast<std::ptrdiff_t>(spikes));
    raster.bands.push_back(std::move(out));
  }
  for (const ReportSample::Trace& trace : sample.traces) {
    if (raster.traces.size() == most_traces) break;
    raster.traces.push_back({trace.name, trace.times, trace.voltage});
  }
  raster.threshold = sample.threshold;
  if (sample.decision_time) raster.rules.push_back({*sample.decision_time, "decision", true});
  return raster;
}

std::string sample_section(const ReportData& data) {
  if (!data.sample) return "";
  std::string caption = data.sample->caption;
  if (!caption.empty()) caption += " ";
  caption +=
      "Each tick is a spike at its exact time, each band a population, inputs at the top. Below "
      "are the "
      "voltages that the decision is read from.";
  if (data.sample->traces.empty()) {
    caption = data.sample->caption + (data.sample->caption.empty() ? "" : " ") +
              "Each tick is a spike at its exact time, each band a population, inputs at the top.";
  }
  std::string body = figure(render(sample_raster(*data.sample, 980)), "wide");
  std::string left_out;
  for (const ReportSample::Band& band : data.sample->bands) {
    const std::size_t limit = spikes_per_band(*data.sample);
    if (band.times.size() > limit) {
      left_out +=
          fmt::format("{}: the first {} of {} spikes. ", band.name, limit, band.times.size());
    }
  }
  if (data.sample->bands.size() > most_bands) {
    left_out +=
        fmt::format("The first {} of {} populations. ", most_bands, data.sample->bands.size());
  }
  if (data.sample->traces.size() > most_traces) {
    left_out +=
        fmt::format("The first {} of {} voltages. ", most_traces, data.sample->traces.size());
  }
  if (!left_out.empty()) body += fmt::format("<p class=\"caption\">Shown: {}</p>", html(left_out));
  return section("One sample on its way through the network", caption, body);
}

std::string confusion_chart(const ReportData& data, const ReportConfusion& confusion,
                            std::string title) {
  const std::size_t classes = data.classes.size();
  if (classes == 0 || classes > most_classes ||
      confusion.counts.size() != classes * (classes + 1)) {
    return "";
  }
  HeatMap map;
  map.title = std::move(title);
  map.row_title = "label";
  map.column_title = "decision";
  map.rows = data.classes;
  map.columns = data.classes;
  std::uint64_t undecided = 0;
  for (std::size_t i = 0; i < classes; ++i)
    undecided += confusion.counts[i * (classes + 1) + classes];
  if (undecided > 0) map.columns.push_back("none");
  for (std::size_t i = 0; i < classes; ++i) {
    for (std::size_t j = 0; j < map.columns.size(); ++j) {
      map.counts.push_back(confusion.counts[i * (classes + 1) + j]);
    }
  }
  return render(map);
}

std::string confusion_section(const ReportData& data) {
  if (data.classes.size() > most_classes && !data.confusion.counts.empty()) {
    return section("Where it is right and where it errs",
                   fmt::format("{} classes are too many for a table that anybody could read.",
                               data.classes.size()),
                   "");
  }
  std::vector<std::string> charts;
  std::string exact = confusion_chart(data, data.confusion, "Exact");
  if (!exact.empty()) charts.push_back(std::move(exact));
  if (data.chip) {
    std::string chip = confusion_chart(data, data.chip->confusion, data.chip->name + ", emulated");
    if (!chip.empty()) charts.push_back(std::move(chip));
  }
  if (charts.empty()) return "";
  return section(
      "Where it is right and where it errs",
      "Test samples by what they are (rows) and what the network says (columns). The diagonal "
      "is right; every other cell that is coloured is a kind of mistake.",
      grid(charts));
}

std::string values_section(const ReportData& data) {
  std::vector<std::string> charts;
  bool delays_start_alike = false;
  std::size_t left_out = 0;
  const auto add = [&](const std::vector<ReportValues>& all, const char* what, const char* unit,
                       int color) {
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (k >= most_projections) {
        left_out += all.size() - k;
        break;
      }
      Histogram histogram;
      histogram.title = fmt::format("{}: {}", what, all[k].name);
      histogram.x.label = *unit == 'm' ? "delay" : "weight";
      histogram.x.unit = unit;
      histogram.before = all[k].before;
      histogram.after = all[k].after;
      histogram.color = color;
      charts.push_back(render(histogram));
    }
  };
  add(data.weights, "Weights", "", 0);
  add(data.delays, "Delays", "ms", 2);
  for (const ReportValues& values : data.delays) {
    delays_start_alike =
        delays_start_alike ||
        (!values.before.empty() && std::all_of(values.before.begin(), values.before.end(),
                                               [&](double d) { return d == values.before[0]; }));
  }
  if (charts.empty()) return "";
  std::string caption = "Values of all synapses before training (grey) and after it (coloured).";
  if (delays_start_alike) {
    caption +=
        " Delays that all begin at one value spread as training finds out which spikes should "
        "arrive together.";
  }
  if (left_out > 0) caption += fmt::format(" {} more projections are not shown.", left_out);
  return section("What training changed", caption, grid(charts));
}

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

std::string register_table(const std::vector<ReportChip::Register>& registers) {
  if (registers.empty()) return "";
  std::string out =
      "<h3>Room in the registers</h3><div class=\"scroll\"><table class=\"numbers\"><thead><tr><th "
      "class=\"text\">register</th><th>lowest</th><th>highest</th><th>bits used</th><th "
      "class=\"meter-cell\"></th></tr></thead><tbody>";
  for (const ReportChip::Register& r : registers) {
    const int used = std::max(bits_for(r.lowest), bits_for(r.highest));
    const int bits = std::max(r.bits, 1);
    const bool full = used >= bits;
    out += fmt::format(
        "<tr><td class=\"text\">{}</td><td>{}</td><td>{}</td><td>{} of {}</td><td "
        "class=\"meter-cell\"><div class=\"meter{}\" title=\"{} of {} bits\"><i "
        "style=\"width:{}%\"></i></div></td></tr>",
        html(r.name), grouped(r.lowest), grouped(r.highest), used, bits, full ? " full" : "", used,
        bits, std::min(100, 100 * used / bits));
  }
  return out + "</tbody></table></div>";
}

std::string chip_section(const ReportData& data) {
  if (!data.chip) return "";
  const ReportChip& chip = *data.chip;
  std::string rows;
  const auto row = [&](std::string_view name, std::string_view exact, std::string_view on_chip) {
    rows += fmt::format("<tr><td class=\"text\">{}</td><td>{}</td><td>{}</td></tr>", html(name),
                        html(exact), html(on_chip));
  };
  const auto accuracy = [](const std::optional<double>& value) {
    return value ? percent(*value) + " %" : std::string("-");
  };
  row("Accuracy", accuracy(data.test_accuracy), accuracy(chip.accuracy));
  for (const ReportChip::Layer& layer : chip.layers) {
    row(fmt::format("Spikes per sample, {}", layer.name), short_number(layer.exact_spikes),
        short_number(layer.chip_spikes));
  }
  std::string table = fmt::format(
      "<div class=\"scroll\"><table class=\"numbers\"><thead><tr><th "
      "class=\"text\"></th><th>exact</th>"
      "<th>{}</th></tr></thead><tbody>{}</tbody></table></div>",
      html(chip.name), rows);

  std::vector<ReportFact> facts;
  if (chip.agreement)
    facts.push_back({"Same decision", percent(*chip.agreement) + " % of samples"});
  if (chip.step > 0) facts.push_back({"Time step", fmt::format("{:g} ms", chip.step)});
  if (chip.synapses > 0) {
    const auto share = [&](std::uint64_t count) {
      if (count == 0) return fmt::format("none of {}", chip.synapses);
      return fmt::format("{} of {} ({:.2g} %)", count, chip.synapses,
                         100.0 * static_cast<double>(count) / static_cast<double>(chip.synapses));
    };
    facts.push_back({"Weights clipped", share(chip.clipped_weights)});
    facts.push_back({"Delays clipped", share(chip.clipped_delays)});
  }
  facts.insert(facts.end(), chip.facts.begin(), chip.facts.end());

  std::string left = table + fact_table(facts);
  std::string body = left;
  if (!chip.layers.empty()) {
    BarGroups bars;
    bars.title = "Spikes per sample";
    bars.series = {"exact", chip.name};
    bars.values.resize(2);
    for (const ReportChip::Layer& layer : chip.layers) {
      bars.groups.push_back(layer.name);
      bars.values[0].push_back(layer.exact_spikes);
      bars.values[1].push_back(layer.chip_spikes);
    }
    body = fmt::format("<div class=\"grid\"><div class=\"panel\">{}</div>{}</div>", left,
                       figure(render(bars)));
  } else {
    body = "<div class=\"panel\">" + left + "</div>";
  }
  if (!chip.tuning.empty()) {
    LineChart tuning;
    tuning.title = "Fine-tuning: accuracy on the chip";
    tuning.x.label = "epoch";
    tuning.y.unit = "%";
    Series train{"training", {}, {}}, validation{"validation", {}, {}};
    train.color = 0;
    train.dashed = true;
    validation.color = 1;
    for (const EpochMetrics& e : chip.tuning) {
      train.x.push_back(e.epoch);
      train.y.push_back(in_percent(e.train_accuracy));
      validation.x.push_back(e.epoch);
      validation.y.push_back(in_percent(e.validation_accuracy));
    }
    tuning.series = {train, validation};
    body += grid({render(tuning)});
  }
  if (!chip.registers.empty()) {
    body += "<div class=\"panel\">" + register_table(chip.registers) + "</div>";
  }
  return section(
      "On the chip",
      fmt::format("The same network with the integers, the time steps and the limits of {}{}. "
                  "Spikes move to whole steps, weights to few bits; what the decisions make of "
                  "it stands here.",
                  chip.name, chip.tuned ? ", fine-tuned for them" : ""),
      body);
}

std::string facts_section(const ReportData& data) {
  std::vector<ReportFact> facts = data.facts;
  if (data.parameters > 0) {
    facts.push_back({"Learned parameters", fmt::format("{}", data.parameters)});
  }
  std::string body;
  if (!facts.empty()) body += "<div class=\"panel\">" + fact_table(facts) + "</div>";
  if (!data.scenario_text.empty()) {
    std::string_view shown = data.scenario_text;
    std::string cut;
    if (shown.size() > largest_scenario) {
      cut = fmt::format("\n... {} more bytes", shown.size() - largest_scenario);
      shown = shown.substr(0, largest_scenario);
    }
    body += fmt::format(
        "<details><summary>The scenario, as it was trained</summary><pre>{}{}</pre></details>",
        html(shown), html(cut));
  }
  body += callouts(data.notes, "note");
  if (body.empty()) return "";
  return section(
      "How to get this run again",
      "The same scenario, seed and version give the same bits on the same type of machine, "
      "whatever the number of threads.",
      body);
}

}  // namespace

std::string render_report(const ReportData& data) {
  std::string body;
  body += hero(data);
  body += learning_section(data);
  body += sample_section(data);
  body += confusion_section(data);
  body += values_section(data);
  body += chip_section(data);
  if (data.budget) body += budget_section(*data.budget);
  if (data.mapping) body += mapping_section(*data.mapping);
  body += facts_section(data);
  return page(data.title.empty() ? "Untitled run" : data.title, body);
}

std::string render_report_figure(const ReportData& data) {
  std::vector<std::vector<std::string>> columns;
  std::string raster;
  double height = 560;
  if (data.sample) {
    raster = render(sample_raster(*data.sample, 560));
    height = std::max(natural_height(raster), 400.0);
  }
  if (!data.epochs.empty() || !data.sample) {
    std::vector<std::string> curves;
    for (LineChart chart : {accuracy_chart(data), loss_chart(data)}) {
      chart.width = 420;
      chart.height = height / 2;
      curves.push_back(render(chart));
    }
    columns.push_back(std::move(curves));
  }
  if (data.sample) columns.push_back({std::move(raster)});
  return standalone_svg(arrange(columns));
}

}  // namespace retrograde
