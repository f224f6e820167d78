// A task so plain that every decision is known: two inputs, each onto one of two outputs, and what
// fires first decides. Input k means class k.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde::test {

inline Scenario two_ways() {
  return parse_scenario(R"([scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 2
[[population]]
name = "out"
size = 2
[[projection]]
from = "in"
to = "out"
connect = "one_to_one"
weight = 9.0
[loss]
kind = "first_spike_cross_entropy"
label = 0
)",
                        "two_ways.toml");
}

// So many trials with the input of their class, except those in `wrong`, which have the other one;
// training part and test part alike.
inline Dataset two_ways_data(std::size_t size, const std::vector<std::size_t>& wrong,
                             bool labelled = true) {
  std::vector<Trial> trials;
  std::vector<int> labels;
  for (std::size_t k = 0; k < size; ++k) {
    trials.push_back({20.0, {{1.0, static_cast<NeuronId>(k % 2)}}});
    labels.push_back(static_cast<int>(k % 2));
  }
  for (const std::size_t k : wrong) trials[k].inputs[0].neuron ^= 1u;
  if (!labelled) labels.clear();
  const auto part = std::make_shared<TrialList>(std::move(trials), std::move(labels));
  return Dataset({"two ways", 2, {"a", "b"}, 20.0}, part, no_samples(), part);
}

}  // namespace retrograde::test
