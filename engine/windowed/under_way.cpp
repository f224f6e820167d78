#include <algorithm>
#include <cmath>

#include <retrograde/engine/windowed/under_way.hpp>

namespace retrograde {

namespace {

constexpr std::size_t stage_size = 256;  // synapses that are computed before they are added

// Where the arrivals of one spike lie: the window, and the lane of it.
void locate(const WindowGrid& grid, Time time, std::size_t size, const double* __restrict delay,
            std::uint32_t lane_mask, std::uint32_t stride, std::uint32_t* __restrict window_of,
            std::uint32_t* __restrict place) {
  const Time rate = grid.rate;
  const int mask = static_cast<int>(lane_mask);
  for (int k = 0; k < static_cast<int>(size); ++k) {
    const int w = static_cast<int>((time + delay[k]) * rate);
    window_of[k] = static_cast<std::uint32_t>(w);
    place[k] = static_cast<std::uint32_t>(w & mask) * stride + static_cast<std::uint32_t>(k);
  }
}

// Whose rates an arrival meets: those of its target in a list, of consecutive targets, or of anybody.
enum class Targets { listed, consecutive, alike };

// What arrivals `left` ms before the end of their windows are worth then, at targets from `first` on.
template <Targets targets>
void weigh(const ShortFlows& flows, std::size_t first, std::size_t size,
           const std::uint32_t* __restrict target, const Time* __restrict left,
           const double* __restrict weight, double* __restrict v, double* __restrict i) {
  const double* __restrict rate_mem = flows.rate_mem.data() + first;
  const double* __restrict rate_slow = flows.rate_slow.data() + first;
  const double* __restrict rate_gap = flows.rate_gap.data() + first;
  const double* __restrict fall_syn = flows.fall_syn.data() + first;
  for (std::size_t k = 0; k < size; ++k) {
    const std::size_t n = targets == Targets::listed        ? target[k]
                          : targets == Targets::consecutive ? k
                                                            : 0;
    const double slow = weight[k] * short_exp(rate_slow[n] * left[k]);
    const double p = left[k] * short_phi(rate_gap[n] * left[k]);
    v[k] = slow * (rate_mem[n] * p);
    i[k] = slow * (1.0 - fall_syn[n] * p);
  }
}

}  // namespace

UnderWay::UnderWay(const Network& network, const WindowLayer& layer, const Trial& trial,
                   const std::vector<SpikeTrain>& trains, std::span<const Stretch> stretches)
    : network_(network), layer_(layer), trial_(trial), trains_(trains), grid_(layer.grid()) {
  bool sparse = false;
  for (const WindowFeed& feed : layer.feeds) {
    if (feed.dense) lane_mask_ = layer.slots - 1;
    sparse |= !feed.dense;
    walks_.push_back({ArrivalMarks(feed.row_size)});
  }
  lanes_.resize((lane_mask_ + std::size_t{1}) * layer.size());
  for (const WindowFrame& frame : layer.frames)
    if (frame.co_moving) fastest_ = std::fmax(fastest_, std::fmax(frame.rate_mem, frame.rate_syn));
  for (const auto& [begin, end] : stretches) {
    Chunk chunk;
    chunk.begin = begin;
    chunk.end = end;
    for (const WindowFeed& feed : layer.feeds)
      chunk.lists.emplace_back(feed.dense ? 0 : layer.slots);
    if (sparse) chunk.sought.resize(chunk.end - chunk.begin);
    chunks_.push_back(std::move(chunk));
  }
}

bool UnderWay::muted(const WindowFeed& feed, std::uint32_t source) const {
  return trial_.is_muted(network_.populations()[feed.source].first + source);
}

void UnderWay::admit(std::uint32_t w, ErrorBound& errors) {
  const Time from = grid_.begin(w), to = grid_.begin(w + 1);
  if ((to - base_) * fastest_ > frame_reach) move_base(from);
  for (std::size_t f = 0; f < walks_.size(); ++f) {
    const WindowFeed& feed = layer_.feeds[f];
    const SpikeTrain& train = trains_[feed.source];
    Walk& walk = walks_[f];
    walk.delivered = walk.admitted;
    Time late = 0.0, latest = 0.0;
    while (walk.admitted < train.times.size() && train.times[walk.admitted] < to) {
      if (!train.errors.empty()) {
        late += train.errors[walk.admitted];
        latest = std::fmax(latest, train.errors[walk.admitted]);
      }
      ++walk.admitted;
    }
    errors.admit(feed.max_weight, walk.admitted - walk.delivered, late, latest);
    // One window more, so that rounding never loses one.
    const Time oldest = from - feed.max_delay - grid_.window;
    while (walk.recent < walk.admitted && train.times[walk.recent] < oldest) ++walk.recent;
    if (feed.dense) walk.marks.extend(walk.recent, walk.admitted);
  }
}

// The base of co-moving frames moves on to `base`, with all that is under way.
void UnderWay::move_base(Time base) {
  for (const WindowFrame& frame : layer_.frames) {
    if (!frame.co_moving) continue;
    const double of_m = growth(frame.rate_mem, base_ - base);
    const double of_s = growth(frame.rate_syn, base_ - base);
    for (std::size_t begin = 0; begin < lanes_.size(); begin += layer_.size())
      for (std::size_t n = begin + frame.begin; n < begin + frame.end; ++n)
        lanes_[n] = {lanes_[n].m * of_m, lanes_[n].s * of_s, lanes_[n].size_m * of_m,
                     lanes_[n].size_s * of_s};
  }
  base_ = base;
}

void UnderWay::deliver(std::size_t chunk, std::uint32_t w) {
  Chunk& c = chunks_[chunk];
  for (std::size_t f = 0; f < walks_.size(); ++f) {
    const WindowFeed& feed = layer_.feeds[f];
    const SpikeTrain& train = trains_[feed.source];
    Walk& walk = walks_[f];
    const WindowFrame& reached = layer_.frames[feed.frame];
    if (reached.begin >= c.end || reached.end <= c.begin) continue;
    for (std::size_t k = walk.delivered; k < walk.admitted; ++k) {
      if (muted(feed, train.sources[k])) continue;
      const WindowRow row = row_of(network_, feed, train.sources[k], c.begin, c.end);
      if (!feed.dense)
        bring_sparse(feed, train.times[k], row, static_cast<std::uint32_t>(k), c.lists[f]);
      else if (row.size > 0)
        bring_dense(feed, train.times[k], row, walk.marks.row(k));
    }
    if (!c.lists[f].empty())
      c.lists[f].for_each_stretch(grid_.slot(w), [&](const Arrival* arrivals, std::size_t size) {
        add(arrivals, size, w);
      });
  }
}

void UnderWay::bring_dense(const WindowFeed& feed, Time time, const WindowRow& all,
                           std::uint8_t* marks) {
  std::uint32_t window_of[stage_size], place[stage_size];
  double m[stage_size], s[stage_size];
  Time left[stage_size];
  const auto stride = static_cast<std::uint32_t>(layer_.size());
  const WindowFrame& frame = layer_.frames[feed.frame];
  const double of_m = frame.co_moving ? growth(frame.rate_mem, time - base_) : 1.0;
  const double of_s = frame.co_moving ? growth(frame.rate_syn, time - base_) : 1.0;
  const Lane::Two of_spike{of_m, of_s};
  for (std::size_t base = 0; base < all.size; base += stage_size) {
    const WindowRow row = all.part(base, stage_size);
    const std::size_t first = feed.target_first + row.first_target;
    Lane* lanes = lanes_.data() + first;
    locate(grid_, time, row.size, row.delay, lane_mask_, stride, window_of, place);
    if (row.co_moving) {
      for (std::size_t k = 0; k < row.size; ++k) {
        const Lane::Two weights{row.co_moving[2 * k], row.co_moving[2 * k + 1]};
        lanes[place[k]].add(weights * of_spike);
      }
    } else {
      for (std::size_t k = 0; k < row.size; ++k)
        left[k] = grid_.begin(window_of[k] + 1) - (time + row.delay[k]);
      weigh<Targets::consecutive>(layer_.flows, first, row.size, nullptr, left, row.weight, m, s);
      for (std::size_t k = 0; k < row.size; ++k) lanes[place[k]].add(Lane::Two{m[k], s[k]});
    }
    std::uint8_t* mark = marks + (row.first_target - feed.first_target);
    for (std::size_t k = 0; k < row.size; ++k) mark[k] = static_cast<std::uint8_t>(window_of[k]);
  }
}

void UnderWay::bring_sparse(const WindowFeed& feed, Time time, const WindowRow& all,
                            std::uint32_t order, ArrivalLists& lists) const {
  Time arrival[stage_size];
  std::uint32_t slot_of[stage_size];
  const Time rate = grid_.rate;
  const int mask = static_cast<int>(grid_.mask);
  for (std::size_t base = 0; base < all.size; base += stage_size) {
    const WindowRow row = all.part(base, stage_size);
    for (std::size_t k = 0; k < row.size; ++k) {
      arrival[k] = time + row.delay[k];
      slot_of[k] = static_cast<std::uint32_t>(static_cast<int>(arrival[k] * rate) & mask);
    }
    for (std::size_t k = 0; k < row.size; ++k)
      lists.add(slot_of[k], {arrival[k], row.weight[k], feed.target_first + row.target[k], order});
  }
}

// A stretch of a list of window w, into its lanes.
void UnderWay::add(const Arrival* arrivals, std::size_t size, std::uint32_t w) {
  constexpr std::size_t most = ArrivalLists::block;
  Time left[most];
  std::uint32_t target[most];
  double weight[most], v[most], i[most];
  const Time end = grid_.begin(w + 1);
  for (std::size_t k = 0; k < size; ++k) {
    left[k] = end - arrivals[k].time;
    weight[k] = arrivals[k].weight;
    target[k] = arrivals[k].target;
  }
  if (layer_.alike)
    weigh<Targets::alike>(layer_.flows, 0, size, target, left, weight, v, i);
  else
    weigh<Targets::listed>(layer_.flows, 0, size, target, left, weight, v, i);
  Lane* lanes = lanes_.data() + slot(w) * layer_.size();
  for (std::size_t k = 0; k < size; ++k) lanes[target[k]].add(Lane::Two{v[k], i[k]});
}

void UnderWay::seek(std::size_t chunk, std::uint32_t w, std::span<const std::uint32_t> neurons) {
  Chunk& c = chunks_[chunk];
  c.found.clear();
  if (!c.sought.empty())
    for (const std::uint32_t n : neurons) c.sought[n - c.begin] = 1;
  for (std::size_t f = 0; f < walks_.size() && !neurons.empty(); ++f)
    c.lists[f].empty() ? seek_dense(c, f, w, neurons) : seek_sparse(c, f, w, neurons);
  if (!c.sought.empty())
    for (const std::uint32_t n : neurons) c.sought[n - c.begin] = 0;

  // Those of one neuron together, in order.
  c.offsets.assign(neurons.size() + 1, 0);
  for (const Found& found : c.found) ++c.offsets[found.index + 1];
  for (std::size_t k = 0; k < neurons.size(); ++k) c.offsets[k + 1] += c.offsets[k];
  c.deliveries.resize(c.found.size());
  for (auto found = c.found.rbegin(); found != c.found.rend(); ++found)
    c.deliveries[--c.offsets[found->index + 1]] = found->delivery;
  c.offsets.erase(c.offsets.begin());
  c.offsets.push_back(c.found.size());
  for (std::size_t k = 0; k < neurons.size(); ++k)
    std::sort(c.deliveries.begin() + static_cast<std::ptrdiff_t>(c.offsets[k]),
              c.deliveries.begin() + static_cast<std::ptrdiff_t>(c.offsets[k + 1]));
}

void UnderWay::seek_dense(Chunk& chunk, std::size_t f, std::uint32_t w,
                          std::span<const std::uint32_t> neurons) const {
  const WindowFeed& feed = layer_.feeds[f];
  const Projection& p = network_.projections()[feed.projection];
  const SpikeTrain& train = trains_[feed.source];
  const Walk& walk = walks_[f];
  const double* delays = delays_of(network_, feed);
  const double* weights = network_.parameters(ParameterKind::weight).data() + p.first;
  for (std::uint32_t index = 0; index < neurons.size(); ++index) {
    const std::size_t first = std::size_t{feed.target_first} + feed.first_target;
    if (neurons[index] < first || neurons[index] - first >= feed.row_size) continue;
    const auto j = static_cast<std::uint32_t>(neurons[index] - first);
    walk.marks.find(j, w, walk.recent, walk.admitted, [&](std::size_t k) {
      const SynapseId position = train.sources[k] * feed.row_size + j;
      const Time time = train.times[k] + delays[position];
      if (grid_.of(time) == w && time < trial_.duration && !muted(feed, train.sources[k]))
        chunk.found.push_back(
            {index, {time, p.first + position, static_cast<std::uint32_t>(k), weights[position]}});
    });
  }
}

void UnderWay::seek_sparse(Chunk& chunk, std::size_t f, std::uint32_t w,
                           std::span<const std::uint32_t> neurons) const {
  const WindowFeed& feed = layer_.feeds[f];
  const Projection& p = network_.projections()[feed.projection];
  const SpikeTrain& train = trains_[feed.source];
  const double* delays = delays_of(network_, feed);
  const double* weights = network_.parameters(ParameterKind::weight).data() + p.first;
  const std::uint8_t* sought = chunk.sought.data();
  const auto take = [&](const Arrival& arrival) {
    const std::uint32_t source = train.sources[arrival.order];
    SynapseId position = p.joining(source, arrival.target - feed.target_first);
    // Of several of a pair, the one with this arrival; among equal ones any.
    const SynapseId last = p.joining_end(source, position) - 1;
    while (position < last && (train.times[arrival.order] + delays[position] != arrival.time ||
                               weights[position] != arrival.weight))
      ++position;
    const auto index = static_cast<std::uint32_t>(
        std::lower_bound(neurons.begin(), neurons.end(), arrival.target) - neurons.begin());
    chunk.found.push_back(
        {index, {arrival.time, p.first + position, arrival.order, arrival.weight}});
  };
  chunk.lists[f].for_each_stretch(grid_.slot(w), [&](const Arrival* arrivals, std::size_t size) {
    for (std::size_t k = 0; k < size; ++k)
      if (sought[arrivals[k].target - chunk.begin] && arrivals[k].time < trial_.duration)
        take(arrivals[k]);
  });
}

Time UnderWay::late_by(const Delivery& delivery) const {
  for (const WindowFeed& feed : layer_.feeds) {
    const Projection& p = network_.projections()[feed.projection];
    if (delivery.synapse - p.first >= p.size) continue;
    const std::vector<Time>& errors = trains_[p.source].errors;
    return errors.empty() ? 0.0 : errors[delivery.order];
  }
  return 0.0;
}

void UnderWay::forget(std::size_t chunk, std::uint32_t w) {
  Chunk& c = chunks_[chunk];
  Lane* lanes = lanes_.data() + slot(w) * layer_.size();
  std::fill(lanes + c.begin, lanes + c.end, Lane{});
  for (ArrivalLists& lists : c.lists)
    if (!lists.empty()) lists.clear(grid_.slot(w));
}

}  // namespace retrograde
