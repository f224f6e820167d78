#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/chip_profile.hpp>

namespace retrograde {

namespace {

constexpr std::uint64_t max_file_size = std::uint64_t{1} << 20;
constexpr const char* manual = "docs/loihi2.md";

using Reader = double (*)(const TomlValue&, const Range&);

double read_number(const TomlValue& value, const Range& range) { return value.number(range); }
double read_time(const TomlValue& value, const Range& range) { return value.time(range); }
double read_energy(const TomlValue& value, const Range& range) { return value.energy(range); }
double read_power(const TomlValue& value, const Range& range) { return value.power(range); }

Evidence read_evidence(TomlTable& table) {
  constexpr Evidence all[] = {Evidence::measured, Evidence::published, Evidence::inferred};
  return all[table.require("evidence", "evidence = \"published\"")
                 .choice({"measured", "published", "inferred"})];
}

std::string read_source(TomlTable& table) {
  const TomlValue value = table.require("source", "source = \"where the number is from\"");
  std::string source = value.text();
  if (source.empty()) value.fail("it is empty; say where the number comes from");
  return source;
}

// [core.neurons] and the like: a value, or its two ends.
Constant read_constant(TomlTable table, Reader read, const Range& range) {
  table.known({"value", "low", "high", "evidence", "source"});
  Constant constant;
  if (const auto value = table.find("value")) {
    constant.value.low = constant.value.high = read(*value, range);
    for (const char* end : {"low", "high"})
      if (table.has(end))
        table.fail_at_key(end, "there is a value already; write either value or low and high");
  } else {
    constant.value.low =
        read(table.require("low", "value = ..., or low = ... and high = ..."), range);
    const TomlValue high = table.require("high", "high = ..., the other end");
    constant.value.high = read(high, range);
    if (constant.value.high < constant.value.low)
      high.fail(fmt::format("{} is below low; exchange them", high.found()));
  }
  constant.evidence = read_evidence(table);
  constant.source = read_source(table);
  return constant;
}

class Section {
 public:
  Section(TomlTable& root, const char* key, const std::vector<std::string>& keys)
      : key_(key), table_(find(root, key)) {
    table_.known(keys);
  }

  std::optional<Constant> maybe(const char* key, Reader read, const Range& range) {
    auto table = table_.single(key);
    if (!table) return std::nullopt;
    return read_constant(std::move(*table), read, range);
  }
  Constant require(const char* key, Reader read, const Range& range) {
    const auto constant = maybe(key, read, range);
    if (!constant)
      table_.fail(
          fmt::format("{0} is missing; write [{1}.{0}] with value (or low and high), "
                      "evidence and source",
                      key, key_));
    return *constant;
  }

  [[noreturn]] void fail(const std::string& message) const { table_.fail(message); }

 private:
  static TomlTable find(TomlTable& root, const char* key) {
    auto table = root.single(key);
    if (!table) root.fail(fmt::format("[{0}] is missing; write it, as {1} shows", key, manual));
    return std::move(*table);
  }

