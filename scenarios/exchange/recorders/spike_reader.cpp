#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/recorders/spike_recording.hpp>
#include <retrograde/scenarios/io/arrays/array_file.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/csv.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/scenarios/io/json_file.hpp>

namespace retrograde {

namespace {

constexpr std::size_t most_trials = 100'000, most_spikes = 500'000'000;
constexpr double latest = 1e12;  // ms; that a trial ends, and before which its spikes are

// What a file says, before it is a network with tapes.
class Collected {
 public:
  explicit Collected(std::string file, const ScenarioLimits& limits = {})
      : file_(std::move(file)), limits_(limits) {}

  const ScenarioLimits& limits() const { return limits_; }

  // The position of a population, which it becomes where it is not there yet.
  std::size_t population(const std::string& name) {
    const auto [at, is_new] = positions_.try_emplace(name, names_.size());
    if (is_new) {
      names_.push_back(name);
      sizes_.emplace_back();
      largest_.push_back(0);
      if (names_.size() > limits_.populations)
        throw LimitError(
            "populations", limits_.populations, static_cast<double>(names_.size()),
            fmt::format("{}: it has more than {} populations", file_, limits_.populations));
    }
    return at->second;
  }
  void size(std::size_t population, std::uint32_t neurons) { sizes_[population] = neurons; }
  void duration(Time of_trial) { durations_.push_back(of_trial); }
  void add(std::size_t population, std::uint32_t neuron, Time time, std::size_t trial) {
    spikes_.push_back(
        {time, static_cast<std::uint32_t>(population), neuron, static_cast<std::uint32_t>(trial)});
    largest_[population] = std::max(largest_[population], neuron + 1);
    trials_ = std::max(trials_, trial + 1);
    if (spikes_.size() > most_spikes)
      throw LimitError("spikes", most_spikes, static_cast<double>(spikes_.size()),
                       fmt::format("{}: it has more than {} spikes", file_, most_spikes));
  }

  SpikeRecording recording() {
    if (names_.empty())
      throw FormatError(file_, 0, "it has no spikes and no populations; there is nothing to read");
    SpikeRecording result;
    build_network(result);
    build_trials(result);
    return result;
  }

 private:
  struct Spike {
    Time time;
    std::uint32_t population, neuron, trial;
  };

  void build_network(SpikeRecording& result) {
    NetworkBuilder builder;
    double neurons = 0;
    std::string guessed;
    for (std::size_t p = 0; p < names_.size(); ++p) {
      if (sizes_[p] && *sizes_[p] < largest_[p])
        throw FormatError(file_, 0,
                          fmt::format("{} has {} neurons and a spike of neuron {}", names_[p],
                                      *sizes_[p], largest_[p] - 1));
      if (!sizes_[p]) guessed += (guessed.empty() ? "" : ", ") + names_[p];
      const std::uint32_t size = std::max(sizes_[p].value_or(largest_[p]), 1u);
      neurons += size;
      if (neurons > limits_.neurons)
        throw LimitError("neurons", limits_.neurons, neurons,
                         fmt::format("{}: it has more than {} neurons", file_, limits_.neurons));
      builder.add({.name = names_[p], .model = Model::input, .size = size});
    }
    if (!guessed.empty())
      result.notes.push_back(
          fmt::format("The file does not say how many neurons there are: as many "
                      "as the largest that fires in {}.",
                      guessed));
    result.network = builder.build();
  }

  void build_trials(SpikeRecording& result) {
    const std::size_t count = std::max({trials_, durations_.size(), std::size_t{1}});
    if (!durations_.empty() && durations_.size() != count)
      throw FormatError(file_, 0,
                        fmt::format("it has {} durations and spikes of trial {}; one per "
                                    "trial, which are numbered from 0",
                                    durations_.size(), trials_ - 1));
    result.trials.resize(count);
    std::stable_sort(spikes_.begin(), spikes_.end(), [](const Spike& a, const Spike& b) {
      return std::pair(a.trial, a.time) < std::pair(b.trial, b.time);
    });
    Time last = 0;
    for (const Spike& spike : spikes_) {
      TapeSpike of_tape{};
      of_tape.time = spike.time;
      of_tape.neuron = result.network.populations()[spike.population].first + spike.neuron;
      result.trials[spike.trial].spikes.push_back(of_tape);
      last = std::max(last, spike.time);
    }
    for (std::size_t k = 0; k < count; ++k) {
      Tape& tape = result.trials[k];
      // The instant of the last spike is within the trial.
      tape.duration = durations_.empty() ? std::nextafter(last, never) : durations_[k];
      if (!tape.spikes.empty() && tape.spikes.back().time > tape.duration)
        throw FormatError(file_, 0,
                          fmt::format("trial {} ends at {:g} ms and has a spike at {:g} ms", k,
                                      tape.duration, tape.spikes.back().time));
    }
    if (durations_.empty())
      result.notes.push_back(
          fmt::format("The file does not say how long a trial is: up to the last "
                      "spike, {:g} ms.",
                      last));
  }

