#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/event_file.hpp>
#include <retrograde/scenarios/data/events/raw_file.hpp>
#include <retrograde/scenarios/data/events/stored_numbers.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/suggest.hpp>

namespace retrograde {

namespace {

constexpr double largest_count = std::numeric_limits<std::int32_t>::max();
constexpr double most_units = 1 << 24;              // what is kept per unit fits into memory
constexpr std::uint64_t most_events = 100'000'000;  // of one sample

// Numbers that lie one after the other somewhere in a file.
struct Column {
  std::shared_ptr<const RawFile> file;
  std::uint64_t offset = 0, count = 0;
  hdf5::NumberType type;

  std::vector<std::uint8_t> read(std::uint64_t begin, std::uint64_t end) const {
    return file->read(offset + begin * type.bytes, (end - begin) * type.bytes);
  }
};

class EventFile final : public EventSet {
 public:
  EventFile(const std::string& path, const WorkProgress& progress);
  const EventSetInfo& info() const override { return info_; }
  std::size_t size() const override { return labels_.size(); }
  EventSample sample(std::size_t index) const override;
  int label(std::size_t index) const override { return labels_[index]; }
  std::uint32_t speaker(std::size_t index) const override {
    return speakers_.empty() ? 0 : speakers_[index];
  }
  std::optional<Part> part(std::size_t index) const override {
    if (parts_.empty() || parts_[index] < 0) return std::nullopt;
    return static_cast<Part>(parts_[index]);
  }
  std::optional<Time> duration(std::size_t index) const override {
    if (durations_.empty()) return std::nullopt;
    return durations_[index];
  }

 private:
  void read_head(const hdf5::Reader& reader);
  void read_samples(const hdf5::Reader& reader);
  void read_offsets(const hdf5::Reader& reader);

