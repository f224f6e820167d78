#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/plot/chart/axes.hpp>
#include <retrograde/scenarios/show/plot/chart/shades.hpp>
#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

using namespace svg_parts;
using namespace chart_parts;

namespace {

// From so many neurons on, single spikes cannot be told apart, and the rate stands below them.
constexpr std::uint32_t crowd = 64;
constexpr double rate_height = 40;
// Where all bands together have more spikes than this, those of more than their share are shaded
// instead; the cells of all such bands together stay below a number, too, and are never smaller than
// a screen shows.
constexpr std::size_t most_ticks = 6'000;
constexpr double most_cells = 34'000, smallest_cell = 2, cell_shape = 1.5;
// What one picture shows of bands and voltages; and how high the bands of crowds are together, where
// they are many.
constexpr std::size_t most_bands = 48, most_traces = 24;
constexpr double crowds_height = 1600, lowest_crowd = 60;
// Labels of marks stand in so many rows, above each other; what has no room there shows on hovering.
constexpr std::size_t mark_rows = 3, most_marks = 1000;
constexpr double mark_row_height = 15;

// Where everything of a raster lies, from top to bottom.
struct RasterPlan {
  struct Place {
    double top, height;
    bool rate;    // the curve is below
    bool shaded;  // not drawn spike by spike
    double bottom() const { return top + height + (rate ? rate_height + 4 : 0); }
  };
  Time from = 0, to = 0;  // what is shown
  std::vector<Place> bands;
  double bands_top = 46, bands_bottom = 46;
  std::vector<int> label_rows;  // of the marks, -1: no room
  std::vector<std::string> notes;
  bool has_traces = false;
  std::string legend;  // of the traces
  double label_y = 0;
  Frame panel{};  // of the traces
  Frame frame{};  // of all
  double height = 0;
  Scale x;
  std::size_t spikes = 0;
  double cell = smallest_cell;  // height of the cells of shaded bands

