#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/toml_edit.hpp>
#include <retrograde/scenarios/io/units.hpp>
#include <retrograde/scenarios/read/study_place.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>

namespace retrograde {

namespace {

constexpr std::size_t longest_label = 60;  // of a value in the name of a folder

// The value { absent = true }: in that combination the scenario goes without the key, for keys that
// would be refused as idle beside the other values.
bool is_absent(const toml::node& node) {
  const toml::table* const table = node.as_table();
  return table && table->size() == 1 && (*table)["absent"].value<bool>() == true;
}

// A value as people would call it: numbers as they are written in `text`.
std::string label_of(const toml::node& node, std::string_view text) {
  if (is_absent(node)) return "absent";
  if (const auto* string = node.as_string()) return string->get();
  if (node.is_number()) return written_number(text, node);
  if (const auto* list = node.as_array()) {
    std::string label;
    for (const toml::node& each : *list)
      label += (label.empty() ? "" : " + ") + label_of(each, text);
    return label.empty() ? "none" : label;
  }
  std::ostringstream out;
  node.visit([&](const auto& concrete) { out << concrete; });
  return out.str();
}

// For the name of a folder: letters, digits, dots, "minus-" for the sign of a number, and a dash for
// everything else.
std::string file_name(std::string_view label) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.';
  };
  std::string name;
  const auto separate = [&] {
    if (!name.empty() && name.back() != '-') name += '-';
  };
  for (std::size_t k = 0; k < label.size() && name.size() < longest_label; ++k) {
    if (plain(label[k])) {
      name += label[k];
      continue;
    }
    separate();
    const bool begins = k == 0 || !plain(label[k - 1]);
    const bool number =
        k + 1 < label.size() &&
        (label[k + 1] == '.' || std::isdigit(static_cast<unsigned char>(label[k + 1])) != 0);
    if (label[k] == '-' && begins && number) name += "minus-";
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() || name.front() == '.' ? "value" + name : name;
}

// Decimals of a number as it is written shortest; 17 of one with an exponent.
int decimals_of(double x) {
  const std::string text = fmt::format("{}", x);
  if (text.find('e') != std::string::npos) return 17;
  const std::size_t dot = text.find('.');
  return dot == std::string::npos ? 0 : static_cast<int>(text.size() - dot - 1);
}

// The values of { from = 0.5, to = 2.0, step = 0.1 }: the decimal ones, 0.6 and not 0.5 + 0.1.
toml::array steps_of(const TomlValue& value) {
  TomlTable table = value.table();
  table.known({"from", "to", "step"});
  const char* const example = "{ from = 0.5, to = 2.0, step = 0.1 }, or a list of values";
  const TomlValue first = table.require("from", example), last = table.require("to", example),
                  by = table.require("step", example);
  const double from = first.number(), step = by.number(Range::positive()),
               to = last.number({from, std::numeric_limits<double>::infinity(), true, false});
  const double count = std::floor((to - from) / step * (1 + 1e-12)) + 1;
  if (!(count <= static_cast<double>(max_study_runs)))
    value.fail(fmt::format("{} values, and {} runs is the limit of a study; choose a larger step",
                           count, max_study_runs));
  const bool whole = first.node().is_integer() && by.node().is_integer();
  const int decimals = std::max(decimals_of(from), decimals_of(step));
  toml::array values;
  for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) {
    const double x = from + static_cast<double>(k) * step;
    if (whole)
      values.push_back(static_cast<std::int64_t>(x));
    else
      values.push_back(std::stod(fmt::format("{:.{}f}", x, decimals)));
  }
  return values;
}

// Writes such values out.
void write_out_steps(toml::table& document, const std::string& file) {
  toml::array* const axes = document["study"]["axis"].as_array();
  if (axes == nullptr) return;
  std::size_t number = 0;
  for (toml::node& node : *axes) {
    const std::string path = fmt::format("study.axis[{}]", number++);
    toml::table* const axis = node.as_table();
    if (axis == nullptr) continue;
    for (const std::string& key : study_places(TomlTable(file, *axis, path)))
      if (toml::node* value = axis->get(key); value->is_table()) {
        toml::array values = steps_of(TomlValue(file, *value, path + "." + key));
        axis->insert_or_assign(toml::key(key, axis->lower_bound(key)->first.source()),
                               std::move(values));
      }
  }
}

