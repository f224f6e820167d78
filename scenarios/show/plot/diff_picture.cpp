#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/diff_picture.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

constexpr double width = 980;
// v is shown so many steps before and after a divergence.
constexpr std::int64_t v_steps_around = 15;

using loihi2::unknown;

Raster::Band band(const std::string& name, const SpikeTrains::Population& p) {
  Raster::Band band;
  band.name = name;
  band.size = static_cast<std::uint32_t>(std::max<std::size_t>(p.neurons.size(), 1));
  for (std::uint32_t n = 0; n < p.neurons.size(); ++n)
    if (p.neurons[n])
      for (const Time t : *p.neurons[n]) {
        band.times.push_back(t);
        band.neurons.push_back(n);
      }
  return band;
}

// Rings around those spikes of one neuron, `times`, that have no partner; both ascending. `at`: the
// position of its first spike in the band, which moves to that of the next neuron.
void ring(Raster::Band& band, std::size_t& at, const std::optional<std::vector<Time>>& times,
          const std::vector<Time>& alone) {
  if (!times) return;
  std::size_t next = 0;
  for (std::size_t i = 0; i < times->size() && next < alone.size(); ++i)
    if ((*times)[i] == alone[next]) {
      band.ringed.push_back(at + i);
      ++next;
    }
  at += times->size();
}

// A above B, with what has no partner ringed, and a word on which is which.
void add_bands(Raster& raster, const Diff& diff, const SpikeTrains::Population& a,
               const SpikeTrains::Population& b, Time tolerance, const std::string& within) {
  Raster::Band above = band(a.name + ", A", a), below = band(b.name + ", B", b);
  std::size_t at_a = 0, at_b = 0;
  for (std::size_t n = 0; n < std::max(a.neurons.size(), b.neurons.size()); ++n) {
    const auto of_a = n < a.neurons.size() ? a.neurons[n] : std::nullopt,
               of_b = n < b.neurons.size() ? b.neurons[n] : std::nullopt;
    const Partners found = of_a && of_b ? partners(*of_a, *of_b, tolerance) : Partners{};
    ring(above, at_a, of_a, found.alone_a);
    ring(below, at_b, of_b, found.alone_b);
  }
  raster.notes = {
      fmt::format("A: {}", diff.a.label), fmt::format("B: {}", diff.b.label),
      fmt::format("Ringed: no partner on the other side {}; {} of {} spikes of A, {} of "
                  "{} of B.",
                  within, above.ringed.size(), above.times.size(), below.ringed.size(),
                  below.times.size())};
  raster.bands = {std::move(above), std::move(below)};
}

// v of one side in steps, in weight units of 64 as thresholds are.
Series v_series(const std::string& name, const loihi2::CapturedNeuron& n, std::int64_t from,
                std::int64_t to, std::int64_t shift) {
  Series series{name, {}, {}};
  for (std::int64_t t = std::max<std::int64_t>(from, 0); t <= to; ++t) {
    const std::int64_t at = t + shift;
    if (at < 0 || at >= static_cast<std::int64_t>(n.v.size()) ||
        n.v[static_cast<std::size_t>(at)] == unknown)
      continue;
    series.x.push_back(static_cast<double>(t));
    series.y.push_back(n.v[static_cast<std::size_t>(at)] / 64.0);
  }
  return series;
}

// The population that parts first, or the last one.
const loihi2::PairedPopulation& shown_population(const loihi2::CaptureDiff& d) {
  return d.populations[d.first ? d.first->population : d.populations.size() - 1];
}

// Spikes of a population of one side, in steps of A.
SpikeTrains::Population trains(const DiffSide& side, const std::string& name, std::uint32_t index,
                               std::int32_t shift) {
  SpikeTrains::Population of_side{name, {}};
  for (const loihi2::CapturedNeuron& n : side.capture->populations[index].neurons) {
    auto& times = of_side.neurons.emplace_back(std::vector<Time>{});
    for (std::uint32_t t = 0; t < n.messages.size(); ++t)
      if (n.messages[t] != 0) times->push_back(static_cast<double>(t) - shift);
  }
  return of_side;
}

Raster raster_in_steps(const Diff& diff) {
  const loihi2::CaptureDiff& d = *diff.steps;
  const loihi2::PairedPopulation& p = shown_population(d);
  Raster raster;
  raster.title = fmt::format("spikes of {}, A above B", p.name);
  raster.time = {.label = "step of A"};
  raster.duration = std::max(diff.a.capture->steps, diff.b.capture->steps);
  add_bands(raster, diff, trains(diff.a, p.name, p.a, 0), trains(diff.b, p.name, p.b, p.shift), 0,
            "in the same step");
  raster.width = width;
  if (d.first)
    raster.rules.push_back(
        {static_cast<double>(d.first->step), fmt::format("{}[{}]", p.name, d.first->neuron), true});
  return raster;
}

