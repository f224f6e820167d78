#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>
#include <retrograde/version.hpp>

namespace retrograde {

namespace {

using hdf5::joined;

// Version of the package nir whose layout this is.
constexpr const char* nir_version = "1.0.8";

class NirWriter {
 public:
  NirWriter(const Network& network, const NirOptions& options)
      : network_(network), options_(options) {}

  NirFile run() {
    for (const Population& p : network_.populations()) check(p);
    out_.text("/version", nir_version);
    out_.text("/node/type", "NIRGraph");
    std::vector<std::string> populations;
    for (std::uint32_t p = 0; p < network_.populations().size(); ++p) {
      populations.push_back(network_.populations()[p].name);
      write_population(p);
    }
    for (std::uint32_t p = 0; p < network_.projections().size(); ++p) write_projection(p);
    for (const std::uint32_t p : options_.outputs) {
      const Population& population = network_.populations()[p];
      const std::string node = add_node(population.name + ".output", "Output");
      write_shape(node, population.size);
      edge(population.name, population.name + ".output");
    }
    std::vector<std::string> ends;
    for (const auto& [from, to] : edges_) {
      ends.push_back(from);
      ends.push_back(to);
    }
    out_.texts("/node/edges", ends, {edges_.size(), 2});
    write_metadata(populations);
    return {out_.bytes(), std::move(warnings_)};
  }

 private:
  [[noreturn]] static void refuse(const std::string& where, const std::string& why) {
    throw NetworkError(where, "NIR " + why);
  }

  // Null: there is none.
  static const char* type_of(Model model) {
    const std::pair<Model, const char*> types[] = {
        {Model::input, "Input"},    {Model::cuba_lif, "CubaLIF"},
        {Model::cuba_li, "CubaLI"}, {Model::lif, "LIF"},
        {Model::li, "LI"},          {Model::integrate_fire, "IF"},
        {Model::integrator, "I"}};
    for (const auto& [known, type] : types)
      if (known == model) return type;
    return nullptr;
  }

  void check(const Population& p) const {
    if (p.model == Model::input) return;
    if (!type_of(p.model))
      refuse(p.name, fmt::format("has no neuron like {}; it has cuba_lif, cuba_li, lif, li, if and "
                                 "integrator",
                                 name(p.model)));
    if (p.receptors.size() > 1 || p.receptors[0] != SynapseShape::exponential)
      refuse(p.name, "has one exponential receptor per neuron; leave receptors out");
    if (!p.model->fires()) return;
    for (NeuronId n = p.first; n < p.first + p.size; ++n)
      if (const double t_ref = network_.parameter(ParameterKind::t_ref, n); t_ref != 0.0)
        refuse(network_.neuron_name(n),
               fmt::format("has no refractory period, and t_ref is {:g} ms; train with t_ref = 0",
                           t_ref));
  }

  // The path of a new node.
  std::string add_node(const std::string& node, const char* type) {
    if (node.find('/') != std::string::npos || node == "." || node == "..")
      refuse(node, "names its nodes as HDF5 does, without / and not .; choose another name");
    if (node.find('\0') != std::string::npos)
      refuse(node.c_str(), "ends names at a NUL, as HDF5 does; choose another name");
    if (!nodes_.insert(node).second)
      refuse(node,
             "wants a name for every population and projection, their delays (.delay, "
             ".axonal, .dendritic) and outputs (.output); choose another name");
    const std::string path = "/node/nodes/" + node;
    out_.text(path + "/type", type);
    return path;
  }

  void edge(const std::string& from, const std::string& to) { edges_.emplace_back(from, to); }

  void write_shape(const std::string& node, std::uint32_t size) {
    const std::int64_t shape = size;
    out_.numbers(node + "/shape", {&shape, 1}, {1});
  }

  // Times in ms under `key`, in s; and in ms in the metadata if they would not come back.
  void write_times(const std::string& node, const std::string& key,
                   const std::vector<double>& times) {
    std::vector<double> seconds(times.size());
    bool back = true;
    for (std::size_t k = 0; k < times.size(); ++k) {
      seconds[k] = times[k] / 1000.0;
      back &= seconds[k] * 1000.0 == times[k];
    }
    out_.numbers(joined(node, key), seconds, {times.size()});
    if (!back) out_.numbers(fmt::format("{}/metadata/{}_ms", node, key), times, {times.size()});
  }

