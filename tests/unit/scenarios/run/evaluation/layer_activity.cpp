// Spikes of each layer over its neurons.
#include <catch2/catch.hpp>

#include <retrograde/scenarios/run/evaluation/layer_activity.hpp>

#include "tests/support/worked_evaluation.hpp"

using namespace retrograde;
using namespace retrograde::test;

TEST_CASE("activity of layers leaves out inputs and counts silent neurons") {
  const Network network = worked_network(1.0, 0.0);  // 4 inputs, 5 hidden, 3 out
  SetResult result(network);
  CHECK(layer_activity(network, result).empty());  // of no trial
  result.trials = 4;
  result.spikes = {100, 0, 0, 100, 8, 0, 2, 0, 2, 4, 4, 4};
  const std::vector<LayerActivity> layers = layer_activity(network, result);
  REQUIRE(layers.size() == 2);
  CHECK(layers[0].population == 1);
  CHECK(layers[0].spikes == std::vector<double>{2, 0, 0.5, 0, 0.5});
  CHECK(layers[0].mean == 0.6);
  CHECK(layers[0].silent == 2);
  CHECK(layers[1].spikes == std::vector<double>{1, 1, 1});
  CHECK(layers[1].mean == 1);
  CHECK(layers[1].silent == 0);
}
