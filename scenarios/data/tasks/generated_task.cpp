#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/tasks/generated_task.hpp>

namespace retrograde {

namespace {

constexpr std::uint64_t data_seed = 0;  // of the set, whatever the seed of the scenario

// What is wrong with a window; empty: nothing. Written so that NaN fails, too.
std::string lack_of_room(const LatencyEncoding& window, Time length, const std::string& what) {
  if (length <= window.t_late - window.t_early) return {};
  return fmt::format(
      "{} need {:g} ms, and from t_early = {:g} ms there are {:g}; write a later time, or make the "
      "rest shorter",
      what, length, window.t_early, window.t_late - window.t_early);
}

}  // namespace

Trial in_window(const LatencyEncoding& window, std::vector<Spike> spikes) {
  for (Spike& spike : spikes) spike.time = std::clamp(spike.time, window.t_early, window.t_late);
  std::sort(spikes.begin(), spikes.end());
  return {window.duration, std::move(spikes)};
}

Dataset generated_task(DatasetInfo info, const LatencyEncoding& window, const TaskParts& parts,
                       const MakeSpikes& make) {
  info.duration = window.duration;
  const auto classes = static_cast<std::size_t>(info.class_names.size());
  const auto part = [&](std::size_t size, Part which) {
    const std::string purpose = info.name + "/" + std::string(name(which));
    const auto label = [classes](std::size_t index) { return static_cast<int>(index % classes); };
    const auto trial = [=](std::size_t index) {
      Random random(data_seed, purpose, index);
      return in_window(window, make(random, label(index)));
    };
    return std::make_shared<MadeTrials>(size, trial, label);
  };
  return Dataset(info, part(parts.train, Part::train), part(parts.validation, Part::validation),
                 part(parts.test, Part::test));
}

void require_room(const LatencyEncoding& window, Time length, const std::string& what) {
  if (const std::string lack = lack_of_room(window, length, what); !lack.empty())
    throw ScenarioError("encoding", 0, 0, "t_late", lack);
}

void require_room(TomlTable& table, const LatencyEncoding& window, Time length,
                  const std::string& what) {
  if (const std::string lack = lack_of_room(window, length, what); !lack.empty())
    table.fail_at_key("t_late", lack);
}

}  // namespace retrograde
