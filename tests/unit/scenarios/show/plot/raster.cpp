#include <catch2/catch.hpp>

#include <retrograde/scenarios/show/plot/raster.hpp>

using namespace retrograde;
using Catch::Contains;

namespace {

Network two_layers(const std::vector<double>& thresholds, Model model, double adaptation) {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 1});
  PopulationSpec hidden{.name = "hidden", .model = model, .size = 2};
  hidden.v_threshold = thresholds;
  hidden.adaptation = {adaptation};
  builder.add(hidden);
  builder.add({.name = "out", .model = Model::cuba_li, .size = 2});
  return builder.build();
}

Raster raster_with(const Network& network, std::vector<NeuronId> neurons) {
  Tape tape;
  tape.duration = 10;
  Recording recording;
  recording.times = {0, 10};
  recording.v.assign(neurons.size(), {0, 0.5});
  return raster_of(network, tape, {Probe{std::move(neurons), 10}}, {recording}, "");
}

}  // namespace

TEST_CASE("a raster names readouts that it does not show") {
  const Network network = two_layers({1}, Model::cuba_lif, 0);
  CHECK(raster_with(network, {3}).notes.empty());
  const Raster without = raster_with(network, {1});
  REQUIRE(without.notes.size() == 1);
  CHECK_THAT(without.notes[0], Contains("out") && Contains("no probe"));
}

TEST_CASE("a raster has a threshold only where one line is true for all of its voltages") {
  CHECK(raster_with(two_layers({0.8}, Model::cuba_lif, 0), {1, 2, 3}).threshold == 0.8);
  const Raster differ = raster_with(two_layers({0.8, 0.9}, Model::cuba_lif, 0), {1, 2, 3});
  CHECK(!differ.threshold);
  CHECK_THAT(differ.notes.at(0), Contains("differ"));
  const Raster moves = raster_with(two_layers({0.8}, Model::alif, 0.1), {1, 3});
  CHECK(!moves.threshold);
  CHECK_THAT(moves.notes.at(0), Contains("every spike raises it"));
  CHECK(raster_with(two_layers({0.8}, Model::alif, 0), {1, 3}).threshold == 0.8);
}

TEST_CASE("graded spikes of an input are a signal: the sum of its changes so far") {
  const Network network = two_layers({1}, Model::cuba_lif, 0);  // one input, two hidden, two out
  Tape tape;
  tape.duration = 10;
  for (const auto& [time, neuron] : {std::pair(1.0, 0u), std::pair(2.0, 1u), std::pair(3.0, 0u)}) {
    TapeSpike spike{};
    spike.time = time;
    spike.neuron = neuron;
    tape.spikes.push_back(spike);
  }
  const auto levels = [&](std::size_t band) {
    return raster_of(network, tape, {}, {}, "").bands.at(band).levels;
  };
  CHECK(levels(0).empty());
  tape.payloads = {2.5, 1, -3};
  CHECK(levels(0) == std::vector<double>{2.5, -0.5});
  CHECK(levels(1).empty());  // spikes of the network are none
}
