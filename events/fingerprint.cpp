#define XXH_INLINE_ALL
#include <array>
#include <fmt/format.h>
#include <xxhash.h>

#include <retrograde/events/fingerprint.hpp>

namespace retrograde {

void Fingerprint::add(std::uint64_t bits) {
  const std::array<std::uint64_t, 2> chained{hash_, bits};
  hash_ = XXH3_64bits(chained.data(), sizeof chained);
}

void Fingerprint::add(std::span<const double> values) {
  add(std::uint64_t{values.size()});
  add(XXH3_64bits(values.data(), values.size_bytes()));
}

std::string Fingerprint::text() const { return fmt::format("{:016x}", hash_); }

}  // namespace retrograde