  Time shown_time() const { return to - from; }
  bool within(double time) const { return time >= from && time <= to; }  // not of no number
  double share(double time) const { return (time - from) / (to - from); }
};

double height_of(const Raster::Band& band, std::size_t bands) {
  const double most = band.size > 4 * crowd ? 230.0 : 170.0;
  const double room = std::max(lowest_crowd, crowds_height / static_cast<double>(bands));
  return std::clamp(9.0 * band.size, 30.0, std::min(most, room));
}

bool shown(const RasterPlan& plan, const Raster::Band& band, std::size_t spike) {
  return plan.within(band.times[spike]) && band.neurons[spike] < band.size;
}

std::size_t spikes_shown(const RasterPlan& plan, const Raster::Band& band) {
  std::size_t count = 0;
  for (const double time : band.times) count += plan.within(time);
  return count;
}

std::string mark_text(const Raster::Mark& mark) { return fitted(mark.label, text_size, 200); }

// The lowest row in which a label touches none before it, as far as there is one.
void plan_marks(const Raster& chart, RasterPlan& plan, double left, double right) {
  std::vector<double> free(mark_rows, left);
  const Scale x{plan.from, plan.to, left, right, false};
  for (const Raster::Mark& mark : chart.marks) {
    plan.label_rows.push_back(-1);
    if (!plan.within(mark.time) || mark.label.empty()) continue;
    const double width = text_width(mark_text(mark), text_size);
    const double at = std::min(x(mark.time), right - width);
    for (std::size_t row = 0; row < mark_rows && plan.label_rows.back() < 0; ++row)
      if (at >= free[row]) {
        free[row] = at + width + 10;
        plan.label_rows.back() = static_cast<int>(row);
      }
  }
  const int rows = plan.label_rows.empty()
                       ? 0
                       : 1 + *std::max_element(plan.label_rows.begin(), plan.label_rows.end());
  plan.bands_top += mark_row_height * rows;
}

// What is left out of one picture.
void note_what_is_missing(const Raster& chart, RasterPlan& plan) {
  plan.notes = chart.notes;
  if (chart.bands.size() > most_bands)
    plan.notes.push_back(fmt::format("Not drawn: {} of {} populations; the first ones are.",
                                     chart.bands.size() - most_bands, chart.bands.size()));
  if (chart.traces.size() > most_traces)
    plan.notes.push_back(fmt::format("Not drawn: {} of {} curves; the first ones are.",
                                     chart.traces.size() - most_traces, chart.traces.size()));
  if (chart.marks.size() > most_marks)
    plan.notes.push_back(fmt::format("Not drawn: {} of {} marks; the first ones are.",
                                     chart.marks.size() - most_marks, chart.marks.size()));
}

void plan_shades(const Raster& chart, RasterPlan& plan) {
  double area = 0;
  for (std::size_t b = 0; b < plan.bands.size(); ++b) {
    RasterPlan::Place& place = plan.bands[b];
    const bool crowded = plan.spikes > most_ticks &&
                         spikes_shown(plan, chart.bands[b]) > most_ticks / plan.bands.size();
    place.shaded = crowded || !chart.bands[b].levels.empty();
    if (place.shaded) area += place.height * (plan.frame.right - plan.frame.left);
  }
  plan.cell = std::max(smallest_cell, std::sqrt(area / cell_shape / most_cells));
}

RasterPlan plan_of(const Raster& chart, const Extent& voltages) {
  RasterPlan plan;
  const double left = 104, right = chart.width - 18;
  plan.from = chart.from;
  plan.to = std::min(chart.to.value_or(chart.duration), chart.duration);
  note_what_is_missing(chart, plan);
  plan_marks(chart, plan, left, right);
  double y = plan.bands_top;
  const std::size_t bands = std::min(chart.bands.size(), most_bands);
  for (std::size_t b = 0; b < bands; ++b) {
    const Raster::Band& band = chart.bands[b];
    plan.bands.push_back(
        {y, height_of(band, bands), band.size > crowd && band.levels.empty(), false});
    y = plan.bands.back().bottom() + 6;
    plan.spikes += spikes_shown(plan, band);
  }
  plan.bands_bottom = y - 6;
  plan.has_traces = !voltages.empty();
  if (plan.has_traces) {
    std::vector<LegendEntry> entries;
    for (std::size_t k = 0; k < std::min(chart.traces.size(), most_traces); ++k)
      // Where colours repeat, dashes tell.
      entries.push_back({chart.traces[k].name, static_cast<int>(k), LegendEntry::Mark::line,
                         static_cast<int>(k) / palette_size});
    double top = y + 22;
    plan.label_y = top;
    plan.legend = legend(entries, left, right, top);
    plan.panel = {left, top + 12, right, top + 142};
    y = plan.panel.bottom;
  }
  plan.frame = {left, plan.bands_top, right, y};
  plan.height = y + 44 + 18 * static_cast<double>(plan.notes.size());
  plan.x = {plan.from, plan.to, left, right, false};
  plan_shades(chart, plan);
  return plan;
}

// Through bands and voltages, but not through the legend between them.
std::string upright(const RasterPlan& plan, double time, const char* kind) {
  const double x = plan.x(time);
  std::string both = line(x, plan.bands_top, x, plan.bands_bottom, kind);
  if (plan.has_traces) both += line(x, plan.panel.top, x, plan.panel.bottom, kind);
  return both;
}

std::string band_ground(const RasterPlan& plan, std::size_t b) {
  const RasterPlan::Place& place = plan.bands[b];
  return fmt::format("<rect class=\"band\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
                     c(plan.frame.left), c(place.top), c(plan.frame.right - plan.frame.left),
                     c(place.height));
}

// The name of a band, and the numbers of its first and last neuron where there is room.
std::string band_labels(const Raster& chart, const Raster::Band& band,
                        const RasterPlan::Place& place, double left) {
  const double middle = place.top + place.height / 2;
  std::string out = text(left - 12, middle, fitted(band.name, text_size, 84), "end strong");
  out += text(left - 12, middle + 15,
              band.size < 10'000 ? plural(band.size, chart.members)
                                 : fmt::format("{} {}s", short_number(band.size), chart.members),
              "end");
  if (place.height < 60) return out;
  out += text(left - 5, place.top + 10, "0", "end");
  return out + text(left - 5, place.top + place.height, std::to_string(band.size - 1), "end");
}

// Spikes as ticks: each with its name while they are few, thin and pale where they are many.
std::string band_spikes(const Raster& chart, const RasterPlan& plan, std::size_t b) {
  const Raster::Band& band = chart.bands[b];
  const RasterPlan::Place& place = plan.bands[b];
  const double pitch = (place.height - 4) / std::max(band.size, 1u);
  const std::size_t many = spikes_shown(plan, band);
  const double tall = std::clamp(0.85 * pitch, many > 2000 ? 1.0 : 3.0, 14.0);
  const std::string color = fmt::format("c{}", b % palette_size);
  std::string out, path;
  for (std::size_t i = 0; i < std::min(band.times.size(), band.neurons.size()); ++i) {
    if (!shown(plan, band, i)) continue;
    const double middle = place.top + 2 + pitch * (band.neurons[i] + 0.5);
    const std::string mark =
        fmt::format("M{} {}v{}", c(plan.x(band.times[i])), c(middle - tall / 2), c(tall));
    if (plan.spikes > 600)
      path += mark;
    else
      out += fmt::format(
          "<path class=\"tick {}\" stroke-width=\"2\" d=\"{}\"><title>{}[{}] at {:.4g} ms</title>"
          "</path>",
          color, mark, escape_xml(band.name), band.neurons[i], band.times[i]);
  }
  if (path.empty()) return out;
  return out + fmt::format("<path class=\"tick {}\" stroke-width=\"{}\"{} d=\"{}\"/>", color,
                           many > 2000 ? "0.8" : "1.2",
                           many > 10'000 ? " stroke-opacity=\"0.5\"" : "", path);
}

// The lowest and the highest value of an analogue signal, 0 among them, where it begins.
Extent levels_of(const Raster::Band& band) {
  Extent extent;
  extent.add(0, false);
  for (const double level : band.levels) extent.add(level, false);
  return extent;
}

// Each neuron's signal as it is in the middle of every cell; of several neurons in a row the mean.
Shades signal_shades(const RasterPlan& plan, const Raster::Band& band, Shades shades) {
  const Extent extent = levels_of(band);
  std::vector<std::size_t> in_row(shades.rows, 0);
  const double step = 1.0 / static_cast<double>(shades.columns);
  std::vector<std::vector<std::size_t>> changes(band.size);
  for (std::size_t i = 0; i < std::min(band.times.size(), band.levels.size()); ++i)
    if (band.times[i] <= plan.to && band.neurons[i] < band.size)
      changes[band.neurons[i]].push_back(i);
  for (std::uint32_t n = 0; n < band.size; ++n) {
    const double y = (n + 0.5) / band.size;
    double level = 0;
    std::size_t next = 0;
    for (std::size_t column = 0; column < shades.columns; ++column) {
      const double x = (static_cast<double>(column) + 0.5) * step;
      while (next < changes[n].size() && plan.share(band.times[changes[n][next]]) <= x)
        level = band.levels[changes[n][next++]];
      if (extent.high > extent.low)
        shades.at(x, y) += (level - extent.low) / (extent.high - extent.low);
    }
    ++in_row[static_cast<std::size_t>(y * static_cast<double>(shades.rows))];
  }
  for (std::size_t row = 0; row < shades.rows; ++row)
    for (std::size_t column = 0; column < shades.columns; ++column)
      shades.shares[row * shades.columns + column] /=
          static_cast<double>(std::max<std::size_t>(in_row[row], 1));
  return shades;
}

Shades spike_shades(const RasterPlan& plan, const Raster::Band& band, const Shades& grid) {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < std::min(band.times.size(), band.neurons.size()); ++i)
    if (shown(plan, band, i)) {
      x.push_back(plan.share(band.times[i]));
      y.push_back((band.neurons[i] + 0.5) / band.size);
    }
  return density(grid.columns, grid.rows, x, y);
}

// A band in cells of some neurons and a stretch of time: an analogue signal, or how many spikes there
// are at each place.
std::string band_shades(const Raster& chart, const RasterPlan& plan, std::size_t b) {
  const Raster::Band& band = chart.bands[b];
  const RasterPlan::Place& place = plan.bands[b];
  const double width = plan.frame.right - plan.frame.left, height = place.height - 4;
  const auto cells = [](double length, double cell) {
    return static_cast<std::size_t>(std::max(1.0, std::floor(length / cell)));
  };
  const Shades grid(cells(width, cell_shape * plan.cell),
                    std::min<std::size_t>(cells(height, plan.cell), std::max(band.size, 1u)));
  std::string what;
  if (band.levels.empty()) {
    what =
        fmt::format("{}, shaded by their number in {:.3g} {} and {:.3g} {}s",
                    plural(spikes_shown(plan, band), chart.events),
                    plan.shown_time() / static_cast<double>(grid.columns), chart.time.unit,
                    static_cast<double>(band.size) / static_cast<double>(grid.rows), chart.members);
  } else {
    const Extent extent = levels_of(band);
    what = fmt::format("a signal from {:.4g} to {:.4g}", extent.low, extent.high);
  }
  return fmt::format(
      "<g><title>{}: {}</title>{}</g>", escape_xml(band.name), escape_xml(what),
      render(band.levels.empty() ? spike_shades(plan, band, grid) : signal_shades(plan, band, grid),
             plan.frame.left, place.top + 2, width, height, static_cast<int>(b)));
}

// Rings around the spikes that are to be told from the rest.
std::string band_rings(const Raster& chart, const RasterPlan& plan, std::size_t b) {
  const Raster::Band& band = chart.bands[b];
  const RasterPlan::Place& place = plan.bands[b];
  const double pitch = (place.height - 4) / std::max(band.size, 1u);
  std::string path;
  for (const std::size_t i : band.ringed)
    if (i < std::min(band.times.size(), band.neurons.size()) && shown(plan, band, i))
      path += fmt::format("M{} {}m-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z", c(plan.x(band.times[i])),
                          c(place.top + 2 + pitch * (band.neurons[i] + 0.5)));
  return path.empty()
             ? path
             : fmt::format("<path class=\"curve thin c{}\" d=\"{}\"/>", palette::wrong, path);
}

// Below a band, in each of some hundred bins: how often its neurons fire, or how many events there are
// of what is no spike in ms.
std::string band_rate(const Raster& chart, const RasterPlan& plan, std::size_t b) {
  const Raster::Band& band = chart.bands[b];
  constexpr std::size_t bins = 120;
  std::vector<double> counts(bins, 0.0);
  for (std::size_t i = 0; i < std::min(band.times.size(), band.neurons.size()); ++i)
    if (shown(plan, band, i))
      ++counts[std::min(static_cast<std::size_t>(bins * plan.share(band.times[i])), bins - 1)];
  const double most = *std::max_element(counts.begin(), counts.end());
  const double bottom = plan.bands[b].bottom(), top = bottom - rate_height;
  const Scale y{0, std::max(most, 1.0), bottom, top, false};
  std::string path = fmt::format("M{} {}", c(plan.frame.left), c(bottom));
  for (std::size_t k = 0; k < bins; ++k)
    path +=
        fmt::format("V{}H{}", c(y(counts[k])),
                    c(plan.x(plan.from + plan.shown_time() * static_cast<double>(k + 1) / bins)));
  const double width = plan.shown_time() / bins;
  const bool rate = chart.events == "spike" && chart.time.unit == "ms";
  const std::string bin = fmt::format("{:.3g} {}", width, chart.time.unit);
  std::string out = fmt::format("<g><title>{}, in bins of {}</title>", escape_xml(band.name), bin);
  out +=
      fmt::format("<path class=\"area c{}\" d=\"{}V{}Z\"/></g>", b % palette_size, path, c(bottom));
  const double x = plan.frame.left - 5;
  out += text(x, top + 10,
              rate ? fmt::format("{:.3g}", 1000 * most / (width * band.size)) : short_number(most),
              "end");
  out += text(x, top + 24, rate ? "spikes/s" : chart.events + "s in", "end");
  return out + text(x, top + 38, rate ? "per " + chart.members : bin, "end");
}

// What the picture has of a curve, with one point more on either side where the edge cuts it.
Points trace_points(const RasterPlan& plan, const Raster::Trace& trace) {
  const auto low = std::lower_bound(trace.times.begin(), trace.times.end(), plan.from);
  const auto high = std::upper_bound(low, trace.times.end(), plan.to);
  const auto count =
      std::min(static_cast<std::size_t>(high - trace.times.begin()), trace.values.size());
  const std::size_t first = std::min(static_cast<std::size_t>(low - trace.times.begin()), count);
  const auto part = [&](const std::vector<double>& of) {
    return std::vector<double>(of.begin() + static_cast<std::ptrdiff_t>(first),
                               of.begin() + static_cast<std::ptrdiff_t>(count));
  };
  return decimate(part(trace.times), part(trace.values), curve_points);
}

std::string raster_traces(const Raster& chart, const RasterPlan& plan, const Extent& voltages) {
  const Frame& panel = plan.panel;
  const Scale v = make_scale(voltages, {}, panel.bottom, panel.top, 0.06);
  std::string out = y_axis(v, panel, 4);
  out +=
      text(panel.left - 12, plan.label_y, fitted(chart.trace_label, text_size, 90), "end strong");
  out += plan.legend;
  if (chart.threshold) {
    const double at = v(*chart.threshold);
    out += line(panel.left, at, panel.right, at, "rule");
    out += text(panel.right, at - 5, "threshold", "end");
  }
  for (std::size_t k = 0; k < std::min(chart.traces.size(), most_traces); ++k)
    out +=
        polyline(trace_points(plan, chart.traces[k]), plan.x, v,
                 curve_classes(static_cast<int>(k), static_cast<int>(k) / palette_size) + " thin");
  return out;
}

std::string raster_marks(const Raster& chart, const RasterPlan& plan) {
  std::string out;
  for (std::size_t k = 0; k < std::min(chart.marks.size(), most_marks); ++k) {
    const Raster::Mark& mark = chart.marks[k];
    if (!plan.within(mark.time)) continue;
    const double x = plan.x(mark.time);
    out += fmt::format("<g><title>{}: {:.6g} {}</title>{}</g>", escape_xml(mark.label), mark.time,
                       escape_xml(chart.time.unit), upright(plan, mark.time, "rule"));
    if (plan.label_rows[k] < 0) continue;
    const std::string label = mark_text(mark);
    out += text(std::min(x, plan.frame.right - text_width(label, text_size)),
                plan.bands_top - 6 - mark_row_height * plan.label_rows[k], label);
  }
  return out;
}

}  // namespace

