#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/chips/constants.hpp>

namespace retrograde {

namespace {

constexpr std::uint64_t max_file_size = std::uint64_t{1} << 20;
constexpr const char* manual = "docs/loihi2.md";

const Range count{1.0, 1e12};

CoreModel read_core(TomlTable& root) {
  ConstantSection core(
      root, "core", manual,
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
  ConstantSection mesh(root, "mesh", manual,
                       {"columns", "rows", "cores_per_router", "usable_cores"});
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
  ConstantSection time(root, "time", manual,
                       {"neuron_update", "synaptic_operation", "word_read", "message", "barrier"});
  return {time.require("neuron_update", read_time, Range::positive()),
          time.require("synaptic_operation", read_time, Range::positive()),
          time.maybe("word_read", read_time, Range::positive()),
          time.maybe("message", read_time, Range::positive()),
          time.require("barrier", read_time, Range::positive())};
}

EnergyCosts read_energies(TomlTable& root) {
  ConstantSection energy(root, "energy", manual,
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
  root.known({"name", "family", "core", "mesh", "time", "energy", "point"});
  if (const auto family = root.find("family")) family->choice({"loihi"});
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
