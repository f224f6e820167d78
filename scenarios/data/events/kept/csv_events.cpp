#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/events/kept/kept_set.hpp>
#include <retrograde/scenarios/io/csv.hpp>

namespace retrograde {

namespace {

constexpr const char* header_remedy =
    "the first line names the columns: sample,label,time_ms,unit, and where wanted part and "
    "duration_ms";

struct Row {
  EventSample events;
  std::string label;
  std::optional<Part> part;
  std::optional<double> duration;
};

class CsvEvents {
 public:
  CsvEvents(std::string_view text, const std::string& file, const KeptLimits& limits)
      : reader_(text, file), limits_(limits) {
    if (!reader_.next())
      throw FormatError(file, 0, fmt::format("it has no line; {}", header_remedy));
    const std::vector<std::string_view> header = reader_.cells();
    for (std::size_t c = 0; c < header.size(); ++c) {
      const auto known = std::find(names.begin(), names.end(), header[c]);
      if (known == names.end())
        reader_.fail(fmt::format("column \"{}\" is not known; {}", header[c], header_remedy));
      auto& column = columns_[static_cast<std::size_t>(known - names.begin())];
      if (column) reader_.fail(fmt::format("two columns are called {}; take one out", header[c]));
      column = c;
    }
    for (std::size_t k = 0; k < 4; ++k)
      if (!columns_[k])
        reader_.fail(fmt::format("column {} is missing; {}", names[k], header_remedy));
    while (reader_.next()) add();
  }

  void fill(KeptSet& set) {
    const std::vector<std::string> classes = class_names();
    set.name_classes(classes);
    for (std::size_t k = 0; k < rows_.size(); ++k) {
      Row& row = rows_[k];
      const auto position = std::find(classes.begin(), classes.end(), row.label) - classes.begin();
      set.add(std::move(row.events), static_cast<int>(position), row.part, row.duration,
              fmt::format("sample {}", order_[k]));
    }
  }

 private:
  enum Column : std::uint8_t { sample, label, time_ms, unit, part, duration_ms };
  static constexpr std::array<std::string_view, 6> names = {"sample", "label", "time_ms",
                                                            "unit",   "part",  "duration_ms"};

  std::string_view cell(Column column) const { return reader_.cells()[*columns_[column]]; }

  void add() {
    const std::string name(cell(sample));
    if (name.empty())
      reader_.fail("the cell of sample is empty; write which sample the event is of");
    const auto [at, fresh] = places_.emplace(name, rows_.size());
    if (fresh) {
      if (rows_.size() >= limits_.samples)
        reader_.fail(fmt::format("more than {} samples; split the set", limits_.samples));
      rows_.emplace_back();
      order_.push_back(name);
    }
    Row& row = rows_[at->second];
    read_sample(row, name, fresh);
    if (cell(time_ms).empty() && cell(unit).empty()) return;  // it has no event
    if (++events_ > limits_.events)
      reader_.fail(
          fmt::format("more than {} events; write the set in our own format "
                      "(docs/data.md), which is read in pieces",
                      limits_.events));
    row.events.times.push_back(reader_.number(*columns_[time_ms], "time_ms"));
    row.events.units.push_back(static_cast<std::uint32_t>(
        reader_.integer(*columns_[unit], "unit", 0, most_kept_units - 1)));
  }

  // What every line of a sample says alike.
  void read_sample(Row& row, const std::string& name, bool fresh) {
    if (cell(label).empty()) reader_.fail("the cell of label is empty; write the class");
    const auto same = [&](bool equal, std::string_view what) {
      if (!fresh && !equal)
        reader_.fail(
            fmt::format("sample {} has another {} here than in a line above; all its lines "
                        "say the same",
                        name, what));
    };
    same(row.label == cell(label), "label");
    row.label = cell(label);
    if (columns_[part]) {
      const auto read = read_part(cell(part));
      same(row.part == read, "part");
      row.part = read;
    }
    if (columns_[duration_ms]) {
      const double read = reader_.number(*columns_[duration_ms], "duration_ms");
      same(row.duration == read, "duration");
      row.duration = read;
    }
  }

  std::optional<Part> read_part(std::string_view text) const {
    if (text.empty()) return std::nullopt;
    for (const Part p : {Part::train, Part::validation, Part::test})
      if (name(p) == text) return p;
    reader_.fail(fmt::format("\"{}\" is no part; write train, validation or test, or nothing",
                             text.substr(0, 40)));
  }

  // All labels once: numbers by their value, else texts in alphabetical order.
  std::vector<std::string> class_names() const {
    std::vector<std::string> classes;
    for (const Row& row : rows_) classes.push_back(row.label);
    std::sort(classes.begin(), classes.end());
    classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
    std::vector<std::pair<std::uint64_t, std::string>> numbers;
    for (const std::string& c : classes) {
      std::uint64_t value = 0;
      const auto read = std::from_chars(c.data(), c.data() + c.size(), value);
      if (read.ec != std::errc() || read.ptr != c.data() + c.size()) return classes;
      numbers.emplace_back(value, c);
    }
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t k = 0; k < classes.size(); ++k) classes[k] = numbers[k].second;
    return classes;
  }

  CsvReader reader_;
  KeptLimits limits_;
  std::array<std::optional<std::size_t>, 6> columns_;
  std::map<std::string, std::size_t> places_;
  std::vector<std::string> order_;
  std::vector<Row> rows_;
  std::uint64_t events_ = 0;
};

}  // namespace

std::shared_ptr<const EventSet> parse_csv_events(std::string_view text, const std::string& file,
                                                 std::optional<std::uint32_t> unit_count,
                                                 const KeptLimits& limits) {
  CsvEvents events(text, file, limits);
  auto set = std::make_shared<KeptSet>(file, limits);
  events.fill(*set);
  set->finish(unit_count);
  return set;
}

}  // namespace retrograde
