// retro run SCENARIO or RUN: one trial forward.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/folder/run_folder.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/run/side.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/plot/raster.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

constexpr std::size_t most_spikes_printed = 100;

void print_spikes(const Network& network, const Tape& tape) {
  std::vector<std::vector<Time>> times(network.neuron_count());
  for (const TapeSpike& s : tape.spikes) times[s.neuron].push_back(s.time);
  fmt::print("{:<16} {:>8} {:>10} {:>14} {:>12} {:>12}\n", "population", "neurons", "spikes",
             "spikes/neuron", "first (ms)", "last (ms)");
  for (const Population& p : network.populations()) {
    std::size_t spikes = 0;
    Time first = never, last = 0;
    for (NeuronId n = p.first; n < p.first + p.size; ++n) {
      spikes += times[n].size();
      if (times[n].empty()) continue;
      first = std::min(first, times[n].front());
      last = std::max(last, times[n].back());
    }
    fmt::print("{:<16} {:>8} {:>10} {:>14.3g} {:>12} {:>12}\n", p.name, p.size, spikes,
               static_cast<double>(spikes) / p.size, spikes ? fmt::format("{:.6g}", first) : "-",
               spikes ? fmt::format("{:.6g}", last) : "-");
  }
  if (tape.spikes.size() > most_spikes_printed) {
    fmt::print("({} spikes: --json FILE writes them all)\n", tape.spikes.size());
    return;
  }
  fmt::print("\nspike times (ms)\n");
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    if (!network.model_of(n)->fires()) continue;
    std::string line;
    for (const Time t : times[n]) line += fmt::format(" {:.17g}", t);
    fmt::print("  {:<16}{}\n", network.neuron_name(n), line.empty() ? " silent" : line);
  }
}

// The network of a run folder, or of a scenario with another seed if one is given.
Trained opened(const std::string& path, const po::variables_map& given) {
  if (!given.count("seed")) {
    Trained trained =
        open_trained(path, given.count("data") ? given["data"].as<std::string>() : "");
    print_warnings(trained.scenario);
    return trained;
  }
  if (std::filesystem::is_directory(path))
    throw UsageError(
        fmt::format("--seed: {} is a run, whose network is trained; leave it out", path));
  Trained trained;
  trained.scenario = open_scenario(path, given);
  trained.network = trained.scenario.network;
  if (given.count("data")) trained.data_path = given["data"].as<std::string>();
  return trained;
}

