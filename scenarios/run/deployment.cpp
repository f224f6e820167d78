#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/hardware/loihi2/place/placement.hpp>
#include <retrograde/scenarios/read/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>

namespace retrograde {

namespace {

using Json = nlohmann::ordered_json;
using loihi2::Estimate;
using loihi2::Finding;
using loihi2::Forecast;
using loihi2::MappedCore;
using loihi2::ResourceUse;

// Three digits are more than such numbers have.
std::string short_value(double value) { return fmt::format("{:.3g}", value); }

std::string text_of(const Estimate& e, const char* unit) {
  return fmt::format("{} {} ({} .. {})", short_value(e.value), unit, short_value(e.range.low),
                     short_value(e.range.high));
}

std::size_t count(const Deployment& d, Finding::Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(d.fit.findings.begin(), d.fit.findings.end(),
                    [&](const Finding& f) { return f.severity == severity; }));
}

std::string plural(std::size_t number, const char* what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

// The core of a layer that takes most.
const MappedCore& fullest_core(const Deployment& d, std::uint32_t population) {
  const auto first = d.mapping.cores.begin() + d.mapping.first_core[population];
  const auto last = d.mapping.cores.begin() + d.mapping.first_core[population + 1];
  return *std::max_element(first, last, [&](const MappedCore& a, const MappedCore& b) {
    return fullest(a.use, d.limits).share() < fullest(b.use, d.limits).share();
  });
}

std::string binding_text(const loihi2::LayerForecast& layer) {
  return fmt::format("{}{}", name(layer.binding), layer.certain ? "" : " (not certain)");
}

// What the intervals are worth.
std::string fit_text(const CostFit& fit, const char* what) {
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

std::string bound_text(const Forecast& f) {
  std::string text;
  for (int k = 0; k < term_count; ++k)
    if (f.bound_by[k] > 0.0005)
      text += fmt::format("{}{} in {:.1f} % of steps", text.empty() ? "" : ", ",
                          name(static_cast<Term>(k)), 100.0 * f.bound_by[k]);
  return text;
}

// "neuron_updates" of "neuron updates".
std::string key_of(const char* name) {
  std::string key = name;
  std::replace(key.begin(), key.end(), ' ', '_');
  return key;
}

Json json_of(const Interval& range) { return {{"low", range.low}, {"high", range.high}}; }
Json json_of(const Estimate& e) {
  return {{"value", e.value}, {"low", e.range.low}, {"high", e.range.high}};
}
Json json_of(const std::optional<Estimate>& e) { return e ? json_of(*e) : Json(nullptr); }

Json json_of(const CostFit& fit) {
  Json points = Json::array();
  for (const FittedPoint& p : fit.points)
    points.push_back({{"point", p.name},
                      {"workload", p.workload},
                      {"measured", p.measured},
                      {"fitted", p.fitted},
                      {"left_out", p.left_out}});
  return {{"workloads", fit.fitted ? fit.workloads : 0},
          {"leave_one_out_factor", fit.fitted ? Json(fit.error()) : Json(nullptr)},
          {"points", points}};
}

Json json_of(const Deployment& d, const Forecast& f) {
  Json layers = Json::array(), bound = Json::object(), compared = Json::array();
  for (const loihi2::LayerForecast& layer : f.layers) {
    Json terms = Json::object();
    for (int k = 0; k < term_count; ++k) terms[key_of(name(static_cast<Term>(k)))] = layer.terms[k];
    layers.push_back({{"population", d.populations[layer.population]},
                      {"binding", key_of(name(layer.binding))},
                      {"certain", layer.certain},
                      {"terms_ms_per_step", terms}});
  }
  for (int k = 0; k < term_count; ++k) bound[key_of(name(static_cast<Term>(k)))] = f.bound_by[k];
  for (const Compared& machine : d.compared) {
    Json rows = Json::array();
    for (const ComparisonRow& row : machine.rows)
      rows.push_back({{"batch", row.batch},
                      {"latency_ms", row.latency},
                      {"energy_mj", row.energy},
                      {"dynamic_energy_mj", row.dynamic_energy}});
    compared.push_back({{"machine", machine.name}, {"rows", rows}});
  }
  return {{"trials", f.trials},
          {"steps", f.steps},
          {"time_ms", json_of(f.time)},
          {"floor_ms", json_of(f.floor)},
          {"energy_mj",
           {{"total", json_of(f.total_energy)},
            {"static", json_of(f.static_energy)},
            {"dynamic", json_of(f.dynamic_energy)},
            {"io", json_of(f.io_energy)}}},
          {"energy_delay_mj_ms", json_of(f.energy_delay)},
          {"events",
           {{"neuron_updates", f.updates},
            {"synaptic_operations", f.operations},
            {"words_read", f.words},
            {"spikes", f.spikes},
            {"input_spikes", f.input_spikes},
            {"messages", f.messages},
            {"hops", f.hops},
            {"hottest_link", f.hottest_link}}},
          {"bound_by", bound},
          {"layers", layers},
          {"time_basis", json_of(d.costs.time_fit)},
          {"energy_basis", json_of(d.costs.energy_fit)},
          {"compared", compared}};
}

}  // namespace

std::vector<ComparisonRow> matching(const Comparison& comparison, const loihi2::ChipNetwork& chip,
                                    std::uint32_t steps) {
  std::vector<ComparisonRow> rows;
  if (chip.populations.size() != 3 || chip.populations[0].model != Model::input) return rows;
  const bool recurrent =
      std::any_of(chip.projections.begin(), chip.projections.end(),
                  [](const loihi2::ChipProjection& p) { return p.source == 1 && p.target == 1; });
  if (!recurrent) return rows;
  for (const ComparisonRow& row : comparison.rows)
    if (row.inputs == chip.populations[0].size && row.hidden == chip.populations[1].size &&
        row.outputs == chip.populations[2].size && row.steps == steps)
      rows.push_back(row);
  return rows;
}

Deployment deploy(const ChipProfile& profile, const loihi2::Emulator& emulator,
                  const loihi2::QuantizationReport& quantization, const Conformance& seen,
                  const LabelledTrials& trials) {
  const loihi2::ChipNetwork& chip = emulator.network();
  const Mesh mesh(profile.mesh);
  Deployment d;
  d.chip = profile.name;
  d.mesh = profile.mesh;
  d.limits = profile.core.limits;
  for (const loihi2::ChipPopulation& p : chip.populations) d.populations.push_back(p.name);
  d.mapping = partition(chip, profile.core, mesh);
  d.costs = fit_costs(profile);

  std::vector<loihi2::Emulation> runs(trials.size());
  if (d.mapping.cores.size() <= mesh.slots()) {
    for_each_trial(runs.size(), [&](std::size_t k) { runs[k] = emulator.run(trials.trial(k)); });
    loihi2::Traffic traffic(d.mapping.cores.size());
    for (const loihi2::Emulation& run : runs) add_traffic(traffic, d.mapping, run.spikes);
    place(d.mapping, mesh, traffic);
    std::vector<loihi2::Workload> work(runs.size());
    for_each_trial(runs.size(), [&](std::size_t k) {
      work[k] = count_events(d.mapping, mesh, static_cast<std::uint32_t>(chip.populations.size()),
                             runs[k].total_steps, runs[k].spikes);
    });
    if (!work.empty() && !d.mapping.cores.empty()) d.forecast = forecast(d.costs, d.mapping, work);
  }
  d.fit = assess(chip, d.mapping, profile, quantization, seen);
  for (const std::string& path : library_comparisons()) {
    const Comparison comparison = read_comparison(path);
    const std::uint32_t steps = runs.empty() ? 0 : runs.front().steps;
    d.compared.push_back({comparison.name, comparison.source, matching(comparison, chip, steps)});
  }
  return d;
}

std::string verdict(const Deployment& d) {
  const std::size_t problems = count(d, Finding::Severity::problem),
                    warnings = count(d, Finding::Severity::warning);
  std::string text = d.fit.fits()
                         ? fmt::format("fits {}: {} of {} cores", d.chip, d.fit.cores,
                                       std::max(d.fit.usable_cores, d.fit.cores))
                         : fmt::format("does not fit {}: {}", d.chip, plural(problems, "problem"));
  if (warnings > 0) text += fmt::format(", {}", plural(warnings, "warning"));
  return text;
}

void print_deployment(const Deployment& d) {
  fmt::print("\n  {:<24} {:>6} {:>9} {:>20} {:>20} {:>20}\n", "on " + d.chip, "cores", "neurons",
             "input axons", "synapse words", "pool words");
  for (std::uint32_t p = 0; p < d.populations.size(); ++p) {
    if (d.mapping.cores_of(p) == 0) continue;
    const MappedCore& core = fullest_core(d, p);
    const auto all = resources(core.use, d.limits);
    const auto text = [](const ResourceUse& r) {
      return r.limit ? fmt::format("{} ({:.1f} %)", r.used, 100.0 * r.share())
                     : fmt::format("{}", r.used);
    };
    fmt::print("  {:<24} {:>6} {:>9} {:>20} {:>20} {:>20}\n",
               fmt::format("fullest core, {}", d.populations[p]), d.mapping.cores_of(p),
               core.use.neurons, text(all[2]), text(all[4]), text(all[5]));
  }
  if (d.forecast) {
    const Forecast& f = *d.forecast;
    fmt::print("\n  a trial of {:g} steps, mean of {}; in brackets the range that it may lie in\n",
               f.steps, plural(f.trials, "trial"));
    fmt::print("  {:<24} {}; no network is faster than {} ms with these events\n", "time",
               text_of(f.time, "ms"), short_value(f.floor.low));
    fmt::print("  {:<24} {}{}\n", "energy", text_of(f.total_energy, "mJ"),
               f.static_energy ? "" : " without static power, which is not known");
    if (f.static_energy) fmt::print("  {:<24} {}\n", "  static", text_of(*f.static_energy, "mJ"));
    fmt::print("  {:<24} {}\n", "  dynamic", text_of(f.dynamic_energy, "mJ"));
    if (f.io_energy) fmt::print("  {:<24} {}\n", "  I/O", text_of(*f.io_energy, "mJ"));
    fmt::print("  {:<24} {}\n", "steps are bound by", bound_text(f));
    for (const loihi2::LayerForecast& layer : f.layers)
      fmt::print("  {:<24} {}\n", fmt::format("  {}", d.populations[layer.population]),
                 binding_text(layer));
    fmt::print("  {}\n  {}\n", fit_text(d.costs.time_fit, "time"),
               fit_text(d.costs.energy_fit, "energy"));
    for (const Compared& machine : d.compared) {
      if (machine.rows.empty())
        fmt::print("  {}: no measurement of this network is published\n", machine.name);
      for (const ComparisonRow& row : machine.rows)
        fmt::print("  {:<24} batch {}: {:g} ms, {:g} mJ per sample ({:g} dynamic)\n", machine.name,
                   row.batch, row.latency, row.energy, row.dynamic_energy);
    }
  }
  fmt::print("\n");
  for (const Finding& f : d.fit.findings) {
    fmt::print("  {}: {}\n", name(f.severity), f.message);
    if (!f.remedy.empty()) fmt::print("    {}\n", f.remedy);
  }
  fmt::print("  verdict: {}\n", verdict(d));
}

void add_json(Json& chip, const Deployment& d) {
  Json findings = Json::array(), cores = Json::array();
  for (const Finding& f : d.fit.findings)
    findings.push_back({{"severity", name(f.severity)},
                        {"where", f.where},
                        {"resource", f.resource},
                        {"limit", f.limit},
                        {"wanted", f.wanted},
                        {"message", f.message},
                        {"remedy", f.remedy}});
  for (const MappedCore& core : d.mapping.cores) {
    Json uses = Json::object();
    for (const ResourceUse& r : resources(core.use, d.limits))
      uses[key_of(r.name)] = {{"used", r.used}, {"limit", r.limit ? Json(r.limit) : Json(nullptr)}};
    Json entry = {{"population", d.populations[core.population]},
                  {"router", {core.tile.x, core.tile.y}},
                  {"uses", uses}};
    if (d.forecast) {
      const loihi2::CoreForecast& load = d.forecast->cores[cores.size()];
      entry["events"] = {{"neuron_updates", load.updates},
                         {"synaptic_operations", load.operations},
                         {"words_read", load.words},
                         {"messages_sent", load.sent},
                         {"messages_received", load.received}};
    }
    cores.push_back(std::move(entry));
  }
  chip["verdict"] = {{"profile", d.chip},
                     {"fits", d.fit.fits()},
                     {"text", verdict(d)},
                     {"cores", d.fit.cores},
                     {"usable_cores", d.fit.usable_cores},
                     {"all_cores", d.fit.all_cores},
                     {"findings", findings}};
  chip["cores"] = cores;
  chip["forecast"] = d.forecast ? json_of(d, *d.forecast) : Json(nullptr);
}

ReportMapping report_mapping(const Deployment& d) {
  ReportMapping r;
  const Mesh mesh(d.mesh);
  r.chip = d.chip;
  r.verdict = verdict(d);
  r.fits = d.fit.fits();
  r.columns = mesh.columns();
  r.rows = mesh.rows();
  r.cores_per_router = mesh.cores_per_router();
  r.one_chip = d.mapping.cores.size() <= mesh.slots();
  std::vector<std::uint32_t> layer_of(d.populations.size(), 0);
  for (const ResourceUse& use : loihi2::resources({}, d.limits)) r.resources.emplace_back(use.name);
  for (std::uint32_t p = 0; p < d.populations.size(); ++p) {
    if (d.mapping.cores_of(p) == 0) continue;
    layer_of[p] = static_cast<std::uint32_t>(r.layers.size());
    r.layers.push_back(d.populations[p]);
    ReportMapping::Layer row;
    row.name = d.populations[p];
    row.cores = d.mapping.cores_of(p);
    for (const ResourceUse& use : resources(fullest_core(d, p).use, d.limits)) {
      row.uses.push_back(fmt::format("{}", use.used));
      row.shares.push_back(use.share());
    }
    if (d.forecast)
      for (const loihi2::LayerForecast& layer : d.forecast->layers)
        if (layer.population == p) row.binding = binding_text(layer);
    r.layer_rows.push_back(std::move(row));
  }
  for (const MappedCore& core : d.mapping.cores) {
    const ResourceUse full = fullest(core.use, d.limits);
    r.cores.push_back(
        {core.slot, layer_of[core.population], full.share(),
         fmt::format("{}: {} neurons, {} of {} {} ({:.0f} %)", d.populations[core.population],
                     core.use.neurons, full.used, full.limit, full.name, 100.0 * full.share())});
  }
  for (const Finding& f : d.fit.findings)  // the page begins with those of the quantisation
    if (f.where != "quantisation")
      r.findings.push_back({f.severity == Finding::Severity::problem, f.message, f.remedy});
  if (d.forecast) {
    const Forecast& f = *d.forecast;
    const auto add = [](std::vector<ReportMapping::Value>& to, const std::string& name,
                        const Estimate& e, int color) {
      to.push_back({name, e.value, e.range.low, e.range.high, color});
    };
    add(r.times, d.chip, f.time, 1);
    add(r.times, "at peak rates", {f.floor.middle(), f.floor}, 6);
    add(r.energies, d.chip, f.total_energy, 1);
    if (f.static_energy) add(r.energies, "static", *f.static_energy, 3);
    add(r.energies, "dynamic", f.dynamic_energy, 2);
    if (f.io_energy) add(r.energies, "I/O", *f.io_energy, 4);
    for (const Compared& machine : d.compared)
      for (const ComparisonRow& row : machine.rows) {
        if (row.batch != 1) continue;
        add(r.times, machine.name, {row.latency, {row.latency, row.latency}}, 0);
        add(r.energies, machine.name, {row.energy, {row.energy, row.energy}}, 0);
      }
    const auto fact = [&](const char* what, double value) {
      r.facts.push_back({what, short_number(value)});
    };
    r.facts.push_back({"time per trial", text_of(f.time, "ms")});
    r.facts.push_back({"energy per trial", text_of(f.total_energy, "mJ")});
    r.facts.push_back({"energy x time", text_of(f.energy_delay, "mJ ms")});
    r.facts.push_back({"steps are bound by", bound_text(f)});
    fact("steps", f.steps);
    fact("neuron updates", f.updates);
    fact("synaptic operations", f.operations);
    fact("words of synaptic memory read", f.words);
    fact("spikes of neurons", f.spikes);
    fact("input spikes", f.input_spikes);
    fact("messages between cores", f.messages);
    fact("links that they take", f.hops);
    for (const Compared& machine : d.compared)
      for (const ComparisonRow& row : machine.rows)
        r.facts.push_back({fmt::format("{}, batch {}", machine.name, row.batch),
                           fmt::format("{:g} ms, {:g} mJ per sample", row.latency, row.energy)});
    r.basis =
        fmt::format("Means of {} per trial. {}. {}.", plural(f.trials, "trial"),
                    fit_text(d.costs.time_fit, "Time"), fit_text(d.costs.energy_fit, "Energy"));
    for (const Compared& machine : d.compared)
      if (machine.rows.empty())
        r.basis += fmt::format(" {}: no measurement of this network is published.", machine.name);
  }
  return r;
}

}  // namespace retrograde