void read_numbers(StudyAxis& axis, const toml::array& values) {
  constexpr double hz = 1000.0;  // of one spike per ms
  std::vector<double> numbers, times, rates;
  for (const toml::node& value : values) {
    if (value.is_number()) numbers.push_back(number_of(value));
    const auto* text = value.as_string();
    if (text == nullptr) continue;
    if (const ParsedQuantity time = parse_time(text->get()); time.problem.empty())
      times.push_back(time.value);
    if (const ParsedQuantity rate = parse_rate(text->get()); rate.problem.empty())
      rates.push_back(hz * rate.value);
  }
  const auto take = [&](const std::vector<double>& all, const char* unit) {
    if (all.size() != values.size()) return;
    axis.numbers = all;
    axis.unit = unit;
  };
  take(numbers, "");
  take(times, "ms");
  take(rates, "Hz");
}

// Checks that every key of an axis leads somewhere and that all have equally many values; how many.
std::size_t read_places(TomlTable& table, toml::table& document,
                        const std::vector<std::string>& places) {
  std::size_t count = 0;
  for (const std::string& path : places) {
    study_place(document, table, path);
    const TomlValue value = *table.find(path);
    const std::size_t size = value.list().size();
    if (size == 0) value.fail("it is empty; list at least one value");
    if (size > max_study_runs)
      value.fail(fmt::format("{} values, and {} runs is the limit of a study; list fewer", size,
                             max_study_runs));
    const auto* const written = value.node().as_array();
    if (std::all_of(written->begin(), written->end(), is_absent))
      value.fail(
          "every value takes the key away, so it varies nothing; remove it here, and from the "
          "scenario if it is there");
    if (count == 0) count = size;
    if (size != count)
      value.fail(fmt::format(
          "{} beside {} of {}; the keys of an axis change together, give each "
          "as many values",
          size == 1 ? "1 value" : fmt::format("{} values", size), count, places.front()));
  }
  return count;
}

// Runs are told apart by labels, in tables and as folders, and are different runs.
void check_labels(const StudyAxis& axis, const TomlValue& named, bool own) {
  const std::vector<TomlValue> values = named.list();
  std::vector<std::string> names;
  for (const std::string& label : axis.labels) names.push_back(file_name(label));
  for (std::size_t k = 0; k < values.size(); ++k)
    for (std::size_t earlier = 0; earlier < k; ++earlier) {
      const bool alike = names[k] == names[earlier];
      const bool same = !axis.numbers.empty() && axis.numbers[k] == axis.numbers[earlier];
      if (alike || same)
        values[k].fail(fmt::format(
            "{} is {} {}, which is listed before; {}", values[k].found(),
            same ? "the same as" : "too much like", values[earlier].found(),
            own ? "choose labels that differ in letters or digits"
                : "remove one, or give the axis labels = [...], a different one per value"));
    }
}

StudyAxis read_axis(TomlTable table, toml::table& document, std::string_view text) {
  const std::vector<std::string> places = study_places(table);
  if (places.empty())
    table.fail(
        "it changes nothing; add a key of the scenario and its values, such as "
        "\"train.weight_rate\" = [0.01, 0.02]");
  StudyAxis axis;
  axis.name = table.text("name", places.front());
  const std::size_t count = read_places(table, document, places);

  const TomlValue first = *table.find(places.front());
  const auto labels = table.find("labels");
  if (labels) {
    for (const TomlValue& label : labels->list()) axis.labels.push_back(label.text());
    if (axis.labels.size() != count)
      labels->fail(
          fmt::format("{} labels for {} values; give one per value", axis.labels.size(), count));
  } else {
    const toml::array& values = *first.node().as_array();
    for (const toml::node& value : values) axis.labels.push_back(label_of(value, text));
    read_numbers(axis, values);
  }
  check_labels(axis, labels ? *labels : first, labels.has_value());
  return axis;
}

}  // namespace

std::size_t StudySpec::combinations() const {
  std::size_t count = 1;
  for (const StudyAxis& axis : axes) count *= axis.labels.size();
  return count;
}

