#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/chip/chip_file.hpp>
#include <retrograde/scenarios/exchange/chip/netx_read.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/read/integers/integer_network.hpp>

namespace retrograde {

namespace {

constexpr const char* not_of_integers =
    "does not apply: the network file is in integers, which are not trained; remove it";

enum class Content : std::uint8_t { other, netx, chip_file };

Content content_of(const NetworkFile& file) {
  if (!hdf5::is_hdf5(file.bytes)) return Content::other;
  const hdf5::Reader in(file.bytes, file.path);
  if (in.has("/node")) return Content::other;
  if (in.has("/chip")) return Content::chip_file;
  return in.has("/layer") ? Content::netx : Content::other;
}

// The keys of lava-dl's reader, and ours.
NetxReading reading_of(TomlTable& table, const NetworkContext& context) {
  constexpr std::uint32_t most = (1u << 31) - 1;
  NetxReading reading;
  reading.limits = context.limits;
  reading.skip_layers = table.integer("skip_layers", 0, 0, most);
  reading.num_layers = table.integer("num_layers", most, 1, most);
  reading.reset_interval = table.integer("reset_interval", 0, 1, most);
  reading.reset_offset = table.integer("reset_offset", 0, 0, most);
  if (reading.reset_interval == 0 && table.has("reset_offset"))
    table.fail_at_key("reset_offset", "there is no reset_interval that it belongs to; add one");
  return reading;
}

// Tables that only real values have a use for.
void refuse_learning(TomlTable& root, const NetworkContext& context) {
  for (const char* key : {"projection", "train", "study", "probe", "event"})
    if (root.has(key))
      root.fail_at_key(
          key, std::string(key) == "event"
                   ? "does not apply: the network file is in integers, which are run as they are; "
                     "remove it"
               : std::string(key) == "probe"
                   ? "does not apply: the network file is in integers; `retro run --trace` has "
                     "their registers, remove it"
                   : not_of_integers);
  for (const TomlTable& population : few_tables(root, "population", context.limits.populations))
    for (const std::string& key : population.keys())
      if (key != "name" && key != "spikes") population.fail_at_key(key, not_of_integers);
}

// The engine has no other model that sends something.
Model shape_model(loihi2::ChipModel model) {
  if (model == loihi2::ChipModel::input) return Model::input;
  return model == loihi2::ChipModel::cuba_li ? Model::cuba_li : Model::cuba_lif;
}

}  // namespace

bool holds_integers(const NetworkFile& file) { return content_of(file) != Content::other; }

NirNetwork read_integers(TomlTable& root, TomlTable& table, const NetworkContext& context,
                         ScenarioNetwork& result) {
  refuse_learning(root, context);
  const NetworkFile& file = *result.network_file;
  auto network = std::make_shared<IntegerNetwork>();
  NirNetwork shape;
  if (content_of(file) == Content::netx) {
    NetxNetwork netx = read_netx(file.bytes, file.path, reading_of(table, context));
    table.finish("is for NIR files, and this one is netX; remove it");
    network->format = "netX";
    network->chip = std::move(netx.chip);
    network->says_step = netx.says_step;
    shape.warnings = std::move(netx.warnings);
  } else {
    table.finish("does not apply: a chip file says it all; remove it");
    ChipFile chip = read_chip_file(file.bytes, file.path, context.limits);
    network->format = "chip file";
    network->chip = std::move(chip.chip);
    network->says_step = true;
    network->semantics = chip.semantics;
  }
  for (const loihi2::ChipPopulation& p : network->chip.populations) {
    PopulationSpec spec;
    spec.name = p.name;
    spec.model = shape_model(p.model);
    spec.size = p.size;
    shape.populations.push_back(std::move(spec));
  }
  result.integers = std::move(network);
  return shape;
}

ChipSpec chip_of(IntegerNetwork& network, std::optional<TomlTable> table) {
  ChipSpec spec;
  if (table) {
    for (const char* key : {"clip_percentile", "groups", "weight_exponent", "fine_tune"})
      if (table->has(key))
        table->fail_at_key(key,
                           "does not apply: it says how values become integers, and the network "
                           "file has integers; remove it");
    if (table->has("step") && network.says_step)
      table->fail_at_key(
          "step", fmt::format("the network file says {:g} ms; remove the key", network.chip.step));
    for (const char* key : {"overflow", "spike_register"})
      if (table->has(key) && network.semantics)
        table->fail_at_key(key, "the network file says it; remove the key");
    spec = read_chip(std::move(*table));
  }
  if (network.says_step)
    spec.step = network.chip.step;
  else
    network.chip.step = spec.step;
  if (network.semantics) spec.semantics = *network.semantics;
  return spec;
}

}  // namespace retrograde
