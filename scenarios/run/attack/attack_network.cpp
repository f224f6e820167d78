#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <optional>
#include <utility>

#include <retrograde/adjoint/loss/decision_margin.hpp>
#include <retrograde/adjoint/set_result.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/chip_machine.hpp>
#include <retrograde/scenarios/run/attack/attack_network.hpp>
#include <retrograde/scenarios/run/attack/attacked_input.hpp>
#include <retrograde/scenarios/run/attack/spiking_input.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>

namespace retrograde {

namespace {

constexpr std::size_t stretch = 16;  // trials between two calls of progress

// One trial, attacked at every radius.
struct AttackedTrial {
  AttackedInput exact;
  std::vector<char> right_on_chip;  // by radius; empty: there is no chip
};

class Attacker {
 public:
  Attacker(const Trained& trained, const Dataset& dataset, const AttackSpec& spec)
      : loss_(*trained.scenario.loss),
        margin_(decision_margin(loss_)),
        spec_(spec),
        exact_(trained.scenario.machine(trained.network)),
        options_(stoppable(trained.scenario.run_options())) {
    options_.readout = loss_.readout();
    if (!trained.scenario.chip.given) return;
    try {
      const OnChip chip = put_on_chip(trained, dataset);
      chip_.emplace(chip.network, chip.options, trained.scenario.chip.semantics);
    } catch (const DeploymentError& error) {
      refusal_ = error.what();
    }
  }

  bool has_chip() const { return chip_.has_value(); }
  const std::string& refusal() const { return refusal_; }

  AttackedTrial attack(const Trial& trial, int label, std::size_t id) const {
    AttackSpec spec = spec_;
    spec.lowest = 0.0;
    spec.highest = latest_input(trial.duration);
    const Attackable classifier{
        [&](std::span<const double> at) {
          return margin_of(*exact_, trial, at, *margin_, label, options_);
        },
        [&](std::span<const double> at) { return margin(trial, at, label); },
        [&](std::span<const double> at) { return right(trial, at, label); }};
    AttackedTrial result{attack_input(classifier, input_times(trial), spec, id), {}};
    if (!chip_) return result;
    for (const AttackedInput::Radius& radius : result.exact.radii) {
      const Tape tape = chip_->run(moved(trial, radius.worst.input).trial, options_);
      result.right_on_chip.push_back(decide(chip_->network(), options_.readout, tape) == label);
    }
    return result;
  }

 private:
  double margin(const Trial& trial, std::span<const double> at, int label) const {
    const Tape tape = exact_->run(moved(trial, at).trial, options_);
    return margin_->evaluate(exact_->network(), tape, label).value;
  }
  bool right(const Trial& trial, std::span<const double> at, int label) const {
    const Network& network = exact_->network();
    const Tape tape = exact_->run(moved(trial, at).trial, options_);
    return judged(network, tape, loss_, loss_.evaluate(network, tape, label), label).correct();
  }

