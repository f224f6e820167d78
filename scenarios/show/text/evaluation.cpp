#include <fmt/format.h>

#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>
#include <retrograde/scenarios/show/text/evaluation.hpp>

namespace retrograde {

namespace {

std::string refusal_text(const Evaluation& evaluation) {
  std::string text;
  if (evaluation.labelled())
    text += fmt::format("  {:<24} {:>14}\n", "accuracy (exact)",
                        percent_text(evaluation.exact.accuracy()));
  return text + fmt::format("  {:<24} {:>14.6g}\n  not on Loihi 2: {}\n", "loss",
                            evaluation.exact.loss(), evaluation.chip_refusal);
}

// What both sides decided and how often they fired.
void add_decisions(std::string& out, const Network& network, const Conformance& c, bool labelled) {
  const auto row = [&](const std::string& name, const std::string& exact, const std::string& chip) {
    out += fmt::format("  {:<24} {:>14} {:>14}\n", name, exact, chip);
  };
  row("", "exact", "Loihi 2");
  if (labelled) row("accuracy", percent_text(c.accuracy_exact()), percent_text(c.accuracy_chip()));
  row("same decision", "", percent_text(c.agreement()));
  for (const std::uint32_t p : spiking_populations(network))
    row("spikes/trial " + network.populations()[p].name,
        fmt::format("{:.2f}", c.spikes_per_sample_exact(p)),
        fmt::format("{:.2f}", c.spikes_per_sample_chip(p)));
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

void add_budget(std::string& out, const loihi2::ErrorBudget& b) {
  if (b.trials == 0) return;
  const bool labelled = b.labelled > 0;
  const auto cells = [&](const loihi2::BudgetEntry& e) {
    return fmt::format(
        " {:>10} {:>10.2f} % {:>10.4f}", labelled ? percent_text(b.accuracy(e.correct)) : "-",
        100.0 * static_cast<double>(e.changed) / static_cast<double>(b.trials), e.distance);
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

}  // namespace

std::string evaluation_text(const Trained& trained, const Evaluation& evaluation) {
  std::string out;
  out +=
      fmt::format("\n{}, {}\n", trained.scenario.name,
                  plural(evaluation.exact.trials, fmt::format("{} trial", name(evaluation.part))));
  if (!evaluation.has_test_part) out += fmt::format("  {}\n", no_test_part);
  if (const DelayCount d = count_delays(trained.scenario.learning, trained.network); d.resting > 0)
    out += fmt::format("  {} of {} learned delays are 0, or as short as they may be\n", d.resting,
                       d.all);
  if (!evaluation.chip) return out + refusal_text(evaluation);
  const ChipEvaluation& chip = *evaluation.chip;
  add_decisions(out, trained.network, chip.conformance, evaluation.labelled());
  add_registers(out, chip);
  add_quantisation(out, trained.network, chip);
  add_budget(out, chip.budget);
  return out + deployment_text(chip.deployment);
}

}  // namespace retrograde