  std::vector<double> values(const Population& p, ParameterKind kind) const {
    const auto all = network_.parameters(kind).subspan(p.first, p.size);
    return {all.begin(), all.end()};
  }

  void write_delay(const std::string& node, const std::vector<double>& delays, const char* role) {
    const std::string path = add_node(node, "Delay");
    write_times(path, "delay", delays);
    if (role) out_.text(path + "/metadata/role", role);
  }

  void write_population(std::uint32_t index) {
    const Population& p = network_.populations()[index];
    const std::string node = add_node(p.name, type_of(p.model));
    // Where signals leave and enter, with the delays of the neurons.
    leaves_.push_back(p.name);
    enters_.push_back(p.name);
    const auto delayed = [&](ParameterKind kind) {
      if (!p.has(kind)) return std::vector<double>();
      std::vector<double> delays = values(p, kind);
      const bool none = std::all_of(delays.begin(), delays.end(), [](double d) { return d == 0; });
      return none ? std::vector<double>() : delays;
    };
    if (const auto delays = delayed(ParameterKind::axonal_delay); !delays.empty()) {
      leaves_.back() = p.name + ".axonal";
      write_delay(leaves_.back(), delays, "axonal_delay");
      edge(p.name, leaves_.back());
    }
    if (const auto delays = delayed(ParameterKind::dendritic_delay); !delays.empty()) {
      enters_.back() = p.name + ".dendritic";
      write_delay(enters_.back(), delays, "dendritic_delay");
      edge(enters_.back(), p.name);
    }
    if (p.model->is_input()) {
      write_shape(node, p.size);
      return;
    }
    write_neurons(node, p);
    if (options_.chip) write_chip_population(node, index);
  }

  // The parameters, with those of r and w_in for which a weight is ours.
  void write_neurons(const std::string& node, const Population& p) {
    const hdf5::Shape shape = {p.size};
    const auto put = [&](const char* key, const std::vector<double>& list) {
      out_.numbers(joined(node, key), list, shape);
    };
    const auto in_seconds = [](std::vector<double> times) {
      for (double& t : times) t /= 1000.0;
      return times;
    };
    const std::vector<double> tau_mem = values(p, ParameterKind::tau_mem),
                              bias = values(p, ParameterKind::bias), ones(p.size, 1.0);
    if (p.model == Model::integrate_fire || p.model == Model::integrator) {
      put("r", ones);
      if (std::any_of(bias.begin(), bias.end(), [](double b) { return b != 0.0; }))
        refuse(p.name, "has no bias in IF and I; take lif or li, or an input that counts");
    } else if (p.has(ParameterKind::tau_syn)) {
      const std::vector<double> tau_syn = values(p, ParameterKind::tau_syn);
      write_times(node, "tau_mem", tau_mem);
      write_times(node, "tau_syn", tau_syn);
      put("r", ones);
      put("w_in", in_seconds(tau_syn));
      put("v_leak", bias);
    } else {
      write_times(node, "tau", tau_mem);
      put("r", in_seconds(tau_mem));
      put("v_leak", bias);
    }
    if (!p.model->fires()) return;
    put("v_threshold", values(p, ParameterKind::v_threshold));
    put("v_reset", values(p, ParameterKind::v_reset));
  }

  void write_chip_population(const std::string& node, std::uint32_t index) {
    const loihi2::ChipPopulation& p = options_.chip->populations[index];
    const std::string group = node + "/metadata/loihi2";
    const auto per_neuron = [&](const char* key, const auto& value) {
      std::vector<std::int32_t> list(p.size);
      for (std::uint32_t n = 0; n < p.size; ++n)
        list[n] = value(options_.chip->neurons[p.first + n]);
      out_.numbers(joined(group, key), list, {p.size});
    };
    using loihi2::CubaLif;
    per_neuron("u_decay", [](const CubaLif& n) { return n.du + 1; });
    per_neuron("v_decay", [](const CubaLif& n) { return n.dv; });
    if (p.model == loihi2::ChipModel::cuba_lif) {
      per_neuron("threshold", [](const CubaLif& n) { return n.vth; });
      per_neuron("refractory_delay", [](const CubaLif& n) { return n.refractory_delay; });
    }
    per_neuron("bias_mantissa", [](const CubaLif& n) { return n.bias_mantissa; });
    per_neuron("bias_exponent", [](const CubaLif& n) { return n.bias_exponent; });
    std::vector<double> scales(p.size);
    for (std::uint32_t n = 0; n < p.size; ++n) scales[n] = p.scale(n);
    out_.numbers(group + "/scale", scales, {p.size});
    out_.integer(group + "/lag", static_cast<std::int32_t>(p.lag));
  }

