#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <set>
#include <utility>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/trial/time_grid.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir/graph.hpp>
#include <retrograde/scenarios/exchange/nir/nir.hpp>
#include <retrograde/scenarios/exchange/nir/ways.hpp>
#include <retrograde/scenarios/io/hdf5/hdf5.hpp>

namespace retrograde {

namespace {

using hdf5::joined;
using nir::Node;
using nir::Type;
using nir::Way;

constexpr Time second = 1000.0;      // ms
constexpr double any_delay = 1e300;  // ms

// What signals are multiplied by on their way into the neurons of a population.
struct Gain {
  std::vector<double> spike;     // from the weight of a spike to ours
  std::vector<double> constant;  // from a constant signal to the bias
  // From a constant to the weight of the spike that starts it, where it takes time to settle.
  std::vector<double> start;
};

class NirReader {
 public:
  NirReader(std::span<const std::uint8_t> bytes, const std::string& file, const NirReading& reading)
      : reading_(reading),
        limits_(reading.limits),
        in_(bytes, file,
            {.values = reading.limits.synapses,
             .members =
                 std::uint64_t{2} * reading.limits.populations + 4u * reading.limits.projections}),
        graph_(nir::read_graph(in_, limits_)),
        values_(in_, graph_, limits_) {}

  NirNetwork run() {
    result_.warnings = graph_.warnings;
    find_step();
    for (const std::size_t n : graph_.populations) read_population(graph_.nodes[n]);
    for (std::uint32_t p = 0; p < graph_.populations.size(); ++p) take_neuron_delays(p);
    nir::Ways ways = nir::read_ways(in_, graph_, limits_, values_, neuron_delays_);
    add_readouts(ways);
    for (Way& way : ways.ways) read_projection(std::move(way));
    for (const nir::Constant& constant : ways.constants) take_constant(constant);
    add_starts();
    if (steps()) break_cycles();
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& path, const std::string& message) const {
    in_.fail(path, message);
  }

  // --- time ---

  bool steps() const { return reading_.steps.has_value(); }
  Time dt() const { return result_.step; }

  void find_step() {
    if (!steps()) return;
    result_.step = reading_.steps->dt;
    if (result_.step > 0.0) return;
    const std::string path = "/node/metadata/dt";
    if (!in_.has(path))
      fail("/node",
           "a network of steps needs the length of one, and the file has none in "
           "metadata/dt; write dt = \"1 ms\", say, in [network]");
    const std::vector<double> given = values_.list(path, 1);
    result_.step = given[0] * second;
    if (!(result_.step >= 1e-3 && result_.step <= 1e9))
      fail(path, fmt::format("a step lasts {} s; 1e-6 s and more are possible", given[0]));
  }

  // How much of a signal that is there for a whole step the neuron has taken up at its end: 1 - decay
  // factor.
  std::vector<double> taken_up(const Node& node, const std::vector<double>& taus,
                               const std::string& key) const {
    std::vector<double> result;
    result.reserve(taus.size());
    for (std::size_t k = 0; k < taus.size(); ++k) {
      const bool euler = reading_.steps->decay == NirDecay::euler;
      const double share = euler ? dt() / taus[k] : -std::expm1(-dt() / taus[k]);
      if (share > 1.0 + 1e-9)
        fail(joined(node.path, key),
             fmt::format(
                 "value {} is {:g} ms, shorter than the step of {:g} ms: forward Euler would "
                 "turn the sign of what is left in each step. Write a shorter dt in "
                 "[network], or decay = \"exponential\"",
                 k, taus[k], dt()));
      result.push_back(std::min(share, 1.0));
    }
    return result;
  }

  // The time constant that leaves 1 - share after a step; of nothing, one that leaves no double.
  Time time_constant(double share) const {
    return share < 1.0 ? -dt() / std::log1p(-share) : dt() / 800.0;
  }