  EventSetInfo info_;
  Column times_, units_;
  std::vector<std::uint64_t> offsets_;
  std::vector<std::int32_t> labels_;
  std::vector<std::uint32_t> speakers_;
  std::vector<std::int8_t> parts_;
  std::vector<double> durations_;
};

// A column as it lies there, or unpacked into a temporary file.
Column find_column(const hdf5::Reader& reader, const std::shared_ptr<const RawFile>& file,
                   const std::string& path, const WorkProgress& progress) {
  const hdf5::Placement placement = reader.placement(path);
  if (placement.lists || placement.shape.size() != 1)
    reader.fail(path,
                "one list of numbers is needed here, those of sample after sample; /offsets "
                "says where each begins");
  Column column{file, placement.offset.value_or(0), placement.size(), placement.type};
  if (placement.offset || column.count == 0) return column;
  auto unpacked = std::make_shared<RawFile>(RawFile::temporary(
      std::filesystem::temp_directory_path(), fmt::format("{}, {} unpacked", file->name(), path)));
  const std::string what = fmt::format("unpacking {} of {}", path, file->name());
  reader.unpack(path, [&](std::span<const std::uint8_t> piece) {
    unpacked->append(piece);
    if (progress) progress(unpacked->size() / column.type.bytes, column.count, what);
  });
  column.file = std::move(unpacked);
  return column;
}

// A scalar that has to be whole.
double read_whole(const hdf5::Reader& reader, const std::string& path, double low, double high) {
  const auto array = reader.numbers(path);
  if (array.values.size() != 1) reader.fail(path, "one number is needed here; write a scalar");
  const double x = array.values[0];
  if (!(x >= low && x <= high && x == std::floor(x)))
    reader.fail(path,
                fmt::format("it is {}; a whole number from {} to {} is needed", x, low, high));
  return x;
}

// A whole number for each sample, as T.
template <typename T>
std::vector<T> read_per_sample(const hdf5::Reader& reader, const std::string& path,
                               std::size_t samples, double low, double high, const char* meaning) {
  const auto array = reader.numbers(path);
  if (array.values.size() != samples)
    reader.fail(path,
                fmt::format("{} values for {} samples (so many as /labels has); write one for "
                            "each",
                            array.values.size(), samples));
  std::vector<T> result(samples);
  for (std::size_t k = 0; k < samples; ++k) {
    const double x = array.values[k];
    if (!(x >= low && x <= high && x == std::floor(x)))
      reader.fail(path, fmt::format("that of sample {} is {}; {} is needed, from {} to {}", k, x,
                                    meaning, low, high));
    result[k] = static_cast<T>(x);
  }
  return result;
}

std::vector<double> read_durations(const hdf5::Reader& reader, std::size_t samples) {
  auto array = reader.numbers("/durations");
  if (array.values.size() != samples)
    reader.fail("/durations",
                fmt::format("{} values for {} samples (so many as /labels has); write one for each",
                            array.values.size(), samples));
  for (std::size_t k = 0; k < samples; ++k)
    if (!(array.values[k] > 0.0 && array.values[k] <= longest_sample))
      reader.fail("/durations",
                  fmt::format("that of sample {} is {} ms; it is above 0", k, array.values[k]));
  return std::move(array.values);
}

// What may be missing (/parts, say) would be missing in silence where its name is misspelt.
void refuse_unknown(const hdf5::Reader& reader) {
  static const std::vector<std::string> known = {
      "format",  "version", "unit_count", "class_names", "times",    "units",
      "offsets", "labels",  "parts",      "durations",   "speakers", "speaker_names"};
  for (const std::string& name : reader.members("/"))
    if (std::find(known.begin(), known.end(), name) == known.end())
      reader.fail("/" + name,
                  fmt::format("no dataset of this name is read{}; known are {}. Rename it, or take "
                              "it out",
                              suggestion(name, known), fmt::join(known, ", ")));
}

EventFile::EventFile(const std::string& path, const WorkProgress& progress) {
  info_.source = path;
  const hdf5::Reader reader{std::filesystem::path(path)};
  const auto file = std::make_shared<const RawFile>(path);
  read_head(reader);
  read_samples(reader);
  times_ = find_column(reader, file, "/times", progress);
  if (!times_.type.floating) reader.fail("/times", "times are floats in ms here; write float64");
  units_ = find_column(reader, file, "/units", progress);
  if (units_.type.floating)
    reader.fail("/units", "units are integers here; write uint16 or uint32");
  if (units_.count != times_.count)
    reader.fail("/units", fmt::format("{} units, but {} times; each event has one of both",
                                      units_.count, times_.count));
  read_offsets(reader);
}

void EventFile::read_head(const hdf5::Reader& reader) {
  if (!reader.has("/format") || reader.text("/format") != "retrograde events")
    reader.fail("/format",
                "it is not \"retrograde events\": this is no file of that format; "
                "docs/data.md shows how to write one");
  if (const double version = read_whole(reader, "/version", 0, largest_count); version != 1)
    reader.fail("/version", fmt::format("it is {}, and this program reads version 1; read it with "
                                        "a newer one",
                                        version));
  refuse_unknown(reader);
  info_.units = static_cast<std::uint32_t>(read_whole(reader, "/unit_count", 1, most_units));
  info_.class_names = reader.texts("/class_names").values;
  if (info_.class_names.empty()) reader.fail("/class_names", "it is empty; name every class");
  if (reader.has("/speakers") != reader.has("/speaker_names"))
    reader.fail("/speaker_names",
                "/speakers and /speaker_names belong together; write both or none");
  if (reader.has("/speaker_names")) info_.speakers = reader.texts("/speaker_names").values;
  for (const auto& [path, names] : {std::pair("/class_names", &info_.class_names),
                                    std::pair("/speaker_names", &info_.speakers)}) {
    // Two of one name could not be told apart where samples are held out by it.
    std::vector<std::string> sorted = *names;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end())
      reader.fail(path,
                  fmt::format("\"{}\" stands there twice; give each a name of its own", *twice));
  }
}

void EventFile::read_samples(const hdf5::Reader& reader) {
  const hdf5::Shape shape = reader.placement("/labels").shape;
  if (shape.size() != 1 || shape[0] == 0)
    reader.fail("/labels",
                "a list of at least one label is needed here; write one for each sample");
  const std::size_t samples = shape[0];
  labels_ = read_per_sample<std::int32_t>(reader, "/labels", samples, 0,
                                          static_cast<double>(info_.class_names.size()) - 1,
                                          "a position in /class_names");
  if (reader.has("/speakers"))
    speakers_ = read_per_sample<std::uint32_t>(reader, "/speakers", samples, 0,
                                               static_cast<double>(info_.speakers.size()) - 1,
                                               "a position in /speaker_names");
  if (reader.has("/parts"))
    parts_ = read_per_sample<std::int8_t>(reader, "/parts", samples, -1, 2,
                                          "a part (0 train, 1 validation, 2 test, -1 none)");
  if (reader.has("/durations")) durations_ = read_durations(reader, samples);
}

void EventFile::read_offsets(const hdf5::Reader& reader) {
  const auto array = reader.numbers("/offsets");
  if (array.values.size() != labels_.size() + 1)
    reader.fail("/offsets",
                fmt::format("{} offsets for {} samples; one more than samples is needed: "
                            "where each begins, and where the last ends",
                            array.values.size(), labels_.size()));
  offsets_.resize(array.values.size());
  for (std::size_t k = 0; k < offsets_.size(); ++k) {
    const double x = array.values[k], low = k == 0 ? 0.0 : array.values[k - 1];
    const auto events = static_cast<double>(times_.count);
    if (!(x >= low && x <= events && x == std::floor(x)) || (k == 0 && x != 0) ||
        (k + 1 == offsets_.size() && x != events))
      reader.fail("/offsets",
                  fmt::format("offset {} is {}; they begin with 0, never fall and end with the "
                              "number of events, {}",
                              k, x, times_.count));
    offsets_[k] = static_cast<std::uint64_t>(x);
    if (k > 0 && offsets_[k] - offsets_[k - 1] > most_events)
      reader.fail("/offsets", fmt::format("sample {} has {} events; at most {} are read", k - 1,
                                          offsets_[k] - offsets_[k - 1], most_events));
  }
}

EventSample EventFile::sample(std::size_t index) const {
  const std::uint64_t begin = offsets_[index], end = offsets_[index + 1];
  EventSample sample;
  sample.times = decode_numbers(times_.read(begin, end), times_.type);
  DecodedUnits units = decode_units(units_.read(begin, end), units_.type, info_.units);
  if (units.wrong >= 0)
    throw FormatError(
        info_.source, "/units",
        fmt::format("event {} of sample {} is of unit {}; /unit_count says that units "
                    "are 0 to {}",
                    units.wrong, index, units.found, info_.units - 1));
  sample.units = std::move(units.units);
  if (const std::string fault = time_fault(sample); !fault.empty())
    throw FormatError(info_.source, "/times", fmt::format("sample {}: {}", index, fault));
  put_in_order(sample);
  return sample;
}

}  // namespace

std::shared_ptr<const EventSet> open_event_file(const std::string& path,
                                                const WorkProgress& progress) {
  return std::make_shared<EventFile>(path, progress);
}

}  // namespace retrograde
