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

}  // namespace

ChipModel::ChipModel(Model model) : kind_(input) {
  if (model == Model::cuba_lif) {
    kind_ = cuba_lif;
  } else if (model == Model::cuba_li) {
    kind_ = cuba_li;
  } else if (model != Model::input) {
    throw NetworkError("chip model", fmt::format("the emulated chip has no {}; take cuba_lif or "
                                                 "cuba_li",
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
  }
  throw InternalError("name: unknown chip model");
}

double ChipProjection::weight_units(std::size_t k) const {
  return std::ldexp(static_cast<double>(synapses[k].weight), format.exponent);
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
  if (!(network.step > 0.0) || !std::isfinite(network.step))
    throw NetworkError(
        "chip network",
        fmt::format("a step lasts {} ms; it must be finite and above 0", network.step));
  if (!(network.spike_phase >= 0.0 && network.spike_phase <= 1.0))
    throw NetworkError(
        "chip network",
        fmt::format("spike_phase is {}; it is a fraction of a step, 0 to 1", network.spike_phase));
  std::uint64_t neurons = 0;
  for (const ChipPopulation& p : network.populations) {
    if (p.first != neurons || p.size == 0)
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
    if (p.reset_interval > 0 && p.model != ChipModel::cuba_lif && p.model != ChipModel::cuba_li)
      throw NetworkError(p.name, fmt::format("its model {} has no periodic reset; cuba_lif and "
                                             "cuba_li have, leave reset_interval at 0",
                                             name(p.model)));
    check_cells(p);
    neurons += p.size;
  }
  if (neurons != network.neurons.size())
    throw NetworkError("chip network", fmt::format("{} neurons for populations of {} in total",
                                                   network.neurons.size(), neurons));
  for (const ChipPopulation& p : network.populations) {
    if (p.model != ChipModel::cuba_lif && p.model != ChipModel::cuba_li) continue;
    for (std::uint32_t k = 0; k < p.size; ++k)
      check(network.neurons[p.first + k], fmt::format("{}[{}]", p.name, k));
  }

  std::vector<std::int64_t> largest(neurons, 0);  // sum of |weights| that may meet in one step
  for (const ChipProjection& projection : network.projections) {
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
    const WeightFormat& format = projection.format;
    if (format.bits < 1 || format.bits > weight_bits_max)
      throw LimitError(
          "weight bits", weight_bits_max, format.bits,
          fmt::format("{}: {} weight bits; the chip has 1 to 8", projection.name, format.bits));
    if (format.exponent < -8 || format.exponent > 7)
      throw LimitError("weight exponent", format.exponent < 0 ? -8 : 7, format.exponent,
                       fmt::format("{}: weight exponent {}; the chip has -8 to 7", projection.name,
                                   format.exponent));
    if (projection.message_bits < 0 || projection.message_bits > message_bits_limit)
      throw LimitError("message bits", message_bits_limit, projection.message_bits,
                       fmt::format("{}: payloads of {} bits; the chip has 0 to {}", projection.name,
                                   projection.message_bits, message_bits_limit));
    if (projection.port > (to.model == ChipModel::resonate_fire ? 1u : 0u))
      throw NetworkError(projection.name,
                         fmt::format("its target {} has no port {}; {}", to.name, projection.port,
                                     to.model == ChipModel::resonate_fire
                                         ? "0 is the real one, 1 the imaginary one"
                                         : "only resonate_fire has two, take 0"));
    for (const ChipSynapse& s : projection.synapses) {
      const auto where = [&] {
        return fmt::format("{}[{}, {}]", projection.name, s.target, s.source);
      };
      if (s.source >= from.size || s.target >= to.size)
        throw NetworkError(where(), fmt::format("the projection has {} targets and {} sources",
                                                to.size, from.size));
      if (stored_weight(s.weight, format) != s.weight)
        throw LimitError("weight", stored_weight(s.weight, format), s.weight,
                         fmt::format("{}: weight {} would be stored as {}", where(), s.weight,
                                     stored_weight(s.weight, format)));
      if (s.delay > delay_limit)
        throw LimitError(
            "delay", delay_limit, s.delay,
            fmt::format("{}: delay {} steps; the chip has 0 to {}", where(), s.delay, delay_limit));
      std::int64_t& sum = largest[to.first + s.target];
      sum += std::abs(std::int64_t{s.weight}) << std::max(format.exponent, 0);
      if (sum >= std::int64_t{1} << 31)
        throw LimitError(
            "synaptic input", 0x1p31, static_cast<double>(sum),
            fmt::format("{}: the weights onto this neuron sum to more than 2^31 units", where()));
    }
  }
}

}  // namespace retrograde::loihi2
