// retro diff A B: where two traces or runs part first, and why.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
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
    run->trained = open_trained(path, given_.count("data") ? given_["data"].as<std::string>() : "");
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

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  Runs runs(given);
  Diff diff;
  if (arguments.size() == 1) {
    const std::string& path = arguments[0];
    if (!std::filesystem::is_directory(path) && !path.ends_with(".toml"))
      throw UsageError(
          fmt::format("{}: one trace alone has nothing to differ from; name another, "
                      "or a run folder for exact against chip",
                      path));
    diff.a = parse_side(path + ":exact");
    diff.b = parse_side(path + ":chip");
  } else {
    diff.a = parse_side(arguments[0]);
    diff.b = parse_side(arguments[1]);
  }

  const std::string columns = given.count("columns") ? given["columns"].as<std::string>() : "";
  std::shared_ptr<TracedRun> network;
  if (given.count("network")) {
    network = runs.open(given["network"].as<std::string>());
    emulate(*network);
  }
  for (DiffSide* side : {&diff.a, &diff.b}) {
    if (side->kind == DiffSide::Kind::file) {
      TraceFile file = read_trace(side->path, columns);
      side->capture = std::move(file.steps);
      side->spikes = std::move(file.spikes);
      side->step = file.step;
      continue;
    }
    side->run = runs.open(side->path);
    diff.trial = side->run->trial_name;
    if (side->kind == DiffSide::Kind::chip && side->run->trained.tuning)
      side->label += ", fine-tuned";
    if (side->kind == DiffSide::Kind::exact) {
      side->spikes = exact_spikes(*side->run);
    } else {
      emulate(*side->run);
      side->capture = loihi2::captured(side->run->chip->network(), *side->run->emulation,
                                       every_register(side->run->chip->network()));
    }
  }
  if (!runs.any())
    for (const char* option : {"data", "part", "trial"})
      if (given.count(option))
        throw UsageError(
            fmt::format("--{}: it chooses a trial of a run, and no side is one; name "
                        "the network with --network RUN",
                        option));

  // The run that says what a file in steps ran: its own, the named one, the other side's.
  const auto chip_of = [&](const DiffSide& side, const DiffSide& other) -> const TracedRun* {
    for (const TracedRun* run : {side.run.get(), network.get(), other.run.get()})
      if (run && run->chip) return run;
    return nullptr;
  };
  std::vector<std::string> populations;
  if (given.count("population")) populations = given["population"].as<std::vector<std::string>>();
  check_populations(populations, diff.a, diff.b);

  if (diff.a.capture && diff.b.capture) {
    const TracedRun *const run_a = chip_of(diff.a, diff.b), *const run_b = chip_of(diff.b, diff.a);
    if (run_a) diff.network_a = &run_a->chip->network();
    if (run_b) diff.network_b = &run_b->chip->network();
    const auto semantics = [](const TracedRun* run) {
      return run ? run->chip->semantics() : loihi2::Semantics{};
    };
    if (given.count("tolerance"))
      throw UsageError(
          "--tolerance: both sides are in whole steps and compared integer by integer; "
          "leave it out");
    diff.steps = loihi2::compare({*diff.a.capture, diff.network_a, semantics(run_a)},
                                 {*diff.b.capture, diff.network_b, semantics(run_b)}, populations);
  } else {
    // A side in steps next to an exact one: the network says what the steps are.
    for (DiffSide* side : {&diff.a, &diff.b})
      if (side->capture && !side->step && !chip_of(*side, *side)) {
        DiffSide& other = side == &diff.a ? diff.b : diff.a;
        if (other.run) emulate(*other.run);
      }
    const TracedRun *const run_a = chip_of(diff.a, diff.b), *const run_b = chip_of(diff.b, diff.a);
    Time tolerance = exact_tolerance;
    for (const auto& [side, chip] : {std::pair(&diff.a, run_a), std::pair(&diff.b, run_b)})
      if (side->capture)
        tolerance = tolerance_in_steps * (chip ? chip->chip->network().step : *side->step);
    if (given.count("tolerance")) {
      const ParsedQuantity wanted = parse_time(given["tolerance"].as<std::string>());
      if (!wanted.problem.empty() || wanted.value < 0)
        throw UsageError(fmt::format("--tolerance {}: {}", given["tolerance"].as<std::string>(),
                                     wanted.problem.empty() ? "it is negative" : wanted.problem));
      tolerance = wanted.value;
    }
    diff.times = match(in_time(diff.a, run_a), in_time(diff.b, run_b), tolerance, populations);
    const bool one_run = diff.a.run && diff.a.run == diff.b.run && diff.a.run->chip;
    if (diff.times->first && one_run) {
      TracedRun& both = *diff.a.run;
      const UnmatchedSpike& first = *diff.times->first;
      const auto population =
          *both.trained.network.find_population(diff.times->populations[first.population].name);
      if (!both.trained.network.populations()[population].model->is_input())
        diff.cause = loihi2::explain_spike(
            both.trained.network, *both.chip, both.trial,
            both.trained.network.populations()[population].first + first.neuron, first.time,
            first.on_a == (diff.a.kind == DiffSide::Kind::exact), tolerance);
    }
  }

  print_diff(diff);
  if (given.count("svg")) {
    const std::string path = given["svg"].as<std::string>();
    write_file(path, picture(diff));
    fmt::print("\nwrote {}\n", path);
  }
  if (const auto path = json_path(given)) write_json(*path, json_diff(diff));
  return diff.equal() ? 0 : 1;
}

}  // namespace

Verb diff_verb() {
  return {"diff",
          "A [B]",
          "say where two traces or runs part first, and why",
          "Compares two sides, each a trace in CSV (docs/diff.md) or one side of a run: RUN:chip, "
          "emulated, or RUN:exact. A run folder\n"
          "alone means its exact side against its chip side. Names the first neuron and step that "
          "differ and the cause as far as it\n"
          "can be told, with the numbers around it. Steps are compared integer by integer; where a "
          "network is known both sides are\n"
          "held against its rules, so that the side that is wrong is told from the other. An exact "
          "side is compared spike by spike.\n\n"
          "  retro diff runs/demo --trial 3\n"
          "  retro run runs/demo --chip --trace emulated.csv\n"
          "  retro diff emulated.csv captured.csv --network runs/demo --svg diff.svg\n\n"
          "Exit status: 0 equal, 1 they differ, 2 wrong input.",
          1,
          2,
          [](po::options_description& o) {
            add_trial(o);
            o.add_options()("network", po::value<std::string>()->value_name("RUN"),
                            "the run whose network the traces are of")(
                "tolerance", po::value<std::string>()->value_name("TIME"),
                "how far apart partners are at most, \"1 ms\", where a side is exact (default: one "
                "and a half steps; 1e-6 ms for two exact sides)")(
                "population",
                po::value<std::vector<std::string>>()->value_name("NAME")->composing(),
                "compare this population only; may be given again")(
                "columns", po::value<std::string>()->value_name("NAMES"),
                "names of the columns of trace files that have no line of them, as in "
                "\"in[0].spike,lif[0].v,lif[0].spike\"")(
                "svg", po::value<std::string>()->value_name("FILE"),
                "a picture of spikes and v around the divergence");
            add_json(o);
          },
          run};
}

}  // namespace retrograde::cli
