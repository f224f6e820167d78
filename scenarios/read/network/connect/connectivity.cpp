#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include <retrograde/engine/connect/rules.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/network/connect/connectivity.hpp>
#include <retrograde/scenarios/read/network/connect/synapse_list.hpp>

namespace retrograde {

namespace {

struct NamedConnect {
  Connect connect;
  const char* name;
  std::vector<std::string> keys;  // that belong to it, beside those of all
};

const std::vector<NamedConnect>& all_connects() {
  static const std::vector<NamedConnect> all = {
      {Connect::all_to_all, "all_to_all", {}},
      {Connect::one_to_one, "one_to_one", {}},
      {Connect::pairwise_bernoulli, "pairwise_bernoulli", {"density"}},
      {Connect::fixed_indegree, "fixed_indegree", {"indegree", "allow_multapses"}},
      {Connect::fixed_outdegree, "fixed_outdegree", {"outdegree", "allow_multapses"}},
      {Connect::fixed_total_number, "fixed_total_number", {"total", "allow_multapses"}},
      {Connect::list, "list", {"synapses", "file", "allow_multapses"}}};
  return all;
}

// What the table says, and whether it says so; "dense" is what all_to_all was once called.
Connect read_connect(TomlTable& table, const ProjectionEnds& ends, bool matrix) {
  const auto written = table.find("connect");
  if (!written) {
    // A density that stands alone means what it always meant; one that depends on distance is a rule.
    const auto density = table.find("density");
    return density && density->is_table() ? Connect::pairwise_bernoulli : Connect::all_to_all;
  }
  if (written->is_text() && written->text() == "dense") return Connect::all_to_all;
  std::vector<std::string> names;
  for (const NamedConnect& named : all_connects()) names.emplace_back(named.name);
  const NamedConnect& named = all_connects()[written->choice(names)];
  if (named.connect == Connect::all_to_all && table.has("density"))
    table.fail_at_key("density",
                      "does not go with connect = \"all_to_all\"; remove it, or write connect = "
                      "\"pairwise_bernoulli\"");
  if (named.connect == Connect::one_to_one && ends.from.size != ends.to.size)
    written->fail(
        fmt::format("{} needs populations of equal size, but {} has {} neurons and {} has {}",
                    written->found(), ends.from.name, ends.from.size, ends.to.name, ends.to.size));
  if (matrix && named.connect != Connect::all_to_all && named.connect != Connect::one_to_one &&
      named.connect != Connect::list)
    written->fail(
        "does not go with a matrix of weights, which says itself where synapses are (nan: "
        "none); remove it, or write one weight or a distribution");
  return named.connect;
}

// Keys that belong to another connect.
void refuse_others(const TomlTable& table, Connect connect) {
  const auto belongs = [](const NamedConnect& named, const std::string& key) {
    return std::find(named.keys.begin(), named.keys.end(), key) != named.keys.end();
  };
  const NamedConnect& own = all_connects()[static_cast<std::size_t>(connect)];
  for (const NamedConnect& other : all_connects())
    for (const std::string& key : other.keys)
      if (table.has(key) && !belongs(own, key) &&
          (key != "density" || connect != Connect::all_to_all))
        table.fail_at_key(key, key == "allow_multapses"
                                   ? fmt::format("has no effect with connect = \"{}\", in which a "
                                                 "pair has one synapse at most; remove it",
                                                 own.name)
                                   : fmt::format("has no effect with connect = \"{}\"; remove it, "
                                                 "or write connect = \"{}\"",
                                                 own.name, other.name));
}

void read_density(TomlTable& table, bool matrix, Connectivity& result) {
  const bool needed = result.connect == Connect::pairwise_bernoulli;
  const auto value = needed
                         ? table.require("density", "density = 0.1, the probability of a synapse")
                         : table.find("density");
  if (!value) return;
  if (matrix)
    value->fail(
        "does not go with a matrix of weights, which says itself where synapses are (nan: none); "
        "remove it");
  if (value->is_table())
    result.distance = read_distance_density(*value);
  else
    result.density = value->number({0.0, 1.0});
}

bool read_autapses(TomlTable& table, const ProjectionEnds& ends, bool one_to_one, bool matrix) {
  const auto value = table.find("allow_autapses"), old = table.find("self");
  if (value && old) old->fail("is what allow_autapses was once called; remove one of the two");
  const auto written = value ? value : old;
  if (!written) return true;
  const bool allowed = written->boolean();
  if (ends.source != ends.target)
    written->fail(
        fmt::format("{} and {} are different populations, so no neuron meets itself; remove it",
                    ends.from.name, ends.to.name));
  if (matrix)
    written->fail("does not go with a matrix of weights; write nan on its diagonal instead");
  if (one_to_one && !allowed)
    written->fail(
        "leaves nothing of a one_to_one projection from a population to itself; remove one of "
        "the two");
  return allowed;
}

// How many of `count` partners each neuron of a population meets.
void read_degree(TomlTable& table, const char* key, const PopulationSpec& partners,
                 Connectivity& result) {
  const TomlValue value = table.require(key, fmt::format("{} = 100, synapses of each neuron", key));
  const std::uint64_t possible = partners.size - std::uint64_t{!result.autapses};
  result.degree = static_cast<std::uint32_t>(value.integer(0, 0xffffffffu));
  if (result.degree > (result.multapses && possible > 0 ? 0xffffffffu : possible))
    value.fail(fmt::format("{} has {} neurons that may be met{}; choose at most that many{}",
                           partners.name, possible, result.autapses ? "" : ", without itself",
                           possible > 0 ? ", or allow_multapses = true" : ""));
}

void read_total(TomlTable& table, const ProjectionEnds& ends, Connectivity& result) {
  const TomlValue value = table.require("total", "total = 1000, synapses in all");
  result.total = value.integer(0, std::uint64_t{1} << 40);
  const std::uint64_t possible = ends.from.size * (ends.to.size - std::uint64_t{!result.autapses});
  if (result.total > possible && !(result.multapses && possible > 0))
    value.fail(fmt::format("{} -> {} are {} pairs of neurons{}; choose at most that many{}",
                           ends.from.name, ends.to.name, possible,
                           result.autapses ? "" : " that differ",
                           possible > 0 ? ", or allow_multapses = true" : ""));
}

// Weight, delay and target: what a network needs at least.
constexpr double bytes_of_synapse = 20.0;

// Bytes of the machine, or of no limit where it does not say.
double machine_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGE_SIZE);
  return pages > 0 && size > 0 ? static_cast<double>(pages) * static_cast<double>(size)
                               : std::numeric_limits<double>::infinity();
}

