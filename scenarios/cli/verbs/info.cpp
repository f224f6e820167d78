// retro info SCENARIO|RUN: what a scenario says, before it is run; or a trained network.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include <retrograde/engine/device/cuda_device.hpp>
#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/integers/integers.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/cli/pursuit/pursuit.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/run/idle_settings.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/device/gpus.hpp>
#include <retrograde/scenarios/show/json/info.hpp>
#include <retrograde/scenarios/show/surrogate/surrogate_text.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>
#include <retrograde/scenarios/show/text/simulation.hpp>
#include <retrograde/scenarios/show/text/training_lines.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

std::string range_text(std::span<const double> values) {
  if (values.empty()) return "-";
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *low == *high ? fmt::format("{:g}", *low) : fmt::format("{:.4g} .. {:.4g}", *low, *high);
}

std::string learned_text(const Scenario& s, ParameterKind kind, std::size_t first,
                         std::size_t count) {
  const std::size_t begin = s.network.layout().offset(kind) + first;
  return s.learning.count(begin, begin + count) > 0 ? std::string(name(kind)) : std::string();
}

std::string time_text(Time t) { return t == never ? "none" : fmt::format("{:.6g} ms", t); }

// Which scheduler may run the network, and how.
void print_plan(const Network& network) {
  const WindowPlan plan = make_plan(network);
  if (!plan.obstacle.empty()) {
    fmt::print("scheduler: sequential; {}\n", plan.obstacle);
    return;
  }
  fmt::print("scheduler: windowed");
  for (const WindowLayer& layer : plan.layers) {
    fmt::print("; {:g} ms windows for", layer.window);
    for (const std::uint32_t p : layer.populations)
      fmt::print(" {}", network.populations()[p].name);
  }
  fmt::print("\n");
}

void print_populations(const Scenario& s) {
  const Network& network = s.network;
  fmt::print("{:<16} {:<9} {:>8}  {:<20} {:<20} {:<16} {}\n", "population", "model", "neurons",
             "tau_mem (ms)", "tau_syn (ms)", "v_threshold", "learned");
  for (const Population& p : network.populations()) {
    const auto values = [&](ParameterKind kind) {
      return p.has(kind) ? range_text(network.parameters(kind).subspan(p.first, p.size)) : "-";
    };
    std::string learned;
    for (const ParameterKind kind : neuron_parameter_kinds) {
      const std::string text = learned_text(s, kind, p.first, p.size);
      if (!text.empty()) learned += (learned.empty() ? "" : ", ") + text;
    }
    fmt::print("{:<16} {:<9} {:>8}  {:<20} {:<20} {:<16} {}\n", p.name, name(p.model), p.size,
               values(ParameterKind::tau_mem), values(ParameterKind::tau_syn),
               values(ParameterKind::v_threshold), learned);
    // A line for each further parameter that is not what it is by default.
    for (const ParameterKind kind : p.model.parameters(p.receptors)) {
      const bool shown = kind == ParameterKind::tau_mem || kind == ParameterKind::tau_syn ||
                         kind == ParameterKind::v_threshold;
      const auto all = network.parameters(kind).subspan(p.first, p.size);
      const double usual = traits(kind).usual;
      if (!shown && std::any_of(all.begin(), all.end(), [&](double v) { return v != usual; }))
        fmt::print("{:<16}   {} {}\n", "", name(kind), range_text(all));
    }
  }
}

void print_projections(const Scenario& s) {
  fmt::print("\n{:<24} {:>10}  {:<22} {:<22} {}\n", "projection", "synapses", "weight",
             "delay (ms)", "learned");
  for (const Projection& p : s.network.projections()) {
    std::string learned = learned_text(s, ParameterKind::weight, p.first, p.size);
    const std::string delays = learned_text(s, ParameterKind::delay, p.first, p.size);
    if (!delays.empty()) learned += (learned.empty() ? "" : ", ") + delays;
    const auto values = [&](ParameterKind kind) {
      return range_text(s.network.parameters(kind).subspan(p.first, p.size));
    };
    fmt::print("{:<24} {:>10}  {:<22} {:<22} {}\n", p.name, p.size, values(ParameterKind::weight),
               values(ParameterKind::delay), learned);
  }
}

