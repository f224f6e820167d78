#include <retrograde/engine/runaway.hpp>
#include <retrograde/engine/windowed/layer_share.hpp>

namespace retrograde {

namespace {

// One more than the neuron; 0: it names none.
std::uint64_t place_of(const std::exception_ptr& failure) try {
  std::rethrow_exception(failure);
} catch (const RunawayError& error) {
  return std::uint64_t{error.neuron} + 1;
} catch (...) {
  return 0;
}

}  // namespace

std::exception_ptr first_failure(const std::exception_ptr& a, const std::exception_ptr& b) {
  if (!a || !b) return a ? a : b;
  return place_of(b) < place_of(a) ? b : a;
}

}  // namespace retrograde
