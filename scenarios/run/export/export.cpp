#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <string_view>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/scenarios/exchange/chip/chip_file.hpp>
#include <retrograde/scenarios/exchange/deployed.hpp>
#include <retrograde/scenarios/exchange/lava_script.hpp>
#include <retrograde/scenarios/exchange/netx.hpp>
#include <retrograde/scenarios/exchange/parameters.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/run/evaluation/evaluation.hpp>
#include <retrograde/scenarios/run/export/export.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

namespace {

// Enough for what an accuracy and a mean are good for, few enough for seconds.
constexpr std::size_t predicted_trials = 1000;

constexpr std::array<ExportFormat, 6> formats = {
    {{ExportFormat::Kind::netx, "netx", "network.net"},
     {ExportFormat::Kind::nir, "nir", "network.nir"},
     {ExportFormat::Kind::lava, "lava", "lava_network.py"},
     {ExportFormat::Kind::chip, "chip", "network.chip"},
     {ExportFormat::Kind::npz, "npz", "parameters.npz"},
     {ExportFormat::Kind::csv, "csv", "parameters.csv"}}};

struct OptionFormat {
  std::string_view option, format;
};
constexpr std::array<OptionFormat, 4> option_formats = {
    {{"delays", "nir"}, {"exact", "nir"}, {"part", "lava"}, {"trial", "lava"}}};

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

struct Content {
  std::string bytes;
  std::vector<std::string> warnings;
};

using OpenData = std::function<Dataset()>;

OnChip on_chip(const Trained& trained, const Dataset& dataset) {
  try {
    return put_on_chip(trained, dataset);
  } catch (const DeploymentError& error) {
    throw UsageError(fmt::format("this network cannot go on the chip: {}", error.what()));
  }
}

Content nir_content(const Trained& trained, const ExportOrder& order, const OpenData& open) {
  require_values(trained.scenario, "--format nir");
  NirOptions options;
  options.outputs = outputs_of(trained.scenario, trained.network);
  options.delays = order.delays;
  std::optional<OnChip> chip;
  std::vector<std::string> warnings;
  if (!order.exact) {
    const Dataset dataset = open();
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

Content netx_content(const Trained& trained, const OpenData& open) {
  const Scenario& scenario = trained.scenario;
  const Dataset dataset = open();
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

Content lava_content(const Trained& trained, const ExportOrder& order, const OpenData& open) {
  const Scenario& scenario = trained.scenario;
  const Dataset dataset = open();
  const OnChip chip = on_chip(trained, dataset);
  const ChosenTrial trial = order.choose(scenario, dataset);
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

Content chip_content(const Trained& trained, const OpenData& open) {
  OnChip chip =
      trained.scenario.integers ? put_on_chip(trained.scenario) : on_chip(trained, open());
  return {write_chip_file({std::move(chip.quantized.chip), trained.scenario.chip.semantics}),
          std::move(chip.quantized.report.warnings)};
}

// Whose values they are, for those who find the file.
std::string described(const Trained& trained) {
  if (!trained.folder) return fmt::format("{}, untrained", trained.scenario.name);
  return trained.epoch ? fmt::format("{}, epoch {}", trained.scenario.name, *trained.epoch)
                       : trained.scenario.name;
}

// Written as it is made: a table is larger than its network.
std::size_t write_csv(const Trained& trained, const std::string& path) {
  AtomicFile file(path);
  std::size_t bytes = 0;
  write_parameters_csv(trained.network, [&](std::string_view text) {
    bytes += text.size();
    file.write(text);
  });
  file.commit();
  return bytes;
}

Content content_of(const Trained& trained, const ExportOrder& order, const OpenData& open) {
  switch (order.format.kind) {
    case ExportFormat::Kind::netx:
      return netx_content(trained, open);
    case ExportFormat::Kind::nir:
      return nir_content(trained, order, open);
    case ExportFormat::Kind::lava:
      return lava_content(trained, order, open);
    case ExportFormat::Kind::chip:
      return chip_content(trained, open);
    case ExportFormat::Kind::npz:
      return {parameters_npz(trained.network, described(trained)), {}};
    case ExportFormat::Kind::csv:
      break;
  }
  throw InternalError("content_of: a table is written as it is made");
}

// What no format has.
std::vector<std::string> never_exported(const Scenario& scenario) {
  std::vector<std::string> warnings;
  if (scenario.initial)
    warnings.emplace_back(
        "v_init and i_init are no part of what is exported, whose neurons begin at rest");
  return warnings;
}

}  // namespace

const ExportFormat& export_format(const std::optional<std::string>& wanted) {
  const std::string names = "netx (lava-dl), nir, lava (a Python script), chip, npz (numpy) or csv";
  if (!wanted) throw UsageError("retro export: --format is missing; write " + names);
  for (const ExportFormat& format : formats)
    if (format.name == *wanted) return format;
  throw UsageError(fmt::format("--format {}: it is none of {}", *wanted, names));
}

void require_options(const ExportFormat& format, const std::vector<std::string>& given) {
  for (const std::string& option : given) {
    const auto found = std::ranges::find(option_formats, option, &OptionFormat::option);
    if (found == option_formats.end())
      throw InternalError("require_options: no format has --" + option);
    if (format.name != found->format)
      throw UsageError(fmt::format("--{} is for --format {}; leave it out", option, found->format));
  }
}

NirDelays nir_delays(const std::string& name) {
  if (name == "metadata") return NirDelays::metadata;
  if (name == "branches") return NirDelays::branches;
  throw UsageError(fmt::format("--delays {}: metadata or branches is needed", name));
}

std::string export_file(const Trained& trained, const ExportFormat& format) {
  return trained.folder ? trained.folder->file(format.file) : format.file;
}

Exported export_network(const Trained& trained, const ExportOrder& order, const std::string& path,
                        const OpenData& open) {
  using Kind = ExportFormat::Kind;
  const Kind kind = order.format.kind;
  Exported exported{.warnings = never_exported(trained.scenario)};
  if (kind == Kind::npz || kind == Kind::csv)
    require_values(trained.scenario, fmt::format("--format {}", order.format.name));
  if (kind == Kind::csv) {
    exported.bytes = write_csv(trained, path);
    return exported;
  }
  Content content = content_of(trained, order, open);
  write_file(path, content.bytes);
  exported.bytes = content.bytes.size();
  exported.warnings.insert(exported.warnings.end(), content.warnings.begin(),
                           content.warnings.end());
  return exported;
}

}  // namespace retrograde
