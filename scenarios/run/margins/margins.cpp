#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>

#include <retrograde/engine/enclosure/enclosure.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/certify/certificate.hpp>
#include <retrograde/hardware/loihi2/deploy/dynamics.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/margins/margins.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>

namespace retrograde {

namespace {

constexpr double smallest = 1e-6;
constexpr int halvings = 12;
constexpr std::size_t stretch = 32;  // trials between two calls of progress
constexpr std::size_t most_fragile = 8;

// One trial, as far as its proof goes.
struct Proof {
  double radius = 0.0;
  std::optional<Doubt> doubt;  // just beyond; none: two classes are too close
  bool rounding = false, chip = false, chip_other = false, chip_doubt = false;
  int decision = no_decision;
  TrialDistances distances;
};

class Prover {
 public:
  Prover(const Trained& trained, const Dataset& dataset)
      : network_(trained.network),
        readout_(trained.scenario.loss->readout()),
        exact_(trained.scenario.machine(trained.network)),
        options_(trained.scenario.run_options()) {
    try {
      chip_ = put_on_chip(trained, dataset);
      rounding_ = half_units(*chip_);
      certificate_.emplace(chip_->network, chip_->quantized.chip);
    } catch (const DeploymentError& error) {
      refusal_ = error.what();
    }
  }

  const std::string& refusal() const { return refusal_; }
  const Network& network() const { return network_; }

  Proof prove(const Trial& trial, std::size_t index) const {
    Proof proof;
    const Tape tape = exact_->run(trial, options_);
    proof.decision = decide(network_, readout_, tape);
    proof.distances = distances_of(network_, tape, index);
    find_radius(trial, proof);
    if (rounding_) proof.rounding = holds(trial, *rounding_, proof.decision, nullptr);
    if (certificate_) {
      const Enclosure enclosure = certificate_->enclose(trial, readout_);
      const auto decision = certified_decision(certificate_->network(), readout_, enclosure);
      proof.chip = decision == proof.decision;
      proof.chip_other = decision && *decision != proof.decision;
      proof.chip_doubt = enclosure.doubt.has_value();
    }
    return proof;
  }

 private:
  bool holds(const Trial& trial, const Uncertainty& u, int decision,
             std::optional<Doubt>* doubt) const {
    const Enclosure enclosure = enclose(network_, trial, u, readout_);
    if (doubt) *doubt = enclosure.doubt;
    return certified_decision(network_, readout_, enclosure) == decision;
  }

  Uncertainty within(double share) const {
    Uncertainty u;
    for (const double w : network_.parameters(ParameterKind::weight))
      u.weight.push_back(share * std::fabs(w));
    return u;
  }

  // By bisection of its logarithm: a wider enclosure contains a narrower one.
  void find_radius(const Trial& trial, Proof& proof) const {
    if (!holds(trial, within(smallest), proof.decision, &proof.doubt)) return;
    double low = std::log(smallest), high = 0.0;
    proof.radius = smallest;
    for (int k = 0; k < halvings; ++k) {
      const double middle = 0.5 * (low + high);
      std::optional<Doubt> doubt;
      if (holds(trial, within(std::exp(middle)), proof.decision, &doubt)) {
        low = middle;
        proof.radius = std::exp(middle);
      } else {
        high = middle;
        proof.doubt = doubt;
      }
    }
  }

  // Half of what 8 bits can tell apart, of every weight; and half a step of every delay.
  static Uncertainty half_units(const OnChip& on_chip) {
    const loihi2::ChipNetwork& chip = on_chip.quantized.chip;
    const Network& network = on_chip.network;
    Uncertainty u;
    u.weight.assign(network.synapse_count(), 0.0);
    u.delay.assign(network.synapse_count(), 0.5 * chip.step);
    for (std::size_t k = 0; k < chip.projections.size(); ++k) {
      const Projection& projection = network.projections()[k];
      const loihi2::ChipPopulation& to = chip.populations[projection.target];
      for (SynapseId s = 0; s < projection.size; ++s) {
        const NeuronId n = to.first + projection.targets[s];
        const double gain =
            loihi2::Arrival(network, n, network.parameter(ParameterKind::tau_mem, n),
                            network.parameter(ParameterKind::tau_syn, n), chip.step)
                .gain();
        u.weight[projection.first + s] =
            0.5 * std::ldexp(to.scale(projection.targets[s]), on_chip.options.weight_exponent) /
            gain;
      }
    }
    return u;
  }

