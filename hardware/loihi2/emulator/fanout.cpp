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
  if (projection.convolution)
    return std::all_of(projection.convolution->weights.begin(),
                       projection.convolution->weights.end(),
                       [&](std::int16_t weight) { return weight % unit == 0; });
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

std::uint32_t longest_delay(const ChipProjection& projection) {
  std::uint32_t longest = 0;
  for (const ChipSynapse& s : projection.synapses)
    longest = std::max<std::uint32_t>(longest, s.delay);
  if (projection.convolution)
    for (const std::uint8_t delay : projection.convolution->delays)
      longest = std::max<std::uint32_t>(longest, delay);
  return longest;
}

std::uint32_t padded(const ChipPopulation& population) {
  return block_size * blocks_of(population.size);
}

}  // namespace

Fanout::Fanout(const ChipNetwork& network) {
  const std::uint64_t width = lay_lanes(network);
  const std::vector<std::uint32_t> collector_of = lay_collectors(network);
  for (const ChipProjection& p : network.projections)
    if (sums_are_wide(network, p)) wide_.emplace_back(network, p);

  // One slot more than the delays need: the one that is read is not written.
  std::uint32_t longest = 0;
  for (const ChipProjection& p : network.projections) longest = std::max(longest, longest_delay(p));
  slots_ = longest + 2;
  position_of(width * slots_);
  slot_width_ = static_cast<std::uint32_t>(width);

  // The synapses of every neuron, in the order of neurons.
  RowTargets known;
  bundle_begin_.assign(1, 0);
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const std::uint32_t first_kernel = add_kernels(network, p, collector_of);
    std::uint32_t source = 0;
    for (std::vector<PlacedSynapse>& synapses : leaving(network, p, collector_of)) {
      add_source(synapses, known);
      add_convolved(source++, first_kernel);
      bundle_begin_.push_back(static_cast<std::uint32_t>(bundles_.size()));
    }
  }
  zeros_.assign(slot_width_, 0);
}

std::uint64_t Fanout::lay_lanes(const ChipNetwork& network) {
  std::uint64_t width = 0;
  lanes_.assign(2 * network.populations.size(), 0);
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    const ChipPopulation& population = network.populations[p];
    if (population.model == ChipModel::input) continue;
    for (std::uint32_t port = 0; port < 2; ++port)
      lanes_[2 * p + port] = port == 0 || population.model == ChipModel::resonate_fire
                                 ? position_of(std::exchange(width, width + padded(population)))
                                 : lanes_[2 * p];
  }
  return width;
}

std::vector<std::uint32_t> Fanout::lay_collectors(const ChipNetwork& network) {
  std::vector<std::uint32_t> collector_of;
  std::uint64_t collected_width = 0;
  for (const ChipProjection& projection : network.projections) {
    collector_of.push_back(no_collector);
    if (shift_is_exact(projection) || sums_are_wide(network, projection)) continue;
    collector_of.back() = static_cast<std::uint32_t>(collectors_.size());
    const std::uint32_t width = padded(network.populations[projection.target]);
    const std::uint32_t delays = longest_delay(projection) + 1;
    collectors_.push_back({position_of(collected_width), width, delays,
                           lane(projection.target, projection.port), projection.format.exponent});
    collected_width += std::uint64_t{width} * delays;
  }
  collected_width_ = position_of(collected_width);
  return collector_of;
}

std::vector<std::vector<Fanout::PlacedSynapse>> Fanout::leaving(
    const ChipNetwork& network, std::uint32_t population,
    const std::vector<std::uint32_t>& collector_of) const {
  std::vector<std::vector<PlacedSynapse>> by_source(network.populations[population].size);
  for (std::size_t k = 0; k < network.projections.size(); ++k) {
    const ChipProjection& projection = network.projections[k];
    if (projection.source != population || sums_are_wide(network, projection)) continue;
    const Collector* const collector =
        collector_of[k] == no_collector ? nullptr : &collectors_[collector_of[k]];
    const std::uint32_t own_lane = lane(projection.target, projection.port);
    for (const ChipSynapse& s : projection.synapses) {
      const std::uint32_t begin = collector ? collector->offset + s.delay * collector->width
                                            : s.delay * slot_width_ + own_lane;
      const std::int64_t weight =
          collector ? s.weight : shifted(s.weight, projection.format.exponent);
      by_source[s.source].push_back({collector != nullptr, projection.message_bits > 0, begin,
                                     begin + s.target, static_cast<std::int16_t>(weight)});
    }
  }
  return by_source;
}

