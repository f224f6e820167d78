#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <span>
#include <system_error>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/heidelberg.hpp>
#include <retrograde/scenarios/data/events/number_lists.hpp>
#include <retrograde/scenarios/data/events/raw_file.hpp>
#include <retrograde/scenarios/data/events/stored_numbers.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/readable.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

constexpr double ms_per_s = 1000.0;
constexpr double most_classes = 100'000;

struct PartFile {
  const char* suffix;
  Part part;
};
constexpr std::array shd_files = {PartFile{"_train", Part::train}, PartFile{"_test", Part::test}};
constexpr std::array ssc_files = {PartFile{"_train", Part::train},
                                  PartFile{"_valid", Part::validation},
                                  PartFile{"_test", Part::test}};

std::span<const PartFile> files_of(std::string_view prefix) {
  if (prefix == "shd") return shd_files;
  return ssc_files;
}

constexpr std::array packed_endings = {".h5.gz", ".h5.zip", ".zip", ".h5.bz2"};

// The packed form of a file that is there, or nothing.
fs::path packed_form(const fs::path& folder, const std::string& stem) {
  std::error_code ignored;
  for (const char* ending : packed_endings)
    if (fs::exists(folder / (stem + ending), ignored)) return folder / (stem + ending);
  return {};
}

// One of the files of a set.
struct Volume {
  Volume(const HeidelbergFile& file, std::map<std::string, std::uint32_t>& speaker_numbers);
  void check_lengths(const hdf5::Reader& reader) const;

  std::string path;
  std::optional<Part> part;
  std::vector<std::string> class_names;  // empty: unnamed
  std::vector<std::int32_t> labels;
  std::vector<std::string> speakers;  // of each sample; empty: unknown
  std::unique_ptr<const NumberLists> times, units;
};

std::vector<std::string> read_class_names(const hdf5::Reader& reader) {
  if (!reader.has("/extra/keys")) return {};
  std::vector<std::string> names = reader.texts("/extra/keys").values;
  // A name that is no UTF-8 cannot be shown; its number can.
  for (std::size_t k = 0; k < names.size(); ++k)
    if (names[k].empty() || !is_utf8(names[k])) names[k] = fmt::format("{}", k);
  return names;
}

std::vector<std::int32_t> read_labels(const hdf5::Reader& reader,
                                      const std::vector<std::string>& names) {
  const auto array = reader.numbers("/labels");
  if (array.shape.size() != 1 || array.values.empty())
    reader.fail("/labels",
                "a list with a label for each sample is needed here; get the file again");
  const double classes = names.empty() ? most_classes : static_cast<double>(names.size());
  std::vector<std::int32_t> labels(array.values.size());
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const double x = array.values[k];
    if (!(x >= 0 && x < classes && x == std::floor(x)))
      reader.fail("/labels",
                  fmt::format("that of sample {} is {}; there are {} classes, and labels "
                              "are whole numbers from 0 on",
                              k, x, classes));
    labels[k] = static_cast<std::int32_t>(x);
  }
  return labels;
}

std::vector<std::string> read_speakers(const hdf5::Reader& reader, std::size_t samples) {
  constexpr const char* path = "/extra/speaker";
  if (!reader.has(path)) return {};
  std::vector<std::string> speakers;
  if (reader.holds_texts(path))
    speakers = reader.texts(path).values;
  else
    for (const double x : reader.numbers(path).values) speakers.push_back(fmt::format("{}", x));
  if (speakers.size() != samples)
    reader.fail(path, fmt::format("{} speakers for {} samples; get the file again", speakers.size(),
                                  samples));
  return speakers;
}

Volume::Volume(const HeidelbergFile& file, std::map<std::string, std::uint32_t>& speaker_numbers)
    : path(file.path.string()), part(file.part) {
  const hdf5::Reader reader(file.path);
  if (!reader.has("/spikes/times") || !reader.has("/spikes/units") || !reader.has("/labels"))
    reader.fail(
        "/spikes/times",
        "/spikes/times, /spikes/units and /labels are what such a file has, and one of them "
        "is missing: this is another kind of file");
  const auto raw = std::make_shared<const RawFile>(file.path);
  class_names = read_class_names(reader);
  labels = read_labels(reader, class_names);
  speakers = read_speakers(reader, labels.size());
  for (const std::string& speaker : speakers) speaker_numbers.emplace(speaker, 0);
  times = std::make_unique<const NumberLists>(reader, raw, "/spikes/times");
  units = std::make_unique<const NumberLists>(reader, raw, "/spikes/units");
  check_lengths(reader);
}

void Volume::check_lengths(const hdf5::Reader& reader) const {
  if (!times->type().floating) reader.fail("/spikes/times", "times are floats here, in seconds");
  if (units->type().floating) reader.fail("/spikes/units", "units are integers here");
  if (times->size() != labels.size() || units->size() != labels.size())
    reader.fail("/spikes", fmt::format("{} lists of times, {} of units, {} labels; each sample has "
                                       "one of each, so the file is damaged, get it again",
                                       times->size(), units->size(), labels.size()));
  for (std::size_t k = 0; k < labels.size(); ++k)
    if (times->length(k) != units->length(k))
      reader.fail("/spikes",
                  fmt::format("sample {} has {} times, but {} units; the file is damaged, "
                              "get it again",
                              k, times->length(k), units->length(k)));
}

