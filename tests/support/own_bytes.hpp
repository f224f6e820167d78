// The bytes of a Heidelberg file that we read ourselves, without the HDF5 library: the references of its
// lists, where they lie in one piece, and the heaps. All others are the library's, which is not made for
// forged files.
#pragma once

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/support/scratch.hpp"

namespace retrograde::test {

struct OwnBytes {
  Bytes file;
  std::vector<std::size_t> places;  // in it
  std::vector<std::size_t> heaps;   // where one begins
};

inline OwnBytes own_bytes(const std::filesystem::path& path) {
  OwnBytes own;
  own.file = read_file(path);
  const hdf5::Reader reader(path);
  for (const char* lists : {"/spikes/times", "/spikes/units"}) {
    const hdf5::Placement placement = reader.placement(lists);
    for (std::size_t k = 0; placement.offset && k < 16 * placement.size(); ++k)
      own.places.push_back(*placement.offset + k);
  }
  constexpr std::string_view signature = "GCOL";
  for (auto at = own.file.begin();; ++at) {
    at = std::search(at, own.file.end(), signature.begin(), signature.end());
    if (at == own.file.end()) return own;
    const auto heap = static_cast<std::size_t>(at - own.file.begin());
    own.heaps.push_back(heap);
    // Its head, and the first objects; most of the rest is free.
    for (std::size_t k = heap; k < std::min(heap + 600, own.file.size()); ++k)
      own.places.push_back(k);
  }
}

}  // namespace retrograde::test