void Fanout::add_source(std::vector<PlacedSynapse>& synapses, RowTargets& known) {
  const auto key = [](const PlacedSynapse& s) {
    return std::tie(s.collected, s.graded, s.position);
  };
  std::stable_sort(synapses.begin(), synapses.end(),
                   [&](const PlacedSynapse& x, const PlacedSynapse& y) { return key(x) < key(y); });

  // Block after block: into a row, or apart where there are too few for one.
  std::vector<PlacedSynapse> scattered;
  OpenRow row;
  for (std::size_t begin = 0, end = 0; begin < synapses.size(); begin = end) {
    const PlacedSynapse& first = synapses[begin];
    const std::uint32_t position = first.position - first.position % block_size;
    for (end = begin + 1; end < synapses.size() && synapses[end].lies_with(first) &&
                          synapses[end].position - position < block_size;)
      ++end;
    const auto block = std::span(synapses).subspan(begin, end - begin);
    if (block.size() < fewest_in_row) {
      scattered.insert(scattered.end(), block.begin(), block.end());
      continue;
    }
    // Rows end with their lane, so that those of all sources of a population share a target.
    const bool goes_on = row.target.width > 0 && row.target.collected == first.collected &&
                         bundles_.back().graded == first.graded && row.lane == first.lane &&
                         row.target.position + row.target.width == position;
    if (!goes_on) {
      close_row(row, known);
      open_row(row, first, position);
    }
    extend_row(row, block, scattered);
  }
  close_row(row, known);
  add_scattered(scattered);
}

std::uint32_t Fanout::add_kernels(const ChipNetwork& network, std::uint32_t population,
                                  const std::vector<std::uint32_t>& collector_of) {
  const auto first = static_cast<std::uint32_t>(kernels_.size());
  for (std::size_t k = 0; k < network.projections.size(); ++k) {
    const ChipProjection& projection = network.projections[k];
    if (projection.source != population || !projection.convolution ||
        sums_are_wide(network, projection))
      continue;
    const Convolution& c = *projection.convolution;
    Kernel kernel;
    kernel.graded = projection.message_bits > 0;
    kernel.collected = collector_of[k] != no_collector;

    // Where each channel's accumulators begin.
    const std::uint64_t places = c.out.height * c.out.width;
    for (std::uint64_t o = 0; o < c.out.channels; ++o) {
      std::uint64_t begin =
          lane(projection.target, projection.port) + std::uint64_t{c.delay(o)} * slot_width_;
      if (kernel.collected) {
        const Collector& collector = collectors_[collector_of[k]];
        begin = collector.offset + std::uint64_t{c.delay(o)} * collector.width;
      }
      kernel.begins.push_back(static_cast<std::uint32_t>(begin + o * places));
    }

    // The weights in the order in which a source needs them.
    for (std::uint64_t channel = 0; channel < c.in.channels; ++channel)
      for (std::uint64_t i = 0; i < c.kernel[0]; ++i)
        for (std::uint64_t j = 0; j < c.kernel[1]; ++j)
          for (std::uint64_t o = 0; o < c.group_out(); ++o) {
            const std::int16_t weight = c.weights[c.weight_index(
                channel / c.group_in() * c.group_out() + o, channel % c.group_in(), i, j)];
            kernel.weights.push_back(kernel.collected ? weight
                                                      : static_cast<std::int16_t>(shifted(
                                                            weight, projection.format.exponent)));
          }
    kernel.shape = c;
    kernel.shape.weights.clear();
    kernels_.push_back(std::move(kernel));
  }
  return first;
}

