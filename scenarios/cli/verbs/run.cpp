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
#include <retrograde/scenarios/cli/pursuit/pursuit.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/io/readable.hpp>
#include <retrograde/scenarios/read/chips/chip_profile.hpp>
#include <retrograde/scenarios/read/library.hpp>
#include <retrograde/scenarios/read/part.hpp>
#include <retrograde/scenarios/run/diff/side.hpp>
#include <retrograde/scenarios/run/evaluation/emulated_trial.hpp>
#include <retrograde/scenarios/run/folder/folder_claim.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/pursuit/trained_pursuit.hpp>
#include <retrograde/scenarios/run/ranks/ranks_simulation.hpp>
#include <retrograde/scenarios/run/simulation.hpp>
#include <retrograde/scenarios/show/json/evaluation.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/json/simulation.hpp>
#include <retrograde/scenarios/show/plot/raster.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/text/deployment.hpp>
#include <retrograde/scenarios/show/text/evaluation.hpp>
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

// What follows from the tape.
void judge(const Scenario& scenario, const Network& network, const ChosenTrial& chosen,
           Simulation& s) {
  s.fingerprint = fingerprint(s.tape);
  if (!scenario.loss) return;
  s.loss = scenario.loss->evaluate(network, s.tape, chosen.label).value;
  s.decision = decide(network, scenario.loss->readout(), s.tape);
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
  judge(scenario, network, chosen, s);
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

// What the emulated chip makes of the trial, and what is to be said of it.
void show_on_chip(const Trained& trained, const EmulatedTrial& on_chip) {
  const loihi2::Fit& fit = on_chip.fit;
  fmt::print("\non the emulated chip\n{}  {}{}\n",
             conformance_text(trained.network, on_chip.seen, on_chip.seen.labelled > 0),
             fit.fits() ? "it fits" : "it does not fit",
             behaviour_text(fit.fidelity, fit.decisions));
  for (const Finding& f : fit.findings)
    note(fmt::format("{}: {}{}{}", name(f.severity), f.message, f.remedy.empty() ? "" : ": ",
                     f.remedy));
}

void trace_chip(const EmulatedTrial& on_chip, const std::string& path,
                const TracedPopulations& populations) {
  const loihi2::ChipNetwork& network = on_chip.chip->network();
  write_trace(path, loihi2::captured(network, on_chip.emulation, every_register(network)),
              network.step, populations);
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

Raster raster_of(const Scenario& scenario, const Network& network, const Simulation& s) {
  return retrograde::raster_of(network, s.tape, scenario.probes, s.recordings,
                               scenario.title.empty() ? scenario.name : scenario.title);
}

void write_folder(const FolderClaim& claim, const nlohmann::ordered_json& document,
                  const Raster& raster) {
  const std::string folder = claim.folder().string();
  write_json(folder + "/run.json", document);
  write_calls(folder, {claim.call()});
  write_file(folder + "/raster.svg", standalone_svg(render(raster)));
  fmt::print("wrote {0}/run.json and {0}/raster.svg\n", folder);
}

// ---- over ranks ----------------------------------------------------------------------------------

// The part of the scenario's network that this rank runs.
Scenario open_part(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const std::string& path = arguments.at(0);
  if (std::filesystem::is_directory(path))
    throw UsageError(
        fmt::format("retro run {}: it is a run, and ranks make their parts from a scenario; start "
                    "one process, without mpirun",
                    path));
  if (chosen_epoch(given) == ChosenEpoch::last)
    throw UsageError(fmt::format("--last: {} is a scenario, whose network is untrained", path));
  return read_part(path, overrides_of(given), NeuronShares(ranks()->rank(), ranks()->size()));
}

// What rank 0 runs, opened from the same files, in silence.
std::unique_ptr<OpenedSimulation> join(const po::variables_map& given,
                                       const std::vector<std::string>& arguments) {
  auto opened = std::make_unique<OpenedSimulation>();
  opened->scenario = open_part(given, arguments);
  std::optional<Dataset> dataset;
  if (!opened->scenario.data.none())
    dataset.emplace(load_dataset(opened->scenario, data_path(given)));
  opened->trial = choose_trial(opened->scenario, given, {}, dataset ? &*dataset : nullptr).trial;
  return opened;
}

Simulation simulate_over_ranks(const OpenedSimulation& opened, const ChosenTrial& chosen) {
  const Scenario& scenario = opened.scenario;
  meet(*ranks(), opened);
  note(fmt::format("{} ranks share {}; rank 0 reads out and writes", ranks()->size(),
                   plural(scenario.network.neuron_count(), "neuron")));
  Progress progress;
  Simulation s;
  s.trial = chosen.name;
  RankedRun ran = run_over(*ranks(), opened, with_progress(scenario, progress));
  progress.clear();
  note(
      fmt::format("{} in all; {} of {} went by in {}, waiting for others included, which brought "
                  "{}B to each rank",
                  plural(ran.synapses, "synapse"), duration_text(ran.exchange.seconds),
                  duration_text(ran.seconds), plural(ran.exchange.meetings, "exchange"),
                  short_number(static_cast<double>(ran.exchange.bytes))));
  s.tape = std::move(ran.tape);
  s.recordings = std::move(ran.recordings);
  s.seconds = ran.seconds;
  judge(scenario, scenario.network, chosen, s);
  return s;
}

int run_over_ranks(const po::variables_map& given, const std::vector<std::string>& arguments) {
  for (const char* option : {"chip", "trace"})
    if (given.count(option))
      throw UsageError(
          fmt::format("--{}: it needs the whole network in one process; start it "
                      "without mpirun, or leave the option out",
                      option));
  OpenedSimulation opened;
  opened.scenario = open_part(given, arguments);
  const Scenario& scenario = opened.scenario;
  print_warnings(scenario);
  ChosenTrial chosen = choose_trial(scenario, given);
  opened.trial = std::move(chosen.trial);
  Outputs outputs(given);
  outputs.reads(scenario, data_path(given));
  const auto json = outputs.claim("json");
  const std::unique_ptr<FolderClaim> folder =
      claim_out(given, arguments[0], FolderKind::simulation);
  const Simulation simulation = simulate_over_ranks(opened, chosen);
  fmt::print("{}", simulation_text(scenario, scenario.network, simulation));
  const auto document = simulation_json(scenario, scenario.network, simulation);
  if (json) write_json(*json, document);
  if (folder) write_folder(*folder, document, raster_of(scenario, scenario.network, simulation));
  return 0;
}

// ---- the verb ------------------------------------------------------------------------------------

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (given.count("population") && !given.count("trace"))
    throw UsageError("--population: it says what is traced; add --trace FILE");
  if (ranks()) {
    refuse_device(given, "what goes over ranks");
    return run_over_ranks(given, arguments);
  }
  if (is_sparse_coding(arguments[0])) {
    refuse_device(given, "sparse coding");
    return run_pursuit(given, arguments[0]);
  }
  Trained trained = open_network(arguments[0], given);
  use_device(given, trained.scenario, trained.network, DeviceWork::run);
  const Scenario& scenario = trained.scenario;
  const ChosenTrial chosen = choose_trial(scenario, given, trained.data_path);

  TracedPopulations traced;
  if (given.count("population")) traced = given["population"].as<std::vector<std::string>>();
  if (given.count("trace") && !scenario.integers) check_trace(trained, traced);
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json"), trace = outputs.claim("trace");
  const std::unique_ptr<FolderClaim> folder =
      claim_out(given, arguments[0], FolderKind::simulation);

  if (scenario.integers) return run_integers(trained, chosen, {json, trace, traced, folder.get()});
  const Simulation simulation = simulate(scenario, trained.network, chosen);
  fmt::print("{}", simulation_text(scenario, trained.network, simulation));
  auto document = simulation_json(scenario, trained.network, simulation);
  std::optional<EmulatedTrial> on_chip;
  if (given.count("chip")) {
    on_chip = run_on_chip(trained, chosen.trial, simulation.tape, chosen.label,
                          read_chip_profile(library_chip("loihi2")), trace.has_value());
    show_on_chip(trained, *on_chip);
    document["chip"] = json_emulated(trained.network, *on_chip);
  }
  if (json) write_json(*json, document);
  if (folder) write_folder(*folder, document, raster_of(scenario, trained.network, simulation));
  if (trace && on_chip)
    trace_chip(*on_chip, *trace, traced);
  else if (trace)
    trace_exact(trained, chosen, *trace, traced);
  if (trace) fmt::print("wrote {}\n", *trace);
  return 0;
}

}  // namespace

