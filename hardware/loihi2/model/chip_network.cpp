#include <cmath>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

namespace {

void check_cells(const ChipPopulation& p) {
  const bool fits = [&] {
    switch (p.model.kind()) {
      case ChipModel::input:
      case ChipModel::cuba_lif:
      case ChipModel::cuba_li:
        return std::holds_alternative<std::monostate>(p.cells);
      case ChipModel::ternary_lif:
        return std::holds_alternative<std::vector<TernaryLif>>(p.cells);
      case ChipModel::graded:
        return std::holds_alternative<std::vector<Graded>>(p.cells);
      case ChipModel::delta:
        return std::holds_alternative<std::vector<Delta>>(p.cells);
      case ChipModel::sigma:
        return std::holds_alternative<std::vector<Sigma>>(p.cells);
      case ChipModel::sigma_delta:
        return std::holds_alternative<std::vector<SigmaDelta>>(p.cells);
      case ChipModel::resonate_fire:
        return std::holds_alternative<std::vector<ResonateFire>>(p.cells);
      case ChipModel::lca:
        return std::holds_alternative<std::vector<Lca>>(p.cells);
      case ChipModel::lca_residual:
        return std::holds_alternative<std::vector<LcaResidual>>(p.cells);
    }
    return false;
  }();
  if (!fits)
    throw NetworkError(p.name, fmt::format("its cells are not those of its model {}; give one {} "
                                           "per neuron, or none to cuba_lif and cuba_li",
                                           name(p.model), name(p.model)));
  std::visit(
      [&](const auto& cells) {
        if constexpr (!std::is_same_v<decltype(cells), const std::monostate&>) {
          if (cells.size() != p.size)
            throw NetworkError(p.name, fmt::format("{} cells for {} neurons; give one per neuron",
                                                   cells.size(), p.size));
          for (std::size_t k = 0; k < cells.size(); ++k)
            check(cells[k], fmt::format("{}[{}]", p.name, k));
        }
      },
      p.cells);
}

void check_time(const ChipNetwork& network) {
  if (!(network.step > 0.0) || !std::isfinite(network.step))
    throw NetworkError(
        "chip network",
        fmt::format("a step lasts {} ms; it must be finite and above 0", network.step));
  if (!(network.spike_phase >= 0.0 && network.spike_phase <= 1.0))
    throw NetworkError(
        "chip network",
        fmt::format("spike_phase is {}; it is a fraction of a step, 0 to 1", network.spike_phase));
}

void check_population(const ChipPopulation& p, std::uint64_t neurons_before) {
  if (p.first != neurons_before || p.size == 0)
    throw NetworkError(p.name, "populations follow each other without gaps and are not empty");
  if (p.model == ChipModel::input && p.lag != 0)
    throw NetworkError(p.name, "inputs have no lag; the trial's time is theirs");
  if (p.scales.size() != 1 && p.scales.size() != p.size)
    throw NetworkError(p.name, fmt::format("{} scales for {} neurons; give one or one for each",
                                           p.scales.size(), p.size));
  for (const double scale : p.scales)
    if (!(scale > 0.0) || !std::isfinite(scale))
      throw NetworkError(p.name,
                         fmt::format("a scale is {}; it must be finite and above 0", scale));
  if (p.reset_interval > 0 && !p.model.has_cuba_neurons())
    throw NetworkError(p.name, fmt::format("its model {} has no periodic reset; cuba_lif and "
                                           "cuba_li have, leave reset_interval at 0",
                                           name(p.model)));
  check_cells(p);
}

void check_populations(const ChipNetwork& network) {
  std::uint64_t neurons = 0;
  for (const ChipPopulation& p : network.populations) {
    check_population(p, neurons);
    neurons += p.size;
  }
  if (neurons != network.neurons.size())
    throw NetworkError("chip network", fmt::format("{} neurons for populations of {} in total",
                                                   network.neurons.size(), neurons));
  for (const ChipPopulation& p : network.populations) {
    if (!p.model.has_cuba_neurons()) continue;
    for (std::uint32_t k = 0; k < p.size; ++k)
      check(network.neurons[p.first + k], fmt::format("{}[{}]", p.name, k));
  }
}

// What a projection joins, and how its numbers are stored.
void check_ends(const ChipNetwork& network, const ChipProjection& projection) {
  if (projection.source >= network.populations.size() ||
      projection.target >= network.populations.size())
    throw NetworkError(projection.name, "its source or target is no population");
  const ChipPopulation& from = network.populations[projection.source];
  const ChipPopulation& to = network.populations[projection.target];
  if (to.model == ChipModel::input)
    throw NetworkError(projection.name, fmt::format("its target {} is an input", to.name));
  if (from.model == ChipModel::cuba_li)
    throw NetworkError(projection.name,
                       fmt::format("its source {} is a readout and never fires", from.name));
  const bool resonates = to.model == ChipModel::resonate_fire;
  if (projection.port > (resonates ? 1u : 0u))
    throw NetworkError(projection.name,
                       fmt::format("its target {} has no port {}; {}", to.name, projection.port,
                                   resonates ? "0 is the real one, 1 the imaginary one"
                                             : "only resonate_fire has two, take 0"));
  check_field(projection.name, "weight bits", projection.format.bits, 1, weight_bits_max);
  check_field(projection.name, "weight exponent", projection.format.exponent, -8, 7);
  check_field(projection.name, "message bits", projection.message_bits, 0, message_bits_limit);
}

// `largest`, by neuron: the sum of |weights| that may meet in one step.
void check_synapses(const ChipNetwork& network, const ChipProjection& projection,
                    std::vector<std::int64_t>& largest) {
  const ChipPopulation& from = network.populations[projection.source];
  const ChipPopulation& to = network.populations[projection.target];
  if (projection.convolution) {
    if (!projection.synapses.empty())
      throw NetworkError(projection.name,
                         "it has both a convolution and synapses; give one of them");
    check(*projection.convolution, projection.name);
    if (projection.convolution->in.size() != from.size ||
        projection.convolution->out.size() != to.size)
      throw NetworkError(
          projection.name,
          fmt::format("its convolution is from {} to {} neurons, and the populations "
                      "have {} and {}",
                      projection.convolution->in.size(), projection.convolution->out.size(),
                      from.size, to.size));
  }
  projection.for_each_synapse([&](const ChipSynapse& s) {
    const auto where = [&] {
      return fmt::format("{}[{}, {}]", projection.name, s.target, s.source);
    };
    if (s.source >= from.size || s.target >= to.size)
      throw NetworkError(
          where(), fmt::format("the projection has {} targets and {} sources", to.size, from.size));
    const std::int32_t stored = stored_weight(s.weight, projection.format);
    if (stored != s.weight)
      throw DeploymentError(where(), "weight",
                            fmt::format("weight {} would be stored as {}", s.weight, stored));
    if (s.delay > delay_limit)
      throw DeploymentError(
          where(), "delay",
          fmt::format("delay {} steps; the chip has 0 to {}", s.delay, delay_limit));
    std::int64_t& sum = largest[to.first + s.target];
    sum += std::abs(std::int64_t{s.weight}) << std::max(projection.format.exponent, 0);
    if (sum >= std::int64_t{1} << 31)
      throw DeploymentError(where(), "synaptic input",
                            "the weights onto this neuron sum to more than 2^31 units");
  });
}

}  // namespace

