#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <retrograde/engine/trial/spike_fingerprint.hpp>
#include <retrograde/scenarios/cli/integers/integers.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/json_file.hpp>
#include <retrograde/scenarios/read/integers/integer_network.hpp>
#include <retrograde/scenarios/run/diff/side.hpp>
#include <retrograde/scenarios/run/evaluation/integers.hpp>
#include <retrograde/scenarios/show/integers/json.hpp>
#include <retrograde/scenarios/show/integers/text.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>
#include <retrograde/scenarios/show/plot/raster.hpp>
#include <retrograde/scenarios/show/plot/svg.hpp>
#include <retrograde/scenarios/show/text/progress.hpp>

namespace retrograde::cli {

namespace {

// Before anything runs: a row for each traced neuron and step.
void check_rows(const Scenario& scenario, const TracedPopulations& wanted) {
  std::vector<std::string> names;
  double neurons = 0;
  for (const Population& p : scenario.network.populations()) {
    names.push_back(p.name);
    if (!p.model->is_input() &&
        (wanted.empty() || std::find(wanted.begin(), wanted.end(), p.name) != wanted.end()))
      neurons += p.size;
  }
  check_trace_names(wanted, names);
  check_trace_rows(neurons * std::floor(scenario.longest_trial() / scenario.chip.step));
}

// Registers of the populations that are traced.
loihi2::TraceOptions traced_registers(const loihi2::ChipNetwork& chip,
                                      const TracedPopulations& wanted) {
  loihi2::TraceOptions traced;
  for (const loihi2::ChipPopulation& p : chip.populations)
    if (p.model != loihi2::ChipModel::input &&
        (wanted.empty() || std::find(wanted.begin(), wanted.end(), p.name) != wanted.end()))
      for (NeuronId n = p.first; n < p.first + p.size; ++n) traced.neurons.push_back(n);
  return traced;
}

}  // namespace

int run_integers(const Trained& trained, const ChosenTrial& chosen, const RunOutputs& outputs) {
  const Scenario& scenario = trained.scenario;
  loihi2::TraceOptions traced;
  if (outputs.trace) {
    check_rows(scenario, outputs.traced);
    traced = traced_registers(scenario.integers->chip, outputs.traced);
  }
  ChipRun run = retrograde::run_integers(scenario, chosen.trial, chosen.name, traced);
  run.simulation.fingerprint = spike_fingerprint(run.simulation.tape);
  for (const std::string& told : overflows(run.chip->network(), run.emulation))
    note("warning: " + told);
  fmt::print("{}", chip_run_text(scenario, run));
  if (outputs.json || outputs.folder) {
    const auto document = json_chip_run(scenario, run);
    if (outputs.json) write_json(*outputs.json, document);
    if (outputs.folder) {
      const std::string folder = outputs.folder->folder().string();
      write_json(folder + "/run.json", document);
      write_calls(folder, {outputs.folder->call()});
      write_file(folder + "/raster.svg",
                 standalone_svg(
                     render(raster_of(scenario.network, run.simulation.tape, {}, {},
                                      scenario.title.empty() ? scenario.name : scenario.title))));
      fmt::print("wrote {0}/run.json and {0}/raster.svg\n", folder);
    }
  }
  if (outputs.trace) {
    write_trace(*outputs.trace, loihi2::captured(run.chip->network(), run.emulation, traced),
                run.chip->network().step, outputs.traced);
    fmt::print("wrote {}\n", *outputs.trace);
  }
  return 0;
}

void print_integers(const Scenario& scenario) { fmt::print("{}", integers_text(scenario)); }

}  // namespace retrograde::cli
