#include <algorithm>
#include <filesystem>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/run/diff/side.hpp>
#include <retrograde/scenarios/run/on_chip.hpp>
#include <retrograde/scenarios/run/training.hpp>

namespace retrograde {

void emulate(TracedRun& run) {
  if (run.emulation) return;
  const Scenario& scenario = run.trained.scenario;
  // Integers need no data to be calibrated with.
  const auto data = [&] {
    return run.dataset ? *run.dataset : load_dataset(scenario, run.trained.data_path);
  };
  OnChip on_chip = scenario.integers ? put_on_chip(scenario) : put_on_chip(run.trained, data());
  run.warnings = std::move(on_chip.quantized.report.warnings);
  // Who asks for the reason of a difference looks at synapses one by one.
  run.chip = std::make_unique<loihi2::Emulator>(unrolled(std::move(on_chip.quantized.chip)),
                                                scenario.chip.semantics);
  run.emulation =
      run.chip->run(run.trial, {.readout = {}, .trace = every_register(run.chip->network())});
}

DiffSide parse_side(const std::string& word) {
  DiffSide side;
  side.path = word;
  const auto ends = [&](const std::string& suffix, DiffSide::Kind kind) {
    if (!word.ends_with(suffix)) return;
    side.kind = kind;
    side.path = word.substr(0, word.size() - suffix.size());
  };
  ends(":chip", DiffSide::Kind::chip);
  ends(":exact", DiffSide::Kind::exact);
  if (side.kind == DiffSide::Kind::file &&
      (std::filesystem::is_directory(word) || word.ends_with(".toml")))
    throw UsageError(
        fmt::format("{}: which side of this run? write {}:chip or {}:exact", word, word, word));
  const std::size_t colon = word.rfind(':');
  const std::string before = word.substr(0, std::min(colon, word.size()));
  if (side.kind == DiffSide::Kind::file && colon != std::string::npos &&
      (std::filesystem::is_directory(before) || before.ends_with(".toml")) &&
      !std::filesystem::exists(word))
    throw UsageError(fmt::format("{}: \"{}\" is no side of a run; write {}:chip or {}:exact", word,
                                 word.substr(colon + 1), before, before));
  side.label = side.kind == DiffSide::Kind::file   ? side.path
               : side.kind == DiffSide::Kind::chip ? side.path + " on the chip"
                                                   : side.path + " exactly";
  return side;
}

SpikeTrains in_time(const DiffSide& side, const TracedRun* run) {
  if (!side.capture) return side.spikes;
  const loihi2::ChipNetwork* const network = run && run->chip ? &run->chip->network() : nullptr;
  if (!network && !side.step)
    throw UsageError(
        fmt::format("{}: how long is a step? say so in the file, \"# step 1 ms\", or "
                    "name the network with --network RUN",
                    side.path));
  const Time step = network ? network->step : *side.step;
  SpikeTrains trains;
  for (const loihi2::CapturedPopulation& p : side.capture->populations) {
    // A spike stands for the middle of its step, an input for the beginning; a population without
    // registers may be either, and is taken for an input.
    double offset = 0.0, lag = p.begin;
    for (const loihi2::CapturedNeuron& n : p.neurons)
      if (!n.u.empty() || !n.v.empty()) offset = 0.5;
    if (network)
      for (const loihi2::ChipPopulation& q : network->populations)
        if (q.name == p.name) {
          offset = q.model == loihi2::ChipModel::input ? 0.0 : 0.5;
          lag = q.lag;
        }
    SpikeTrains::Population population{p.name, {}};
    for (const loihi2::CapturedNeuron& n : p.neurons) {
      auto& times = population.neurons.emplace_back();
      if (n.messages.empty()) continue;
      times.emplace();
      for (std::uint32_t t = 0; t < n.messages.size(); ++t)
        if (n.messages[t] != 0) times->push_back((t - lag + offset) * step);
    }
    trains.populations.push_back(std::move(population));
  }
  return trains;
}

}  // namespace retrograde
