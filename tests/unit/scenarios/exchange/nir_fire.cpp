// Whether a neuron of a NIR file fires at its threshold or only above it, in steps. By hand: an IF with
// dt r = 1 that receives 1 in every step has v = 1, 2, 3, ..., exactly; with a threshold of 3 it fires
// at 3, or at 4.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

using namespace retrograde;

namespace {

std::string counter(const char* threshold_type) {
  hdf5::Writer out;
  const std::string node = "/node/nodes/";
  const bool cell = std::string(threshold_type) == "IF";
  out.text(node + "in/type", "Input");
  out.numbers(node + "in/shape", std::vector<std::int64_t>{1}, {1});
  out.text(node + "w/type", "Linear");
  out.numbers(node + "w/weight", std::vector<double>{cell ? 1.0 : 3.0}, {1, 1});
  out.text(node + "n/type", threshold_type);
  if (cell) out.numbers(node + "n/r", std::vector<double>{1000.0}, {1});
  out.numbers(node + (cell ? "n/v_threshold" : "n/threshold"), std::vector<double>{3.0}, {1});
  out.text(node + "out/type", "Output");
  out.numbers(node + "out/shape", std::vector<std::int64_t>{1}, {1});
  out.texts("/node/edges", std::vector<std::string>{"in", "w", "w", "n", "n", "out"}, {3, 2});
  return out.bytes();
}

// The steps in which the neuron fires, of ten with an input spike each.
std::vector<long> fired(const char* type, NirFire fire, StepReset reset) {
  const std::string bytes = counter(type);
  NirReading reading;
  reading.steps = NirSteps{1.0, NirDecay::euler, fire};
  NirNetwork file =
      read_nir({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "x", reading);
  NetworkBuilder builder;
  for (PopulationSpec& p : file.populations) builder.add(std::move(p));
  for (NirNetwork::Projection& p : file.projections)
    builder.connect(p.source, p.target, std::move(p.synapses), p.name);
  const Network network = builder.build();
  const Population& in = network.populations()[network.find_population("in").value()];
  const Population& cell = network.populations()[network.find_population("n").value()];
  Trial trial;
  trial.duration = 10.0;
  for (int k = 0; k < 10; ++k) trial.inputs.push_back({1.0 * k, in.first});
  std::vector<long> steps;
  for (const TapeSpike& s :
       SteppedMachine(network, file.step, {StepOrder::layers, reset}).run(trial, {}).spikes)
    if (s.neuron == cell.first) steps.push_back(std::lround(s.time));
  return steps;
}

}  // namespace

TEST_CASE("NIR in steps: a neuron fires at its threshold, or only above it") {
  using Steps = std::vector<long>;
  CHECK(fired("IF", NirFire::at, StepReset::to_value) == Steps{2, 5, 8});
  CHECK(fired("IF", NirFire::above, StepReset::to_value) == Steps{3, 7});
  CHECK(fired("IF", NirFire::at, StepReset::by_subtraction) == Steps{2, 5, 8});
  CHECK(fired("IF", NirFire::above, StepReset::by_subtraction) == Steps{3, 6, 9});
}

TEST_CASE("NIR in steps: a Threshold is 1 where its input has come to it, or only above") {
  CHECK(fired("Threshold", NirFire::at, StepReset::to_value).size() == 10);
  CHECK(fired("Threshold", NirFire::above, StepReset::to_value).empty());
}