Verb run_verb() {
  return {
      .name = "run",
      .arguments = "SCENARIO|RUN",
      .summary = "run one trial of a scenario or a trained run and show its spikes",
      .text =
          "Runs one trial with exact spike times and prints spike counts, the spike times "
          "themselves where they are few, the loss and a fingerprint of all spike time bits. "
          "[[probe]] tables of the scenario are sampled into --json and --out. --trace writes "
          "every spike, and V and I at the ends of the chip's steps, as CSV for `retro diff` "
          "and other programs. --chip also runs the trial on the emulated chip, tells what "
          "comes out otherwise there and warns as `retro check` does; --trace then writes what "
          "the chip did, every register. A network in integers ([network] with a netX or chip "
          "file) runs on the emulator, in steps. Of a scenario of sparse coding it "
          "finds the code of one signal: objective, KKT residual, events and messages.\n\n"
          "One large network over several processes, on one machine or many: mpirun -n 4 retro "
          "run SCENARIO (with MPI; docs/clusters.md). Each has the synapses of its own neurons, "
          "all exchange their spikes, and the result has the same bits.",
      .examples =
          "retro run scenarios/library/hello.toml\n"
          "retro run scenarios/library/r1.toml --json r1.json\n"
          "retro run scenarios/library/pursuit_hello.toml --trial 2 --out code\n"
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
                "chip", "also run it on the emulated chip, and trace that")(
                "population",
                po::value<std::vector<std::string>>()->value_name("NAME")->composing(),
                "trace this population only; may be given again");
            add_output(o);
            add_seed(o);
            add_set(o);
            add_last(o);
            add_trial(o);
            add_device(o);
          },
      .run = run,
      .join = join};
}

}  // namespace retrograde::cli
