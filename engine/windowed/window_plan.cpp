#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

#include <retrograde/engine/network/cuba_lif_neurons.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/windowed/window_plan.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// A window below this part of the shortest time constant is not worth its overhead.
constexpr double smallest_window = 1.0 / 512.0;

// Windows of the slowest time constant beyond which a layer is stiff.
constexpr double stiff_above = 256.0;

// Layer of every population; a layer's number is above those of the layers it influences.
std::vector<int> layers_of(const Network& network, std::span<const ProjectionExtent> whole) {
  const std::size_t count = network.populations().size();
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> graph(count);
  for (std::size_t k = 0; k < network.projections().size(); ++k)
    if (const Projection& p = network.projections()[k]; synapses_of(network, whole, k) > 0)
      add_edge(p.source, p.target, graph);
  std::vector<int> layer(count);
  boost::strong_components(
      graph, boost::make_iterator_property_map(layer.begin(), get(boost::vertex_index, graph)));
  return layer;
}

WindowFeed make_feed(const Network& network, std::uint32_t index,
                     std::span<const ProjectionExtent> whole) {
  const Projection& p = network.projections()[index];
  const Population& source = network.populations()[p.source];
  const Population& target = network.populations()[p.target];
  WindowFeed feed;
  feed.projection = index;
  feed.source = p.source;
  feed.dense = !p.multapses &&
               synapses_of(network, whole, index) == std::uint64_t{source.size} * target.size;
  if (feed.dense && p.size > 0) {
    feed.first_target = p.targets.front();
    feed.row_size = p.rows[1] - p.rows[0];
  }
  const auto part = [&](ParameterKind kind, const Population& population) {
    return network.parameters(kind).subspan(population.first, population.size);
  };
  const std::span<const double> axonal = part(ParameterKind::axonal_delay, source),
                                dendritic = part(ParameterKind::dendritic_delay, target);
  const auto is_zero = [](double d) { return d == 0.0; };
  if (!std::ranges::all_of(axonal, is_zero) || !std::ranges::all_of(dendritic, is_zero)) {
    feed.delays.resize(p.size);
    for (std::uint32_t i = 0; i < source.size; ++i)
      for (SynapseId k = p.rows[i]; k < p.rows[i + 1]; ++k)
        feed.delays[k] = axonal[i] + network.delay(p.first + k) + dendritic[p.targets[k]];
  }
  if (!whole.empty()) {
    feed.min_delay = whole[index].min_delay;
    feed.max_delay = whole[index].max_delay;
    feed.max_weight = whole[index].max_weight;
    return feed;
  }
  const double* delay = delays_of(network, feed);
  const double* weight = network.parameters(ParameterKind::weight).data() + p.first;
  for (SynapseId k = 0; k < p.size; ++k) {
    feed.max_weight = std::max(feed.max_weight, std::fabs(weight[k]));
    feed.min_delay = std::min(feed.min_delay, delay[k]);
    feed.max_delay = std::max(feed.max_delay, delay[k]);
  }
  return feed;
}

// The weights of a feed into a co-moving frame, times e^(rate delay) for both rates: that of whole
// windows from a table, and back from there to the delay by the short exponential.
std::vector<double> co_moving_weights(const Network& network, const WindowFeed& feed,
                                      const WindowFrame& frame, Time window) {
  std::vector<double> of_mem, of_syn;
  for (double windows = 0.0; (windows - 1.0) * window <= feed.max_delay; ++windows) {
    of_mem.push_back(growth(frame.rate_mem, windows * window));
    of_syn.push_back(growth(frame.rate_syn, windows * window));
  }
  const Projection& p = network.projections()[feed.projection];
  const double* delay = delays_of(network, feed);
  const double* weight = network.parameters(ParameterKind::weight).data() + p.first;
  std::vector<double> result(2 * std::size_t{p.size});
  for_each_stretch(0, p.size, [&](std::size_t begin, std::size_t end) {
    for (std::size_t k = begin; k < end; ++k) {
      const auto windows = static_cast<std::size_t>(delay[k] / window) + 1;
      const Time back = static_cast<double>(windows) * window - delay[k];
      result[2 * k] = weight[k] * (of_mem[windows] * short_exp(frame.rate_mem * back));
      result[2 * k + 1] = weight[k] * (of_syn[windows] * short_exp(frame.rate_syn * back));
    }
  });
  return result;
}

