#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <limits>
#include <span>
#include <unistd.h>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/events/raw_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t copied_piece = std::uint64_t{1} << 20;  // bytes

template <typename T>
std::span<const std::uint8_t> bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(T)};
}

// A file with a name of its own that is removed in the end: HDF5 opens files by name.
class NamedTemporary {
 public:
  explicit NamedTemporary(const fs::path& folder) {
    std::string path = (folder / ".retrograde-XXXXXX").string();
    const int descriptor = ::mkstemp(path.data());
    if (descriptor < 0) throw_io_error(path, "create", errno);
    ::close(descriptor);
    path_ = path;
  }
  NamedTemporary(const NamedTemporary&) = delete;
  NamedTemporary& operator=(const NamedTemporary&) = delete;
  ~NamedTemporary() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void copy(const RawFile& from, std::uint64_t begin, std::uint64_t end, AtomicFile& to) {
  std::vector<std::uint8_t> piece;
  for (std::uint64_t at = begin; at < end; at += piece.size()) {
    piece = from.read(at, std::min(copied_piece, end - at));
    to.write({reinterpret_cast<const char*>(piece.data()), piece.size()});
  }
}

}  // namespace

struct EventFileWriter::Open {
  Open(std::string path_, EventSetInfo info_)
      : path(std::move(path_)),
        info(std::move(info_)),
        target(path),
        folder(path == "-"                        ? fs::temp_directory_path()
               : fs::path(path).has_parent_path() ? fs::path(path).parent_path()
                                                  : fs::path(".")),
        times(RawFile::temporary(folder, "times of " + path)),
        units(RawFile::temporary(folder, "units of " + path)) {}

  bool narrow_units() const { return info.units <= std::numeric_limits<std::uint16_t>::max() + 1u; }
  void write_small(hdf5::Writer& writer) const;

  std::string path;
  EventSetInfo info;
  AtomicFile target;
  fs::path folder;
  RawFile times, units;
  std::vector<std::int64_t> offsets = {0};
  std::vector<std::int32_t> labels, speakers, parts;
  std::vector<double> durations;
};

EventFileWriter::EventFileWriter(std::string path, EventSetInfo info) {
  if (info.units == 0 || info.class_names.empty())
    throw ScenarioError(path, 0, 0, "", "a set of events needs at least one unit and one class");
  open_ = std::make_unique<Open>(std::move(path), std::move(info));
}

EventFileWriter::~EventFileWriter() = default;

void EventFileWriter::add(const EventSample& sample, int label, std::uint32_t speaker,
                          std::optional<Part> part, std::optional<Time> duration) {
  Open& file = *open_;
  const auto refuse = [&](const std::string& what) {
    throw FormatError(file.path, "", fmt::format("sample {}: {}", file.labels.size(), what));
  };
  if (sample.times.size() != sample.units.size())
    refuse(fmt::format("{} times, but {} units", sample.times.size(), sample.units.size()));
  if (const std::string fault = time_fault(sample); !fault.empty()) refuse(fault);
  for (const std::uint32_t unit : sample.units)
    if (unit >= file.info.units)
      refuse(fmt::format("unit {}; they are 0 to {}", unit, file.info.units - 1));
  if (label < 0 || static_cast<std::size_t>(label) >= file.info.class_names.size())
    refuse(fmt::format("label {} of {} classes", label, file.info.class_names.size()));
  if (!file.info.speakers.empty() && speaker >= file.info.speakers.size())
    refuse(fmt::format("speaker {} of {}", speaker, file.info.speakers.size()));

  if (duration.has_value() == file.durations.empty() && !file.labels.empty())
    refuse("either all samples have a duration, or none has");
  if (duration && !(*duration > 0.0 && *duration <= longest_sample))
    refuse(fmt::format("a duration of {} ms; it is above 0", *duration));

  if (duration) file.durations.push_back(*duration);
  file.times.append(bytes_of(sample.times));
  if (file.narrow_units()) {
    file.units.append(
        bytes_of(std::vector<std::uint16_t>(sample.units.begin(), sample.units.end())));
  } else {
    file.units.append(bytes_of(sample.units));
  }
  file.offsets.push_back(file.offsets.back() + static_cast<std::int64_t>(sample.times.size()));
  file.labels.push_back(label);
  file.speakers.push_back(static_cast<std::int32_t>(speaker));
  file.parts.push_back(part ? static_cast<std::int32_t>(*part) : -1);
}

void EventFileWriter::Open::write_small(hdf5::Writer& writer) const {
  writer.text("/format", "retrograde events");
  writer.integer("/version", 1);
  writer.integer("/unit_count", static_cast<std::int32_t>(info.units));
  writer.texts("/class_names", info.class_names, {info.class_names.size()});
  writer.numbers("/offsets", offsets, {offsets.size()});
  writer.numbers("/labels", labels, {labels.size()});
  const auto says = [](std::int32_t part) { return part >= 0; };
  if (std::any_of(parts.begin(), parts.end(), says))
    writer.numbers("/parts", parts, {parts.size()});
  if (!durations.empty()) writer.numbers("/durations", durations, {durations.size()});
  if (info.speakers.empty()) return;
  writer.texts("/speaker_names", info.speakers, {info.speakers.size()});
  writer.numbers("/speakers", speakers, {speakers.size()});
}

// HDF5 makes a file with everything but the events, with room for them that takes none on the disk;
// then that is copied into place with the events where the room is.
void EventFileWriter::finish() {
  Open& file = *open_;
  if (file.labels.empty())
    throw FormatError(file.path, "", "no samples; a set of events needs at least one");
  const NamedTemporary skeleton(file.folder);
  struct Room {
    std::uint64_t offset;
    const RawFile* content;
  };
  std::vector<Room> rooms;
  {
    hdf5::Writer writer(skeleton.path());
    file.write_small(writer);
    const auto reserve = [&](const char* path, const RawFile& content, hdf5::NumberType type) {
      if (content.size() == 0 && type.floating)
        writer.numbers(path, std::span<const double>{}, {0});
      else if (content.size() == 0)
        writer.numbers(path, std::span<const std::int32_t>{}, {0});
      else
        rooms.push_back({writer.reserve(path, type, content.size() / type.bytes), &content});
    };
    reserve("/times", file.times, {.floating = true, .bytes = 8});
    reserve("/units", file.units, {.with_sign = false, .bytes = file.narrow_units() ? 2u : 4u});
  }
  std::sort(rooms.begin(), rooms.end(),
            [](const Room& a, const Room& b) { return a.offset < b.offset; });
  const RawFile frame(skeleton.path());
  std::uint64_t at = 0;
  for (const Room& room : rooms) {
    copy(frame, at, room.offset, file.target);
    copy(*room.content, 0, room.content->size(), file.target);
    at = room.offset + room.content->size();
  }
  copy(frame, std::min(at, frame.size()), frame.size(), file.target);
  file.target.commit();
  open_.reset();
}

}  // namespace retrograde