std::vector<std::size_t> StudySpec::combination(std::size_t k) const {
  std::vector<std::size_t> values(axes.size());
  for (std::size_t a = axes.size(); a-- > 0; k /= axes[a].labels.size())
    values[a] = k % axes[a].labels.size();
  return values;
}

std::string StudySpec::describe(std::span<const std::size_t> values) const {
  std::string text;
  for (std::size_t a = 0; a < axes.size(); ++a)
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", axes[a].name, axes[a].labels[values[a]]);
  return text;
}

std::string StudySpec::run_name(std::span<const std::size_t> values, std::uint64_t seed) const {
  std::string name;
  for (std::size_t a = 0; a < axes.size(); ++a) name += file_name(axes[a].labels[values[a]]) + '_';
  return name + fmt::format("seed-{}", seed);
}

namespace {

std::vector<std::uint64_t> read_seeds(TomlTable& table, std::uint64_t otherwise) {
  const auto given = table.find("seeds");
  if (!given) return {otherwise};
  if (const std::size_t count = given->list().size(); count > max_study_runs)
    given->fail(fmt::format("{} seeds, and {} runs is the limit of a study; list fewer", count,
                            max_study_runs));
  std::vector<std::uint64_t> seeds;
  for (const TomlValue& value : given->list()) {
    seeds.push_back(read_seed(value));
    if (std::count(seeds.begin(), seeds.end(), seeds.back()) > 1)
      value.fail(
          fmt::format("{} is listed twice; the same seed gives the same run", value.found()));
  }
  if (seeds.empty()) given->fail("it is empty; list seeds, such as [1, 2, 3]");
  return seeds;
}

std::vector<TomlValue> ordinate_values(TomlTable& table) {
  const auto given = table.find("ordinate");
  if (!given) return {};
  return given->is_list() ? given->list() : std::vector{*given};
}

std::vector<std::string> read_ordinates(TomlTable& table) {
  std::vector<std::string> names;
  for (const TomlValue& value : ordinate_values(table)) {
    names.push_back(value.text());
    if (std::count(names.begin(), names.end(), names.back()) > 1)
      value.fail(fmt::format("{} is listed twice; one picture of it is enough", value.found()));
  }
  if (names.empty())
    if (const auto given = table.find("ordinate"))
      given->fail("it is empty; name a metric, or leave the key out");
  return names;
}

// `epochs_given`: by --epochs, which may have made the [train].
StudyRuns read_runs(TomlTable& table, const toml::table& document,
                    const std::optional<Time>& duration, bool epochs_given) {
  StudyRuns runs;
  if (!duration) {
    for (const char* key : {"runs", "from", "ordinate"})
      if (table.has(key))
        table.fail_at_key(key,
                          "is of networks of spiking neurons, and this scenario is one of sparse "
                          "coding, whose studies have one kind of run and table; remove it");
    return runs;
  }
  runs.simulations = !document.contains("train");
  if (const auto kind = table.find("runs"))
    runs.simulations = kind->choice({"trainings", "simulations"}) == 1;
  if (runs.simulations && epochs_given)
    table.fail_at_key("runs",
                      "--epochs is of trainings, and the runs are simulations; leave one of the "
                      "two out");
  runs.from = table.time("from", 0.0, {0.0, *duration, false, true});
  runs.ordinates = read_ordinates(table);
  return runs;
}

// Whether a table is, or lies within, that node.
bool holds(const toml::node* node, const toml::table* table) {
  const toml::table* const outer = node != nullptr ? node->as_table() : nullptr;
  if (outer == nullptr) return false;
  return outer == table || std::any_of(outer->begin(), outer->end(), [&](const auto& entry) {
           return holds(&entry.second, table);
         });
}

struct TakenKey {
  const toml::table* table;
  std::string key;
};

// Whether an axis sets that already, or what holds it, or what lies within it.
bool is_taken(const std::vector<TakenKey>& all, const TakenKey& wanted) {
  return std::any_of(all.begin(), all.end(), [&](const TakenKey& taken) {
    return (taken.table == wanted.table && taken.key == wanted.key) ||
           holds(taken.table->get(taken.key), wanted.table) ||
           holds(wanted.table->get(wanted.key), taken.table);
  });
}

// What an axis may not vary where nothing is trained.
void refuse_training_key(const TomlTable& axis, const std::string& path) {
  if (path.starts_with("train.") || path.starts_with("structure.") || path.ends_with(".learn"))
    axis.fail_at_key(path,
                     "changes no result, since the runs of the study are simulations; add [train] "
                     "or write runs = \"trainings\" in [study], or remove the axis");
}

}  // namespace