void Fanout::add_convolved(std::uint32_t source, std::uint32_t first_kernel) {
  for (std::uint32_t k = first_kernel; k < kernels_.size(); ++k) {
    const Kernel& kernel = kernels_[k];
    std::uint32_t places = 0;
    kernel.shape.for_each_place(source, [&](auto, auto, auto, auto) { ++places; });
    if (places == 0) continue;
    bundles_.push_back({source, places * static_cast<std::uint32_t>(kernel.shape.group_out()), k,
                        kernel.graded, kernel.collected, false, true});
  }
}

void Fanout::open_row(OpenRow& row, const PlacedSynapse& first, std::uint32_t position) {
  bundles_.push_back({row_weights_.size(), 0, no_row, first.graded, first.collected, false});
  row = {{first.collected, position, 0}, first.lane};
}

// Two synapses onto one neuron add up; where 16 bits do not hold the sum the second lies apart.
void Fanout::extend_row(OpenRow& row, std::span<const PlacedSynapse> block,
                        std::vector<PlacedSynapse>& scattered) {
  row_weights_.resize(row_weights_.size() + block_size, 0);
  std::int16_t* const weights = row_weights_.data() + row_weights_.size() - block_size;
  row.target.width += block_size;
  for (const PlacedSynapse& s : block) {
    std::int16_t& weight = weights[s.position % block_size];
    const std::int32_t sum = weight + s.weight;
    if (sum != static_cast<std::int16_t>(sum)) {
      scattered.push_back(s);
      continue;
    }
    weight = static_cast<std::int16_t>(sum);
    bundles_.back().wide |= std::abs(sum) > widest_summed;
    ++bundles_.back().synapses;
  }
}

void Fanout::close_row(OpenRow& row, RowTargets& known) {
  if (row.target.width == 0) return;
  const auto [at, is_new] = known.emplace(row.target, row_targets_.size());
  if (is_new) row_targets_.push_back(row.target);
  bundles_.back().row = at->second;
  row.target.width = 0;
}

void Fanout::add_scattered(const std::vector<PlacedSynapse>& synapses) {
  for (std::size_t i = 0; i < synapses.size(); ++i) {
    const PlacedSynapse& s = synapses[i];
    if (i == 0 || !s.lies_with(synapses[i - 1]))
      bundles_.push_back({weights_.size(), 0, no_row, s.graded, s.collected, false});
    positions_.push_back(s.position);
    weights_.push_back(s.weight);
    ++bundles_.back().synapses;
  }
}

Fanout::Ring::Ring(const Fanout& fanout)
    : fanout_(&fanout),
      sums_(std::size_t{fanout.slots_} * fanout.slot_width_, 0),
      collected_(fanout.collected_width_, 0),
      touched_(sums_.size() / block_size, 0),
      collected_touched_(collected_.size() / block_size, 0),
      rows_(fanout.row_targets_.size()) {
  wide_.reserve(fanout.wide_.size());
  for (const WideProjection& projection : fanout.wide_) wide_.emplace_back(projection);
}

void Fanout::Ring::follow(const Fanout& fanout) {
  if (fanout.lanes_ != fanout_->lanes_ || fanout.slot_width_ != fanout_->slot_width_ ||
      fanout.slots_ != fanout_->slots_)
    throw InternalError("Fanout::Ring::follow: the synapses are of another shape");
  fanout_ = &fanout;
  collected_.assign(fanout.collected_width_, 0);
  collected_touched_.assign(collected_.size() / block_size, 0);
  rows_.assign(fanout.row_targets_.size(), {});
  wide_.clear();
  for (const WideProjection& projection : fanout.wide_) wide_.emplace_back(projection);
}

void Fanout::Ring::begin(std::uint32_t step) {
  const std::uint64_t width = fanout_->slot_width_, slots = fanout_->slots_;
  now_ = sums_.data() + step % slots * width;
  now_touched_ = touched_.data() + step % slots * width / block_size;
  next_ = static_cast<std::uint32_t>((step + 1) % slots * width);
}