class HeidelbergSet final : public EventSet {
 public:
  HeidelbergSet(const std::vector<HeidelbergFile>& files, std::string source);
  const EventSetInfo& info() const override { return info_; }
  std::size_t size() const override { return first_.back(); }
  EventSample sample(std::size_t index) const override;
  int label(std::size_t index) const override {
    const auto [volume, k] = at(index);
    return volume->labels[k];
  }
  std::uint32_t speaker(std::size_t index) const override {
    return speakers_.empty() ? 0 : speakers_[index];
  }
  std::optional<Part> part(std::size_t index) const override { return at(index).first->part; }

 private:
  std::pair<const Volume*, std::size_t> at(std::size_t index) const {
    const auto next = std::upper_bound(first_.begin(), first_.end(), index);
    const auto v = static_cast<std::size_t>(next - first_.begin()) - 1;
    return {&volumes_[v], index - first_[v]};
  }
  void name_classes();
  void number_speakers(std::map<std::string, std::uint32_t>& numbers);

  EventSetInfo info_;
  std::vector<Volume> volumes_;
  std::vector<std::size_t> first_ = {0};  // sample of each volume, and the end
  std::vector<std::uint32_t> speakers_;
};

HeidelbergSet::HeidelbergSet(const std::vector<HeidelbergFile>& files, std::string source) {
  info_.source = std::move(source);
  info_.units = heidelberg_units;
  std::map<std::string, std::uint32_t> numbers;
  for (const HeidelbergFile& file : files) {
    volumes_.emplace_back(file, numbers);
    first_.push_back(first_.back() + volumes_.back().labels.size());
  }
  name_classes();
  number_speakers(numbers);
}

void HeidelbergSet::name_classes() {
  std::int32_t largest = 0;
  for (const Volume& volume : volumes_) {
    if (volume.class_names != volumes_[0].class_names)
      throw FormatError(volume.path, "/extra/keys",
                        fmt::format("its classes are not those of {}: the two do not belong "
                                    "together",
                                    volumes_[0].path));
    largest = std::max(largest, *std::max_element(volume.labels.begin(), volume.labels.end()));
  }
  info_.class_names = volumes_[0].class_names;
  if (info_.class_names.empty())
    for (std::int32_t k = 0; k <= largest; ++k) info_.class_names.push_back(fmt::format("{}", k));
}

// Speakers in the order of their names, numbers in that of numbers.
void HeidelbergSet::number_speakers(std::map<std::string, std::uint32_t>& numbers) {
  for (const Volume& volume : volumes_)
    if (volume.speakers.empty()) return;
  for (const auto& [name, number] : numbers) info_.speakers.push_back(name);
  std::stable_sort(info_.speakers.begin(), info_.speakers.end(),
                   [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
  for (std::size_t k = 0; k < info_.speakers.size(); ++k)
    numbers[info_.speakers[k]] = static_cast<std::uint32_t>(k);
  for (Volume& volume : volumes_) {
    for (const std::string& name : volume.speakers) speakers_.push_back(numbers.at(name));
    volume.speakers = {};
  }
}

EventSample HeidelbergSet::sample(std::size_t index) const {
  const auto [volume, k] = at(index);
  EventSample sample;
  sample.times = decode_numbers(volume->times->bytes(k), volume->times->type(), ms_per_s);
  DecodedUnits units = decode_units(volume->units->bytes(k), volume->units->type(), info_.units);
  if (units.wrong >= 0)
    throw FormatError(
        volume->path, "/spikes/units",
        fmt::format("event {} of sample {} is of unit {}; they are 0 to {} in this set: "
                    "the file is damaged, or of another kind",
                    units.wrong, k, units.found, info_.units - 1));
  sample.units = std::move(units.units);
  if (const std::string fault = time_fault(sample); !fault.empty())
    throw FormatError(volume->path, "/spikes/times", fmt::format("sample {}: {}", k, fault));
  put_in_order(sample);
  return sample;
}

}  // namespace

bool has_heidelberg(const fs::path& folder, std::string_view prefix) {
  std::error_code ignored;
  for (const PartFile& file : files_of(prefix)) {
    const std::string stem = std::string(prefix) + file.suffix;
    if (fs::exists(folder / (stem + ".h5"), ignored) || !packed_form(folder, stem).empty())
      return true;
  }
  return false;
}

std::vector<HeidelbergFile> find_heidelberg(const fs::path& folder, std::string_view prefix) {
  std::vector<HeidelbergFile> found;
  std::error_code ignored;
  for (const PartFile& file : files_of(prefix)) {
    const std::string stem = std::string(prefix) + file.suffix;
    const fs::path path = folder / (stem + ".h5");
    if (fs::exists(path, ignored)) {
      found.push_back({path, file.part});
      continue;
    }
    const fs::path packed = packed_form(folder, stem);
    if (!packed.empty())
      throw IoError(packed.string(),
                    fmt::format("it is packed; unpack it with `{} {}`, which makes {}",
                                packed.extension() == ".zip"  ? "unzip"
                                : packed.extension() == ".gz" ? "gunzip"
                                                              : "bunzip2",
                                shell_word(packed.string()), path.filename().string()));
    throw IoError(
        path.string(),
        fmt::format("not found. The set is free to download (zenkelab.org/datasets, CC BY "
                    "4.0; docs/data.md says more); unpack its files, {0}_train.h5 and the "
                    "like, into one folder and name that",
                    prefix));
  }
  return found;
}

std::shared_ptr<const EventSet> open_heidelberg(const std::vector<HeidelbergFile>& files,
                                                std::string source) {
  return std::make_shared<HeidelbergSet>(files, std::move(source));
}

}  // namespace retrograde
