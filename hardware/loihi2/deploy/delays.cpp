#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <cmath>
#include <limits>

#include <retrograde/hardware/loihi2/deploy/delays.hpp>

namespace retrograde::loihi2 {

namespace {

// The recurrent component of each population. None leads to one with a higher number.
std::vector<std::uint32_t> components_of(const Network& network, std::uint32_t* count) {
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> graph(
      network.populations().size());
  for (const Projection& p : network.projections())
    if (p.size > 0) add_edge(p.source, p.target, graph);
  std::vector<std::uint32_t> component(network.populations().size());
  *count = boost::strong_components(
      graph, boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, graph)));
  return component;
}

// What one in the third digit of a number is: steps are named to people, and tried as they are named.
double third_digit(double value) { return std::pow(10.0, std::floor(std::log10(value)) - 2.0); }

double shortest_raw_delay(const Network& network, const Projection& projection,
                          const QuantizeOptions& options) {
  double shortest = std::numeric_limits<double>::infinity();
  for (SynapseId k = 0; k < projection.size; ++k)
    shortest = std::min(shortest, raw_delay(network, projection, k, options));
  return shortest;
}

}  // namespace

double raw_delay(const Network& network, const Projection& projection, SynapseId k,
                 const QuantizeOptions& options) {
  const Model source = network.populations()[projection.source].model;
  const double phase = source == Model::input ? 0.0 : options.spike_phase;
  return std::floor(network.total_delay(projection.first + k) / options.step + phase - 1.0 + 0.5);
}

std::vector<std::uint32_t> lags_of(const Network& network, const QuantizeOptions& options) {
  std::uint32_t components = 0;
  const std::vector<std::uint32_t> component = components_of(network, &components);

  // Projections between components, by the component that sends.
  std::vector<std::vector<const Projection*>> leaving(components);
  for (const Projection& p : network.projections())
    if (p.size > 0 && component[p.source] != component[p.target])
      leaving[component[p.source]].push_back(&p);

  // The longest path to each component, those that send before those that receive.
  std::vector<double> longest(components, 0.0);
  for (std::uint32_t c = components; c-- > 0;)
    for (const Projection* const p : leaving[c]) {
      double& lag = longest[component[p->target]];
      lag = std::max(lag, longest[c] - shortest_raw_delay(network, *p, options));
    }

  std::vector<std::uint32_t> lags;
  lags.reserve(component.size());
  for (const std::uint32_t c : component) lags.push_back(static_cast<std::uint32_t>(longest[c]));
  return lags;
}

Time longest_step_for(Time delay, double phase) {
  // delay / step + phase - 1 + 1/2 >= 0
  if (phase >= 0.5) return std::numeric_limits<Time>::infinity();
  const double step = delay / (0.5 - phase), digit = third_digit(step);
  return step > 0.0 ? std::floor(step / digit + 1e-9) * digit : 0.0;
}

Time shortest_step_for(Time delay, double lags) {
  // delay / step + phase - 1 + lags, rounded, is within the limit: a phase below 1/2 rounds it down.
  const double most = std::max(1.0, double{deployable_delay_limit} - std::max(lags, 0.0));
  const double step = delay / most;
  const double digit = third_digit(step);
  return std::ceil(step / digit - 1e-9) * digit;
}

}  // namespace retrograde::loihi2
