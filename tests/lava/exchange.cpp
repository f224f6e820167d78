// lava_exchange FOLDER: exports networks for lava-dl and for Lava, and writes beside them what the
// emulator makes of one trial. exchange.py runs them there and compares.
//
//   NAME.net or NAME.py   the export
//   NAME.json             steps, those of the trial, populations, input spikes as [population,
//   step, neuron] NAME.bin              int32: per population that is no input u, v and spikes,
//   [neuron][step]
#include <cstdio>
#include <exception>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include <retrograde/events/random.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/scenarios/exchange/lava_script.hpp>
#include <retrograde/scenarios/exchange/netx.hpp>
#include <retrograde/scenarios/io/atomic_file.hpp>

using namespace retrograde;

namespace {

constexpr Time duration = 120.0;

class Builder {
 public:
  std::uint32_t add(PopulationSpec spec) { return builder_.add(std::move(spec)); }

  // All delays from `early` to `late` ms.
  void connect(std::uint32_t from, std::uint32_t to, std::uint32_t sources, std::uint32_t targets,
               double mean, double deviation, double density, Time early, Time late,
               const char* name) {
    std::vector<SynapseSpec> synapses;
    for (std::uint32_t i = 0; i < sources; ++i)
      for (std::uint32_t j = 0; j < targets; ++j) {
        const double weight = random_.normal(mean, deviation), delay = random_.uniform(early, late);
        if (random_.uniform() < density) synapses.push_back({i, j, weight, delay});
      }
    builder_.connect(from, to, std::move(synapses), name);
  }

  std::vector<double> values(std::uint32_t size, double low, double high) {
    std::vector<double> list(size);
    for (double& value : list) value = random_.uniform(low, high);
    return list;
  }

  loihi2::ChipNetwork chip() const { return loihi2::quantize(builder_.build()).chip; }

