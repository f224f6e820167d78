#include <fmt/format.h>
#include <fmt/ranges.h>
#include <optional>
#include <utility>
#include <vector>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/listed.hpp>
#include <retrograde/scenarios/data/stimuli/poisson.hpp>
#include <retrograde/scenarios/data/stimuli/recorded.hpp>
#include <retrograde/scenarios/data/stimuli/regular.hpp>
#include <retrograde/scenarios/data/stimuli/relay.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/read/stimuli/per_neuron.hpp>
#include <retrograde/scenarios/read/stimuli/stimulus_table.hpp>

namespace retrograde {

namespace {

constexpr std::size_t most_pieces = 100'000;            // of a rate
constexpr std::uint32_t most_burst_spikes = 1'000'000;  // of one burst

// The table of a stimulus while it is read.
struct StimulusTable {
  TomlTable& table;
  const InputPlace& place;

  PerNeuron values(const TomlValue& value, Quantity quantity, const std::string& key,
                   const Range& range) const {
    return read_per_neuron(value, quantity, key, {place.size, place.seed, place.name}, range);
  }
  // start and stop, which bound when there are spikes.
  void window(Time* start, Time* stop) {
    *start = table.time("start", 0.0, {0.0, place.duration, false, true});
    if (const auto end = table.find("stop")) {
      *stop = end->time({0.0, never, true, false});
      if (!(*stop > *start))
        end->fail(fmt::format("{} does not lie after start, {:g} ms; choose a later stop",
                              end->found(), *start));
    }
  }
  Time jitter() { return table.time("jitter", 0.0); }
  std::optional<PerNeuron> phase();
  // The distance of what is regular, by `every` or by `rate`; none: neither is written.
  std::optional<PerNeuron> distance(const char* every);
};

// A time per neuron, or "random": drawn in every trial.
std::optional<PerNeuron> StimulusTable::phase() {
  const auto phase = table.find("phase");
  if (!phase) return PerNeuron{};
  if (phase->is_text() && phase->text() == "random") return std::nullopt;
  return values(*phase, Quantity::time, "phase", Range::not_negative());
}

std::optional<PerNeuron> StimulusTable::distance(const char* every) {
  const auto time = table.find(every);
  const auto rate = table.find("rate");
  if (time && rate) rate->fail(fmt::format("{} says it already; remove one of the two", every));
  if (time) return values(*time, Quantity::time, every, Range::positive());
  if (!rate) return std::nullopt;
  PerNeuron distances = values(*rate, Quantity::rate, "rate", Range::positive());
  for (double& x : distances.values) x = 1.0 / x;
  return distances;
}

std::vector<RatePiece> read_pieces(StimulusTable& t, const TomlValue& rates) {
  std::vector<RatePiece> pieces;
  const auto list = rates.list();
  if (list.empty())
    rates.fail("it is empty; write rates = [{ at = \"0 ms\", rate = \"10 Hz\" }], or a rate");
  if (list.size() > most_pieces)
    rates.fail(
        fmt::format("it has {} pieces, and at most {} are possible", list.size(), most_pieces));
  for (const TomlValue& entry : list) {
    TomlTable piece = entry.table();
    piece.known({"at", "rate"});
    const TomlValue at = piece.require("at", "at = \"200 ms\", from when on the rate holds");
    const Time from = at.time({0.0, t.place.duration, false, true});
    if (!pieces.empty() && from <= pieces.back().from)
      at.fail(
          fmt::format("{} does not come after the one before it; list the pieces in ascending "
                      "order",
                      at.found()));
    const std::string key = fmt::format("rates[{}]", pieces.size());
    pieces.push_back({from, t.values(piece.require("rate", "rate = \"40 Hz\""), Quantity::rate, key,
                                     Range::not_negative())});
  }
  return pieces;
}

std::shared_ptr<const Stimulus> poisson(StimulusTable& t) {
  PoissonSpec spec;
  spec.size = t.place.size;
  const auto rate = t.table.find("rate");
  const auto rates = t.table.find("rates");
  if (rate && rates) rates->fail("rate says it already; remove one of the two");
  if (!rate && !rates)
    t.table.fail(
        "rate is missing; write rate = \"20 Hz\", or rates = [{ at = \"0 ms\", rate = \"10 Hz\" }, "
        "...] for one that changes");
  t.window(&spec.start, &spec.stop);
  if (rates)
    spec.pieces = read_pieces(t, *rates);
  else
    spec.pieces.push_back({0.0, t.values(*rate, Quantity::rate, "rate", Range::not_negative())});
  return make_stimulus(std::move(spec));
}

std::shared_ptr<const Stimulus> regular(StimulusTable& t) {
  RegularSpec spec;
  spec.size = t.place.size;
  auto distance = t.distance("interval");
  if (!distance)
    t.table.fail("interval is missing; write interval = \"10 ms\", or rate = \"100 Hz\"");
  spec.every = std::move(*distance);
  spec.phase = t.phase();
  spec.jitter = t.jitter();
  t.window(&spec.start, &spec.stop);
  return make_stimulus(std::move(spec));
}

std::shared_ptr<const Stimulus> bursts(StimulusTable& t) {
  BurstSpec spec;
  spec.size = t.place.size;
  spec.spikes = static_cast<std::uint32_t>(
      t.table.require("spikes", "spikes = 5, how many a burst has").integer(1, most_burst_spikes));
  spec.interval = t.table.require("interval", "interval = \"3 ms\", between spikes of a burst")
                      .time(Range::positive());
  const auto every = t.table.find("every");
  const auto rate = t.table.find("rate");
  if (every && rate) rate->fail("every says already when bursts come; remove one of the two");
  if (!every && !rate)
    t.table.fail(
        "it does not say when bursts come; write every = \"100 ms\", or rate = \"5 Hz\" for bursts "
        "at random times");
  if (every) {
    spec.every = t.values(*every, Quantity::time, "every", Range::positive());
    spec.phase = t.phase();
  } else {
    spec.rate = t.values(*rate, Quantity::rate, "rate", Range::not_negative());
    if (t.table.has("phase"))
      t.table.fail_at_key("phase", "bursts at random times have none; remove it, or write every");
  }
  spec.jitter = t.jitter();
  t.window(&spec.start, &spec.stop);
  return make_stimulus(std::move(spec));
}

std::shared_ptr<const Stimulus> relay(StimulusTable& t) {
  RelaySpec spec;
  spec.size = t.place.size;
  const TomlValue from =
      t.table.require("from", "from = \"source\", the input population whose spikes are passed on");
  const std::string name = from.text();
  std::vector<std::string> names;
  for (std::size_t p = 0; p < t.place.before.size(); ++p) {
    const InlineInput& input = t.place.before[p];
    if (input.spikes) names.push_back(input.name);
    if (input.name != name || !input.spikes) continue;
    spec.source = static_cast<std::uint32_t>(p);
    spec.source_size = input.size;
  }
  if (spec.source_size == 0)
    from.fail(fmt::format("there is no population above {} that has spikes and is called {}{}; {}",
                          t.place.name, from.found(), suggestion(name, names),
                          names.empty() ? "write one, with spikes"
                                        : fmt::format("there are {}", fmt::join(names, ", "))));
  if (spec.source_size != 1 && spec.source_size != spec.size)
    from.fail(fmt::format(
        "{} has {} neurons and {} has {}; give both the same size, or {} one neuron, which is then "
        "passed on to all",
        from.found(), spec.source_size, t.place.name, spec.size, name));
  spec.probability = t.table.number("probability", 1.0, {0.0, 1.0});
  if (const auto delay = t.table.find("delay"))
    spec.delay = t.values(*delay, Quantity::time, "delay", Range::not_negative());
  spec.jitter = t.jitter();
  return make_stimulus(std::move(spec));
}

// What is wrong with the file is said where it is named.
std::vector<std::vector<Spike>> read_trials_of(const TomlValue& path, const SpikeReading& reading,
                                               const SpikeChoice& choice,
                                               const std::filesystem::path& folder) {
  const std::filesystem::path named(path.text());
  try {
    return chosen_spikes(read_spike_file(folder / named, reading), choice);
  } catch (const FormatError& error) {
    path.fail(error.what());
  } catch (const LimitError& error) {
    path.fail(error.what());
  }
}

std::shared_ptr<const Stimulus> file(StimulusTable& t) {
  const TomlValue path = t.table.require("path", "path = \"spikes.csv\"");
  SpikeReading reading{.most = t.place.limits.input_spikes, .limits = t.place.limits};
  if (const auto unit = t.table.find("unit"))
    reading.unit = std::vector<double>{1e-6, 1e-3, 1.0, 1e3}[unit->choice({"ns", "us", "ms", "s"})];
  SpikeChoice choice{.size = t.place.size, .name = t.place.name};
  choice.first = t.table.integer("first", 0, 0);
  choice.population = t.table.text("population", "");
  if (const auto trial = t.table.find("trial"))
    choice.trial = static_cast<std::uint32_t>(trial->integer(0, 0xffffffffu));
  ListedSpec spec;
  t.window(&spec.start, &spec.stop);
  spec.trials = read_trials_of(path, reading, choice, t.place.files);
  const TrialRange& trials = t.place.trials;
  if (const std::size_t count = spec.trials.size();
      count > 1 && trials.end != TrialRange{}.end && count != trials.end - trials.begin)
    path.fail(fmt::format(
        "the file has {} trials, and this [[trial]] stands for {}; write repeat = {}, in "
        "which each takes its own, or trial = 0 beside path, which all then take",
        count, trials.end - trials.begin, count));
  spec.first_trial = trials.begin;
  auto stimulus = make_stimulus(std::move(spec));
  if (const auto late = stimulus->beyond(t.place.duration, {}))
    path.fail(
        fmt::format("neuron {} fires at {:g} ms, and the trial lasts {:g} ms; write stop = \"{:g} "
                    "ms\" to leave "
                    "out what comes later, or a longer duration",
                    late->neuron, late->time, t.place.duration, t.place.duration));
  return stimulus;
}

// One row per stimulus.
struct StimulusKind {
  const char* name;
  std::vector<std::string> keys;  // beside `stimulus`
  std::shared_ptr<const Stimulus> (*read)(StimulusTable&);
};
const std::vector<StimulusKind> kinds = {
    {"poisson", {"rate", "rates", "start", "stop"}, poisson},
    {"regular", {"interval", "rate", "phase", "jitter", "start", "stop"}, regular},
    {"bursts", {"spikes", "interval", "every", "rate", "phase", "jitter", "start", "stop"}, bursts},
    {"relay", {"from", "probability", "delay", "jitter"}, relay},
    {"file", {"path", "population", "trial", "first", "unit", "start", "stop"}, file},
};

}  // namespace

std::shared_ptr<const Stimulus> read_stimulus(const TomlValue& value, const InputPlace& place) {
  TomlTable table = value.table();
  std::vector<std::string> names, keys = {"stimulus"};
  for (const StimulusKind& kind : kinds) {
    names.emplace_back(kind.name);
    keys.insert(keys.end(), kind.keys.begin(), kind.keys.end());
  }
  table.known(keys);
  const TomlValue named = table.require("stimulus", "stimulus = \"poisson\"");
  StimulusTable given{table, place};
  const StimulusKind& kind = kinds[named.choice(names)];
  auto stimulus = kind.read(given);
  table.finish(fmt::format("does not apply to stimulus = \"{}\", which has {}; remove it",
                           kind.name, fmt::join(kind.keys, ", ")));
  return stimulus;
}

std::shared_ptr<const Stimulus> read_spikes(const TomlValue& value, const InputPlace& place) {
  if (!value.is_table()) return read_listed(value, place);
  auto stimulus = read_stimulus(value, place);
  double source = 0.0;
  if (const auto passed_on = stimulus->relays())
    source = place.before[*passed_on].spikes->expected(place.duration, 0.0);
  const double expected = stimulus->expected(place.duration, source);
  if (!(expected <= static_cast<double>(place.limits.input_spikes)))
    value.fail(fmt::format(
        "it makes about {:.3g} spikes in a trial, and at most {} are possible; choose a lower rate "
        "or a shorter trial",
        expected, place.limits.input_spikes));
  return stimulus;
}

}  // namespace retrograde
