// retro export RUN --format netx|nir|lava|chip|npz|csv: a network for other tools, or as a file of our
// own; its values for numpy and tables.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <optional>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/exchange/chip/chip_file.hpp>
#include <retrograde/scenarios/exchange/lava_script.hpp>
#include <retrograde/scenarios/exchange/netx.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/exchange/parameters.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/run/training.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

// Enough for what an accuracy and a mean are good for, few enough for seconds.
constexpr std::size_t predicted_trials = 1000;

struct Format {
  const char* name;
  const char* file;  // by default
};
constexpr Format formats[] = {{"netx", "network.net"},     {"nir", "network.nir"},
                              {"lava", "lava_network.py"}, {"chip", "network.chip"},
                              {"npz", "parameters.npz"},   {"csv", "parameters.csv"}};

const Format& chosen_format(const po::variables_map& given) {
  const std::string names = "netx (lava-dl), nir, lava (a Python script), chip, npz (numpy) or csv";
  if (!given.count("format")) throw UsageError("retro export: --format is missing; write " + names);
  const std::string wanted = given["format"].as<std::string>();
  for (const Format& format : formats)
    if (format.name == wanted) return format;
  throw UsageError(fmt::format("--format {}: it is none of {}", wanted, names));
}

// An option that only some formats have.
void only_for(const po::variables_map& given, const char* option, const Format& format,
              const char* wanted) {
  if (given.count(option) && std::string(format.name) != wanted)
    throw UsageError(fmt::format("--{} is for --format {}; leave it out", option, wanted));
}

// Which is read: of the loss, what never fires, and whatever sends nothing on.
std::vector<std::uint32_t> outputs_of(const Scenario& scenario, const Network& network) {
  std::vector<std::uint32_t> outputs;
  for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
    const Model model = network.populations()[p].model;
    const bool sends =
        std::any_of(network.projections().begin(), network.projections().end(),
                    [&](const Projection& q) { return q.source == p && q.target != p; });
    const bool read = scenario.loss && scenario.loss->readout().kind != Readout::Kind::none &&
                      scenario.loss->readout().population == p;
    if (!model->is_input() && (read || !model->fires() || !sends)) outputs.push_back(p);
  }
  return outputs;
}

struct Exported {
  std::string bytes;
  std::vector<std::string> warnings;
};

OnChip on_chip(const Trained& trained, const Dataset& dataset) {
  try {
    return put_on_chip(trained, dataset);
  } catch (const DeploymentError& error) {
    throw UsageError(fmt::format("this network cannot go on the chip: {}", error.what()));
  }
}

Exported export_nir(const Trained& trained, const po::variables_map& given) {
  require_values(trained.scenario, "--format nir");
  NirOptions options;
  options.outputs = outputs_of(trained.scenario, trained.network);
  if (given.count("delays")) {
    const std::string delays = given["delays"].as<std::string>();
    if (delays != "metadata" && delays != "branches")
      throw UsageError(fmt::format("--delays {}: metadata or branches is needed", delays));
    if (delays == "branches") options.delays = NirDelays::branches;
  }
  std::optional<OnChip> chip;
  std::vector<std::string> warnings;
  if (!given.count("exact")) {
    const Dataset dataset = open_dataset(trained);
    try {
      chip = put_on_chip(trained, dataset);
      options.chip = &chip->quantized.chip;
      if (trained.tuning)
        warnings.emplace_back(
            "the network is the exact one; the integers in its metadata are those of its "
            "fine-tuning, and stand for somewhat other weights");
    } catch (const DeploymentError& error) {
      warnings.push_back(fmt::format("without what the chip would hold: {}", error.what()));
    }
  }
  NirFile file = write_nir(trained.network, options);
  warnings.insert(warnings.end(), file.warnings.begin(), file.warnings.end());
  return {std::move(file.bytes), std::move(warnings)};
}

