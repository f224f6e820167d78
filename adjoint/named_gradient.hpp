// A gradient by name: gradient_by_name(network, gradient, "in->h", ParameterKind::weight), the mirror of
// values_of (engine/network/named_values.hpp), which says what is called how.
#pragma once

#include <span>
#include <string_view>

#include <retrograde/adjoint/gradient.hpp>
#include <retrograde/engine/network/named_values.hpp>

namespace retrograde {

// dL/dvalue of one kind of one population or projection, in the order of values_of. As long as the flat
// gradient stands, which lies as `layout` says. Throws NetworkError as parameter_block does, and where
// the gradient was made without those of delays.
std::span<const double> gradient_by_name(const Network& network, const GradientLayout& layout,
                                         std::span<const double> gradient, std::string_view owner,
                                         ParameterKind kind);
inline std::span<const double> gradient_by_name(const Network& network, const Gradient& gradient,
                                                std::string_view owner, ParameterKind kind) {
  return gradient_by_name(network, gradient.layout, gradient.parameters, owner, kind);
}

}  // namespace retrograde
