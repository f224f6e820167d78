#include <filesystem>
#include <fstream>
#include <string>
#include <vector>
#include <xxhash.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>
#include <retrograde/scenarios/read/stimuli/named_files.hpp>
#include <retrograde/scenarios/run/folder/scenario_identity.hpp>

namespace retrograde {

namespace {

// Piece by piece: the file may be larger than memory.
std::uint64_t with_content(const std::string& path, std::uint64_t hash) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> piece(std::size_t{1} << 20);
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0)
    hash = XXH3_64bits_withSeed(piece.data(), static_cast<std::size_t>(file.gcount()), hash);
  if (!file.eof()) throw IoError(path, "cannot be read to its end; restore the file");
  return hash;
}

template <typename T>
std::uint64_t with_values(const std::vector<T>& values, std::uint64_t hash) {
  return XXH3_64bits_withSeed(values.data(), values.size() * sizeof(T), hash);
}

// The same whether they are in memory or a run folder keeps them.
std::uint64_t with_arrays(const ArrayFile& arrays, std::uint64_t hash) {
  for (const std::string& name : arrays.names()) {
    hash = XXH3_64bits_withSeed(name.data(), name.size(), hash);
    const NumericArray array = arrays.read(name);
    hash = with_values(array.values, with_values(array.shape, hash));
  }
  return hash;
}

}  // namespace

std::uint64_t scenario_identity(const Scenario& scenario) {
  std::uint64_t hash =
      XXH3_64bits_withSeed(scenario.text.data(), scenario.text.size(), scenario.seed);
  for (const std::string& path : named_files(scenario))
    if (std::filesystem::is_regular_file(path)) hash = with_content(path, hash);
  const ArrayPlaces places({}, std::filesystem::path(scenario.file).parent_path(), scenario.arrays);
  for (const std::string& name : named_arrays(scenario))
    if (const auto arrays = memory_arrays(name, places)) hash = with_arrays(*arrays, hash);
  return hash;
}

}  // namespace retrograde
