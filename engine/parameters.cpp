#include <fmt/format.h>

#include <retrograde/engine/parameters.hpp>

namespace retrograde {

std::string requirement(ParameterKind kind) {
  const ParameterRange& range = traits(kind).range;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (range.high == largest_amplitude)  // beyond, sums of what arrives could overflow
    return fmt::format("{}, and no larger than {:g}",
                       range.low < 0.0 ? "it must be finite"
                       : range.above   ? "it must be finite and above 0"
                                       : "it must be finite and not negative",
                       range.high);
  if (range.high < infinity)
    return fmt::format("it must lie between {:g} and {:g}{}", range.low, range.high,
                       is_time(kind) ? " ms" : "");
  if (range.low == -infinity) return "it must be finite";
  if (range.low == 0.0 && !range.above) return "it must be finite and not negative";
  return fmt::format("it must be finite and {} {:g}", range.above ? "above" : "at least",
                     range.low);
}

}  // namespace retrograde
