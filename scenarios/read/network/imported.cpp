#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <utility>

#include <retrograde/scenarios/exchange/nir.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/integers/integer_network.hpp>
#include <retrograde/scenarios/read/network/imported.hpp>
#include <retrograde/scenarios/read/network/names.hpp>

namespace retrograde {

namespace {

constexpr const char* said_by_file = "does not apply: the network file says it; remove it";

// The tables under `key`, by the name that each must have.
std::map<std::string, TomlTable> by_name(TomlTable& root, const char* key, std::size_t most,
                                         const std::vector<std::string>& names) {
  std::map<std::string, TomlTable> tables;
  for (TomlTable& table : few_tables(root, key, most)) {
    const TomlValue value = table.require(
        "name", fmt::format("name = \"{}\", one of the network file's", names.front()));
    const std::string name = value.text();
    if (std::find(names.begin(), names.end(), name) == names.end())
      value.fail(fmt::format("the network file has no {} {}{}; it has {}", key, value.found(),
                             suggestion(name, names), fmt::join(names, ", ")));
    if (!tables.emplace(name, table).second)
      value.fail(fmt::format("{} is there twice; join the two tables", value.found()));
  }
  return tables;
}

// A population of the file with what its table adds, if it has one: `table` is [network] else.
ReadPopulation complete_population(TomlTable table, bool written, PopulationSpec spec,
                                   NeuronId first, const NetworkContext& context, Trial& trial) {
  std::vector<LearnedKind> learned;
  double dropout = 0.0;
  if (written) {
    table.known(population_keys());
    if (const auto spikes = table.find("spikes")) {
      if (!spec.model->is_input())
        spikes->fail(fmt::format("{} is no Input of the network file; remove it", spec.name));
      read_spikes(*spikes, spec.size, first, context, trial);
    }
    if (const auto signal = table.find("signal"))
      signal->fail("a network file has no step receptors for it to reach; write the network here");
    learned = read_learned(table, spec.model.parameters(spec.receptors), context.duration);
    dropout = read_dropout(table);
    table.finish(said_by_file);
  }
  if (spec.name == context.data_population && !spec.model->is_input())
    table.fail(fmt::format("the data go to {}, which is no Input of the network file", spec.name));
  return {std::move(table), std::move(spec), std::move(learned), dropout};
}

// Likewise.
ReadProjection complete_projection(TomlTable table, bool written, const std::string& name,
                                   const NetworkContext& context) {
  std::vector<LearnedKind> learned;
  if (written) {
    table.known(projection_keys());
    learned = read_learned(table, synapse_parameter_kinds, context.duration);
    table.finish(said_by_file);
  }
  return {std::move(table), name, std::move(learned)};
}

template <typename Entity>
std::vector<std::string> names_of(const std::vector<Entity>& entities) {
  std::vector<std::string> names;
  for (const Entity& entity : entities) names.push_back(entity.name);
  return names;
}

// The network of a NIR file.
NirNetwork read_values(TomlTable& table, const NetworkContext& context, const NetworkFile& file) {
  NirReading reading;
  reading.limits = context.limits;
  reading.spike_width = table.time("spike_width", reading.spike_width, Range::positive());
  table.finish("is for netX files, and this one is not; remove it");
  return read_nir(file.bytes, file.path, reading);
}

}  // namespace

NetworkParts read_imported(TomlTable& root, TomlTable table, const NetworkContext& context,
                           NetworkBuilder& builder, ScenarioNetwork& result) {
  // The file.
  table.known({"file", "hash", "spike_width", "skip_layers", "num_layers", "reset_interval",
               "reset_offset"});
  result.network_file = read_network_file(table, context.folder, context.network_file);
  NirNetwork file = holds_integers(*result.network_file)
                        ? read_integers(root, table, context, result)
                        : read_values(table, context, *result.network_file);
  result.warnings = std::move(file.warnings);

  for (const auto& names : {names_of(file.populations), names_of(file.projections)})
    for (const std::string& name : names)
      if (const std::string problem = text_problem(name); !problem.empty())
        table.fail(fmt::format("\"{}\", the name of a node in its file: {}", name, problem));

  // The tables that speak of it.
  const std::vector<std::string> projections = names_of(file.projections);
  const auto population_tables =
      by_name(root, "population", context.limits.populations, names_of(file.populations));
  if (projections.empty() && root.has("projection")) root.fail_at_key("projection", said_by_file);
  const auto projection_tables =
      by_name(root, "projection", context.limits.projections, projections);

  // Both together.
  NetworkParts parts;
  NeuronId first = 0;
  for (PopulationSpec& spec : file.populations) {
    const auto own = population_tables.find(spec.name);
    const bool written = own != population_tables.end();
    parts.populations.push_back(complete_population(written ? own->second : table, written,
                                                    std::move(spec), first, context, result.trial));
    const ReadPopulation& p = parts.populations.back();
    placed_in(p.table, [&] { return builder.add(p.spec); });
    first += p.spec.size;
  }
  for (NirNetwork::Projection& projection : file.projections) {
    const auto own = projection_tables.find(projection.name);
    const bool written = own != projection_tables.end();
    parts.projections.push_back(
        complete_projection(written ? own->second : table, written, projection.name, context));
    placed_in(parts.projections.back().table, [&] {
      return builder.connect(projection.source, projection.target, std::move(projection.synapses),
                             projection.name);
    });
  }
  return parts;
}

}  // namespace retrograde
