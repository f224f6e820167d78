#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/pursuit/spiking_lca.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

void check(const PursuitProblem& problem, const Vector& signal, const SpikingLcaOptions& o) {
  check(problem, signal);
  const Penalty& penalty = problem.penalty;
  for (Eigen::Index g = 0; g < penalty.groups.count(); ++g)
    if (penalty.l2(g) != 0.0 && penalty.groups.size(g) > 1)
      throw UsageError(fmt::format(
          "group {} has {} coefficients and an l2 weight, which a spiking LCA has no network for; "
          "give it an l1 weight, or use the LCA of graded messages",
          g, penalty.groups.size(g)));
  const auto require = [](const char* what, double value) {
    if (!(value > 0.0) || !std::isfinite(value))
      throw UsageError(fmt::format("{} of a spiking LCA is {}, it has to be above 0", what, value));
  };
  require("the quantum", o.quantum);
  require("tau_syn", o.tau_syn);
  require("tau_mem", o.tau_mem);
  require("the delay", o.delay);
}

}  // namespace

SpikingLca::SpikingLca(const PursuitProblem& problem, const Vector& signal,
                       const SpikingLcaOptions& options)
    : atoms_(problem.dictionary.size()), quantum_(options.quantum) {
  check(problem, signal, options);
  const Penalty& penalty = problem.penalty;
  const Matrix atoms = problem.dictionary.dense();
  const Matrix gram = atoms.transpose() * atoms;
  const Vector drive = problem.dictionary.correlations(signal);

  // The neurons of the atoms, then those of their opposites.
  const auto atom_count = static_cast<std::uint32_t>(atoms_);
  const std::uint32_t size = penalty.non_negative ? atom_count : 2 * atom_count;
  const auto atom = [&](std::uint32_t n) { return static_cast<Eigen::Index>(n % atom_count); };
  const auto sign = [&](std::uint32_t n) { return n < atom_count ? 1.0 : -1.0; };
  PopulationSpec neurons;
  neurons.name = "code";
  neurons.size = size;
  neurons.tau_mem = {options.tau_mem};
  neurons.tau_syn = {options.tau_syn};
  neurons.bias.resize(size);
  neurons.v_threshold.resize(size);
  std::vector<SynapseSpec> synapses;
  synapses.reserve(std::size_t{size} * (size - 1));
  for (std::uint32_t i = 0; i < size; ++i) {
    const Eigen::Index own = atom(i), group = penalty.groups.of(own);
    if (!(gram(own, own) > 0.0))
      throw UsageError(fmt::format("atom {} is 0, a neuron of it would fire without end", own));
    neurons.bias[i] = sign(i) * drive(own) - penalty.l1(group) - penalty.l2(group);
    neurons.v_threshold[i] = options.quantum * gram(own, own) / options.tau_mem;
    for (std::uint32_t j = 0; j < size; ++j) {
      const double common = sign(i) * sign(j) * gram(own, atom(j));
      if (i != j && common != 0.0)
        synapses.push_back({j, i, -common * options.quantum / options.tau_syn, options.delay});
    }
  }
  NetworkBuilder builder;
  const std::uint32_t code = builder.add(std::move(neurons));
  builder.connect(code, code, std::move(synapses));
  network_ = builder.build();
}

Vector SpikingLca::code(const Tape& tape, Time from, Time to) const {
  Vector code = Vector::Zero(atoms_);
  for (const TapeSpike& spike : tape.spikes) {
    if (spike.time < from || spike.time >= to) continue;
    const auto neuron = static_cast<Eigen::Index>(spike.neuron);
    if (neuron < atoms_)
      code(neuron) += quantum_;
    else
      code(neuron - atoms_) -= quantum_;
  }
  return code / (to - from);
}

}  // namespace retrograde