std::string render(const Raster& chart) {
  Extent voltages;
  const Time to = std::min(chart.to.value_or(chart.duration), chart.duration);
  for (std::size_t k = 0; k < std::min(chart.traces.size(), most_traces); ++k) {
    const Raster::Trace& trace = chart.traces[k];
    for (std::size_t i = 0; i < std::min(trace.times.size(), trace.values.size()); ++i)
      if (trace.times[i] >= chart.from && trace.times[i] <= to)
        voltages.add(trace.values[i], false);
  }
  if ((chart.bands.empty() && voltages.empty()) || !(to > chart.from))
    return no_data(chart.width, 200, chart.title);
  if (!voltages.empty() && chart.threshold) voltages.add(*chart.threshold, false);
  const RasterPlan plan = plan_of(chart, voltages);
  const Frame& frame = plan.frame;

  std::string out = open_svg(chart.width, plan.height, chart.title);
  out += text(16, 24, fitted(chart.title, 14, chart.width - 32), "title");
  for (std::size_t b = 0; b < plan.bands.size(); ++b)
    out += band_ground(plan, b) + band_labels(chart, chart.bands[b], plan.bands[b], frame.left);
  for (const double tick : plan.x.ticks(static_cast<int>((frame.right - frame.left) / 70)))
    out += upright(plan, tick, "grid");
  for (std::size_t b = 0; b < plan.bands.size(); ++b) {
    out += plan.bands[b].shaded ? band_shades(chart, plan, b) : band_spikes(chart, plan, b);
    out += band_rings(chart, plan, b);
    if (plan.bands[b].rate) out += band_rate(chart, plan, b);
  }
  if (plan.has_traces) out += raster_traces(chart, plan, voltages);
  for (const Rule& rule : chart.rules) {
    out += upright(plan, rule.value, "rule");
    out += rule_text(rule, plan.x, frame, frame.top - 6);
  }
  out += raster_marks(chart, plan);
  out += x_axis(plan.x, frame, chart.time, false);
  for (std::size_t k = 0; k < plan.notes.size(); ++k)
    out += text(16, frame.bottom + 52 + 18 * static_cast<double>(k),
                fitted(plan.notes[k], text_size, chart.width - 32));
  return out + "</svg>";
}

}  // namespace retrograde