StudySpec read_study(TomlTable table, toml::table& document, const StudyContext& context) {
  write_out_steps(document, *context.file);
  table.known({"seeds", "axis", "runs", "from", "ordinate"});
  StudySpec spec;
  spec.seeds = read_seeds(table, context.seed);
  spec.on_chip = document.contains("chip");
  const StudyRuns kind = read_runs(table, document, context.duration, context.epochs_given);
  std::size_t runs = spec.seeds.size();
  std::vector<TakenKey> taken;
  for (TomlTable& axis : table.tables("axis")) {
    // A key has one axis at most, and nothing else goes before its values.
    for (const std::string& path : study_places(axis)) {
      const StudyPlace place = study_place(document, axis, path);
      if (kind.simulations) refuse_training_key(axis, path);
      for (const toml::table* into : place.tables) {
        if (is_taken(taken, {into, place.key}))
          axis.fail_at_key(path, "another axis sets it, too; keep one of them");
        taken.push_back({into, place.key});
      }
      if (context.epochs_given && path == "train.epochs")
        axis.fail_at_key(path,
                         "--epochs gives it one value, and the study lists several; leave "
                         "one of the two out");
    }
    spec.axes.push_back(read_axis(axis, document, context.text));
    runs *= spec.axes.back().labels.size();
    if (runs > max_study_runs)
      axis.fail(
          fmt::format("with it the study has {} runs, and {} is the limit; list fewer values "
                      "or seeds",
                      runs, max_study_runs));
  }
  for (std::size_t a = 0; a < spec.axes.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      if (spec.axes[a].name == spec.axes[b].name)
        table.fail(
            fmt::format("two axes are called {}; give each a name of its own", spec.axes[a].name));
  return spec;
}

void choose_study_values(toml::table& document, const std::string& file,
                         std::span<const std::size_t> values) {
  write_out_steps(document, file);
  toml::array* axes = document["study"]["axis"].as_array();
  for (std::size_t a = 0; a < values.size(); ++a) {
    toml::table& axis = *axes->get(a)->as_table();
    const TomlTable table(file, axis, fmt::format("study.axis[{}]", a));
    for (const std::string& path : study_places(table)) {
      const StudyPlace place = study_place(document, table, path);
      toml::node& value = *axis.get(path)->as_array()->get(values[a]);
      if (is_absent(value)) {
        for (toml::table* each : place.tables) each->erase(place.key);
        continue;
      }
      const toml::key written(place.key, axis.lower_bound(path)->first.source());
      for (std::size_t k = 0; k + 1 < place.tables.size(); ++k)
        place.tables[k]->insert_or_assign(written, value);
      // Moved, since copies of nodes forget where they stood.
      place.tables.back()->insert_or_assign(written, std::move(value));
    }
  }
  document.erase("study");
}

StudyRuns read_study_runs(const std::string& text, const std::string& file,
                          const std::optional<Time>& duration) {
  const toml::table document = parse_toml(text, file);
  TomlTable root(file, document, "");
  auto study = root.single("study");
  return study ? read_runs(*study, document, duration, false) : StudyRuns{};
}

void fail_at_ordinate(const std::string& text, const std::string& file, const std::string& metric,
                      const std::string& message) {
  const toml::table document = parse_toml(text, file);
  TomlTable root(file, document, "");
  if (auto study = root.single("study"))
    for (const TomlValue& value : ordinate_values(*study))
      if (value.text() == metric) value.fail(message);
  throw ScenarioError(file, 0, 0, "study.ordinate", message);
}

std::uint64_t read_seed(const TomlValue& value) {
  if (!value.is_text()) return value.integer(0, std::numeric_limits<std::int64_t>::max());
  const std::string text = value.text();
  std::uint64_t seed = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size())
    value.fail(
        fmt::format("{} is no seed; write a whole number from 0 to 2^64 - 1", value.found()));
  return seed;
}

}  // namespace retrograde
