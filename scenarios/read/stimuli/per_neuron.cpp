#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/read/network/values.hpp>
#include <retrograde/scenarios/read/stimuli/per_neuron.hpp>

namespace retrograde {

namespace {

double read_one(const TomlValue& value, Quantity quantity, const Range& range) {
  return quantity == Quantity::time ? value.time(range) : value.rate(range);
}

// Distributions know times and numbers. Their rates become numbers of 1/ms.
toml::table rates_as_numbers(const TomlValue& value) {
  toml::table numbers = *value.node().as_table();
  TomlTable written = value.table();
  for (const std::string& key : written.keys()) {
    if (key == "distribution" || key == "sigma" || key == "shape") continue;  // no rates
    const TomlValue rate = *written.find(key);
    numbers.insert_or_assign(key, rate.rate(Range::any()));
  }
  return numbers;
}

Distribution read_draws(const TomlValue& value, Quantity quantity, const Range& range,
                        const Range& clip) {
  if (quantity == Quantity::time) return read_distribution(value, true, range, clip);
  const toml::table numbers = rates_as_numbers(value);
  try {
    const std::string file;
    return read_distribution(TomlValue(file, numbers, ""), false, range, clip);
  } catch (const ScenarioError& error) {
    value.fail(error.message);
  }
}

}  // namespace

PerNeuron read_per_neuron(const TomlValue& value, Quantity quantity, const std::string& key,
                          const NeuronDraws& draws, const Range& range) {
  if (value.is_list()) {
    const auto list = value.list();
    if (list.size() != draws.size)
      value.fail(fmt::format("{} for {} neurons; write one value for all, or one per neuron",
                             value.found(), draws.size));
    PerNeuron all;
    all.values.clear();
    for (const TomlValue& each : list) all.values.push_back(read_one(each, quantity, range));
    return all;
  }
  if (!value.is_table()) return {{read_one(value, quantity, range)}};
  if (value.table().has("file"))
    value.fail("an array of a file is not read here; write a list, or a distribution");
  // Draws of a normal distribution below 0 become 0, where that is allowed.
  Range clip = Range::any();
  if (!range.low_open) clip.low = range.low;
  const Distribution distribution = read_draws(value, quantity, range, clip);
  Random random(draws.seed, key + "/" + draws.population);
  PerNeuron all;
  all.values.resize(draws.size);
  for (std::uint32_t n = 0; n < draws.size; ++n) {
    all.values[n] = distribution.draw(random);
    if (!range.contains(all.values[n]))
      value.fail(fmt::format("neuron {} draws {}; {}: choose the distribution accordingly", n,
                             all.values[n], range.text(quantity == Quantity::time ? "ms" : "kHz")));
  }
  return all;
}

}  // namespace retrograde
