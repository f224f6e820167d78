#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <tuple>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/emulator/fanout.hpp>

namespace retrograde::loihi2 {

namespace {

// A block with fewer synapses of one source and delay is not worth a row.
constexpr std::size_t fewest_in_row = 8;

// Rows that are added up before they are widened, and the weights for which 16 bits hold the sum.
constexpr std::size_t rows_at_once = 4;
constexpr std::int32_t widest_summed = std::numeric_limits<std::int16_t>::max() / rows_at_once;

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
  for (std::size_t k = 0; k < count; ++k) sum[k] = plus(sum[k], product(weight[k], payload));
}

// The same for `rows_at_once` rows and payload 1.
void add_rows(std::int32_t* __restrict sum, const std::int16_t* const* rows, std::size_t count) {
  const std::int16_t* __restrict const a = rows[0];
  const std::int16_t* __restrict const b = rows[1];
  const std::int16_t* __restrict const c = rows[2];
  const std::int16_t* __restrict const d = rows[3];
  const auto add = [](std::int16_t x, std::int16_t y) { return static_cast<std::int16_t>(x + y); };
  for (std::size_t k = 0; k < count; ++k)
    sum[k] = plus(sum[k], add(add(a[k], b[k]), add(c[k], d[k])));
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
  std::uint64_t width = 0, collected_width = 0;
  lanes_.assign(2 * network.populations.size(), 0);
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const ChipModel model = network.populations[p].model;
    if (model == ChipModel::input) continue;
    for (std::uint32_t port = 0; port < 2; ++port) {
      lanes_[2 * p + port] = port == 0 || model == ChipModel::resonate_fire
                                 ? position_of(std::exchange(width, width + padded(p)))
                                 : lanes_[2 * p];
    }
  }
  std::vector<std::uint32_t> collector_of(network.projections.size());
  std::vector<char> collected(network.projections.size());
  std::uint32_t longest = 0;
  for (std::size_t k = 0; k < network.projections.size(); ++k) {
    const ChipProjection& projection = network.projections[k];
    const std::uint32_t lane = lanes_[2 * projection.target + projection.port];
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
  RowTargets known;
  bundle_begin_.assign(1, 0);
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    arrivals.assign(network.populations[p].size, {});
    for (const std::size_t k : outgoing[p]) {
      const ChipProjection& projection = network.projections[k];
      const std::uint32_t lane = lanes_[2 * projection.target + projection.port];
      for (const ChipSynapse& s : projection.synapses) {
        const Collector* const collector = collected[k] ? &collectors_[collector_of[k]] : nullptr;
        const std::uint32_t begin = collector ? collector->offset + s.delay * collector->width
                                              : s.delay * slot_width_ + lane;
        const std::int64_t weight =
            collector ? s.weight : shifted(s.weight, projection.format.exponent);
        arrivals[s.source].push_back({collector != nullptr, projection.message_bits > 0, begin,
                                      begin + s.target, static_cast<std::int16_t>(weight)});
      }
    }
    for (std::vector<Arrival>& list : arrivals) add_source(list, known);
  }
  zeros_.assign(slot_width_, 0);
}

void Fanout::add_source(std::vector<Arrival>& synapses, RowTargets& known) {
  const auto key = [](const Arrival& a) { return std::tie(a.collected, a.graded, a.position); };
  std::stable_sort(synapses.begin(), synapses.end(),
                   [&](const Arrival& x, const Arrival& y) { return key(x) < key(y); });
  std::vector<Arrival> scattered;
  // Where the row goes that is the last bundle; of width 0 if there is none.
  RowTarget row{};
  std::uint32_t lane = 0;
  const auto finish = [&] {
    if (row.width == 0) return;
    const auto [at, is_new] = known.emplace(row, row_targets_.size());
    if (is_new) row_targets_.push_back(row);
    bundles_.back().row = at->second;
    row.width = 0;
  };
  for (std::size_t begin = 0, end = 0; begin < synapses.size(); begin = end) {
    const Arrival& first = synapses[begin];
    const std::uint32_t position = first.position - first.position % block_size;
    for (end = begin + 1; end < synapses.size() && synapses[end].collected == first.collected &&
                          synapses[end].graded == first.graded &&
                          synapses[end].position - position < block_size;)
      ++end;
    if (end - begin < fewest_in_row) {
      scattered.insert(scattered.end(), &first, &first + (end - begin));
      continue;
    }
    // Rows end with their lane, so that those of all sources of a population share a target.
    if (row.width == 0 || row.collected != first.collected ||
        bundles_.back().graded != first.graded || lane != first.lane ||
        row.position + row.width != position) {
      finish();
      bundles_.push_back({row_weights_.size(), 0, no_row, first.graded, first.collected, false});
      row = {first.collected, position, 0};
      lane = first.lane;
    }
    row_weights_.resize(row_weights_.size() + block_size, 0);
    std::int16_t* const block = row_weights_.data() + row_weights_.size() - block_size;
    row.width += block_size;
    for (std::size_t i = begin; i < end; ++i) {
      std::int16_t& weight = block[synapses[i].position % block_size];
      const std::int32_t sum = weight + synapses[i].weight;
      if (sum != static_cast<std::int16_t>(sum)) {
        scattered.push_back(synapses[i]);
        continue;
      }
      weight = static_cast<std::int16_t>(sum);
      bundles_.back().wide |= std::abs(sum) > widest_summed;
      ++bundles_.back().synapses;
    }
  }
  finish();
  for (std::size_t i = 0; i < scattered.size(); ++i) {
    const Arrival& a = scattered[i];
    if (i == 0 || a.collected != scattered[i - 1].collected || a.graded != scattered[i - 1].graded)
      bundles_.push_back({weights_.size(), 0, no_row, a.graded, a.collected, false});
    positions_.push_back(a.position);
    weights_.push_back(a.weight);
    ++bundles_.back().synapses;
  }
  bundle_begin_.push_back(static_cast<std::uint32_t>(bundles_.size()));
}

