#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <tuple>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/fanout.hpp>

namespace retrograde::loihi2 {

namespace {

// Shorter rows are not worth their own bundle.
constexpr std::size_t shortest_row = 16;

// Does shifting every weight before the sum equal shifting the sum? With payloads the sum may have
// turned over before it is shifted.
bool shift_is_exact(const ChipProjection& projection) {
  if (projection.format.exponent >= 0) return true;
  if (projection.message_bits > 0) return false;
  const std::int32_t unit = 1 << -projection.format.exponent;
  return std::all_of(projection.synapses.begin(), projection.synapses.end(),
                     [&](const ChipSynapse& s) { return s.weight % unit == 0; });
}

// Modulo 2^32.
std::int32_t plus(std::int32_t x, std::int32_t y) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) + static_cast<std::uint32_t>(y));
}
std::int32_t product(std::int32_t x, std::int32_t y) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) * static_cast<std::uint32_t>(y));
}

// A position behind the slot that begins at `next`, in a ring of `total` accumulators.
std::uint32_t placed(std::uint32_t next, std::uint32_t position, std::uint64_t total) {
  const std::uint64_t at = std::uint64_t{next} + position;
  return static_cast<std::uint32_t>(at >= total ? at - total : at);
}

// sum[k] += weight[k] * payload
void add_row(std::int32_t* __restrict sum, const std::int16_t* __restrict weight, std::size_t count,
             std::int32_t payload) {
  if (payload == 1) {
    for (std::size_t k = 0; k < count; ++k) sum[k] = plus(sum[k], weight[k]);
    return;
  }
  for (std::size_t k = 0; k < count; ++k) sum[k] = plus(sum[k], product(weight[k], payload));
}

// Positions are 32-bit numbers.
std::uint32_t position_of(std::uint64_t position) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 32;
  if (position >= limit)
    throw LimitError("accumulators", static_cast<double>(limit), static_cast<double>(position),
                     fmt::format("neurons times steps of delay are {}, more than the emulator "
                                 "counts; make the network smaller or its delays shorter",
                                 position));
  return static_cast<std::uint32_t>(position);
}

}  // namespace

Fanout::Fanout(const ChipNetwork& network) {
  const auto padded = [&](std::uint32_t population) {
    return block_size * blocks_of(network.populations[population].size);
  };
  lanes_.assign(2 * network.populations.size(), no_lane);
  std::vector<std::uint32_t> collector_of(network.projections.size());
  std::vector<char> collected(network.projections.size());
  std::uint64_t width = 0, collected_width = 0;
  std::uint32_t longest = 0;
  for (std::size_t k = 0; k < network.projections.size(); ++k) {
    const ChipProjection& projection = network.projections[k];
    std::uint32_t& lane = lanes_[2 * projection.target + projection.port];
    if (lane == no_lane) {
      lane = position_of(width);
      width += padded(projection.target);
    }
    std::uint32_t longest_here = 0;
    for (const ChipSynapse& s : projection.synapses)
      longest_here = std::max<std::uint32_t>(longest_here, s.delay);
    longest = std::max(longest, longest_here);
    collected[k] = !shift_is_exact(projection);
    if (!collected[k]) continue;
    collector_of[k] = static_cast<std::uint32_t>(collectors_.size());
    collectors_.push_back({position_of(collected_width), padded(projection.target),
                           longest_here + 1, lane, projection.format.exponent});
    collected_width += std::uint64_t{padded(projection.target)} * (longest_here + 1);
  }
  // One slot more than the delays need: the one that is read is not written.
  slots_ = longest + 2;
  position_of(width * slots_);
  slot_width_ = static_cast<std::uint32_t>(width);
  collected_width_ = position_of(collected_width);

  std::vector<std::vector<std::size_t>> outgoing(network.populations.size());
  for (std::size_t k = 0; k < network.projections.size(); ++k)
    outgoing[network.projections[k].source].push_back(k);
  std::vector<std::vector<Arrival>> arrivals;
  bundle_begin_.assign(1, 0);
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    arrivals.assign(network.populations[p].size, {});
    for (const std::size_t k : outgoing[p]) {
      const ChipProjection& projection = network.projections[k];
      const std::uint32_t lane = lanes_[2 * projection.target + projection.port];
      for (const ChipSynapse& s : projection.synapses) {
        const Collector* const collector = collected[k] ? &collectors_[collector_of[k]] : nullptr;
        const std::uint32_t position =
            collector ? collector->offset + s.delay * collector->width + s.target
                      : s.delay * slot_width_ + lane + s.target;
        const std::int64_t weight =
            collector ? s.weight : shifted(s.weight, projection.format.exponent);
        arrivals[s.source].push_back({collector != nullptr, projection.message_bits > 0, s.delay,
                                      position, static_cast<std::int16_t>(weight)});
      }
    }
    for (std::vector<Arrival>& list : arrivals) add_source(list);
  }
}