// What the graph says: delays, depth, cycles.
void print_graph(const Network& network) {
  const NetworkAnalysis a = analyse(network);
  if (network.synapse_count() > 0)
    fmt::print("delays {:g} .. {:g} ms; longest path {} through {}\n", a.min_delay, a.max_delay,
               plural(a.depth, "synapse"),
               plural(a.component_count, "strongly connected component"));
  if (a.recurrent.empty()) {
    fmt::print("feed-forward: lookahead unbounded\n");
    return;
  }
  fmt::print("recurrent: lookahead {}\n", time_text(a.lookahead));
  const auto cycle_text = [](Time cycle) {
    return cycle == never ? "not searched (too large)" : time_text(cycle);
  };
  for (const RecurrentComponent& r : a.recurrent)
    fmt::print(
        "  component of {} from {}, {}, delays {:g} .. {:g} ms, shortest cycle {}, longest {}\n",
        plural(r.neurons.size(), "neuron"), network.neuron_name(r.neurons.front()),
        plural(r.synapses, "synapse"), r.min_delay, r.max_delay, cycle_text(r.shortest_cycle),
        cycle_text(r.longest_cycle));
}

// Whether its trials can be had: those of a set in a folder that is not named cannot.
bool has_data(const Scenario& s, const std::string& data) {
  std::error_code error;
  return s.data.none() || !s.data.wants_folder ||
         (!data.empty() && std::filesystem::is_directory(data, error));
}

void print_data(const Scenario& s, const std::string& data) {
  if (s.data.none() && data.empty()) {
    const InlineTrials& trials = *s.trials;
    if (trials.size() == 1)
      fmt::print("inline trial with {}\n", input_count_text(s.network, s.trial));
    else
      fmt::print(
          "{} inline trials: {} training, {} validation, {} test, the longest of {:g} ms; the "
          "first with {}\n",
          trials.size(), trials.size(Part::train), trials.size(Part::validation),
          trials.size(Part::test), trials.longest(), input_count_text(s.network, s.trial));
  } else if (!s.data.none() && !has_data(s, data)) {
    fmt::print("data: {} (name its folder by --data to see its size)\n", s.data.kind);
  } else {
    const Dataset d = open_dataset(s, data);
    fmt::print("data: {}, {} training, {} validation, {} test trials, {} classes\n", d.info().name,
               d.size(Part::train), d.size(Part::validation), d.size(Part::test), d.classes());
  }
}

// --devices: what --device can say here.
int print_devices(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (!arguments.empty())
    throw UsageError("retro info --devices: it is about this machine; name no scenario");
  Outputs outputs(given);
  const auto json = outputs.claim("json");
  const GpuSurvey survey = survey_gpus(true);
  if (json != "-") fmt::print("{}", gpus_text(survey));
  if (json) write_json(*json, gpus_json(survey));
  return 0;
}

const char* scheduler_of(const Scenario& s) {
  if (s.integers) return "chip";
  if (s.steps) return "steps";
  return s.timeline.all_in_trials() && make_plan(s.network).obstacle.empty() ? "windowed"
                                                                             : "sequential";
}

nlohmann::ordered_json document_of(const Trained& trained) {
  const Scenario& s = trained.scenario;
  std::optional<NetworkAnalysis> graph;
  if (!s.integers) graph = analyse(s.network);
  std::optional<Dataset> data;
  if (s.data.none())
    data = load_dataset(s, trained.data_path);
  else if (has_data(s, trained.data_path))
    data = open_dataset(s, trained.data_path);
  return info_json(s, graph ? &*graph : nullptr, scheduler_of(s), data ? &*data : nullptr);
}

