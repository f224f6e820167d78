// retro diff A B: where two traces or runs part first, and why.
#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/io/units.hpp>
#include <retrograde/scenarios/run/diff/diff.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/show/json/diff.hpp>
#include <retrograde/scenarios/show/plot/diff_picture.hpp>
#include <retrograde/scenarios/show/text/diff.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// Runs that are named, each opened once.
class Runs {
 public:
  explicit Runs(const po::variables_map& given) : given_(given) {}

  // Without its trial, which may take long to open.
  std::shared_ptr<TracedRun> named(const std::string& path) {
    std::shared_ptr<TracedRun>& run = runs_[path];
    if (run) return run;
    run = std::make_shared<TracedRun>();
    run->path = path;
    run->trained = open_trained(path, data_path(given_), ChosenEpoch::best, settings_of(given_));
    return run;
  }
  std::shared_ptr<TracedRun> open(const std::string& path) {
    const std::shared_ptr<TracedRun> run = named(path);
    if (!run->trial_name.empty()) return run;
    ChosenTrial chosen = choose_trial(run->trained.scenario, given_, run->trained.data_path);
    note_without_events(run->trained.scenario, "the comparison");
    run->trial = std::move(chosen.trial);
    run->trial_name = std::move(chosen.name);
    return run;
  }
  bool any() const { return !runs_.empty(); }
  // Of putting them on the chip.
  void print_warnings() const {
    for (const auto& [path, run] : runs_)
      for (const std::string& warning : run->warnings)
        note(fmt::format("warning: {}: {}", path, warning));
  }

 private:
  const po::variables_map& given_;
  std::map<std::string, std::shared_ptr<TracedRun>> runs_;
};

SpikeTrains exact_spikes(const TracedRun& run) {
  const Network& network = run.trained.network;
  const Scenario& scenario = run.trained.scenario;
  const Tape tape = scenario.machine(network)->run(run.trial, stoppable(scenario.run_options()));
  SpikeTrains trains;
  for (const Population& p : network.populations())
    trains.populations.push_back({p.name, {p.size, std::vector<Time>{}}});
  for (const TapeSpike& s : tape.spikes) {
    const std::uint32_t p = network.population_of(s.neuron);
    trains.populations[p].neurons[s.neuron - network.populations()[p].first]->push_back(s.time);
  }
  return trains;
}

// Throws unless a side has each of them.
void check_populations(const std::vector<std::string>& wanted, const DiffSide& a,
                       const DiffSide& b) {
  std::vector<std::string> there;
  for (const DiffSide* side : {&a, &b}) {
    if (side->capture)
      for (const auto& p : side->capture->populations) there.push_back(p.name);
    for (const auto& p : side->spikes.populations) there.push_back(p.name);
  }
  for (const std::string& name : wanted)
    if (std::find(there.begin(), there.end(), name) == there.end())
      throw UsageError(
          fmt::format("--population {}: neither side has it{}", name, suggestion(name, there)));
}

// The two sides that the command line names; of one run, its exact and its chip side.
Diff named_sides(const std::vector<std::string>& arguments) {
  Diff diff;
  if (arguments.size() == 2) {
    diff.a = parse_side(arguments[0]);
    diff.b = parse_side(arguments[1]);
    return diff;
  }
  const std::string& path = arguments[0];
  if (!std::filesystem::is_directory(path) && !path.ends_with(".toml")) {
    const std::string of = parse_side(path).path;
    if (!std::filesystem::exists(of)) throw_io_error(of, "read", ENOENT);
    throw UsageError(
        fmt::format("{}: one trace alone has nothing to differ from; name another, "
                    "or a run folder for exact against chip",
                    path));
  }
  diff.a = parse_side(path + ":exact");
  diff.b = parse_side(path + ":chip");
  return diff;
}

// Reads a trace, or runs what makes one.
void fill(DiffSide& side, const std::string& columns, Runs& runs) {
  if (side.kind == DiffSide::Kind::file) {
    TraceFile file = read_trace(side.path, columns);
    side.capture = std::move(file.steps);
    side.spikes = std::move(file.spikes);
    side.step = file.step;
    return;
  }
  side.run = runs.open(side.path);
  if (side.kind == DiffSide::Kind::exact) {
    require_values(side.run->trained.scenario, side.path + ":exact");
    side.spikes = exact_spikes(*side.run);
    return;
  }
  if (side.run->trained.tuning) side.label += ", fine-tuned";
  emulate(*side.run);
  side.capture = loihi2::captured(side.run->chip->network(), *side.run->emulation,
                                  every_register(side.run->chip->network()));
}