Fanout::Ring::Ring(const Fanout& fanout)
    : fanout_(&fanout),
      sums_(std::size_t{fanout.slots_} * fanout.slot_width_, 0),
      collected_(fanout.collected_width_, 0),
      touched_(sums_.size() / block_size, 0),
      collected_touched_(collected_.size() / block_size, 0),
      rows_(fanout.row_targets_.size()) {}

void Fanout::Ring::begin(std::uint32_t step) {
  const std::uint64_t width = fanout_->slot_width_, slots = fanout_->slots_;
  now_ = sums_.data() + step % slots * width;
  now_touched_ = touched_.data() + step % slots * width / block_size;
  next_ = static_cast<std::uint32_t>((step + 1) % slots * width);
}

std::uint64_t Fanout::Ring::send(std::span<const ChipSpike> messages) {
  const auto place = [next = next_, total = sums_.size()](std::uint32_t position) {
    return placed(next, position, total);
  };
  std::uint64_t synapses = 0;
  for (const ChipSpike& message : messages) {
    const std::uint32_t end = fanout_->bundle_begin_[message.neuron + 1];
    for (std::uint32_t b = fanout_->bundle_begin_[message.neuron]; b < end; ++b) {
      const Bundle& bundle = fanout_->bundles_[b];
      const std::int32_t factor = bundle.graded ? message.payload : 1;
      synapses += bundle.synapses;
      collecting_ |= bundle.collected;
      if (bundle.row != no_row) {
        const std::int16_t* const row = fanout_->row_weights_.data() + bundle.begin;
        if (factor != 1 || bundle.wide) {
          const RowTarget& target = fanout_->row_targets_[bundle.row];
          add_row(reach(target), row, target.width, factor);
          continue;
        }
        if (rows_[bundle.row].empty()) targets_with_rows_.push_back(bundle.row);
        rows_[bundle.row].push_back(row);
        continue;
      }
      std::int32_t* const sums = bundle.collected ? collected_.data() : sums_.data();
      std::uint8_t* const touched = bundle.collected ? collected_touched_.data() : touched_.data();
      const std::int16_t* const weights = fanout_->weights_.data() + bundle.begin;
      const std::uint32_t* const positions = fanout_->positions_.data() + bundle.begin;
      const auto add = [=, count = bundle.synapses](auto at_position, auto scaled) {
        for (std::uint32_t s = 0; s < count; ++s) {
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
  }
  for (const std::uint32_t k : targets_with_rows_) {
    const RowTarget& target = fanout_->row_targets_[k];
    std::int32_t* const sums = reach(target);
    std::vector<const std::int16_t*>& rows = rows_[k];
    while (rows.size() % rows_at_once != 0) rows.push_back(fanout_->zeros_.data());
    for (std::size_t r = 0; r < rows.size(); r += rows_at_once)
      add_rows(sums, rows.data() + r, target.width);
    rows.clear();
  }
  targets_with_rows_.clear();
  return synapses;
}

std::int32_t* Fanout::Ring::reach(const RowTarget& target) {
  const std::uint32_t at =
      target.collected ? target.position : placed(next_, target.position, sums_.size());
  std::fill_n((target.collected ? collected_touched_ : touched_).begin() + at / block_size,
              target.width / block_size, 1);
  return (target.collected ? collected_ : sums_).data() + at;
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
  for (std::uint32_t begin = 0, end = 0; begin < blocks; begin = end + 1) {
    for (end = begin; end < blocks && now_touched_[end] != 0;) ++end;
    std::fill_n(now_ + std::size_t{begin} * block_size, (end - begin) * block_size, 0);
    std::fill_n(now_touched_ + begin, end - begin, 0);
  }
}

}  // namespace retrograde::loihi2
