#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir.hpp>
#include <retrograde/scenarios/io/hdf5.hpp>

namespace retrograde {

namespace {

using hdf5::joined;

enum class Type { input, output, cuba_lif, cuba_li, linear, affine, delay, flatten };

constexpr std::pair<std::string_view, Type> types[] = {
    {"Input", Type::input},    {"Output", Type::output},  {"CubaLIF", Type::cuba_lif},
    {"CubaLI", Type::cuba_li}, {"Linear", Type::linear},  {"Affine", Type::affine},
    {"Delay", Type::delay},    {"Flatten", Type::flatten}};

struct Node {
  std::string name, path;
  Type type = Type::flatten;
  std::vector<std::size_t> from, to;  // nodes, in the order of their names

  bool holds_neurons() const {
    return type == Type::input || type == Type::cuba_lif || type == Type::cuba_li;
  }
  bool has_matrix() const { return type == Type::linear || type == Type::affine; }
};

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

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
    read_nodes();
    read_edges();
    order_populations();
    for (const std::size_t n : populations_) read_population(n);
    for (const std::size_t n : populations_) take_neuron_delays(n);
    for (std::uint32_t p = 0; p < populations_.size(); ++p) follow_ways(p);
    name_ways();
    for (const Way& way : ways_) read_projection(way);
    return std::move(result_);
  }

 private:
  // From the neurons of one population to those of another.
  struct Way {
    std::uint32_t source = 0, target = 0;
    std::vector<std::size_t> nodes;  // in between, in order
    std::size_t matrix = none;       // that one of them which has a matrix
    std::string name;
  };

  [[noreturn]] void fail(const std::string& path, const std::string& message) const {
    in_.fail(path, message);
  }

  void read_nodes() {
    if (!in_.is_group("/node/nodes"))
      fail("/node/nodes", "it is missing; the file is HDF5, but no graph of NIR");
    std::vector<std::string> unknown;
    for (const std::string& name : in_.members("/node/nodes")) {
      Node node;
      node.name = name;
      node.path = "/node/nodes/" + name;
      const std::string type = in_.text(node.path + "/type");
      const auto known = std::find_if(std::begin(types), std::end(types),
                                      [&](const auto& t) { return t.first == type; });
      if (known == std::end(types)) {
        unknown.push_back(fmt::format("{} ({})", name, type));
        continue;
      }
      node.type = known->second;
      index_[name] = nodes_.size();
      nodes_.push_back(std::move(node));
    }
    if (!unknown.empty())
      fail("/node/nodes",
           fmt::format("these nodes have no counterpart here: {}; supported are Input, Output, "
                       "CubaLIF, CubaLI, Linear, Affine, Delay and Flatten, write the network "
                       "with them (a convolution as the Linear that it is)",
                       fmt::join(unknown, ", ")));
  }

  void read_edges() {
    const std::string path = "/node/edges";
    const hdf5::Array<std::string> edges = in_.texts(path);
    if (edges.values.empty()) return;
    if (edges.shape.size() != 2 || edges.shape[1] != 2)
      fail(path, fmt::format("its shape is ({}); pairs of names are needed",
                             fmt::join(edges.shape, ", ")));
    std::set<std::pair<std::size_t, std::size_t>> seen;
    for (std::size_t k = 0; k < edges.values.size(); k += 2) {
      const auto node = [&](const std::string& name) {
        const auto found = index_.find(name);
        if (found == index_.end())
          fail(path, fmt::format("edge {} ({} -> {}): there is no node {}; remove the edge or add "
                                 "the node",
                                 k / 2, edges.values[k], edges.values[k + 1], name));
        return found->second;
      };
      const std::size_t from = node(edges.values[k]), to = node(edges.values[k + 1]);
      const auto refuse = [&](const char* why) {
        fail(path, fmt::format("edge {} ({} -> {}): {}", k / 2, edges.values[k],
                               edges.values[k + 1], why));
      };
      if (!seen.emplace(from, to).second) refuse("it is there twice; remove one");
      if (nodes_[to].type == Type::input) refuse("an Input receives nothing; remove it");
      if (nodes_[from].type == Type::output) refuse("an Output sends nothing; remove it");
    }
    for (const auto& [from, to] : seen) {
      nodes_[from].to.push_back(to);
      nodes_[to].from.push_back(from);
    }
  }

  std::vector<std::string> listed(const std::string& path) const {
    return in_.has(path) ? in_.texts(path).values : std::vector<std::string>();
  }