// Which populations have a co-moving frame: their neurons share two time constants that differ, and
// all that reaches them does so over dense projections, whose delays the growth bears.
void choose_frames(const Network& network, WindowLayer& layer) {
  for (std::size_t p = 0; p < layer.frames.size(); ++p) {
    WindowFrame& frame = layer.frames[p];
    const CubaLif& first = layer.models[frame.begin];
    frame.rate_mem = first.rate_mem;
    frame.rate_syn = first.rate_syn;
    frame.gain = gain_of(first);
    frame.apart = true;
    frame.co_moving = !layer.stiff;
    for (std::size_t n = frame.begin; n < frame.end; ++n) {
      const CubaLif& neuron = layer.models[n];
      frame.apart &= std::fabs(gain_of(neuron)) <= largest_gain;
      frame.co_moving &= neuron.rate_mem == frame.rate_mem && neuron.rate_syn == frame.rate_syn;
    }
    frame.co_moving &= frame.apart;
    for (const WindowFeed& feed : layer.feeds)
      if (feed.frame == p)
        frame.co_moving &= feed.dense && feed.max_delay * first.fastest_rate() <= longest_growth;
    if (!frame.co_moving) continue;
    for (WindowFeed& feed : layer.feeds)
      if (feed.frame == p) feed.co_moving = co_moving_weights(network, feed, frame, layer.window);
  }
}

// The largest power of two that is at most x.
Time power_of_two(double x) {
  int exponent = 0;
  std::frexp(x, &exponent);
  return std::ldexp(1.0, exponent - 1);
}

std::string choose_window(const Network& network, std::span<const ProjectionExtent> whole,
                          WindowLayer& layer) {
  double fastest = 0.0;
  for (const CubaLif& n : layer.models) fastest = std::fmax(fastest, n.fastest_rate());
  const double longest = short_flow_limit / fastest;
  Time lookahead = never;
  for (const WindowFeed& feed : layer.feeds) {
    layer.max_delay = std::fmax(layer.max_delay, feed.max_delay);
    if (!feed.internal || !(feed.min_delay < lookahead)) continue;
    lookahead = feed.min_delay;
    if (lookahead >= smallest_window / fastest) continue;
    return fmt::format(
        "{} has a delay of {} ms inside a cycle, which leaves a windowed scheduler next to no "
        "lookahead; keep such delays above {:.3g} ms (delay_min for learned ones)",
        network.projections()[feed.projection].name, lookahead, smallest_window / fastest);
  }
  layer.window = power_of_two(std::fmin(longest, lookahead));
  double slowest = never;
  for (const CubaLif& n : layer.models) slowest = std::fmin(slowest, n.rate_slow);
  layer.stiff = 1.0 / (slowest * layer.window) > stiff_above;
  const double reach = layer.max_delay / layer.window + 2.0;
  constexpr double most_slots = 1 << 16;
  // Over dense projections what is under way takes 32 bytes per neuron and slot; the way back keeps up to
  // 64 of any layer.
  const double bytes = 32.0 * 2.0 * reach * static_cast<double>(layer.size());
  double synapses = 0.0;
  for (std::size_t k = 0; k < network.projections().size(); ++k)
    synapses += static_cast<double>(synapses_of(network, whole, k));
  const double room = 256e6 + 64.0 * synapses;
  if (reach > most_slots || bytes > room)
    return fmt::format(
        "delays up to {:g} ms span {:.0f} windows of {:g} ms in the layer of {}, too many to keep; "
        "shorten them, or raise the shortest delay inside the layer",
        layer.max_delay, reach, layer.window,
        network.populations()[layer.populations.front()].name);
  layer.slots = 1;
  while (layer.slots < reach) layer.slots *= 2;
  // Places of lanes are counted in 32 bits.
  if (static_cast<double>(layer.slots) * static_cast<double>(layer.size()) >= 0x1p32)
    return fmt::format(
        "{} neurons in one layer, times {} windows under way, are too many to keep; "
        "shorten the delays, or raise the shortest inside the layer",
        layer.size(), layer.slots);
  return {};
}

