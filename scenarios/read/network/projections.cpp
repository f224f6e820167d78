#include <algorithm>
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <utility>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/read/network/names.hpp>
#include <retrograde/scenarios/read/network/projections.hpp>
#include <retrograde/scenarios/read/network/values.hpp>

namespace retrograde {

namespace {

ProjectionEnds read_ends(TomlTable& table, const std::vector<PopulationSpec>& populations,
                         const std::vector<std::optional<Grid>>& grids,
                         const std::vector<std::string>& names) {
  const TomlValue from =
      table.require("from", "from = \"in\", the population whose spikes it carries");
  const TomlValue to = table.require("to", "to = \"hidden\", the population that receives them");
  const std::uint32_t source = population_named(from, names), target = population_named(to, names);
  const ProjectionEnds ends{source,        target,       populations[source], populations[target],
                            grids[source], grids[target]};
  if (!ends.from.model->fires())
    from.fail(fmt::format("{} is a readout ({}) and never fires; choose another source",
                          from.found(), name(ends.from.model)));
  if (ends.to.model->is_input())
    to.fail(fmt::format("{} is an input and receives nothing; choose another target", to.found()));
  return ends;
}

using ReadEntry = std::function<double(const TomlValue&, std::size_t)>;

// A list of weights or delays, entry by entry, so that an error has its place.
SynapseValues read_list(const TomlValue& value, const std::string& kind, const ProjectionEnds& ends,
                        const Connectivity& connectivity, const ReadEntry& read) {
  if (connectivity.takes_matrix())
    return SynapseValues::listed(read_matrix(value, kind, ends.from, ends.to, read));
  if (!connectivity.takes_list())
    value.fail(
        fmt::format("{} goes with no rule that draws synapses; write one value for all, or a "
                    "distribution",
                    value.found()));
  const auto list = value.list();
  if (list.size() != connectivity.listed())
    value.fail(fmt::format("{}; a {} projection takes one value for all, or a list of {}",
                           value.found(), connectivity.list ? "listed" : "one_to_one",
                           connectivity.listed()));
  std::vector<double> values;
  values.reserve(list.size());
  for (const TomlValue& each : list) values.push_back(read(each, values.size()));
  return SynapseValues::listed(std::move(values));
}

// What weights and delays have in common.
struct ValueSpec {
  bool is_time;
  const Range& bounds;
  std::string purpose;  // of their random numbers
};

// A table: a distribution, a profile over distance, or an array of a file.
SynapseValues read_described(const TomlValue& value, const ValueSpec& spec,
                             const ProjectionEnds& ends, const Connectivity& connectivity,
                             const NetworkContext& context) {
  if (is_profile(value)) {
    const GridPair grids = grids_of(value, ends);
    const double largest = std::min(
        grids.largest_distance(), connectivity.distance ? connectivity.distance->radius
                                                        : std::numeric_limits<double>::infinity());
    return SynapseValues::by_distance(read_profile(value, spec.is_time, spec.bounds, largest),
                                      grids);
  }
  if (is_array(value)) {
    if (!connectivity.takes_matrix() && !connectivity.takes_list())
      value.fail(
          "an array goes with no rule that draws synapses; write one value for all, or a "
          "distribution");
    std::vector<std::size_t> shape = {connectivity.listed()};
    if (connectivity.takes_matrix()) shape = {ends.to.size, ends.from.size};
    return SynapseValues::listed(
        read_array(value, spec.is_time, spec.bounds, shape, context.files));
  }
  const Distribution distribution =
      read_distribution(value, spec.is_time, spec.bounds, spec.bounds);
  return distribution.constant() ? SynapseValues::constant(*distribution.constant())
                                 : SynapseValues::drawn(distribution, context.seed, spec.purpose);
}

// Of a list that says them itself.
std::optional<SynapseValues> listed_values(const TomlTable& table, const char* key,
                                           const Connectivity& connectivity,
                                           const std::vector<double> SynapseList::*values) {
  if (!connectivity.list || ((*connectivity.list).*values).empty()) return std::nullopt;
  if (table.has(key))
    table.fail_at_key(key,
                      fmt::format("stands beside a list that says the {}s itself; remove it, or "
                                  "take them out of the list",
                                  key));
  return SynapseValues::listed((*connectivity.list).*values);
}

SynapseValues read_weights(TomlTable& table, const Range& bounds, const ProjectionEnds& ends,
                           const Connectivity& connectivity, const NetworkContext& context,
                           const std::string& purpose) {
  if (auto listed = listed_values(table, "weight", connectivity, &SynapseList::weights))
    return std::move(*listed);
  if (connectivity.list && connectivity.list->sources.empty() && !table.has("weight"))
    return SynapseValues::constant(0.0);  // of nothing
  const TomlValue weight = table.require(
      "weight", "weight = 1.0, a matrix, or { distribution = \"normal\", mean = 1.0, std = 0.5 }");
  if (weight.is_list())
    return read_list(weight, "weights", ends, connectivity, [&](const TomlValue& v, std::size_t) {
      return v.is_nan() && !connectivity.list ? std::numeric_limits<double>::quiet_NaN()
                                              : v.number(bounds);
    });
  if (weight.is_table())
    return read_described(weight, {false, bounds, purpose}, ends, connectivity, context);
  return SynapseValues::constant(weight.number(bounds));
}

// `weights` as listed, if they are: where there is no synapse, what stands for a delay is not read.
SynapseValues read_delays(TomlTable& table, const SynapseValues* weights, const Range& bounds,
                          const ProjectionEnds& ends, const Connectivity& connectivity,
                          const NetworkContext& context, const std::string& purpose) {
  if (auto listed = listed_values(table, "delay", connectivity, &SynapseList::delays))
    return std::move(*listed);
  const auto delay = table.find("delay");
  if (!delay) {
    if (!bounds.contains(0.0))
      table.fail_at_key(
          "delay_min",
          fmt::format(
              "the initial delay is 0 ms by default and lies below it; write delay = \"{} ms\"",
              bounds.low));
    return SynapseValues::constant(0.0);
  }
  if (delay->is_list())
    return read_list(*delay, "delays", ends, connectivity, [&](const TomlValue& v, std::size_t k) {
      return weights && weights->is_nan(k) ? 0.0 : v.time(bounds);
    });
  if (delay->is_table())
    return read_described(*delay, {true, bounds, purpose}, ends, connectivity, context);
  return SynapseValues::constant(delay->time(bounds));
}

}  // namespace

std::vector<std::string> projection_keys() {
  std::vector<std::string> keys = {"name",   "from",         "to",    "receptor", "connect",
                                   "weight", "weight_scale", "delay", "self"};
  for (const char* key : {"density", "indegree", "outdegree", "total", "synapses", "file",
                          "allow_autapses", "allow_multapses"})
    keys.emplace_back(key);
  add_learned_keys(keys, synapse_parameter_kinds);
  return keys;
}

WrittenProjection read_projection(TomlTable table, const std::vector<PopulationSpec>& populations,
                                  const std::vector<std::optional<Grid>>& grids,
                                  const std::vector<std::string>& names,
                                  const NetworkContext& context) {
  // Which neurons.
  table.known(projection_keys());
  const ProjectionEnds ends = read_ends(table, populations, grids, names);
  const auto name_value = table.find("name");
  const std::string name =
      name_value ? read_name(*name_value, "give the projection a name, or leave the key out")
                 : ends.from.name + "->" + ends.to.name;
  std::vector<LearnedKind> learned = read_learned(table, synapse_parameter_kinds, context.duration);
  const Range weight_bounds = learned[0].bounds(), delay_bounds = learned[1].bounds();
  unsigned receptor = 0;
  if (const auto value = table.find("receptor"))
    receptor = static_cast<unsigned>(value->integer(1, ends.to.receptors.size())) - 1;
  const auto weight = table.find("weight");
  const bool weights_are_listed = weight && (weight->is_list() || is_array(*weight));
  const Connectivity connectivity =
      read_connectivity(table, ends, weights_are_listed, weight_bounds, delay_bounds, context);

  // With which values.
  SynapseValues weights = read_weights(table, weight_bounds, ends, connectivity, context,
                                       purpose_of(ParameterKind::weight, name));
  SynapseValues delays =
      read_delays(table, weights_are_listed ? &weights : nullptr, delay_bounds, ends, connectivity,
                  context, purpose_of(ParameterKind::delay, name));
  const double scale = table.number("weight_scale", 1.0);
  table.finish("is not used here; remove it");
  return {{std::move(table), name, std::move(learned), scale},
          ends,
          receptor,
          connectivity,
          std::move(weights),
          std::move(delays)};
}

namespace {

// Whether the structure of a projection is chosen by [structure].
bool is_of_structure(const ReadProjection& projection, const NetworkContext& context) {
  if (!context.structure || !projection.learned[0].learned) return false;
  const std::vector<std::string>& names = *context.structure;
  return names.empty() || std::find(names.begin(), names.end(), projection.name) != names.end();
}

// The shortest and the longest delay that its synapses begin with; not of listed ones.
Range delays_of(const WrittenProjection& projection) {
  const auto& drawn = projection.delays.distribution();
  return drawn ? Range{drawn->low(), drawn->high()}
               : Range{projection.delays.at(0), projection.delays.at(0)};
}

}  // namespace

std::optional<DensePairs> dense_pairs(const WrittenProjection& projection,
                                      const NetworkContext& context, bool on_cycle) {
  const auto& [read, ends, receptor, connectivity, weights, delays] = projection;
  if (is_of_structure(read, context) && read.table.has("weight_scale"))
    read.table.fail_at_key("weight_scale",
                           "does not go with [structure], which draws the weights of synapses that "
                           "grow; write them in the size that is meant");
  const bool drawn = weights.is_constant() || weights.distribution();
  const bool even =
      delays.is_constant() || (delays.distribution() && delays.distribution()->is_uniform());
  const bool alike = ends.from.axonal_delay.size() == 1 && ends.to.dendritic_delay.size() == 1;
  const LearnedKind& delay = read.learned[1];
  if (!is_of_structure(read, context) || connectivity.connect != Connect::all_to_all ||
      connectivity.density < 1.0 || !drawn || !even || !alike || delay.share ||
      (!connectivity.autapses && ends.from.size == 1))
    return std::nullopt;
  const Time shortest = delay.learned ? delay.bounds().low : delays_of(projection).low;
  if (on_cycle && !(shortest > 0.0)) return std::nullopt;
  const auto value = [sources = std::uint64_t{ends.from.size}](const SynapseValues& values) {
    return [=](std::uint32_t source, std::uint32_t target) {
      return values.at(target * sources + source);
    };
  };
  return DensePairs{connectivity.autapses, value(weights), value(delays),
                    delays_of(projection).low};
}

ReadProjection connect(WrittenProjection projection, const std::optional<DensePairs>& dense,
                       const NetworkContext& context, const NeuronShares* part,
                       NetworkBuilder& builder, Spent& spent) {
  ReadProjection& read = projection.read;
  const ProjectionEnds& ends = projection.ends;
  const Connectivity& connectivity = projection.connectivity;
  const NeuronRange wanted =
      part ? part->own(ends.to.model, ends.to.size) : NeuronRange{0, ends.to.size};
  if (connectivity.multapses && is_of_structure(read, context))
    read.table.fail_at_key("allow_multapses",
                           "[structure] chooses among pairs, which have one synapse each; remove "
                           "it, or leave the projection out of [structure]");
  std::vector<SynapseSpec> synapses;
  if (dense) {
    if (connectivity.pairs > context.limits.chosen_pairs - spent.chosen_pairs)
      read.table.fail(fmt::format(
          "{} -> {} are {} pairs of neurons, and [structure] chooses among at most {} in all "
          "projections together: make the populations smaller",
          ends.from.name, ends.to.name, connectivity.pairs, context.limits.chosen_pairs));
    spent.chosen_pairs += connectivity.pairs;
    const std::uint32_t target = connectivity.autapses ? 0 : 1;
    synapses = {{0, target, dense->weight(0, target), delays_of(projection).high}};
  } else if (!pairs_are_listed(connectivity, context.limits, spent)) {
    SynapseRule rule =
        synapse_rule(read.table, ends, connectivity,
                     {wanted, std::move(projection.weights), std::move(projection.delays),
                      context.seed, purpose_of_pairs(read.name)},
                     context, spent);
    placed_in(read.table, [&] {
      return builder.connect_by_rule(ends.source, ends.target, std::move(rule), read.name,
                                     projection.receptor);
    });
    return std::move(read);
  } else {
    // With [structure] all projections draw alike, listed or not.
    for (SynapseValues* const values : {&projection.weights, &projection.delays})
      if (context.structure) values->draw_by_pair();
    synapses = draw_synapses(read.table, ends, connectivity, wanted, std::move(projection.weights),
                             std::move(projection.delays),
                             Random(context.seed, purpose_of_pairs(read.name)), context, spent);
  }
  placed_in(read.table, [&] {
    return builder.connect(ends.source, ends.target, std::move(synapses), read.name,
                           projection.receptor);
  });
  return std::move(read);
}

}  // namespace retrograde
