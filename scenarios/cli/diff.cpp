// retro diff A B: where two traces or runs part first, and why.
#include <algorithm>
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
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/text/diff.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// Spikes are partners within the step of one and the one before or after it; exact ones have no
// such excuse.
constexpr double tolerance_in_steps = 1.5;
constexpr Time exact_tolerance = 1e-6;  // ms

// Runs that are named, each opened once.
class Runs {
 public:
  explicit Runs(const po::variables_map& given) : given_(given) {}

  std::shared_ptr<TracedRun> open(const std::string& path) {
    std::shared_ptr<TracedRun>& run = runs_[path];
    if (run) return run;
    run = std::make_shared<TracedRun>();
    run->path = path;
    run->trained = open_trained(path, data_path(given_));
    ChosenTrial chosen = choose_trial(run->trained.scenario, given_, run->trained.data_path);
    run->trial = std::move(chosen.trial);
    run->trial_name = std::move(chosen.name);
    return run;
  }
  bool any() const { return !runs_.empty(); }

 private:
  const po::variables_map& given_;
  std::map<std::string, std::shared_ptr<TracedRun>> runs_;
};

SpikeTrains exact_spikes(const TracedRun& run) {
  const Network& network = run.trained.network;
  const Scenario& scenario = run.trained.scenario;
  const Tape tape = scenario.machine(network)->run(run.trial, scenario.run_options());
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
  if (!std::filesystem::is_directory(path) && !path.ends_with(".toml"))
    throw UsageError(
        fmt::format("{}: one trace alone has nothing to differ from; name another, "
                    "or a run folder for exact against chip",
                    path));
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
    side.spikes = exact_spikes(*side.run);
    return;
  }
  if (side.run->trained.tuning) side.label += ", fine-tuned";
  emulate(*side.run);
  side.capture = loihi2::captured(side.run->chip->network(), *side.run->emulation,
                                  every_register(side.run->chip->network()));
}

// The run that says what a side in steps ran: its own, the named one, the other side's.
const TracedRun* chip_of(const DiffSide& side, const TracedRun* network, const DiffSide& other) {
  for (const TracedRun* run : {static_cast<const TracedRun*>(side.run.get()), network,
                               static_cast<const TracedRun*>(other.run.get())})
    if (run && run->chip) return run;
  return nullptr;
}

// Both sides in steps: integer by integer, and each against the rules of its network.
void compare_steps(Diff& diff, const TracedRun* network,
                   const std::vector<std::string>& populations) {
  const TracedRun *const run_a = chip_of(diff.a, network, diff.b), *const run_b = chip_of(
                                                                       diff.b, network, diff.a);
  if (run_a) diff.network_a = &run_a->chip->network();
  if (run_b) diff.network_b = &run_b->chip->network();
  const auto semantics = [](const TracedRun* run) {
    return run ? run->chip->semantics() : loihi2::Semantics{};
  };
  diff.steps = loihi2::compare({*diff.a.capture, diff.network_a, semantics(run_a)},
                               {*diff.b.capture, diff.network_b, semantics(run_b)}, populations);
}

Time wanted_tolerance(const std::string& text) {
  const ParsedQuantity wanted = parse_time(text);
  if (!wanted.problem.empty() || wanted.value < 0)
    throw UsageError(fmt::format("--tolerance {}: {}", text,
                                 wanted.problem.empty() ? "it is negative" : wanted.problem));
  return wanted.value;
}

// A spike that only one side of a run has: why.
void explain_first(Diff& diff, Time tolerance) {
  const bool one_run = diff.a.run && diff.a.run == diff.b.run && diff.a.run->chip;
  if (!diff.times->first || !one_run) return;
  TracedRun& both = *diff.a.run;
  const UnmatchedSpike& first = *diff.times->first;
  const auto& populations = both.trained.network.populations();
  const auto p =
      *both.trained.network.find_population(diff.times->populations[first.population].name);
  if (populations[p].model->is_input()) return;
  diff.cause = loihi2::explain_spike(
      both.trained.network, *both.chip, both.trial, populations[p].first + first.neuron, first.time,
      first.on_a == (diff.a.kind == DiffSide::Kind::exact), tolerance);
}

// A side in continuous time: spike by spike.
void compare_times(Diff& diff, const TracedRun* network, const std::optional<Time>& wanted,
                   const std::vector<std::string>& populations) {
  // A side in steps that does not say how long they are: the network of the other one does.
  for (DiffSide* side : {&diff.a, &diff.b})
    if (side->capture && !side->step && !chip_of(*side, network, *side)) {
      DiffSide& other = side == &diff.a ? diff.b : diff.a;
      if (other.run) emulate(*other.run);
    }
  const TracedRun *const run_a = chip_of(diff.a, network, diff.b), *const run_b = chip_of(
                                                                       diff.b, network, diff.a);
  // Both throw where nobody knows how long a step is.
  const SpikeTrains trains_a = in_time(diff.a, run_a), trains_b = in_time(diff.b, run_b);
  Time tolerance = exact_tolerance;
  for (const auto& [side, run] : {std::pair(&diff.a, run_a), std::pair(&diff.b, run_b)})
    if (side->capture)
      tolerance = tolerance_in_steps * (run ? run->chip->network().step : *side->step);
  tolerance = wanted.value_or(tolerance);
  diff.times = match(trains_a, trains_b, tolerance, populations);
  explain_first(diff, tolerance);
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  Diff diff = named_sides(arguments);
  Outputs outputs(given);
  const auto json = outputs.claim("json"), svg = outputs.claim("svg");
  std::optional<Time> tolerance;
  if (given.count("tolerance")) tolerance = wanted_tolerance(given["tolerance"].as<std::string>());

  // The named network, and what each side holds.
  Runs runs(given);
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

  // Options that would do nothing here.
  if (!runs.any())
    for (const char* option : {"data", "part", "trial"})
      if (given.count(option))
        throw UsageError(
            fmt::format("--{}: it chooses a trial of a run, and no side is one; name "
                        "the network with --network RUN",
                        option));
  if (tolerance && diff.a.capture && diff.b.capture)
    throw UsageError(
        "--tolerance: both sides are in whole steps and compared integer by integer; "
        "leave it out");
  std::vector<std::string> populations;
  if (given.count("population")) populations = given["population"].as<std::vector<std::string>>();
  check_populations(populations, diff.a, diff.b);

  if (diff.a.capture && diff.b.capture)
    compare_steps(diff, network.get(), populations);
  else
    compare_times(diff, network.get(), tolerance, populations);

  print_diff(diff);
  if (svg) {
    write_file(*svg, picture(diff));
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