// Where `share` of the synapses are made here.
void require_memory(const TomlTable& table, const ProjectionEnds& ends, double synapses,
                    double share) {
  const double wanted = bytes_of_synapse * synapses * share, there = machine_memory();
  if (wanted > there)
    table.fail(
        fmt::format("with the about {:.3g} synapses of {} -> {} the network takes at least "
                    "{:.1f} GB, and this machine has {:.1f}: choose fewer synapses, smaller "
                    "populations, or several machines (mpirun)",
                    synapses, ends.from.name, ends.to.name, wanted * 1e-9, there * 1e-9));
}

double share_of(NeuronRange wanted, const ProjectionEnds& ends) {
  return static_cast<double>(wanted.end - wanted.begin) / ends.to.size;
}

}  // namespace

GridPair grids_of(const TomlValue& value, const ProjectionEnds& ends) {
  for (const auto& [population, grid] :
       {std::pair(&ends.from, &ends.from_grid), std::pair(&ends.to, &ends.to_grid)})
    if (!*grid)
      value.fail(
          fmt::format("depends on distance, and {} has no places; write grid = {{ shape = "
                      "[{}] }} there",
                      population->name, population->size));
  const GridPair grids{*ends.from_grid, *ends.to_grid};
  const Grid &from = grids.from, &to = grids.to;
  if (from.wrap != to.wrap)
    value.fail(fmt::format("the grid of {} wraps and that of {} does not; make them alike",
                           (from.wrap ? ends.from : ends.to).name,
                           (from.wrap ? ends.to : ends.from).name));
  constexpr double same = 1e-9;
  const auto differ = [&](double a, double b) { return std::fabs(a - b) > same * std::fabs(a); };
  const bool lines = from.rows == 1 && to.rows == 1;
  if (from.wrap && (differ(from.columns * from.spacing, to.columns * to.spacing) ||
                    (!lines && differ(from.rows * from.spacing, to.rows * to.spacing))))
    value.fail(
        fmt::format("the grids of {} and {} wrap, and the one is larger than the other; give "
                    "them shapes and spacings with the same lengths of all sides",
                    ends.from.name, ends.to.name));
  return grids;
}