  std::string file_;
  ScenarioLimits limits_;
  std::map<std::string, std::size_t> positions_;
  std::vector<std::string> names_;
  std::vector<std::optional<std::uint32_t>> sizes_;
  std::vector<std::uint32_t> largest_;  // neuron that fires, and one more
  std::vector<Time> durations_;
  std::vector<Spike> spikes_;
  std::size_t trials_ = 0;
};

// ---- CSV -----------------------------------------------------------------------------------------

// "# size 400 E", "# duration_ms 100"; other comments are anybody's.
void take_comment(std::string_view comment, Collected& collected) {
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
      collected.size(collected.population(std::string(comment.substr(1))), neurons);
  } else if (comment.starts_with(duration)) {
    comment.remove_prefix(duration.size());
    Time time = 0;
    if (number(comment, time) && comment.empty() && time > 0 && time <= latest)
      collected.duration(time);
  }
}

struct CsvColumns {
  std::optional<std::size_t> population, neuron, time, trial;
};

CsvColumns csv_columns(const CsvReader& reader) {
  CsvColumns columns;
  for (std::size_t k = 0; k < reader.cells().size(); ++k) {
    const std::string_view cell = reader.cells()[k];
    if (cell == "population")
      columns.population = k;
    else if (cell == "neuron")
      columns.neuron = k;
    else if (cell == "time_ms")
      columns.time = k;
    else if (cell == "trial")
      columns.trial = k;
    else
      reader.fail(
          fmt::format("\"{}\" is no column of spikes; they are population, neuron, time_ms "
                      "and trial",
                      cell));
  }
  if (!columns.neuron || !columns.time)
    reader.fail(
        "the columns neuron and time_ms are needed; begin the file with "
        "population,neuron,time_ms");
  return columns;
}

void collect_csv(const std::string& text, const std::string& file, Collected& collected) {
  CsvReader reader(text, file);
  if (!reader.next())
    throw FormatError(file, text.size(), "it has no line; begin it with population,neuron,time_ms");
  const CsvColumns columns = csv_columns(reader);
  for (const std::string_view comment : reader.take_comments()) take_comment(comment, collected);
  std::string name = "spikes";
  std::optional<std::size_t> population;
  while (reader.next()) {
    if (columns.population && reader.cells()[*columns.population] != name) {
      name = reader.cells()[*columns.population];
      if (name.empty()) reader.fail("the name of the population is empty");
      population.reset();
    }
    if (!population) population = collected.population(name);
    const auto neuron =
        reader.integer(*columns.neuron, "neuron", 0, collected.limits().neurons - 1);
    const Time time = reader.number(*columns.time, "time_ms");
    if (time < 0 || time >= latest)
      reader.fail(fmt::format("time_ms {:g}: times lie between 0 and {:g} ms", time, latest));
    const std::int64_t trial =
        columns.trial ? reader.integer(*columns.trial, "trial", 0, most_trials - 1) : 0;
    collected.add(*population, static_cast<std::uint32_t>(neuron), time,
                  static_cast<std::size_t>(trial));
  }
}

// ---- NPZ and HDF5 --------------------------------------------------------------------------------

// One number of a list, within [0, most], whole where it has to be.
double checked(const ArrayFile& file, const std::string& name, double value, double most,
               bool whole) {
  if (value >= 0 && value <= most && (!whole || value == std::floor(value))) return value;
  throw FormatError(file.file(), 0,
                    fmt::format("{}: {} is no {} from 0 to {:g}", name, value,
                                whole ? "whole number" : "time in ms", most));
}

std::vector<double> list_of(const ArrayFile& file, const std::string& name) {
  NumericArray array = file.read(name);
  if (array.shape.size() != 1)
    throw FormatError(file.file(), 0,
                      fmt::format("{}: it has {} axes; a list has one", name, array.shape.size()));
  return std::move(array.values);
}

void collect_population(const ArrayFile& file, const std::string& name, const std::string& times_at,
                        const std::string& neurons_at, const std::string& trials_at,
                        const std::string& size_at, Collected& collected) {
  const std::size_t population = collected.population(name);
  const std::vector<double> times = list_of(file, times_at), neurons = list_of(file, neurons_at);
  const std::vector<double> trials =
      file.has(trials_at) ? list_of(file, trials_at) : std::vector<double>(times.size(), 0.0);
  if (neurons.size() != times.size() || trials.size() != times.size())
    throw FormatError(file.file(), 0,
                      fmt::format("{} has {} times, {} neurons and {} trials; one each per spike",
                                  name, times.size(), neurons.size(), trials.size()));
  const double most_neuron = collected.limits().neurons - 1.0;
  for (std::size_t k = 0; k < times.size(); ++k)
    collected.add(
        population,
        static_cast<std::uint32_t>(checked(file, neurons_at, neurons[k], most_neuron, true)),
        checked(file, times_at, times[k], std::nextafter(latest, 0.0), false),
        static_cast<std::size_t>(checked(file, trials_at, trials[k], most_trials - 1.0, true)));
  if (!file.has(size_at)) return;
  const NumericArray size = file.read(size_at);
  if (size.values.size() != 1 || size.values[0] < 1)
    throw FormatError(file.file(), 0, fmt::format("{}: it is no number of neurons", size_at));
  collected.size(population, static_cast<std::uint32_t>(
                                 checked(file, size_at, size.values[0], most_neuron + 1, true)));
}

void collect_arrays(const ArrayFile& file, Collected& collected) {
  const bool sonata = file.format() == ArrayFormat::hdf5;
  const std::string front = sonata ? "spikes/" : "", end = sonata ? "/timestamps" : "/times";
  for (const std::string& name : file.names()) {
    if (!name.starts_with(front) || !name.ends_with(end) ||
        name.size() <= front.size() + end.size())
      continue;
    const std::string population =
        name.substr(front.size(), name.size() - front.size() - end.size());
    const std::string at = front + population;
    collect_population(file, population, name, at + (sonata ? "/node_ids" : "/neurons"),
                       at + "/trials", sonata ? "sizes/" + population : at + "/size", collected);
  }
  if (file.has("durations"))
    for (const double duration : list_of(file, "durations")) {
      if (checked(file, "durations", duration, latest, false) == 0)
        throw FormatError(file.file(), 0, "durations: a trial is longer than 0 ms");
      collected.duration(duration);
    }
}

// ---- run.json ------------------------------------------------------------------------------------

void collect_json(const nlohmann::ordered_json& document, const std::string& file,
                  Collected& collected) {
  const auto fail = [&](const std::string& message) {
    throw FormatError(file, 0, message + "; it is not as `retro run --out` writes it");
  };
  if (!document.is_object() || document.value("schema", "") != "retrograde.run/1")
    fail("its schema is not retrograde.run/1");
  if (!document.contains("duration_ms") || !document["duration_ms"].is_number() ||
      !document.contains("spikes") || !document["spikes"].is_object())
    fail("duration_ms or spikes are missing");
  const double duration = document["duration_ms"].get<double>();
  if (!(duration > 0 && duration <= latest)) fail("duration_ms is no duration");
  collected.duration(duration);
  for (const auto& [name, neurons] : document["spikes"].items()) {
    if (!neurons.is_array() || neurons.empty() || neurons.size() > collected.limits().neurons)
      fail(fmt::format("spikes.{} is no list of neurons", name));
    const std::size_t population = collected.population(name);
    collected.size(population, static_cast<std::uint32_t>(neurons.size()));
    for (std::size_t n = 0; n < neurons.size(); ++n) {
      if (!neurons[n].is_array()) fail(fmt::format("spikes.{}[{}] is no list", name, n));
      for (const auto& time : neurons[n]) {
        if (!time.is_number() || !(time.get<double>() >= 0 && time.get<double>() <= duration))
          fail(fmt::format("spikes.{}[{}] has what is no time of the trial", name, n));
        collected.add(population, static_cast<std::uint32_t>(n), time.get<double>(), 0);
      }
    }
  }
}

}  // namespace

SpikeRecording read_spike_recording(const std::filesystem::path& path) {
  // HDF5 is read where it is.
  if (!hdf5::is_hdf5(read_beginning(path, 8)))
    return parse_spike_recording(read_file(path), path.string());
  Collected collected(path.string());
  collect_arrays(ArrayFile(path), collected);
  return collected.recording();
}

SpikeRecording parse_spike_recording(std::vector<std::uint8_t> bytes, const std::string& file,
                                     const ScenarioLimits& limits) {
  Collected collected(file, limits);
  if (hdf5::is_hdf5(bytes) || is_zip(bytes)) {
    collect_arrays(ArrayFile(std::move(bytes), file), collected);
  } else if (std::find(bytes.begin(), bytes.end(), 0) != bytes.end()) {
    throw FormatError(file, 0, "it is neither CSV nor NPZ nor HDF5, in which spikes are kept");
  } else {
    collect_csv({bytes.begin(), bytes.end()}, file, collected);
  }
  return collected.recording();
}

SpikeRecording read_simulation(const std::filesystem::path& folder) {
  const std::string path = (folder / "run.json").string();
  Collected collected(path);
  collect_json(read_json(path), path, collected);
  return collected.recording();
}

}  // namespace retrograde
