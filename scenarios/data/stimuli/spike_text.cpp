#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/spike_text.hpp>

namespace retrograde {

namespace {

constexpr const char* header_remedy =
    "name the columns in the first line: neuron,time_ms (or sender, id, unit, node_id; time_s, "
    "time_us, time_ns)";

bool is_separator(char c) { return c == ',' || c == ';' || c == '\t' || c == ' '; }

// The cells of a line; between two commas or semicolons there is one, blanks and tabs may be many.
std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  std::size_t at = 0;
  while (at < line.size()) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    if (at == line.size()) break;
    const std::size_t begin = at;
    while (at < line.size() && !is_separator(line[at])) ++at;
    cells.push_back(line.substr(begin, at - begin));
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    if (at < line.size() && (line[at] == ',' || line[at] == ';')) ++at;
  }
  return cells;
}

class SpikeText {
 public:
  SpikeText(std::string_view text, const std::string& file, std::uint64_t most)
      : text_(text), file_(file), most_(most) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  FileSpikes read() {
    if (file_.ends_with(".gdf")) {
      columns_ = 2;
      ids_ = 0;
      times_ = 1;
      spikes_.unit = 1.0;
    } else {
      read_header();
    }
    while (next_line()) add(cells_of(line_));
    return std::move(spikes_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw FormatError(file_, begin_, fmt::format("line {}: {}", number_, message));
  }

  bool next_line() {
    while (at_ < text_.size()) {
      begin_ = at_;
      ++number_;
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      line_ = text_.substr(at_, end - at_);
      at_ = end + 1;
      while (!line_.empty() &&
             (line_.back() == '\r' || line_.back() == ' ' || line_.back() == '\t'))
        line_.remove_suffix(1);
      const std::size_t first = line_.find_first_not_of(" \t");
      if (first != std::string_view::npos && line_[first] != '#') return true;
    }
    return false;
  }

  void read_header() {
    if (!next_line())
      throw FormatError(file_, text_.size(), fmt::format("it has no line; {}", header_remedy));
    const auto names = cells_of(line_);
    columns_ = names.size();
    constexpr std::size_t none = static_cast<std::size_t>(-1);
    ids_ = times_ = none;
    for (std::size_t c = 0; c < names.size(); ++c) {
      std::optional<double> unit;
      const bool ids = names_neurons(names[c]), times = names_times(names[c], &unit);
      if (names[c] == "time_step" || names[c] == "time_offset")
        fail(
            "its times are counted in steps of a resolution that it does not say; record with "
            "time_in_steps = False");
      if (!ids && !times)
        fail(fmt::format("column \"{}\" is neither the neurons nor the times of spikes; {}",
                         names[c].substr(0, 40), header_remedy));
      std::size_t& column = ids ? ids_ : times_;
      if (column != none)
        fail(fmt::format("column \"{}\" says again what \"{}\" says; leave one of them",
                         names[c].substr(0, 40), names[column].substr(0, 40)));
      column = c;
      if (times) spikes_.unit = unit;
    }
    if (ids_ == none) fail(fmt::format("no column has the neurons; {}", header_remedy));
    if (times_ == none) fail(fmt::format("no column has the times; {}", header_remedy));
  }

  double number(std::string_view cell, const char* what) const {
    double value = 0.0;
    const auto read = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (read.ec != std::errc() || read.ptr != cell.data() + cell.size() || !std::isfinite(value))
      fail(fmt::format("\"{}\" is no {}; write a finite number", cell.substr(0, 40), what));
    return value;
  }

  void add(const std::vector<std::string_view>& cells) {
    if (cells.size() != columns_)
      fail(fmt::format("it has {} cells, and {} columns are needed", cells.size(), columns_));
    if (spikes_.ids.size() >= most_)
      throw LimitError("spikes of a file", static_cast<double>(most_),
                       static_cast<double>(most_) + 1.0,
                       fmt::format("{}: it has more than {} spikes; split it", file_, most_));
    spikes_.ids.push_back(number(cells[ids_], "neuron"));
    spikes_.times.push_back(number(cells[times_], "time"));
  }

  std::string_view text_, line_;
  const std::string& file_;
  std::uint64_t most_;
  std::size_t at_ = 0, begin_ = 0, number_ = 0;
  std::size_t columns_ = 0, ids_ = 0, times_ = 0;
  FileSpikes spikes_;
};

}  // namespace

bool names_neurons(std::string_view name) {
  constexpr std::array<std::string_view, 10> names = {"neuron",  "neurons", "sender", "senders",
                                                      "id",      "ids",     "unit",   "units",
                                                      "node_id", "node_ids"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool names_times(std::string_view name, std::optional<double>* unit) {
  *unit = std::nullopt;
  for (const std::string_view plain : {"time", "times", "timestamps"}) {
    if (name == plain) return true;
    if (!name.starts_with(plain)) continue;
    for (const auto& [ending, ms] : std::initializer_list<std::pair<std::string_view, double>>{
             {"_ns", 1e-6}, {"_us", 1e-3}, {"_ms", 1.0}, {"_s", 1e3}})
      if (name.substr(plain.size()) == ending) {
        *unit = ms;
        return true;
      }
  }
  return false;
}

FileSpikes parse_spike_text(std::string_view text, const std::string& file, std::uint64_t most) {
  return SpikeText(text, file, most).read();
}

}  // namespace retrograde
