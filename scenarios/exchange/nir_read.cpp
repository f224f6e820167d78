#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir.hpp>
#include <retrograde/scenarios/exchange/nir_graph.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde {

namespace {

using hdf5::joined;
using nir::Node;
using nir::Type;
using nir::Way;

class NirReader {
 public:
  NirReader(std::span<const std::uint8_t> bytes, const std::string& file, const NirReading& reading)
      : reading_(reading),
        limits_(reading.limits),
        in_(bytes, file,
            {.values = reading.limits.synapses,
             .members = std::uint64_t{2} * reading.limits.populations +
                        4u * reading.limits.projections}) {}

  NirNetwork run() {
    graph_ = nir::read_graph(in_, limits_);
    for (const std::size_t n : graph_.populations) read_population(graph_.nodes[n]);
    for (std::uint32_t p = 0; p < graph_.populations.size(); ++p) take_neuron_delays(p);
    for (const Way& way : nir::read_ways(in_, graph_, limits_)) read_projection(way);
    return std::move(result_);
  }

 private:
  static constexpr double any_delay = 1e300;  // ms

  // What signals are multiplied by on their way into a population.
  struct Gain {
    std::vector<double> impulse;   // of r I per unit of weight
    std::vector<double> constant;  // r w_in
  };

  [[noreturn]] void fail(const std::string& path, const std::string& message) const {
    in_.fail(path, message);
  }

  // --- values ---

  // A finite value for each neuron; a scalar stands for all, as in nir's own reader.
  std::vector<double> values(const std::string& path, std::size_t size) const {
    hdf5::Array<double> array = in_.numbers(path);
    if (array.shape.empty() && array.values.size() == 1)
      array.values = std::vector<double>(size, array.values.front());
    if (array.values.size() != size)
      fail(path, fmt::format("it has {} values, and {} are needed here, one for each neuron or "
                             "signal",
                             array.values.size(), size));
    for (std::size_t k = 0; k < size; ++k)
      if (!std::isfinite(array.values[k]))
        fail(path, fmt::format("value {} is {}; a finite number is needed", k, array.values[k]));
    return std::move(array.values);
  }

  // Times in s under `key`; in ms.
  std::vector<double> times(const Node& node, const std::string& key, std::size_t size, double low,
                            double high) const {
    const std::string path = joined(node.path, key);
    std::vector<double> result = values(path, size);
    std::vector<double> exact;
    if (const std::string ms = fmt::format("{}/metadata/{}_ms", node.path, key); in_.has(ms))
      exact = values(ms, size);
    for (std::size_t k = 0; k < size; ++k) {
      const double seconds = result[k];
      result[k] = !exact.empty() && exact[k] / 1000.0 == seconds ? exact[k] : seconds * 1000.0;
      if (!(result[k] >= low && result[k] <= high))
        fail(path, fmt::format("value {} is {} s; it must be at least {:g} s and at most {:g} s", k,
                               seconds, low / 1000.0, high / 1000.0));
    }
    return result;
  }

  std::size_t count(std::uint64_t size, const std::string& path) {
    if (size == 0) fail(path, "it has no neuron; a node of neurons has at least one");
    neurons_ += size;
    if (size > limits_.neurons || neurons_ > limits_.neurons)
      throw LimitError("neurons", limits_.neurons, static_cast<double>(neurons_),
                       fmt::format("the graph has more than {} neurons", limits_.neurons));
    return size;
  }

  // --- populations ---

  void read_population(const Node& node) {
    PopulationSpec spec;
    spec.name = node.name;
    if (node.type == Type::input) {
      spec.model = Model::input;
      spec.size = input_size(node.path + "/shape");
      gains_.emplace_back();
    } else {
      spec.model = node.type == Type::cuba_lif ? Model::cuba_lif : Model::cuba_li;
      spec.size = neuron_count(node);
      for (const ParameterKind kind : {ParameterKind::tau_mem, ParameterKind::tau_syn}) {
        const ParameterRange& range = traits(kind).range;
        spec.values(kind) = times(node, std::string(name(kind)), spec.size, range.low, range.high);
      }
      spec.bias = values(node.path + "/v_leak", spec.size);
      if (node.type == Type::cuba_lif) read_threshold(node, spec);
      gains_.push_back(read_gain(node, spec.size));
    }
    result_.populations.push_back(std::move(spec));
  }

  // Of signals of any shape, taken in C order.
  std::uint32_t input_size(const std::string& path) {
    double size = 1.0;
    for (const double extent : in_.numbers(path).values) {
      if (!(extent >= 1.0 && extent <= limits_.neurons && extent == std::floor(extent)))
        fail(path, fmt::format("an extent is {}; it must be a whole number from 1 to {}", extent,
                               limits_.neurons));
      size = std::min(size * extent, 1e18);
    }
    return static_cast<std::uint32_t>(count(static_cast<std::uint64_t>(size), path));
  }