  // The synapses of a projection that go into one Linear, by their position in it.
  using Chosen = std::vector<SynapseId>;

  template <typename T, typename Value>
  void write_matrix(const std::string& path, const Projection& p, const Chosen& chosen,
                    const Value& value) {
    const std::uint64_t rows = network_.populations()[p.target].size,
                        columns = network_.populations()[p.source].size;
    std::vector<T> matrix(rows * columns, T{0});
    for (const SynapseId k : chosen) matrix[p.targets[k] * columns + p.source_of(k)] = value(k);
    out_.numbers(path, std::span<const T>(matrix), {rows, columns});
  }

  void write_linear(std::uint32_t index, const std::string& node, const Chosen& chosen) {
    const Projection& p = network_.projections()[index];
    projections_.push_back(node);
    const std::string path = add_node(node, "Linear");
    const auto pairs =
        std::size_t{network_.populations()[p.target].size} * network_.populations()[p.source].size;
    write_matrix<double>(path + "/weight", p, chosen,
                         [&](SynapseId k) { return network_.weight(p.first + k); });
    if (chosen.size() < pairs)
      write_matrix<std::uint8_t>(path + "/metadata/mask", p, chosen,
                                 [](SynapseId) -> std::uint8_t { return 1; });
    if (!options_.chip) return;
    const loihi2::ChipProjection& chip = options_.chip->projections[index];
    const std::string group = path + "/metadata/loihi2";
    out_.integer(group + "/weight_exponent", chip.format.exponent);
    out_.integer(group + "/weight_bits", chip.format.bits);
    write_matrix<std::int32_t>(group + "/weight", p, chosen,
                               [&](SynapseId k) { return chip.synapses[k].weight; });
    write_matrix<std::uint8_t>(group + "/delay", p, chosen,
                               [&](SynapseId k) { return chip.synapses[k].delay; });
  }

  // The source of each synapse.
  static std::vector<std::uint32_t> sources_of(const Projection& p) {
    std::vector<std::uint32_t> sources(p.size);
    for (std::uint32_t i = 0; i + 1 < p.rows.size(); ++i)
      std::fill(sources.begin() + p.rows[i], sources.begin() + p.rows[i + 1], i);
    return sources;
  }

  // One delay for all synapses of a neuron on that side; nothing if they differ.
  std::optional<std::vector<double>> common_delays(const Projection& p,
                                                   const std::vector<std::uint32_t>& neurons,
                                                   std::uint32_t size) const {
    std::vector<double> delays(size, -1.0);
    for (SynapseId k = 0; k < p.size; ++k) {
      const double delay = network_.delay(p.first + k);
      double& common = delays[neurons[k]];
      if (common >= 0.0 && common != delay) return std::nullopt;
      common = delay;
    }
    for (double& delay : delays) delay = std::max(delay, 0.0);  // of neurons without synapses
    return delays;
  }