std::uint64_t Fanout::Ring::send(std::span<const ChipSpike> messages) {
  std::uint64_t synapses = 0;
  for (const ChipSpike& message : messages) {
    for (WideProjection::Sums& wide : wide_) synapses += wide.add(message);
    const std::uint32_t end = fanout_->bundle_begin_[message.neuron + 1];
    for (std::uint32_t b = fanout_->bundle_begin_[message.neuron]; b < end; ++b) {
      const Bundle& bundle = fanout_->bundles_[b];
      const std::int32_t factor = bundle.graded ? message.payload : 1;
      synapses += bundle.synapses;
      collecting_ |= bundle.collected;
      if (bundle.convolved)
        send_convolved(bundle, factor);
      else if (bundle.row != no_row)
        send_row(bundle, factor);
      else
        send_scattered(bundle, factor);
    }
  }
  add_gathered_rows();
  return synapses;
}

// Rows that can wait for others of their target do.
void Fanout::Ring::send_row(const Bundle& bundle, std::int32_t factor) {
  const std::int16_t* const row = fanout_->row_weights_.data() + bundle.begin;
  if (factor != 1 || bundle.wide) {
    const RowTarget& target = fanout_->row_targets_[bundle.row];
    add_row(reach(target), row, target.width, factor);
    return;
  }
  if (rows_[bundle.row].empty()) targets_with_rows_.push_back(bundle.row);
  rows_[bundle.row].push_back(row);
}

void Fanout::Ring::send_scattered(const Bundle& bundle, std::int32_t factor) {
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
  const auto place = [next = next_, total = sums_.size()](std::uint32_t position) {
    return placed(next, position, total);
  };
  const auto times = [factor](std::int32_t weight) { return product(weight, factor); };
  if (bundle.collected)
    add([](std::uint32_t position) { return position; }, times);
  else if (factor == 1)
    add(place, [](std::int32_t weight) { return weight; });
  else
    add(place, times);
}

void Fanout::Ring::send_convolved(const Bundle& bundle, std::int32_t factor) {
  const Kernel& kernel = fanout_->kernels_[bundle.row];
  const Convolution& c = kernel.shape;
  std::int32_t* const sums = bundle.collected ? collected_.data() : sums_.data();
  std::uint8_t* const touched = bundle.collected ? collected_touched_.data() : touched_.data();
  const std::uint64_t channel = bundle.begin / (c.in.height * c.in.width);
  const std::uint64_t outs = c.group_out(), first_out = channel / c.group_in() * outs;
  const std::uint32_t* const begins = kernel.begins.data() + first_out;
  c.for_each_place(bundle.begin, [&](std::uint64_t i, std::uint64_t j, std::uint64_t y,
                                     std::uint64_t x) {
    const std::int16_t* const weights =
        kernel.weights.data() + ((channel * c.kernel[0] + i) * c.kernel[1] + j) * outs;
    const auto place = static_cast<std::uint32_t>(y * c.out.width + x);
    for (std::uint64_t o = 0; o < outs; ++o) {
      const std::uint32_t position = begins[o] + place;
      const std::uint32_t at = bundle.collected ? position : placed(next_, position, sums_.size());
      sums[at] = plus(sums[at], product(weights[o], factor));
      touched[at / block_size] = 1;
    }
  });
}

void Fanout::Ring::add_gathered_rows() {
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

void Fanout::Ring::settle_wide() {
  for (std::size_t k = 0; k < wide_.size(); ++k) {
    const WideProjection& projection = fanout_->wide_[k];
    const std::uint32_t lane = fanout_->lane(projection.target(), projection.port());
    wide_[k].settle([&](std::uint32_t delay, std::uint32_t target, std::int64_t sum) {
      const std::uint32_t at =
          placed(next_, delay * fanout_->slot_width_ + lane + target, sums_.size());
      sums_[at] = static_cast<std::int32_t>(
          std::clamp<std::int64_t>(sums_[at] + sum, -lca_input_limit, lca_input_limit));
      touched_[at / block_size] = 1;
    });
  }
}

void Fanout::Ring::end() {
  if (collecting_) settle();
  settle_wide();
  const std::uint32_t blocks = fanout_->slot_width_ / block_size;
  for (std::uint32_t begin = 0, end = 0; begin < blocks; begin = end + 1) {
    for (end = begin; end < blocks && now_touched_[end] != 0;) ++end;
    std::fill_n(now_ + std::size_t{begin} * block_size, (end - begin) * block_size, 0);
    std::fill_n(now_touched_ + begin, end - begin, 0);
  }
}

}  // namespace retrograde::loihi2