Connectivity read_connectivity(TomlTable& table, const ProjectionEnds& ends, bool matrix,
                               const Range& weights, const Range& delays,
                               const NetworkContext& context) {
  const PopulationSpec &from = ends.from, &to = ends.to;
  Connectivity result;
  result.connect = read_connect(table, ends, matrix);
  matrix &= result.takes_matrix();
  refuse_others(table, result.connect);
  read_density(table, matrix, result);
  const bool one_to_one = result.connect == Connect::one_to_one;
  result.autapses = read_autapses(table, ends, one_to_one, matrix);
  result.multapses = table.boolean("allow_multapses", false);
  result.pairs = one_to_one ? from.size : std::uint64_t{from.size} * to.size;
  if (result.distance) grids_of(table.require("density", ""), ends);
  if (result.connect == Connect::fixed_indegree) read_degree(table, "indegree", from, result);
  if (result.connect == Connect::fixed_outdegree) read_degree(table, "outdegree", to, result);
  if (result.connect == Connect::fixed_total_number) read_total(table, ends, result);
  if (result.connect == Connect::list)
    result.list = std::make_shared<const SynapseList>(
        read_synapse_list(table, {from.size, to.size, result.autapses, weights, delays},
                          context.files, context.limits.synapses));
  return result;
}

bool pairs_are_listed(const Connectivity& connectivity, const ScenarioLimits& limits,
                      const Spent& spent) {
  if (connectivity.connect == Connect::one_to_one) return true;
  if (connectivity.connect != Connect::all_to_all) return false;
  return connectivity.pairs <=
         (connectivity.density < 1.0 ? limits.pairs - spent.pairs : most_listed);
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
  const double expected = connectivity.density * static_cast<double>(connectivity.pairs);
  require_memory(table, ends, static_cast<double>(spent.synapses) + expected,
                 share_of(wanted, ends));
  spent.pairs += connectivity.pairs;
  std::uint64_t count = 0;
  std::vector<SynapseSpec> synapses;
  try {
    synapses = list_synapses(ends, connectivity, wanted, std::move(weights), std::move(delays),
                             chance, limits.synapses - spent.synapses, count);
  } catch (const LimitError&) {
    table.fail(fmt::format("the network has more than {} synapses; choose a smaller density",
                           limits.synapses));
  }
  spent.synapses += count;
  return synapses;
}

SynapseRule synapse_rule(const TomlTable& table, const ProjectionEnds& ends,
                         const Connectivity& connectivity, RuleSpec spec,
                         const NetworkContext& context, Spent& spent) {
  const std::uint64_t most = context.limits.synapses;
  const double expected = expected_synapses(ends, connectivity);
  if (expected > static_cast<double>(most - spent.synapses)) {
    const std::vector<std::string>& keys =
        all_connects()[static_cast<std::size_t>(connectivity.connect)].keys;
    const std::string key = keys.empty() ? "density" : keys[0];
    const std::string wrong = fmt::format(
        "of the {} pairs of {} -> {} about {:.0f} will have a synapse; at most {} synapses are "
        "possible in all projections together: choose {}",
        connectivity.pairs, ends.from.name, ends.to.name, expected, most,
        key == "density" ? "a smaller density" : "fewer");
    if (table.has(key)) table.fail_at_key(key, wrong);
    table.fail(wrong);
  }
  spent.synapses += static_cast<std::uint64_t>(expected);
  require_memory(table, ends, static_cast<double>(spent.synapses), share_of(spec.wanted, ends));
  return make_rule(ends, connectivity, std::move(spec));
}

}  // namespace retrograde
