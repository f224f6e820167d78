// retro run SCENARIO or RUN: one trial forward.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/integers/integers.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/run/diff/side.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/simulation.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/json/simulation.hpp>
#include <retrograde/scenarios/show/plot/raster.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>
#include <retrograde/scenarios/show/text/simulation.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

RunOptions with_progress(const Scenario& scenario, Progress& progress) {
  RunOptions options = scenario.run_options();
  options.progress = [&](Time t) {
    if (progress.due())
      progress.update(fmt::format("{:.4g} of {:g} ms simulated ({:.0f} %)", t, scenario.duration,
                                  100 * t / scenario.duration));
    return true;
  };
  return stoppable(std::move(options));
}

Simulation simulate(const Scenario& scenario, const Network& network, const ChosenTrial& chosen) {
  Progress progress;
  const RunOptions options = with_progress(scenario, progress);
  const std::unique_ptr<const Machine> machine = scenario.machine(network);
  Simulation s;
  s.trial = chosen.name;
  const auto started = std::chrono::steady_clock::now();
  s.tape = machine->run(chosen.trial, options, scenario.probes,
                        scenario.probes.empty() ? nullptr : &s.recordings);
  s.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  s.fingerprint = fingerprint(s.tape);
  if (scenario.loss) {
    s.loss = scenario.loss->evaluate(network, s.tape, chosen.label).value;
    s.decision = decide(network, options.readout, s.tape);
  }
  return s;
}

bool is_traced(const Population& p, const TracedPopulations& wanted) {
  return !p.model->is_input() &&
         (wanted.empty() || std::find(wanted.begin(), wanted.end(), p.name) != wanted.end());
}

// Refuses, before anything runs, populations that are not there and what would have a row too many
// from its voltages alone.
void check_trace(const Trained& trained, const TracedPopulations& wanted) {
  double neurons = 0;
  std::vector<std::string> names;
  for (const Population& p : trained.network.populations()) {
    names.push_back(p.name);
    if (is_traced(p, wanted)) neurons += p.size;
  }
  check_trace_names(wanted, names);
  check_trace_rows(neurons * std::floor(trained.scenario.duration / trained.scenario.chip.step));
}

// V and I of the traced neurons at the ends of the chip's steps.
std::vector<Probe> trace_probes(const Network& network, const TracedPopulations& wanted,
                                Time step) {
  std::vector<Probe> probes;
  for (const Population& p : network.populations()) {
    if (!is_traced(p, wanted)) continue;
    Probe probe{{}, step};
    for (NeuronId n = p.first; n < p.first + p.size; ++n) probe.neurons.push_back(n);
    probes.push_back(std::move(probe));
  }
  return probes;
}

void trace_chip(Trained trained, const ChosenTrial& chosen, const std::string& path,
                const TracedPopulations& populations) {
  TracedRun traced;
  traced.trained = std::move(trained);
  traced.trial = chosen.trial;
  emulate(traced);
  for (const std::string& warning : traced.warnings) note("warning: " + warning);
  write_trace(path,
              loihi2::captured(traced.chip->network(), *traced.emulation,
                               every_register(traced.chip->network())),
              traced.chip->network().step, populations);
}

void trace_exact(const Trained& trained, const ChosenTrial& chosen, const std::string& path,
                 const TracedPopulations& populations) {
  const Scenario& scenario = trained.scenario;
  const std::vector<Probe> probes = trace_probes(trained.network, populations, scenario.chip.step);
  Progress progress;
  std::vector<Recording> samples;
  const Tape tape = scenario.machine(trained.network)
                        ->run(chosen.trial, with_progress(scenario, progress), probes,
                              probes.empty() ? nullptr : &samples);
  progress.clear();
  write_trace(path, trained.network, tape, probes, samples, populations);
}