  // What a spike amounts to, as long as it lasts; in a network of steps it lasts one.
  double height() const { return reading_.spike_width.value_or(dt()) / dt(); }
  double area() const { return reading_.spike_width.value_or(second) / second; }  // s

  // --- populations ---

  std::uint32_t count(std::uint64_t size, const std::string& path) {
    if (size == 0) fail(path, "it has no neuron; a node of neurons has at least one");
    neurons_ += std::min(size, std::uint64_t{limits_.neurons} + 1);
    if (neurons_ > limits_.neurons)
      throw LimitError("neurons", limits_.neurons, static_cast<double>(neurons_),
                       fmt::format("the graph has more than {} neurons", limits_.neurons));
    return static_cast<std::uint32_t>(size);
  }

  std::vector<double> list(const Node& node, const char* key, std::size_t size) const {
    return values_.list(joined(node.path, key), size);
  }
  // Of a parameter that may be left out.
  std::vector<double> list(const Node& node, const char* key, std::size_t size,
                           double usual) const {
    return in_.has(joined(node.path, key)) ? list(node, key, size)
                                           : std::vector<double>(size, usual);
  }

  std::vector<double> time_constants(const Node& node, const char* key, std::size_t size) const {
    const ParameterRange& range = traits(ParameterKind::tau_mem).range;
    return values_.times(node, key, size, range.low, range.high);
  }

  void read_population(const Node& node) {
    PopulationSpec spec;
    spec.name = node.name;
    const std::size_t index = graph_.populations[result_.populations.size()];
    spec.size = count(nir::size_of(values_.shape_of(index)), node.path);
    Gain gain;
    switch (node.type) {
      case Type::input:
        spec.model = Model::input;
        break;
      case Type::cuba_lif:
      case Type::cuba_li:
        gain = steps() ? read_cuba_steps(node, spec) : read_cuba(node, spec);
        break;
      case Type::threshold:
        gain = read_threshold_node(node, spec);
        break;
      default:
        gain = read_jumping(node, spec);
    }
    if (spec.model->fires() && !spec.model->is_input()) read_threshold(node, spec);
    gains_.push_back(std::move(gain));
    result_.populations.push_back(std::move(spec));
  }

  // tau_syn dI/dt = -I + w_in S, tau_mem dv/dt = v_leak - v + r I; our I is r I.
  Gain read_cuba(const Node& node, PopulationSpec& spec) const {
    spec.model = node.type == Type::cuba_lif ? Model::cuba_lif : Model::cuba_li;
    spec.tau_mem = time_constants(node, "tau_mem", spec.size);
    spec.tau_syn = time_constants(node, "tau_syn", spec.size);
    spec.bias = list(node, "v_leak", spec.size);
    const std::vector<double> r = list(node, "r", spec.size),
                              w_in = list(node, "w_in", spec.size, 1.0),
                              tau_syn = list(node, "tau_syn", spec.size);  // s
    Gain gain;
    for (std::size_t k = 0; k < spec.size; ++k) {
      // The quotient first, which is 1 in what is written here.
      gain.spike.push_back(checked(node, k, r[k] * (w_in[k] / tau_syn[k]) * area()));
      gain.constant.push_back(checked(node, k, r[k] * w_in[k]));
      gain.start.push_back(-gain.constant.back());
    }
    return gain;
  }

