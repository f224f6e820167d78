#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>

namespace retrograde {

using Json = nlohmann::ordered_json;

namespace {

const Projection& projection_of(const Network& network, SynapseId synapse) {
  const auto& all = network.projections();
  std::size_t p = all.size() - 1;
  while (all[p].first > synapse) --p;
  return all[p];
}

}  // namespace

Json json_spikes(const Network& network, const Tape& tape) {
  std::vector<std::vector<Time>> times(network.neuron_count());
  for (const TapeSpike& s : tape.spikes) times[s.neuron].push_back(s.time);
  Json spikes = Json::object();
  for (const Population& p : network.populations()) {
    Json& of = spikes[p.name] = Json::array();
    for (NeuronId n = p.first; n < p.first + p.size; ++n) of.push_back(times[n]);
  }
  return spikes;
}

Json json_parameters(const Network& network, std::span<const double> values) {
  const ParameterLayout& layout = network.layout();
  Json populations = Json::object(), projections = Json::object();
  for (const Population& p : network.populations()) {
    for (const ParameterKind kind : p.model.parameters(p.receptors)) {
      Json& list = populations[p.name][std::string(name(kind))] = Json::array();
      for (NeuronId n = p.first; n < p.first + p.size; ++n)
        list.push_back(finite_or_null(values[layout.offset(kind) + n]));
    }
  }
  for (const Projection& p : network.projections()) {
    if (p.multapses)
      throw NetworkError(p.name,
                         "a pair of it may have several synapses, and the document has a matrix "
                         "with one value for each pair; write allow_multapses = false");
    for (const ParameterKind kind : synapse_parameter_kinds) {
      const std::size_t rows = network.populations()[p.target].size;
      const std::size_t columns = network.populations()[p.source].size;
      std::vector<std::vector<Json>> matrix(rows, std::vector<Json>(columns));
      for (SynapseId k = 0; k < p.size; ++k)
        matrix[p.targets[k]][p.source_of(k)] =
            finite_or_null(values[layout.offset(kind) + p.first + k]);
      projections[p.name][std::string(name(kind))] = matrix;
    }
  }
  return {{"populations", populations}, {"projections", projections}};
}

Json json_recordings(const Network& network, const std::vector<Probe>& probes,
                     const std::vector<Recording>& recordings) {
  Json list = Json::array();
  for (std::size_t p = 0; p < probes.size(); ++p) {
    const Population& population =
        network.populations()[network.population_of(probes[p].neurons.front())];
    std::vector<NeuronId> neurons;
    for (const NeuronId n : probes[p].neurons) neurons.push_back(n - population.first);
    Json entry = {
        {"population", population.name}, {"neurons", neurons}, {"times_ms", recordings[p].times}};
    if (probes[p].v) entry["v"] = recordings[p].v;
    if (probes[p].i) entry["i"] = recordings[p].i;
    for (std::size_t r = 0; r < probes[p].receptors.size(); ++r)
      entry[fmt::format("i_{}", probes[p].receptors[r] + 1)] = recordings[p].receptors[r];
    if (probes[p].threshold) entry["threshold"] = recordings[p].threshold;
    list.push_back(std::move(entry));
  }
  return list;
}

std::string parameter_name(const Network& network, const Trial& trial,
                           const GradientCheckEntry& entry) {
  if (entry.input) {
    const NeuronId neuron = trial.inputs[entry.index].neuron;
    std::size_t nth = 0;
    for (std::size_t k = 0; k < entry.index; ++k) nth += trial.inputs[k].neuron == neuron;
    return fmt::format("{} spike {}", network.neuron_name(neuron), nth);
  }
  if (!belongs_to_synapse(entry.kind))
    return fmt::format("{}.{}", network.neuron_name(static_cast<NeuronId>(entry.index)),
                       name(entry.kind));
  const Projection& p = projection_of(network, static_cast<SynapseId>(entry.index));
  const std::size_t k = entry.index - p.first;
  return fmt::format("{}[{}, {}].{}", p.name, p.targets[k], p.source_of(k), name(entry.kind));
}

Json json_gradcheck(const Network& network, const Trial& trial, const GradientCheck& check) {
  Json entries = Json::array();
  for (const GradientCheckEntry& e : check.entries)
    entries.push_back({{"parameter", parameter_name(network, trial, e)},
                       {"kind", e.input ? "input_time" : std::string(name(e.kind))},
                       {"adjoint", finite_or_null(e.adjoint)},
                       {"tangent", finite_or_null(e.tangent)},
                       {"difference", finite_or_null(e.difference)},
                       {"error", finite_or_null(e.error)},
                       {"uncertainty", finite_or_null(e.uncertainty)}});
  Json silent = Json::array();
  for (const std::uint32_t p : check.silent) silent.push_back(network.populations()[p].name);
  return {{"loss", finite_or_null(check.loss)},
          {"tolerance", check.tolerance},
          {"passed", check.passed()},
          {"checked", check.entries.size()},
          {"skipped", check.skipped},
          {"kinks", check.kinks},
          {"uncertain", check.uncertain},
          {"silent", silent},
          {"worst_error", finite_or_null(check.worst())},
          {"worst_tangent_error", finite_or_null(check.worst_tangent)},
          {"entries", entries}};
}

}  // namespace retrograde