  // As the metadata say; else the inputs, then what is nearest to them.
  void order_populations() {
    std::vector<std::size_t> all;
    for (std::size_t n = 0; n < nodes_.size(); ++n)
      if (nodes_[n].holds_neurons()) all.push_back(n);
    if (all.empty()) fail("/node/nodes", "it has no neurons; a network needs some");
    if (all.size() > limits_.populations)
      throw LimitError("populations", limits_.populations, static_cast<double>(all.size()),
                       fmt::format("the graph has {} nodes of neurons; at most {} are possible",
                                   all.size(), limits_.populations));
    for (const std::string& name : listed("/node/metadata/populations"))
      if (const auto found = index_.find(name); found != index_.end())
        populations_.push_back(found->second);
    if (std::vector<std::size_t> sorted = populations_;
        std::sort(sorted.begin(), sorted.end()), sorted != all) {
      populations_.clear();
      std::vector<char> met(nodes_.size(), 0);
      std::vector<std::size_t> queue;
      const auto meet = [&](std::size_t n) {
        if (!met[n]) queue.push_back(n);
        met[n] = 1;
      };
      for (const std::size_t n : all)
        if (nodes_[n].type == Type::input) meet(n);
      for (const std::size_t start : all) {
        for (std::size_t k = 0; k < queue.size(); ++k)
          for (const std::size_t to : nodes_[queue[k]].to) meet(to);
        meet(start);
      }
      for (const std::size_t n : queue)
        if (nodes_[n].holds_neurons()) populations_.push_back(n);
    }
    for (std::uint32_t p = 0; p < populations_.size(); ++p) population_of_[populations_[p]] = p;
  }

