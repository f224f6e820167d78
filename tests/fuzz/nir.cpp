#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

namespace {

constexpr ScenarioLimits limits{
    .populations = 20, .projections = 50, .neurons = 500, .synapses = 5'000};

Network built(NirNetwork file) {
  NetworkBuilder builder;
  for (PopulationSpec& p : file.populations) builder.add(std::move(p));
  for (NirNetwork::Projection& p : file.projections)
    builder.connect(p.source, p.target, std::move(p.synapses), p.name);
  return builder.build();
}

std::span<const std::uint8_t> span_of(const std::string& bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string described_nir(std::span<const std::uint8_t> bytes) {
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  hdf5::Writer out;
  out.group("/node/nodes");
  std::set<std::string> paths;
  std::vector<std::string> edges;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string node, key;
    // HDF5 cuts a name at its first NUL, and two nodes would be one.
    if (!(words >> node >> key) || node.find_first_of(std::string_view("/\0", 2)) != node.npos ||
        node == "." || node == ".." || node.size() > 64)
      continue;
    if (key == "->") {
      std::string to;
      if (words >> to) edges.insert(edges.end(), {node, to});
      continue;
    }
    static const std::set<std::string> keys = {"type",
                                               "shape",
                                               "tau_mem",
                                               "tau_syn",
                                               "v_threshold",
                                               "v_reset",
                                               "v_leak",
                                               "r",
                                               "w_in",
                                               "weight",
                                               "bias",
                                               "delay",
                                               "metadata/mask",
                                               "metadata/delay_ms",
                                               "metadata/tau_mem_ms",
                                               "metadata/role"};
    const std::string path = "/node/nodes/" + node + "/" + key;
    if (!keys.contains(key) || !paths.insert(path).second) continue;
    if (key == "type" || key == "metadata/role") {
      std::string text;
      words >> text;
      if (key == "type")
        out.fixed_text(path, text, std::max<std::size_t>(text.size(), 1));  // four times as fast
      else
        out.text(path, text);
      continue;
    }
    // Values, or rows of them divided by ";".
    std::vector<double> values;
    std::uint64_t rows = 1;
    for (std::string word; words >> word;) {
      if (word == ";")
        ++rows;
      else
        values.push_back(std::strtod(word.c_str(), nullptr));
    }
    if (rows > 1 && values.size() % rows == 0)
      out.numbers(path, values, {rows, values.size() / rows});
    else
      out.numbers(path, values, {values.size()});
  }
  out.texts("/node/edges", edges, {edges.size() / 2, 2});
  return out.bytes();
}

void nir(std::span<const std::uint8_t> bytes) {
  Network network;
  try {
    network = built(read_nir(span_of(described_nir(bytes)), "fuzz.nir", {.limits = limits}));
  } catch (const Error&) {
    return;
  }
  std::string written;
  try {
    written = write_nir(network).bytes;
  } catch (const NetworkError&) {  // a name that is taken by what writing adds
    return;
  }
  const Network again = built(read_nir(span_of(written), "again.nir"));
  if (again.parameters().size() != network.parameters().size() ||
      std::memcmp(again.parameters().data(), network.parameters().data(),
                  network.parameters().size_bytes()) != 0)
    throw InternalError("a network comes back from NIR as another one");
}

}  // namespace retrograde::fuzz
