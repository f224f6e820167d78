// What the generated tasks have in common in which only time tells: labels that take turns, so that
// classes are balanced, and for every trial random numbers of its own, keyed by the kind, the part
// and the trial's index: the same in every run, whatever the seed of the scenario, and no trial in
// two parts.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/data_kind.hpp>
#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/data/encoding.hpp>

namespace retrograde {

// Multiples of 2, 3, 4, 5 and 6 classes.
struct TaskParts {
  std::size_t train = 600, validation = 300, test = 600;
};

// The spikes of one trial of a class, in any order.
using MakeSpikes = std::function<std::vector<Spike>(Random& random, int label)>;

// The trial of these spikes, which lie between t_early and t_late but for rounding.
Trial in_window(const LatencyEncoding& window, std::vector<Spike> spikes);

// `info` has name, classes and inputs.
Dataset generated_task(DatasetInfo info, const LatencyEncoding& window, const TaskParts& parts,
                       const MakeSpikes& make);

// Throws ScenarioError where all spikes of a trial, which need `length` ms, have no room between
// t_early and t_late. `what` takes the length: "two spikes 30 ms apart".
void require_room(const LatencyEncoding& window, Time length, const std::string& what);
// The same of keys; the error is at t_late.
void require_room(TomlTable& table, const LatencyEncoding& window, Time length,
                  const std::string& what);

}  // namespace retrograde
