#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/page/page.hpp>
#include <retrograde/scenarios/show/page/panels.hpp>
#include <retrograde/scenarios/show/page/sections.hpp>
#include <retrograde/scenarios/show/plot/palette.hpp>

namespace retrograde {

using namespace page_parts;

namespace {

constexpr std::size_t most_epoch_rows = 500;  // of the table

LineChart curve_chart(const Report& report, std::string title, std::string unit) {
  LineChart chart;
  chart.title = std::move(title);
  chart.x.label = "epoch";
  chart.y.unit = std::move(unit);
  if (const EpochMetrics* best = report.best_epoch(); best && report.history().size() > 1)
    chart.rules.push_back({static_cast<double>(best->epoch), "best", true});
  return chart;
}

template <typename Get>
Series curve(const Report& report, std::string name, int color, int dash, Get get) {
  Series series;
  series.name = std::move(name);
  series.color = color;
  series.dash = dash;
  for (const EpochMetrics& epoch : report.history()) {
    series.x.push_back(epoch.epoch);
    series.y.push_back(static_cast<double>(get(epoch)));
  }
  return series;
}

template <typename Predicate>
bool any_epoch(const Report& report, Predicate predicate) {
  return std::any_of(report.history().begin(), report.history().end(), predicate);
}

bool rate_moves(const Report& report) {
  const double rate = report.history().front().rate_factor;
  return any_epoch(report, [&](const EpochMetrics& e) { return e.rate_factor != rate; });
}

bool has_slopes(const Report& report) {
  return any_epoch(report, [](const EpochMetrics& e) {
    return std::isfinite(e.grazing.smallest_slope) && e.grazing.smallest_slope > 0;
  });
}

std::uint64_t ties(const EpochMetrics& e) { return e.grazing.spike_ties + e.grazing.arrival_ties; }

bool has_grazing(const Report& report) {
  return any_epoch(report, [](const EpochMetrics& e) { return e.grazing.grazing + ties(e) > 0; });
}

LineChart spikes_chart(const Report& report) {
  LineChart chart = curve_chart(report, "Spikes per neuron and sample", "");
  chart.series.push_back(curve(report, "", palette::training, 0,
                               [](const EpochMetrics& e) { return e.spikes_per_neuron; }));
  return chart;
}

LineChart silent_chart(const Report& report) {
  LineChart chart = curve_chart(report, "Silent neurons", "");
  chart.y.low = 0.0;
  chart.series.push_back(curve(report, "", palette::training, 0,
                               [](const EpochMetrics& e) { return e.silent_neurons; }));
  return chart;
}

LineChart rate_chart(const Report& report) {
  LineChart chart = curve_chart(report, "Learning rate, relative to the start", "");
  chart.y.low = 0.0;
  chart.series.push_back(
      curve(report, "", palette::training, 0, [](const EpochMetrics& e) { return e.rate_factor; }));
  return chart;
}

LineChart slope_chart(const Report& report) {
  LineChart chart = curve_chart(report, "Smallest slope at a spike (1/ms, logarithmic)", "1/ms");
  chart.y.log = true;
  chart.series.push_back(curve(report, "", palette::training, 0,
                               [](const EpochMetrics& e) { return e.grazing.smallest_slope; }));
  return chart;
}

LineChart grazing_chart(const Report& report) {
  LineChart chart = curve_chart(report, "Grazing spikes and ties", "");
  chart.y.low = 0.0;
  chart.series.push_back(curve(report, "grazing", palette::training, 0,
                               [](const EpochMetrics& e) { return e.grazing.grazing; }));
  chart.series.push_back(curve(report, "ties", palette::other, 1, ties));
  return chart;
}

// One column of the table of epochs.
struct Column {
  std::string head;
  std::string (*cell)(const EpochMetrics& epoch);
};

std::vector<Column> epoch_columns(const Report& report) {
  using E = const EpochMetrics&;
  std::vector<Column> columns = {
      {"epoch", [](E e) { return fmt::format("{}", e.epoch); }},
      {"training loss", [](E e) { return fmt::format("{:.5g}", e.train_loss); }}};
  const bool labelled = report.evaluation.labelled();
  if (labelled)
    columns.push_back({"training %", [](E e) { return percent_number(e.train_accuracy); }});
  if (report.has_validation()) {
    columns.push_back(
        {"validation loss", [](E e) { return fmt::format("{:.5g}", e.validation_loss); }});
    if (labelled)
      columns.push_back(
          {"validation %", [](E e) { return percent_number(e.validation_accuracy); }});
  }
  columns.insert(
      columns.end(),
      {{"spikes per neuron", [](E e) { return fmt::format("{:.3f}", e.spikes_per_neuron); }},
       {"silent", [](E e) { return fmt::format("{}", e.silent_neurons); }},
       {"silent in a batch", [](E e) { return fmt::format("{:.2f}", e.silent_per_batch); }},
       {"rate factor", [](E e) { return fmt::format("{:.4g}", e.rate_factor); }},
       {"smallest slope (1/ms)",
        [](E e) { return fmt::format("{:.3g}", e.grazing.smallest_slope); }},
       {"grazing", [](E e) { return fmt::format("{}", e.grazing.grazing); }},
       {"ties", [](E e) { return fmt::format("{}", ties(e)); }},
       {"seconds", [](E e) { return fmt::format("{:.2f}", e.seconds); }}});
  return columns;
}

// Every epoch, or every so many where they are many, with the best and the last.
std::string epoch_table(const Report& report) {
  const std::vector<Column> columns = epoch_columns(report);
  const std::vector<EpochMetrics>& epochs = report.history();
  const EpochMetrics* best = report.best_epoch();
  const std::size_t every = (epochs.size() + most_epoch_rows - 1) / most_epoch_rows;
  std::string head, body;
  for (const Column& column : columns) head += fmt::format("<th>{}</th>", html(column.head));
  for (const EpochMetrics& e : epochs) {
    const auto i = static_cast<std::size_t>(&e - epochs.data());
    if (i % every != 0 && i + 1 != epochs.size() && &e != best) continue;
    body += &e == best ? "<tr class=\"best\">" : "<tr>";
    for (const Column& column : columns) body += fmt::format("<td>{}</td>", column.cell(e));
    body += "</tr>";
  }
  std::string out = fmt::format(
      "<details><summary>All numbers, epoch by epoch</summary><div class=\"scroll\"><table "
      "class=\"numbers\"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
      head, body);
  if (every > 1) out += fmt::format("<p class=\"caption\">Every {}th epoch is shown.</p>", every);
  return out + "</details>";
}

std::string learning_caption(const Report& report) {
  std::string caption = "One point per pass over the training set. ";
  caption += report.has_validation()
                 ? "The gap between training and validation is what the network learned by heart; "
                   "neurons that are silent cannot learn, since only spikes carry gradients."
                 : "Neurons that are silent cannot learn, since only spikes carry gradients.";
  if (has_slopes(report) && rate_moves(report))
    caption += " A spike that barely reaches the threshold has a small slope and a large gradient.";
  if (has_grazing(report))
    caption +=
        " Grazing spikes have a slope below the scenario's slope_min; ties are events that share "
        "an instant, where the gradient depends on which side it is taken from.";
  return caption;
}

}  // namespace

double in_percent(const std::optional<double>& accuracy) {
  return accuracy ? 100 * *accuracy : std::numeric_limits<double>::quiet_NaN();
}

LineChart accuracy_chart(const Report& report) {
  LineChart chart = curve_chart(report, "Accuracy (%)", "%");
  if (report.has_validation())
    chart.series.push_back(
        curve(report, "validation", palette::validation, 0,
              [](const EpochMetrics& e) { return in_percent(e.validation_accuracy); }));
  chart.series.push_back(curve(report, "training", palette::training,
                               report.has_validation() ? 1 : 0,
                               [](const EpochMetrics& e) { return in_percent(e.train_accuracy); }));
  return chart;
}

LineChart loss_chart(const Report& report) {
  LineChart chart = curve_chart(report, "Loss", "");
  if (report.has_validation())
    chart.series.push_back(curve(report, "validation", palette::validation, 0,
                                 [](const EpochMetrics& e) { return e.validation_loss; }));
  chart.series.push_back(curve(report, "training", palette::training,
                               report.has_validation() ? 1 : 0,
                               [](const EpochMetrics& e) { return e.train_loss; }));
  // Where the loss falls over orders of magnitude a straight axis shows only its beginning.
  double lowest = INFINITY, highest = 0;
  bool positive = true;
  for (const Series& series : chart.series)
    for (const double value : series.y) {
      if (!std::isfinite(value)) continue;
      positive = positive && value > 0;
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
    }
  chart.y.log = positive && highest > 20 * lowest;
  if (chart.y.log) chart.title = "Loss (logarithmic)";
  return chart;
}

std::string learning_section(const Report& report) {
  if (report.history().empty()) return "";
  std::vector<std::string> charts;
  if (report.evaluation.labelled()) charts.push_back(render(accuracy_chart(report)));
  charts.push_back(render(loss_chart(report)));
  charts.push_back(render(spikes_chart(report)));
  charts.push_back(render(silent_chart(report)));
  if (rate_moves(report)) {
    charts.push_back(render(rate_chart(report)));
    if (has_slopes(report)) charts.push_back(render(slope_chart(report)));
  }
  if (has_grazing(report)) charts.push_back(render(grazing_chart(report)));
  return section("How it learned", learning_caption(report), grid(charts) + epoch_table(report));
}

}  // namespace retrograde
