#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <set>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/csv.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/io/units.hpp>

namespace retrograde {

namespace {

using loihi2::Capture;
using loihi2::CapturedNeuron;
using loihi2::CapturedPopulation;
using loihi2::unknown;

constexpr std::int64_t largest_step = 10'000'000;
constexpr std::int64_t largest_neuron = 1'048'575;  // as many as a chip has
constexpr std::int64_t value_limit = std::numeric_limits<std::int32_t>::max();

enum class Value : std::uint8_t { spike, u, v };

// What one column of the file holds.
struct Column {
  enum Kind : std::uint8_t { step, time, population, neuron, value } kind = step;
  Value of = Value::spike;          // value
  std::uint32_t population_at = 0;  // value of a named neuron: which, else nobody
  std::uint32_t neuron_at = 0;
  bool named = false;  // "lif[0].v"
  std::string name;
};

// `# population NAME SIZE [from FIRST to LAST]`
struct Declared {
  std::uint32_t size = 0;
  std::optional<std::uint32_t> first, last;
};

class Reader {
 public:
  Reader(std::string_view text, const std::string& file, const std::string& columns,
         const TraceLimits& limits)
      : text_columns_(columns),
        limits_(limits),
        csv_(text, file),
        header_(text_columns_, "--columns") {}

  TraceFile read() {
    if (!text_columns_.empty()) {
      if (!header_.next()) header_.fail("it names no columns");
      read_header(header_);
    } else {
      if (!csv_.next()) csv_.fail("there is no line of columns; see docs/diff.md for the format");
      read_header(csv_);
    }
    std::uint64_t rows = 0;
    read_comments(false);
    while (csv_.next()) {
      read_comments(rows > 0);
      if (rows == 0 && csv_.cells().size() != columns_.size())
        csv_.fail(fmt::format("it has {} cells, and {} columns are named", csv_.cells().size(),
                              columns_.size()));
      if (++rows > limits_.rows)
        throw LimitError("rows of a trace", static_cast<double>(limits_.rows),
                         static_cast<double>(rows),
                         fmt::format("{}: more than {} rows; leave out populations or steps",
                                     csv_.file(), limits_.rows));
      read_row(rows - 1);
    }
    read_comments(rows > 0);
    if (rows_ && *rows_ != rows)
      csv_.fail(
          fmt::format("the file says that it has {} rows and has {}; it was cut off, or rows "
                      "were removed: then correct \"# rows\"",
                      *rows_, rows));
    if (rows == 0 && declared_.empty()) csv_.fail("the trace has no rows");
    check_neurons();
    return in_time_ ? finish_times() : finish_steps();
  }

 private:
  struct Row {
    std::uint32_t step, neuron;
    std::int32_t value;
  };
  struct Population {
    std::string name;
    std::vector<Row> values[3];  // spike, u, v
    std::vector<std::pair<std::uint32_t, Time>>
        times;  // neuron, spike; not-a-number: known, silent
    std::uint32_t size = 0;
  };

  std::uint32_t population(std::string_view name) {
    for (std::uint32_t p = 0; p < populations_.size(); ++p)
      if (populations_[p].name == name) return p;
    populations_.push_back({std::string(name), {}, {}, 0});
    return static_cast<std::uint32_t>(populations_.size() - 1);
  }