  const Network& network_;
  const Readout readout_;
  std::unique_ptr<const Machine> exact_;
  RunOptions options_;
  std::optional<OnChip> chip_;
  std::optional<Uncertainty> rounding_;
  std::optional<loihi2::Certificate> certificate_;
  std::string refusal_;
};

void add(Margins& margins, const Prover& prover, const Proof& proof, int label,
         std::map<NeuronId, FragileNeuron>& fragile) {
  margins.labelled += label != no_decision;
  margins.correct += label != no_decision && label == proof.decision;
  margins.radii.push_back(proof.radius);
  margins.certified_rounding += proof.rounding;
  margins.certified_chip += proof.chip;
  margins.certified_other += proof.chip_other;
  margins.chip_step_doubts += proof.chip_doubt;
  margins.distances.add(proof.distances);
  if (!proof.doubt) {
    ++margins.close_classes;
    return;
  }
  FragileNeuron& neuron = fragile[proof.doubt->neuron];
  if (neuron.trials++ == 0 || proof.radius < neuron.radius) {
    neuron.neuron = prover.network().neuron_name(proof.doubt->neuron);
    neuron.radius = proof.radius;
    neuron.doubt = text(*proof.doubt, prover.network());
  }
}

}  // namespace

double Margins::share_above(double r) const {
  const auto count = std::count_if(radii.begin(), radii.end(), [&](double x) { return x >= r; });
  return radii.empty() ? 0.0 : static_cast<double>(count) / static_cast<double>(radii.size());
}

double Margins::median_radius() const {
  std::vector<double> sorted = radii;
  if (sorted.empty()) return 0.0;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

void require_provable(const Scenario& scenario) {
  require_values(scenario, "retro margins");
  require_continuous(scenario, "a proof of decisions");
  if (!scenario.loss || scenario.loss->readout().kind == Readout::Kind::none)
    throw UsageError(
        fmt::format("{} has no loss that decides between classes; a decision is what is proven",
                    scenario.file));
}

Margins margins_of(const Trained& trained, const Dataset& dataset, std::size_t most,
                   const EvaluationProgress& progress) {
  Margins margins;
  margins.part = judged_part(dataset);
  const FirstTrials trials(dataset.part(margins.part), most);
  margins.trials = trials.size();
  const Prover prover(trained, dataset);
  margins.chip_refusal = prover.refusal();

  std::map<NeuronId, FragileNeuron> fragile;
  for (std::size_t begin = 0; begin < trials.size(); begin += stretch) {
    if (interrupted() || (progress && !progress("enclosures", begin, trials.size())))
      throw Interrupted("the enclosures were stopped");
    const std::size_t end = std::min(trials.size(), begin + stretch);
    std::vector<Proof> proofs(end - begin);
    for_each_trial(end - begin, [&](std::size_t k) {
      proofs[k] = prover.prove(trials.trial(begin + k), begin + k);
    });
    for (std::size_t k = begin; k < end; ++k)
      add(margins, prover, proofs[k - begin], trials.label(k), fragile);
  }

  // The neurons that proofs end with most often, and their layers.
  for (const Population& p : trained.network.populations()) {
    std::uint64_t count = 0;
    for (const auto& [neuron, some] : fragile)
      if (neuron >= p.first && neuron - p.first < p.size) count += some.trials;
    if (count > 0) margins.by_layer.emplace_back(p.name, count);
  }
  for (const auto& [neuron, some] : fragile) margins.fragile.push_back(some);
  std::stable_sort(
      margins.fragile.begin(), margins.fragile.end(),
      [](const FragileNeuron& a, const FragileNeuron& b) { return a.trials > b.trials; });
  if (margins.fragile.size() > most_fragile) margins.fragile.resize(most_fragile);
  return margins;
}

}  // namespace retrograde
