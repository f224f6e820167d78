#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <utility>

#include <retrograde/engine/trial/time_grid.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
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
                                   NeuronId first, const NetworkContext& context,
                                   std::vector<InlineInput>& inputs) {
  std::vector<LearnedKind> learned;
  double dropout = 0.0;
  InlineInput input{spec.name, first, spec.size};
  if (written) {
    table.known(population_keys());
    if (const auto spikes = table.find("spikes"); spikes && !spec.model->is_input())
      spikes->fail(fmt::format("{} is no Input of the network file; remove it", spec.name));
    if (const auto signal = table.find("signal"))
      signal->fail("a network file has no step receptors for it to reach; write the network here");
    input = read_input(table, spec, first, context, inputs);
    learned = read_learned(table, spec.model.parameters(spec.receptors), context.duration);
    dropout = read_dropout(table);
    table.finish(said_by_file);
  }
  inputs.push_back(std::move(input));
  if (spec.name == context.data_population && !spec.model->is_input())
    table.fail(fmt::format("the data go to {}, which is no Input of the network file", spec.name));
  return {std::move(table), std::move(spec), std::move(learned), dropout};
}

// Likewise. A delay may be said here where the file says none.
ReadProjection complete_projection(TomlTable table, bool written,
                                   NirNetwork::Projection& projection, Time step,
                                   const NetworkContext& context) {
  std::vector<LearnedKind> learned;
  if (written) {
    table.known(projection_keys());
    learned = read_learned(table, synapse_parameter_kinds, context.duration);
    if (const auto delay = table.find("delay")) {
      if (projection.delayed)
        delay->fail("the network file says the delays of this projection; remove the key");
      const Time value = delay->time(learned[1].bounds());
      if (step > 0.0 && std::fabs(nearest_step(value, step) * step - value) > 1e-9 * value)
        delay->fail(fmt::format("{} is no whole number of steps of {:g} ms", delay->found(), step));
      for (SynapseSpec& s : projection.synapses) s.delay = value;
    }
    table.finish(said_by_file);
  }
  return {std::move(table), projection.name, std::move(learned)};
}

// How the file is meant: in continuous time, or as the recursion of a tool that goes in steps.
NirReading read_reading(TomlTable& table, const NetworkContext& context, ScenarioNetwork& result) {
  NirReading reading;
  reading.limits = context.limits;
  const auto as = table.find("reading");
  const bool steps = as && as->choice({"continuous", "steps"}) == 1;
  if (table.has("spike_width"))
    reading.spike_width = table.time("spike_width", 0.0, Range::positive());
  for (const char* key : {"dt", "decay", "reset", "fire"})
    if (!steps && table.has(key))
      table.fail_at_key(key,
                        "it speaks of a network of steps; write reading = \"steps\" beside it, "
                        "or remove it");
  if (!steps) return reading;
  NirSteps& how = reading.steps.emplace();
  how.dt = table.time("dt", 0.0, {1e-3, 1e9});
  if (const auto decay = table.find("decay"))
    how.decay =
        decay->choice({"euler", "exponential"}) == 0 ? NirDecay::euler : NirDecay::exponential;
  if (const auto fire = table.find("fire"))
    how.fire = fire->choice({"at", "above"}) == 0 ? NirFire::at : NirFire::above;
  result.steps.emplace().rule.order = StepOrder::layers;
  if (const auto reset = table.find("reset"))
    result.steps->rule.reset =
        reset->choice({"value", "subtract"}) == 0 ? StepReset::to_value : StepReset::by_subtraction;
  return reading;
}

template <typename Entity>
std::vector<std::string> names_of(const std::vector<Entity>& entities) {
  std::vector<std::string> names;
  names.reserve(entities.size());
  for (const Entity& entity : entities) names.push_back(entity.name);
  return names;
}

// Whether a population of the file is an input that fires at the start of a trial.
bool starts(const NirNetwork& file, std::size_t population) {
  return std::find(file.starts.begin(), file.starts.end(), population) != file.starts.end();
}

// The network of a NIR file.
NirNetwork read_values(TomlTable& table, const NetworkContext& context, const NetworkFile& file,
                       ScenarioNetwork& result) {
  const NirReading reading = read_reading(table, context, result);
  table.finish("is for netX files, and this one is not; remove it");
  return read_nir(file.bytes, file.path, reading);
}

}  // namespace

NetworkParts read_imported(TomlTable& root, TomlTable table, const NetworkContext& context,
                           const NeuronShares* part, NetworkBuilder& builder,
                           ScenarioNetwork& result) {
  // The file.
  table.known({"file", "hash", "spike_width", "reading", "dt", "decay", "reset", "fire",
               "skip_layers", "num_layers", "reset_interval", "reset_offset"});
  result.network_file = read_network_file(table, context.folder, context.network_file);
  NirNetwork file = holds_integers(*result.network_file)
                        ? read_integers(root, table, context, result)
                        : read_values(table, context, *result.network_file, result);
  result.warnings = std::move(file.warnings);
  if (result.steps) result.steps->step = file.step;

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
    if (starts(file, parts.populations.size())) result.starts.push_back(first);
    const auto own = population_tables.find(spec.name);
    const bool written = own != population_tables.end();
    parts.populations.push_back(complete_population(
        written ? own->second : table, written, std::move(spec), first, context, result.inputs));
    const ReadPopulation& p = parts.populations.back();
    placed_in(p.table, [&] { return builder.add(p.spec); });
    first += p.spec.size;
  }
  for (NirNetwork::Projection& projection : file.projections) {
    const auto own = projection_tables.find(projection.name);
    const bool written = own != projection_tables.end();
    parts.projections.push_back(complete_projection(written ? own->second : table, written,
                                                    projection, file.step, context));
    if (projection.source >= projection.target && !starts(file, projection.source) &&
        std::any_of(projection.synapses.begin(), projection.synapses.end(),
                    [](const SynapseSpec& s) { return s.delay == 0.0; }))
      parts.instant_returns.push_back(projection.name);
    placed_in(parts.projections.back().table, [&] {
      if (part) {
        const ReadPopulation& to = parts.populations[projection.target];
        const NeuronRange wanted = part->own(to.spec.model, to.spec.size);
        std::erase_if(projection.synapses,
                      [&](const SynapseSpec& s) { return !wanted.holds(s.target); });
        projection.synapses.shrink_to_fit();
      }
      return builder.connect(projection.source, projection.target, std::move(projection.synapses),
                             projection.name);
    });
  }
  return parts;
}

}  // namespace retrograde