  // As many as the longest of its parameters says.
  std::uint32_t neuron_count(const Node& node) {
    std::size_t size = 0;
    for (const char* key : {"tau_mem", "tau_syn", "v_leak", "r", "v_threshold"})
      if (const std::string path = joined(node.path, key); in_.has(path))
        size = std::max(size, in_.numbers(path).values.size());
    return static_cast<std::uint32_t>(count(size, node.path + "/tau_mem"));
  }

  void read_threshold(const Node& node, PopulationSpec& spec) const {
    const std::string threshold = node.path + "/v_threshold", reset = node.path + "/v_reset";
    spec.v_threshold = values(threshold, spec.size);
    spec.v_reset = in_.has(reset) ? values(reset, spec.size) : std::vector<double>(spec.size, 0.0);
    for (std::size_t k = 0; k < spec.size; ++k) {
      if (!(spec.v_threshold[k] > 0.0))
        fail(threshold, fmt::format("value {} is {}; v starts at 0, so it must be above", k,
                                    spec.v_threshold[k]));
      if (!(spec.v_reset[k] < spec.v_threshold[k]))
        fail(reset, fmt::format("value {} is {}; it must be below v_threshold, {}", k,
                                spec.v_reset[k], spec.v_threshold[k]));
    }
  }

  Gain read_gain(const Node& node, std::size_t size) const {
    const std::vector<double> r = values(node.path + "/r", size);
    const std::vector<double> tau_syn = values(node.path + "/tau_syn", size);  // s
    const std::vector<double> w_in = in_.has(node.path + "/w_in")
                                         ? values(node.path + "/w_in", size)
                                         : std::vector<double>(size, 1.0);
    Gain gain{std::vector<double>(size), std::vector<double>(size)};
    for (std::size_t k = 0; k < size; ++k) {
      gain.constant[k] = r[k] * w_in[k];
      // The quotient first, which is 1 in what is written here.
      gain.impulse[k] = r[k] * (w_in[k] / tau_syn[k]) * (reading_.spike_width / 1000.0);
      if (!std::isfinite(gain.impulse[k]))
        fail(node.path, fmt::format("neuron {}: r w_in / tau_syn is not finite; scale them", k));
    }
    return gain;
  }

  // A Delay that all signals of a population pass, and no others, if it says that it is one of the
  // neurons.
  bool is_neuron_delay(std::size_t n, const std::vector<std::size_t>& others,
                       const char* role) const {
    const std::string path = graph_.nodes[n].path + "/metadata/role";
    return graph_.nodes[n].type == Type::delay && others.size() == 1 && in_.has(path) &&
           in_.text(path) == role;
  }

  void take_neuron_delays(std::uint32_t p) {
    const Node& node = graph_.population(p);
    PopulationSpec& spec = result_.populations[p];
    std::vector<std::size_t> to;
    for (const std::size_t n : node.to)
      if (graph_.nodes[n].type != Type::output) to.push_back(n);
    if (node.type != Type::cuba_li && to.size() == 1 &&
        is_neuron_delay(to[0], graph_.nodes[to[0]].from, "axonal_delay")) {
      spec.axonal_delay = times(graph_.nodes[to[0]], "delay", spec.size, 0.0, any_delay);
      neuron_delays_.insert(to[0]);
    }
    if (node.type != Type::input && node.from.size() == 1 &&
        !neuron_delays_.contains(node.from[0]) &&
        is_neuron_delay(node.from[0], graph_.nodes[node.from[0]].to, "dendritic_delay")) {
      spec.dendritic_delay = times(graph_.nodes[node.from[0]], "delay", spec.size, 0.0, any_delay);
      neuron_delays_.insert(node.from[0]);
    }
  }

  // --- projections ---

  void read_projection(const Way& way) {
    const SignalDelays delays = delays_on(way);
    NirNetwork::Projection projection{way.name, way.source, way.target, {}};
    projection.synapses =
        way.matrix == nir::no_node ? one_to_one(way) : synapses_of(way, graph_.nodes[way.matrix]);

    // What every signal meets: the gain of the neurons, and the Delays before and behind the matrix.
    const std::vector<double>& gain = gains_[way.target].impulse;
    for (SynapseSpec& s : projection.synapses) {
      s.weight *= gain[s.target];
      s.delay = delays.before[s.source] + s.delay + delays.behind[s.target];
    }
    if (way.matrix != nir::no_node && graph_.nodes[way.matrix].type == Type::affine)
      take_bias(way, graph_.nodes[way.matrix]);
    result_.projections.push_back(std::move(projection));
  }

  struct SignalDelays {
    std::vector<double> before, behind;  // per source, per target; ms
  };

  SignalDelays delays_on(const Way& way) const {
    SignalDelays delays{std::vector<double>(result_.populations[way.source].size, 0.0),
                        std::vector<double>(result_.populations[way.target].size, 0.0)};
    bool matrix_met = false;
    for (const std::size_t n : way.nodes) {
      if (n == way.matrix) matrix_met = true;
      if (graph_.nodes[n].type != Type::delay || neuron_delays_.contains(n)) continue;
      std::vector<double>& side = matrix_met ? delays.behind : delays.before;
      const std::vector<double> more = times(graph_.nodes[n], "delay", side.size(), 0.0, any_delay);
      for (std::size_t k = 0; k < side.size(); ++k) side[k] += more[k];
    }
    return delays;
  }

