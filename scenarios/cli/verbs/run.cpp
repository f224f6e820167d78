// retro run SCENARIO or RUN: one trial forward.
#include <algorithm>
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
#include <retrograde/scenarios/cli/recorders/simulate.hpp>
#include <retrograde/scenarios/cli/recorders/stretch.hpp>
#include <retrograde/scenarios/exchange/recorders/sample_file.hpp>
#include <retrograde/scenarios/exchange/recorders/spike_recording.hpp>
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
  check_trace_rows(neurons *
                   std::floor(trained.scenario.longest_trial() / trained.scenario.chip.step));
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
  const Tape tape =
      scenario.machine(trained.network)
          ->run(chosen.trial, with_progress(scenario, chosen.trial.duration, progress), probes,
                probes.empty() ? nullptr : &samples);
  progress.clear();
  write_trace(path, trained.network, tape, probes, samples, populations);
}

Raster raster_of(const Scenario& scenario, const Network& network, const Simulation& s,
                 const Stretch& stretch) {
  Raster raster = retrograde::raster_of(network, s.tape, scenario.probes, s.recordings,
                                        scenario.title.empty() ? scenario.name : scenario.title);
  raster.from = stretch.from;
  raster.to = stretch.to;
  raster.marks = marks_of(scenario.timeline, s.tape.duration);
  if (raster.threshold && std::ranges::any_of(scenario.timeline.events, [](const EventSpec& event) {
        return event.kind == EventKind::set && event.parameter == ParameterKind::v_threshold;
      })) {
    raster.threshold.reset();
    raster.notes.emplace_back("The threshold is not drawn: an event changes it.");
  }
  return raster;
}

// ---- recorders -----------------------------------------------------------------------------------

// What of a run goes into files for other programs.
struct Recorders {
  std::optional<std::string> spikes, samples;

  explicit operator bool() const { return spikes || samples; }
};

// Throws UsageError for names and combinations of options that mean nothing, before anything runs.
Recorders claim_recorders(const Scenario& scenario, const Network& network,
                          const po::variables_map& given, Outputs& outputs) {
  for (const char* option : {"spikes", "samples"})
    if (given.count(option))
      check_recording_name(given[option].as<std::string>(), fmt::format("--{}", option), network);
  if (given.count("samples") && scenario.probes.empty())
    throw UsageError(fmt::format(
        "--samples: {} has no [[probe]], which says what is sampled; add one, or leave it out",
        scenario.file));
  return {outputs.claim("spikes"), outputs.claim("samples")};
}

void write_recordings(const Recorders& recorders, const Scenario& scenario, const Network& network,
                      std::span<const Tape> tapes, std::span<std::vector<Recording>> samples) {
  if (recorders.spikes) {
    write_spike_recording(*recorders.spikes, network, tapes);
    fmt::print("wrote {}\n", *recorders.spikes);
  }
  if (recorders.samples) {
    write_samples(*recorders.samples, network, scenario.probes, samples);
    fmt::print("wrote {}\n", *recorders.samples);
  }
}

void write_recordings(const Recorders& recorders, const Scenario& scenario, const Network& network,
                      Simulation& simulation) {
  write_recordings(recorders, scenario, network, std::span(&simulation.tape, 1),
                   std::span(&simulation.recordings, 1));
}

// Integers run in steps, on the emulator, whose --trace has all of it.
void refuse_recorders(const po::variables_map& given) {
  for (const char* option : {"spikes", "samples", "from", "to"})
    if (given.count(option))
      throw UsageError(
          fmt::format("--{}: the network is in integers and runs in steps; --trace FILE "
                      "writes what it does",
                      option));
}

// --from and --to, which are of a picture. Throws UsageError where none is drawn.
Stretch drawn_stretch(const po::variables_map& given, Time duration) {
  const Stretch stretch = chosen_stretch(given);
  for (const char* option : {"from", "to"})
    if (given.count(option) && !given.count("out"))
      throw UsageError(
          fmt::format("--{}: it says what of the trial is drawn; add --out DIR", option));
  if (!(stretch.from < duration))
    throw UsageError(fmt::format("--from {}: the trial ends at {:g} ms; begin before",
                                 given["from"].as<std::string>(), duration));
  return stretch;
}

