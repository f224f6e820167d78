#include <chrono>
#include <exception>
#include <fmt/format.h>

#include <retrograde/adjoint/ranks/request.hpp>
#include <retrograde/engine/distributed/distributed_machine.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/fingerprint.hpp>
#include <retrograde/scenarios/run/ranks/greeting.hpp>
#include <retrograde/scenarios/run/ranks/ranks_simulation.hpp>

namespace retrograde {

namespace {

std::uint64_t identity_of(const Trial& trial) {
  Fingerprint f;
  f.add(trial.duration);
  for (const Spike& spike : trial.inputs) f.add_spike(spike.time, spike.neuron);
  return f.value();
}

void refuse_other_schedulers(const OpenedSimulation& opened) {
  constexpr const char* remedy = "start one process, without mpirun";
  if (opened.scenario.scheduler == Scheduler::sequential)
    throw UsageError(fmt::format(
        "{}: scheduler = \"sequential\" is for one process, and ranks share windows; write "
        "\"windowed\", or {}",
        opened.scenario.file, remedy));
  if (opened.trial.graded())
    throw UsageError(fmt::format("{}: its inputs are signals, which windows do not know; {}",
                                 opened.scenario.file, remedy));
}

// What all ranks do alike, and throw alike.
RankedRun run_trial(Ranks& ranks, const OpenedSimulation& opened, const RunOptions& options) {
  const Scenario& scenario = opened.scenario;
  const DistributedMachine machine(scenario.network, ranks);
  if (scenario.scheduler == Scheduler::automatic &&
      !machine.windows_pay(opened.trial.duration, opened.trial.inputs.size()))
    throw UsageError(fmt::format(
        "{}: one process would run it by the sequential scheduler, which is faster where inputs "
        "are few, and ranks share windows, whose bits are others; write scheduler = \"windowed\" "
        "into [scenario], or start one process, without mpirun",
        scenario.file));
  RankedRun ran;
  const auto started = std::chrono::steady_clock::now();
  ran.tape = machine.run(opened.trial, options, scenario.probes, &ran.recordings);
  ran.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  ran.synapses = machine.synapses();
  ran.exchange = machine.statistics();
  return ran;
}

}  // namespace

void meet(Ranks& ranks, const OpenedSimulation& opened) {
  refuse_other_schedulers(opened);
  meet_by(ranks, Asked::simulation, Greeting(opened.scenario, identity_of(opened.trial)));
}

RankedRun run_over(Ranks& ranks, const OpenedSimulation& opened, const RunOptions& options) {
  ranks.set_at_rest(false);
  ask(ranks, Asked::trial);
  const auto rethrow_at_rest = [&] {
    ranks.set_at_rest(true);
    throw;
  };
  try {
    RankedRun ran = run_trial(ranks, opened, options);
    ranks.set_at_rest(true);
    return ran;
  } catch (const NetworkError&) {  // what all have met
    rethrow_at_rest();
  } catch (const LimitError&) {  // runaway activity among them
    rethrow_at_rest();
  } catch (const UsageError&) {
    rethrow_at_rest();
  }
  throw InternalError("a trial over ranks has no end");
}

void follow_simulation(Ranks& ranks,
                       const std::function<std::unique_ptr<OpenedSimulation>()>& open) {
  std::unique_ptr<OpenedSimulation> opened;
  for (;;) {
    const Request request = wait_for_request(ranks);
    if (request.what == Asked::end) return;
    if (request.what == Asked::simulation) {
      Greeting greeting;
      try {
        opened = open();
        greeting = Greeting(opened->scenario, identity_of(opened->trial));
      } catch (const std::exception& error) {
        greeting.failure = error.what();
        if (greeting.failure.empty()) greeting.failure = "it could not open what is run";
      }
      send(ranks, 0, greeting.message());
      continue;
    }
    if (request.what != Asked::trial || !opened)
      throw InternalError("a rank was asked for what it is not there for");
    try {
      run_trial(ranks, *opened, opened->scenario.run_options());
    } catch (const NetworkError&) {  // which the leader meets as well
    } catch (const LimitError&) {
    } catch (const UsageError&) {
    } catch (const RankError&) {  // which ends all, by the leader
    }
  }
}

}  // namespace retrograde
