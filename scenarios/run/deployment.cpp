#include <algorithm>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/place/placement.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

namespace retrograde {

Part placement_part(const Dataset& dataset) {
  return dataset.size(Part::validation) > 0 ? Part::validation : Part::train;
}

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

namespace {

// Places the cores by the spikes that go between them, and forecasts what those trials ask of every
// core.
void place_and_forecast(Deployment& d, const Mesh& mesh, std::uint32_t populations,
                        const std::vector<loihi2::Emulation>& runs) {
  loihi2::Traffic traffic(d.mapping.cores.size());
  for (const loihi2::Emulation& run : runs) add_traffic(traffic, d.mapping, run.spikes);
  place(d.mapping, mesh, traffic);
  std::vector<loihi2::Workload> work(runs.size());
  for_each_trial(runs.size(), [&](std::size_t k) {
    work[k] = count_events(d.mapping, mesh, populations, runs[k].total_steps, runs[k].spikes);
  });
  if (!work.empty() && !d.mapping.cores.empty()) d.forecast = forecast(d.costs, d.mapping, work);
}

// What other machines took for a network of this shape, of the comparisons that are shipped.
std::vector<Compared> published(const loihi2::ChipNetwork& chip, std::uint32_t steps) {
  std::vector<Compared> all;
  for (const std::string& path : library_comparisons()) {
    const Comparison comparison = read_comparison(path);
    all.push_back({comparison.name, comparison.source, matching(comparison, chip, steps)});
  }
  return all;
}

}  // namespace

Deployment deploy(const ChipProfile& profile, const loihi2::Emulator& emulator,
                  const loihi2::QuantizationReport& quantization, const Conformance& seen,
                  const LabelledTrials& trials, Part part) {
  const loihi2::ChipNetwork& chip = emulator.network();
  const Mesh mesh(profile.mesh);
  Deployment d;
  d.chip = profile.name;
  d.part = part;
  d.mesh = profile.mesh;
  d.limits = profile.core.limits;
  for (const loihi2::ChipPopulation& p : chip.populations) d.populations.push_back(p.name);
  d.mapping = partition(chip, profile.core, mesh);
  d.costs = fit_costs(profile);

  std::vector<loihi2::Emulation> runs(trials.size());
  if (d.mapping.cores.size() <= mesh.slots()) {
    const std::function<bool()> stopped = interruption();
    for_each_trial(runs.size(), [&](std::size_t k) {
      if (stopped()) throw Interrupted("stopped while the network was placed");
      runs[k] = emulator.run(trials.trial(k));
    });
    place_and_forecast(d, mesh, static_cast<std::uint32_t>(chip.populations.size()), runs);
  }
  d.fit = assess(chip, d.mapping, profile, quantization, seen);
  d.compared = published(chip, runs.empty() ? 0 : runs.front().steps);
  return d;
}

Deployment deploy(const ChipProfile& profile, const loihi2::Emulator& emulator,
                  const loihi2::QuantizationReport& quantization, const Conformance& seen,
                  const Trained& trained, const Dataset& dataset) {
  const Part part = placement_part(dataset);
  const EventfulTrials happening(dataset, part, trained.scenario, trained.network);
  return deploy(profile, emulator, quantization, seen, FirstTrials(happening, placement_trials),
                part);
}

const loihi2::MappedCore& fullest_core(const Deployment& d, std::uint32_t population) {
  const auto first = d.mapping.cores.begin() + d.mapping.first_core[population];
  const auto last = d.mapping.cores.begin() + d.mapping.first_core[population + 1];
  return *std::max_element(
      first, last, [&](const loihi2::MappedCore& a, const loihi2::MappedCore& b) {
        return fullest(a.use, d.limits).share() < fullest(b.use, d.limits).share();
      });
}

std::size_t count(const Deployment& d, Finding::Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(d.fit.findings.begin(), d.fit.findings.end(),
                    [&](const Finding& f) { return f.severity == severity; }));
}

}  // namespace retrograde