Deployed deployed(const Trained& trained, const OnChip& chip, std::uint32_t steps) {
  Deployed d;
  d.name = trained.scenario.name;
  d.source = trained.scenario.integers ? trained.scenario.network_file->hash
                                       : fingerprint(chip.network.parameters());
  d.chip = unrolled(chip.quantized.chip);  // these formats have no convolutions of ours
  if (trained.scenario.loss) d.readout = trained.scenario.loss->readout();
  d.steps = steps;
  return d;
}

// The emulator's arithmetic is the scenario's; that of Lava, and of who loads netX, is Lava's.
void warn_of_semantics(const Scenario& scenario, std::vector<std::string>& warnings) {
  loihi2::Semantics lava;
  lava.spike_register = scenario.chip.semantics.spike_register;
  if (scenario.chip.semantics != lava)
    warnings.emplace_back(
        "[chip] overflow is not Lava's, so what overflows may differ there (a is kept, u wraps, v "
        "saturates)");
}

Exported export_netx(const Trained& trained, const po::variables_map&) {
  const Scenario& scenario = trained.scenario;
  const Dataset dataset = open_dataset(trained);
  const OnChip chip = on_chip(trained, dataset);
  const loihi2::Emulator emulator(chip.quantized.chip, scenario.chip.semantics);
  const Part part = judged_part(dataset);
  const LabelledTrials& trials = dataset.part(part);
  const std::uint32_t steps = emulator.run(trials.trial(0)).steps;
  Deployed d = deployed(trained, chip, steps);
  d.prediction =
      predict(emulator, d.readout, FirstTrials(trials, predicted_trials), std::string(name(part)));
  NetxFile file = write_netx(d);
  std::vector<std::string> warnings = chip.quantized.report.warnings;
  warnings.insert(warnings.end(), file.warnings.begin(), file.warnings.end());
  if (part != Part::test && !scenario.data.none())
    warnings.emplace_back(
        "the data set has no test part: the decisions in the file, which another tool is to "
        "repeat, are of training trials");
  warn_of_semantics(scenario, warnings);
  return {std::move(file.bytes), std::move(warnings)};
}

Exported export_lava(const Trained& trained, const po::variables_map& given) {
  const Scenario& scenario = trained.scenario;
  const Dataset dataset = open_dataset(trained);
  const OnChip chip = on_chip(trained, dataset);
  const ChosenTrial trial = choose_trial(scenario, given, {}, &dataset);
  const loihi2::Emulator emulator(chip.quantized.chip, scenario.chip.semantics);
  loihi2::EmulationOptions options;
  if (scenario.loss) options.readout = scenario.loss->readout();
  const loihi2::Emulation emulation = emulator.run(trial.trial, options);
  LavaScript script =
      write_lava_script(deployed(trained, chip, emulation.steps), trial.name, emulation);
  std::vector<std::string> warnings = chip.quantized.report.warnings;
  warnings.insert(warnings.end(), script.warnings.begin(), script.warnings.end());
  warn_of_semantics(scenario, warnings);
  return {std::move(script.text), std::move(warnings)};
}

Exported export_chip(const Trained& trained, const po::variables_map&) {
  OnChip chip = trained.scenario.integers ? put_on_chip(trained.scenario)
                                          : on_chip(trained, open_dataset(trained));
  return {write_chip_file({std::move(chip.quantized.chip), trained.scenario.chip.semantics}),
          std::move(chip.quantized.report.warnings)};
}

// Whose values they are, for those who find the file.
std::string described(const Trained& trained) {
  if (!trained.folder) return fmt::format("{}, untrained", trained.scenario.name);
  return trained.epoch ? fmt::format("{}, epoch {}", trained.scenario.name, *trained.epoch)
                       : trained.scenario.name;
}

Exported export_npz(const Trained& trained, const po::variables_map&) {
  return {parameters_npz(trained.network, described(trained)), {}};
}

// Written as it is made: a table is larger than its network.
std::size_t export_csv(const Trained& trained, const std::string& path) {
  AtomicFile file(path);
  std::size_t bytes = 0;
  write_parameters_csv(trained.network, [&](std::string_view text) {
    bytes += text.size();
    file.write(text);
  });
  file.commit();
  return bytes;
}

