#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/network/values.hpp>
#include <retrograde/scenarios/read/stimuli/initial_table.hpp>

namespace retrograde {

namespace {

std::string current_key(std::size_t receptor) {
  return receptor == 0 ? "i_init" : fmt::format("i_init_{}", receptor + 1);
}

bool has_threshold(const PopulationSpec& spec) {
  return spec.model->fires() && spec.model.has(ParameterKind::v_threshold, spec.receptors);
}

// A V that is written has to lie below the threshold of its neuron.
void check_below(const TomlValue& value, const PopulationSpec& spec,
                 const std::vector<double>& values) {
  if (!has_threshold(spec)) return;
  const auto of = [](const std::vector<double>& all, std::uint32_t n) {
    return all[all.size() == 1 ? 0 : n];
  };
  for (std::uint32_t n = 0; n < spec.size; ++n)
    if (!(of(values, n) < of(spec.v_threshold, n)))
      value.fail(fmt::format("neuron {} would begin at {}, and its v_threshold is {}; begin below",
                             n, of(values, n), of(spec.v_threshold, n)));
}

InitialRow read_row(const TomlValue& value, const std::string& key, const PopulationSpec& spec,
                    NeuronId first, int receptor) {
  InitialRow row{first, spec.size, receptor, {}, {}, key + "/" + spec.name, {}};
  const Range amplitudes{-largest_amplitude, largest_amplitude};
  if (value.is_table()) {
    row.draw = [distribution = read_distribution(value, false, amplitudes, amplitudes)](
                   Random& random) { return distribution.draw(random); };
    if (receptor < 0 && has_threshold(spec)) row.below = spec.v_threshold;
    return row;
  }
  if (value.is_list()) {
    for (const TomlValue& each : value.list()) row.values.push_back(each.number(amplitudes));
    if (row.values.size() != spec.size)
      value.fail(
          fmt::format("{} for {} neurons; write one value for all, one per neuron, or a "
                      "distribution",
                      value.found(), spec.size));
  } else {
    row.values = {value.number(amplitudes)};
  }
  if (receptor < 0) check_below(value, spec, row.values);
  return row;
}

// A first draw of each neuron shows that one can be found.
void check_draws(const TomlValue& value, const InitialRow& row, std::uint64_t seed) {
  if (!row.draw || row.below.empty()) return;
  InitialRow alone = row;  // whose neurons are numbered within the population
  alone.first = 0;
  try {
    InitialValues({alone}, row.size, seed).of(0);
  } catch (const NumericalError& error) {
    value.fail(fmt::format(
        "of neuron {} no draw comes to lie below {}, its v_threshold{}; choose another "
        "distribution, "
        "or a higher threshold",
        *error.neuron, row.below[row.below.size() == 1 ? 0 : *error.neuron],
        row.below.size() == 1 && row.size > 1 ? " or what learning may make of it" : ""));
  }
}

// A learned threshold may come down to V.
void begin_below(const TomlValue& value, double lowest, InitialRow& row) {
  if (row.draw) {
    row.below = {lowest};
    return;
  }
  for (const double v : row.values)
    if (!(v < lowest))
      value.fail(
          fmt::format("V would begin at {}, and learning may take v_threshold down to {}; "
                      "begin below, or raise v_threshold_min",
                      v, lowest));
}

}  // namespace

std::vector<std::string> initial_keys() {
  std::vector<std::string> keys{"v_init"};
  for (std::size_t r = 0; r < max_receptors; ++r) keys.push_back(current_key(r));
  return keys;
}

std::vector<InitialRow> read_initial(TomlTable& table, const PopulationSpec& spec,
                                     std::optional<double> lowest, NeuronId first,
                                     std::uint64_t seed) {
  std::vector<InitialRow> rows;
  if (spec.model->is_input()) return rows;
  if (const auto v = table.find("v_init")) {
    rows.push_back(read_row(*v, "v_init", spec, first, -1));
    if (lowest) begin_below(*v, *lowest, rows.back());
    check_draws(*v, rows.back(), seed);
  }
  for (std::size_t r = 0; r < max_receptors; ++r) {
    const std::string key = current_key(r);
    const auto current = table.find(key);
    if (!current) continue;
    if (!spec.model->has_receptors() && !spec.model.has(ParameterKind::tau_syn, spec.receptors))
      current->fail(
          fmt::format("{} has no current, since arrivals are jumps of V; remove it, or "
                      "write v_init",
                      name(spec.model)));
    if (r >= spec.receptors.size())
      current->fail(
          fmt::format("{} has {} receptors; list one more shape in receptors, or remove "
                      "it",
                      spec.name, spec.receptors.size()));
    if (spec.receptors[r] == SynapseShape::alpha)
      current->fail(
          fmt::format("receptor {} is alpha, whose current begins at 0; remove it", r + 1));
    rows.push_back(read_row(*current, key, spec, first, static_cast<int>(r)));
  }
  return rows;
}

}  // namespace retrograde