// V and I of the traced neurons at the ends of the chip's steps.
std::vector<Probe> trace_probes(const Network& network, const TracedPopulations& wanted,
                                Time step) {
  std::vector<Probe> probes;
  for (const Population& p : network.populations()) {
    if (p.model->is_input() ||
        (!wanted.empty() && std::find(wanted.begin(), wanted.end(), p.name) == wanted.end()))
      continue;
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
  write_trace(path,
              loihi2::captured(traced.chip->network(), *traced.emulation,
                               every_register(traced.chip->network())),
              traced.chip->network().step, populations);
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  Trained trained = opened(arguments[0], given);
  const Scenario& scenario = trained.scenario;
  const ChosenTrial chosen = choose_trial(scenario, given, trained.data_path);
  const Network& network = trained.network;
  TracedPopulations traced;
  if (given.count("population")) traced = given["population"].as<std::vector<std::string>>();
  for (const char* option : {"chip", "population"})
    if (given.count(option) && !given.count("trace"))
      throw UsageError(fmt::format("--{}: it says what is traced; add --trace FILE", option));

  RunOptions options = scenario.run_options();
  Progress progress;
  options.progress = [&](Time t) {
    if (progress.due())
      progress.update(fmt::format("{:.4g} of {:g} ms simulated ({:.0f} %)", t, scenario.duration,
                                  100 * t / scenario.duration));
    return !interrupted();
  };
  std::vector<Recording> recordings;
  const std::unique_ptr<const Machine> machine = scenario.machine(network);
  const auto started = std::chrono::steady_clock::now();
  const Tape tape = machine->run(chosen.trial, options, scenario.probes,
                                 scenario.probes.empty() ? nullptr : &recordings);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  progress.clear();

  fmt::print("{}, {}: {:g} ms simulated in {}\n\n", scenario.name, chosen.name, scenario.duration,
             duration_text(seconds));
  print_spikes(network, tape);
  std::optional<double> loss;
  if (scenario.loss) {
    loss = scenario.loss->evaluate(network, tape, chosen.label).value;
    fmt::print("\nloss {} = {:.17g}", scenario.loss->name(), *loss);
    if (const int decision = decide(network, options.readout, tape); decision != no_decision)
      fmt::print(", decision {}", decision);
    fmt::print("\n");
  }
  fmt::print("\n{} deliveries, fingerprint {}\n", tape.deliveries, fingerprint(tape));

  const auto path = json_path(given);
  const std::string folder = given.count("out") ? given["out"].as<std::string>() : "";
  if (path || !folder.empty()) {
    auto document = json_header("retrograde.run/1", scenario);
    document["trial"] = chosen.name;
    document["fingerprint"] = fingerprint(tape);
    document["deliveries"] = tape.deliveries;
    document["spikes"] = json_spikes(network, tape);
    if (loss) {
      document["loss"] = {{"kind", scenario.loss->name()}, {"value", *loss}};
      const int decision = decide(network, options.readout, tape);
      document["decision"] = decision == no_decision ? nlohmann::ordered_json(nullptr)
                                                     : nlohmann::ordered_json(decision);
    }
    document["probes"] = json_recordings(network, scenario.probes, recordings);
    if (path) write_json(*path, document);
    if (!folder.empty()) {
      make_folder(folder);
      write_json(folder + "/run.json", document);
      const std::string title = scenario.title.empty() ? scenario.name : scenario.title;
      write_file(
          folder + "/raster.svg",
          standalone_svg(render(raster_of(network, tape, scenario.probes, recordings, title))));
      fmt::print("wrote {0}/run.json and {0}/raster.svg\n", folder);
    }
  }
  if (given.count("trace")) {
    const std::string trace = given["trace"].as<std::string>();
    if (given.count("chip")) {
      trace_chip(std::move(trained), chosen, trace, traced);
    } else {
      const std::vector<Probe> probes = trace_probes(network, traced, scenario.chip.step);
      std::vector<Recording> samples;
      const Tape again =
          machine->run(chosen.trial, options, probes, probes.empty() ? nullptr : &samples);
      write_trace(trace, network, again, probes, samples, traced);
    }
    fmt::print("wrote {}\n", trace);
  }
  return 0;
}

}  // namespace

Verb run_verb() {
  return {
      "run",
      "SCENARIO|RUN",
      "run one trial of a scenario or a trained run and show its spikes",
      "Runs one trial with exact spike times and prints spike counts, the spike times "
      "themselves where they are few, the loss and\n"
      "a fingerprint of all spike time bits. [[probe]] tables of the scenario are sampled into "
      "--json and --out. --trace writes every spike, and V and I at the ends of the chip's "
      "steps, as CSV for `retro diff` and other\n"
      "programs; with --chip what the emulated chip did, every register.\n\n"
      "  retro run scenarios/library/hello.toml\n"
      "  retro run scenarios/library/r1.toml --json r1.json\n"
      "  retro run runs/demo --trial 3 --chip --trace emulated.csv",
      1,
      1,
      [](po::options_description& o) {
        add_json(o);
        o.add_options()("out", po::value<std::string>()->value_name("DIR"),
                        "write run.json and a picture of the spikes and probes, raster.svg, there")(
            "trace", po::value<std::string>()->value_name("FILE"),
            "also write the trial as a trace (docs/diff.md)")(
            "chip", "trace the emulated chip instead of the exact network")(
            "population", po::value<std::vector<std::string>>()->value_name("NAME")->composing(),
            "trace this population only; may be given again");
        add_seed(o);
        add_trial(o);
      },
      run};
}

}  // namespace retrograde::cli
