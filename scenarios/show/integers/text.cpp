#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/read/integers/integer_network.hpp>
#include <retrograde/scenarios/show/integers/text.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>

namespace retrograde {

namespace {

using namespace loihi2;
using Neuron = loihi2::CubaLif;

constexpr std::size_t most_spikes_printed = 100;

template <typename Values>
std::string range_text(const Values& values) {
  if (values.empty()) return "-";
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *low == *high ? fmt::format("{}", *low) : fmt::format("{} .. {}", *low, *high);
}

std::string text_of(const Extent& extent) {
  if (extent.empty()) return "-";
  return extent.min == extent.max ? fmt::format("{}", extent.min)
                                  : fmt::format("{} .. {}", extent.min, extent.max);
}

// One number of the neurons of a population.
template <typename Value>
std::string neurons_text(const ChipNetwork& chip, const ChipPopulation& p, const Value& value) {
  std::vector<std::int64_t> values;
  for (NeuronId n = p.first; n < p.first + p.size; ++n) values.push_back(value(chip.neurons[n]));
  return range_text(values);
}

void add_populations(std::string& out, const ChipNetwork& chip) {
  out += fmt::format("{:<16} {:<13} {:>8}  {:<14} {:<14} {:<16} {:<18} {:>5} {}\n", "population",
                     "model", "neurons", "du + 1", "dv", "vth", "bias", "lag", "reset");
  for (const ChipPopulation& p : chip.populations) {
    const bool cuba = p.model.has_cuba_neurons();
    const auto row = [&](auto value) {
      return cuba ? neurons_text(chip, p, value) : std::string("-");
    };
    out += fmt::format(
        "{:<16} {:<13} {:>8}  {:<14} {:<14} {:<16} {:<18} {:>5} {}\n", p.name,
        loihi2::name(p.model), p.size, row([](const Neuron& n) { return std::int64_t{n.du} + 1; }),
        row([](const Neuron& n) { return std::int64_t{n.dv}; }),
        p.model == ChipModel::cuba_lif ? row([](const Neuron& n) { return std::int64_t{n.vth}; })
                                       : "-",
        row([](const Neuron& n) { return n.bias(); }), p.lag,
        p.reset_interval > 0
            ? fmt::format("every {} from {}", p.reset_interval, p.reset_offset % p.reset_interval)
            : "-");
  }
}

void add_projections(std::string& out, const ChipNetwork& chip) {
  out += fmt::format("\n{:<24} {:>10}  {:<16} {:<12} {:>5} {:>9} {:>8}\n", "projection", "synapses",
                     "weight", "delay", "bits", "exponent", "message");
  for (const ChipProjection& p : chip.projections) {
    std::int64_t low = 0, high = 0;
    int shortest = 0, longest = 0;
    bool any = false;
    p.for_each_synapse([&](const loihi2::ChipSynapse& s) {
      low = any ? std::min<std::int64_t>(low, s.weight) : s.weight;
      high = any ? std::max<std::int64_t>(high, s.weight) : s.weight;
      shortest = any ? std::min<int>(shortest, s.delay) : s.delay;
      longest = any ? std::max<int>(longest, s.delay) : s.delay;
      any = true;
    });
    out += fmt::format("{:<24} {:>10}  {:<16} {:<12} {:>5} {:>9} {:>8}\n", p.name,
                       p.synapse_count(), range_text(std::vector<std::int64_t>{low, high}),
                       range_text(std::vector<int>{shortest, longest}), p.format.bits,
                       p.format.exponent, p.message_bits);
  }
}

// "step 7, 9 x 3": with their payloads where they have some.
std::string steps_text(const ChipNetwork& chip, const Emulation& emulation) {
  std::vector<std::string> lines(chip.neuron_count());
  for (const ChipSpike& s : emulation.spikes)
    lines[s.neuron] +=
        s.payload == 1 ? fmt::format(" {}", s.step) : fmt::format(" {} ({})", s.step, s.payload);
  std::string text = "\nspikes in step (with payload)\n";
  for (NeuronId n = 0; n < chip.neuron_count(); ++n)
    if (!lines[n].empty()) text += fmt::format("  {:<16}{}\n", chip.neuron_name(n), lines[n]);
  return text;
}

void add_registers(std::string& out, const IntegerEvaluation& e) {
  out += fmt::format("\n  {:<24} {:>24} {:>6} {:>8} {:>10}  {}\n", "register", "range", "bits",
                     "used", "overflows", "safe for any input");
  for (std::size_t k = 0; k < e.seen.registers.size(); ++k)
    if (const RegisterUse& use = e.seen.registers[k]; !use.empty())
      out += fmt::format(
          "  {:<24} {:>24} {:>6} {:>6.1f} % {:>10}  {}\n",
          fmt::format("{} of {}", use.name, e.seen.populations[use.population]),
          fmt::format("{} .. {}", use.min, use.max), use.bits, 100.0 * use.utilisation(),
          use.overflows,
          e.deployment.fit.registers[k].safety == Safety::proven ? "proven" : "not proven");
}

}  // namespace

std::string integers_text(const Scenario& scenario) {
  const IntegerNetwork& network = *scenario.integers;
  const ChipNetwork& chip = network.chip;
  std::string out;
  add_populations(out, chip);
  add_projections(out, chip);
  std::uint64_t synapses = 0;
  for (const ChipProjection& p : chip.projections) synapses += p.synapse_count();
  const Semantics& s = scenario.chip.semantics;
  out += fmt::format("\n{}, {}; integers of {} ({}), a step is {:g} ms\n",
                     plural(chip.neuron_count(), "neuron"), plural(synapses, "synapse"),
                     scenario.network_file->path, network.format, chip.step);
  return out + fmt::format("overflow: a {}, u {}, v {}\n", name(s.a), name(s.u), name(s.v));
}

std::string chip_run_text(const Scenario& scenario, const ChipRun& run) {
  const ChipNetwork& chip = run.chip->network();
  const Emulation& e = run.emulation;
  std::string out =
      fmt::format("{}, {}: {} of {:g} ms emulated in {}\n\n", scenario.name, run.simulation.trial,
                  plural(e.total_steps, "step"), chip.step, duration_text(run.simulation.seconds));
  struct Span {
    std::uint32_t first = 0, last = 0;
    bool any = false;
  };
  std::vector<Span> spans(chip.populations.size());
  for (const ChipSpike& s : e.spikes) {
    Span& span = spans[chip.population_of(s.neuron)];
    if (!span.any) span.first = s.step;
    span.any = true;
    span.last = s.step;
  }
  out += fmt::format("{:<16} {:>8} {:>10} {:>14} {:>11} {:>10}  {:<24} {}\n", "population",
                     "neurons", "spikes", "spikes/neuron", "first step", "last step", "u", "v");
  for (std::size_t p = 0; p < chip.populations.size(); ++p) {
    const ChipPopulation& population = chip.populations[p];
    const PopulationActivity& activity = e.populations[p];
    out += fmt::format("{:<16} {:>8} {:>10} {:>14.3g} {:>11} {:>10}  {:<24} {}\n", population.name,
                       population.size, activity.spikes,
                       static_cast<double>(activity.spikes) / population.size,
                       spans[p].any ? fmt::format("{}", spans[p].first) : "-",
                       spans[p].any ? fmt::format("{}", spans[p].last) : "-", text_of(activity.u),
                       text_of(activity.v));
  }
  if (e.spikes.size() > most_spikes_printed)
    out += fmt::format("({}: --json FILE writes them all)\n", plural(e.spikes.size(), "spike"));
  else if (!e.spikes.empty())
    out += steps_text(chip, e);
  if (scenario.loss && e.decision != no_decision) out += fmt::format("\ndecision {}\n", e.decision);
  return out + fmt::format("\n{}, fingerprint {}\n",
                           plural(e.synaptic_operations, "synaptic operation"),
                           run.simulation.fingerprint);
}

std::string integer_evaluation_text(const Scenario& scenario, const IntegerEvaluation& e) {
  std::string out = fmt::format("\n{}, {}\n", scenario.name,
                                plural(e.seen.samples, fmt::format("{} trial", name(e.part))));
  out += "  the network is in integers: there is no exact one to hold it against\n";
  if (e.decides && e.seen.labelled > 0)
    out += fmt::format("  {:<24} {:>14}\n", "accuracy", percent_text(e.seen.accuracy_chip()));
  for (std::size_t p = 0; p < e.seen.populations.size(); ++p)
    if (scenario.network.populations()[p].model->fires())
      out += fmt::format("  {:<24} {:>14.2f}\n", "spikes/trial " + e.seen.populations[p],
                         e.seen.spikes_per_sample_chip(p));
  add_registers(out, e);
  return out + deployment_text(e.deployment);
}

}  // namespace retrograde
