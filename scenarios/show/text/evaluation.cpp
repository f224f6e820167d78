#include <algorithm>
#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/surrogate/surrogate_text.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>
#include <retrograde/scenarios/show/text/evaluation.hpp>

namespace retrograde {

namespace {

// What surrogate gradients, and what the exact engine, make of a network that was trained in steps.
std::string steps_text(const Trained& trained, const Evaluation& evaluation) {
  const SteppedSpec& spec = *trained.scenario.surrogate;
  const SetResult& stepped = *evaluation.stepped;
  std::string out = fmt::format("  trained {}\n  {:<24} {:>14} {:>14}\n",
                                surrogate_text(spec, trained.network), "", "in steps", "exact");
  if (evaluation.labelled())
    out += fmt::format("  {:<24} {:>14} {:>14}\n", "accuracy", percent_text(stepped.accuracy()),
                       percent_text(evaluation.exact.accuracy()));
  out += fmt::format("  {:<24} {:>14.6g} {:>14.6g}\n", "loss", stepped.loss(),
                     evaluation.exact.loss());
  out += fmt::format("  {:<24} {:>14.2f} {:>14.2f}\n", "spikes/neuron and trial",
                     activity(trained.network, stepped).spikes_per_neuron,
                     activity(trained.network, evaluation.exact).spikes_per_neuron);
  return out;
}

// How long an epoch took, and what memory the training did; nothing of what was not just trained.
std::string effort_text(const Trained& trained) {
  if (trained.peak_memory == 0 || trained.checkpoint->history.empty()) return "";
  const auto& history = trained.checkpoint->history;
  return fmt::format("  {} an epoch; at most {} of memory\n",
                     duration_text(total_seconds(history) / static_cast<double>(history.size())),
                     memory_text(trained.peak_memory));
}

std::string refusal_text(const Evaluation& evaluation) {
  std::string text;
  if (evaluation.labelled())
    text += fmt::format("  {:<24} {:>14}\n", "accuracy (exact)",
                        percent_text(evaluation.exact.accuracy()));
  if (evaluation.judged)
    text += fmt::format("  {:<24} {:>14.6g}\n", "loss", evaluation.exact.loss());
  return text + fmt::format("  not on Loihi 2: {}\n", evaluation.chip_refusal);
}

// "-" of no cases.
std::string share_text(const Share& share) {
  return share.whole > 0 ? percent_text(share.value()) : "-";
}

std::string range_text(const Share& share) {
  const Interval range = share.range();
  return percent_range(range.low, range.high);
}

// "-0.45 .. -0.31", of what the chip sends more; nothing of a single trial.
std::string range_text(const SpikeGain& gain) {
  if (gain.samples < 2) return "";
  return fmt::format("{:+.2f} .. {:+.2f}", gain.mean() - gain.uncertainty(),
                     gain.mean() + gain.uncertainty());
}

void add_registers(std::string& out, const ChipEvaluation& chip) {
  const Conformance& c = chip.conformance;
  out += fmt::format("\n  {:<24} {:>24} {:>6} {:>8} {:>10}  {}\n", "register", "range", "bits",
                     "used", "overflows", "safe for any input");
  for (std::size_t k = 0; k < c.registers.size(); ++k)
    if (const RegisterUse& use = c.registers[k]; !use.empty())
      out += fmt::format("  {:<24} {:>24} {:>6} {:>6.1f} % {:>10}  {}\n",
                         fmt::format("{} of {}", use.name, c.populations[use.population]),
                         fmt::format("{} .. {}", use.min, use.max), use.bits,
                         100.0 * use.utilisation(), use.overflows,
                         chip.deployment.fit.registers[k].safety == loihi2::Safety::proven
                             ? "proven"
                             : "not proven");
}

// What rounding to integers did to weights, delays, thresholds and inputs.
void add_quantisation(std::string& out, const Network& network, const ChipEvaluation& chip) {
  out += fmt::format("\n  {:<24} {:>10} {:>10} {:>10} {:>10} {:>10}\n", "projection", "synapses",
                     "clipped", "to zero", "SQNR (dB)", "delays cut");
  for (const loihi2::ProjectionReport& p : chip.quantization.projections)
    out += fmt::format("  {:<24} {:>10} {:>10} {:>10} {:>10.1f} {:>10}\n", p.name, p.synapses,
                       p.weights_clipped, p.weights_zeroed, p.sqnr_db, p.delays_clipped);
  for (const std::uint32_t p : spiking_populations(network))
    out += fmt::format("\n  thresholds of {} lowered by {:g} of the mean rise of V in one step",
                       network.populations()[p].name, chip.calibration.fraction[p]);
  out += fmt::format("\n  {} shared a step with another of {} neuron\n",
                     plural(chip.conformance.input_collisions, "input spike"),
                     chip.conformance.input_collisions == 1 ? "its" : "their");
}

void add_budget(std::string& out, const loihi2::ErrorBudget& b, bool decides) {
  if (b.trials == 0) return;
  const bool labelled = b.labelled > 0;
  const auto cells = [&](const loihi2::BudgetEntry& e) {
    return fmt::format(
        " {:>10} {:>12} {:>10.4f}", labelled ? percent_text(b.accuracy(e.correct)) : "-",
        decides ? percent_text(Share{e.changed, b.trials}.value()) : "-", e.distance);
  };
  const auto row = [&](std::string_view name, const std::string& alone, const std::string& added) {
    out += fmt::format("  {:<24}{:>35}  {}\n", name, alone, added);
  };
  const std::string heads = fmt::format(" {:>10} {:>12} {:>10}", "accuracy", "changed", "distance");
  out += fmt::format("\n  what each step to the chip costs, on {}\n", plural(b.trials, "trial"));
  out += fmt::format("  {:<24} {:>34}   {:>34}\n", "", "alone", "added to those above");
  row("", heads, heads);
  if (labelled) row("exact", "", fmt::format(" {:>10}", percent_text(b.accuracy(b.exact_correct))));
  for (std::size_t k = 0; k < b.cumulative.size(); ++k)
    row(name(loihi2::approximations[k]), cells(b.alone[k]), cells(b.cumulative[k]));
  if (b.tuned) row("fine-tuned", "", cells(*b.tuned));
}

// What was tried, a row each.
void add_remedies(std::string& out, const Network& network, const Remedies& remedies) {
  out += fmt::format("\n  other settings of [chip], tried on {}{}\n",
                     plural(remedies.trials, fmt::format("{} trial", name(remedies.part))),
                     remedies.part == Part::train ? ", for lack of others" : "");
  const std::vector<std::uint32_t> layers = spiking_populations(network);
  const bool decides = remedies.as_it_is.seen.decides();
  std::string head = fmt::format("  {:<40}", "");
  if (decides) head += fmt::format(" {:>14}", "same decision");
  for (const std::uint32_t p : layers)
    head += fmt::format("  {:>22}", "spikes/trial " + network.populations()[p].name);
  out += head + "  silenced  to zero  delays cut\n";
  const auto row = [&](const std::string& name, const TriedRemedy& r) {
    out += fmt::format("  {:<40}", name);
    if (!r.refusal.empty()) {
      out += " " + r.refusal + "\n";
      return;
    }
    if (decides) out += fmt::format(" {:>14}", share_text(r.seen.same_decision()));
    for (const std::uint32_t p : layers)
      out += fmt::format("  {:>22.2f}", r.seen.spikes_per_sample_chip(p));
    out += fmt::format("  {:>8}  {:>7}  {:>10}{}\n", r.silenced, r.weights_zeroed, r.delays_clipped,
                       r.fit.fits() ? "" : "  does not fit");
  };
  std::string exact = fmt::format("  {:<40}", "exact");
  if (decides) exact += fmt::format(" {:>14}", "");
  for (const std::uint32_t p : layers)
    exact += fmt::format("  {:>22.2f}", remedies.as_it_is.seen.spikes_per_sample_exact(p));
  out += exact + "\n";
  row("as it is", remedies.as_it_is);
  for (const TriedRemedy& tried : remedies.tried) row(tried.keys, tried);
}

}  // namespace

std::string conformance_text(const Network& network, const Conformance& c, bool labelled,
                             std::string_view chip) {
  std::string out;
  const auto row = [&](const std::string& name, const std::string& exact,
                       const std::string& on_chip, const std::string& range) {
    const std::string text = fmt::format("  {:<24} {:>14} {:>14}  {}", name, exact, on_chip, range);
    out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
  };
  row("", "exact", std::string(chip), "95 % interval");
  if (labelled)
    row("accuracy", percent_text(c.accuracy_exact()), percent_text(c.accuracy_chip()),
        range_text(c.right_chip()));
  if (c.decides())
    row("same decision", "", share_text(c.same_decision()), range_text(c.same_decision()));
  for (const std::uint32_t p : spiking_populations(network)) {
    const std::string& name = network.populations()[p].name;
    row("spikes/trial " + name, fmt::format("{:.2f}", c.spikes_per_sample_exact(p)),
        fmt::format("{:.2f}", c.spikes_per_sample_chip(p)), range_text(c.gains[p]));
    const SpikeShift& shift = c.shifts[p];
    if (shift.both().whole == 0) continue;
    row("same neurons in " + name, "", percent_text(shift.both().value()),
        range_text(shift.both()));
    row("first spikes in " + name, "", fmt::format("{:+.3g} ms", shift.mean()),
        fmt::format("{:.3g} ms off in the root mean square", shift.deviation()));
  }
  return out;
}

namespace {

// Of a structure that is learned, or chosen at random: what each projection has.
std::string synapses_text(const Trained& trained) {
  const StructurePlan& structure = *trained.scenario.structure;
  const std::vector<std::uint64_t> turned = structure.turned(trained.network);
  std::string text;
  for (std::uint32_t p = 0; p < structure.spec().projections.size(); ++p) {
    if (!structure.spec().projections[p]) continue;
    text += fmt::format("{}{} {} of {} pairs", text.empty() ? "" : ", ",
                        trained.network.projections()[p].name,
                        trained.network.projections()[p].size, structure.pairs().count(p));
    if (turned[p] > 0)
      text +=
          fmt::format(" ({} against their sign: batch normalisation has turned them)", turned[p]);
  }
  const auto moved = [](const EpochMetrics& m) { return m.grown > 0 || m.removed > 0; };
  if (structure.spec().dynamic() && trained.checkpoint &&
      std::none_of(trained.checkpoint->history.begin(), trained.checkpoint->history.end(), moved))
    text += "; the rule has moved none: train longer, or let it act more often (every, until)";
  return text;
}

}  // namespace

std::string evaluation_text(const Trained& trained, const Evaluation& evaluation) {
  std::string out;
  out +=
      fmt::format("\n{}, {}\n", trained.scenario.name,
                  plural(evaluation.exact.trials, fmt::format("{} trial", name(evaluation.part))));
  if (!evaluation.has_test_part) out += fmt::format("  {}\n", no_test_part);
  if (trained.scenario.structure) out += fmt::format("  synapses: {}\n", synapses_text(trained));
  if (const DelayCount d =
          count_delays(trained.scenario.learned_of(trained.network), trained.network);
      d.resting > 0)
    out += fmt::format("  {} of {} learned delays are 0, or as short as they may be\n", d.resting,
                       d.all);
  if (evaluation.stepped) out += steps_text(trained, evaluation) + effort_text(trained);
  if (!evaluation.chip) return out + refusal_text(evaluation);
  const ChipEvaluation& chip = *evaluation.chip;
  out += conformance_text(trained.network, chip.conformance, evaluation.labelled());
  add_registers(out, chip);
  add_quantisation(out, trained.network, chip);
  add_budget(out, chip.budget, chip.conformance.decides());
  out += cores_and_costs_text(chip.deployment);
  if (chip.remedies) add_remedies(out, trained.network, *chip.remedies);
  out += findings_text(chip.deployment);
  if (const std::string advice = chip.remedies ? advice_text(*chip.remedies) : ""; !advice.empty())
    out += "  " + advice + "\n";
  return out;
}

}  // namespace retrograde