  void read_header(const CsvReader& header) {
    constexpr const char* known[] = {"step", "time_ms", "population", "neuron", "spike", "u", "v"};
    bool seen[7] = {};
    bool named = false;
    for (const std::string_view name : header.cells()) {
      Column column;
      column.name = name;
      const auto at = std::find(std::begin(known), std::end(known), name) - std::begin(known);
      if (at == 7) {
        read_named(header, name, column);
        named = true;
      } else {
        if (std::exchange(seen[at], true))
          header.fail(fmt::format("column {} is there twice", name));
        column.kind = static_cast<Column::Kind>(std::min<std::ptrdiff_t>(at, Column::value));
        if (at >= 4) column.of = static_cast<Value>(at - 4);
      }
      columns_.push_back(column);
    }
    in_time_ = seen[1];
    if (seen[0] && seen[1]) header.fail("a trace has a column step or a column time_ms, not both");
    const bool values = seen[4] || seen[5] || seen[6];
    if (named) {
      for (std::size_t i = 0; i < columns_.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
          if (columns_[i].name == columns_[j].name)
            header.fail(fmt::format("column {} is there twice", columns_[i].name));
      if (seen[1] || seen[2] || seen[3] || values)
        header.fail("columns such as lif[0].v go with a column step or with none at all");
    } else if (!(seen[0] || seen[1]) || !seen[2] || !seen[3] || !values) {
      header.fail(
          fmt::format("the columns are \"{}\"; needed are step (or time_ms), population, "
                      "neuron and one or more of spike, u, v; or names such as lif[0].v, "
                      "one row a step. For a file without a line of columns give "
                      "--columns",
                      fmt::join(header.cells(), ",")));
    }
  }

  // "lif[0].v"
  void read_named(const CsvReader& header, std::string_view name, Column& column) {
    const std::size_t open = name.rfind('['), close = name.rfind("].");
    const auto wrong = [&] {
      header.fail(fmt::format(
          "\"{}\" is no column{}; write step, time_ms, population, neuron, "
          "spike, u, v, or a neuron's as in lif[0].v",
          name, suggestion(name, {"step", "time_ms", "population", "neuron", "spike"})));
    };
    if (open == std::string_view::npos || close == std::string_view::npos || open == 0 ||
        close < open)
      wrong();
    const std::string_view index = name.substr(open + 1, close - open - 1),
                           what = name.substr(close + 2);
    std::uint32_t neuron = 0;
    const auto [rest, status] = std::from_chars(index.data(), index.data() + index.size(), neuron);
    if (status != std::errc() || rest != index.data() + index.size() || neuron > largest_neuron)
      wrong();
    if (what == "spike")
      column.of = Value::spike;
    else if (what == "u")
      column.of = Value::u;
    else if (what == "v")
      column.of = Value::v;
    else
      wrong();
    column.kind = Column::value;
    column.named = true;
    column.population_at = population(name.substr(0, open));
    column.neuron_at = neuron;
  }

  void read_comments(bool below_rows) {
    for (const std::string_view comment : csv_.take_comments()) {
      std::vector<std::string_view> words;
      for (std::size_t at = 0; at < comment.size();) {
        const std::size_t end = std::min(comment.find(' ', at), comment.size());
        if (end > at) words.push_back(comment.substr(at, end - at));
        at = end + 1;
      }
      if (words.size() < 2) continue;
      if (below_rows && (words[0] == "steps" || words[0] == "rows" || words[0] == "step" ||
                         words[0] == "population"))
        csv_.fail(fmt::format("\"# {}\" stands below the first row; write it above", comment));
      const auto count = [&](std::string_view word, std::int64_t low, std::int64_t high) {
        std::int64_t value = 0;
        const auto [rest, status] = std::from_chars(word.data(), word.data() + word.size(), value);
        if (status != std::errc() || rest != word.data() + word.size() || value < low ||
            value > high)
          csv_.fail(
              fmt::format("\"# {}\": a whole number from {} to {} is needed in the place of "
                          "\"{}\"",
                          comment, low, high, word));
        return value;
      };
      if (words[0] == "steps" && words.size() == 2)
        steps_ = static_cast<std::uint32_t>(count(words[1], 1, largest_step));
      if (words[0] == "rows" && words.size() == 2)
        rows_ = static_cast<std::uint64_t>(count(words[1], 0, std::int64_t{1} << 60));
      if (words[0] == "step") {
        const ParsedQuantity step = parse_time(comment.substr(4));
        if (!step.problem.empty() || step.value <= 0)
          csv_.fail(
              fmt::format("\"# {}\": write the length of a step as in \"# step 1 ms\"", comment));
        step_ = step.value;
      }
      if (words[0] == "population") read_population(comment, words, count);
    }
  }

  template <typename Count>
  void read_population(std::string_view comment, const std::vector<std::string_view>& words,
                       const Count& count) {
    const bool ranged =
        words.size() >= 7 && words[words.size() - 4] == "from" && words[words.size() - 2] == "to";
    const std::size_t size_at = words.size() - (ranged ? 5 : 1);
    if (size_at < 2)
      csv_.fail(
          fmt::format("\"# {}\": write \"# population NAME SIZE\", or \"# population NAME "
                      "SIZE from FIRST to LAST\" for the steps in which it ran",
                      comment));
    const auto begin = words[1].data(), end = words[size_at].data();
    std::string_view name(begin, static_cast<std::size_t>(end - begin));
    name = name.substr(0, name.find_last_not_of(' ') + 1);
    Declared declared;
    declared.size = static_cast<std::uint32_t>(count(words[size_at], 1, largest_neuron + 1));
    if (ranged) {
      declared.first = static_cast<std::uint32_t>(count(words[words.size() - 3], 0, largest_step));
      declared.last =
          static_cast<std::uint32_t>(count(words.back(), *declared.first, largest_step - 1));
    }
    if (!declared_.emplace(population(name), declared).second)
      csv_.fail(fmt::format("population {} is declared twice", name));
  }

  // Where a row stands, as far as its columns say.
  struct Place {
    std::uint32_t step = 0, population = 0, neuron = 0;
    Time time = 0;
  };

  // `index` is the step of a row without a column for it.
  Place read_place(std::uint64_t index) {
    Place place;
    place.step = static_cast<std::uint32_t>(std::min<std::uint64_t>(index, largest_step));
    for (std::size_t k = 0; k < columns_.size(); ++k) switch (columns_[k].kind) {
        case Column::step:
          place.step = static_cast<std::uint32_t>(
              csv_.integer(k, "step", 0, steps_ ? *steps_ - 1 : largest_step - 1));
          break;
        case Column::time:
          place.time = csv_.number(k, "time_ms");
          break;
        case Column::population:
          if (csv_.cells()[k].empty()) csv_.fail("population is empty; write its name");
          place.population = population(csv_.cells()[k]);
          break;
        case Column::neuron:
          place.neuron = static_cast<std::uint32_t>(csv_.integer(k, "neuron", 0, largest_neuron));
          break;
        case Column::value:
          break;
      }
    // Where no column says it, the number of the row does.
    if (const std::int64_t steps = steps_ ? *steps_ : largest_step;
        !in_time_ && place.step >= steps)
      csv_.fail(fmt::format(
          "the trace has more steps than the {} {}", steps,
          steps_ ? "that \"# steps\" says; correct it" : "that are read at most; leave out some"));
    return place;
  }

  // The population grows to hold the neuron.
  Population& population_with(std::uint32_t p, std::uint32_t neuron) {
    if (const auto declared = declared_.find(p);
        declared != declared_.end() && neuron >= declared->second.size)
      csv_.fail(
          fmt::format("neuron is \"{}\"; population {} is declared with {} neurons, counted "
                      "from 0",
                      neuron, populations_[p].name, declared->second.size));
    populations_[p].size = std::max(populations_[p].size, neuron + 1);
    return populations_[p];
  }

  void read_row(std::uint64_t index) {
    const Place place = read_place(index);
    last_step_ = std::max(last_step_, place.step);
    for (std::size_t k = 0; k < columns_.size(); ++k) {
      const Column& column = columns_[k];
      if (column.kind != Column::value || csv_.cells()[k].empty()) continue;
      const std::uint32_t neuron = column.named ? column.neuron_at : place.neuron;
      Population& population =
          population_with(column.named ? column.population_at : place.population, neuron);
      if (!in_time_) {
        population.values[static_cast<std::size_t>(column.of)].push_back(
            {place.step, neuron,
             static_cast<std::int32_t>(csv_.integer(k, column.name, -value_limit, value_limit))});
      } else if (column.of == Value::spike) {
        const bool spike = csv_.integer(k, "spike", 0, 1) == 1;
        population.times.emplace_back(neuron,
                                      spike ? place.time : std::numeric_limits<Time>::quiet_NaN());
      } else {
        csv_.number(k, column.name);  // read, so that it is right, and not kept
      }
    }
  }

  void check_neurons() const {
    std::uint64_t neurons = 0;
    for (std::uint32_t p = 0; p < populations_.size(); ++p) neurons += size_of(p);
    if (neurons > limits_.neurons)
      throw LimitError("neurons of a trace", static_cast<double>(limits_.neurons),
                       static_cast<double>(neurons),
                       fmt::format("{}: {} neurons, the largest index of each population decides; "
                                   "{} are read at most",
                                   csv_.file(), neurons, limits_.neurons));
  }

  std::uint32_t size_of(std::uint32_t population) const {
    const auto declared = declared_.find(population);
    return declared != declared_.end() ? declared->second.size : populations_[population].size;
  }

  TraceFile finish_times() {
    TraceFile file;
    file.step = step_;
    for (std::uint32_t p = 0; p < populations_.size(); ++p) {
      SpikeTrains::Population population{populations_[p].name, {}};
      const auto declared = declared_.find(p);
      const bool all = declared != declared_.end();
      population.neurons.resize(size_of(p));
      if (all)
        for (auto& n : population.neurons) n.emplace();
      for (const auto& [neuron, time] : populations_[p].times) {
        auto& times = population.neurons[neuron];
        if (!times) times.emplace();
        if (!std::isnan(time)) times->push_back(time);
      }
      for (std::size_t n = 0; n < population.neurons.size(); ++n)
        if (auto& times = population.neurons[n]) {
          std::sort(times->begin(), times->end());
          const auto twice = std::adjacent_find(times->begin(), times->end());
          if (twice != times->end())
            csv_.fail(fmt::format("{}[{}] spikes twice at {} ms; remove one of the rows",
                                  population.name, n, *twice));
        }
      file.spikes.populations.push_back(std::move(population));
    }
    return file;
  }

  TraceFile finish_steps() {
    Capture capture;
    capture.steps = steps_.value_or(last_step_ + 1);
    held_ = 0;
    for (std::uint32_t p = 0; p < populations_.size(); ++p)
      capture.populations.push_back(finish_population(p, capture.steps));
    TraceFile file;
    file.step = step_;
    file.steps = std::move(capture);
    return file;
  }

  CapturedPopulation finish_population(std::uint32_t p, std::uint32_t steps) {
    const Population& read = populations_[p];
    CapturedPopulation population{read.name, {}, 0, steps};
    population.neurons.resize(size_of(p));
    if (const auto declared = declared_.find(p); declared != declared_.end()) {
      set_range(population, declared->second, steps);
      // All neurons of a declared population are known to be silent where no row says otherwise.
      for (CapturedNeuron& n : population.neurons) take(n.messages, steps, 0);
    }
    for (const Value of : {Value::spike, Value::u, Value::v})
      fill(population, of, read.values[static_cast<std::size_t>(of)], steps);
    return population;
  }

  // The steps in which it ran.
  void set_range(CapturedPopulation& population, const Declared& declared,
                 std::uint32_t steps) const {
    if (!declared.first) return;
    population.begin = *declared.first;
    population.end = *declared.last + 1;
    if (population.end > steps)
      csv_.fail(
          fmt::format("population {} is declared to run to step {}, and the trace ends "
                      "with step {}; say \"# steps N\" above the rows",
                      population.name, population.end - 1, steps - 1));
  }

  // Room for every step of a neuron, counted before it is taken.
  void take(std::vector<std::int32_t>& list, std::uint32_t steps, std::int32_t value) {
    if (!list.empty()) return;
    held_ += steps;
    if (held_ > limits_.values)
      throw LimitError("values of a trace", static_cast<double>(limits_.values),
                       static_cast<double>(held_),
                       fmt::format("{}: more than {} values (neurons x steps); leave out "
                                   "populations, registers or steps",
                                   csv_.file(), limits_.values));
    list.assign(steps, value);
  }

  // The rows of one quantity, by neuron and step; at most one of each.
  void fill(CapturedPopulation& population, Value of, std::vector<Row> rows, std::uint32_t steps) {
    const auto before = [](const Row& a, const Row& b) {
      return std::pair(a.neuron, a.step) < std::pair(b.neuron, b.step);
    };
    if (!std::is_sorted(rows.begin(), rows.end(), before))
      std::sort(rows.begin(), rows.end(), before);
    constexpr const char* names[] = {"spike", "u", "v"};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Row& row = rows[i];
      if (i > 0 && rows[i - 1].neuron == row.neuron && rows[i - 1].step == row.step)
        csv_.fail(fmt::format("{}[{}] has {} in step {} twice ({} and {}); remove one of the rows",
                              population.name, row.neuron, names[static_cast<std::size_t>(of)],
                              row.step, rows[i - 1].value, row.value));
      CapturedNeuron& n = population.neurons[row.neuron];
      std::vector<std::int32_t>& list = of == Value::spike ? n.messages
                                        : of == Value::u   ? n.u
                                                           : n.v;
      take(list, steps, of == Value::spike ? 0 : unknown);
      list[row.step] = row.value;
    }
  }

  std::string text_columns_;
  TraceLimits limits_;
  CsvReader csv_, header_;
  std::vector<Column> columns_;
  std::vector<Population> populations_;
  std::map<std::uint32_t, Declared> declared_;
  std::optional<std::uint32_t> steps_;
  std::optional<std::uint64_t> rows_;
  std::optional<Time> step_;
  std::uint32_t last_step_ = 0;
  std::uint64_t held_ = 0;  // values that the capture takes so far
  bool in_time_ = false;
};

}  // namespace

TraceFile parse_trace(std::string_view text, const std::string& file, const std::string& columns,
                      const TraceLimits& limits) {
  return Reader(text, file, columns, limits).read();
}

TraceFile read_trace(const std::string& path, const std::string& columns) {
  return parse_trace(read_text_file(path), path, columns);
}

}  // namespace retrograde
