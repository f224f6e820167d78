// NIR files read as networks of steps give, spike for spike, what step-based simulators make of them:
// snnTorch and Norse as recorded by the authors of the NIR paper (neuromorphs/NIR 7232ada), and
// tests/nir/steps.py, a second implementation, for every node that is read.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include <retrograde/engine/stepped/stepped.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/skip.hpp"

using namespace retrograde;

namespace {

const std::filesystem::path folder =
    std::filesystem::path(RETROGRADE_SOURCE_DIR) / "tests" / "golden" / "nir";

nlohmann::json document(const char* name) {
  std::ifstream in(folder / name);
  return nlohmann::json::parse(in);
}

// A network of steps, and the machine that runs it.
struct Stepped {
  Time step;
  Network network;
  std::vector<NeuronId> starts;
  std::vector<std::uint32_t> outputs;

  Stepped(std::span<const std::uint8_t> bytes, Time dt, std::optional<Time> spike_width = {}) {
    NirReading reading;
    reading.steps = NirSteps{dt};
    reading.spike_width = spike_width;
    NirNetwork file = read_nir(bytes, "x.nir", reading);
    step = file.step;
    outputs = file.outputs;
    NetworkBuilder builder;
    NeuronId first = 0;
    for (std::uint32_t p = 0; p < file.populations.size(); ++p) {
      if (std::count(file.starts.begin(), file.starts.end(), p)) starts.push_back(first);
      first += file.populations[p].size;
      builder.add(std::move(file.populations[p]));
    }
    for (NirNetwork::Projection& p : file.projections)
      builder.connect(p.source, p.target, std::move(p.synapses), p.name);
    network = builder.build();
  }

  const Population& population(const std::string& name) const {
    return network.populations()[network.find_population(name).value()];
  }
  // `spikes`: (step, neuron of the network).
  Tape run(std::uint32_t steps, const std::set<std::pair<std::uint32_t, NeuronId>>& spikes,
           const Readout& readout = {}) const {
    Trial trial;
    trial.duration = steps * step;
    for (const NeuronId n : starts) trial.inputs.push_back({0.0, n});
    for (const auto& [at, neuron] : spikes) trial.inputs.push_back({at * step, neuron});
    sort_inputs(trial);
    RunOptions options;
    options.readout = readout;
    return SteppedMachine(network, step, {StepOrder::layers, StepReset::to_value})
        .run(trial, options);
  }
  std::set<std::pair<std::uint32_t, NeuronId>> fired(const Tape& tape,
                                                     const std::string& name) const {
    const Population& p = population(name);
    std::set<std::pair<std::uint32_t, NeuronId>> spikes;
    for (const TapeSpike& s : tape.spikes)
      if (s.neuron >= p.first && s.neuron < p.first + p.size)
        spikes.emplace(static_cast<std::uint32_t>(std::lround(s.time / step)), s.neuron - p.first);
    return spikes;
  }
};

std::set<std::pair<std::uint32_t, NeuronId>> pairs(const nlohmann::json& list) {
  std::set<std::pair<std::uint32_t, NeuronId>> result;
  for (const auto& one : list)
    result.emplace(one.at(0).get<std::uint32_t>(), one.at(1).get<NeuronId>());
  return result;
}

}  // namespace

TEST_CASE("the Braille network of the NIR paper fires as snnTorch was recorded to") {
  const Stepped braille(read_plain_or_gzip(folder / "braille.nir.gz"), 0.1);
  const nlohmann::json recorded = document("braille.json");
  const Tape tape = braille.run(256, pairs(recorded.at("input")));
  const auto snntorch = pairs(recorded.at("snntorch"));
  CHECK(snntorch.size() == 119);
  CHECK(braille.fired(tape, "lif1.lif") == snntorch);
}

