#include <system_error>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/arrays/memory_arrays.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "memory:";

ArrayFormat format_of(const std::vector<NamedArray>& arrays) {
  return arrays.size() == 1 && arrays[0].name.empty() ? ArrayFormat::npy : ArrayFormat::npz;
}

fs::path kept_at(const fs::path& folder, const std::string& name, ArrayFormat format) {
  return folder / "arrays" / (name + (format == ArrayFormat::npy ? ".npy" : ".npz"));
}

}  // namespace

std::optional<std::string> memory_name(std::string_view file) {
  if (!file.starts_with(prefix)) return std::nullopt;
  return std::string(file.substr(prefix.size()));
}

std::optional<ArrayFile> memory_arrays(const std::string& name, const ArrayPlaces& places) {
  if (places.memory)
    if (const auto found = places.memory->find(name); found != places.memory->end())
      // Shares its life with that of all.
      return ArrayFile({places.memory, &found->second}, std::string(prefix) + name);
  // It becomes the name of a file, of that folder alone.
  if (fs::path(name).filename() != name || name.empty()) return std::nullopt;
  for (const ArrayFormat format : {ArrayFormat::npy, ArrayFormat::npz}) {
    const fs::path path = kept_at(places.kept, name, format);
    std::error_code error;
    if (fs::is_regular_file(path, error)) return ArrayFile(path);
  }
  return std::nullopt;
}

void keep_arrays(const fs::path& folder, const MemoryArrays& arrays) {
  if (arrays.empty()) return;
  fs::create_directories(folder / "arrays");
  for (const auto& [name, all] : arrays)
    write_arrays(kept_at(folder, name, format_of(all)), format_of(all), all);
}

}  // namespace retrograde