std::size_t export_to(const std::string& path, const Format& format, const Trained& trained,
                      const po::variables_map& given) {
  const std::string kind = format.name;
  if (kind == "npz" || kind == "csv")
    require_values(trained.scenario, fmt::format("--format {}", kind));
  if (kind == "csv") return export_csv(trained, path);
  const Exported exported = kind == "nir"    ? export_nir(trained, given)
                            : kind == "netx" ? export_netx(trained, given)
                            : kind == "chip" ? export_chip(trained, given)
                            : kind == "npz"  ? export_npz(trained, given)
                                             : export_lava(trained, given);
  write_file(path, exported.bytes);
  for (const std::string& warning : exported.warnings) note("warning: " + warning);
  return exported.bytes.size();
}

// Named by --out, else in the run folder, else here.
std::string output_file(const po::variables_map& given, const Trained& trained,
                        const Format& format) {
  if (given.count("out")) return given["out"].as<std::string>();
  return trained.folder ? trained.folder->file(format.file) : format.file;
}

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  const Format& format = chosen_format(given);
  only_for(given, "delays", format, "nir");
  only_for(given, "exact", format, "nir");
  for (const char* option : {"part", "trial"}) only_for(given, option, format, "lava");
  const Trained trained = open_run(arguments[0], given);
  note_without_events(trained.scenario, "what is exported");
  if (trained.scenario.initial)
    note("warning: v_init and i_init are no part of what is exported, whose neurons begin at rest");
  Outputs outputs(given);
  outputs.reads(trained.scenario, trained.data_path);
  const std::string path = outputs.claim(output_file(given, trained, format), "out");
  const std::size_t bytes = export_to(path, format, trained, given);
  fmt::print("wrote {} ({} bytes)\n", path == "-" ? "standard output" : path, bytes);
  return 0;
}

}  // namespace

Verb export_verb() {
  return {
      .name = "export",
      .arguments = "RUN --format FORMAT",
      .summary = "write a network for other tools: netX, NIR, Lava, numpy; or as integers",
      .text =
          "Writes the network of a run folder, or the untrained one of a scenario file, in the "
          "format of another tool, and warns of whatever that tool will not see. "
          "docs/exchange.md says what is written.\n\n"
          "  netx  HDF5 for lava-dl and what loads its files: integers of Loihi 2, for chains\n"
          "        of layers (network.net)\n"
          "  nir   HDF5 of the Neuromorphic Intermediate Representation: the exact network, and\n"
          "        what the chip would hold as metadata (network.nir). [network] of a scenario\n"
          "        reads it\n"
          "  lava  a Python script of Lava processes with one trial, for any network that goes\n"
          "        on the chip (lava_network.py)\n"
          "  chip  HDF5 of our own: everything that the chip holds, with the arithmetic that it\n"
          "        is meant for (network.chip). [network] of a scenario reads it, and netX\n"
          "  npz   weights, delays and all parameters of neurons as arrays for numpy\n"
          "        (parameters.npz); description.json in it says their units\n"
          "  csv   the same as one table, a row per value (parameters.csv)",
      .examples =
          "retro export runs/yin_yang --format netx\n"
          "retro export runs/yin_yang --format nir --out yin_yang.nir\n"
          "retro export scenarios/library/r1.toml --format lava --out r1.py\n"
          "retro export runs/yin_yang --format chip\n"
          "retro export runs/yin_yang --format npz",
      .min_arguments = 1,
      .max_arguments = 1,
      .options =
          [](po::options_description& o) {
            o.add_options()("format", po::value<std::string>()->value_name("FORMAT"),
                            "netx, nir, lava, chip, npz or csv")(
                "out", po::value<std::string>()->value_name("FILE"),
                "file to write (default: in the run folder, or here); - is standard output")(
                "overwrite", "replace the file if it is there")(
                "delays", po::value<std::string>()->value_name("HOW"),
                "nir: delays that differ from synapse to synapse as metadata (the default), or "
                "as branches of Delay nodes")(
                "exact", "nir: without what the chip would hold, for which data are needed");
            add_last(o);
            add_set(o);
            add_trial(o);
          },
      .run = run};
}

}  // namespace retrograde::cli
