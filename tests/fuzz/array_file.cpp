#include <cmath>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

namespace {

std::vector<NamedArray> accepted_arrays(const ArrayFile& file) {
  std::vector<NamedArray> accepted;
  for (const std::string& name : file.names()) {
    try {
      accepted.push_back({name, file.read(name)});
    } catch (const Error&) {
      continue;
    }
    const NumericArray& array = accepted.back().array;
    std::size_t count = 1;
    for (const std::size_t length : array.shape) count *= length;
    if (count != array.values.size())
      throw InternalError("an accepted array has not as many values as its shape says");
    for (const double x : array.values)
      if (!std::isfinite(x)) throw InternalError("a value of an accepted array is no number");
  }
  return accepted;
}

}  // namespace

void array_file(std::span<const std::uint8_t> bytes) {
  if (hdf5::is_hdf5(bytes)) return;
  std::vector<NamedArray> arrays;
  try {
    arrays = accepted_arrays(ArrayFile({bytes.begin(), bytes.end()}, "fuzz"));
  } catch (const InternalError&) {
    throw;
  } catch (const Error&) {
    return;
  }
  // Names of their own: those of the file may be what no zip archive takes.
  for (std::size_t k = 0; k < arrays.size(); ++k) arrays[k].name = std::to_string(k);
  const std::string written = array_file_bytes(ArrayFormat::npz, arrays);
  const ArrayFile again({written.begin(), written.end()}, "again");
  for (const auto& [name, array] : arrays) {
    const NumericArray back = again.read(name);
    if (back.shape != array.shape || back.values != array.values)
      throw InternalError("an array does not come back from the file that is written for it");
  }
}

}  // namespace retrograde::fuzz
