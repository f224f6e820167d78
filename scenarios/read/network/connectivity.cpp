#include <cmath>
#include <fmt/format.h>

#include <retrograde/scenarios/read/network/connectivity.hpp>

namespace retrograde {

namespace {

bool read_one_to_one(TomlTable& table, const ProjectionEnds& ends) {
  const auto connect = table.find("connect");
  if (!connect || connect->choice({"dense", "one_to_one"}) == 0) return false;
  if (ends.from.size != ends.to.size)
    connect->fail(
        fmt::format("{} needs populations of equal size, but {} has {} neurons and {} has {}",
                    connect->found(), ends.from.name, ends.from.size, ends.to.name, ends.to.size));
  return true;
}

double read_density(TomlTable& table, bool one_to_one, bool matrix) {
  const auto value = table.find("density");
  if (!value) return 1.0;
  const double density = value->number({0.0, 1.0});
  if (matrix)
    value->fail(
        "does not go with a matrix of weights, which says itself where synapses are (nan: none); "
        "remove it");
  if (one_to_one) value->fail("does not go with connect = \"one_to_one\"; remove it");
  return density;
}

bool read_self(TomlTable& table, const ProjectionEnds& ends, bool one_to_one, bool matrix) {
  const auto value = table.find("self");
  if (!value) return true;
  const bool self = value->boolean();
  if (ends.source != ends.target)
    value->fail(
        fmt::format("{} and {} are different populations, so no neuron meets itself; remove it",
                    ends.from.name, ends.to.name));
  if (matrix)
    value->fail("does not go with a matrix of weights; write nan on its diagonal instead");
  if (one_to_one && !self)
    value->fail(
        "leaves nothing of a one_to_one projection from a population to itself; remove one of "
        "the two");
  return self;
}

}  // namespace

Connectivity read_connectivity(TomlTable& table, const ProjectionEnds& ends,
                               const TomlValue& weight) {
  const PopulationSpec &from = ends.from, &to = ends.to;
  Connectivity result;
  result.one_to_one = read_one_to_one(table, ends);
  const bool matrix = weight.is_list() && !result.one_to_one;
  result.density = read_density(table, result.one_to_one, matrix);
  result.self = read_self(table, ends, result.one_to_one, matrix);
  result.pairs = result.one_to_one ? from.size : std::uint64_t{from.size} * to.size;
  return result;
}

std::vector<SynapseSpec> draw_synapses(const TomlTable& table, const ProjectionEnds& ends,
                                       const Connectivity& connectivity, SynapseValues weights,
                                       SynapseValues delays, Random chance,
                                       const NetworkContext& context, Spent& spent) {
  const ScenarioLimits& limits = context.limits;
  // Refused before anything is drawn.
  if (connectivity.pairs > limits.pairs - spent.pairs ||
      (connectivity.density == 1.0 && connectivity.pairs > limits.synapses - spent.synapses))
    table.fail(fmt::format(
        "{} -> {} are {} pairs of neurons; at most {} pairs and {} synapses are possible in all "
        "projections together: make the populations smaller{}",
        ends.from.name, ends.to.name, connectivity.pairs, limits.pairs, limits.synapses,
        context.structure
            ? ", or leave to [structure] which pairs have a synapse: without density and a matrix "
              "here, with one delay or uniform ones, pairs are not listed"
            : " or choose a density below 1"));
  spent.pairs += connectivity.pairs;
  std::vector<SynapseSpec> synapses;
  if (connectivity.density == 1.0) synapses.reserve(connectivity.pairs);
  const auto visit = [&](std::uint32_t source, std::uint32_t target) {
    const double weight = weights.next(), delay = delays.next();
    if (connectivity.density < 1.0 && !(chance.uniform() < connectivity.density)) return;
    if (std::isnan(weight) || (!connectivity.self && source == target)) return;
    if (synapses.size() >= limits.synapses - spent.synapses)
      table.fail(fmt::format("the network has more than {} synapses; choose a smaller density",
                             limits.synapses));
    synapses.push_back({source, target, weight, delay});
  };
  if (connectivity.one_to_one) {
    for (std::uint32_t n = 0; n < ends.from.size; ++n) visit(n, n);
  } else {
    for (std::uint32_t t = 0; t < ends.to.size; ++t)
      for (std::uint32_t s = 0; s < ends.from.size; ++s) visit(s, t);
  }
  spent.synapses += synapses.size();
  return synapses;
}

}  // namespace retrograde
