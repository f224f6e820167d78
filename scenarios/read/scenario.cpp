#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <new>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/stimuli/inline_trials.hpp>
#include <retrograde/scenarios/data/trials_file.hpp>
#include <retrograde/scenarios/io/arrays/zip.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/integers/integer_network.hpp>
#include <retrograde/scenarios/read/network/names.hpp>
#include <retrograde/scenarios/read/network/network.hpp>
#include <retrograde/scenarios/read/part.hpp>
#include <retrograde/scenarios/read/pursuit/pursuit_tables.hpp>
#include <retrograde/scenarios/read/recorders/probe_table.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/scenario_loss.hpp>
#include <retrograde/scenarios/read/stimuli/named_files.hpp>
#include <retrograde/scenarios/read/stimuli/trial_tables.hpp>
#include <retrograde/scenarios/read/structure/structure_table.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>
#include <retrograde/scenarios/read/surrogate_table.hpp>
#include <retrograde/scenarios/read/text/document.hpp>
#include <retrograde/scenarios/read/timeline/event_table.hpp>

namespace retrograde {

namespace {

// Only the name of the population that the data goes to: it makes that population an input.
std::string data_population(const toml::table& document) {
  return document["data"]["population"].value_or(std::string());
}

// [scenario]: name, title and seed.
void read_name(TomlTable& table, const ScenarioOverrides& overrides, Scenario& result) {
  if (const auto name = table.find("name")) {
    result.name = read_folder_name(*name);
  } else {
    result.name = std::filesystem::path(result.file).stem().string();
    if (const std::string problem = folder_name_problem(result.name); !problem.empty())
      table.fail(fmt::format("name is missing, and that of the file does not do: {}", problem));
  }
  result.title = table.text("title", "");
  if (const auto seed = table.find("seed")) result.seed = read_seed(*seed);
  if (overrides.seed) result.seed = *overrides.seed;
}

// [scenario]: all but the scheduler.
void read_head(TomlTable& table, const ScenarioOverrides& overrides, Scenario& result) {
  table.known({"name", "title", "duration", "seed", "max_rate", "scheduler", "trials", "folder"});
  read_name(table, overrides, result);
  result.duration = table.require("duration", "duration = \"40 ms\"").time({1e-6, 1e12});
  result.max_rate = table.number("max_rate", result.max_rate, Range::positive());
}

// The network with its delays as short as learning may make them.
Network with_shortest_delays(const Scenario& scenario) {
  const ParameterLayout& layout = scenario.network.layout();
  const auto given = scenario.network.parameters();
  std::vector<double> values(given.begin(), given.end());
  for (const ParameterKind kind : parameter_kinds) {
    if (!is_delay(kind)) continue;
    const std::size_t begin = layout.offset(kind);
    scenario.learning.for_each_alike(begin, begin + layout.count(kind),
                                     [&](std::size_t k, std::size_t end, const ValueRange& range) {
                                       for (; range.learned && k < end; ++k)
                                         values[k] = range.lower;
                                     });
  }
  return scenario.network.with_parameters(std::move(values));
}

// Whether all neurons are such whose V jumps (engine/neuron/lif.hpp).
bool fires_at_arrivals(const Network& network) {
  return std::all_of(
      network.populations().begin(), network.populations().end(),
      [](const Population& p) { return p.model->is_input() || !p.has(ParameterKind::tau_syn); });
}

// [scenario] scheduler, which has to be possible for the network, and to remain so. What a part is of
// is not known here.
void read_scheduler(TomlTable& table, bool of_part, Scenario& result) {
  const auto scheduler = table.find("scheduler");
  if (!scheduler) return;
  if (result.steps)
    scheduler->fail(
        "the network goes in steps (reading = \"steps\" of [network]), which has a "
        "machine of its own; remove the key");
  if (result.integers)
    scheduler->fail(
        "does not apply: the network file is in integers, which the emulator runs; "
        "remove it");
  std::vector<std::string> names;
  names.reserve(schedulers.size());
  for (const Scheduler s : schedulers) names.emplace_back(retrograde::name(s));
  result.scheduler = schedulers[scheduler->choice(names)];
  if (of_part) return;
  try {
    result.machine(result.network)->chosen(result.longest_trial(), 0);
  } catch (const NetworkError& error) {
    scheduler->fail(std::string(error.what()) + "; or choose \"automatic\"");
  }
  if (result.scheduler != Scheduler::windowed) return;
  const Network shortest =
      result.structure ? result.structure->shortest() : with_shortest_delays(result);
  try {
    result.machine(shortest)->chosen(result.longest_trial(), 0);
  } catch (const NetworkError& error) {
    scheduler->fail(
        fmt::format("delays are learned{}, and as short as they may become: {}; raise "
                    "their bounds (delay_min and the like), or choose \"automatic\"",
                    result.structure ? " or chosen" : "", error.what()));
  }
}

// A scenario of sparse coding.
void read_sparse_coding(TomlTable& root, toml::table& document, const ScenarioOverrides& overrides,
                        Scenario& result) {
  if (auto table = root.single("scenario")) {
    table->known({"name", "title", "seed"});
    read_name(*table, overrides, result);
  } else {
    root.fail("[scenario] is missing; begin with [scenario] and a name");
  }
  result.pursuit = std::make_shared<const PursuitSpec>(read_pursuit(root, result.seed));
  if (auto table = root.single("study"))
    result.study =
        read_study(std::move(*table), document,
                   {&result.file, result.text, result.seed, overrides.epochs.has_value()});
}

// Of a network of which ranks have parts.
void refuse_what_has_no_parts(const TomlTable& root, const toml::table& document,
                              const ScenarioNetwork& network) {
  constexpr const char* remedy = "; start one process, without mpirun";
  if (document.contains("structure"))
    root.fail_at_key("structure", std::string("chooses among all pairs of neurons, of which a rank "
                                              "has a part only") +
                                      remedy);
  if (document.contains("event"))
    root.fail_at_key("event",
                     std::string("changes values and neurons in the midst of a trial, which "
                                 "ranks that share windows do not know") +
                         remedy);
  if (const toml::table* loss = document["loss"].as_table(); loss && loss->contains("silence"))
    root.fail_at_key("loss",
                     std::string("has silence, which reads the voltage of neurons that fire, "
                                 "and these are on several ranks") +
                         remedy);
  if (network.integers)
    root.fail_at_key("network",
                     std::string("is in integers, which the emulator runs whole") + remedy);
  if (network.steps)
    root.fail_at_key("network",
                     std::string("goes in steps, and ranks share windows of exact time") + remedy);
}

// Where the files that it names are, beside it or where a run folder says that they were.
std::filesystem::path read_folder(TomlTable& table, const toml::table& document, Scenario& result) {
  const std::filesystem::path beside = std::filesystem::path(result.file).parent_path();
  const auto folder = table.find("folder");
  const bool named = names_files(document);
  if (folder && !named)
    folder->fail("no population, projection or trial names a file that would be there; remove it");
  if (!named) return beside;
  const std::filesystem::path all = folder ? beside / folder->text() : beside;
  std::error_code error;
  if (folder && !std::filesystem::is_directory(all, error))
    folder->fail(
        fmt::format("there is no folder {}; name the one from which files are named, or "
                    "remove the key for that of the scenario",
                    all.string()));
  result.folder = std::filesystem::absolute(all.empty() ? "." : all).lexically_normal().string();
  return all;
}

// What the network is trained on, and how.
void read_training(TomlTable& root, const DenseProjections& dense, const ScenarioLimits& limits,
                   WrittenTrials trials, Scenario& result) {
  if (auto table = root.single("data"))
    result.data = read_data(std::move(*table), result.network, result.duration, result.seed);
  if (auto table = root.single("loss")) {
    ScenarioLoss loss = read_loss(std::move(*table), result.network,
                                  {result.duration, !result.data.none(), result.data.classes,
                                   !trials.kinds.empty() && trials.all_labelled()});
    result.loss = std::move(loss.loss);
    result.label = loss.label;
    result.loss_classes = loss.classes;
  }
  set_labels(trials, result.label, result.loss_classes);
  Time longest = trials.kinds.empty() ? result.duration : 0.0;
  for (const InlineTrialKind& kind : trials.kinds) longest = std::max(longest, kind.duration);
  result.timeline = read_timeline(root, result.network, longest, result.seed);
  change_rates(root, limits, result.timeline, trials.kinds);
  for (std::string& warning : warnings_of(result.timeline, result.network))
    result.warnings.push_back(std::move(warning));
  if (!trials.kinds.empty()) {
    result.trials = std::make_shared<const InlineTrials>(std::move(trials.kinds), result.starts,
                                                         result.seed, result.initial);
    result.trial = result.trials->trial(Part::train, 0);
    result.label = result.trials->label(Part::train, 0);
  }
  if (auto table = root.single("train")) {
    result.train = read_train(*table, result.learning, result.network.layout());
    result.surrogate = read_surrogate(
        *table,
        {result.network, result.loss.get(), result.train, result.duration, result.data.frame},
        result.learning);
    if (result.surrogate && result.trials && result.trials->various_durations())
      table->fail_at_key(
          "method",
          "surrogate gradients take trials of one duration, and the [[trial]] tables say "
          "several; give all of them one, or take exact gradients");
    if (result.surrogate && !result.timeline.all_in_trials())
      root.fail_at_key(
          "event",
          "does not go with method = \"surrogate\", whose test runs in steps, which know "
          "nothing of it; remove it, or train by exact gradients");
    if (result.surrogate && result.initial)
      table->fail_at_key("method",
                         "in steps neurons begin at 0, and v_init or i_init says otherwise; remove "
                         "these, or train by exact gradients");
  }
  if (auto table = root.single("structure")) {
    for (const Projection& p : result.network.projections())
      if (p.multapses)
        table->fail(
            fmt::format("{} allows multapses, and [structure] tells synapses apart by the "
                        "neurons that they join; remove allow_multapses",
                        p.name));
    result.structure = read_structure(
        std::move(*table),
        {result.network, result.learning, dense, result.train, result.seed, limits.synapses});
    result.network = result.structure->network();
    result.learning = result.structure->learning();
  }
}

}  // namespace

RunOptions Scenario::run_options() const {
  RunOptions options;
  if (loss) options.readout = loss->readout();
  options.max_rate = max_rate;
  if (network_file && !steps && !integers)
    options.runaway_remedy =
        "The network is that of a file: a tool that goes in steps takes a spike for 1 during one "
        "step "
        "and not for an impulse of 1 s; write reading = \"steps\", or spike_width = \"1 ms\" (its "
        "step), in [network]";
  else
    options.runaway_remedy = fmt::format(
        "In {} that is: weight or weight_scale of a [[projection]], t_ref of the [[population]], "
        "or "
        "max_rate of [scenario]",
        file);
  return options;
}

Learning Scenario::learned_of(const Network& trained) const {
  if (!structure) return learning;
  return structure->learning(structure->pairs().taken_by(trained));
}

std::unique_ptr<const Machine> Scenario::machine(const Network& of) const {
  require_values(*this, "an exact run");
  if (steps) return std::make_unique<SteppedMachine>(of, steps->step, steps->rule);
  return make_machine(of, scheduler, device);
}

void require_continuous(const Scenario& scenario, const char* what) {
  if (scenario.steps)
    throw ScenarioError(
        scenario.file, 0, 0, "network",
        fmt::format("{} needs a network in continuous time, and this one goes in steps; write "
                    "reading = \"continuous\"",
                    what));
}

void require_values(const Scenario& scenario, std::string_view what) {
  if (!scenario.integers) return;
  throw UsageError(fmt::format(
      "{}: its network is in integers ({}), and {} needs real values; `retro run`, `check`, "
      "`diff`, "
      "`info` and `export` take integers. Write the network as [[population]] and [[projection]], "
      "or name a NIR file, for the rest",
      scenario.file, scenario.network_file->path, what));
}

void require_network(const Scenario& scenario) {
  if (scenario.pursuit)
    throw UsageError(
        fmt::format("{}: it is a scenario of sparse coding ([dictionary]) and has no network of "
                    "spiking neurons; `retro run`, `train`, `attack`, `study` and `info` "
                    "take it",
                    scenario.file));
}

namespace {

// `part`: whose part of the network is read; none: all of it.
Scenario parse(std::string text, const std::string& file, const ScenarioOverrides& overrides,
               const ScenarioLimits& limits, const std::optional<NeuronShares>& part) try {
  Scenario result;
  result.file = file;
  ScenarioDocument given = scenario_document(std::move(text), file, overrides);
  toml::table& document = given.table;
  result.text = std::move(given.text);
  result.origin = std::move(given.origin);
  TomlTable root(result.file, document, "");
  root.known({"scenario", "network", "population", "projection", "data", "loss", "train", "chip",
              "probe", "structure", "trial", "event", "study", "dictionary", "pursuit",
              "classifier", "attack", "approximator"});
  if (is_pursuit(document)) {
    if (part)
      root.fail_at_key("dictionary",
                       "sparse coding does not go over ranks; start one process, without mpirun");
    read_sparse_coding(root, document, overrides, result);
    return result;
  }
  for (const char* key : {"pursuit", "classifier", "attack", "approximator"})
    if (root.has(key))
      root.fail_at_key(key,
                       "is of sparse coding, which needs a [dictionary]; add one, or remove it");

  // [scenario], but for its scheduler, which depends on the network.
  auto scenario = root.single("scenario");
  if (!scenario) root.fail("[scenario] is missing; begin with [scenario] and duration = \"40 ms\"");
  read_head(*scenario, overrides, result);

  // The network.
  const std::filesystem::path beside = std::filesystem::path(file).parent_path();
  result.arrays = overrides.arrays;
  const NetworkContext context{result.duration,
                               result.seed,
                               data_population(document),
                               document.contains("data"),
                               structure_projections(document),
                               limits,
                               beside,
                               {read_folder(*scenario, document, result), beside, overrides.arrays},
                               fed_by_trials(document),
                               overrides.network_file};
  ScenarioNetwork network = read_network(root, context, part ? &*part : nullptr);
  if (part) refuse_what_has_no_parts(root, document, network);
  result.network = std::move(network.network);
  result.steps = network.steps;
  result.starts = std::move(network.starts);
  result.network_file = std::move(network.network_file);
  result.integers = network.integers;
  result.warnings = std::move(network.warnings);
  result.learning = std::move(network.learning);
  result.dropout = std::move(network.dropout);
  result.initial = std::move(network.initial);

  read_training(root, network.dense, limits,
                read_trials(root, *scenario, result.network, context, std::move(network.inputs),
                            (result.initial && result.initial->drawn()) || events_draw(document)),
                result);
  read_scheduler(*scenario, part.has_value(), result);
  // Steps of the network are the chip's, and what happens in one happens at its beginning; as does
  // what happens at arrivals only.
  if (result.steps) result.chip.step = result.steps->step;
  if (result.steps || fires_at_arrivals(result.network)) result.chip.spike_phase = 0.0;
  if (auto table = root.single("chip"); network.integers)
    result.chip = chip_of(*network.integers, std::move(table));
  else if (table)
    result.chip = read_chip(std::move(*table), result.chip, result.steps.has_value());

  // What is looked at, and what is varied.
  std::uint64_t samples = limits.samples;
  for (TomlTable& table : root.tables("probe"))
    result.probes.push_back(read_probe(std::move(table), result.network, result.longest_trial(),
                                       limits.samples, samples));
  if (auto table = root.single("study"))
    result.study = read_study(
        std::move(*table), document,
        {&result.file, result.text, result.seed, overrides.epochs.has_value(), result.duration});
  return result;
} catch (const std::bad_alloc&) {
  throw LimitError(
      "memory",
      fmt::format("{}: its network does not fit into the memory of this machine; make the "
                  "populations smaller or the projections sparser",
                  file));
}

}  // namespace

Scenario parse_scenario(std::string text, const std::string& file,
                        const ScenarioOverrides& overrides, const ScenarioLimits& limits) {
  return parse(std::move(text), file, overrides, limits, std::nullopt);
}

Scenario parse_part(std::string text, const std::string& file, const ScenarioOverrides& overrides,
                    const NeuronShares& shares, ScenarioLimits limits) {
  limits.synapses *= static_cast<std::uint64_t>(shares.ranks());
  return parse(std::move(text), file, overrides, limits, shares);
}

Scenario read_part(const std::string& path, const ScenarioOverrides& overrides,
                   const NeuronShares& shares) {
  return parse_part(read_text_file(path, max_scenario_size), path, overrides, shares);
}

Scenario read_scenario(const std::string& path, const ScenarioOverrides& overrides) {
  return parse_scenario(read_text_file(path, max_scenario_size), path, overrides);
}

Scenario variation_of(const Scenario& scenario, std::uint64_t seed,
                      std::vector<std::size_t> values) {
  ScenarioOverrides overrides{.seed = seed, .study = std::move(values), .arrays = scenario.arrays};
  if (!scenario.origin) return parse_scenario(scenario.text, scenario.file, overrides);
  const ScenarioOrigin& origin = *scenario.origin;
  overrides.epochs = origin.epochs;
  overrides.settings = origin.settings;
  // Shares its life with that of the origin.
  overrides.included = {scenario.origin, &origin.included};
  return parse_scenario(origin.text, scenario.file, overrides);
}

namespace {

bool is_archive(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && is_zip(read_beginning(path, 8));
}

}  // namespace

Dataset begun(Dataset dataset, const Scenario& scenario) {
  return scenario.initial ? begun(dataset, scenario.initial) : std::move(dataset);
}

Dataset load_dataset(const Scenario& scenario, const std::string& data_path,
                     const WorkProgress& progress) {
  if (scenario.trials && data_path.empty())
    return inline_dataset(scenario.trials, scenario.loss_classes);
  if (scenario.trials && !is_archive(data_path))
    throw UsageError(fmt::format(
        "--data {}: {} has no [data] that would read it; leave the option out, or write "
        "[data]. Trials that were given in memory are a file, data.npz of their run",
        data_path, scenario.file));
  if (scenario.trials) return begun(read_trials_file(data_path), scenario);
  Dataset loaded = scenario.data.load(data_path, progress);
  loaded = begun(std::move(loaded), scenario);
  Dataset dataset = scenario.starts.empty() ? std::move(loaded) : loaded.started(scenario.starts);
  // What the table alone does not say is known only now.
  const Population& receiver = scenario.network.populations()[scenario.data.population];
  const auto refuse = [&](const char* key, const std::string& name, std::uint32_t size,
                          const std::string& needed_by, std::uint32_t needed) {
    throw ScenarioError(scenario.file, 0, 0, key,
                        fmt::format("population {} has {} neurons, but {}; give it size = {}", name,
                                    size, needed_by, needed));
  };
  const std::uint32_t inputs = dataset.info().inputs, classes = dataset.classes();
  if (inputs != receiver.size)
    refuse("data", receiver.name, receiver.size,
           fmt::format("{} needs {}", dataset.info().name, inputs), inputs);
  if (scenario.loss_classes > 0 && classes == 0)
    throw ScenarioError(
        scenario.file, 0, 0, "loss",
        fmt::format("{} has no labels, and this loss needs them; choose another loss",
                    dataset.info().name));
  if (scenario.loss_classes > 0 && classes != scenario.loss_classes) {
    const std::uint32_t reader = scenario.loss->readout().population;
    refuse("loss", scenario.network.populations()[reader].name, scenario.loss_classes,
           fmt::format("{} has {} classes", dataset.info().name, classes), classes);
  }
  return dataset;
}

}  // namespace retrograde
