#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>

namespace retrograde {

namespace {

using loihi2::Forecast;
using loihi2::ResourceUse;

std::string short_value(double value) { return fmt::format("{:.3g}", value); }

std::string use_text(const ResourceUse& r) {
  return r.limit ? fmt::format("{} ({:.1f} %)", r.used, 100.0 * r.share())
                 : fmt::format("{}", r.used);
}

// The fullest core of each population that has any.
void add_cores(std::string& out, const Deployment& d) {
  out += fmt::format("\n  {:<24} {:>6} {:>9} {:>20} {:>20} {:>20}\n", "on " + d.chip, "cores",
                     "neurons", "input axons", "synapse words", "pool words");
  for (std::uint32_t p = 0; p < d.populations.size(); ++p) {
    if (d.mapping.cores_of(p) == 0) continue;
    const loihi2::MappedCore& core = fullest_core(d, p);
    const auto all = resources(core.use, d.limits);
    out += fmt::format("  {:<24} {:>6} {:>9} {:>20} {:>20} {:>20}\n",
                       fmt::format("fullest core, {}", d.populations[p]), d.mapping.cores_of(p),
                       core.use.neurons, use_text(all[2]), use_text(all[4]), use_text(all[5]));
  }
}

void add_time_and_energy(std::string& out, const Deployment& d, const Forecast& f) {
  const auto line = [&](const char* name, const std::string& text) {
    out += fmt::format("  {:<24} {}\n", name, text);
  };
  out += fmt::format(
      "\n  a trial of {:g} steps, mean of {}; in brackets the range that it may lie "
      "in\n",
      f.steps, plural(f.trials, fmt::format("{} trial", name(d.part))));
  line("time", fmt::format("{}; no network is faster than {} ms with these events",
                           estimate_text(f.time, "ms"), short_value(f.floor.low)));
  line("energy", estimate_text(f.total_energy, "mJ") +
                     (f.static_energy ? "" : " without static power, which is not known"));
  if (f.static_energy) line("  static", estimate_text(*f.static_energy, "mJ"));
  line("  dynamic", estimate_text(f.dynamic_energy, "mJ"));
  if (f.io_energy) line("  I/O", estimate_text(*f.io_energy, "mJ"));
}

// Which term decides, in all and layer by layer, and how well that is known.
void add_bounds(std::string& out, const Deployment& d, const Forecast& f) {
  out += fmt::format("  {:<24} {}\n", "steps are bound by", bound_text(f));
  for (const loihi2::LayerForecast& layer : f.layers)
    out += fmt::format("  {:<24} {}\n", fmt::format("  {}", d.populations[layer.population]),
                       binding_text(layer));
  out += fmt::format("  {}\n  {}\n", basis_text(d.costs.time_fit, "time"),
                     basis_text(d.costs.energy_fit, "energy"));
}

void add_compared(std::string& out, const Deployment& d) {
  for (const Compared& machine : d.compared) {
    if (machine.rows.empty())
      out += fmt::format("  {}: no measurement of this network is published\n", machine.name);
    for (const ComparisonRow& row : machine.rows)
      out += fmt::format("  {:<24} batch {}: {:g} ms, {:g} mJ per sample ({:g} dynamic)\n",
                         machine.name, row.batch, row.latency, row.energy, row.dynamic_energy);
  }
}

// What a setting changes most: decisions, neurons that fire again, or the spikes of a layer.
std::string gain_text(const TriedRemedy& now, const TriedRemedy& best, const std::string& trial) {
  const Conformance &before = now.seen, &after = best.seen;
  const Share agreed = after.same_decision(), agreed_before = before.same_decision();
  if (agreed.value() > agreed_before.value())
    return fmt::format("the same decision in {} of {} instead of {}", percent_text(agreed.value()),
                       plural(agreed.whole, trial), percent_text(agreed_before.value()));
  if (best.silenced < now.silenced)
    return fmt::format("{} of {} that the chip silences fire again", now.silenced - best.silenced,
                       plural(now.silenced, "neuron"));
  std::size_t layer = 0;
  double change = -1.0;
  for (std::size_t p = 0; p < after.populations.size(); ++p) {
    const double difference =
        std::fabs(after.spikes_per_sample_chip(p) - before.spikes_per_sample_chip(p));
    if (difference > change) {
      change = difference;
      layer = p;
    }
  }
  return fmt::format("{} sends {:.2f} spikes in a trial instead of {:.2f}, and {:.2f} exactly",
                     after.populations[layer], after.spikes_per_sample_chip(layer),
                     before.spikes_per_sample_chip(layer), after.spikes_per_sample_exact(layer));
}

}  // namespace

std::string behaviour_text(Fidelity fidelity, const Share& decisions) {
  std::string same;
  if (decisions.whole > 0) {
    const Interval range = decisions.range();
    same = fmt::format(": the same decision in {} of {} ({})", percent_text(decisions.value()),
                       plural(decisions.whole, "trial"), percent_range(range.low, range.high));
  }
  switch (fidelity) {
    case Fidelity::not_seen:
      return "";
    case Fidelity::same:
      return ", and behaves" + same;
    case Fidelity::open:
      return (decisions.value() >= 1 - little_change
                  ? ", and seems to behave, of which so few trials are no proof"
                  : ", and may decide otherwise there, which so few trials do not tell") +
             same;
    case Fidelity::other_spikes:
      return ", but fires otherwise there" + same;
    case Fidelity::other_decisions:
      return ", but decides otherwise there" + same;
  }
  return "";
}

std::string verdict_text(const Deployment& d) {
  const std::size_t problems = count(d, Finding::Severity::problem),
                    warnings = count(d, Finding::Severity::warning);
  std::string text = d.fit.fits()
                         ? fmt::format("fits {}{}; {} of {} cores", d.chip,
                                       behaviour_text(d.fit.fidelity, d.fit.decisions), d.fit.cores,
                                       std::max(d.fit.usable_cores, d.fit.cores))
                         : fmt::format("does not fit {}: {}", d.chip, plural(problems, "problem"));
  if (warnings > 0) text += fmt::format(", {}", plural(warnings, "warning"));
  return text;
}

std::string estimate_text(const Estimate& e, const char* unit) {
  return fmt::format("{} {} ({} .. {})", short_value(e.value), unit, short_value(e.range.low),
                     short_value(e.range.high));
}

std::string binding_text(const loihi2::LayerForecast& layer) {
  return fmt::format("{}{}", name(layer.binding), layer.certain ? "" : " (not certain)");
}

std::string bound_text(const Forecast& f) {
  std::string text;
  for (int k = 0; k < term_count; ++k)
    if (f.bound_by[k] > 0.0005)
      text += fmt::format("{}{} in {:.1f} % of steps", text.empty() ? "" : ", ",
                          name(static_cast<Term>(k)), 100.0 * f.bound_by[k]);
  return text;
}

std::string basis_text(const CostFit& fit, const char* what) {
  if (!fit.fitted)
    return fmt::format(
        "{}: published constants per event; no whole system is measured that they "
        "could be held against",
        what);
  return fmt::format(
      "{}: fitted to {} of {} published workloads; a workload left out is predicted within a "
      "factor of {:.1f}",
      what, plural(fit.points.size(), "point"), fit.workloads, fit.error());
}

std::string advice_text(const Remedies& remedies) {
  if (!remedies.best && remedies.as_it_is.fit.behaves()) return "";
  if (!remedies.best)
    return fmt::format(
        "no other setting of [chip] that was tried on {} brings it nearer to the "
        "exact network{}",
        plural(remedies.trials, fmt::format("{} trial", name(remedies.part))),
        remedies.as_it_is.seen.labelled > 0
            ? "; training on with the chip's arithmetic ([chip.fine_tune]) may"
            : "");
  const TriedRemedy& best = remedies.tried[*remedies.best];
  const TriedRemedy& now = remedies.as_it_is;
  return fmt::format("write {} in [chip], which {}: {}", best.keys,
                     best.fit.behaves() ? "makes it behave" : "helps",
                     gain_text(now, best, fmt::format("{} trial", name(remedies.part))));
}

std::string cores_and_costs_text(const Deployment& d) {
  std::string out;
  add_cores(out, d);
  if (d.forecast) {
    add_time_and_energy(out, d, *d.forecast);
    add_bounds(out, d, *d.forecast);
    add_compared(out, d);
  }
  return out;
}

std::string findings_text(const Deployment& d) {
  std::string out = "\n";
  for (const Finding& f : d.fit.findings) {
    out += fmt::format("  {}: {}\n", name(f.severity), f.message);
    if (!f.remedy.empty()) out += fmt::format("    {}\n", f.remedy);
  }
  return out + fmt::format("  verdict: {}\n", verdict_text(d));
}

std::string deployment_text(const Deployment& d) {
  return cores_and_costs_text(d) + findings_text(d);
}

}  // namespace retrograde