// v of the diverging neuron on both sides, and its threshold.
LineChart v_chart(const Diff& diff) {
  const loihi2::Divergence& first = *diff.steps->first;
  const loihi2::PairedPopulation& p = shown_population(*diff.steps);
  const std::int64_t from = first.step - v_steps_around, to = first.step + v_steps_around;
  LineChart chart;
  chart.title =
      fmt::format("v of {}[{}] around step {}, in weight units", p.name, first.neuron, first.step);
  chart.x.label = "step of A";
  chart.y.label = "v / 64";
  chart.series = {v_series("A", diff.a.neuron(p.a, first.neuron), from, to, 0),
                  v_series("B", diff.b.neuron(p.b, first.neuron), from, to, p.shift)};
  chart.series[1].dash = 1;
  chart.rules.push_back({static_cast<double>(first.step), "divergence", true});
  if (const loihi2::ChipNetwork* network = diff.network_a ? diff.network_a : diff.network_b)
    for (const loihi2::ChipPopulation& q : network->populations)
      if (q.name == p.name && q.model == loihi2::ChipModel::cuba_lif)
        chart.rules.push_back(
            {static_cast<double>(network->neurons[q.first + first.neuron].vth), "vth", false});
  chart.width = width;
  return chart;
}

// What that chart cannot show: a unit of v.
LineChart difference_chart(const LineChart& v) {
  const Series &a = v.series[0], &b = v.series[1];
  Series less{"B - A", {}, {}};
  for (std::size_t i = 0, j = 0; i < a.x.size(); ++i) {
    while (j < b.x.size() && b.x[j] < a.x[i]) ++j;
    if (j == b.x.size() || b.x[j] != a.x[i]) continue;
    less.x.push_back(a.x[i]);
    less.y.push_back(64.0 * (b.y[j] - a.y[i]));
  }
  LineChart chart;
  chart.title = "v of B less v of A, in units of the register";
  chart.x.label = "step of A";
  chart.y.label = "v of B - v of A";
  chart.series = {std::move(less)};
  chart.rules.push_back(v.rules.front());  // the divergence
  chart.width = width;
  chart.height = 200;
  return chart;
}

std::string picture_in_steps(const Diff& diff) {
  const std::string raster = render(raster_in_steps(diff));
  if (!diff.steps->first) return raster;
  const LineChart v = v_chart(diff);
  return arrange({{raster, render(v), render(difference_chart(v))}});
}

Series series_of(const char* name, const Voltage& v) { return {name, v.times, v.values}; }

// V of the neuron of the first spike without a partner.
std::string voltage_chart(const Diff& diff, const UnmatchedNeuron& unmatched) {
  const Network& network = diff.run()->trained.network;
  const Time time = diff.times->first->time;
  LineChart chart;
  chart.title =
      fmt::format("V of {} around {:.4g} ms", network.neuron_name(unmatched.neuron), time);
  chart.x = {.label = "time", .unit = "ms"};
  chart.y.label = "V";
  chart.series = {series_of("exact", unmatched.exact)};
  if (unmatched.chip) {
    chart.series.push_back(series_of("chip", *unmatched.chip));
    chart.series.back().dash = 1;
  }
  chart.rules.push_back({time, "no partner", true});
  if (network.populations()[network.population_of(unmatched.neuron)].has(
          ParameterKind::v_threshold))
    chart.rules.push_back(
        {network.parameter(ParameterKind::v_threshold, unmatched.neuron), "threshold", false});
  chart.width = width;
  return render(chart);
}

SpikeTrains::Population population_in_time(const DiffSide& side, const TracedRun* run,
                                           const std::string& name) {
  for (SpikeTrains::Population& p : in_time(side, run).populations)
    if (p.name == name) return std::move(p);
  return {name, {}};
}

// Spikes of one population on both sides, in time.
Raster raster_in_time(const Diff& diff, const std::string& name) {
  const TracedRun* const run = diff.run();
  Raster raster;
  raster.title = fmt::format("spikes of {}, A above B", name);
  raster.width = width;
  add_bands(raster, diff, population_in_time(diff.a, run, name),
            population_in_time(diff.b, run, name), diff.times->tolerance,
            fmt::format("within {:.4g} ms", diff.times->tolerance));
  for (const Raster::Band& b : raster.bands)
    for (const double t : b.times) raster.duration = std::max(raster.duration, t);
  if (run) raster.duration = std::max(raster.duration, run->trial.duration);
  if (const auto& first = diff.times->first)
    raster.rules.push_back({first->time, fmt::format("{}[{}]", name, first->neuron), true});
  return raster;
}

std::string picture_in_time(const Diff& diff, const std::optional<UnmatchedNeuron>& unmatched) {
  const SpikeMatch& m = *diff.times;
  const std::size_t population = m.first ? m.first->population : m.populations.size() - 1;
  const std::string raster = render(raster_in_time(diff, m.populations[population].name));
  if (!unmatched) return raster;
  return arrange({{raster, voltage_chart(diff, *unmatched)}});
}

}  // namespace

std::string picture(const Diff& diff, const std::optional<UnmatchedNeuron>& neuron) {
  return standalone_svg(diff.steps ? picture_in_steps(diff) : picture_in_time(diff, neuron));
}

}  // namespace retrograde
