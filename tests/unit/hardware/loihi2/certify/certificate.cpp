// The emulated chip, bit for bit, lies within what is enclosed of it: every spike in its interval, every
// voltage that is read between its bounds, and no certified decision is another.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/certify/certificate.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

using namespace retrograde;
using namespace retrograde::loihi2;
using Catch::Matchers::Contains;

namespace {

using Random = std::mt19937_64;

double uniform(Random& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

Network random_network(Random& random, bool recurrent, Model out) {
  NetworkBuilder builder;
  builder.add({.name = "in", .model = Model::input, .size = 6});
  builder.add({.name = "hidden",
               .size = 8,
               .tau_mem = {uniform(random, 10.0, 30.0)},
               .tau_syn = {uniform(random, 4.0, 10.0)}});
  builder.add({.name = "out", .model = out, .size = 3});
  const auto dense = [&](std::uint32_t sources, std::uint32_t targets, double low, double high,
                         double shortest) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t s = 0; s < sources; ++s)
      for (std::uint32_t t = 0; t < targets; ++t)
        synapses.push_back(
            {s, t, uniform(random, low, high), uniform(random, shortest, shortest + 1.2)});
    return synapses;
  };
  builder.connect(0, 1, dense(6, 8, 0.2, 2.5, 0.0));
  if (recurrent) builder.connect(1, 1, dense(8, 8, -0.3, 0.3, 2.0));
  builder.connect(1, 2, dense(8, 3, -1.0, 2.0, 0.0));
  return builder.build();
}

}  // namespace

TEST_CASE("the emulated chip lies within its enclosure, and no certified decision is another",
          "[loihi2]") {
  std::size_t enclosed = 0, certified = 0, spikes = 0;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    Random random(seed);
    const bool fires = seed % 2 == 0;
    const Network network =
        random_network(random, seed % 3 == 0, fires ? Model::cuba_lif : Model::cuba_li);
    Trial trial;
    trial.duration = 25.0;
    for (NeuronId n = 0; n < 6; ++n) trial.inputs.push_back({uniform(random, 0.0, 8.0), n});
    sort_inputs(trial);
    // Decays of these steps miss no time constant by a hundredth.
    QuantizeOptions options;
    options.step = seed % 5 == 0 ? 0.25 : 0.125;
    const Quantized q = quantize(network, options);
    const Readout readout{fires           ? Readout::Kind::first_spike
                          : seed % 4 == 1 ? Readout::Kind::voltage_integral
                                          : Readout::Kind::voltage_maximum,
                          2};
    std::optional<Certificate> certificate;
    try {
      certificate.emplace(network, q.chip);
    } catch (const DeploymentError&) {
      continue;
    }
    const Enclosure enclosure = certificate->enclose(trial, readout);
    if (enclosure.doubt) continue;
    ++enclosed;
    const Emulator chip(q.chip);
    EmulationOptions emulation;
    emulation.readout = readout;
    const Emulation run = chip.run(trial, emulation);
    INFO("seed " << seed);
    std::map<NeuronId, std::vector<SpikeInterval>> intervals;
    for (const SpikeInterval& s : enclosure.spikes) intervals[s.neuron].push_back(s);
    std::map<NeuronId, std::size_t> seen;
    for (const ChipSpike& s : run.spikes) {
      if (network.is_input(s.neuron)) continue;
      const std::uint32_t lag = q.chip.populations[network.population_of(s.neuron)].lag;
      const double noticed = (s.step - lag + 1.0) * options.step;  // the end of its step
      const std::size_t k = seen[s.neuron]++;
      if (k == intervals[s.neuron].size()) {
        REQUIRE(std::any_of(enclosure.possible.begin(), enclosure.possible.end(),
                            [&](const SpikeInterval& p) {
                              return p.neuron == s.neuron && noticed >= p.first - 1e-9;
                            }));
        continue;
      }
      REQUIRE(k < intervals[s.neuron].size());
      REQUIRE(noticed >= intervals[s.neuron][k].first - 1e-9);
      REQUIRE(noticed <= intervals[s.neuron][k].last + 1e-9);
      ++spikes;
    }
    for (const auto& [neuron, list] : intervals) REQUIRE(seen[neuron] >= list.size());
    if (!fires)
      for (std::uint32_t k = 0; k < 3; ++k) {
        const double v = readout.kind == Readout::Kind::voltage_integral
                             ? run.voltage_integrals[network.populations()[2].first + k]
                             : run.voltage_maxima[network.populations()[2].first + k];
        REQUIRE(v >= enclosure.low[k] - 1e-9);
        REQUIRE(v <= enclosure.high[k] + 1e-9);
      }
    if (const auto decision = certified_decision(certificate->network(), readout, enclosure)) {
      REQUIRE(run.decision == *decision);
      ++certified;
    }
  }
  CHECK(enclosed > 60);
  CHECK(certified > 40);
  CHECK(spikes > 300);
}

TEST_CASE("what is not enclosed of a chip is refused by name", "[loihi2]") {
  const auto refusal = [](PopulationSpec spec) {
    NetworkBuilder builder;
    builder.add({.name = "in", .model = Model::input, .size = 1});
    builder.add(std::move(spec));
    builder.connect(0, 1, {{0, 0, 3.0, 1.0}});
    const Network network = builder.build();
    try {
      const Certificate certificate(network, quantize(network).chip);
    } catch (const DeploymentError& error) {
      return std::string(error.what());
    }
    return std::string("enclosed");
  };
  CHECK(refusal({.name = "n", .size = 1}) == "enclosed");
  CHECK_THAT(refusal({.name = "n", .size = 1, .t_ref = {3.0}}), Contains("n[0]: refractory"));
  CHECK_THAT(refusal({.name = "n", .model = Model::lif, .size = 1}), Contains("lasts no step"));
  CHECK_THAT(refusal({.name = "n", .size = 1, .tau_mem = {7000.0}}), Contains("miss its time"));
}
