#include <charconv>
#include <fmt/format.h>
#include <optional>
#include <string>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/csv.hpp>
#include <retrograde/scenarios/io/spikes/spike_formats.hpp>

namespace retrograde {

namespace {

constexpr const char* header_remedy =
    "name the columns in the first line: neuron,time_ms (or sender, id, unit, node_id; time_s, "
    "time_us, time_ns), and population and trial where there are several";

// "# size 400 E", "# duration_ms 100"; other comments are anybody's.
void take_comment(std::string_view comment, SpikeCollector& collector) {
  const auto number = [](std::string_view& text, auto& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
  };
  constexpr std::string_view size = "size ", duration = "duration_ms ";
  if (comment.starts_with(size)) {
    comment.remove_prefix(size.size());
    std::uint32_t neurons = 0;
    if (number(comment, neurons) && neurons > 0 && comment.starts_with(' '))
      collector.size(collector.population(std::string(comment.substr(1))), neurons);
  } else if (comment.starts_with(duration)) {
    comment.remove_prefix(duration.size());
    Time time = 0;
    if (number(comment, time) && comment.empty() && time > 0 && time <= latest_recorded)
      collector.duration(time);
  }
}

// What the columns are.
struct Columns {
  std::optional<std::size_t> neuron, time, population, trial;
  std::optional<double> unit = {};
};

Columns named_columns(const CsvReader& reader, SpikeCollector& collector) {
  Columns columns;
  for (std::size_t k = 0; k < reader.cells().size(); ++k) {
    const std::string_view cell = reader.cells()[k];
    std::optional<double> unit;
    std::optional<std::size_t>* column = nullptr;
    if (names_neurons(cell)) column = &columns.neuron;
    if (names_times(cell, &unit)) column = &columns.time;
    if (names_trials(cell)) column = &columns.trial;
    if (cell == "population") column = &columns.population;
    if (cell == "time_step" || cell == "time_offset")
      reader.fail(
          "its times are counted in steps of a resolution that it does not say; record with "
          "time_in_steps = False");
    if (!column)
      reader.fail(
          fmt::format("\"{}\" is no column of spikes; {}", cell.substr(0, 40), header_remedy));
    if (*column)
      reader.fail(fmt::format("column \"{}\" says again what \"{}\" says; leave one of them", cell,
                              reader.cells()[**column]));
    *column = k;
    if (column == &columns.time) columns.unit = unit;
    if (names_senders(cell)) collector.senders();
  }
  if (!columns.neuron) reader.fail(fmt::format("no column has the neurons; {}", header_remedy));
  if (!columns.time) reader.fail(fmt::format("no column has the times; {}", header_remedy));
  return columns;
}

// NEST 2 writes no line with names.
Columns gdf_columns(SpikeCollector& collector) {
  collector.senders();
  return {0, 1, {}, {}, 1.0};
}

}  // namespace

void collect_text(std::string_view text, SpikeCollector& collector) {
  const bool gdf = collector.file().ends_with(".gdf");
  CsvReader reader(text, collector.file(), gdf ? ' ' : separator_of(text, ",;\t "));
  if (!gdf && !reader.next())
    throw FormatError(collector.file(), text.size(),
                      fmt::format("it has no line; {}", header_remedy));
  const Columns columns = gdf ? gdf_columns(collector) : named_columns(reader, collector);
  for (const std::string_view comment : reader.take_comments()) take_comment(comment, collector);
  const double unit = collector.unit(columns.unit, std::nullopt);
  std::string name;
  std::optional<std::size_t> population;
  if (!columns.population) population = collector.population(name);
  while (reader.next()) {
    if (gdf && reader.cells().size() != 2)
      reader.fail("a line of a .gdf file has two cells, the neuron and the time in ms");
    if (columns.population && (!population || reader.cells()[*columns.population] != name)) {
      name = reader.cells()[*columns.population];
      if (name.empty()) reader.fail("the name of the population is empty");
      population = collector.population(name);
    }
    const std::int64_t neuron =
        reader.integer(*columns.neuron, "neuron", 0, std::int64_t{largest_recorded_neuron});
    const Time time = unit * reader.number(*columns.time, "time");
    if (!(time >= 0.0 && time < latest_recorded))
      reader.fail(
          fmt::format("it has a spike at {:g} ms; times count from the start of the trial and "
                      "lie between 0 and {:g} ms",
                      time, latest_recorded));
    const std::int64_t trial =
        columns.trial ? reader.integer(*columns.trial, "trial", 0, most_recorded_trials - 1) : 0;
    collector.add(*population, static_cast<std::uint64_t>(neuron), time,
                  static_cast<std::uint32_t>(trial));
  }
}

}  // namespace retrograde