  void write_projection(std::uint32_t index) {
    const Projection& p = network_.projections()[index];
    if (p.multapses)
      throw NetworkError(p.name,
                         "a pair of it may have several synapses, and NIR has a matrix with one "
                         "weight for each pair; write allow_multapses = false");
    const std::string &from = leaves_[p.source], &to = enters_[p.target];
    Chosen all(p.size);
    for (SynapseId k = 0; k < p.size; ++k) all[k] = k;
    const auto delays = network_.parameters(ParameterKind::delay).subspan(p.first, p.size);
    if (std::all_of(delays.begin(), delays.end(), [](double d) { return d == 0.0; })) {
      write_linear(index, p.name, all);
      edge(from, p.name);
      edge(p.name, to);
      return;
    }
    const std::string delay = p.name + ".delay";
    if (const auto per_source =
            common_delays(p, sources_of(p), network_.populations()[p.source].size)) {
      write_delay(delay, *per_source, nullptr);
      write_linear(index, p.name, all);
      edge(from, delay);
      edge(delay, p.name);
      edge(p.name, to);
    } else if (const auto per_target =
                   common_delays(p, p.targets, network_.populations()[p.target].size)) {
      write_linear(index, p.name, all);
      write_delay(delay, *per_target, nullptr);
      edge(from, p.name);
      edge(p.name, delay);
      edge(delay, to);
    } else if (options_.delays == NirDelays::branches) {
      write_branches(index);
    } else {
      write_linear(index, p.name, all);
      write_matrix<double>(fmt::format("/node/nodes/{}/metadata/delay_ms", p.name), p, all,
                           [&](SynapseId k) { return network_.delay(p.first + k); });
      edge(from, p.name);
      edge(p.name, to);
      warnings_.push_back(fmt::format(
          "{}: its delays differ from synapse to synapse, which no node of NIR can say; they are "
          "in its metadata, where only Retrograde reads them. Other tools will run it without "
          "delays{}",
          p.name,
          distinct_delays(p) <= nir_branches ? "; --delays branches writes Delay nodes for them"
                                             : ""));
    }
  }

  std::size_t distinct_delays(const Projection& p) const {
    const auto delays = network_.parameters(ParameterKind::delay).subspan(p.first, p.size);
    return std::set<double>(delays.begin(), delays.end()).size();
  }

  void write_branches(std::uint32_t index) {
    const Projection& p = network_.projections()[index];
    std::map<double, Chosen> branches;
    for (SynapseId k = 0; k < p.size; ++k) branches[network_.delay(p.first + k)].push_back(k);
    if (branches.size() > nir_branches)
      refuse(p.name,
             fmt::format("would need a branch for each of its {} different delays, and {} are "
                         "written at most; leave --delays branches out, or train with delays on a "
                         "grid",
                         branches.size(), nir_branches));
    for (const auto& [delay, chosen] : branches) {
      const std::string node = fmt::format("{}@{}ms", p.name, delay);
      std::string from = leaves_[p.source];
      if (delay > 0.0) {
        // Only sources with synapses here count, as when it is read and written again.
        std::vector<double> delays(network_.populations()[p.source].size, 0.0);
        for (const SynapseId k : chosen) delays[p.source_of(k)] = delay;
        write_delay(node + ".delay", delays, nullptr);
        edge(from, node + ".delay");
        from = node + ".delay";
      }
      write_linear(index, node, chosen);
      edge(from, node);
      edge(node, enters_[p.target]);
    }
  }

  void write_metadata(const std::vector<std::string>& populations) {
    const std::string group = "/node/metadata";
    out_.text(group + "/generator", fmt::format("retrograde {}", version::string));
    out_.text(group + "/time_unit", "s");
    out_.text(group + "/spikes",
              "Dirac impulses: one that arrives over a weight W adds r w_in W / tau_syn to r I");
    out_.text(group + "/start", "v = I = 0");
    out_.texts(group + "/populations", populations, {populations.size()});
    if (!projections_.empty())
      out_.texts(group + "/projections", projections_, {projections_.size()});
    if (!options_.chip) return;
    out_.number(group + "/dt", options_.chip->step / 1000.0);
    out_.text(group + "/loihi2/semantics",
              "u = u (1 - u_decay/4096) + 64 sum(weight 2^weight_exponent), v = v (1 - "
              "v_decay/4096) + u + bias_mantissa 2^bias_exponent, rounded toward zero; spike if v "
              "> 64 threshold, then v = 0; one step of latency per synapse besides its delay; v "
              "scale / 64 is the voltage; a population starts at step lag");
  }

  const Network& network_;
  const NirOptions& options_;
  hdf5::Writer out_;
  std::set<std::string> nodes_;
  std::vector<std::pair<std::string, std::string>> edges_;
  std::vector<std::string> leaves_, enters_;  // by population
  std::vector<std::string> projections_;      // nodes, in order
  std::vector<std::string> warnings_;
};

}  // namespace

NirFile write_nir(const Network& network, const NirOptions& options) {
  return NirWriter(network, options).run();
}

}  // namespace retrograde