  // A finite value for each neuron.
  std::vector<double> values(const std::string& path, std::size_t size) const {
    hdf5::Array<double> array = in_.numbers(path);
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

  void read_population(std::size_t index) {
    const Node& node = nodes_[index];
    PopulationSpec spec;
    spec.name = node.name;
    if (node.type == Type::input) {
      spec.model = Model::input;
      const std::string path = node.path + "/shape";
      double size = 1.0;
      for (const double extent : in_.numbers(path).values) {
        if (!(extent >= 1.0 && extent <= limits_.neurons && extent == std::floor(extent)))
          fail(path, fmt::format("an extent is {}; it must be a whole number from 1 to {}", extent,
                                 limits_.neurons));
        size = std::min(size * extent, 1e18);
      }
      spec.size = static_cast<std::uint32_t>(count(static_cast<std::uint64_t>(size), path));
      result_.populations.push_back(std::move(spec));
      gains_.emplace_back();
      return;
    }
    const bool fires = node.type == Type::cuba_lif;
    spec.model = fires ? Model::cuba_lif : Model::cuba_li;
    const std::string tau_path = node.path + "/tau_mem";
    const std::size_t size = count(in_.numbers(tau_path).values.size(), tau_path);
    spec.size = static_cast<std::uint32_t>(size);
    for (const ParameterKind kind : {ParameterKind::tau_mem, ParameterKind::tau_syn}) {
      const ParameterRange& range = traits(kind).range;
      spec.values(kind) = times(node, std::string(name(kind)), size, range.low, range.high);
    }
    spec.bias = values(node.path + "/v_leak", size);
    if (fires) {
      const std::string threshold = node.path + "/v_threshold", reset = node.path + "/v_reset";
      spec.v_threshold = values(threshold, size);
      spec.v_reset = in_.has(reset) ? values(reset, size) : std::vector<double>(size, 0.0);
      for (std::size_t k = 0; k < size; ++k) {
        if (!(spec.v_threshold[k] > 0.0))
          fail(threshold, fmt::format("value {} is {}; v starts at 0, so it must be above", k,
                                      spec.v_threshold[k]));
        if (!(spec.v_reset[k] < spec.v_threshold[k]))
          fail(reset, fmt::format("value {} is {}; it must be below v_threshold, {}", k,
                                  spec.v_reset[k], spec.v_threshold[k]));
      }
    }
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
    gains_.push_back(std::move(gain));
    result_.populations.push_back(std::move(spec));
  }

  // A Delay that all signals of a population pass, and no others, if it says that it is one of the
  // neurons.
  bool is_neuron_delay(std::size_t n, const std::vector<std::size_t>& others,
                       const char* role) const {
    const std::string path = nodes_[n].path + "/metadata/role";
    return nodes_[n].type == Type::delay && others.size() == 1 && in_.has(path) &&
           in_.text(path) == role;
  }

  void take_neuron_delays(std::size_t index) {
    const Node& node = nodes_[index];
    PopulationSpec& spec = result_.populations[population_of_.at(index)];
    constexpr double any = 1e300;
    std::vector<std::size_t> to;
    for (const std::size_t n : node.to)
      if (nodes_[n].type != Type::output) to.push_back(n);
    if (node.type != Type::cuba_li && to.size() == 1 &&
        is_neuron_delay(to[0], nodes_[to[0]].from, "axonal_delay")) {
      spec.axonal_delay = times(nodes_[to[0]], "delay", spec.size, 0.0, any);
      neuron_delays_.insert(to[0]);
    }
    if (node.type != Type::input && node.from.size() == 1 &&
        !neuron_delays_.contains(node.from[0]) &&
        is_neuron_delay(node.from[0], nodes_[node.from[0]].to, "dendritic_delay")) {
      spec.dendritic_delay = times(nodes_[node.from[0]], "delay", spec.size, 0.0, any);
      neuron_delays_.insert(node.from[0]);
    }
  }

  // All ways from a population, depth first.
  void follow_ways(std::uint32_t source) {
    Way way;
    way.source = source;
    std::vector<std::pair<std::size_t, std::size_t>> stack = {{populations_[source], 0}};
    while (!stack.empty()) {
      auto& [at, next] = stack.back();
      if (next == nodes_[at].to.size()) {
        stack.pop_back();
        if (!stack.empty()) {
          if (way.matrix == at) way.matrix = none;
          way.nodes.pop_back();
        }
        continue;
      }
      const std::size_t to = nodes_[at].to[next++];
      const Node& node = nodes_[to];
      if (node.type == Type::output) continue;
      if (node.holds_neurons()) {
        way.target = population_of_.at(to);
        ways_.push_back(way);
        if (ways_.size() > limits_.projections)
          throw LimitError("projections", limits_.projections, static_cast<double>(ways_.size()),
                           fmt::format("the graph has more than {} ways from neurons to neurons",
                                       limits_.projections));
        if (nodes_[populations_[source]].type == Type::cuba_li)
          fail(nodes_[populations_[source]].path,
               fmt::format("a CubaLI sends no spikes, but signals of it go to {}; remove the edge "
                           "or make it a CubaLIF",
                           node.name));
        continue;
      }
      if (std::find(way.nodes.begin(), way.nodes.end(), to) != way.nodes.end())
        fail(node.path, "it lies on a cycle without neurons; remove one of its edges");
      if (node.has_matrix()) {
        if (way.matrix != none)
          fail(node.path, fmt::format("it follows {} without neurons in between; multiply the two "
                                      "into one Linear",
                                      nodes_[way.matrix].name));
        way.matrix = to;
      }
      if (++steps_ > most_steps)
        throw LimitError("ways", most_steps, most_steps,
                         "the graph has too many ways from neurons to neurons; make it simpler");
      way.nodes.push_back(to);
      stack.emplace_back(to, 0);
    }
  }

  void name_ways() {
    std::map<std::size_t, int> uses;
    for (const Way& way : ways_)
      if (way.matrix != none) ++uses[way.matrix];
    for (Way& way : ways_) {
      if (way.matrix != none && uses[way.matrix] == 1) {
        way.name = nodes_[way.matrix].name;
        continue;
      }
      way.name = result_.populations[way.source].name;
      for (const std::size_t n : way.nodes) way.name += "->" + nodes_[n].name;
      way.name += "->" + result_.populations[way.target].name;
    }
    const std::vector<std::string> order = listed("/node/metadata/projections");
    std::map<std::string, std::size_t> place;
    for (const std::string& name : order) place.emplace(name, place.size());
    std::stable_sort(ways_.begin(), ways_.end(), [&](const Way& a, const Way& b) {
      const auto key = [&](const Way& way) {
        const auto found = place.find(way.name);
        return std::tuple(found == place.end() ? place.size() : found->second, way.source,
                          way.target, way.name);
      };
      return key(a) < key(b);
    });
  }

  void read_projection(const Way& way) {
    PopulationSpec &from = result_.populations[way.source], &to = result_.populations[way.target];
    std::vector<double> before(from.size, 0.0), behind(to.size, 0.0);
    bool matrix_met = false;
    constexpr double any = 1e300;
    for (const std::size_t n : way.nodes) {
      if (n == way.matrix) matrix_met = true;
      if (nodes_[n].type != Type::delay || neuron_delays_.contains(n)) continue;
      std::vector<double>& side = matrix_met ? behind : before;
      const std::vector<double> delays = times(nodes_[n], "delay", side.size(), 0.0, any);
      for (std::size_t k = 0; k < side.size(); ++k) side[k] += delays[k];
    }
    NirNetwork::Projection projection{way.name, way.source, way.target, {}};
    const auto add = [&](std::uint32_t source, std::uint32_t target, double weight, double own) {
      projection.synapses.push_back({source, target, weight * gains_[way.target].impulse[target],
                                     before[source] + own + behind[target]});
    };
    if (way.matrix == none) {
      if (from.size != to.size)
        fail(nodes_[populations_[way.target]].path,
             fmt::format("it has {} neurons, and {} signals reach it from {}; put a Linear in "
                         "between",
                         to.size, from.size, from.name));
      spend(from.size);
      for (std::uint32_t k = 0; k < from.size; ++k) add(k, k, 1.0, 0.0);
    } else {
      const Node& node = nodes_[way.matrix];
      const std::uint64_t pairs = std::uint64_t{from.size} * to.size;
      const auto matrix = [&](const std::string& path) {
        hdf5::Array<double> array = in_.numbers(path);
        if (array.shape != hdf5::Shape{to.size, from.size})
          fail(path,
               fmt::format("its shape is ({}); {} -> {} needs ({}, {}), rows are targets",
                           fmt::join(array.shape, ", "), from.name, to.name, to.size, from.size));
        for (std::size_t k = 0; k < pairs; ++k)
          if (!std::isfinite(array.values[k]))
            fail(path, fmt::format("entry ({}, {}) is {}; a finite number is needed", k / from.size,
                                   k % from.size, array.values[k]));
        return std::move(array.values);
      };
      const std::vector<double> weights = matrix(node.path + "/weight");
      std::vector<double> mask, delays;
      if (in_.has(node.path + "/metadata/mask")) mask = matrix(node.path + "/metadata/mask");
      const std::string delay_path = node.path + "/metadata/delay_ms";
      if (in_.has(delay_path)) delays = matrix(delay_path);
      for (std::size_t k = 0; k < delays.size(); ++k)
        if (delays[k] < 0.0)
          fail(delay_path, fmt::format("entry ({}, {}) is {} ms; a delay is not negative",
                                       k / from.size, k % from.size, delays[k]));
      const std::uint64_t synapses =
          mask.empty() ? pairs
                       : static_cast<std::uint64_t>(std::count_if(
                             mask.begin(), mask.end(), [](double m) { return m != 0.0; }));
      spend(synapses);
      projection.synapses.reserve(synapses);
      for (std::uint32_t t = 0; t < to.size; ++t)
        for (std::uint32_t s = 0; s < from.size; ++s) {
          const std::size_t k = std::size_t{t} * from.size + s;
          if (mask.empty() || mask[k] != 0.0)
            add(s, t, weights[k], delays.empty() ? 0.0 : delays[k]);
        }
      if (node.type == Type::affine) take_bias(way, node);
    }
    result_.projections.push_back(std::move(projection));
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

  struct Gain {
    std::vector<double> impulse;   // of r I per unit of weight
    std::vector<double> constant;  // r w_in
  };

  static constexpr std::uint64_t most_steps = 1'000'000;

  const NirReading& reading_;
  const ScenarioLimits& limits_;
  hdf5::Reader in_;
  std::vector<Node> nodes_;  // by name
  std::map<std::string, std::size_t> index_;
  std::vector<std::size_t> populations_;
  std::map<std::size_t, std::uint32_t> population_of_;
  std::vector<Gain> gains_;  // by population
  std::set<std::size_t> neuron_delays_;
  std::vector<Way> ways_;
  std::set<std::pair<std::size_t, std::uint32_t>> biased_;
  std::uint64_t neurons_ = 0, synapses_ = 0, steps_ = 0;
  NirNetwork result_;
};

}  // namespace

NirNetwork read_nir(std::span<const std::uint8_t> bytes, const std::string& file,
                    const NirReading& reading) {
  return NirReader(bytes, file, reading).run();
}

}  // namespace retrograde