  const char* key_;
  TomlTable table_;
};

const Range count{1.0, 1e12};

CoreModel read_core(TomlTable& root) {
  Section core(
      root, "core",
      {"neurons", "neuron_groups", "input_axons", "axon_map", "synapse_words", "pool_words",
       "word_bits", "index_bits", "header_bits", "block", "axon_map_base", "axon_map_least"});
  CoreModel model;
  model.limits.neurons = core.maybe("neurons", read_number, count);
  model.limits.neuron_groups = core.maybe("neuron_groups", read_number, count);
  model.limits.input_axons = core.maybe("input_axons", read_number, count);
  model.limits.axon_map = core.maybe("axon_map", read_number, count);
  model.limits.synapse_words = core.maybe("synapse_words", read_number, count);
  model.limits.pool_words = core.maybe("pool_words", read_number, count);
  model.encoding.word_bits = core.require("word_bits", read_number, count);
  model.encoding.index_bits = core.require("index_bits", read_number, Range::not_negative());
  model.encoding.header_bits = core.require("header_bits", read_number, Range::not_negative());
  model.encoding.block = core.maybe("block", read_number, count);
  model.axon_map_base = core.require("axon_map_base", read_number, Range::not_negative());
  model.axon_map_least = core.require("axon_map_least", read_number, Range::not_negative());
  return model;
}

MeshShape read_mesh(TomlTable& root) {
  const Range side{1.0, 128.0};
  Section mesh(root, "mesh", {"columns", "rows", "cores_per_router", "usable_cores"});
  MeshShape shape{mesh.require("columns", read_number, side),
                  mesh.require("rows", read_number, side),
                  mesh.require("cores_per_router", read_number, side),
                  mesh.require("usable_cores", read_number, count)};
  // Placing cores takes time with the third power of their number.
  constexpr std::uint32_t most = 1024;
  if (shape.cores() > most)
    mesh.fail(fmt::format("{} cores on one chip; at most {} can be placed", shape.cores(), most));
  return shape;
}

TimeCosts read_times(TomlTable& root) {
  Section time(root, "time",
               {"neuron_update", "synaptic_operation", "word_read", "message", "barrier"});
  return {time.require("neuron_update", read_time, Range::positive()),
          time.require("synaptic_operation", read_time, Range::positive()),
          time.maybe("word_read", read_time, Range::positive()),
          time.maybe("message", read_time, Range::positive()),
          time.require("barrier", read_time, Range::positive())};
}

EnergyCosts read_energies(TomlTable& root) {
  Section energy(root, "energy",
                 {"neuron_update", "synaptic_operation", "message", "hop_x", "hop_y",
                  "static_power", "io_power"});
  return {energy.require("neuron_update", read_energy, Range::positive()),
          energy.require("synaptic_operation", read_energy, Range::positive()),
          energy.require("message", read_energy, Range::positive()),
          energy.require("hop_x", read_energy, Range::positive()),
          energy.require("hop_y", read_energy, Range::positive()),
          energy.maybe("static_power", read_power, Range::positive()),
          energy.maybe("io_power", read_power, Range::positive())};
}

CalibrationPoint read_point(TomlTable table) {
  table.known({"name", "workload", "evidence", "source", "largest_neurons", "largest_operations",
               "neurons", "operations", "step_time", "step_energy"});
  CalibrationPoint point;
  point.name = table.require("name", "name = \"what was measured\"").text();
  point.workload = table.text("workload", point.name);
  point.evidence = read_evidence(table);
  point.source = read_source(table);
  const Range load = Range::not_negative();
  point.largest_neurons =
      table.require("largest_neurons", "largest_neurons = 50, of the fullest core").number(load);
  point.largest_operations = table.number("largest_operations", 0.0, load);
  point.neurons = table.require("neurons", "neurons = 276, on all cores").number(load);
  point.operations = table.number("operations", 0.0, load);
  point.step_time = table.require("step_time", "step_time = \"2.6 us\"").time(Range::positive());
  if (const auto energy = table.find("step_energy"))
    point.step_energy = energy->energy(Range::positive());
  return point;
}

ComparisonRow read_row(TomlTable table) {
  table.known(
      {"inputs", "hidden", "outputs", "steps", "batch", "latency", "energy", "dynamic_energy"});
  const auto whole = [&](const char* key) {
    return static_cast<std::uint32_t>(
        table.require(key, fmt::format("{} = 256", key)).integer(1, 1'000'000'000));
  };
  ComparisonRow row;
  row.inputs = whole("inputs");
  row.hidden = whole("hidden");
  row.outputs = whole("outputs");
  row.steps = whole("steps");
  row.batch = whole("batch");
  row.latency = table.require("latency", "latency = \"25 ms\"").time(Range::positive());
  row.energy = table.require("energy", "energy = \"80 mJ\"").energy(Range::positive());
  row.dynamic_energy =
      table.require("dynamic_energy", "dynamic_energy = \"20 mJ\"").energy(Range::positive());
  return row;
}

}  // namespace

ChipProfile parse_chip_profile(const std::string& text, const std::string& file) {
  const toml::table document = parse_toml(text, file, manual);
  TomlTable root(file, document, "");
  root.known({"name", "core", "mesh", "time", "energy", "point"});
  ChipProfile profile;
  profile.name = root.require("name", "name = \"Loihi 2\"").text();
  profile.core = read_core(root);
  profile.mesh = read_mesh(root);
  profile.time = read_times(root);
  profile.energy = read_energies(root);
  for (TomlTable& table : root.tables("point"))
    profile.points.push_back(read_point(std::move(table)));
  return profile;
}

Comparison parse_comparison(const std::string& text, const std::string& file) {
  const toml::table document = parse_toml(text, file, manual);
  TomlTable root(file, document, "");
  root.known({"name", "evidence", "source", "row"});
  Comparison comparison;
  comparison.name = root.require("name", "name = \"Jetson Orin Nano\"").text();
  comparison.evidence = read_evidence(root);
  comparison.source = read_source(root);
  for (TomlTable& table : root.tables("row")) comparison.rows.push_back(read_row(std::move(table)));
  return comparison;
}

ChipProfile read_chip_profile(const std::string& path) {
  return parse_chip_profile(read_text_file(path, max_file_size), path);
}

Comparison read_comparison(const std::string& path) {
  return parse_comparison(read_text_file(path, max_file_size), path);
}

}  // namespace retrograde