ChipModel::ChipModel(Model model) : kind_(input) {
  if (model == Model::cuba_lif || model == Model::lif || model == Model::integrate_fire) {
    kind_ = cuba_lif;
  } else if (model == Model::cuba_li || model == Model::li || model == Model::integrator) {
    kind_ = cuba_li;
  } else if (model != Model::input) {
    throw DeploymentError("chip", "neuron model",
                          fmt::format("it has no {}; take cuba_lif, lif or if, or cuba_li, li or "
                                      "integrator for readouts",
                                      retrograde::name(model)));
  }
}

std::string_view name(ChipModel model) {
  switch (model.kind()) {
    case ChipModel::input:
      return "input";
    case ChipModel::cuba_lif:
      return "cuba_lif";
    case ChipModel::cuba_li:
      return "cuba_li";
    case ChipModel::ternary_lif:
      return "ternary_lif";
    case ChipModel::graded:
      return "graded";
    case ChipModel::delta:
      return "delta";
    case ChipModel::sigma:
      return "sigma";
    case ChipModel::sigma_delta:
      return "sigma_delta";
    case ChipModel::resonate_fire:
      return "resonate_fire";
    case ChipModel::lca:
      return "lca";
    case ChipModel::lca_residual:
      return "lca_residual";
  }
  throw InternalError("name: unknown chip model");
}

double ChipProjection::weight_units(std::size_t k) const {
  return std::ldexp(static_cast<double>(synapses[k].weight), format.exponent);
}

ChipNetwork unrolled(ChipNetwork network) {
  for (ChipProjection& projection : network.projections) {
    if (!projection.convolution) continue;
    std::vector<ChipSynapse> synapses;
    synapses.reserve(projection.synapse_count());
    projection.for_each_synapse([&](const ChipSynapse& s) { synapses.push_back(s); });
    projection.synapses = std::move(synapses);
    projection.convolution.reset();
  }
  return network;
}

std::uint32_t ChipNetwork::population_of(NeuronId neuron) const {
  for (std::uint32_t p = 0; p < populations.size(); ++p)
    if (neuron >= populations[p].first && neuron - populations[p].first < populations[p].size)
      return p;
  throw InternalError("population_of: no such neuron");
}

std::string ChipNetwork::neuron_name(NeuronId neuron) const {
  const ChipPopulation& p = populations[population_of(neuron)];
  return fmt::format("{}[{}]", p.name, neuron - p.first);
}

void check(const ChipNetwork& network) {
  check_time(network);
  check_populations(network);
  std::vector<std::int64_t> largest(network.neurons.size(), 0);
  for (const ChipProjection& projection : network.projections) {
    check_ends(network, projection);
    check_synapses(network, projection, largest);
  }
}

}  // namespace retrograde::loihi2
