#include <algorithm>
#include <cmath>
#include <numeric>

#include <retrograde/bench/figures/bare_traffic.hpp>

namespace retrograde::bench {

namespace {

constexpr std::size_t page = 1024;  // floats

template <bool dense>
void scatter(float time, float rate, int mask, int size, int stride, const float* __restrict delay,
             const float* __restrict weight, const std::uint32_t* __restrict target, float to_a,
             float to_b, float to_c, float* __restrict a, float* __restrict b,
             float* __restrict c) {
  for (int k = 0; k < size; ++k) {
    const int slot = static_cast<int>((time + delay[k]) * rate) & mask;
    const std::size_t place =
        static_cast<std::size_t>(slot * stride) + (dense ? static_cast<std::size_t>(k) : target[k]);
    const float w = weight[k];
    a[place] += w * to_a;
    b[place] += w * to_b;
    c[place] += w * to_c;
  }
}

}  // namespace

BareTraffic::BareTraffic(const Network& network, const Tape& tape, Placement placement, Time window)
    : rate_(static_cast<float>(1.0 / window)) {
  const std::size_t stagger = placement == Placement::staggered ? 336 : 0;
  Time longest = 0.0;
  for (const Projection& p : network.projections()) {
    Feed feed{p.target, {}, {}, {}, {}};
    for (SynapseId k = 0; k < p.size; ++k) {
      const Time delay = network.total_delay(p.first + k);
      longest = std::fmax(longest, delay);
      feed.delay.push_back(static_cast<float>(delay));
      feed.weight.push_back(static_cast<float>(network.weight(p.first + k)));
    }
    if (!p.dense) feed.targets = p.targets;
    for (std::size_t i = 0; i + 1 < p.rows.size(); ++i)
      feed.rows.push_back({p.rows[i], static_cast<std::uint32_t>(p.rows[i + 1] - p.rows[i])});
    feeds_.push_back(std::move(feed));
  }
  int slots = 2;
  while (slots < longest / window + 2.0) slots *= 2;
  mask_ = slots - 1;

  leaving_.resize(network.populations().size());
  lanes_.resize(network.populations().size());
  for (std::uint32_t f = 0; f < feeds_.size(); ++f) {
    const Projection& p = network.projections()[f];
    leaving_[p.source].push_back(f);
    Lanes& lanes = lanes_[p.target];
    lanes.size = network.populations()[p.target].size;
    // In pages of their own, so that it does not depend on where the allocator happened to put
    // something how fast this is.
    const std::size_t length = lanes.size * static_cast<std::size_t>(slots);
    const std::size_t apart = (length + page - 1) / page * page + stagger;
    lanes.sums.assign(3 * apart + 2 * page, 0.0f);
    const auto address = reinterpret_cast<std::uintptr_t>(lanes.sums.data()) / sizeof(float);
    lanes.a = lanes.sums.data() + (page - address % page) % page;
    lanes.b = lanes.a + apart;
    lanes.c = lanes.b + apart;
  }
  for (const TapeSpike& s : tape.spikes) {
    const std::uint32_t p = network.population_of(s.neuron);
    if (leaving_[p].empty()) continue;
    // Any three factors do, as long as they differ from spike to spike.
    const double phase = s.time / window - std::floor(s.time / window);
    events_.push_back({static_cast<float>(s.time), static_cast<float>(phase),
                       static_cast<float>(1.0 - phase), static_cast<float>(phase * phase), p,
                       s.neuron - network.populations()[p].first});
  }
}

std::uint64_t BareTraffic::run() {
  std::uint64_t deliveries = 0;
  for (const Event& e : events_)
    for (const std::uint32_t f : leaving_[e.population]) {
      const Feed& feed = feeds_[f];
      const Row row = feed.rows[e.source];
      Lanes& lanes = lanes_[feed.target];
      const auto stride = static_cast<int>(lanes.size), size = static_cast<int>(row.size);
      const float* delay = feed.delay.data() + row.first;
      const float* weight = feed.weight.data() + row.first;
      if (feed.targets.empty())
        scatter<true>(e.time, rate_, mask_, size, stride, delay, weight, nullptr, e.a, e.b, e.c,
                      lanes.a, lanes.b, lanes.c);
      else
        scatter<false>(e.time, rate_, mask_, size, stride, delay, weight,
                       feed.targets.data() + row.first, e.a, e.b, e.c, lanes.a, lanes.b, lanes.c);
      deliveries += row.size;
    }
  return deliveries;
}

double BareTraffic::sum() const {
  double total = 0.0;
  for (const Lanes& lanes : lanes_)
    total = std::accumulate(lanes.sums.begin(), lanes.sums.end(), total);
  return total;
}

}  // namespace retrograde::bench