  // In steps, with a = share of tau_syn and c that of tau_mem,
  //   I := (1 - a) I + a w_in S,   v := (1 - c) v + c (v_leak + r I).
  // The neuron with those time constants that decay as much in a step does the same, step by step,
  // if an arrival of weight w stands for a jump of v of w K(dt) (engine/stepped).
  Gain read_cuba_steps(const Node& node, PopulationSpec& spec) const {
    const std::vector<double> tau_mem = time_constants(node, "tau_mem", spec.size),
                              tau_syn = time_constants(node, "tau_syn", spec.size);
    const std::vector<double> c = taken_up(node, tau_mem, "tau_mem"),
                              a = taken_up(node, tau_syn, "tau_syn");
    const std::vector<double> r = list(node, "r", spec.size),
                              w_in = list(node, "w_in", spec.size, 1.0);
    spec.bias = list(node, "v_leak", spec.size);
    const bool fires = node.type == Type::cuba_lif;
    // Nothing of a current is left after a step: it is a jump of v.
    const bool jumps = std::all_of(a.begin(), a.end(), [](double share) { return share == 1.0; });
    spec.model = jumps ? fires ? Model::lif : Model::li : fires ? Model::cuba_lif : Model::cuba_li;
    spec.tau_mem.clear();
    spec.tau_syn.clear();
    Gain gain;
    for (std::size_t k = 0; k < spec.size; ++k) {
      spec.tau_mem.push_back(time_constant(c[k]));
      spec.tau_syn.push_back(time_constant(a[k]));
      CubaLif neuron{.tau_mem = spec.tau_mem[k], .tau_syn = spec.tau_syn[k]};
      neuron.derive();
      const double kernel = jumps ? 1.0 : neuron.propagator(dt()).kernel;
      gain.spike.push_back(checked(node, k, c[k] * r[k] * a[k] * w_in[k] * height() / kernel));
      gain.constant.push_back(checked(node, k, r[k] * w_in[k]));
      // Before the first step there is nothing of the constant, a step later (1 - a) is missing.
      gain.start.push_back(jumps ? 0.0 : -c[k] * gain.constant[k] * (1.0 - a[k]) / kernel);
    }
    return gain;
  }

  // LIF, LI: tau dv/dt = v_leak - v + r S.  IF, I: dv/dt = r S, in s.
  Gain read_jumping(const Node& node, PopulationSpec& spec) const {
    const bool leaks = node.type == Type::lif || node.type == Type::li;
    const bool fires = node.type == Type::lif || node.type == Type::if_;
    spec.model = leaks   ? fires ? Model::lif : Model::li
                 : fires ? Model::integrate_fire
                         : Model::integrator;
    const std::vector<double> r = list(node, "r", spec.size);
    Gain gain{{}, r, {}};
    if (!leaks) {
      spec.tau_mem = {second};
      for (std::size_t k = 0; k < spec.size; ++k)
        gain.spike.push_back(
            checked(node, k, r[k] * (steps() ? height() * dt() / second : area())));
      return gain;
    }
    spec.tau_mem = time_constants(node, "tau", spec.size);
    spec.bias = list(node, "v_leak", spec.size);
    if (steps()) {
      const std::vector<double> c = taken_up(node, spec.tau_mem, "tau");
      for (std::size_t k = 0; k < spec.size; ++k) {
        spec.tau_mem[k] = time_constant(c[k]);
        gain.spike.push_back(checked(node, k, c[k] * r[k] * height()));
      }
    } else {
      const std::vector<double> tau = list(node, "tau", spec.size);  // s
      for (std::size_t k = 0; k < spec.size; ++k)
        gain.spike.push_back(checked(node, k, r[k] * area() / tau[k]));
    }
    return gain;
  }

  // 1 while its input is at the threshold or above: in steps a neuron that remembers nothing.
  Gain read_threshold_node(const Node& node, PopulationSpec& spec) const {
    if (!steps())
      fail(node.path,
           "a Threshold gives a level for as long as its input is high, which is no spike "
           "in continuous time; write reading = \"steps\" in [network], or make it an IF");
    spec.model = Model::lif;
    spec.tau_mem = {time_constant(1.0)};
    return {std::vector<double>(spec.size, height()), std::vector<double>(spec.size, 1.0), {}};
  }

  double checked(const Node& node, std::size_t k, double gain) const {
    if (!std::isfinite(gain))
      fail(node.path, fmt::format("neuron {}: the factor of its weights, from r, w_in and time "
                                  "constants, is not finite; scale them",
                                  k));
    return gain;
  }