 private:
  NetworkBuilder builder_;
  Random random_{7, "exchange"};
};

// A chain of layers with delays, and a bias, which netX has in steps of 64.
loihi2::ChipNetwork chain() {
  Builder b;
  const auto in = b.add({.name = "in", .model = Model::input, .size = 12});
  const auto hidden = b.add({.name = "hidden", .size = 20});
  const auto more = b.add({.name = "more", .size = 9, .tau_mem = {12.0}, .v_threshold = {0.7}});
  const auto out = b.add({.name = "out", .model = Model::cuba_li, .size = 4});
  b.connect(in, hidden, 12, 20, 1.2, 1.5, 1.0, 1.0, 40.0, "in->hidden");
  b.connect(hidden, more, 20, 9, 0.6, 1.0, 0.7, 0.0, 9.0, "hidden->more");
  b.connect(more, out, 9, 4, 0.0, 1.0, 1.0, 0.0, 0.0, "more->out");
  loihi2::ChipNetwork chip = b.chip();
  for (NeuronId n = 12; n < 32; n += 3) {
    chip.neurons[n].bias_mantissa = static_cast<std::int32_t>(n) - 15;
    chip.neurons[n].bias_exponent = 6;
  }
  return chip;
}

// Recurrent, with one step per synapse: no delays besides the chip's own.
loihi2::ChipNetwork recurrent() {
  Builder b;
  const auto in = b.add({.name = "in", .model = Model::input, .size = 10});
  const auto hidden = b.add({.name = "hidden", .size = 16});
  const auto out = b.add({.name = "out", .model = Model::cuba_li, .size = 3});
  b.connect(in, hidden, 10, 16, 1.5, 1.5, 1.0, 1.0, 1.0, "in->hidden");
  b.connect(hidden, hidden, 16, 16, 0.1, 0.6, 1.0, 1.0, 1.0, "hidden->hidden");
  b.connect(hidden, out, 16, 3, 0.0, 1.0, 1.0, 1.0, 1.0, "hidden->out");
  return b.chip();
}

// What netX has no words for: recurrent delays, two inputs, a connection that skips a layer, sparse
// projections, neurons that differ in decays, threshold, bias and refractory period, a lag with a
// bias, resets.
loihi2::ChipNetwork everything() {
  Builder b;
  const auto in = b.add({.name = "in", .model = Model::input, .size = 8});
  const auto other = b.add({.name = "other", .model = Model::input, .size = 5});
  PopulationSpec spec{.name = "hidden", .size = 14};
  spec.v_threshold = b.values(14, 0.6, 1.2);
  spec.tau_mem.assign(14, 20.0);
  for (std::size_t k = 0; k < 14; k += 2) spec.tau_mem[k] = 11.0;
  spec.bias = b.values(14, -0.2, 0.4);
  const auto hidden = b.add(std::move(spec));
  const auto more = b.add({.name = "more", .size = 6, .bias = {0.3}});
  const auto out = b.add({.name = "out", .model = Model::cuba_li, .size = 3, .bias = {0.1}});
  b.connect(in, hidden, 8, 14, 1.5, 1.5, 1.0, 0.0, 12.0, "in->hidden");
  b.connect(other, hidden, 5, 14, 1.0, 1.0, 0.4, 1.0, 1.0, "other->hidden");
  b.connect(hidden, hidden, 14, 14, 0.0, 0.5, 0.6, 1.0, 25.0, "hidden->hidden");
  b.connect(hidden, more, 14, 6, 0.7, 0.8, 1.0, 0.0, 3.0, "hidden->more");
  b.connect(more, hidden, 6, 14, -0.3, 0.3, 0.5, 2.0, 8.0, "more->hidden");
  b.connect(more, out, 6, 3, 0.0, 1.0, 1.0, 0.0, 5.0, "more->out");
  b.connect(in, out, 8, 3, 0.0, 1.0, 0.5, 0.0, 62.0, "in->out");
  loihi2::ChipNetwork chip = b.chip();
  for (NeuronId n = chip.populations[hidden].first; n < chip.populations[more].first; ++n)
    chip.neurons[n].refractory_delay = 1 + static_cast<std::int32_t>(n % 5);
  chip.populations[more].reset_interval = 50;
  chip.populations[more].reset_offset = 7;
  return chip;
}

struct Case {
  const char* name;
  loihi2::ChipNetwork (*make)();
  bool netx;
};

void write(const std::filesystem::path& folder, const Case& one) {
  Deployed deployed;
  deployed.name = one.name;
  deployed.chip = one.make();
  const auto& populations = deployed.chip.populations;
  deployed.readout.kind = Readout::Kind::voltage_integral;
  deployed.readout.population = static_cast<std::uint32_t>(populations.size() - 1);
  deployed.readout.weighting = TimeWeight(30.0);
  const loihi2::Emulator emulator(deployed.chip);

  Trial trial;
  trial.duration = duration;
  Random random(11, "input");
  nlohmann::json json = {{"populations", nlohmann::json::array()},
                         {"input", nlohmann::json::array()}};
  loihi2::EmulationOptions options;
  options.readout = deployed.readout;
  for (const auto& p : populations) {
    json["populations"].push_back(
        {{"size", p.size}, {"input", p.model == loihi2::ChipModel::input}, {"lag", p.lag}});
    for (NeuronId n = p.first; n < p.first + p.size; ++n) {
      if (p.model != loihi2::ChipModel::input) {
        options.trace.neurons.push_back(n);
        continue;
      }
      for (int k = 0; k < 7; ++k) trial.inputs.push_back({random.uniform(0.0, 100.0), n});
    }
  }
  std::sort(trial.inputs.begin(), trial.inputs.end());
  const loihi2::Emulation e = emulator.run(trial, options);
  deployed.steps = e.steps;
  json["steps"] = e.total_steps;
  json["trial_steps"] = e.steps;

  std::vector<std::vector<std::int32_t>> spikes(deployed.chip.neuron_count(),
                                                std::vector<std::int32_t>(e.total_steps, 0));
  for (const loihi2::ChipSpike& s : e.spikes) {
    spikes[s.neuron][s.step] = 1;
    const std::uint32_t p = deployed.chip.population_of(s.neuron);
    if (populations[p].model == loihi2::ChipModel::input)
      json["input"].push_back({p, s.step, s.neuron - populations[p].first});
  }
  std::string binary;
  const auto append = [&](const std::vector<std::int32_t>& row) {
    binary.append(reinterpret_cast<const char*>(row.data()), row.size() * sizeof(std::int32_t));
  };
  std::size_t traced = 0;
  for (const auto& p : populations) {
    if (p.model == loihi2::ChipModel::input) continue;
    for (std::uint32_t k = 0; k < p.size; ++k) append(e.trace.u[traced + k]);
    for (std::uint32_t k = 0; k < p.size; ++k) append(e.trace.v[traced + k]);
    for (std::uint32_t k = 0; k < p.size; ++k) append(spikes[p.first + k]);
    traced += p.size;
  }
  const std::filesystem::path base = folder / one.name;
  write_file(base.string() + ".json", json.dump());
  write_file(base.string() + ".bin", binary);
  if (one.netx)
    write_file(base.string() + ".net", write_netx(deployed).bytes);
  else
    write_file(base.string() + ".py", write_lava_script(deployed, "one trial", e).text);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  try {
    for (const Case& one : {Case{"chain", chain, true}, Case{"recurrent", recurrent, true},
                            Case{"everything", everything, false}})
      write(argv[1], one);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
