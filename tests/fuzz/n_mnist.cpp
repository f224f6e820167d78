#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/n_mnist.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

void n_mnist(std::span<const std::uint8_t> bytes) {
  EventSample sample;
  try {
    sample = parse_n_mnist(bytes, "fuzz.bin");
  } catch (const Error&) {
    return;
  }
  if (!put_in_order(sample) || !time_fault(sample).empty())
    throw InternalError("the events of an accepted recording are not in order");
  for (const std::uint32_t unit : sample.units)
    if (unit >= n_mnist_units) throw InternalError("a unit that there is not");
}

}  // namespace retrograde::fuzz