// Norse computes the recurrent Affine from the step after the first one on, so its bias is missing in
// the first; nothing else differs.
TEST_CASE("without the recurrent bias in the first step it fires as Norse was recorded to") {
  std::vector<std::uint8_t> bytes = read_plain_or_gzip(folder / "braille.nir.gz");
  const hdf5::Reader in(bytes, "braille.nir");
  const std::vector<double> bias = in.numbers("/node/nodes/lif1.w_rec/bias").values;
  const nlohmann::json recorded = document("braille.json");
  Stepped braille(bytes, 0.1);
  // What the bias adds in the first step is what a spike of that weight would add.
  const Projection& start =
      braille.network.projections()[braille.network.find_projection("lif1.lif.start").value()];
  std::vector<double> values(braille.network.parameters().begin(),
                             braille.network.parameters().end());
  const Population& hidden = braille.population("lif1.lif");
  const Projection& forward =
      braille.network.projections()[braille.network.find_projection("fc1").value()];
  // A unit of weight of fc1 in ours, from any of its synapses.
  const double weight = in.numbers("/node/nodes/fc1/weight").values[0];
  const double unit = braille.network.weight(forward.first) / weight;
  for (SynapseId k = 0; k < start.size; ++k)
    values[start.first + k] -= unit * bias[start.targets[k]];
  braille.network = braille.network.with_parameters(std::move(values));
  const auto norse = pairs(recorded.at("norse"));
  CHECK(norse.size() == 118);
  CHECK(hidden.size == 38);
  CHECK(braille.fired(braille.run(256, pairs(recorded.at("input"))), "lif1.lif") == norse);
}

TEST_CASE("every node of NIR, in steps, gives the spikes and voltages of a second implementation") {
  const Stepped all(read_plain_or_gzip(folder / "steps.nir.gz"), 1.0);
  const nlohmann::json expected = document("steps.json");
  const auto steps = expected.at("steps").get<std::uint32_t>();
  std::set<std::pair<std::uint32_t, NeuronId>> inputs;
  for (const auto& spike : expected.at("input"))
    inputs.emplace(
        spike.at(0).get<std::uint32_t>(),
        all.population(spike.at(1).get<std::string>()).first + spike.at(2).get<NeuronId>());
  const Tape tape = all.run(steps, inputs);
  std::map<std::string, std::set<std::pair<std::uint32_t, NeuronId>>> fired;
  for (const auto& spike : expected.at("spikes"))
    fired[spike.at(1).get<std::string>()].emplace(spike.at(0).get<std::uint32_t>(),
                                                  spike.at(2).get<NeuronId>());
  for (const char* name : {"pixels", "maps", "cuba", "level", "block.cell"}) {
    INFO(name);
    CHECK(fired[name].size() > 50);
    CHECK(all.fired(tape, name) == fired[name]);
  }
  // Voltages, summed over steps; an Output that weighted signals reach is an integrator.
  for (const auto& [name, voltages] : expected.at("voltages").items()) {
    INFO(name);
    const std::uint32_t p = all.network.find_population(name).value();
    const Readout readout{Readout::Kind::voltage_integral, p};
    const Tape read = all.run(steps, inputs, readout);
    for (std::size_t k = 0; k < voltages.size(); ++k)
      CHECK(read.voltage_integrals[all.network.populations()[p].first + k] / all.step ==
            Approx(voltages[k].get<double>()).epsilon(1e-12));
  }
  // "voltages" reads li directly, "sum" over an Affine.
  CHECK(all.outputs == std::vector<std::uint32_t>{all.network.find_population("li").value(),
                                                  all.network.find_population("sum").value()});
}

namespace {

// The published CNN, by loops over channels, rows and columns: conv, IF, conv, IF, pool, conv, IF,
// pool, Affine, IF, Affine, IF. An input spike of a step is 1.
class Cnn {
 public:
  explicit Cnn(const hdf5::Reader& in) : in_(in) {}

  // Spikes of the six layers of neurons in one step.
  std::vector<std::vector<double>> step(const std::vector<double>& image) {
    std::vector<std::vector<double>> fired;
    std::vector<double> x = fire(0, convolved("0", image, 34), fired);
    x = fire(1, convolved("2", x, 16), fired);
    x = fire(2, convolved("5", pooled(x, 16, 16), 8), fired);
    x = fire(3, dense("9", pooled(x, 8, 8)), fired);
    fire(4, dense("11", x), fired);
    return fired;
  }