// The folder of --out, before the trial is run.
std::unique_ptr<FolderClaim> claim_folder(const po::variables_map& given,
                                          const std::string& argument) {
  if (!given.count("out")) return nullptr;
  const std::string path = given["out"].as<std::string>();
  if (std::error_code error; std::filesystem::equivalent(path, argument, error))
    throw UsageError(fmt::format("--out {}: that is the run itself; name another folder", path));
  auto claim = std::make_unique<FolderClaim>(path, this_call(data_path(given)));
  claim->become(FolderKind::simulation, given.count("overwrite") > 0);
  return claim;
}

void write_folder(const FolderClaim& claim, const nlohmann::ordered_json& document,
                  const Raster& raster) {
  const std::string folder = claim.folder().string();
  write_json(folder + "/run.json", document);
  write_calls(folder, {claim.call()});
  write_file(folder + "/raster.svg", standalone_svg(render(raster)));
  fmt::print("wrote {0}/run.json and {0}/raster.svg\n", folder);
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  for (const char* option : {"chip", "population"})
    if (given.count(option) && !given.count("trace"))
      throw UsageError(fmt::format("--{}: it says what is traced; add --trace FILE", option));
  Trained trained = open_network(arguments[0], given);
  const Scenario& scenario = trained.scenario;
  const ChosenTrial chosen = choose_trial(scenario, given, trained.data_path);

  TracedPopulations traced;
  if (given.count("population")) traced = given["population"].as<std::vector<std::string>>();
  if (given.count("trace") && !scenario.integers) check_trace(trained, traced);
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json"), trace = outputs.claim("trace");
  const std::unique_ptr<FolderClaim> folder = claim_folder(given, arguments[0]);

  if (scenario.integers) return run_integers(trained, chosen, {json, trace, traced, folder.get()});
  const Simulation simulation = simulate(scenario, trained.network, chosen);
  fmt::print("{}", simulation_text(scenario, trained.network, simulation));
  const auto document = simulation_json(scenario, trained.network, simulation);
  if (json) write_json(*json, document);
  if (folder)
    write_folder(*folder, document,
                 raster_of(trained.network, simulation.tape, scenario.probes, simulation.recordings,
                           scenario.title.empty() ? scenario.name : scenario.title));
  if (trace) {
    if (given.count("chip"))
      trace_chip(std::move(trained), chosen, *trace, traced);
    else
      trace_exact(trained, chosen, *trace, traced);
    fmt::print("wrote {}\n", *trace);
  }
  return 0;
}

}  // namespace

Verb run_verb() {
  return {.name = "run",
          .arguments = "SCENARIO|RUN",
          .summary = "run one trial of a scenario or a trained run and show its spikes",
          .text =
              "Runs one trial with exact spike times and prints spike counts, the spike times "
              "themselves where they are few, the loss and a fingerprint of all spike time bits. "
              "[[probe]] tables of the scenario are sampled into --json and --out. --trace writes "
              "every spike, and V and I at the ends of the chip's steps, as CSV for `retro diff` "
              "and other programs; with --chip what the emulated chip did, every register. A "
              "network in "
              "integers ([network] with a netX or chip file) runs on the emulator, in steps.",
          .examples =
              "retro run scenarios/library/hello.toml\n"
              "retro run scenarios/library/r1.toml --json r1.json\n"
              "retro run runs/demo --trial 3 --chip --trace emulated.csv",
          .min_arguments = 1,
          .max_arguments = 1,
          .options =
              [](po::options_description& o) {
                o.add_options()(
                    "out", po::value<std::string>()->value_name("DIR"),
                    "write run.json and a picture of the spikes and probes, raster.svg, there")(
                    "trace", po::value<std::string>()->value_name("FILE"),
                    "also write the trial as a trace (docs/diff.md); - is standard output")(
                    "chip", "trace the emulated chip instead of the exact network")(
                    "population",
                    po::value<std::vector<std::string>>()->value_name("NAME")->composing(),
                    "trace this population only; may be given again");
                add_output(o);
                add_seed(o);
                add_last(o);
                add_trial(o);
              },
          .run = run};
}

}  // namespace retrograde::cli
