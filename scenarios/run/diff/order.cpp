#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/trace_file.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/suggest.hpp>
#include <retrograde/scenarios/io/units.hpp>
#include <retrograde/scenarios/run/diff/order.hpp>
#include <retrograde/scenarios/run/interrupt.hpp>

namespace retrograde {

namespace {

SpikeTrains exact_spikes(const TracedRun& run) {
  const Network& network = run.trained.network;
  const Scenario& scenario = run.trained.scenario;
  const Tape tape = scenario.machine(network)->run(run.trial, stoppable(scenario.run_options()));
  SpikeTrains trains;
  for (const Population& p : network.populations())
    trains.populations.push_back({p.name, {p.size, std::vector<Time>{}}});
  for (const TapeSpike& s : tape.spikes) {
    const std::uint32_t p = network.population_of(s.neuron);
    trains.populations[p].neurons[s.neuron - network.populations()[p].first]->push_back(s.time);
  }
  return trains;
}

// Throws unless a side has each of them.
void check_populations(const std::vector<std::string>& wanted, const DiffSide& a,
                       const DiffSide& b) {
  std::vector<std::string> there;
  for (const DiffSide* side : {&a, &b}) {
    if (side->capture)
      for (const auto& p : side->capture->populations) there.push_back(p.name);
    for (const auto& p : side->spikes.populations) there.push_back(p.name);
  }
  for (const std::string& name : wanted)
    if (std::find(there.begin(), there.end(), name) == there.end())
      throw UsageError(
          fmt::format("--population {}: neither side has it{}", name, suggestion(name, there)));
}

// Reads a trace, or runs what makes one.
void fill(DiffSide& side, const std::string& columns, TracedRuns& runs) {
  if (side.kind == DiffSide::Kind::file) {
    TraceFile file = read_trace(side.path, columns);
    side.capture = std::move(file.steps);
    side.spikes = std::move(file.spikes);
    side.step = file.step;
    return;
  }
  side.run = runs.with_trial(side.path);
  if (side.kind == DiffSide::Kind::exact) {
    require_values(side.run->trained.scenario, side.path + ":exact");
    side.spikes = exact_spikes(*side.run);
    return;
  }
  if (side.run->trained.tuning) side.label += ", fine-tuned";
  emulate(*side.run);
  side.capture = loihi2::captured(side.run->chip->network(), *side.run->emulation,
                                  every_register(side.run->chip->network()));
}

// Options that would do nothing here.
void refuse_idle(const Diff& diff, const DiffOrder& order, const TracedRuns& runs) {
  if (!runs.any() && !order.of_runs.empty())
    throw UsageError(
        fmt::format("--{}: it is about a trial of a run, and no side is one; name "
                    "the network with --network RUN",
                    order.of_runs.front()));
  if (order.tolerance && diff.a.capture && diff.b.capture)
    throw UsageError(
        "--tolerance: both sides are in whole steps and compared integer by integer; "
        "leave it out");
  check_populations(order.populations, diff.a, diff.b);
}

}  // namespace

Diff named_sides(const std::vector<std::string>& words) {
  Diff diff;
  if (words.size() == 2) {
    diff.a = parse_side(words[0]);
    diff.b = parse_side(words[1]);
    return diff;
  }
  const std::string& path = words.at(0);
  if (!std::filesystem::is_directory(path) && !path.ends_with(".toml")) {
    const std::string of = parse_side(path).path;
    if (!std::filesystem::exists(of)) throw_io_error(of, "read", ENOENT);
    throw UsageError(
        fmt::format("{}: one trace alone has nothing to differ from; name another, "
                    "or a run folder for exact against chip",
                    path));
  }
  diff.a = parse_side(path + ":exact");
  diff.b = parse_side(path + ":chip");
  return diff;
}

Time wanted_tolerance(const std::string& text) {
  const ParsedQuantity wanted = parse_time(text);
  if (!wanted.problem.empty() || wanted.value < 0)
    throw UsageError(fmt::format("--tolerance {}: {}", text,
                                 wanted.problem.empty() ? "it is negative" : wanted.problem));
  return wanted.value;
}

void find_differences(Diff& diff, const DiffOrder& order, TracedRuns& runs) {
  // The named network, and what each side holds.
  std::shared_ptr<TracedRun> network;
  if (!order.network.empty()) {
    network = runs.with_trial(order.network);
    emulate(*network);
  }
  for (DiffSide* side : {&diff.a, &diff.b}) {
    fill(*side, order.columns, runs);
    if (side->run) diff.trial = side->run->trial_name;
  }
  refuse_idle(diff, order, runs);
  compare(diff, network.get(), order.tolerance, order.populations);
}

}  // namespace retrograde
