// Networks that Lava ran, and what they did there; the file formats are in tests/lava/recorder.py.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>
#include <zlib.h>

#include <retrograde/hardware/loihi2/emulator/emulator.hpp>

namespace retrograde::test {

struct LavaRun {
  loihi2::ChipNetwork network;
  std::vector<loihi2::ChipSpike> inputs;
  std::uint32_t steps = 0;
  struct Population {
    std::uint32_t index;
    bool compared[2];  // u, v
  };
  std::vector<Population> populations;  // but inputs
  std::vector<std::int32_t> recorded;   // in the order of the file
};

struct LavaComparison {
  std::uint64_t neuron_steps = 0, messages = 0, values = 0, differences = 0;
  std::string first;  // where the first difference is
};

namespace detail {

using LavaJson = nlohmann::json;

// One value for all neurons or one each.
inline std::int32_t value_of(const LavaJson& population, const char* key, std::uint32_t neuron,
                             std::int32_t otherwise) {
  const auto found = population.find(key);
  if (found == population.end()) return otherwise;
  return found->is_array() ? found->at(neuron).get<std::int32_t>() : found->get<std::int32_t>();
}

inline std::string unpacked(const std::string& packed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw std::runtime_error("zlib does not start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  std::vector<char> chunk(1 << 20);
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("the recorded run is cut off");
  return out;
}

inline loihi2::ChipCells cells_of(const LavaJson& p, std::uint32_t size, const std::string& model) {
  using namespace loihi2;
  const auto list = [&](auto make) {
    std::vector<decltype(make(0u))> cells;
    for (std::uint32_t k = 0; k < size; ++k) cells.push_back(make(k));
    return cells;
  };
  const auto get = [&](const char* key, std::uint32_t k, std::int32_t otherwise = 0) {
    return value_of(p, key, k, otherwise);
  };
  const auto delta = [&](std::uint32_t k) {
    return Delta{get("vth", k), get("spike_exp", k), get("state_exp", k),
                 p.value("cumulative_error", false)};
  };
  if (model == "ternary_lif")
    return list([&](std::uint32_t k) {
      return TernaryLif{get("du", k),
                        get("dv", k),
                        get("vth_lo", k),
                        get("vth_hi", k),
                        get("bias_mantissa", k),
                        get("bias_exponent", k)};
    });
  if (model == "graded")
    return list([&](std::uint32_t k) {
      return Graded{get("vth", k), p.value("rectified", false)};
    });
  if (model == "delta") return list(delta);
  if (model == "sigma") return list([](std::uint32_t) { return Sigma{}; });
  if (model == "sigma_delta")
    return list([&](std::uint32_t k) {
      return SigmaDelta{delta(k), get("bias", k), p.value("linear", false)};
    });
  if (model == "resonate_fire")
    return list([&](std::uint32_t k) {
      const auto kind = p.at("resonance").get<std::string>();
      if (kind == "graded")
        return ResonateFire{Resonance::graded,    get("sin_decay", k), get("cos_decay", k),
                            get("decay_bits", k), get("state_exp", k), get("vth", k)};
      return loihi2::resonate_fire(
          kind == "izhikevich" ? Resonance::izhikevich : Resonance::phase_crossing,
          p.at("period").get<double>(), p.at("alpha").get<double>(), get("vth", k),
          get("state_exp", k), get("decay_bits", k));
    });
  if (model == "lca")
    return list([&](std::uint32_t k) {
      return Lca{get("vth", k), get("tau", k), get("bias", k), p.value("excites_itself", false),
                 get("input_shift", k)};
    });
  if (model == "lca_residual")
    return list([&](std::uint32_t k) {
      return LcaResidual{get("spike_height", k), get("bias", k), get("input_shift", k)};
    });
  return {};
}

inline loihi2::ChipModel model_of(const std::string& name) {
  using loihi2::ChipModel;
  for (const auto kind :
       {ChipModel::input, ChipModel::cuba_lif, ChipModel::cuba_li, ChipModel::ternary_lif,
        ChipModel::graded, ChipModel::delta, ChipModel::sigma, ChipModel::sigma_delta,
        ChipModel::resonate_fire, ChipModel::lca, ChipModel::lca_residual})
    if (loihi2::name(kind) == name) return kind;
  throw std::runtime_error("no model " + name);
}

inline loihi2::SignMode sign_of(const LavaJson& projection,
                                const std::vector<std::int32_t>& weights) {
  using loihi2::SignMode;
  const auto sign = projection.value("sign", std::string());
  if (sign.empty()) return loihi2::sign_mode_of(weights);
  return sign == "mixed"        ? SignMode::mixed
         : sign == "excitatory" ? SignMode::excitatory
                                : SignMode::inhibitory;
}

// The network and its input, from its description.
inline LavaRun described_run(const LavaJson& json) {
  using namespace loihi2;
  LavaRun run;
  run.steps = json.at("steps").get<std::uint32_t>();
  for (const auto& p : json.at("populations")) {
    const auto model = p.at("model").get<std::string>();
    ChipPopulation population;
    population.name = p.at("name").get<std::string>();
    population.model = detail::model_of(model);
    population.first = run.network.neuron_count();
    population.size = p.at("size").get<std::uint32_t>();
    population.reset_interval = p.value("reset_interval", 0u);
    population.reset_offset = p.value("reset_offset", 0u);
    population.cells = detail::cells_of(p, population.size, model);
    const bool lif =
        population.model == ChipModel::cuba_lif || population.model == ChipModel::cuba_li;
    for (std::uint32_t k = 0; k < population.size; ++k) {
      loihi2::CubaLif neuron;
      if (lif) {
        neuron.du = detail::value_of(p, "du", k, 0);
        neuron.dv = detail::value_of(p, "dv", k, 0);
        neuron.vth = detail::value_of(p, "vth", k, vth_limit);
        neuron.bias_mantissa = detail::value_of(p, "bias_mantissa", k, 0);
        neuron.bias_exponent = detail::value_of(p, "bias_exponent", k, 0);
        neuron.refractory_delay = detail::value_of(p, "refractory_delay", k, 1);
      }
      run.network.neurons.push_back(neuron);
    }
    if (population.model != ChipModel::input) {
      const auto& compared = p.at("compared");
      run.populations.push_back({static_cast<std::uint32_t>(run.network.populations.size()),
                                 {compared.at(0).get<bool>(), compared.at(1).get<bool>()}});
    }
    run.network.populations.push_back(std::move(population));
  }
  for (const auto& p : json.at("projections")) {
    ChipProjection projection;
    projection.name = "projection " + std::to_string(run.network.projections.size());
    projection.source = p.at("source").get<std::uint32_t>();
    projection.target = p.at("target").get<std::uint32_t>();
    projection.port = p.at("port").get<std::uint32_t>();
    projection.message_bits = p.at("message_bits").get<int>();
    const auto weights = p.at("weights").get<std::vector<std::int32_t>>();
    const auto sources = p.at("sources").get<std::vector<std::uint32_t>>();
    const auto targets = p.at("targets").get<std::vector<std::uint32_t>>();
    const auto delays = p.value("delays", std::vector<std::uint8_t>(weights.size(), 0));
    projection.format = {sign_of(p, weights), p.at("bits").get<int>(), p.at("exponent").get<int>()};
    for (std::size_t k = 0; k < weights.size(); ++k)
      projection.synapses.push_back(
          {sources.at(k), targets.at(k),
           static_cast<std::int16_t>(stored_weight(weights[k], projection.format)), delays.at(k)});
    run.network.projections.push_back(std::move(projection));
  }
  for (const auto& i : json.at("inputs"))
    run.inputs.push_back(
        {i.at(0).get<std::uint32_t>(), i.at(1).get<NeuronId>(), i.at(2).get<std::int32_t>()});
  return run;
}

}  // namespace detail

// Throws std::runtime_error, or what JSON and the chip network find wrong.
inline LavaRun read_lava_run(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string line;
  if (!std::getline(in, line)) throw std::runtime_error("cannot read " + path);
  LavaRun run = detail::described_run(detail::LavaJson::parse(line));
  const std::string packed{std::istreambuf_iterator<char>(in), {}};
  const std::string bytes = detail::unpacked(packed);
  run.recorded.resize(bytes.size() / sizeof(std::int32_t));
  std::memcpy(run.recorded.data(), bytes.data(), run.recorded.size() * sizeof(std::int32_t));
  return run;
}

// A description and the integers that belong to it.
struct LavaRecord {
  detail::LavaJson description;
  std::vector<std::int32_t> values;
};

// What a file of many holds. Throws as read_lava_run does.
inline std::vector<LavaRecord> read_lava_records(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  const std::string packed{std::istreambuf_iterator<char>(in), {}};
  const std::string bytes = detail::unpacked(packed);
  std::vector<LavaRecord> records;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t line = bytes.find('\n', at);
    if (line == bytes.npos) throw std::runtime_error(path + " is cut off");
    LavaRecord record{detail::LavaJson::parse(bytes.substr(at, line - at)), {}};
    const auto values = record.description.at("values").get<std::size_t>();
    at = line + 1;
    if ((bytes.size() - at) / 4 < values) throw std::runtime_error(path + " is cut off");
    for (std::size_t k = 0; k < values; ++k) {
      std::uint32_t value = 0;
      for (std::size_t plane = 0; plane < 4; ++plane)
        value |= std::uint32_t{static_cast<unsigned char>(bytes[at + plane * values + k])}
                 << (8 * plane);
      record.values.push_back(static_cast<std::int32_t>(value));
    }
    at += 4 * values;
    records.push_back(std::move(record));
  }
  return records;
}

// The same, where each is a run of a network. Throws as read_lava_run does.
inline std::vector<LavaRun> read_lava_runs(const std::string& path) {
  std::vector<LavaRun> runs;
  for (LavaRecord& record : read_lava_records(path)) {
    runs.push_back(detail::described_run(record.description));
    runs.back().recorded = std::move(record.values);
  }
  return runs;
}

// Emulates the network and compares every register and message with Lava's.
inline LavaComparison compare_with_lava(const LavaRun& run) {
  using namespace loihi2;
  EmulationOptions options;
  for (const LavaRun::Population& compared : run.populations) {
    const ChipPopulation& p = run.network.populations[compared.index];
    for (NeuronId n = p.first; n < p.first + p.size; ++n) options.trace.neurons.push_back(n);
  }
  const Emulation emulation = Emulator(run.network).run(run.inputs, run.steps, options);
  std::vector<std::vector<std::int32_t>> payloads(run.network.neuron_count());
  for (const NeuronId n : options.trace.neurons) payloads[n].assign(run.steps, 0);
  LavaComparison result;
  for (const ChipSpike& s : emulation.spikes)
    if (!payloads[s.neuron].empty()) payloads[s.neuron][s.step] = s.payload;

  std::size_t at = 0, traced = 0;
  const auto compare = [&](const std::vector<std::int32_t>& ours, const char* what, NeuronId n) {
    if (at + run.steps > run.recorded.size())
      throw std::runtime_error("the recorded run holds fewer values than its network has");
    for (std::uint32_t t = 0; t < run.steps; ++t) {
      const std::int32_t theirs = run.recorded[at++];
      ++result.values;
      if (ours[t] == theirs) continue;
      if (result.differences++ == 0)
        result.first = run.network.neuron_name(n) + " " + what + " in step " + std::to_string(t) +
                       ": " + std::to_string(ours[t]) + ", Lava " + std::to_string(theirs);
    }
  };
  for (const LavaRun::Population& compared : run.populations) {
    const ChipPopulation& p = run.network.populations[compared.index];
    const auto each = [&](const auto& of) {
      for (std::uint32_t k = 0; k < p.size; ++k) of(p.first + k, traced + k);
    };
    if (compared.compared[0])
      each([&](NeuronId n, std::size_t k) { compare(emulation.trace.u[k], "u", n); });
    if (compared.compared[1])
      each([&](NeuronId n, std::size_t k) { compare(emulation.trace.v[k], "v", n); });
    each([&](NeuronId n, std::size_t) {
      compare(payloads[n], "message", n);
      result.messages += static_cast<std::uint64_t>(
          std::count_if(payloads[n].begin(), payloads[n].end(), [](auto x) { return x != 0; }));
    });
    traced += p.size;
    result.neuron_steps += std::uint64_t{p.size} * run.steps;
  }
  if (at != run.recorded.size())
    throw std::runtime_error("the recorded run holds more values than its network has");
  return result;
}

}  // namespace retrograde::test