  const Loss& loss_;
  std::unique_ptr<const Loss> margin_;
  const AttackSpec& spec_;
  std::unique_ptr<const Machine> exact_;
  RunOptions options_;
  std::optional<loihi2::ChipMachine> chip_;
  std::string refusal_;
};

// Those with a label, each with its index.
std::vector<std::size_t> attackable(const Scenario& scenario, const LabelledTrials& trials) {
  std::vector<std::size_t> found;
  for (std::size_t k = 0; k < trials.size(); ++k) {
    if (trials.label(k) == no_decision) continue;
    if (trials.trial(k).graded())
      throw UsageError(
          fmt::format("{}: trial {} brings an analogue signal, and an attack moves the times of "
                      "spikes; encode the signal as spikes",
                      scenario.file, k));
    found.push_back(k);
  }
  if (found.empty())
    throw UsageError(
        fmt::format("{}: none of its trials has a label, and an attack is on right decisions; give "
                    "[data] with classes, or `label` in [loss]",
                    scenario.file));
  return found;
}

std::string meaning_of_margin(const Readout& readout) {
  switch (readout.kind) {
    case Readout::Kind::first_spike:
      return "first spike of the best other class less that of the true one, ms";
    case Readout::Kind::voltage_integral:
      return readout.trace ? "score of the true class less that of the best other one"
                           : "mean V of the true class less that of the best other one";
    default:
      return "largest V of the true class less that of the best other one";
  }
}

void add_on_chip(AttackCurve& chip, const AttackedTrial& trial) {
  for (std::size_t k = 0; k < trial.right_on_chip.size(); ++k) {
    chip.radii[k].right.part += trial.right_on_chip[k] != 0;
    ++chip.radii[k].right.whole;
  }
}

AttackCurve curve_on_chip(const AttackSpec& spec) {
  AttackCurve chip;
  chip.name = "Loihi 2";
  chip.transferred = true;
  for (const double epsilon : spec.epsilons) {
    chip.radii.emplace_back();
    chip.radii.back().epsilon = epsilon;
  }
  return chip;
}

void add_remarks(Robustness& robustness, const Trained& trained, const Attacker& attacker) {
  if (!trained.folder)
    robustness.remarks.emplace_back(
        "The network is that of a scenario, and untrained; name a run folder for a trained one.");
  if (robustness.inputs.starts_with("train"))
    robustness.remarks.emplace_back(
        "The data set has no test part: these trials are of the training part, with which the "
        "network is trained.");
  if (trained.scenario.surrogate)
    robustness.remarks.emplace_back(
        "The network was trained in steps; it is attacked and judged in exact time.");
  if (!attacker.refusal().empty())
    robustness.remarks.push_back(fmt::format("Not on Loihi 2: {}", attacker.refusal()));
}

}  // namespace

std::vector<double> usual_radii(Time duration) {
  std::vector<double> radii{0.0};
  for (int power = -12; power <= 12; ++power)
    for (const double digit : {1.0, 2.0, 5.0}) {
      // By a power of ten that is exact, so that 0.05 is the nearest double to it.
      const double ten = std::pow(10.0, std::abs(power));
      const double radius = power < 0 ? digit / ten : digit * ten;
      if (radius >= duration / 1000 && radius <= duration / 20) radii.push_back(radius);
    }
  return radii;
}

Robustness attack_network(const Trained& trained, const Dataset& dataset,
                          const AttackOptions& options, const EvaluationProgress& progress) {
  const Part part = judged_part(dataset);
  const FirstTrials trials(dataset.part(part), options.trials);
  const std::vector<std::size_t> chosen = attackable(trained.scenario, trials);
  const Attacker attacker(trained, dataset, options.spec);

  Robustness robustness;
  robustness.spec = options.spec;
  robustness.unit = "ms";
  robustness.inputs = fmt::format("{} trial", name(part));
  robustness.attacked = "times of input spikes";
  robustness.of_margin = meaning_of_margin(trained.scenario.loss->readout());
  robustness.count = chosen.size();
  AttackCurve exact = empty_curve("exact", options.spec), chip = curve_on_chip(options.spec);
  for (std::size_t begin = 0; begin < chosen.size(); begin += stretch) {
    if (interrupted() || (progress && !progress("attack", begin, chosen.size())))
      throw Interrupted("the attack was stopped");
    std::vector<AttackedTrial> attacked(std::min(stretch, chosen.size() - begin));
    for_each_trial(attacked.size(), [&](std::size_t k) {
      const std::size_t trial = chosen[begin + k];
      attacked[k] = attacker.attack(trials.trial(trial), trials.label(trial), trial);
    });
    for (const AttackedTrial& trial : attacked) {
      add(exact, trial.exact);
      add_on_chip(chip, trial);
    }
  }
  finish(exact);
  robustness.curves.push_back(std::move(exact));
  if (attacker.has_chip()) robustness.curves.push_back(std::move(chip));
  add_remarks(robustness, trained, attacker);
  return robustness;
}

}  // namespace retrograde
