#include <cmath>

#include <retrograde/hardware/chip_profile.hpp>

namespace retrograde {

std::uint32_t MeshShape::cores() const {
  return static_cast<std::uint32_t>(columns.value.low) *
         static_cast<std::uint32_t>(rows.value.low) *
         static_cast<std::uint32_t>(cores_per_router.value.low);
}

std::uint64_t limit_of(const std::optional<Constant>& constant) {
  return constant ? static_cast<std::uint64_t>(std::floor(constant->value.low)) : 0;
}

const char* name(Evidence evidence) {
  switch (evidence) {
    case Evidence::measured:
      return "measured";
    case Evidence::published:
      return "published";
    case Evidence::inferred:
      return "inferred";
  }
  return "inferred";
}

}  // namespace retrograde