  void read_threshold(const Node& node, PopulationSpec& spec) const {
    const char* key = node.type == Type::threshold ? "threshold" : "v_threshold";
    spec.v_threshold = list(node, key, spec.size);
    spec.v_reset = list(node, "v_reset", spec.size, 0.0);
    for (std::size_t k = 0; k < spec.size; ++k) {
      if (!(spec.v_threshold[k] > 0.0))
        fail(joined(node.path, key),
             fmt::format("value {} is {}; v starts at 0, so it must be above", k,
                         spec.v_threshold[k]));
      if (!(spec.v_reset[k] < spec.v_threshold[k]))
        fail(joined(node.path, "v_reset"),
             fmt::format("value {} is {}; it must be below v_threshold, {}", k, spec.v_reset[k],
                         spec.v_threshold[k]));
      if (steps() && reading_.steps->fire == NirFire::above)
        spec.v_threshold[k] =
            std::nextafter(spec.v_threshold[k], std::numeric_limits<double>::infinity());
    }
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
    const auto take = [&](std::size_t delay) {
      neuron_delays_.insert(delay);
      return values_.times(graph_.nodes[delay], "delay", spec.size, 0.0, any_delay);
    };
    std::vector<std::size_t> to;
    for (const std::size_t n : node.to)
      if (graph_.nodes[n].type != Type::output) to.push_back(n);
    if (spec.model->fires() && to.size() == 1 &&
        is_neuron_delay(to[0], graph_.nodes[to[0]].from, "axonal_delay"))
      spec.axonal_delay = take(to[0]);
    if (node.type != Type::input && node.from.size() == 1 &&
        !neuron_delays_.contains(node.from[0]) &&
        is_neuron_delay(node.from[0], graph_.nodes[node.from[0]].to, "dendritic_delay"))
      spec.dendritic_delay = take(node.from[0]);
  }

  // An Output that weighted signals reach adds them up; others name a population that is read.
  void add_readouts(nir::Ways& ways) {
    std::set<std::size_t> sums;
    for (const Way& way : ways.ways)
      if (graph_.nodes[way.target].type == Type::output && way.signal.weighted)
        sums.insert(way.target);
    for (const nir::Constant& constant : ways.constants)
      if (graph_.nodes[constant.target].type == Type::output) sums.insert(constant.target);
    for (const std::size_t output : sums) {
      const Node& node = graph_.nodes[output];
      PopulationSpec spec;
      spec.name = node.name;
      spec.model = Model::integrator;
      spec.size = count(nir::size_of(values_.shape_of(output)), node.path);
      spec.tau_mem = {steps() ? dt() : second};
      gains_.push_back(
          {std::vector<double>(spec.size, 1.0), std::vector<double>(spec.size, 1.0), {}});
      graph_.population_of[output] = static_cast<std::uint32_t>(result_.populations.size());
      result_.populations.push_back(std::move(spec));
    }
    for (const Way& way : ways.ways)
      if (graph_.nodes[way.target].type == Type::output)
        result_.outputs.push_back(
            graph_.population_of.at(sums.contains(way.target) ? way.target : way.source));
    std::sort(result_.outputs.begin(), result_.outputs.end());
    result_.outputs.erase(std::unique(result_.outputs.begin(), result_.outputs.end()),
                          result_.outputs.end());
    std::erase_if(ways.ways, [&](const Way& way) {
      return graph_.nodes[way.target].type == Type::output && !sums.contains(way.target);
    });
  }

  // --- projections ---

