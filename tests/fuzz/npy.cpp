#include <cmath>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/npy.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

void npy(std::span<const std::uint8_t> bytes) {
  NumericArray accepted;
  try {
    accepted = parse_npy(bytes, "fuzz.npy");
  } catch (const Error&) {
    return;
  }
  std::size_t count = 1;
  for (const std::size_t length : accepted.shape) count *= length;
  if (count != accepted.values.size())
    throw InternalError("an accepted array has not as many values as its shape says");
  for (const double x : accepted.values)
    if (!std::isfinite(x)) throw InternalError("a value of an accepted array is no number");
}

}  // namespace retrograde::fuzz
