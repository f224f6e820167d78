#include <retrograde/adjoint/batch_groups.hpp>

namespace retrograde {

BatchGroups batch_groups(std::size_t trials, const ParameterLayout& layout, std::size_t wanted) {
  constexpr std::size_t room = std::size_t{8} << 20;  // bytes
  const std::size_t groups =
      wanted > 0 ? wanted : std::clamp<std::size_t>(room / (sizeof(double) * layout.size()), 2, 8);
  return {trials, std::max<std::size_t>(wanted > 0 ? 1 : 4, (trials + groups - 1) / groups)};
}

}  // namespace retrograde
