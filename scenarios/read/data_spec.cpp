#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>
#include <vector>

#include <retrograde/engine/trial/signal.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/read/data_spec.hpp>
#include <retrograde/scenarios/read/network/names.hpp>

namespace retrograde {

namespace {

// The kind that the table names, all of whose keys belong to some kind.
const DataKind& read_kind(TomlTable& table) {
  std::vector<std::string> names, keys = {"kind", "population"};
  for (const DataKind& kind : data_kinds()) {
    names.emplace_back(kind.name);
    for (const std::string& key : kind.keys)
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  table.known(keys);
  return data_kinds()[table.require("kind", "kind = \"yin_yang\" or another of docs/scenario.md")
                          .choice(names)];
}

// The population that receives the data: the one that is named, or the only input.
std::uint32_t read_receiver(TomlTable& table, const Network& network) {
  const std::vector<std::string> names = population_names(network);
  if (const auto named = table.find("population")) return population_named(*named, names);
  std::vector<std::uint32_t> inputs;
  for (std::uint32_t p = 0; p < names.size(); ++p)
    if (network.populations()[p].model->is_input()) inputs.push_back(p);
  if (inputs.size() == 1) return inputs[0];
  if (inputs.empty())
    table.fail(fmt::format(
        "population is missing; write population = \"{}\", the name of the population that the "
        "data goes to and that becomes an input by it (there are {})",
        names.front(), fmt::join(names, ", ")));
  std::vector<std::string> choices;
  choices.reserve(inputs.size());
  for (const std::uint32_t p : inputs) choices.push_back(names[p]);
  table.fail(
      fmt::format("population is missing, and there are {} inputs to choose from; write "
                  "population = \"{}\", the name of the one that the data goes to (of {})",
                  inputs.size(), choices.front(), fmt::join(choices, ", ")));
}

// Analogue data are signals, and every other receptor would take each change for a spike.
void check_receptors(const TomlTable& table, const Network& network, std::uint32_t population) {
  try {
    require_step_receptors(network, population);
  } catch (const NetworkError& error) {
    table.fail(error.what());
  }
}

}  // namespace

DataSpec read_data(TomlTable table, const Network& network, Time duration, std::uint64_t seed) {
  const DataKind& kind = read_kind(table);
  DataSpec data;
  data.kind = kind.name;
  data.population = read_receiver(table, network);

  DataSource source = kind.read(table, duration);
  table.finish(fmt::format("does not apply to kind = \"{}\"{}; remove it", kind.name,
                           kind.generated ? ", which is generated" : ""));

  const Population& population = network.populations()[data.population];
  if (source.inputs > 0 && population.size != source.inputs) {
    const std::string message = fmt::format(
        "population {} has {} neurons, but {}{} needs {}; give it size = {}", population.name,
        population.size, kind.name, source.inputs_reason, source.inputs, source.inputs);
    if (table.has("population")) table.find("population")->fail(message);
    table.fail(message);
  }
  if (source.analogue) check_receptors(table, network, data.population);
  data.classes = source.classes;
  data.frame = source.frame;
  data.wants_folder = !kind.generated && source.path.empty();
  data.path = std::move(source.path);
  data.load = [load = std::move(source.load), first = population.first, seed](
                  const std::string& folder, const WorkProgress& progress) {
    return load({first, folder, seed, progress});
  };
  return data;
}

}  // namespace retrograde
