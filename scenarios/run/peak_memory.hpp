// How much memory this process has had at most, as the system counts it: the largest resident set
// since its start, whoever of its threads needed it.
#pragma once

#include <cstdint>

namespace retrograde {

// In bytes; 0 where the system does not say.
std::uint64_t peak_memory();

}  // namespace retrograde
