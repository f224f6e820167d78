#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/io/spikes/spike_collector.hpp>

namespace retrograde {

std::size_t SpikeCollector::population(const std::string& name) {
  auto& all = result_.populations;
  const auto [at, is_new] = positions_.try_emplace(name, all.size());
  if (is_new) all.emplace_back().name = name;
  if (all.size() > reading_.limits.populations)
    throw LimitError("populations", reading_.limits.populations, static_cast<double>(all.size()),
                     fmt::format("{}: it has more than {} populations; split it", file(),
                                 reading_.limits.populations));
  return at->second;
}

void SpikeCollector::add(std::size_t population, std::uint64_t neuron, Time time,
                         std::uint32_t trial) {
  if (spikes_++ >= reading_.most)
    throw LimitError(
        "spikes of a file", static_cast<double>(reading_.most), static_cast<double>(spikes_),
        fmt::format("{}: it has more than {} spikes; split it", file(), reading_.most));
  PopulationSpikes& to = result_.populations[population];
  to.times.push_back(time);
  to.neurons.push_back(neuron);
  to.trials.push_back(trial);
  result_.trials = std::max<std::size_t>(result_.trials, trial + std::size_t{1});
}

double SpikeCollector::unit(std::optional<double> said, std::optional<double> usual) const {
  if (said && reading_.unit)
    throw FormatError(
        file(), 0,
        "the file says itself in which unit its times are; remove unit, which says it again");
  const std::optional<double> unit = said ? said : reading_.unit ? reading_.unit : usual;
  if (!unit)
    throw FormatError(
        file(), 0,
        "nothing says in which unit its times are; call the column time_ms, or say the "
        "unit: unit = \"ms\" in a stimulus, --unit ms of retro analyse");
  return *unit;
}

SpikeFile SpikeCollector::end() {
  const auto refuse = [&](const std::string& message) { throw FormatError(file(), 0, message); };
  if (result_.populations.empty()) refuse("it has no spikes and no populations");
  for (const PopulationSpikes& p : result_.populations) {
    if (!p.size || p.neurons.empty()) continue;
    const std::uint64_t largest = *std::ranges::max_element(p.neurons);
    if (largest >= *p.size)
      refuse(fmt::format("{} has {} neurons and a spike of neuron {}; they count from 0", p.name,
                         *p.size, largest));
  }
  const std::vector<Time>& durations = result_.durations;
  if (durations.empty()) return std::move(result_);
  if (durations.size() < result_.trials)
    refuse(fmt::format(
        "it has {} durations and spikes of trial {}; one per trial is needed, and trials "
        "are numbered from 0",
        durations.size(), result_.trials - 1));
  result_.trials = durations.size();
  for (const PopulationSpikes& p : result_.populations)
    for (std::size_t k = 0; k < p.times.size(); ++k)
      if (p.times[k] > durations[p.trials[k]])
        refuse(fmt::format("trial {} ends at {:g} ms and has a spike at {:g} ms", p.trials[k],
                           durations[p.trials[k]], p.times[k]));
  return std::move(result_);
}

bool names_senders(std::string_view name) { return name == "sender" || name == "senders"; }

bool names_neurons(std::string_view name) {
  constexpr std::array<std::string_view, 8> names = {"neuron", "neurons", "id",      "ids",
                                                     "unit",   "units",   "node_id", "node_ids"};
  return names_senders(name) || std::ranges::find(names, name) != names.end();
}

bool names_times(std::string_view name, std::optional<double>* unit) {
  *unit = std::nullopt;
  for (const std::string_view plain : {"time", "times", "timestamps"}) {
    if (name == plain) return true;
    if (!name.starts_with(plain)) continue;
    for (const auto& [ending, ms] : std::initializer_list<std::pair<std::string_view, double>>{
             {"_ns", 1e-6}, {"_us", 1e-3}, {"_ms", 1.0}, {"_s", 1e3}})
      if (name.substr(plain.size()) == ending) {
        *unit = ms;
        return true;
      }
  }
  return false;
}

bool names_trials(std::string_view name) { return name == "trial" || name == "trials"; }

}  // namespace retrograde
