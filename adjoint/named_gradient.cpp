#include <fmt/format.h>
#include <string>

#include <retrograde/adjoint/named_gradient.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

std::span<const double> gradient_by_name(const Network& network, const GradientLayout& layout,
                                         std::span<const double> gradient, std::string_view owner,
                                         ParameterKind kind) {
  if (layout.parameters != network.layout() || gradient.size() != layout.size())
    throw NetworkError("gradient",
                       fmt::format("it has {} entries and is of another network, whose gradient "
                                   "has {}; give it with the network that it was made for",
                                   gradient.size(), GradientLayout(network.layout()).size()));
  const ParameterBlock block = parameter_block(network, owner, kind);
  if (layout.count(kind) == 0 && block.size > 0)
    throw NetworkError(block.owner,
                       "this gradient was made without those of delays; ask for them "
                       "(GradientOptions::delays)");
  return gradient.subspan(layout.place(block.begin), block.size);
}

}  // namespace retrograde
