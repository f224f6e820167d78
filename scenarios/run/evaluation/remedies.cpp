#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <memory>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/conformance.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>
#include <retrograde/scenarios/run/deployment.hpp>
#include <retrograde/scenarios/run/evaluation/remedies.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde {

namespace {

using namespace loihi2;

constexpr std::uint32_t most_groups = 8;  // that a core has room for
constexpr double many = 0.1;              // of the weights of a projection, rounded to 0
constexpr double worth_saying = 0.9;      // of what is unlike as it is

struct ChipChange {
  std::string keys;
  ChipSpec chip;
};

ChipChange with_groups(ChipChange s) {
  s.chip.groups = most_groups;
  s.keys += fmt::format("{}groups = {}", s.keys.empty() ? "" : ", ", most_groups);
  return s;
}

ChipChange with_step(ChipChange s, Time step) {
  s.chip.step = step;
  s.keys += fmt::format("{}step = \"{:g} ms\"", s.keys.empty() ? "" : ", ", step);
  return s;
}

ChipChange with_exponent(ChipChange s) {
  s.chip.weight_exponent.reset();
  s.keys += fmt::format("{}weight_exponent = \"auto\"", s.keys.empty() ? "" : ", ");
  return s;
}

ChipChange with_calibration(ChipChange s) {
  // A clip_percentile of one's own leaves the thresholds to choose.
  s.chip.calibrates_clipping = !s.chip.clip_percentile;
  s.chip.calibrates_thresholds = true;
  s.keys += fmt::format("{}calibrate = \"{}\"", s.keys.empty() ? "" : ", ",
                        s.chip.clip_percentile ? "thresholds" : "all");
  return s;
}

// The step that delays ask for, else half of it: a neuron fires once a step at most.
Time other_step(Time step, const QuantizationReport& report) {
  Time longest = std::numeric_limits<Time>::infinity(), shortest = 0.0;
  for (const ProjectionReport& p : report.projections) {
    if (p.longest_step > 0.0) longest = std::min(longest, p.longest_step);
    shortest = std::max(shortest, p.shortest_step);
  }
  if (std::isfinite(longest)) return longest;
  return shortest > 0.0 ? shortest : step / 2;
}

// All that are not in force already.
std::vector<ChipChange> settings(const Scenario& scenario, const QuantizationReport& report) {
  const ChipSpec& chip = scenario.chip;
  const ChipChange plain{"", chip};
  std::vector<ChipChange> all;
  if (chip.weight_exponent) all.push_back(with_exponent(plain));
  if (!chip.calibrates_thresholds || (!chip.calibrates_clipping && !chip.clip_percentile))
    all.push_back(with_calibration(plain));
  // A network that goes in steps has its step.
  if (!scenario.steps) all.push_back(with_step(plain, other_step(chip.step, report)));
  if (chip.groups < most_groups) {
    const std::size_t singles = all.size();
    for (std::size_t k = 0; k < singles; ++k) all.push_back(with_groups(all[k]));
    all.insert(all.begin(), with_groups(plain));
  }
  return all;
}

// Trials of a part, and the exact machine for them.
struct Bench {
  const Machine& exact;
  const LabelledTrials& trials;
  const ChipProfile& profile;
  Semantics semantics;
  RunOptions options;
  Time duration;  // of a trial
};

// remedies.hpp says of what it is made.
double unlike(const Conformance& seen, Time duration) {
  double layers = 0.0, sum = 0.0;
  for (std::size_t p = 0; p < seen.populations.size(); ++p) {
    const double exact = static_cast<double>(seen.spikes_exact[p]);
    const double chip = static_cast<double>(seen.spikes_chip[p]);
    const Share both = seen.shifts[p].both();
    if (both.whole == 0) continue;
    layers += 1.0;
    sum += 1.0 - both.value() + std::min(1.0, std::fabs(chip - exact) / std::max(exact, 1.0)) +
           seen.shifts[p].deviation() / duration;
  }
  return (seen.decides() ? 1.0 - seen.agreement() : 0.0) + (layers > 0.0 ? sum / layers : 0.0);
}

TriedRemedy held_against(const Bench& bench, const OnChip& on_chip, std::string keys) {
  const Quantized& quantized = on_chip.quantized;
  TriedRemedy tried;
  tried.keys = std::move(keys);
  const Emulator emulator(quantized.chip, bench.semantics);
  tried.seen = compare(bench.exact, emulator, bench.trials, bench.options, quantized.report);
  const Mapping mapping = partition(quantized.chip, bench.profile.core, Mesh(bench.profile.mesh));
  for (std::size_t n = 0; n < tried.seen.by_neuron_exact.size(); ++n)
    tried.silenced += tried.seen.by_neuron_exact[n] > 0 && tried.seen.by_neuron_chip[n] == 0;
  tried.unlike = unlike(tried.seen, bench.duration);
  tried.fit = assess(quantized.chip, mapping, bench.profile, quantized.report, tried.seen);
  for (const ProjectionReport& p : quantized.report.projections) {
    tried.synapses += p.synapses;
    tried.weights_zeroed += p.weights_zeroed;
    tried.delays_clipped += p.delays_clipped;
  }
  return tried;
}

std::optional<std::size_t> best_of(const Remedies& remedies) {
  const double enough = worth_saying * remedies.as_it_is.unlike;
  std::optional<std::size_t> best;
  for (std::size_t k = 0; k < remedies.tried.size(); ++k) {
    const TriedRemedy& tried = remedies.tried[k];
    if (!tried.fit.fits() || tried.unlike >= enough) continue;
    if (tried.fit.behaves()) return k;
    if (!best || tried.unlike < worth_saying * remedies.tried[*best].unlike) best = k;
  }
  return best;
}

}  // namespace

bool wants_remedy(const Fit& fit, const QuantizationReport& report) {
  if (fit.fidelity == Fidelity::other_spikes || fit.fidelity == Fidelity::other_decisions)
    return true;
  return std::any_of(
      report.projections.begin(), report.projections.end(), [](const ProjectionReport& p) {
        return p.delays_clipped > 0 ||
               static_cast<double>(p.weights_zeroed) > many * static_cast<double>(p.synapses);
      });
}

Remedies try_remedies(const Trained& trained, const Dataset& dataset, const OnChip& as_it_is,
                      const ChipProfile& profile,
                      const std::function<bool(std::size_t, std::size_t)>& progress) {
  const Scenario& scenario = trained.scenario;
  Remedies result;
  result.part = placement_part(dataset);
  const FirstTrials trials(dataset.part(result.part), placement_trials);
  result.trials = trials.size();
  const std::unique_ptr<const Machine> exact = scenario.machine(trained.network);
  const Bench bench{
      *exact,           trials, profile, scenario.chip.semantics, stoppable(scenario.run_options()),
      scenario.duration};

  result.as_it_is = held_against(bench, as_it_is, "");
  const std::vector<ChipChange> all = settings(scenario, as_it_is.quantized.report);
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (progress && !progress(k, all.size()))
      throw Interrupted("trying other settings was stopped");
    try {
      const OnChip changed = put_on_chip(scenario, all[k].chip, trained.network, dataset);
      result.tried.push_back(held_against(bench, changed, all[k].keys));
    } catch (const DeploymentError& error) {
      TriedRemedy refused;
      refused.keys = all[k].keys;
      refused.refusal = error.what();
      result.tried.push_back(std::move(refused));
    }
  }
  result.best = best_of(result);
  return result;
}

}  // namespace retrograde
