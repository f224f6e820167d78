// A task so plain that every decision is known: two inputs, each onto one of two outputs, and what
// fires first decides. Input k means class k.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <retrograde/scenarios/data/dataset.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde::test {

// The same as the text of a scenario with one trial, of the first class, and without a loss.
inline const std::string two_ways_text = R"([scenario]
duration = "20 ms"
[[population]]
name = "in"
size = 2
spikes = [["1 ms"], ["1.3 ms"]]
[[population]]
name = "out"
size = 2
[[projection]]
from = "in"
to = "out"
connect = "one_to_one"
weight = 9.0
)";
inline const std::string two_ways_loss =
    "[loss]\nkind = \"first_spike_cross_entropy\"\nlabel = 0\n";

// With the loss of a classification, or one that wants no labels.
inline Scenario two_ways(bool labelled = true) {
  return parse_scenario(std::string(R"([scenario]
duration = "20 ms"
[[population]]
name = "in"
model = "input"
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
)") + (labelled ? "kind = \"first_spike_cross_entropy\"\nlabel = 0\n"
                : "kind = \"spike_time_target\"\n"
                  "target = [[\"5 ms\"], [\"5 ms\"]]\n"),
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
