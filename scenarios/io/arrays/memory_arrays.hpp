// Arrays that a program hands over in memory, and where else arrays are that a scenario names.
//
// Where a scenario says { file = "memory:w" }, w is the name of arrays that the program gave with its
// text. Run folders keep them as files, from where they are read when the program is gone.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/io/arrays/array_file.hpp>

namespace retrograde {

// By their names; what each holds is what a file would: one array without a name (an NPY), or several
// with names (an NPZ).
using MemoryArrays = std::map<std::string, std::vector<NamedArray>, std::less<>>;

// The name behind "memory:"; none: it is that of a file.
std::optional<std::string> memory_name(std::string_view file);

// Where the files of a scenario are.
struct ArrayPlaces {
  std::filesystem::path folder = {};  // from which they are named
  std::filesystem::path kept = {};    // the run folder that keeps arrays, if it is one
  std::shared_ptr<const MemoryArrays> memory = {};  // null: none

  ArrayPlaces() = default;
  ArrayPlaces(std::filesystem::path folder_, std::filesystem::path kept_ = {},
              std::shared_ptr<const MemoryArrays> memory_ = {})
      : folder(std::move(folder_)), kept(std::move(kept_)), memory(std::move(memory_)) {}
};

// The arrays of that name: those in memory, else those that a run folder keeps; none: there are none.
// Throws what ArrayFile throws.
std::optional<ArrayFile> memory_arrays(const std::string& name, const ArrayPlaces& places);

// Writes them into a run folder. Throws IoError.
void keep_arrays(const std::filesystem::path& folder, const MemoryArrays& arrays);

}  // namespace retrograde
