#include <algorithm>
#include <fmt/format.h>
#include <system_error>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/n_mnist.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

namespace retrograde {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t event_size = 5;
constexpr std::uint8_t overflow = 240;
constexpr std::uint64_t overflow_us = 1 << 13;
constexpr double us_per_ms = 1000.0;
constexpr int digits = 10;
// The longest recordings have some 10,000 events.
constexpr std::uint64_t largest_file = std::uint64_t{1} << 26;

struct Recording {
  Part part;
  std::uint8_t digit;
  std::string name;
};

const char* folder_name(Part part) { return part == Part::train ? "Train" : "Test"; }

class NMnist final : public EventSet {
 public:
  explicit NMnist(const fs::path& folder);
  const EventSetInfo& info() const override { return info_; }
  std::size_t size() const override { return recordings_.size(); }
  EventSample sample(std::size_t index) const override {
    const Recording& r = recordings_[index];
    const fs::path path = folder_ / folder_name(r.part) / fmt::format("{}", r.digit) / r.name;
    return parse_n_mnist(read_file(path, largest_file), path.string());
  }
  int label(std::size_t index) const override { return recordings_[index].digit; }
  std::uint32_t speaker(std::size_t) const override { return 0; }
  std::optional<Part> part(std::size_t index) const override { return recordings_[index].part; }

 private:
  void find(Part part, std::uint8_t digit);

  fs::path folder_;
  EventSetInfo info_;
  std::vector<Recording> recordings_;
};

NMnist::NMnist(const fs::path& folder) : folder_(folder) {
  info_.source = folder.string();
  info_.units = n_mnist_units;
  for (int digit = 0; digit < digits; ++digit)
    info_.class_names.push_back(fmt::format("{}", digit));
  for (const Part part : {Part::train, Part::test})
    for (std::uint8_t digit = 0; digit < digits; ++digit) find(part, digit);
  // In the order of their names, which is that of MNIST and mixes the classes.
  std::stable_sort(recordings_.begin(), recordings_.end(),
                   [](const Recording& a, const Recording& b) {
                     return a.part != b.part ? a.part < b.part : a.name < b.name;
                   });
}

void NMnist::find(Part part, std::uint8_t digit) {
  const fs::path folder = folder_ / folder_name(part) / fmt::format("{}", digit);
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  const std::size_t before = recordings_.size();
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    if (entry->path().extension() == ".bin")
      recordings_.push_back({part, digit, entry->path().filename().string()});
  if (error || recordings_.size() == before)
    throw IoError(folder.string(),
                  fmt::format("{}. N-MNIST has the folders Train/0 to Train/9 and Test/0 to Test/9 "
                              "with files *.bin (docs/data.md says where it is to be had); unpack "
                              "both archives into one folder and name that",
                              error ? "no such folder can be read" : "no *.bin file in it"));
}

}  // namespace

EventSample parse_n_mnist(std::span<const std::uint8_t> bytes, const std::string& file) {
  if (bytes.size() % event_size != 0)
    throw FormatError(file, bytes.size() / event_size * event_size,
                      fmt::format("{} bytes are left for the last event, which has {}: the file "
                                  "ends early or is of another kind, get it again",
                                  bytes.size() % event_size, event_size));
  EventSample sample;
  sample.times.reserve(bytes.size() / event_size);
  sample.units.reserve(bytes.size() / event_size);
  std::uint64_t later = 0;
  for (std::size_t at = 0; at < bytes.size(); at += event_size) {
    const std::uint32_t x = bytes[at], y = bytes[at + 1];
    if (y == overflow) {
      later += overflow_us;
      continue;
    }
    if (x >= n_mnist_side || y >= n_mnist_side)
      throw FormatError(
          file, at,
          fmt::format("an event at pixel ({}, {}); the camera has {} x {}: the file is "
                      "damaged or of another kind",
                      x, y, n_mnist_side, n_mnist_side));
    const std::uint32_t polarity = bytes[at + 2] >> 7;
    const std::uint64_t us = (std::uint64_t{bytes[at + 2]} & 0x7f) << 16 |
                             std::uint64_t{bytes[at + 3]} << 8 | bytes[at + 4];
    sample.times.push_back(static_cast<double>(us + later) / us_per_ms);
    sample.units.push_back((polarity * n_mnist_side + y) * n_mnist_side + x);
  }
  put_in_order(sample);
  return sample;
}

bool has_n_mnist(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "Train" / "0", ignored) ||
         fs::is_directory(folder / "Test" / "0", ignored);
}

std::shared_ptr<const EventSet> open_n_mnist(const fs::path& folder) {
  return std::make_shared<NMnist>(folder);
}

}  // namespace retrograde
