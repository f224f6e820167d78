#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <fmt/format.h>
#include <utility>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/read/network/imported.hpp>
#include <retrograde/scenarios/read/network/network.hpp>

namespace retrograde {

namespace {

// Per projection, whether the spikes that it carries may come back to where they came from: whether
// populations that reach each other lie at both its ends.
std::vector<char> lead_back(std::size_t populations, const std::vector<WrittenProjection>& all) {
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> graph(populations);
  for (const WrittenProjection& p : all) add_edge(p.ends.source, p.ends.target, graph);
  std::vector<std::size_t> component(populations);
  boost::strong_components(
      graph, boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, graph)));
  std::vector<char> back;
  back.reserve(all.size());
  for (const WrittenProjection& p : all)
    back.push_back(component[p.ends.source] == component[p.ends.target] ? 1 : 0);
  return back;
}

NetworkParts read_written(TomlTable& root, const NetworkContext& context, const NeuronShares* part,
                          NetworkBuilder& builder, std::vector<InlineInput>& inputs) {
  NetworkParts parts;
  std::vector<PopulationSpec> specs;
  std::vector<std::string> names;
  std::vector<std::optional<Grid>> grids;
  NeuronId neurons = 0;
  for (TomlTable& table : few_tables(root, "population", context.limits.populations)) {
    parts.populations.push_back(read_population(std::move(table), neurons, context, inputs));
    const ReadPopulation& p = parts.populations.back();
    placed_in(p.table, [&] { return builder.add(p.spec); });
    specs.push_back(p.spec);
    grids.push_back(p.grid);
    names.push_back(p.spec.name);
    neurons += p.spec.size;
  }
  if (parts.populations.empty())
    root.fail(
        "it has no population; add [[population]] with name and size, or [network] with a "
        "file");
  std::vector<WrittenProjection> written;
  for (TomlTable& table : few_tables(root, "projection", context.limits.projections))
    written.push_back(read_projection(std::move(table), specs, grids, names, context));
  Spent spent;
  const std::vector<char> back = lead_back(specs.size(), written);
  for (std::size_t p = 0; p < written.size(); ++p)
    parts.dense.push_back(dense_pairs(written[p], context, back[p] != 0));
  for (std::size_t p = 0; p < written.size(); ++p)
    parts.projections.push_back(
        connect(std::move(written[p]), parts.dense[p], context, part, builder, spent));
  return parts;
}

// Whether a NetworkError's `where`, "NAME" or "NAME[...]", speaks of the entity of that name.
bool speaks_of(const std::string& where, const std::string& entity) {
  return where == entity || where.starts_with(entity + "[");
}

// What is wrong with the network as a whole, in the table that it speaks of.
[[noreturn]] void place(const NetworkError& e, const TomlTable& root, const NetworkParts& parts) {
  for (const ReadProjection& p : parts.projections)
    if (speaks_of(e.where, p.name)) p.table.fail(e.what());
  for (const ReadPopulation& p : parts.populations)
    if (speaks_of(e.where, p.spec.name)) p.table.fail(e.what());
  root.fail(e.what());
}

// Of populations that somebody hears.
std::vector<double> dropout_of(const Network& network, const NetworkParts& parts) {
  std::vector<double> dropout;
  for (std::uint32_t p = 0; p < parts.populations.size(); ++p) {
    const ReadPopulation& population = parts.populations[p];
    if (population.dropout == 0.0) continue;
    if (std::none_of(network.projections().begin(), network.projections().end(),
                     [&](const Projection& q) { return q.source == p; }))
      population.table.fail_at_key(
          "dropout", fmt::format("no projection leaves {}, so nobody would miss its spikes; remove "
                                 "it, or drop a population that projects to another",
                                 population.spec.name));
    dropout.resize(parts.populations.size(), 0.0);
    dropout[p] = population.dropout;
  }
  return dropout;
}

template <typename Entity>
std::vector<LearnedEntity> learned_entities(const std::vector<Entity>& entities) {
  std::vector<LearnedEntity> all;
  all.reserve(entities.size());
  for (const Entity& entity : entities) all.push_back({&entity.table, &entity.learned});
  return all;
}

// The weights of projections times their weight_scale.
Network with_weight_scales(Network network, const NetworkParts& parts) {
  const auto scaled = [](const ReadProjection& p) { return p.weight_scale != 1.0; };
  if (std::none_of(parts.projections.begin(), parts.projections.end(), scaled)) return network;
  std::vector<double> values = network.take_parameters();
  const std::size_t weights = network.layout().offset(ParameterKind::weight);
  for (std::size_t p = 0; p < parts.projections.size(); ++p) {
    const Projection& projection = network.projections()[p];
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(weights + projection.first);
    std::for_each(first, first + static_cast<std::ptrdiff_t>(projection.size),
                  [&](double& weight) { weight *= parts.projections[p].weight_scale; });
  }
  return network.with_parameters(std::move(values));
}

// A part has too few synapses to choose among.
void refuse_delay_shares(const NetworkParts& parts) {
  for (const ReadProjection& p : parts.projections)
    for (const LearnedKind& kind : p.learned)
      if (kind.share)
        p.table.fail_at_key("delay_share",
                            "chooses among all synapses of the projection, of which a rank has a "
                            "part only; remove it, or start one process, without mpirun");
}

}  // namespace

std::vector<TomlTable> few_tables(TomlTable& root, std::string_view key, std::size_t most) {
  std::vector<TomlTable> tables = root.tables(key);
  if (tables.size() > most)
    tables[most].fail(
        fmt::format("there are {} of these, and at most {} are possible: join those that are alike",
                    tables.size(), most));
  return tables;
}

ScenarioNetwork read_network(TomlTable& root, const NetworkContext& context,
                             const NeuronShares* part) {
  ScenarioNetwork result;
  NetworkBuilder builder;
  auto file = root.single("network");
  const NetworkParts parts =
      file ? read_imported(root, std::move(*file), context, part, builder, result)
           : read_written(root, context, part, builder, result.inputs);
  try {
    result.network = with_weight_scales(std::move(builder).build(), parts);
    for (std::uint32_t p = 0; p < parts.populations.size(); ++p)
      if (parts.populations[p].table.has("signal")) require_step_receptors(result.network, p);
  } catch (const NetworkError& e) {
    if (parts.instant_returns.empty()) place(e, root, parts);
    root.fail_at_key(
        "network",
        fmt::format(
            "{}. The file says no delay for {}: write [[projection]] with name = \"{}\" and "
            "delay = \"1 ms\", say; or reading = \"steps\" in [network], if a tool with "
            "steps wrote the file, where what goes back acts a step later",
            e.what(), first_few(parts.instant_returns), parts.instant_returns.front()));
  }
  if (part) refuse_delay_shares(parts);
  result.learning = learning_of(result.network, learned_entities(parts.populations),
                                learned_entities(parts.projections), parts.dense, context.seed);
  result.network = with_shares(std::move(result.network), result.learning);
  result.dropout = dropout_of(result.network, parts);
  std::vector<InitialRow> initial;
  for (const ReadPopulation& p : parts.populations)
    initial.insert(initial.end(), p.initial.begin(), p.initial.end());
  if (!initial.empty())
    result.initial = std::make_shared<const InitialValues>(
        std::move(initial), result.network.neuron_count(), context.seed);
  result.dense = parts.dense;
  return result;
}

}  // namespace retrograde