// --trials: a line for each, and all of them in files.
int run_trials(const Trained& trained, const po::variables_map& given) {
  for (const char* option : {"json", "out", "trace", "chip", "from", "to"})
    if (given.count(option))
      throw UsageError(
          fmt::format("--{}: it is of one trial, and --trials runs several; leave one "
                      "of them out",
                      option));
  const Scenario& scenario = trained.scenario;
  require_values(scenario, "--trials");
  if (!given.count("spikes") && !given.count("samples"))
    throw UsageError("--trials: there is nothing to write; add --spikes FILE or --samples FILE");
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const Recorders recorders = claim_recorders(scenario, trained.network, given, outputs);
  const std::unique_ptr<const Machine> machine = scenario.machine(trained.network);
  std::vector<Tape> tapes;
  std::vector<std::vector<Recording>> samples;
  for_each_chosen_trial(scenario, given, trained.data_path, [&](const ChosenTrial& chosen) {
    Simulation s = simulate(scenario, trained.network, *machine,
                            with_events(chosen, scenario, trained.network));
    fmt::print("{}: {}, fingerprint {}\n", s.trial, spike_count_text(trained.network, s.tape),
               s.fingerprint);
    tapes.push_back(std::move(s.tape));
    samples.push_back(std::move(s.recordings));
  });
  write_recordings(recorders, scenario, trained.network, tapes, samples);
  return 0;
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
  RankedRun ran =
      run_over(*ranks(), opened, with_progress(scenario, chosen.trial.duration, progress));
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
  for (const char* option : {"chip", "trace", "trials"})
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
  const Stretch stretch = drawn_stretch(given, scenario.duration);
  Outputs outputs(given);
  outputs.reads(scenario, data_path(given));
  const auto json = outputs.claim("json");
  const Recorders recorders = claim_recorders(scenario, scenario.network, given, outputs);
  const std::unique_ptr<FolderClaim> folder =
      claim_out(given, arguments[0], FolderKind::simulation);
  Simulation simulation = simulate_over_ranks(opened, chosen);
  fmt::print("{}", simulation_text(scenario, scenario.network, simulation));
  const auto document = simulation_json(scenario, scenario.network, simulation);
  if (json) write_json(*json, document);
  if (folder)
    write_folder(*folder, document, raster_of(scenario, scenario.network, simulation, stretch));
  write_recordings(recorders, scenario, scenario.network, simulation);
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
  if (trial_count(given) > 1 || given.count("trials")) return run_trials(trained, given);
  const ChosenTrial chosen =
      with_events(choose_trial(scenario, given, trained.data_path), scenario, trained.network);
  const Stretch stretch = drawn_stretch(given, chosen.trial.duration);

  TracedPopulations traced;
  if (given.count("population")) traced = given["population"].as<std::vector<std::string>>();
  if (given.count("trace") && !scenario.integers) check_trace(trained, traced);
  Outputs outputs(given);
  outputs.reads(scenario, trained.data_path);
  const auto json = outputs.claim("json"), trace = outputs.claim("trace");
  if (scenario.integers) refuse_recorders(given);
  const Recorders recorders = claim_recorders(scenario, trained.network, given, outputs);
  const std::unique_ptr<FolderClaim> folder =
      claim_out(given, arguments[0], FolderKind::simulation);

  if (scenario.integers) return run_integers(trained, chosen, {json, trace, traced, folder.get()});
  Simulation simulation =
      simulate(scenario, trained.network, *scenario.machine(trained.network), chosen);
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
  if (folder)
    write_folder(*folder, document, raster_of(scenario, trained.network, simulation, stretch));
  write_recordings(recorders, scenario, trained.network, simulation);
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
          "[[probe]] tables of the scenario are sampled into --json, --out and --samples; --spikes "
          "writes every spike. The ending of the name says how: .csv, .npz or .h5, which has the "
          "layout of SONATA. With --trials both have several trials. --from and --to choose what "
          "raster.svg shows of the time. --trace writes "
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
          "retro run scenarios/library/hello.toml --spikes spikes.h5 --samples v.npz\n"
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
                "trace this population only; may be given again")(
                "spikes", po::value<std::string>()->value_name("FILE"),
                "write all spikes: .csv, .npz or .h5")(
                "samples", po::value<std::string>()->value_name("FILE"),
                "write what [[probe]] takes: .csv, .npz or .h5");
            add_stretch(o);
            add_output(o);
            add_seed(o);
            add_set(o);
            add_last(o);
            add_trial(o);
            add_trials(o);
            add_device(o);
          },
      .run = run,
      .join = join};
}

}  // namespace retrograde::cli