// Why windows do not know the neurons of the network; empty: they do.
std::string unknown_neurons(const Network& network) {
  const auto& populations = network.populations();
  for (std::uint32_t p = 0; p < populations.size(); ++p)
    if (!populations[p].model->is_input() && !cuba_lif_dynamics(network, p))
      return fmt::format(
          "{} is a population of {}{}; windows know cuba_lif and cuba_li with one exponential "
          "receptor",
          populations[p].name, name(populations[p].model),
          populations[p].receptors.size() > 1 ? " with several receptors"
          : populations[p].receptors[0] != SynapseShape::exponential
              ? fmt::format(" with one {} receptor", name(populations[p].receptors[0]))
              : "");
  return {};
}

// The projections into a population that have synapses.
std::vector<std::uint32_t> projections_into(const Network& network,
                                            std::span<const ProjectionExtent> whole,
                                            std::uint32_t population) {
  std::vector<std::uint32_t> list;
  for (std::uint32_t k = 0; k < network.projections().size(); ++k)
    if (network.projections()[k].target == population && synapses_of(network, whole, k) > 0)
      list.push_back(k);
  return list;
}

WindowReadout make_readout(const Network& network, std::span<const ProjectionExtent> whole,
                           std::uint32_t population) {
  WindowReadout readout{population, {}};
  for (const std::uint32_t k : projections_into(network, whole, population))
    readout.feeds.push_back(make_feed(network, k, whole));
  return readout;
}

void add_neurons(const Network& network, WindowLayer& layer) {
  for (const std::uint32_t p : layer.populations) {
    const Population& population = network.populations()[p];
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      layer.neurons.push_back(n);
      layer.models.push_back(cuba_lif_neuron(network, n));
    }
  }
}

// In the order of the projections.
void add_feeds(const Network& network, std::span<const ProjectionExtent> whole,
               const std::vector<int>& layer_of, WindowLayer& layer) {
  NeuronId first = 0;
  for (const std::uint32_t p : layer.populations) {
    for (const std::uint32_t k : projections_into(network, whole, p)) {
      layer.feeds.push_back(make_feed(network, k, whole));
      layer.feeds.back().target_first = first;
      layer.feeds.back().frame = layer.frames.size();
      layer.feeds.back().internal = layer_of[layer.feeds.back().source] == layer_of[p];
    }
    layer.frames.push_back({first, first + network.populations()[p].size});
    first += network.populations()[p].size;
  }
  std::sort(layer.feeds.begin(), layer.feeds.end(),
            [](const WindowFeed& a, const WindowFeed& b) { return a.projection < b.projection; });
}

// What a window of the chosen length does to each neuron.
void tabulate(WindowLayer& layer) {
  for (const CubaLif& n : layer.models) {
    layer.alike &= n.rate_mem == layer.models[0].rate_mem && n.rate_syn == layer.models[0].rate_syn;
    layer.flows.add(ShortFlow(n));
    const CubaLif::Propagator window = ShortFlow(n).propagator(layer.window);
    layer.mem.push_back(window.mem);
    layer.syn.push_back(window.syn);
    layer.kernel.push_back(window.kernel);
    if (layer.stiff) {
      layer.fall_mem.push_back(-std::expm1(-n.rate_mem * layer.window));
      layer.fall_syn.push_back(-std::expm1(-n.rate_syn * layer.window));
    }
    layer.bias.push_back(n.bias);
    layer.v_threshold.push_back(n.v_threshold);
  }
}

}  // namespace

