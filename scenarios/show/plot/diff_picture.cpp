#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/show/plot/charts.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/text/diff.hpp>

namespace retrograde {

namespace {

constexpr double width = 980;
// Shown before and after the divergence, in steps of the chip or, without one, in ms.
constexpr double steps_around = 15;

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

std::string picture_in_steps(const Diff& diff) {
  const loihi2::CaptureDiff& d = *diff.steps;
  const std::uint32_t population =
      d.first ? d.first->population : static_cast<std::uint32_t>(d.populations.size() - 1);
  const loihi2::PairedPopulation& p = d.populations[population];
  const auto trains = [&](const DiffSide& side, std::uint32_t index, std::int32_t shift) {
    SpikeTrains::Population of_side{p.name, {}};
    for (const loihi2::CapturedNeuron& n : side.capture->populations[index].neurons) {
      auto& times = of_side.neurons.emplace_back(std::vector<Time>{});
      for (std::uint32_t t = 0; t < n.messages.size(); ++t)
        if (n.messages[t] != 0) times->push_back(static_cast<double>(t) - shift);
    }
    return of_side;
  };
  Raster raster;
  raster.title = fmt::format("spikes of {}, A above B", p.name);
  raster.time = {.label = "step of A"};
  raster.duration = std::max(diff.a.capture->steps, diff.b.capture->steps);
  raster.bands = {band(p.name + ", A", trains(diff.a, p.a, 0)),
                  band(p.name + ", B", trains(diff.b, p.b, p.shift))};
  raster.width = width;
  if (!d.first) return render(raster);
  raster.rules.push_back(
      {static_cast<double>(d.first->step), fmt::format("{}[{}]", p.name, d.first->neuron), true});

  const std::int64_t from = d.first->step - static_cast<std::int64_t>(steps_around),
                     to = d.first->step + static_cast<std::int64_t>(steps_around);
  LineChart chart;
  chart.title = fmt::format("v of {}[{}] around step {}, in weight units", p.name, d.first->neuron,
                            d.first->step);
  chart.x.label = "step of A";
  chart.y.label = "v / 64";
  chart.series = {
      v_series("A", diff.a.capture->populations[p.a].neurons[d.first->neuron], from, to, 0),
      v_series("B", diff.b.capture->populations[p.b].neurons[d.first->neuron], from, to, p.shift)};
  chart.series[1].dashed = true;
  chart.rules.push_back({static_cast<double>(d.first->step), "divergence", true});
  if (const loihi2::ChipNetwork* network = diff.network_a ? diff.network_a : diff.network_b)
    for (const loihi2::ChipPopulation& q : network->populations)
      if (q.name == p.name && q.model == loihi2::ChipModel::cuba_lif)
        chart.rules.push_back(
            {static_cast<double>(network->neurons[q.first + d.first->neuron].vth), "vth", false});
  chart.width = width;

  // What the first chart cannot show: a unit of v.
  LineChart difference;
  difference.title = "v of B less v of A, in units of the register";
  difference.x.label = "step of A";
  difference.y.label = "v of B - v of A";
  Series less{"B - A", {}, {}};
  for (std::size_t i = 0, j = 0; i < chart.series[0].x.size(); ++i) {
    const Series &a = chart.series[0], &b = chart.series[1];
    while (j < b.x.size() && b.x[j] < a.x[i]) ++j;
    if (j == b.x.size() || b.x[j] != a.x[i]) continue;
    less.x.push_back(a.x[i]);
    less.y.push_back(64.0 * (b.y[j] - a.y[i]));
  }
  difference.series = {std::move(less)};
  difference.rules.push_back({static_cast<double>(d.first->step), "divergence", true});
  difference.width = width;
  difference.height = 200;
  return arrange({{render(raster), render(chart), render(difference)}});
}

// V of a neuron in the run, exactly and on the chip, in the unit of V.
std::vector<Series> voltages(TracedRun& run, NeuronId neuron, Time from, Time to) {
  std::vector<Series> series;
  const Time step = run.chip ? run.chip->network().step : 1.0;
  const Probe probe{{neuron}, step / 20.0};
  std::vector<Recording> recordings;
  const Scenario& scenario = run.trained.scenario;
  scenario.machine(run.trained.network)
      ->run(run.trial, scenario.run_options(), std::span(&probe, 1), &recordings);
  Series exact{"exact", {}, {}};
  for (std::size_t k = 0; k < recordings[0].times.size(); ++k)
    if (recordings[0].times[k] >= from && recordings[0].times[k] <= to) {
      exact.x.push_back(recordings[0].times[k]);
      exact.y.push_back(recordings[0].v[0][k]);
    }
  series.push_back(std::move(exact));
  if (!run.chip) return series;
  const loihi2::ChipNetwork& network = run.chip->network();
  const loihi2::ChipPopulation& p = network.populations[network.population_of(neuron)];
  const std::vector<NeuronId> traced = every_register(network).neurons;
  const auto at = static_cast<std::size_t>(std::lower_bound(traced.begin(), traced.end(), neuron) -
                                           traced.begin());
  Series chip{"chip", {}, {}};
  const auto& v = run.emulation->trace.v[at];
  for (std::uint32_t t = p.lag; t < v.size(); ++t) {
    // v after a step stands for V at its end.
    const Time end = (static_cast<double>(t) - p.lag + 1) * step;
    if (end < from || end > to) continue;
    chip.x.push_back(end);
    chip.y.push_back(v[t] * p.scale(neuron - p.first) / 64.0);
  }
  chip.dashed = true;
  series.push_back(std::move(chip));
  return series;
}

std::string picture_in_time(const Diff& diff) {
  const SpikeMatch& m = *diff.times;
  const std::string name =
      m.populations[m.first ? m.first->population : m.populations.size() - 1].name;
  TracedRun* const run = diff.a.run ? diff.a.run.get() : diff.b.run.get();
  Raster raster;
  raster.title = fmt::format("spikes of {}, A above B", name);
  raster.width = width;
  for (const auto& [side, letter] : {std::pair(&diff.a, "A"), std::pair(&diff.b, "B")})
    for (const SpikeTrains::Population& p : in_time(*side, run).populations)
      if (p.name == name) raster.bands.push_back(band(fmt::format("{}, {}", name, letter), p));
  for (const Raster::Band& b : raster.bands)
    for (const double t : b.times) raster.duration = std::max(raster.duration, t);
  if (run) raster.duration = std::max(raster.duration, run->trial.duration);
  if (!m.first) return render(raster);
  raster.rules.push_back({m.first->time, fmt::format("{}[{}]", name, m.first->neuron), true});
  if (!run) return render(raster);

  const Network& network = run->trained.network;
  const auto population = network.find_population(name);
  if (!population || network.populations()[*population].model->is_input()) return render(raster);
  const NeuronId neuron = network.populations()[*population].first + m.first->neuron;
  const Time around = steps_around * (run->chip ? run->chip->network().step : 1.0);
  LineChart chart;
  chart.title = fmt::format("V of {} around {:.4g} ms", network.neuron_name(neuron), m.first->time);
  chart.x = {.label = "time", .unit = "ms"};
  chart.y.label = "V";
  chart.series = voltages(*run, neuron, m.first->time - around, m.first->time + around);
  chart.rules.push_back({m.first->time, "no partner", true});
  if (network.populations()[*population].has(ParameterKind::v_threshold))
    chart.rules.push_back(
        {network.parameter(ParameterKind::v_threshold, neuron), "threshold", false});
  chart.width = width;
  return arrange({{render(raster), render(chart)}});
}

}  // namespace

std::string picture(const Diff& diff) {
  return standalone_svg(diff.steps ? picture_in_steps(diff) : picture_in_time(diff));
}

}  // namespace retrograde
