// A graph that the Python package nir wrote runs here as NIR's equations say: spike times of
// tests/nir/graph.py, an independent simulator with closed-form solutions and bisected crossings.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include <retrograde/engine/scheduler.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

using namespace retrograde;

TEST_CASE("a graph of the Python package nir gives the spike times of NIR's equations") {
  const std::filesystem::path folder =
      std::filesystem::path(RETROGRADE_SOURCE_DIR) / "tests" / "golden" / "nir";
  NirNetwork file = read_nir(read_plain_or_gzip(folder / "recurrent.nir.gz"), "recurrent.nir");
  CHECK(file.warnings.empty());
  REQUIRE(file.starts.size() == 1);  // the constant of the Affine takes time to settle
  CHECK(file.populations[file.starts[0]].name == "hidden.start");
  NetworkBuilder builder;
  for (PopulationSpec& p : file.populations) builder.add(std::move(p));
  for (NirNetwork::Projection& p : file.projections)
    builder.connect(p.source, p.target, std::move(p.synapses), p.name);
  const Network network = builder.build();
  CHECK(network.populations()[0].name == "in");
  CHECK(network.populations()[1].name == "hidden");

  std::ifstream in(folder / "recurrent.json");
  const auto json = nlohmann::json::parse(in);
  Trial trial;
  trial.duration = json.at("duration_ms").get<double>();
  for (const auto& spike : json.at("input"))
    trial.inputs.push_back({spike.at(0).get<double>(), spike.at(1).get<NeuronId>()});
  trial.inputs.push_back({0.0, network.populations()[file.starts[0]].first});
  std::sort(trial.inputs.begin(), trial.inputs.end());
  const Tape tape = run(network, trial);
  std::vector<Spike> spikes;
  for (const TapeSpike& s : tape.spikes)
    if (!network.is_input(s.neuron)) spikes.push_back({s.time, s.neuron - 3});
  REQUIRE(spikes.size() == json.at("spikes").size());
  for (std::size_t k = 0; k < spikes.size(); ++k) {
    CHECK(spikes[k].neuron == json.at("spikes")[k].at(1).get<NeuronId>());
    CHECK(spikes[k].time ==
          Approx(json.at("spikes")[k].at(0).get<double>()).margin(1e-9).epsilon(0));
  }
}
