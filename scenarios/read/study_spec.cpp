#include <algorithm>
#include <cctype>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>

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

void read_numbers(StudyAxis& axis, const toml::array& values) {
  std::vector<double> numbers, times;
  for (const toml::node& value : values) {
    if (value.is_number()) numbers.push_back(number_of(value));
    if (const auto* text = value.as_string())
      if (const ParsedQuantity time = parse_time(text->get()); time.problem.empty())
        times.push_back(time.value);
  }
  if (numbers.size() == values.size()) axis.numbers = numbers;
  if (times.size() != values.size()) return;
  axis.numbers = times;
  axis.unit = "ms";
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

}  // namespace

StudySpec read_study(TomlTable table, toml::table& document, const StudyContext& context) {
  table.known({"seeds", "axis"});
  StudySpec spec;
  spec.seeds = read_seeds(table, context.seed);
  spec.on_chip = document.contains("chip");
  std::size_t runs = spec.seeds.size();
  std::vector<std::pair<const toml::table*, std::string>> taken;
  for (TomlTable& axis : table.tables("axis")) {
    // A key has one axis at most, and nothing else goes before its values.
    for (const std::string& path : study_places(axis)) {
      const StudyPlace place = study_place(document, axis, path);
      const std::pair<const toml::table*, std::string> key(place.table, place.key);
      if (std::find(taken.begin(), taken.end(), key) != taken.end())
        axis.fail_at_key(path, "another axis sets it, too; keep one of them");
      if (context.epochs_given && path == "train.epochs")
        axis.fail_at_key(path,
                         "--epochs gives it one value, and the study lists several; leave "
                         "one of the two out");
      taken.push_back(key);
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
  toml::array* axes = document["study"]["axis"].as_array();
  for (std::size_t a = 0; a < values.size(); ++a) {
    toml::table& axis = *axes->get(a)->as_table();
    const TomlTable table(file, axis, fmt::format("study.axis[{}]", a));
    for (const std::string& path : study_places(table)) {
      const StudyPlace place = study_place(document, table, path);
      toml::node& value = *axis.get(path)->as_array()->get(values[a]);
      if (is_absent(value)) {
        place.table->erase(place.key);
        continue;
      }
      const toml::key& written = axis.lower_bound(path)->first;
      // Moved, since copies of nodes forget where they stood.
      place.table->insert_or_assign(toml::key(place.key, written.source()), std::move(value));
    }
  }
  document.erase("study");
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
