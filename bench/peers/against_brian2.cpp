// bench_brian2 NETWORK            runs the trial twice and prints what the second run did, and the
//                                 processor time that it took on one thread
// bench_brian2 NETWORK FOLDER     writes network and trial into FOLDER, for others to run
//
// NETWORK is keyword-256, keyword-512r (hidden neurons; r: recurrent) or sparse-10000x100 (neurons
// and the synapses of each), of bench/figures/workload.hpp. What is printed is JSON: of the run its
// seconds, spikes per population, and deliveries, which are the synapses of all that spiked; of the
// written network its populations, projections and duration. The arrays are raw and little-endian:
// PROJECTION.sources, .targets (int32), .weights, .delays (float64, ms), and inputs.neurons
// (int32), inputs.times (float64, ms). against_brian2.py calls it.
#include <charconv>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tbb/global_control.h>
#include <vector>

#include <retrograde/bench/figures/workload.hpp>
#include <retrograde/engine/windowed/windowed.hpp>

namespace {

using namespace retrograde;
using nlohmann::ordered_json;

// Takes a number from the beginning of `text`.
std::optional<std::uint32_t> number(std::string_view& text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || value == 0) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

bench::Workload workload(std::string_view name) {
  std::string_view rest = name;
  if (take(rest, "keyword-")) {
    const auto hidden = number(rest);
    const bool recurrent = take(rest, "r");
    if (hidden && rest.empty()) return bench::keyword({.hidden = *hidden, .recurrent = recurrent});
  } else if (take(rest, "sparse-")) {
    const auto neurons = number(rest);
    const bool more = take(rest, "x");
    const auto fan_out = number(rest);
    if (neurons && more && fan_out && rest.empty())
      return bench::sparse({.neurons = *neurons, .fan_out = *fan_out});
  }
  throw std::runtime_error("there is no network \"" + std::string(name) +
                           "\"; write keyword-256, keyword-512r or sparse-10000x100");
}

template <typename Value>
void write(const std::filesystem::path& path, std::span<const Value> values) {
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size_bytes()));
  if (!out.flush()) throw std::runtime_error(path.string() + " cannot be written");
}

// Every neuron of these networks is like the first of its population, and none has a delay of its
// own.
ordered_json written_population(const Network& network, const Population& p) {
  ordered_json json = {{"name", p.name}, {"size", p.size}, {"input", p.model->is_input()}};
  if (p.model->is_input()) return json;
  json["fires"] = p.model->fires();
  const auto value = [&](ParameterKind kind) { return network.parameter(kind, p.first); };
  json["tau_mem"] = value(ParameterKind::tau_mem);
  json["tau_syn"] = value(ParameterKind::tau_syn);
  json["v_threshold"] = p.model->fires() ? value(ParameterKind::v_threshold) : 0.0;
  json["v_reset"] = p.model->fires() ? value(ParameterKind::v_reset) : 0.0;
  return json;
}

ordered_json write_network(const bench::Workload& w, const std::filesystem::path& folder) {
  ordered_json json = {{"duration", w.trial.duration}};
  const auto& populations = w.network.populations();
  for (const Population& p : populations)
    json["populations"].push_back(written_population(w.network, p));
  for (std::size_t k = 0; k < w.network.projections().size(); ++k) {
    const Projection& p = w.network.projections()[k];
    std::vector<std::uint32_t> sources;
    sources.reserve(p.size);
    for (std::uint32_t i = 0; i + 1 < p.rows.size(); ++i)
      sources.insert(sources.end(), p.rows[i + 1] - p.rows[i], i);
    const std::string name = "projection" + std::to_string(k);
    const auto write_part = [&](const char* part, auto values) {
      write(folder / (name + part), values);
    };
    write_part(".sources", std::span<const std::uint32_t>(sources));
    write_part(".targets", std::span<const std::uint32_t>(p.targets));
    write_part(".weights", w.network.parameters(ParameterKind::weight).subspan(p.first, p.size));
    write_part(".delays", w.network.parameters(ParameterKind::delay).subspan(p.first, p.size));
    json["projections"].push_back({{"name", name},
                                   {"source", populations[p.source].name},
                                   {"target", populations[p.target].name}});
  }
  std::vector<std::uint32_t> neurons;
  std::vector<double> times;
  for (const Spike& s : w.trial.inputs) {
    neurons.push_back(s.neuron);
    times.push_back(s.time);
  }
  write(folder / "inputs.neurons", std::span<const std::uint32_t>(neurons));
  write(folder / "inputs.times", std::span<const double>(times));
  return json;
}

double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

ordered_json run(const bench::Workload& w) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, 1);
  const WindowedMachine machine(w.network);
  Tape tape = machine.run(w.trial, {.readout = w.readout});
  const double begin = processor_seconds();
  tape = machine.run(w.trial, {.readout = w.readout});
  const double seconds = processor_seconds() - begin;
  std::vector<std::uint64_t> spikes(w.network.populations().size(), 0);
  std::uint64_t deliveries = 0;
  for (const TapeSpike& s : tape.spikes) {
    ++spikes[w.network.population_of(s.neuron)];
    deliveries += w.network.synapses_of(s.neuron).size();
  }
  ordered_json json = {{"seconds", seconds}, {"deliveries", deliveries}};
  for (std::size_t p = 0; p < spikes.size(); ++p)
    json["spikes"][w.network.populations()[p].name] = spikes[p];
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "bench_brian2 NETWORK [FOLDER], see bench/peers/against_brian2.cpp\n");
    return 2;
  }
  try {
    const bench::Workload w = workload(argv[1]);
    std::printf("%s\n", (argc == 2 ? run(w) : write_network(w, argv[2])).dump().c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
