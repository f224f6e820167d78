#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/chip/netx_values.hpp>

namespace retrograde::netx {

using namespace loihi2;

namespace {

bool all_equal(const std::vector<std::int32_t>& values) {
  return std::all_of(values.begin(), values.end(), [&](std::int32_t v) { return v == values[0]; });
}

}  // namespace

Values::Values(std::span<const std::uint8_t> bytes, const std::string& file,
               const ScenarioLimits& limits)
    : limits_(limits),
      in_(bytes, file,
          {.values = limits.synapses, .members = std::uint64_t{2} * limits.populations}) {}

// Integers in low .. high.
hdf5::Array<std::int32_t> Values::integers(const std::string& path, std::int32_t low,
                                           std::int32_t high, const char* remedy) const {
  const hdf5::Array<double> array = in_.numbers(path);
  hdf5::Array<std::int32_t> result{array.shape, {}};
  result.values.reserve(array.values.size());
  for (std::size_t k = 0; k < array.values.size(); ++k) {
    const double value = array.values[k];
    if (!(value >= low && value <= high) || value != std::floor(value))
      fail(path, fmt::format("value {} is {}; an integer from {} to {} is needed, {}", k, value,
                             low, high, remedy));
    result.values.push_back(static_cast<std::int32_t>(value));
  }
  return result;
}

double Values::number(const std::string& path, double low_open, double high) const {
  const hdf5::Array<double> array = in_.numbers(path);
  if (array.values.size() != 1 || !(array.values[0] > low_open && array.values[0] <= high))
    fail(path, fmt::format("one number above {:g} and up to {:g} is needed here", low_open, high));
  return array.values[0];
}

// One value for each neuron: one for all, or one for each of `groups` neighbouring groups.
std::vector<std::int32_t> Values::per_neuron(const std::string& path, std::uint32_t size,
                                             std::uint64_t groups, std::int32_t low,
                                             std::int32_t high, const char* remedy) const {
  const auto array = integers(path, low, high, remedy);
  const std::size_t count = array.values.size();
  if (count != 1 && count != size && count != groups)
    fail(path,
         groups == size
             ? fmt::format("it has {} values; give one, or {}, one for each neuron", count, size)
             : fmt::format("it has {} values; give one, {}, one for each channel, or {}, one for "
                           "each neuron",
                           count, groups, size));
  std::vector<std::int32_t> result(size);
  for (std::uint32_t n = 0; n < size; ++n)
    result[n] = array.values[std::uint64_t{n} * count / size];
  return result;
}

std::vector<std::uint64_t> Values::shape(const std::string& path) const {
  const auto array = integers(path, 1, static_cast<std::int32_t>(limits_.neurons),
                              "the number of neurons in each direction");
  std::vector<std::uint64_t> shape(array.values.begin(), array.values.end());
  if (shape.empty()) fail(path, "it is empty; give the number of neurons");
  std::uint64_t size = 1;
  for (const std::uint64_t extent : shape) {
    size *= extent;
    if (size > limits_.neurons)
      throw LimitError("neurons", limits_.neurons, static_cast<double>(size),
                       fmt::format("{}: the shape ({}) has more than {} neurons", path,
                                   fmt::join(shape, ", "), limits_.neurons));
  }
  return shape;
}

// (height, width), or one number for both.
std::array<std::uint64_t, 2> Values::pair(const std::string& path, std::int32_t low) const {
  const auto array = integers(path, low, 1 << 20, "for height and width");
  const std::size_t count = array.values.size();
  if (count != 1 && count != 2)
    fail(path, fmt::format("it has {} values; give (height, width), or one for both", count));
  return {static_cast<std::uint64_t>(array.values[0]),
          static_cast<std::uint64_t>(array.values[count - 1])};
}

// Whether a number is there and not 0; mlGeNN writes keys without a value.
bool Values::is_true(const std::string& path) const {
  if (!in_.has(path)) return false;
  try {
    const auto values = in_.numbers(path).values;
    return std::any_of(values.begin(), values.end(), [](double v) { return v != 0; });
  } catch (const FormatError&) {
    return false;
  }
}

// Keys that say something which nobody here knows.
void Values::tell_unknown(const std::string& group, const std::set<std::string>& known) {
  for (const std::string& key : in_.members(group))
    if (!known.contains(key))
      warnings.push_back(fmt::format("{}: a key that lava-dl does not read either; it is ignored",
                                     hdf5::joined(group, key)));
}

// Integers and the format that holds them; where none does, those that lava-dl makes of them.
std::vector<std::int32_t> Values::stored(const std::string& path,
                                         const std::vector<std::int32_t>& weights,
                                         WeightFormat& format) {
  try {
    PackedWeights packed = pack_weights(weights);
    format = packed.format;
    return std::move(packed.weights);
  } catch (const DeploymentError&) {
    format = {sign_mode_of(weights), weight_bits_max, 0};
    std::vector<std::int32_t> result = weights;
    std::size_t changed = 0, first = weights.size();
    for (std::size_t k = 0; k < weights.size(); ++k) {
      result[k] = stored_weight(weights[k], format);
      if (result[k] == weights[k]) continue;
      ++changed;
      first = std::min(first, k);
    }
    warnings.push_back(
        fmt::format("{}: {} of {} weights do not fit 8 bits and are clipped or rounded as lava-dl "
                    "does it; the first, {}, becomes {}",
                    path, changed, weights.size(), weights[first], result[first]));
    return result;
  }
}

hdf5::Array<std::int32_t> Values::weights(const std::string& path) const {
  if (in_.is_group(path))
    fail(path, fmt::format("complex weights, for resonating neurons; {}", as_chip_file));
  constexpr std::int32_t most = 1 << 20;
  auto array = integers(path, -most, most, "the integer that a spike adds; round it");
  return array;
}

Delays Values::delays(const std::string& path, std::uint64_t rows, std::uint64_t columns) {
  Delays d;
  if (!in_.has(path)) return d;
  auto array = integers(path, 0, deployable_delay_limit,
                        "steps without the one of latency; cut longer ones, as lava-dl does");
  const bool matrix = array.shape.size() > 1;
  const std::uint64_t count = array.values.size();
  if (matrix && array.shape[0] == rows && count == rows * columns) {
    d.per_target = columns;
    d.per_source = 1;
  } else if (!matrix && count == rows && rows > 1) {
    d.per_target = 1;
    if (rows == columns && !all_equal(array.values))
      warnings.push_back(fmt::format(
          "{}: as many delays as targets and as sources; they are taken for one per target. A "
          "matrix (targets, sources) is not ambiguous",
          path));
  } else if (!matrix && count == columns && columns > 1) {
    d.per_source = 1;
  } else if (count != 1) {
    fail(path, fmt::format("its shape is ({}); give ({}, {}), one per target or source, or one "
                           "for all",
                           fmt::join(array.shape, ", "), rows, columns));
  }
  d.values = std::move(array.values);
  return d;
}

std::uint64_t size_of(const std::vector<std::uint64_t>& shape) {
  std::uint64_t size = 1;
  for (const std::uint64_t extent : shape) size *= extent;
  return size;
}

}  // namespace retrograde::netx