 private:
  const std::vector<double>& values(const std::string& path, hdf5::Shape& shape) {
    auto [found, fresh] = read_.try_emplace(path);
    if (fresh) found->second = in_.numbers("/node/nodes/" + path);
    shape = found->second.shape;
    return found->second.values;
  }
  // Padding 1, square images of `size`.
  std::vector<double> convolved(const std::string& node, const std::vector<double>& x, int size) {
    hdf5::Shape w, s;
    const std::vector<double>& weight = values(node + "/weight", w);
    const int stride = static_cast<int>(values(node + "/stride", s)[0]);
    const int kernel = static_cast<int>(w[2]), out = (size + 2 - kernel) / stride + 1;
    std::vector<double> y;
    for (std::size_t o = 0; o < w[0]; ++o)
      for (int r = 0; r < out; ++r)
        for (int c = 0; c < out; ++c) {
          double sum = 0.0;
          for (std::size_t i = 0; i < w[1]; ++i)
            for (int a = 0; a < kernel; ++a)
              for (int b = 0; b < kernel; ++b) {
                const int row = r * stride - 1 + a, column = c * stride - 1 + b;
                if (row < 0 || column < 0 || row >= size || column >= size) continue;
                sum += weight[((o * w[1] + i) * w[2] + static_cast<std::size_t>(a)) * w[3] +
                              static_cast<std::size_t>(b)] *
                       x[(i * static_cast<std::size_t>(size) + static_cast<std::size_t>(row)) *
                             static_cast<std::size_t>(size) +
                         static_cast<std::size_t>(column)];
              }
          y.push_back(sum);
        }
    return y;
  }
  static std::vector<double> pooled(const std::vector<double>& x, std::size_t size, std::size_t) {
    std::vector<double> y;
    for (std::size_t c = 0; c < x.size() / (size * size); ++c)
      for (std::size_t r = 0; r < size; r += 2)
        for (std::size_t k = 0; k < size; k += 2) {
          const std::size_t at = (c * size + r) * size + k;
          y.push_back(x[at] + x[at + 1] + x[at + size] + x[at + size + 1]);
        }
    return y;
  }
  std::vector<double> dense(const std::string& node, const std::vector<double>& x) {
    hdf5::Shape w;
    const std::vector<double>& weight = values(node + "/weight", w);
    std::vector<double> y(w[0], 0.0);
    for (std::size_t o = 0; o < w[0]; ++o)
      for (std::size_t i = 0; i < w[1]; ++i) y[o] += weight[o * w[1] + i] * x[i];
    return y;
  }
  std::vector<double> fire(std::size_t layer, const std::vector<double>& x,
                           std::vector<std::vector<double>>& fired) {
    if (v_.size() <= layer) v_.emplace_back(x.size(), 0.0);
    std::vector<double> spikes(x.size(), 0.0);
    for (std::size_t k = 0; k < x.size(); ++k) {
      v_[layer][k] += x[k];
      if (v_[layer][k] >= 1.0) {
        spikes[k] = 1.0;
        v_[layer][k] = 0.0;
      }
    }
    fired.push_back(spikes);
    return spikes;
  }

  const hdf5::Reader& in_;
  std::map<std::string, hdf5::Array<double>> read_;
  std::vector<std::vector<double>> v_;
};

}  // namespace

TEST_CASE("the CNN of the NIR paper fires as nested loops over its kernels say") {
  const char* data = std::getenv("RETROGRADE_DATA");
  if (!data) RETROGRADE_SKIP("RETROGRADE_DATA is not set");
  const std::filesystem::path path = std::filesystem::path(data) / "nir" / "cnn_sinabs.nir";
  if (!std::filesystem::exists(path))
    RETROGRADE_SKIP("RETROGRADE_DATA does not hold nir/cnn_sinabs.nir");
  const std::vector<std::uint8_t> bytes = read_plain_or_gzip(path);
  // A spike of Sinabs is an impulse: IF adds its weight, whatever the step.
  const Stepped cnn(bytes, 1.0, 1000.0);
  const hdf5::Reader in(bytes, "cnn");
  Cnn loops(in);
  std::set<std::pair<std::uint32_t, NeuronId>> inputs;
  std::uint32_t state = 1;
  const std::uint32_t steps = 40;
  std::vector<std::vector<double>> images(steps, std::vector<double>(2 * 34 * 34, 0.0));
  for (std::uint32_t n = 0; n < steps; ++n)
    for (NeuronId k = 0; k < images[n].size(); ++k) {
      state = state * 1664525u + 1013904223u;
      if (state >> 24 > 16) continue;
      images[n][k] = 1.0;
      inputs.emplace(n, cnn.population("input").first + k);
    }
  const Tape tape = cnn.run(steps, inputs);
  const char* const layers[] = {"1", "3", "6", "10", "12"};
  std::vector<std::set<std::pair<std::uint32_t, NeuronId>>> expected(5);
  for (std::uint32_t n = 0; n < steps; ++n) {
    const auto fired = loops.step(images[n]);
    for (std::size_t l = 0; l < 5; ++l)
      for (NeuronId k = 0; k < fired[l].size(); ++k)
        if (fired[l][k] > 0.0) expected[l].emplace(n, k);
  }
  for (std::size_t l = 0; l < 5; ++l) {
    INFO(layers[l]);
    CHECK(expected[l].size() > 4);
    CHECK(cnn.fired(tape, layers[l]) == expected[l]);
  }
}
