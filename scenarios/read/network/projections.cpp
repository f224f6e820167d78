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
                         const std::vector<std::string>& names) {
  const TomlValue from =
      table.require("from", "from = \"in\", the population whose spikes it carries");
  const TomlValue to = table.require("to", "to = \"hidden\", the population that receives them");
  const std::uint32_t source = population_named(from, names), target = population_named(to, names);
  const ProjectionEnds ends{source, target, populations[source], populations[target]};
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
  if (!connectivity.one_to_one)
    return SynapseValues::listed(read_matrix(value, kind, ends.from, ends.to, read));
  const auto list = value.list();
  if (list.size() != connectivity.pairs)
    value.fail(fmt::format("{}; a one_to_one projection takes one value for all, or a list of {}",
                           value.found(), connectivity.pairs));
  std::vector<double> values;
  values.reserve(list.size());
  for (const TomlValue& each : list) values.push_back(read(each, values.size()));
  return SynapseValues::listed(std::move(values));
}

SynapseValues read_weights(const TomlValue& weight, const Range& bounds, const ProjectionEnds& ends,
                           const Connectivity& connectivity, Random random) {
  if (weight.is_list())
    return read_list(weight, "weights", ends, connectivity, [&](const TomlValue& v, std::size_t) {
      return v.is_nan() ? std::numeric_limits<double>::quiet_NaN() : v.number(bounds);
    });
  if (weight.is_table())
    return SynapseValues::drawn(Distribution(weight, false, bounds, bounds), random);
  return SynapseValues::constant(weight.number(bounds));
}

// `weights` as listed, if they are: where there is no synapse, what stands for a delay is not read.
SynapseValues read_delays(TomlTable& table, const SynapseValues* weights, const Range& bounds,
                          const ProjectionEnds& ends, const Connectivity& connectivity,
                          Random random) {
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
    return SynapseValues::drawn(Distribution(*delay, true, bounds, bounds), random);
  return SynapseValues::constant(delay->time(bounds));
}

}  // namespace

std::vector<std::string> projection_keys() {
  std::vector<std::string> keys = {"name",   "from",  "to",      "receptor", "connect",
                                   "weight", "delay", "density", "self"};
  add_learned_keys(keys, synapse_parameter_kinds);
  return keys;
}

ReadProjection read_projection(TomlTable table, const std::vector<PopulationSpec>& populations,
                               const std::vector<std::string>& names, const NetworkContext& context,
                               NetworkBuilder& builder, Spent& spent) {
  // Which neurons.
  table.known(projection_keys());
  const ProjectionEnds ends = read_ends(table, populations, names);
  const auto name_value = table.find("name");
  const std::string name =
      name_value ? read_name(*name_value, "give the projection a name, or leave the key out")
                 : ends.from.name + "->" + ends.to.name;
  std::vector<LearnedKind> learned = read_learned(table, synapse_parameter_kinds, context.duration);
  const Range weight_bounds = learned[0].bounds(), delay_bounds = learned[1].bounds();
  unsigned receptor = 0;
  if (const auto value = table.find("receptor"))
    receptor = static_cast<unsigned>(value->integer(1, ends.to.receptors.size())) - 1;
  const TomlValue weight = table.require(
      "weight", "weight = 1.0, a matrix, or { distribution = \"normal\", mean = 1.0, std = 0.5 }");
  const Connectivity connectivity = read_connectivity(table, ends, weight, context.limits, spent);

  // With which values.
  const auto random = [&](const char* key) { return Random(context.seed, key + name); };
  SynapseValues weights =
      read_weights(weight, weight_bounds, ends, connectivity, random("weight/"));
  SynapseValues delays = read_delays(table, weight.is_list() ? &weights : nullptr, delay_bounds,
                                     ends, connectivity, random("delay/"));
  std::vector<SynapseSpec> synapses =
      draw_synapses(table, ends, connectivity, std::move(weights), std::move(delays),
                    random("density/"), context.limits, spent);
  placed_in(table, [&] {
    return builder.connect(ends.source, ends.target, std::move(synapses), name, receptor);
  });
  table.finish("is not used here; remove it");
  return {std::move(table), name, std::move(learned)};
}

}  // namespace retrograde
