#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include <retrograde/events/geometric.hpp>
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

// How many synapses there are to be expected.
double expected_of(const Connectivity& connectivity) {
  return connectivity.density * static_cast<double>(connectivity.pairs);
}

// Hardly ever are there more.
double most_of(const Connectivity& connectivity) {
  const double expected = expected_of(connectivity);
  return expected + 6.0 * std::sqrt(expected) + 16.0;
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

bool pairs_are_listed(const Connectivity& connectivity, const ScenarioLimits& limits,
                      const Spent& spent) {
  return connectivity.density == 1.0 || connectivity.pairs <= limits.pairs - spent.pairs;
}

std::vector<SynapseSpec> draw_synapses(const TomlTable& table, const ProjectionEnds& ends,
                                       const Connectivity& connectivity, NeuronRange wanted,
                                       SynapseValues weights, SynapseValues delays, Random chance,
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
            : ", or choose a density below 1, with which only those that have a synapse count"));
  spent.pairs += connectivity.pairs;
  std::uint64_t count = 0;
  std::vector<SynapseSpec> synapses;
  synapses.reserve(static_cast<std::size_t>(
      std::min({static_cast<double>(connectivity.pairs), most_of(connectivity),
                static_cast<double>(limits.synapses - spent.synapses)}) *
      (static_cast<double>(wanted.end - wanted.begin) / ends.to.size)));
  const auto visit = [&](std::uint32_t source, std::uint32_t target) {
    const double weight = weights.next(), delay = delays.next();
    if (connectivity.density < 1.0 && !(chance.uniform() < connectivity.density)) return;
    if (std::isnan(weight) || (!connectivity.self && source == target)) return;
    if (count >= limits.synapses - spent.synapses)
      table.fail(fmt::format("the network has more than {} synapses; choose a smaller density",
                             limits.synapses));
    ++count;
    if (wanted.holds(target)) synapses.push_back({source, target, weight, delay});
  };
  if (connectivity.one_to_one) {
    for (std::uint32_t n = 0; n < ends.from.size; ++n) visit(n, n);
  } else {
    for (std::uint32_t t = 0; t < ends.to.size; ++t)
      for (std::uint32_t s = 0; s < ends.from.size; ++s) visit(s, t);
  }
  spent.synapses += count;
  return synapses;
}

namespace {

// The rule of synapse_rule.
class SparseRows {
 public:
  SparseRows(const ProjectionEnds& ends, const Connectivity& connectivity, NeuronRange wanted,
             SynapseValues weights, SynapseValues delays, std::uint64_t seed, std::string purpose)
      : sources_(ends.from.size),
        wanted_(wanted),
        density_(connectivity.density),
        self_(connectivity.self),
        weights_(std::move(weights)),
        delays_(std::move(delays)),
        seed_(seed),
        purpose_(std::move(purpose)) {}

  std::uint32_t size(std::uint32_t source) const {
    std::uint32_t count = 0;
    for_each_target(source, [&](std::uint32_t) { ++count; });
    return count;
  }
  void draw(std::uint32_t source, std::span<RowSynapse> row) const {
    std::size_t k = 0;
    for_each_target(source, [&](std::uint32_t target) {
      const std::uint64_t pair = std::uint64_t{target} * sources_ + source;
      row[k++] = {target, weights_.at(pair), delays_.at(pair)};
    });
  }

 private:
  template <typename Body>
  void for_each_target(std::uint32_t source, const Body& body) const {
    for_each_chosen(density_, Random(seed_, purpose_, 1 + std::uint64_t{source}), wanted_.end,
                    [&](std::uint64_t target) {
                      if (target >= wanted_.begin && (self_ || target != source))
                        body(static_cast<std::uint32_t>(target));
                    });
  }

  std::uint32_t sources_;
  NeuronRange wanted_;
  double density_;
  bool self_;
  SynapseValues weights_, delays_;
  std::uint64_t seed_;
  std::string purpose_;
};

}  // namespace

SynapseRule synapse_rule(const TomlTable& table, const ProjectionEnds& ends,
                         const Connectivity& connectivity, NeuronRange wanted,
                         SynapseValues weights, SynapseValues delays, std::uint64_t seed,
                         const std::string& purpose, const NetworkContext& context, Spent& spent) {
  const std::uint64_t most = context.limits.synapses;
  const double expected = expected_of(connectivity);
  if (expected > static_cast<double>(most - spent.synapses))
    table.fail_at_key(
        "density", fmt::format("of the {} pairs of {} -> {} about {:.0f} will have a synapse; "
                               "at most {} synapses are possible in all projections together: "
                               "choose a smaller density",
                               connectivity.pairs, ends.from.name, ends.to.name, expected, most));
  spent.synapses += static_cast<std::uint64_t>(expected);
  const auto rows = std::make_shared<const SparseRows>(
      ends, connectivity, wanted, std::move(weights), std::move(delays), seed, purpose);
  return {[rows](std::uint32_t source) { return rows->size(source); },
          [rows](std::uint32_t source, std::span<RowSynapse> row) { rows->draw(source, row); }};
}

}  // namespace retrograde
