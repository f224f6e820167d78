#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <new>
#include <set>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/toml_table.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/read/scenario_loss.hpp>
#include <retrograde/scenarios/read/scenario_network.hpp>
#include <retrograde/scenarios/read/study_spec.hpp>

namespace retrograde {

namespace {

// A scenario is written by hand or by a small script; its largest part are matrices.
constexpr std::uint64_t max_file_size = std::uint64_t{64} << 20;

// Only the name of the population that the data goes to: it makes that population an input.
std::string data_population(const toml::table& document) {
  return document["data"]["population"].value_or(std::string());
}

// The kinds of data sets, in the order of DataSpec::Kind after none.
struct DataKind {
  const char* name;
  std::uint32_t inputs, classes;
  bool generated;
};
constexpr DataKind data_kinds[] = {{"yin_yang", 4, 3, true},
                                   {"mnist", 784, 10, false},
                                   {"sequence_detection", 2, 2, true},
                                   {"temporal_xor", 2, 2, true}};

const DataKind& data_kind(const DataSpec& data) {
  return data_kinds[static_cast<std::size_t>(data.kind) - 1];
}

DataSpec read_data(TomlTable table, const Network& network, Time duration) {
  table.known({"kind", "population", "t_early", "t_late", "bias_spike", "pixel_threshold",
               "validation", "jitter", "train", "test", "path"});
  DataSpec data;
  std::vector<std::string> names;
  for (const DataKind& kind : data_kinds) names.emplace_back(kind.name);
  data.kind = static_cast<DataSpec::Kind>(
      1 +
      table.require("kind", "kind = \"yin_yang\" or another of docs/scenario.md").choice(names));
  const DataKind& kind = data_kind(data);

  const auto named = table.find("population");
  if (named) {
    data.population = population_named(*named, population_names(network));
  } else {
    std::vector<std::uint32_t> inputs;
    for (std::uint32_t p = 0; p < network.populations().size(); ++p)
      if (network.populations()[p].model->is_input()) inputs.push_back(p);
    if (inputs.size() != 1)
      table.fail(
          fmt::format("population is missing, and there are {} inputs to choose from; write "
                      "population = \"in\", the "
                      "name of the population that the data goes to",
                      inputs.size()));
    data.population = inputs[0];
  }
  const Population& population = network.populations()[data.population];

  data.t_early =
      table.require("t_early", "t_early = \"1.5 ms\"").time({0.0, duration, false, true});
  data.t_late =
      table.require("t_late", "t_late = \"20 ms\"").time({data.t_early, duration, false, true});
  std::uint32_t size = kind.inputs;
  if (data.kind == DataSpec::Kind::yin_yang) {
    if (const auto bias = table.find("bias_spike")) {
      data.bias_spike = bias->time({0.0, duration, false, true});
      ++size;
    }
  } else if (data.kind == DataSpec::Kind::mnist) {
    data.pixel_threshold =
        table.number("pixel_threshold", data.pixel_threshold, {0.0, 1.0, false, true});
    data.validation = table.integer("validation", data.validation, 0, 59'999);
    data.path = table.text("path", "");
  } else if (data.kind == DataSpec::Kind::temporal_xor) {
    // Neither out of the trial nor beyond each other.
    const Time most = std::min({data.t_early, 0.5 * (data.t_late - data.t_early),
                                std::nextafter(duration - data.t_late, 0.0)});
    data.jitter = table.time("jitter", 0.0, {0.0, most});
  }
  if (data.kind != DataSpec::Kind::sequence_detection) {
    data.train_limit = table.integer("train", 0, 0);
    data.test_limit = table.integer("test", 0, 0);
  }
  table.finish(fmt::format("does not apply to kind = \"{}\"{}; remove it", kind.name,
                           kind.generated ? ", which is generated" : ""));
  if (population.size != size) {
    const std::string message =
        fmt::format("population {} has {} neurons, but {}{} needs {}; give it size = {}",
                    population.name, population.size, kind.name,
                    data.kind != DataSpec::Kind::yin_yang ? ""
                    : data.bias_spike                     ? " with a bias_spike"
                                                          : " without a bias_spike",
                    size, size);
    if (named) named->fail(message);
    table.fail(message);
  }
  return data;
}

TrainSpec read_train(TomlTable table) {
  table.known({"epochs", "batch", "weight_rate", "delay_rate", "neuron_rate", "rate_decay", "beta1",
               "beta2", "epsilon", "silent_increment", "regulariser", "gradient_clip", "grazing"});
  TrainSpec train;
  train.epochs = table.integer("epochs", train.epochs, 1);
  train.batch = table.integer("batch", train.batch, 1);
  train.weight_rate = table.number("weight_rate", train.weight_rate, Range::not_negative());
  train.delay_rate = table.number("delay_rate", train.delay_rate, Range::not_negative());
  train.neuron_rate = table.number("neuron_rate", train.neuron_rate, Range::not_negative());
  train.rate_decay = table.number("rate_decay", train.rate_decay, Range::positive());
  const Range moment{0.0, 1.0, false, true};
  train.beta1 = table.number("beta1", train.beta1, moment);
  train.beta2 = table.number("beta2", train.beta2, moment);
  train.epsilon = table.number("epsilon", train.epsilon, Range::positive());
  train.silent_increment =
      table.number("silent_increment", train.silent_increment, Range::not_negative());
  train.gradient_clip = table.number("gradient_clip", train.gradient_clip, Range::not_negative());
  if (auto regulariser = table.single("regulariser")) {
    regulariser->known({"strength", "target"});
    train.regulariser_strength =
        regulariser->require("strength", "strength = 1e-3").number(Range::not_negative());
    train.regulariser_target =
        regulariser->require("target", "target = 1.0, in spikes per neuron and trial")
            .number(Range::not_negative());
  }
  if (auto grazing = table.single("grazing")) {
    grazing->known({"policy", "slope_min"});
    constexpr GrazingPolicy policies[] = {GrazingPolicy::keep, GrazingPolicy::clip,
                                          GrazingPolicy::error};
    train.grazing.policy =
        policies[grazing->require("policy", "policy = \"clip\"").choice({"keep", "clip", "error"})];
    train.grazing.slope_min =
        grazing->number("slope_min", train.grazing.slope_min, Range::positive());
  }
  return train;
}

ChipSpec read_chip(TomlTable table) {
  table.known({"kind", "step", "clip_percentile", "groups", "weight_exponent", "fine_tune",
               "overflow", "spike_register"});
  ChipSpec chip;
  if (const auto kind = table.find("kind")) kind->choice({"loihi2"});
  chip.step = table.time("step", chip.step, Range::positive());
  if (const auto clip = table.find("clip_percentile"))
    chip.clip_percentile = clip->number({0.0, 100.0, true, false});
  chip.groups = table.integer("groups", chip.groups, 1, 8);
  if (const auto exponent = table.find("weight_exponent")) {
    if (exponent->is_text()) {
      exponent->choice({"auto"});
      chip.weight_exponent.reset();
    } else {
      chip.weight_exponent = static_cast<int>(exponent->integer(0, 7));
    }
  }
  if (auto tune = table.single("fine_tune")) {
    tune->known({"epochs", "rate", "rate_decay"});
    FineTuneSpec spec;
    spec.epochs = tune->integer("epochs", spec.epochs, 1);
    spec.rate = tune->number("rate", spec.rate, Range::positive());
    spec.rate_decay = tune->number("rate_decay", spec.rate_decay, Range::positive());
    chip.fine_tune = spec;
  }
  if (auto overflow = table.single("overflow")) {
    overflow->known({"a", "u", "v"});
    using loihi2::Overflow;
    const auto read = [&](const char* reg, Overflow& value, std::vector<Overflow> choices) {
      std::vector<std::string> names;
      for (const Overflow choice : choices) names.emplace_back(name(choice));
      if (const auto found = overflow->find(reg)) value = choices[found->choice(names)];
    };
    read("a", chip.semantics.a, {Overflow::keep, Overflow::twos_complement, Overflow::saturate});
    read("u", chip.semantics.u,
         {Overflow::lava_wrap, Overflow::twos_complement, Overflow::saturate});
    read("v", chip.semantics.v, {Overflow::saturate, Overflow::twos_complement});
  }
  if (const auto shown = table.find("spike_register"))
    chip.semantics.spike_register = shown->choice({"zero", "refractory_counter"}) == 0
                                        ? loihi2::SpikeRegister::zero
                                        : loihi2::SpikeRegister::refractory_counter;
  return chip;
}

Probe read_probe(TomlTable table, const Network& network, Time duration, std::uint64_t max_samples,
                 std::uint64_t* samples) {
  table.known({"population", "neurons", "interval"});
  const TomlValue named = table.require("population", "population = \"hidden\"");
  const Population& population =
      network.populations()[population_named(named, population_names(network))];
  if (population.model->is_input())
    named.fail(fmt::format("{} is an input and has no V and I to sample; choose another population",
                           population.name));
  Probe probe;
  if (const auto neurons = table.find("neurons")) {
    std::set<std::uint64_t> seen;
    for (const TomlValue& index : neurons->list()) {
      const std::uint64_t n = index.integer(0, population.size - 1);
      if (!seen.insert(n).second) index.fail(fmt::format("{} is listed twice; once is enough", n));
      probe.neurons.push_back(population.first + static_cast<NeuronId>(n));
    }
    if (probe.neurons.empty())
      neurons->fail("it is empty; list neurons, or leave the key out for all of them");
  } else {
    for (NeuronId n = 0; n < population.size; ++n) probe.neurons.push_back(population.first + n);
  }
  probe.interval = table.time("interval", duration / 1000.0, Range::positive());
  const double wanted =
      (duration / probe.interval + 1.0) * static_cast<double>(probe.neurons.size());
  if (!(wanted <= static_cast<double>(max_samples - *samples)))
    table.fail_at_key(
        "interval",
        fmt::format(
            "the probes would take more than {} samples; choose a longer interval or fewer neurons",
            max_samples));
  *samples += static_cast<std::uint64_t>(wanted);
  return probe;
}

}  // namespace

RunOptions Scenario::run_options() const {
  RunOptions options;
  if (loss) options.readout = loss->readout();
  options.max_rate = max_rate;
  return options;
}

std::unique_ptr<const Machine> Scenario::machine(const Network& of) const {
  return make_machine(of, scheduler);
}

Scenario parse_scenario(std::string text, const std::string& file,
                        const ScenarioOverrides& overrides, const ScenarioLimits& limits) try {
  Scenario result;
  result.file = file;
  result.text = std::move(text);
  toml::table document = parse_toml(result.text, result.file);
  if (overrides.study) {
    choose_study_values(document, result.file, *overrides.study);
    result.text = toml_text(document);
  }
  TomlTable root(result.file, document, "");
  root.known({"scenario", "network", "population", "projection", "data", "loss", "train", "chip",
              "probe", "study"});

  auto scenario = root.single("scenario");
  if (!scenario) root.fail("[scenario] is missing; begin with [scenario] and duration = \"40 ms\"");
  scenario->known({"name", "title", "duration", "seed", "max_rate", "scheduler"});
  result.name = scenario->text("name", std::filesystem::path(file).stem().string());
  result.title = scenario->text("title", "");
  result.duration = scenario->require("duration", "duration = \"40 ms\"").time({1e-6, 1e12});
  if (const auto seed = scenario->find("seed")) result.seed = read_seed(*seed);
  if (overrides.seed) result.seed = *overrides.seed;
  result.max_rate = scenario->number("max_rate", result.max_rate, Range::positive());

  ScenarioNetwork network =
      read_network(root, {result.duration, result.seed, data_population(document), limits,
                          std::filesystem::path(file).parent_path(), overrides.network_file});
  result.network = std::move(network.network);
  result.network_file = std::move(network.network_file);
  result.warnings = std::move(network.warnings);
  if (const auto scheduler = scenario->find("scheduler")) {
    std::vector<std::string> names;
    for (const Scheduler s : schedulers) names.emplace_back(retrograde::name(s));
    result.scheduler = schedulers[scheduler->choice(names)];
    try {
      result.machine(result.network)->chosen(result.duration, 0);
    } catch (const NetworkError& error) {
      scheduler->fail(std::string(error.what()) + "; or choose \"automatic\"");
    }
  }
  result.learning = std::move(network.learning);
  result.trial = std::move(network.trial);

  std::uint32_t classes = 0;
  if (auto table = root.single("data")) {
    result.data = read_data(std::move(*table), result.network, result.duration);
    classes = data_kind(result.data).classes;
  }
  if (auto table = root.single("loss")) {
    ScenarioLoss loss = read_loss(std::move(*table), result.network, {result.duration, classes});
    result.loss = std::move(loss.loss);
    result.label = loss.label;
  }
  if (auto table = root.single("train")) result.train = read_train(std::move(*table));
  if (auto table = root.single("chip")) result.chip = read_chip(std::move(*table));
  std::uint64_t samples = 0;
  for (TomlTable& table : root.tables("probe"))
    result.probes.push_back(
        read_probe(std::move(table), result.network, result.duration, limits.samples, &samples));
  if (auto table = root.single("study"))
    result.study = read_study(std::move(*table), document, result.seed);
  return result;
} catch (const std::bad_alloc&) {
  throw LimitError(
      "memory",
      fmt::format("{}: its network does not fit into the memory of this machine; make the "
                  "populations smaller or the projections sparser",
                  file));
}

Scenario read_scenario(const std::string& path, const ScenarioOverrides& overrides) {
  return parse_scenario(read_text_file(path, max_file_size), path, overrides);
}

}  // namespace retrograde