WindowPlan make_plan(const Network& network, std::span<const ProjectionExtent> whole) {
  WindowPlan plan;
  plan.obstacle = unknown_neurons(network);
  if (!plan.obstacle.empty()) return plan;

  const std::vector<int> layer_of = layers_of(network, whole);
  for (int l = 1 + *std::max_element(layer_of.begin(), layer_of.end()); l-- > 0;) {
    // Who is in it: inputs are given, and what never fires is read out.
    WindowLayer layer;
    for (std::uint32_t p = 0; p < network.populations().size(); ++p) {
      const Model model = network.populations()[p].model;
      if (layer_of[p] != l || model->is_input()) continue;
      if (model->fires())
        layer.populations.push_back(p);
      else
        plan.readouts.push_back(make_readout(network, whole, p));
    }
    if (layer.populations.empty()) continue;

    // What reaches it, the window that this allows, and what follows from the window.
    add_neurons(network, layer);
    add_feeds(network, whole, layer_of, layer);
    plan.obstacle = choose_window(network, whole, layer);
    if (!plan.obstacle.empty()) {
      plan.layers.clear();
      return plan;
    }
    choose_frames(network, layer);
    tabulate(layer);
    plan.layers.push_back(std::move(layer));
  }
  return plan;
}

std::string WindowPlan::obstacle_to(Time duration) const {
  constexpr double most_windows = 1e9;
  for (const WindowLayer& layer : layers)
    if (const double windows = duration / layer.window; windows > most_windows)
      return fmt::format("a trial of {:g} ms has {:.3g} windows of {:g} ms", duration, windows,
                         layer.window);
  return obstacle;
}

std::uint64_t synapses_of(const Network& network, std::span<const ProjectionExtent> whole,
                          std::size_t projection) {
  return whole.empty() ? network.projections()[projection].size : whole[projection].synapses;
}

const double* delays_of(const Network& network, const WindowFeed& feed) {
  return feed.delays.empty() ? network.parameters(ParameterKind::delay).data() +
                                   network.projections()[feed.projection].first
                             : feed.delays.data();
}

WindowRow row_of(const Network& network, const WindowFeed& feed, std::uint32_t i) {
  const Projection& p = network.projections()[feed.projection];
  const SynapseId begin = p.rows[i];
  WindowRow row;
  row.first = p.first + begin;
  row.size = p.rows[i + 1] - begin;
  row.weight = network.parameters(ParameterKind::weight).data() + row.first;
  row.delay = delays_of(network, feed) + begin;
  if (!feed.co_moving.empty()) row.co_moving = feed.co_moving.data() + 2 * std::size_t{begin};
  if (feed.dense)
    row.first_target = feed.first_target;
  else
    row.target = p.targets.data() + begin;
  return row;
}

WindowRow row_of(const Network& network, const WindowFeed& feed, std::uint32_t i,
                 std::size_t layer_begin, std::size_t layer_end) {
  WindowRow row = row_of(network, feed, i);
  if (row.size == 0) return row;  // of a part it may be, and then there are no targets to look at
  const std::uint32_t targets =
      network.populations()[network.projections()[feed.projection].target].size;
  const auto target_at = [&](std::size_t n) {
    return n < feed.target_first
               ? 0u
               : static_cast<std::uint32_t>(std::min<std::size_t>(n - feed.target_first, targets));
  };
  const std::uint32_t begin = target_at(layer_begin), end = target_at(layer_end);
  const std::uint32_t first = row.target ? row.target[0] : row.first_target;
  const std::uint32_t last =
      row.target ? row.target[row.size - 1] : first + static_cast<std::uint32_t>(row.size) - 1;
  if (first >= begin && last < end) return row;
  std::size_t from = 0, to = 0;
  if (row.target) {
    from = static_cast<std::size_t>(std::lower_bound(row.target, row.target + row.size, begin) -
                                    row.target);
    to = static_cast<std::size_t>(std::lower_bound(row.target, row.target + row.size, end) -
                                  row.target);
    row.target += from;
  } else {
    from = std::clamp(begin, first, last + 1) - first;
    to = std::clamp(end, first, last + 1) - first;
    row.first_target += static_cast<std::uint32_t>(from);
  }
  row.delay += from;
  row.weight += from;
  if (row.co_moving) row.co_moving += 2 * from;
  row.first += static_cast<SynapseId>(from);
  row.size = to - from;
  return row;
}

}  // namespace retrograde
