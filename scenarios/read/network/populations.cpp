#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <utility>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/read/network/names.hpp>
#include <retrograde/scenarios/read/network/populations.hpp>
#include <retrograde/scenarios/read/network/values.hpp>
#include <retrograde/scenarios/read/stimuli/initial_table.hpp>
#include <retrograde/scenarios/read/stimuli/stimulus_value.hpp>

namespace retrograde {

namespace {

std::uint32_t read_size(TomlTable& table, NeuronId first, const ScenarioLimits& limits) {
  const TomlValue size = table.require("size", "size = 10, the number of neurons");
  const auto count = static_cast<std::uint32_t>(size.integer(1, limits.neurons));
  if (count > limits.neurons - first)
    size.fail(fmt::format("with {} the network has more than {} neurons; make it smaller",
                          size.found(), limits.neurons));
  return count;
}

// An input where it gets spikes or the data, unless it says otherwise; `by_trials`: where a trial gives
// it some, which is looked at there.
Model read_model(TomlTable& table, bool fed, bool by_trials) {
  const auto model = table.find("model");
  if (!model) return fed || by_trials ? Model::input : Model::cuba_lif;
  const std::vector<Model> models = all_models();
  std::vector<std::string> names;
  names.reserve(models.size());
  for (const Model m : models) names.emplace_back(name(m));
  const Model chosen = models[model->choice(names)];
  if (fed && chosen != Model::input)
    model->fail(fmt::format("{} but it receives {}; only model = \"input\" does", model->found(),
                            table.has("spikes")   ? "spikes"
                            : table.has("signal") ? "a signal"
                                                  : "the data"));
  return chosen;
}

void read_receptors(TomlTable& table, PopulationSpec& spec) {
  const auto receptors = table.find("receptors");
  if (!receptors) return;
  const auto list = receptors->list();
  if (spec.model->is_input() || (!spec.model->has_receptors() && list.size() > 1))
    receptors->fail(fmt::format("{} has no receptors to choose; remove it", name(spec.model)));
  if (list.empty() || list.size() > max_receptors)
    receptors->fail(
        fmt::format("{}; list 1 to {} shapes, \"exponential\", \"alpha\" or \"step\", one per "
                    "receptor",
                    receptors->found(), max_receptors));
  spec.receptors.clear();
  for (const TomlValue& shape : list) {
    std::vector<std::string> names;
    names.reserve(std::size(synapse_shapes));
    for (const SynapseShape s : synapse_shapes) names.emplace_back(name(s));
    spec.receptors.push_back(synapse_shapes[shape.choice(names)]);
    if (!spec.model->has_receptors() && spec.receptors[0] != SynapseShape::exponential)
      shape.fail(
          fmt::format("{} has one exponential receptor; remove receptors", name(spec.model)));
  }
}

// Time constants of receptors that the population does not have, or that have none.
void reject_time_constants(const TomlTable& table, const PopulationSpec& spec) {
  for (std::size_t r = 0; r < spec.receptors.size(); ++r)
    if (const std::string key(name(receptor_kinds[r]));
        !decays(spec.receptors[r]) && table.has(key))
      table.fail_at_key(key, fmt::format("receptor {} is a step, which has no time constant; "
                                         "remove it",
                                         r + 1));
  for (std::size_t r = spec.receptors.size(); r < max_receptors; ++r)
    if (const std::string key(name(receptor_kinds[r])); table.has(key))
      table.fail_at_key(key, fmt::format("{} has {} receptors; list one more shape in receptors, "
                                         "or remove it",
                                         spec.name, spec.receptors.size()));
}

// Why a key does not belong to a population of this model.
std::string inapplicable(const Model& model) {
  if (model->is_input())
    return "does not apply to an input, which fires when the trial says so; remove it, or set "
           "model = \"cuba_lif\"";
  if (model == Model::cuba_li)
    return "does not apply to a readout (cuba_li), which never fires; remove it, or choose another "
           "model";
  return fmt::format("does not apply to model = \"{}\"; remove it, or choose another model",
                     name(model));
}

// Values of all kinds that the model has.
void read_parameters(TomlTable& table, const std::vector<LearnedKind>& kinds,
                     const NetworkContext& context, PopulationSpec& spec) {
  for (const LearnedKind& learned : kinds) {
    const std::string key(name(learned.kind));
    const auto value = table.find(key);
    if (!value) continue;
    // Draws of a normal distribution are moved to written bounds; and to 0 where that is the lowest
    // value, a sensible one that such a distribution is likely to touch.
    Range clip = Range::any();
    if (const Range range = range_of(learned.kind); range.low == 0.0 && !range.low_open)
      clip = range;
    if (learned.low) clip.low = *learned.low;
    if (learned.high) clip.high = *learned.high;
    spec.values(learned.kind) =
        read_neuron_values(*value, learned.kind, spec.size, learned.bounds(), clip,
                           Random(context.seed, key + "/" + spec.name), context.files);
  }
}

void check_reset(const TomlTable& table, const PopulationSpec& spec) {
  if (!spec.model.has(ParameterKind::v_threshold, spec.receptors) ||
      !spec.model.has(ParameterKind::v_reset, spec.receptors))
    return;
  const auto of = [](const std::vector<double>& values, std::uint32_t n) {
    return values[values.size() == 1 ? 0 : n];
  };
  const auto count =
      static_cast<std::uint32_t>(std::max(spec.v_threshold.size(), spec.v_reset.size()));
  for (std::uint32_t n = 0; n < count; ++n)
    if (of(spec.v_reset, n) >= of(spec.v_threshold, n))
      table.fail_at_key(
          table.has("v_reset") ? "v_reset" : "v_threshold",
          fmt::format(
              "neuron {} has v_reset {} and v_threshold {}; v_reset must lie below v_threshold", n,
              of(spec.v_reset, n), of(spec.v_threshold, n)));
}

}  // namespace

std::vector<std::string> population_keys() {
  std::vector<std::string> keys = {"name",   "size",   "model",   "receptors",
                                   "spikes", "signal", "dropout", "grid"};
  for (const std::string& key : initial_keys()) keys.push_back(key);
  for (const ParameterKind kind : neuron_parameter_kinds) keys.emplace_back(name(kind));
  add_learned_keys(keys, neuron_parameter_kinds);
  return keys;
}

double read_dropout(TomlTable& table) {
  return table.number("dropout", 0.0, {0.0, 1.0, false, true});
}

InlineInput read_input(TomlTable& table, const PopulationSpec& spec, NeuronId first,
                       const NetworkContext& context, const std::vector<InlineInput>& above) {
  InlineInput input{spec.name, first, spec.size};
  const auto spikes = table.find("spikes"), signal = table.find("signal");
  for (const auto& value : {spikes, signal})
    if (value && context.has_data)
      value->fail("the trials of [data] bring all input spikes; remove it, or [data]");
  if (spikes && signal)
    signal->fail("an input fires or brings a signal; make two populations of it");
  const InputPlace place{spec.name,
                         first,
                         spec.size,
                         context.duration,
                         context.seed,
                         context.limits,
                         context.files.folder,
                         above};
  if (spikes) input.spikes = read_spikes(*spikes, place);
  if (signal)
    input.signal = std::make_shared<const std::vector<SignalChange>>(read_signal(*signal, place));
  return input;
}

ReadPopulation read_population(TomlTable table, NeuronId first, const NetworkContext& context,
                               std::vector<InlineInput>& inputs) {
  table.known(population_keys());
  PopulationSpec spec;

  // What it is.
  spec.name = read_name(table.require("name", "name = \"hidden\""), "give the population a name");
  spec.size = read_size(table, first, context.limits);
  const bool fed = table.has("spikes") || table.has("signal");
  spec.model = read_model(table, fed || spec.name == context.data_population,
                          std::ranges::find(context.fed, spec.name) != context.fed.end());
  read_receptors(table, spec);
  if (spec.model->has_receptors()) reject_time_constants(table, spec);

  // What goes in.
  inputs.push_back(spec.model->is_input() ? read_input(table, spec, first, context, inputs)
                                          : InlineInput{spec.name, first, spec.size});

  // Its parameters, within the bounds they are learned in.
  std::vector<LearnedKind> learned =
      read_learned(table, spec.model.parameters(spec.receptors), context.duration);
  read_parameters(table, learned, context, spec);
  const std::optional<Grid> grid = read_grid(table, spec.size);
  const double dropout = spec.model->fires() ? read_dropout(table) : 0.0;
  std::optional<double> lowest;  // that learning may take thresholds to
  for (const LearnedKind& kind : learned)
    if (kind.kind == ParameterKind::v_threshold && kind.learned) lowest = kind.bounds().low;
  std::vector<InitialRow> initial = read_initial(table, spec, lowest, first, context.seed);
  table.finish(inapplicable(spec.model));
  check_reset(table, spec);
  return {std::move(table), std::move(spec), std::move(learned), dropout, grid, std::move(initial)};
}

}  // namespace retrograde
