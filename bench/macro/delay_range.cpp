// Does a delivery cost more when delays reach to 500 ms instead of 10?
#include "../registration.hpp"

using namespace retrograde::bench;

[[maybe_unused]] static const bool delay_range = measure("delay_range", delay_range_figure);