void print_all(const Trained& trained) {
  const Scenario& s = trained.scenario;
  const Network& network = s.network;
  if (s.integers) {
    fmt::print("{}{}\nduration {:g} ms, seed {}\n\n", s.name, s.title.empty() ? "" : ": " + s.title,
               s.duration, s.seed);
    print_integers(s);
    if (s.loss)
      fmt::print("read from {}\n", network.populations()[s.loss->readout().population].name);
    print_data(s, trained.data_path);
    return;
  }
  for (const IdleSetting& idle : idle_settings(s, s.train.epochs))
    note(fmt::format("warning: {}: {}", s.file, idle.text));
  fmt::print("{}{}\nduration {:g} ms, seed {}\n\n", s.name, s.title.empty() ? "" : ": " + s.title,
             s.duration, s.seed);
  print_populations(s);
  print_projections(s);
  const std::size_t learned = s.learning.count();
  fmt::print("\n{}, {}, {}\n", plural(network.neuron_count(), "neuron"),
             plural(network.synapse_count(), "synapse"), plural(learned, "learned parameter"));
  if (s.structure) fmt::print("{}\n", structure_text(*s.structure));
  print_graph(network);
  if (s.steps)
    fmt::print("scheduler: none; the network goes in steps of {:g} ms, a spike {}\n", s.steps->step,
               s.steps->rule.reset == StepReset::to_value ? "sets V to v_reset"
                                                          : "takes v_threshold off V");
  else if (!s.timeline.all_in_trials())
    fmt::print("scheduler: sequential, for the sake of [[event]]\n");
  else
    print_plan(network);
  for (const EventSpec& event : s.timeline.events)
    fmt::print("event {} at {:g} ms{}\n", event.name, event.at,
               event.until < never ? fmt::format(" until {:g} ms", event.until) : "");
  if (s.loss)
    fmt::print("loss {}, read from {}\n", s.loss->name(),
               network.populations()[s.loss->readout().population].name);
  if (s.surrogate) fmt::print("trained {}\n", surrogate_text(*s.surrogate, network));
  print_data(s, trained.data_path);
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (given.count("devices")) return print_devices(given, arguments);
  if (arguments.empty())
    throw UsageError("retro info: SCENARIO|RUN is missing; see `retro info --help`");
  if (is_sparse_coding(arguments[0])) {
    if (given.count("json"))
      throw UsageError(
          "retro info: --json is of networks of spiking neurons, and this is sparse coding; "
          "`retro run --json` tells of a code");
    return print_pursuit(given, arguments[0]);
  }
  const Trained trained = open_as_trained(arguments[0], given);
  Outputs outputs(given);
  outputs.reads(trained.scenario, trained.data_path);
  const auto json = outputs.claim("json");
  if (json) write_json(*json, document_of(trained));
  if (json != "-") print_all(trained);
  return 0;
}

}  // namespace

Verb info_verb() {
  return {.name = "info",
          .arguments = "SCENARIO|RUN | --devices",
          .summary = "what a scenario says: sizes, parameters, delays, cycles",
          .text =
              "Reads and checks a scenario without running it: populations, projections, what is "
              "learned, and what the graph says: recurrent components, lookahead, shortest and "
              "longest cycles; which scheduler can run it. Of a run folder it shows the trained "
              "values, of a network in integers what the chip holds.\n\n"
              "--devices tells of this machine instead: which GPUs there are and whether they can "
              "be used, or why there is none (docs/gpu.md).",
          .examples =
              "retro info scenarios/library/r1.toml\n"
              "retro info runs/demo\n"
              "retro info scenarios/library/r1.toml --json -\n"
              "retro info --devices",
          .min_arguments = 0,
          .max_arguments = 1,
          .options =
              [](po::options_description& o) {
                add_seed(o);
                add_set(o);
                add_last(o);
                add_data(o);
                o.add_options()("devices", "the GPUs of this machine");
                add_output(o);
              },
          .run = run,
          .tells = true};
}

}  // namespace retrograde::cli