Time wanted_tolerance(const std::string& text) {
  const ParsedQuantity wanted = parse_time(text);
  if (!wanted.problem.empty() || wanted.value < 0)
    throw UsageError(fmt::format("--tolerance {}: {}", text,
                                 wanted.problem.empty() ? "it is negative" : wanted.problem));
  return wanted.value;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  Diff diff = named_sides(arguments);
  Outputs outputs(given);
  Runs runs(given);
  const auto reads_run = [&](const std::string& path) {
    const Trained& trained = runs.named(path)->trained;
    outputs.reads(trained.scenario, trained.data_path);
  };
  for (const DiffSide* side : {&diff.a, &diff.b}) {
    outputs.reads(side->path);
    if (side->kind != DiffSide::Kind::file) reads_run(side->path);
  }
  if (given.count("network")) reads_run(given["network"].as<std::string>());
  const auto json = outputs.claim("json"), svg = outputs.claim("svg");
  std::optional<Time> tolerance;
  if (given.count("tolerance")) tolerance = wanted_tolerance(given["tolerance"].as<std::string>());

  // The named network, and what each side holds.
  std::shared_ptr<TracedRun> network;
  if (given.count("network")) {
    network = runs.open(given["network"].as<std::string>());
    emulate(*network);
  }
  const std::string columns = given.count("columns") ? given["columns"].as<std::string>() : "";
  for (DiffSide* side : {&diff.a, &diff.b}) {
    fill(*side, columns, runs);
    if (side->run) diff.trial = side->run->trial_name;
  }
  runs.print_warnings();

  // Options that would do nothing here.
  if (!runs.any())
    for (const char* option : {"data", "part", "trial", "set"})
      if (given.count(option))
        throw UsageError(
            fmt::format("--{}: it is about a trial of a run, and no side is one; name "
                        "the network with --network RUN",
                        option));
  if (tolerance && diff.a.capture && diff.b.capture)
    throw UsageError(
        "--tolerance: both sides are in whole steps and compared integer by integer; "
        "leave it out");
  std::vector<std::string> populations;
  if (given.count("population")) populations = given["population"].as<std::vector<std::string>>();
  check_populations(populations, diff.a, diff.b);

  compare(diff, network.get(), tolerance, populations);

  fmt::print("{}", diff_text(diff));
  if (svg) {
    write_file(*svg, picture(diff, voltages_of_first(diff)));
    fmt::print("\nwrote {}\n", *svg == "-" ? "standard output" : *svg);
  }
  if (json) write_json(*json, json_diff(diff));
  return diff.equal() ? 0 : 1;
}

}  // namespace

Verb diff_verb() {
  return {.name = "diff",
          .arguments = "A [B]",
          .summary = "say where two traces or runs part first, and why",
          .text =
              "Compares two sides, each a trace in CSV (docs/diff.md) or one side of a run: "
              "RUN:chip, emulated, or RUN:exact. A run folder alone means its exact side against "
              "its chip side. Names the first neuron and step that differ and the cause as far as "
              "it can be told, with the numbers around it. Steps are compared integer by integer; "
              "where a network is known both sides are held against its rules, so that the side "
              "that is wrong is told from the other. An exact side is compared spike by spike.",
          .examples =
              "retro diff runs/demo --trial 3\n"
              "retro run runs/demo --chip --trace emulated.csv\n"
              "retro diff emulated.csv captured.csv --network runs/demo --svg diff.svg",
          .found_wanting = "the sides differ",
          .min_arguments = 1,
          .max_arguments = 2,
          .options =
              [](po::options_description& o) {
                add_trial(o);
                add_set(o);
                o.add_options()("network", po::value<std::string>()->value_name("RUN"),
                                "the run whose network the traces are of")(
                    "tolerance", po::value<std::string>()->value_name("TIME"),
                    "how far apart partners are at most, \"1 ms\", where a side is exact "
                    "(default: one and a half steps; 1e-6 ms for two exact sides)")(
                    "population",
                    po::value<std::vector<std::string>>()->value_name("NAME")->composing(),
                    "compare this population only; may be given again")(
                    "columns", po::value<std::string>()->value_name("NAMES"),
                    "names of the columns of trace files that have no line of them, as in "
                    "\"in[0].spike,lif[0].v,lif[0].spike\"")(
                    "svg", po::value<std::string>()->value_name("FILE"),
                    "a picture of spikes and v around the divergence");
                add_output(o);
              },
          .run = run};
}

}  // namespace retrograde::cli
