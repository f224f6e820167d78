#include <algorithm>
#include <fmt/format.h>

#include <retrograde/hardware/xylo/place/forecast.hpp>

namespace retrograde::xylo {

namespace {

// The published numbers are no intervals; of a profile that has some, the higher end counts.
double of(const Constant& constant) { return constant.value.high; }

// MHz x ms are 1000 cycles.
constexpr double cycles_per_mhz_ms = 1000.0;

double cycles_of(const Shape& s, const Cycles& c, double channels, double spikes, double synapses,
                 double readout_spikes) {
  return s.channels * of(c.channel) + channels * of(c.input_synapse) * s.input_neurons +
         s.hidden * (of(c.hidden_arrival) + of(c.hidden_update)) + spikes * of(c.hidden_spike) +
         synapses * of(c.synapse) +
         readout_spikes * (of(c.readout) + of(c.output_synapse) * s.outputs) +
         s.outputs * of(c.output_update);
}

// A power, or nothing where nobody has measured it.
ChipFigure energy(const char* name, const std::optional<Constant>& power, double factor) {
  ChipFigure figure{.name = name, .unit = "mJ"};
  if (!power) {
    figure.source = "nobody has published this power";
    return figure;
  }
  const Interval range = factor * power->value;
  figure.value = Estimate{range.middle(), range};
  figure.evidence = power->evidence;
  figure.source = power->source;
  return figure;
}

ChipFigure known(const char* name, const char* unit, double value, Interval range,
                 std::string source) {
  return {name, unit, Estimate{value, range}, Evidence::inferred, std::move(source)};
}

}  // namespace

Shape shape_of(const XyloNetwork& n) {
  Shape shape;
  shape.channels = n.channels();
  shape.hidden = static_cast<double>(n.hidden.size());
  shape.outputs = static_cast<double>(n.outputs.size());
  std::vector<bool> reached(n.hidden.size(), false);
  for (const std::vector<Synapse>& row : n.input)
    for (const Synapse& s : row) reached[s.target] = true;
  shape.input_neurons = static_cast<double>(std::count(reached.begin(), reached.end(), true));
  for (const std::vector<Synapse>& row : n.readout) shape.readout_neurons += !row.empty();
  for (const std::vector<Synapse>& row : n.recurrent)
    for (const Synapse& s : row) shape.synapses += s.synapse == 0;
  return shape;
}

double mean_cycles(const Shape& shape, const Cycles& cycles, const Load& load) {
  const double steps = std::max(load.steps, 1.0);
  return cycles_of(shape, cycles, load.active_channels / steps, load.hidden_spikes / steps,
                   load.synapses / steps, load.readout_spikes / steps);
}

double most_cycles(const Shape& shape, const Cycles& cycles) {
  return cycles_of(shape, cycles, shape.channels, shape.hidden, shape.synapses,
                   shape.readout_neurons);
}

double clock_wanted(const Shape& shape, const Profile& profile, Time step) {
  return most_cycles(shape, profile.cycles) * (1.0 + of(profile.clock.margin)) /
         (cycles_per_mhz_ms * step);
}

std::vector<Finding> judge_clock(const Shape& shape, const Profile& profile, Time step) {
  const double wanted = clock_wanted(shape, profile, step), most = profile.clock.mhz.value.high;
  if (wanted <= most) return {};
  return {
      {Finding::Severity::warning, "chip", "clock", most, wanted,
       fmt::format("if everybody fires in a step of {:g} ms the chip needs {:.3g} MHz to keep up "
                   "with real time, and is known to run at {:g} MHz",
                   step, wanted, most),
       fmt::format("a chip.step of {:.3g} ms, or fewer synapses, keep up in any case",
                   step * wanted / most)}};
}

ChipForecast forecast(const Shape& shape, const Profile& profile, const Load& load,
                      std::uint64_t trials, Time step) {
  ChipForecast f;
  f.trials = trials;
  f.steps = load.steps / static_cast<double>(trials);
  const double mean = mean_cycles(shape, profile.cycles, load),
               most = most_cycles(shape, profile.cycles);
  const Interval clocks = profile.clock.mhz.value;
  const double wanted = clock_wanted(shape, profile, step),
               clock = std::clamp(wanted, clocks.low, clocks.high);
  const double fastest = f.steps / (cycles_per_mhz_ms * clocks.high);
  f.time = {mean * fastest, {mean * fastest, most * fastest}};

  const std::string& source = profile.cycles.synapse.source;
  f.workings = {
      known("cycles per step", "", mean, {mean, most}, source),
      known("clock for real time", "MHz", wanted, {wanted, wanted},
            fmt::format("a step in which everybody fires, and {:.0f} % more",
                        100.0 * of(profile.clock.margin))),
      known("clock", "MHz", clock, {clock, clock}, "the lowest one of the profile that is enough")};

  // W x ms are mJ.
  const double real_time = f.steps * step;
  const Powers& p = profile.powers;
  f.parts = {energy("static, core", p.core, real_time),
             energy("clock, core", p.core_per_mhz, real_time * clock),
             energy("static, I/O", p.io, real_time),
             energy("clock, I/O", p.io_per_mhz, real_time * clock),
             energy("analogue front end", p.analogue, real_time)};
  f.parts.push_back({.name = "events",
                     .unit = "mJ",
                     .source =
                         "nobody has published what a spike or a synaptic operation takes on "
                         "this chip; measured powers of networks at work are within the range "
                         "of the clock's"});
  for (const ChipFigure& part : f.parts) {
    if (!part.value) continue;
    f.energy.value += part.value->value;
    f.energy.range = f.energy.range + part.value->range;
  }
  return f;
}

}  // namespace retrograde::xylo