  std::vector<SynapseSpec> one_to_one(const Way& way) {
    const PopulationSpec &from = result_.populations[way.source],
                         &to = result_.populations[way.target];
    if (from.size != to.size)
      fail(graph_.population(way.target).path,
           fmt::format("it has {} neurons, and {} signals reach it from {}; put a Linear in "
                       "between",
                       to.size, from.size, from.name));
    spend(from.size);
    std::vector<SynapseSpec> synapses;
    synapses.reserve(from.size);
    for (std::uint32_t k = 0; k < from.size; ++k) synapses.push_back({k, k, 1.0, 0.0});
    return synapses;
  }

  // Those of a Linear or Affine, with the delays that its metadata hold.
  std::vector<SynapseSpec> synapses_of(const Way& way, const Node& node) {
    const std::uint32_t sources = result_.populations[way.source].size,
                        targets = result_.populations[way.target].size;
    const std::vector<double> weights = matrix(way, node.path + "/weight");
    std::vector<double> mask, delays;
    if (in_.has(node.path + "/metadata/mask")) mask = matrix(way, node.path + "/metadata/mask");
    if (in_.has(node.path + "/metadata/delay_ms"))
      delays = delay_matrix(way, node.path + "/metadata/delay_ms");
    const std::uint64_t count =
        mask.empty() ? weights.size()
                     : static_cast<std::uint64_t>(std::count_if(mask.begin(), mask.end(),
                                                                [](double m) { return m != 0.0; }));
    spend(count);
    std::vector<SynapseSpec> synapses;
    synapses.reserve(count);
    for (std::uint32_t t = 0; t < targets; ++t)
      for (std::uint32_t s = 0; s < sources; ++s) {
        const std::size_t k = std::size_t{t} * sources + s;
        if (mask.empty() || mask[k] != 0.0)
          synapses.push_back({s, t, weights[k], delays.empty() ? 0.0 : delays[k]});
      }
    return synapses;
  }

  // Of finite numbers, (targets, sources).
  std::vector<double> matrix(const Way& way, const std::string& path) const {
    const PopulationSpec &from = result_.populations[way.source],
                         &to = result_.populations[way.target];
    hdf5::Array<double> array = in_.numbers(path);
    if (array.shape != hdf5::Shape{to.size, from.size})
      fail(path, fmt::format("its shape is ({}); {} -> {} needs ({}, {}), rows are targets",
                             fmt::join(array.shape, ", "), from.name, to.name, to.size, from.size));
    for (std::size_t k = 0; k < array.values.size(); ++k)
      if (!std::isfinite(array.values[k]))
        fail(path, fmt::format("entry ({}, {}) is {}; a finite number is needed", k / from.size,
                               k % from.size, array.values[k]));
    return std::move(array.values);
  }

  std::vector<double> delay_matrix(const Way& way, const std::string& path) const {
    std::vector<double> delays = matrix(way, path);
    const std::uint32_t sources = result_.populations[way.source].size;
    for (std::size_t k = 0; k < delays.size(); ++k)
      if (delays[k] < 0.0)
        fail(path, fmt::format("entry ({}, {}) is {} ms; a delay is not negative", k / sources,
                               k % sources, delays[k]));
    return delays;
  }

  void take_bias(const Way& way, const Node& node) {
    PopulationSpec& to = result_.populations[way.target];
    const std::vector<double> bias = values(node.path + "/bias", to.size);
    if (std::all_of(bias.begin(), bias.end(), [](double b) { return b == 0.0; })) return;
    // One constant, however many signals are summed before the Affine.
    if (!biased_.emplace(way.matrix, way.target).second) return;
    for (std::size_t k = 0; k < bias.size(); ++k)
      to.bias[k] += gains_[way.target].constant[k] * bias[k];
    result_.warnings.push_back(fmt::format(
        "{}: the bias of this Affine is a current that settles with tau_syn; here it is there from "
        "the start, as if it had settled (v_leak of {} has grown by r w_in b)",
        node.name, to.name));
  }

  void spend(std::uint64_t synapses) {
    synapses_ += synapses;
    if (synapses_ > limits_.synapses)
      throw LimitError("synapses", static_cast<double>(limits_.synapses),
                       static_cast<double>(synapses_),
                       fmt::format("the graph has more than {} synapses", limits_.synapses));
  }

  const NirReading& reading_;
  const ScenarioLimits& limits_;
  hdf5::Reader in_;
  nir::Graph graph_;
  std::vector<Gain> gains_;  // by population
  std::set<std::size_t> neuron_delays_;
  std::set<std::pair<std::size_t, std::uint32_t>> biased_;
  std::uint64_t neurons_ = 0, synapses_ = 0;
  NirNetwork result_;
};

}  // namespace

NirNetwork read_nir(std::span<const std::uint8_t> bytes, const std::string& file,
                    const NirReading& reading) {
  return NirReader(bytes, file, reading).run();
}

}  // namespace retrograde
