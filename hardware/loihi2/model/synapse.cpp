#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/synapse.hpp>

namespace retrograde::loihi2 {

namespace {

DeploymentError too_wide(std::int32_t weight) {
  return {"weights", "weight",
          fmt::format("{} does not fit the chip's 8 bits; quantise with a larger scale", weight)};
}

}  // namespace

SignMode sign_mode_of(std::span<const std::int32_t> weights) {
  const auto not_negative = [](std::int32_t w) { return w >= 0; };
  const auto not_positive = [](std::int32_t w) { return w <= 0; };
  if (std::all_of(weights.begin(), weights.end(), not_negative)) return SignMode::excitatory;
  if (std::all_of(weights.begin(), weights.end(), not_positive)) return SignMode::inhibitory;
  return SignMode::mixed;
}

std::int32_t stored_weight(std::int32_t weight, const WeightFormat& format) {
  const int lost = weight_bits_max - format.bits + (format.sign == SignMode::mixed ? 1 : 0);
  const std::int32_t unit = 1 << lost;
  switch (format.sign) {
    case SignMode::mixed:
      return (std::clamp(weight, -256, 255) >> lost) * unit;
    case SignMode::excitatory:
      return (std::clamp(weight, 0, 255) >> lost) * unit;
    case SignMode::inhibitory:
      return -((-std::clamp(weight, -255, 0) >> lost) * unit);
  }
  throw InternalError("stored_weight: unknown sign mode");
}

PackedWeights pack_weights(std::span<const std::int32_t> integers) {
  PackedWeights packed;
  packed.format.sign = sign_mode_of(integers);
  const bool mixed = packed.format.sign == SignMode::mixed;
  std::int32_t low = 0, high = 0;
  std::uint32_t used = 0;  // all bits that occur in a magnitude
  for (const std::int32_t n : integers) {
    low = std::min(low, n);
    high = std::max(high, n);
    used |= static_cast<std::uint32_t>(std::abs(n));
  }
  if (low < -256 || high > 255) throw too_wide(low < -256 ? low : high);
  if (used == 0) {
    packed.weights.assign(integers.size(), 0);
    return packed;
  }
  // Inhibitory weights end at -255 when stored, so 255 and not Lava's 256 bounds their scale: a
  // lone -128 would otherwise be shifted to -256 and lose a unit.
  double scale = 255.0 / std::max(high, -low);
  if (mixed) scale = std::min(127.0 / high, -128.0 / low);
  const int k = static_cast<int>(std::floor(std::log2(scale))) + (mixed ? 1 : 0);
  const int even = std::min(8, std::countr_zero(used));
  packed.format.exponent = -k;
  packed.format.bits = std::clamp(weight_bits_max - k - even + (mixed ? 1 : 0), 1, weight_bits_max);
  packed.weights.reserve(integers.size());
  for (const std::int32_t n : integers) {
    const std::int32_t stored = stored_weight(k >= 0 ? n * (1 << k) : n >> -k, packed.format);
    if (shifted(stored, packed.format.exponent) != n) throw too_wide(n);
    packed.weights.push_back(stored);
  }
  return packed;
}

}  // namespace retrograde::loihi2
