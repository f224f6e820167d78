#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/engine/exact/arbiter.hpp>
#include <retrograde/engine/network/analysis.hpp>
#include <retrograde/engine/windowed/complete_tape.hpp>
#include <retrograde/engine/windowed/layer_run.hpp>
#include <retrograde/engine/windowed/windowed.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

[[noreturn]] void throw_impossible(const std::string& obstacle) {
  throw NetworkError("scheduler", "windowed is impossible: " + obstacle);
}

}  // namespace

WindowedMachine::WindowedMachine(const Network& network, const WindowedOptions& options)
    : WindowedMachine(network, make_plan(network), options) {}

WindowedMachine::WindowedMachine(const Network& network, WindowPlan plan,
                                 const WindowedOptions& options)
    : WindowedMachine(network, std::move(plan), instant_ranks(network), options) {}

WindowedMachine::WindowedMachine(const Network& network, WindowPlan plan,
                                 std::vector<std::uint32_t> ranks, const WindowedOptions& options)
    : network_(network), plan_(std::move(plan)), ranks_(std::move(ranks)), options_(options) {
  if (!plan_.obstacle.empty()) throw_impossible(plan_.obstacle);
}

const Machine& WindowedMachine::chosen(Time duration, std::size_t) const {
  if (const std::string obstacle = plan_.obstacle_to(duration); !obstacle.empty())
    throw_impossible(obstacle);
  return *this;
}

Tape WindowedMachine::run_checked(const Trial& trial, const RunOptions& options,
                                  std::span<const Probe> probes,
                                  std::vector<Recording>* recordings) const {
  chosen(trial.duration, trial.inputs.size());
  if (trial.graded())
    throw_impossible(
        "its input spikes carry payloads, which windows do not know; "
        "choose sequential");
  if (trial.timeline)
    throw_impossible(
        "things happen in the trial besides spikes, which windows do not know; "
        "choose sequential");
  const Network& network = network_;
  const WindowPlan& plan = plan_;

  Tape tape;
  tape.duration = trial.duration;
  tape.initial = trial.initial;
  tape.trajectories.resize(network.neuron_count());
  std::vector<SpikeTrain> trains(network.populations().size());
  const bool shared = std::ranges::any_of(
      plan.layers, [](const WindowLayer& layer) { return layer.size() >= shared_layer; });
  Arbiter arbiter(network, ranks_, trial, !shared, options_.arbiter_share, options.progress);
  for (const Spike& spike : trial.inputs) {
    const std::uint32_t p = network.population_of(spike.neuron);
    trains[p].times.push_back(spike.time);
    trains[p].sources.push_back(spike.neuron - network.populations()[p].first);
    tape.spikes.push_back({spike.time, 0.0, 0.0, spike.neuron, trial.is_muted(spike.neuron)});
  }
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    const auto progress = [&](Time t) {
      const auto done = static_cast<double>(l), all = static_cast<double>(plan.layers.size());
      if (options.progress && !options.progress((done * trial.duration + t) / all))
        throw Interrupted("the run was stopped");
    };
    const auto size = static_cast<std::ptrdiff_t>(tape.spikes.size());
    run_layer(network, plan.layers[l], trial, options, options_, ranks_, trains, arbiter,
              tape.spikes, progress);
    std::inplace_merge(
        tape.spikes.begin(), tape.spikes.begin() + size, tape.spikes.end(),
        [&](const TapeSpike& a, const TapeSpike& b) { return before(ranks_, a, b); });
  }

  tape.spikes.shrink_to_fit();  // a batch holds many tapes

  complete_tape(network, plan, trial, trains, options.readout, probes, recordings, tape);
  return tape;
}

}  // namespace retrograde
