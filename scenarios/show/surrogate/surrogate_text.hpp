// That a network is trained in steps, by surrogate gradients, and how.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <retrograde/adjoint/stepped/stepped_spec.hpp>
#include <retrograde/engine/network/network.hpp>

namespace retrograde {

// "in steps of 10 ms by surrogate gradients: arctangent of slope 5; gaussian kernels of up to 25
// taps, 12 to 0.23 steps wide; batch normalisation of hidden"
std::string surrogate_text(const SteppedSpec& spec, const Network& network);

// As a scenario calls them.
std::string_view name(SurrogateShape shape);
std::string_view name(KernelShape shape);

// "1.2 GB"
std::string memory_text(std::uint64_t bytes);

}  // namespace retrograde
