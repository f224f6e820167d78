#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/kept/kept_set.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/suggest.hpp>

namespace retrograde {

namespace {

constexpr double most_classes = 1e6;

class NpzEvents {
 public:
  NpzEvents(std::span<const std::uint8_t> bytes, const std::string& file)
      : arrays_({bytes.begin(), bytes.end()}, file) {
    const std::vector<std::string> known = {"times", "units",     "offsets",   "labels",
                                            "parts", "durations", "unit_count"};
    for (const std::string& name : arrays_.names())
      if (std::find(known.begin(), known.end(), name) == known.end())
        fail(name, fmt::format("no array of this name is read{}; known are {}. Rename it, or take "
                               "it out",
                               suggestion(name, known), fmt::join(known, ", ")));
    times_ = row("times");
    units_ = whole("units", 0.0, most_kept_units - 1.0, times_.size(), "as `times` has");
    labels_ = whole("labels", 0.0, most_classes - 1.0, std::nullopt, "");
    read_offsets();
    if (arrays_.has("parts")) parts_ = whole("parts", -1.0, 2.0, labels_.size(), "as `labels` has");
    if (arrays_.has("durations")) {
      durations_ = row("durations");
      if (durations_.size() != labels_.size())
        fail("durations", fmt::format("{} values, and {} samples have labels; write one for each",
                                      durations_.size(), labels_.size()));
    }
  }

  std::optional<std::uint32_t> unit_count() const {
    if (!arrays_.has("unit_count")) return std::nullopt;
    const NumericArray array = arrays_.read("unit_count");
    if (array.values.size() != 1 ||
        !(array.values[0] >= 1.0 && array.values[0] <= most_kept_units &&
          array.values[0] == std::floor(array.values[0])))
      fail("unit_count", fmt::format("one whole number is needed, 1 to {}", most_kept_units));
    return static_cast<std::uint32_t>(array.values[0]);
  }

  void fill(KeptSet& set) const {
    double classes = 0.0;
    for (const double label : labels_) classes = std::max(classes, label + 1.0);
    std::vector<std::string> names;
    for (double c = 0.0; c < classes; c += 1.0) names.push_back(fmt::format("{}", c));
    set.name_classes(std::move(names));
    for (std::size_t k = 0; k < labels_.size(); ++k) {
      EventSample sample;
      const auto begin = static_cast<std::ptrdiff_t>(offsets_[k]),
                 end = static_cast<std::ptrdiff_t>(offsets_[k + 1]);
      sample.times.assign(times_.begin() + begin, times_.begin() + end);
      sample.units.assign(units_.begin() + begin, units_.begin() + end);
      std::optional<Part> part;
      if (!parts_.empty() && parts_[k] >= 0.0)
        part = static_cast<Part>(static_cast<int>(parts_[k]));
      std::optional<Time> duration;
      if (!durations_.empty()) duration = durations_[k];
      set.add(std::move(sample), static_cast<int>(labels_[k]), part, duration,
              fmt::format("sample {}", k));
    }
  }

 private:
  [[noreturn]] void fail(const std::string& name, const std::string& message) const {
    throw FormatError(arrays_.file(), name, message);
  }

  std::vector<double> row(const std::string& name) const {
    NumericArray array = arrays_.read(name);
    if (array.shape.size() != 1)
      fail(name, fmt::format("it has {} axes; one row of numbers is needed", array.shape.size()));
    return std::move(array.values);
  }

  std::vector<double> whole(const std::string& name, double low, double high,
                            std::optional<std::size_t> size, const char* as) const {
    std::vector<double> values = row(name);
    if (size && values.size() != *size)
      fail(name, fmt::format("{} values; {} are needed, as many {}", values.size(), *size, as));
    for (std::size_t k = 0; k < values.size(); ++k)
      if (!(values[k] >= low && values[k] <= high && values[k] == std::floor(values[k])))
        fail(name, fmt::format("value {} is {}; whole numbers from {} to {} are needed", k,
                               values[k], low, high));
    return values;
  }

  void read_offsets() {
    offsets_ = whole("offsets", 0.0, static_cast<double>(times_.size()), labels_.size() + 1,
                     "as samples and one more: where each begins, and where the last ends");
    if (offsets_.front() != 0.0 || offsets_.back() != static_cast<double>(times_.size()) ||
        !std::is_sorted(offsets_.begin(), offsets_.end()))
      fail("offsets",
           fmt::format("they begin with 0, never fall and end with the number of events, {}",
                       times_.size()));
  }

  ArrayFile arrays_;
  std::vector<double> times_, units_, labels_, offsets_, parts_, durations_;
};

}  // namespace

std::shared_ptr<const EventSet> parse_npz_events(std::span<const std::uint8_t> bytes,
                                                 const std::string& file,
                                                 std::optional<std::uint32_t> unit_count,
                                                 const KeptLimits& limits) {
  const NpzEvents events(bytes, file);
  auto set = std::make_shared<KeptSet>(file, limits);
  events.fill(*set);
  const auto own = events.unit_count();
  if (own && unit_count)
    set->fail("unit_count", "the file says it itself; take unit_count out of [data]");
  set->finish(own ? own : unit_count);
  return set;
}

}  // namespace retrograde