  void read_projection(Way way) {
    const std::uint32_t source = graph_.population_of.at(way.source),
                        target = graph_.population_of.at(way.target);
    NirNetwork::Projection projection{way.name, source, target, {}, false};
    spend(way.signal.entries.size());
    projection.synapses.reserve(way.signal.entries.size());
    const std::vector<double>& gain = gains_[target].spike;
    double rounded = 0.0;
    for (const nir::Entry& e : way.signal.entries) {
      double delay = e.delay;
      if (steps()) {
        delay = nearest_step(e.delay, dt()) * dt();
        rounded = std::max(rounded, std::fabs(delay - e.delay));
      }
      projection.delayed |= delay > 0.0;
      projection.synapses.push_back({e.source, e.target, e.weight * gain[e.target], delay});
    }
    if (rounded > 1e-6 * dt())
      result_.warnings.push_back(
          fmt::format("{}: its delays are no whole steps of {:g} ms and were rounded to such, by "
                      "{:g} ms at most",
                      way.name, dt(), rounded));
    result_.projections.push_back(std::move(projection));
  }

  void take_constant(const nir::Constant& constant) {
    const std::uint32_t p = graph_.population_of.at(constant.target);
    PopulationSpec& spec = result_.populations[p];
    const Gain& gain = gains_[p];
    if (spec.bias.size() != spec.size) spec.bias.assign(spec.size, spec.bias.front());
    for (std::size_t k = 0; k < spec.size; ++k)
      spec.bias[k] += gain.constant[k] * constant.values[k];
    if (!gain.start.empty()) {
      std::vector<double>& start = starts_[p];
      start.resize(spec.size, 0.0);
      for (std::size_t k = 0; k < spec.size; ++k) start[k] += gain.start[k] * constant.values[k];
    }
    if (constant.delayed)
      result_.warnings.push_back(
          fmt::format("{}: its bias reaches {} through a Delay; here it is there from the start",
                      graph_.nodes[constant.from].name, spec.name));
  }

  // A constant that settles with tau_syn is a bias and a spike at the start that takes away what is
  // not there yet.
  void add_starts() {
    for (const auto& [target, start] : starts_) {
      std::vector<SynapseSpec> synapses;
      for (std::uint32_t k = 0; k < start.size(); ++k)
        if (start[k] != 0.0) synapses.push_back({0, k, start[k], 0.0});
      if (synapses.empty()) continue;
      std::string name = result_.populations[target].name + ".start";
      while (std::any_of(result_.populations.begin(), result_.populations.end(),
                         [&](const PopulationSpec& p) { return p.name == name; }) ||
             std::any_of(result_.projections.begin(), result_.projections.end(),
                         [&](const NirNetwork::Projection& p) { return p.name == name; }))
        name += "_";
      PopulationSpec spec;
      spec.name = name;
      spec.model = Model::input;
      spec.size = count(1, "/node");
      spend(synapses.size());
      const auto source = static_cast<std::uint32_t>(result_.populations.size());
      result_.starts.push_back(source);
      result_.populations.push_back(std::move(spec));
      result_.projections.push_back({name, source, target, std::move(synapses), false});
    }
  }

  // In a network of steps what goes back to neurons that it came from, or to earlier ones, acts one
  // step later.
  void break_cycles() {
    using Connections = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
    Connections connections(result_.populations.size());
    for (const NirNetwork::Projection& p : result_.projections)
      boost::add_edge(p.source, p.target, connections);
    std::vector<std::size_t> component(result_.populations.size());
    boost::strong_components(
        connections, boost::make_iterator_property_map(component.begin(),
                                                       get(boost::vertex_index, connections)));
    for (NirNetwork::Projection& p : result_.projections) {
      if (component[p.source] != component[p.target] || p.source < p.target) continue;
      for (SynapseSpec& s : p.synapses)
        if (s.delay == 0.0) s.delay = dt();
    }
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
  nir::Values values_;
  std::vector<Gain> gains_;  // by population
  std::set<std::size_t> neuron_delays_;
  std::map<std::uint32_t, std::vector<double>> starts_;  // by population
  std::uint64_t neurons_ = 0, synapses_ = 0;
  NirNetwork result_;
};

}  // namespace

NirNetwork read_nir(std::span<const std::uint8_t> bytes, const std::string& file,
                    const NirReading& reading) {
  return NirReader(bytes, file, reading).run();
}

}  // namespace retrograde
