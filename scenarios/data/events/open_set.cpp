#include <filesystem>
#include <fmt/format.h>
#include <string_view>
#include <system_error>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/events/heidelberg.hpp>
#include <retrograde/scenarios/data/events/kept/kept_events.hpp>
#include <retrograde/scenarios/data/events/n_mnist.hpp>
#include <retrograde/scenarios/data/events/open_set.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

OpenedSet open_folder(const fs::path& folder) {
  const bool shd = has_heidelberg(folder, "shd"), ssc = has_heidelberg(folder, "ssc");
  if (shd && ssc)
    throw IoError(folder.string(),
                  "it holds both shd_*.h5 and ssc_*.h5; move one of the sets, or name one file");
  if (shd)
    return {"shd", "Spiking Heidelberg Digits",
            open_heidelberg(find_heidelberg(folder, "shd"), folder.string())};
  if (ssc)
    return {"ssc", "Spiking Speech Commands",
            open_heidelberg(find_heidelberg(folder, "ssc"), folder.string())};
  if (has_n_mnist(folder)) return {"n_mnist", "N-MNIST", open_n_mnist(folder)};
  if (has_event_folder(folder)) return {"events", "a folder of spikes", open_event_folder(folder)};
  throw IoError(
      folder.string(),
      "no set of events is in it: neither shd_train.h5 and shd_test.h5, nor ssc_train.h5, "
      "ssc_valid.h5 and ssc_test.h5, nor the folders Train/0 to Test/9 of N-MNIST, nor "
      "folders of classes with a file of spikes per sample; of our own format, name the file");
}

// The part that a file of the Heidelberg sets is, by its name.
std::optional<Part> part_named(const std::string& stem) {
  for (const auto& [ending, part] :
       {std::pair{"_train", Part::train}, std::pair{"_valid", Part::validation},
        std::pair{"_test", Part::test}})
    if (stem.ends_with(ending)) return part;
  return std::nullopt;
}

// Whether it is a set that people write by hand, and not one in HDF5: what is no file, packed, or called
// HDF5 is left to the reader of these, which says what to do.
bool is_kept(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  const std::vector<std::uint8_t> beginning = read_beginning(path, 8);
  const std::string ending = fs::path(path).extension().string();
  const bool packed =
      (beginning.size() > 1 && beginning[0] == 0x1f && beginning[1] == 0x8b) || ending == ".zip";
  return !hdf5::is_hdf5(beginning) && !packed && ending != ".h5" && ending != ".hdf5";
}

}  // namespace

OpenedSet open_event_set(const std::string& path, const WorkProgress& progress) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return open_folder(path);
  if (is_kept(path))
    return {"events", "labelled events", open_events(path, std::nullopt, progress)};
  bool ours, heidelberg;
  {
    const hdf5::Reader reader{fs::path(path)};
    ours = reader.has("/format");
    heidelberg = reader.has("/spikes/times");
  }
  if (ours) return {"events", "labelled events", open_event_file(path, progress)};
  const fs::path file(path);
  if (heidelberg)
    return {file.filename().string().starts_with("ssc") ? "ssc" : "shd",
            "a file of the Heidelberg sets",
            open_heidelberg({{file, part_named(file.stem().string())}}, path)};
  throw FormatError(
      path, "/format",
      "an HDF5 file, but no set of events: neither our own format (/format, /times) "
      "nor that of the Heidelberg sets (/spikes/times); docs/data.md says how to write "
      "one");
}

std::shared_ptr<const EventSet> open_events(const std::string& path,
                                            std::optional<std::uint32_t> unit_count,
                                            const WorkProgress& progress) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return open_event_folder(path, unit_count);
  if (!is_kept(path)) {
    if (unit_count)
      throw FormatError(path, "/unit_count",
                        "the file says it itself; take unit_count out of [data]");
    return open_event_file(path, progress);
  }
  const std::vector<std::uint8_t> bytes = read_file(path);
  if (is_zip(read_beginning(path, 8))) return parse_npz_events(bytes, path, unit_count);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    throw FormatError(path, zero,
                      "it is no set of events: neither HDF5 nor NPZ nor text (CSV); docs/data.md "
                      "says how to write one");
  return parse_csv_events(text, path, unit_count);
}

}  // namespace retrograde
