// retro export RUN --format netx|nir|lava|chip|npz|csv: a network for other tools, or as a file of our
// own; its values for numpy and tables.
#include <fmt/format.h>
#include <optional>

#include <retrograde/scenarios/cli/command.hpp>
#include <retrograde/scenarios/cli/output.hpp>
#include <retrograde/scenarios/run/export/export.hpp>
#include <retrograde/scenarios/run/trained.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace po = boost::program_options;

namespace {

int run(const po::variables_map& given, const std::vector<std::string>& arguments) {
  std::optional<std::string> wanted;
  if (given.count("format")) wanted = given["format"].as<std::string>();
  const ExportFormat& format = export_format(wanted);
  std::vector<std::string> special;
  for (const char* option : {"delays", "exact", "part", "trial"})
    if (given.count(option)) special.emplace_back(option);
  require_options(format, special);
  ExportOrder order{.format = format, .exact = given.count("exact") > 0};
  if (given.count("delays")) order.delays = nir_delays(given["delays"].as<std::string>());
  const Trained trained = open_run(arguments[0], given);
  order.choose = [&](const Scenario& scenario, const Dataset& dataset) {
    return choose_trial(scenario, given, trained.data_path, &dataset);
  };
  note_without_events(trained.scenario, "what is exported");
  Outputs outputs(given);
  outputs.reads(trained.scenario, trained.data_path);
  const std::string path = outputs.claim(
      given.count("out") ? given["out"].as<std::string>() : export_file(trained, format), "out");
  const Exported exported =
      export_network(trained, order, path, [&] { return open_dataset(trained); });
  for (const std::string& warning : exported.warnings) note("warning: " + warning);
  fmt::print("wrote {} ({} bytes)\n", path == "-" ? "standard output" : path, exported.bytes);
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
