#include <chrono>
#include <fmt/format.h>
#include <utility>

#include <retrograde/engine/trial/readout.hpp>
#include <retrograde/engine/trial/spike_fingerprint.hpp>
#include <retrograde/scenarios/cli/recorders/simulate.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>
#include <retrograde/scenarios/show/json/json_output.hpp>

namespace retrograde::cli {

RunOptions with_progress(const Scenario& scenario, Time duration, Progress& progress) {
  RunOptions options = scenario.run_options();
  options.progress = [&progress, duration](Time t) {
    if (progress.due())
      progress.update(
          fmt::format("{:.4g} of {:g} ms simulated ({:.0f} %)", t, duration, 100 * t / duration));
    return true;
  };
  return stoppable(std::move(options));
}

void judge(const Scenario& scenario, const Network& network, const ChosenTrial& chosen,
           Simulation& s) {
  s.fingerprint = spike_fingerprint(s.tape);
  if (!scenario.loss) return;
  s.loss = scenario.loss->evaluate(network, s.tape, chosen.label).value;
  s.decision = decide(network, scenario.loss->readout(), s.tape);
}

Simulation simulate(const Scenario& scenario, const Network& network, const Machine& machine,
                    const ChosenTrial& chosen) {
  Progress progress;
  const RunOptions options = with_progress(scenario, chosen.trial.duration, progress);
  Simulation s;
  s.trial = chosen.name;
  const auto started = std::chrono::steady_clock::now();
  s.tape = machine.run(chosen.trial, options, scenario.probes,
                       scenario.probes.empty() ? nullptr : &s.recordings);
  s.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  judge(scenario, network, chosen, s);
  return s;
}

}  // namespace retrograde::cli
