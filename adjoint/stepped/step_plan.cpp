#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/adjoint/stepped/step_plan.hpp>
#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/engine/trial/time_grid.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

bool acts_on_voltage(Model model) {
  return model == Model::lif || model == Model::li || model == Model::integrate_fire ||
         model == Model::integrator;
}
bool leaks(Model model) { return model != Model::integrate_fire && model != Model::integrator; }

void check_model(const Population& p) {
  const bool known = p.model->is_input() || acts_on_voltage(p.model) ||
                     p.model == Model::cuba_lif || p.model == Model::cuba_li;
  if (!known)
    throw NetworkError(p.name, fmt::format("{} does not go in steps with surrogate gradients; take "
                                           "cuba_lif, cuba_li, lif or li, or method = \"exact\"",
                                           name(p.model)));
  std::size_t decaying = 0;
  for (const SynapseShape shape : p.receptors) {
    if (shape == SynapseShape::alpha)
      throw NetworkError(p.name,
                         "alpha synapses do not go in steps with surrogate gradients; take "
                         "exponential ones, or method = \"exact\"");
    decaying += decays(shape);
  }
  if (decaying > 1)
    throw NetworkError(p.name,
                       "it has several exponential receptors, and goes in steps with one at most; "
                       "take one, or method = \"exact\"");
}

// The constants of one neuron.
void add_neuron(const Network& network, const Population& p, NeuronId n, Time step,
                StepPopulation& cells) {
  const auto value = [&](ParameterKind kind) {
    return p.has(kind) ? network.parameter(kind, n) : traits(kind).usual;
  };
  const bool at_once = acts_on_voltage(p.model), leaky = leaks(p.model);
  CubaLif neuron;
  neuron.tau_mem = value(ParameterKind::tau_mem);
  for (std::size_t r = 0; r < p.receptors.size(); ++r)
    if (decays(p.receptors[r])) neuron.tau_syn = value(receptor_kinds[r]);
  neuron.derive();
  const CubaLif::Propagator flow = neuron.propagator(step);
  const double mem = leaky ? flow.mem : 1.0, kernel = at_once ? 1.0 : flow.kernel,
               syn = at_once ? 0.0 : flow.syn, bias = value(ParameterKind::bias);
  const double left = leaky ? -std::expm1(-neuron.rate_mem * step) : neuron.rate_mem * step;
  const auto add = [](std::vector<float>& to, double x) { to.push_back(static_cast<float>(x)); };
  add(cells.rest, leaky ? bias : 0.0);
  add(cells.mem, mem);
  add(cells.growth, leaky ? 0.0 : bias * left);
  add(cells.kernel, kernel);
  add(cells.syn, syn);
  add(cells.held_kernel, left);
  const bool fires = p.model->fires();
  add(cells.threshold,
      fires ? value(ParameterKind::v_threshold) : std::numeric_limits<double>::infinity());
  add(cells.reset, fires ? value(ParameterKind::v_reset) : 0.0);
  const double refractory = fires ? nearest_step(value(ParameterKind::t_ref), step) : 0.0;
  cells.refractory.push_back(static_cast<std::uint32_t>(std::min(refractory, 1e9)));
  cells.steady.push_back(kernel / ((1.0 - syn) * left));
  cells.held_steady.push_back(1.0);
}

StepPopulation population_of(const Network& network, const Population& p, Time step) {
  StepPopulation cells;
  cells.first = p.first;
  cells.size = p.size;
  cells.input = p.model->is_input();
  cells.fires = !cells.input && p.model->fires();
  if (cells.input) return cells;
  for (std::uint32_t k = 0; k < p.size; ++k) add_neuron(network, p, p.first + k, step, cells);
  return cells;
}

// Strongly connected components of populations, causes first.
std::vector<std::vector<std::uint32_t>> layers_of(const Network& network) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  Graph graph(network.populations().size());
  for (const Projection& p : network.projections()) add_edge(p.source, p.target, graph);
  std::vector<std::uint32_t> component(num_vertices(graph));
  const auto count = static_cast<std::size_t>(boost::strong_components(
      graph,
      boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, graph))));
  std::vector<std::vector<std::uint32_t>> layers(count);
  for (std::uint32_t p = 0; p < component.size(); ++p)
    if (!network.populations()[p].model->is_input()) layers[component[p]].push_back(p);
  std::erase_if(layers, [](const auto& layer) { return layer.empty(); });
  std::reverse(layers.begin(), layers.end());  // components are numbered sinks first
  return layers;
}

}  // namespace

StepPlan::StepPlan(const Network& network, Time step) : layers(layers_of(network)) {
  for (const Population& p : network.populations()) {
    check_model(p);
    populations.push_back(population_of(network, p, step));
  }
  std::vector<std::size_t> layer_of(populations.size(), layers.size());
  for (std::size_t l = 0; l < layers.size(); ++l)
    for (const std::uint32_t p : layers[l]) layer_of[p] = l;
  for (std::uint32_t k = 0; k < network.projections().size(); ++k) {
    const Projection& p = network.projections()[k];
    const SynapseShape shape = network.populations()[p.target].receptors[p.receptor];
    StepLink link{k, p.source, p.target};
    link.held = shape == SynapseShape::step;
    link.recurrent = layer_of[p.source] == layer_of[p.target];
    if (link.held && !populations[p.source].input)
      throw NetworkError(p.name,
                         "spikes of neurons at a step receptor do not go in steps; let inputs "
                         "alone reach it, or take method = \"exact\"");
    (link.held ? populations[p.target].held : populations[p.target].impulses) = true;
    links.push_back(link);
  }
}

}  // namespace retrograde
