#include <string>
#include <xxhash.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/folder/checkpoint.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

namespace {

void read(const std::vector<std::uint8_t>& bytes) {
  Checkpoint checkpoint;
  try {
    checkpoint = parse_checkpoint(bytes, "fuzz.bin");
  } catch (const Error&) {
    return;
  }
  const std::string written = checkpoint_bytes(checkpoint);
  if (!std::equal(written.begin(), written.end(), bytes.begin(), bytes.end(),
                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }))
    throw InternalError("a checkpoint is written otherwise than it was read");
}

void append(std::vector<std::uint8_t>& bytes, std::uint64_t value, int count) {
  for (int k = 0; k < count; ++k) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * k)));
}

}  // namespace

std::vector<std::uint8_t> sealed_checkpoint(std::span<const std::uint8_t> body) {
  const std::string whole = checkpoint_bytes({});
  std::vector<std::uint8_t> bytes(whole.begin(), whole.begin() + 12);  // magic and version
  append(bytes, body.size(), 8);
  bytes.insert(bytes.end(), body.begin(), body.end());
  append(bytes, XXH3_64bits(body.data(), body.size()), 8);
  return bytes;
}

void checkpoint(std::span<const std::uint8_t> bytes) {
  read({bytes.begin(), bytes.end()});
  read(sealed_checkpoint(bytes));
}

}  // namespace retrograde::fuzz
