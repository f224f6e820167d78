// 324 small random networks that go to the edges of every field, as Lava ran them: one file for
// each family in tests/golden/lava/vectors. tests/lava/golden.py wrote them with lava-nc 0.10.0, and
// tests/lava/vectors.py says what is in them.
//
// Where Lava does what the chip's fields cannot say, there is no vector: a decay of dv = 4096, for
// which the field has no bits; more than a turn of u in one step, for which Lava's u leaves its own
// register; payloads beyond 32 bits.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <retrograde/events/error.hpp>

#include "tests/support/lava_run.hpp"

using namespace retrograde;
using namespace retrograde::test;
using loihi2::ChipModel;
using loihi2::ChipNetwork;

namespace {

std::vector<LavaRun> family(const std::string& name) {
  return read_lava_runs(RETROGRADE_SOURCE_DIR "/tests/golden/lava/vectors/" + name + ".runs");
}

struct Family {
  const char* name;
  std::size_t networks;
  std::uint64_t least_neuron_steps, least_messages;
};

constexpr std::array families = {
    Family{"lif_fields", 40, 64'000, 14'000},
    Family{"at_threshold", 6, 12'000, 1'200},
    Family{"recurrent", 48, 46'000, 4'000},
    Family{"reset", 12, 18'000, 2'200},
    Family{"refractory", 12, 23'000, 2'300},
    Family{"overflows", 12, 8'600, 1'200},
    Family{"edges", 1, 440, 90},
    Family{"long_runs", 3, 72'000, 2'100},
    Family{"ternary", 16, 19'000, 10'000},
    Family{"synapse_formats", 32, 46'000, 0},
    Family{"delays", 40, 48'000, 2'000},
    Family{"payloads", 24, 20'000, 5'000},
    Family{"convolutions", 40, 30'000, 2'000},
    Family{"sigma_delta", 16, 19'000, 14'000},
    Family{"resonators", 16, 30'000, 4'000},
    Family{"amplitudes", 6, 7'200, 800},
};

template <typename Function>
void each_network(const Function& use) {
  for (const Family& f : families)
    for (const LavaRun& run : family(f.name)) use(run);
}

}  // namespace

TEST_CASE("every u, v and message of Lava's vectors is reproduced", "[loihi2]") {
  for (const Family& f : families) {
    const std::vector<LavaRun> runs = family(f.name);
    CHECK(runs.size() == f.networks);
    std::uint64_t neuron_steps = 0, messages = 0;
    for (std::size_t k = 0; k < runs.size(); ++k) {
      const LavaComparison c = compare_with_lava(runs[k]);
      INFO(f.name << ' ' << k << ": " << c.first);
      CHECK(c.differences == 0);
      CHECK(c.values >= 2 * c.neuron_steps);
      neuron_steps += c.neuron_steps;
      messages += c.messages;
    }
    INFO(f.name << ": " << neuron_steps << " neuron-steps, " << messages << " messages");
    CHECK(neuron_steps >= f.least_neuron_steps);
    CHECK(messages >= f.least_messages);
  }
}

// Otherwise the test above would say less than its files promise.
TEST_CASE("Lava's vectors hold every synapse format, delay and edge of a field", "[loihi2]") {
  std::set<std::tuple<int, int, int, bool>> formats;
  std::set<int> delays, kinds, du, dv, exponents, periods;
  std::set<std::int32_t> vth, mantissas;
  each_network([&](const LavaRun& run) {
    for (const loihi2::ChipProjection& p : run.network.projections) {
      formats.emplace(static_cast<int>(p.format.sign), p.format.bits, p.format.exponent,
                      p.message_bits > 0);
      for (const loihi2::ChipSynapse& s : p.synapses) delays.insert(s.delay);
    }
    for (const loihi2::ChipPopulation& p : run.network.populations) {
      kinds.insert(p.model.kind());
      if (p.model != ChipModel::cuba_lif) continue;
      for (NeuronId n = p.first; n < p.first + p.size; ++n) {
        const loihi2::CubaLif& neuron = run.network.neurons[n];
        du.insert(neuron.du);
        dv.insert(neuron.dv);
        vth.insert(neuron.vth);
        mantissas.insert(neuron.bias_mantissa);
        if (neuron.bias_mantissa != 0) exponents.insert(neuron.bias_exponent);
        periods.insert(neuron.refractory_delay);
      }
    }
  });
  CHECK(formats.size() >= 2 * 3 * 8 * 16);
  CHECK(delays.size() == 64);
  CHECK(kinds.size() == 8);  // all but cuba_li, whose runs are in tests/golden/lava
  CHECK(exponents.size() == 15);
  for (const int edge : {0, 1, 4094, 4095}) {
    CHECK(du.contains(edge));
    CHECK(dv.contains(edge));
  }
  for (const std::int32_t edge : {1, 2, 131'070, 131'071}) CHECK(vth.contains(edge));
  for (const std::int32_t edge : {-4096, -1, 0, 1, 4095}) CHECK(mantissas.contains(edge));
  for (const int edge : {2, 3, 62, 63}) CHECK(periods.contains(edge));
}

TEST_CASE("Lava's vectors come to the edges of u and v, and to lie exactly at a threshold",
          "[loihi2]") {
  std::uint64_t wraps = 0, saturations = 0, equal = 0;
  for (const LavaRun& run : family("overflows"))
    for (const auto& activity :
         loihi2::Emulator(run.network).run(run.inputs, run.steps).populations) {
      wraps += activity.u_wraps;
      saturations += activity.v_saturations;
    }
  CHECK(wraps > 500);
  CHECK(saturations > 500);
  for (const LavaRun& run : family("at_threshold")) {
    loihi2::EmulationOptions options;
    for (NeuronId n = 6; n < run.network.neuron_count(); ++n) options.trace.neurons.push_back(n);
    const auto trace = loihi2::Emulator(run.network).run(run.inputs, run.steps, options).trace;
    for (std::size_t k = 0; k < trace.v.size(); ++k)
      equal += static_cast<std::uint64_t>(
          std::count(trace.v[k].begin(), trace.v[k].end(), run.network.neurons[6 + k].vth * 64));
  }
  CHECK(equal > 500);
}

TEST_CASE("a decay that Lava takes and no field of the chip holds is refused", "[loihi2]") {
  LavaRun run = family("lif_fields").front();
  for (loihi2::CubaLif& neuron : run.network.neurons) neuron.dv = 4096;
  CHECK_THROWS_AS(loihi2::Emulator(run.network), DeploymentError);
}
