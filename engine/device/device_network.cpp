#include <algorithm>

#include <retrograde/engine/device/device_network.hpp>
#include <retrograde/engine/device/packing.hpp>

namespace retrograde {

namespace {

FeedView view_of(Packing& packing, const Network& network, const WindowFeed& feed) {
  const Projection& p = network.projections()[feed.projection];
  const auto weights = network.parameters(ParameterKind::weight).subspan(p.first, p.size);
  FeedView view{};
  view.weight = packing.put_large(weights);
  view.delay = packing.put_large(std::span<const double>(delays_of(network, feed), p.size));
  view.co_moving = packing.put_large(feed.co_moving);
  if (!feed.dense) {
    view.rows = packing.put_large(p.rows);
    view.targets = packing.put_large(p.targets);
  }
  view.row_size = feed.row_size;
  view.target_first = feed.target_first;
  view.source = feed.source;
  view.frame = static_cast<std::uint32_t>(feed.frame);
  view.source_first = network.populations()[feed.source].first;
  view.synapse_first = p.first;
  view.synapses = p.size;
  view.max_delay = feed.max_delay;
  view.max_weight = feed.max_weight;
  view.internal = feed.internal;
  return view;
}

const FeedView* put_feeds(Packing& packing, const Network& network,
                          std::span<const WindowFeed> feeds) {
  std::vector<FeedView> views;
  for (const WindowFeed& feed : feeds) views.push_back(view_of(packing, network, feed));
  return packing.put(views);
}

LayerView view_of(Packing& packing, const Network& network, const WindowLayer& layer,
                  std::span<const std::uint32_t> ranks) {
  LayerView view{};
  view.size = static_cast<std::uint32_t>(layer.size());
  view.slots = layer.slots;
  view.feed_count = static_cast<std::uint32_t>(layer.feeds.size());
  view.frame_count = static_cast<std::uint32_t>(layer.frames.size());
  view.sparse = !std::ranges::all_of(layer.feeds, &WindowFeed::dense);
  view.window = layer.window;
  view.feeds = put_feeds(packing, network, layer.feeds);
  view.frames = packing.put(layer.frames);
  view.models = packing.put(layer.models);
  view.fall_mem = packing.put(layer.fall_mem);
  view.fall_syn = packing.put(layer.fall_syn);
  view.neurons = packing.put(layer.neurons);
  std::vector<ShortFlow> flows;
  std::vector<WindowFlow> whole;
  std::vector<std::uint32_t> of_rank, home, place, frame_of;
  for (std::size_t n = 0; n < layer.size(); ++n) {
    flows.push_back(layer.flows[n]);
    whole.push_back(
        {layer.mem[n], layer.syn[n], layer.kernel[n], layer.bias[n], layer.flows.rate_mem[n]});
    of_rank.push_back(ranks[layer.neurons[n]]);
    home.push_back(network.population_of(layer.neurons[n]));
    place.push_back(layer.neurons[n] - network.populations()[home.back()].first);
  }
  for (std::uint32_t f = 0; f < layer.frames.size(); ++f) frame_of.resize(layer.frames[f].end, f);
  view.flows = packing.put(flows);
  view.whole = packing.put(whole);
  view.ranks = packing.put(of_rank);
  view.home = packing.put(home);
  view.place = packing.put(place);
  view.frame_of = packing.put(frame_of);
  view.errors = ErrorRates(layer);
  return view;
}

}  // namespace

DeviceNetwork::DeviceNetwork(const std::shared_ptr<Device>& device, const Network& network,
                             const WindowPlan& plan, std::span<const std::uint32_t> ranks) {
  memory_ = Packing::make(device, [&](Packing& packing) {
    layers_.clear();
    readout_feeds_.clear();
    for (const WindowLayer& layer : plan.layers)
      layers_.push_back(view_of(packing, network, layer, ranks));
    for (const WindowReadout& readout : plan.readouts)
      readout_feeds_.push_back(put_feeds(packing, network, readout.feeds));
    view_.layers = packing.put(layers_);
    view_.layer_count = static_cast<std::uint32_t>(layers_.size());
    view_.population_count = static_cast<std::uint32_t>(network.populations().size());
  });
}

}  // namespace retrograde
