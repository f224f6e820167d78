#include <algorithm>

#include <retrograde/engine/trial/batch.hpp>
#include <retrograde/hardware/loihi2/place/placement.hpp>
#include <retrograde/scenarios/read/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/run/deployment.hpp>

namespace retrograde {

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

  // Neighbours by the spikes that go between them, then what those trials ask of every core.
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

  // What other machines took for a network of this shape.
  for (const std::string& path : library_comparisons()) {
    const Comparison comparison = read_comparison(path);
    const std::uint32_t steps = runs.empty() ? 0 : runs.front().steps;
    d.compared.push_back({comparison.name, comparison.source, matching(comparison, chip, steps)});
  }
  return d;
}

const loihi2::MappedCore& fullest_core(const Deployment& d, std::uint32_t population) {
  const auto first = d.mapping.cores.begin() + d.mapping.first_core[population];
  const auto last = d.mapping.cores.begin() + d.mapping.first_core[population + 1];
  return *std::max_element(
      first, last, [&](const loihi2::MappedCore& a, const loihi2::MappedCore& b) {
        return fullest(a.use, d.limits).share() < fullest(b.use, d.limits).share();
      });
}

std::size_t count(const Deployment& d, loihi2::Finding::Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(d.fit.findings.begin(), d.fit.findings.end(),
                    [&](const loihi2::Finding& f) { return f.severity == severity; }));
}

}  // namespace retrograde
