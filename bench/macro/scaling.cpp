// Does a delivery cost more in a large network, from 10^3 to 10^6 neurons of fan-out 100, apart
// from the cache misses that the bare memory traffic has too?
#include "../registration.hpp"

using namespace retrograde::bench;

[[maybe_unused]] static const bool scaling = measure("scaling", scaling_figure);