void Fanout::add_source(std::vector<Arrival>& synapses) {
  const auto key = [](const Arrival& a) { return std::tie(a.collected, a.graded, a.position); };
  std::stable_sort(synapses.begin(), synapses.end(),
                   [&](const Arrival& x, const Arrival& y) { return key(x) < key(y); });
  const auto append = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      positions_.push_back(synapses[i].position);
      weights_.push_back(synapses[i].weight);
    }
  };
  std::vector<std::pair<std::size_t, std::size_t>> scattered[4];
  for (std::size_t begin = 0, end = 0; begin < synapses.size(); begin = end) {
    const Arrival& first = synapses[begin];
    for (end = begin + 1; end < synapses.size() && synapses[end].collected == first.collected &&
                          synapses[end].graded == first.graded &&
                          synapses[end].delay == first.delay &&
                          synapses[end].position == synapses[end - 1].position + 1;)
      ++end;
    if (end - begin < shortest_row) {
      scattered[2 * first.collected + first.graded].push_back({begin, end});
      continue;
    }
    const std::uint64_t row = weights_.size();
    append(begin, end);
    bundles_.push_back({row, weights_.size(), first.position, true, first.graded, first.collected});
  }
  for (unsigned kind = 0; kind < 4; ++kind) {
    const std::uint64_t first = weights_.size();
    for (const auto& [begin, end] : scattered[kind]) append(begin, end);
    if (weights_.size() > first)
      bundles_.push_back({first, weights_.size(), 0, false, kind % 2 != 0, kind / 2 != 0});
  }
  bundle_begin_.push_back(static_cast<std::uint32_t>(bundles_.size()));
}

Fanout::Ring::Ring(const Fanout& fanout)
    : fanout_(&fanout),
      sums_(std::size_t{fanout.slots_} * fanout.slot_width_, 0),
      collected_(fanout.collected_width_, 0),
      touched_(sums_.size() / block_size, 0),
      collected_touched_(collected_.size() / block_size, 0) {}

void Fanout::Ring::begin(std::uint32_t step) {
  const std::uint64_t width = fanout_->slot_width_, slots = fanout_->slots_;
  now_ = sums_.data() + step % slots * width;
  now_touched_ = touched_.data() + step % slots * width / block_size;
  next_ = static_cast<std::uint32_t>((step + 1) % slots * width);
}

std::uint64_t Fanout::Ring::send(NeuronId source, std::int32_t payload) {
  const auto place = [next = next_, total = sums_.size()](std::uint32_t position) {
    return placed(next, position, total);
  };
  std::uint64_t synapses = 0;
  const std::uint32_t end = fanout_->bundle_begin_[source + 1];
  for (std::uint32_t b = fanout_->bundle_begin_[source]; b < end; ++b) {
    const Bundle& bundle = fanout_->bundles_[b];
    const std::int32_t factor = bundle.graded ? payload : 1;
    const std::int16_t* const weights = fanout_->weights_.data();
    std::int32_t* const sums = bundle.collected ? collected_.data() : sums_.data();
    std::uint8_t* const touched = bundle.collected ? collected_touched_.data() : touched_.data();
    const std::uint64_t count = bundle.end - bundle.begin;
    synapses += count;
    collecting_ |= bundle.collected;
    if (bundle.row) {
      const std::uint32_t first = bundle.collected ? bundle.position : place(bundle.position);
      add_row(sums + first, weights + bundle.begin, count, factor);
      const std::uint64_t block = first / block_size;
      std::memset(touched + block, 1, (first + count - 1) / block_size - block + 1);
      continue;
    }
    const std::uint32_t* const positions = fanout_->positions_.data();
    const auto add = [&](auto at_position, auto scaled) {
      for (std::uint64_t s = bundle.begin; s < bundle.end; ++s) {
        const std::uint32_t at = at_position(positions[s]);
        sums[at] = plus(sums[at], scaled(weights[s]));
        touched[at / block_size] = 1;
      }
    };
    const auto times = [factor](std::int32_t weight) { return product(weight, factor); };
    if (bundle.collected)
      add([](std::uint32_t position) { return position; }, times);
    else if (factor == 1)
      add(place, [](std::int32_t weight) { return weight; });
    else
      add(place, times);
  }
  return synapses;
}

void Fanout::Ring::settle() {
  for (const Collector& c : fanout_->collectors_)
    for (std::uint32_t delay = 0; delay < c.delays; ++delay)
      for (std::uint32_t k = 0; k < c.width; k += block_size) {
        const std::uint32_t from = c.offset + delay * c.width + k;
        if (collected_touched_[from / block_size] == 0) continue;
        const std::uint32_t to =
            placed(next_, delay * fanout_->slot_width_ + c.lane + k, sums_.size());
        for (std::uint32_t j = 0; j < block_size; ++j) {
          sums_[to + j] = plus(
              sums_[to + j], static_cast<std::int32_t>(shifted(collected_[from + j], c.exponent)));
          collected_[from + j] = 0;
        }
        touched_[to / block_size] = 1;
        collected_touched_[from / block_size] = 0;
      }
  collecting_ = false;
}

void Fanout::Ring::end() {
  if (collecting_) settle();
  const std::uint32_t blocks = fanout_->slot_width_ / block_size;
  for (std::uint32_t b = 0; b < blocks; ++b) {
    if (now_touched_[b] == 0) continue;
    std::memset(now_ + std::size_t{b} * block_size, 0, block_size * sizeof(std::int32_t));
    now_touched_[b] = 0;
  }
}

}  // namespace retrograde::loihi2
