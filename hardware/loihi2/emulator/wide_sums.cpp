#include <algorithm>
#include <numeric>

#include <retrograde/hardware/loihi2/emulator/wide_sums.hpp>

namespace retrograde::loihi2 {

bool sums_are_wide(const ChipNetwork& network, const ChipProjection& projection) {
  return projection.message_bits > 0 &&
         payloads_are_wide(network.populations[projection.source].model);
}

WideProjection::WideProjection(const ChipNetwork& network, const ChipProjection& projection)
    : target_(projection.target),
      port_(projection.port),
      first_(network.populations[projection.source].first),
      width_(network.populations[projection.target].size),
      exponent_(projection.format.exponent) {
  const std::uint32_t sources = network.populations[projection.source].size;
  begin_.assign(std::size_t{sources} + 1, 0);
  projection.for_each_synapse([&](const ChipSynapse& s) {
    ++begin_[s.source + 1];
    delays_ = std::max<std::uint32_t>(delays_, s.delay + 1u);
  });
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  positions_.resize(begin_.back());
  weights_.resize(begin_.back());
  std::vector<std::uint64_t> next = begin_;
  projection.for_each_synapse([&](const ChipSynapse& s) {
    const std::uint64_t at = next[s.source]++;
    positions_[at] = s.delay * width_ + s.target;
    weights_[at] = s.weight;
  });
  without_gaps_.assign(sources, 1);
  for (std::uint32_t source = 0; source < sources; ++source)
    for (std::uint64_t k = begin_[source] + 1; k < begin_[source + 1]; ++k)
      without_gaps_[source] &= positions_[k] == positions_[k - 1] + 1;
}

std::uint64_t WideProjection::Sums::add(const ChipSpike& message) {
  const WideProjection& p = *projection_;
  if (message.neuron < p.first_ || message.neuron - p.first_ >= p.without_gaps_.size()) return 0;
  const std::uint32_t source = message.neuron - p.first_;
  const std::uint64_t begin = p.begin_[source], count = p.begin_[source + 1] - begin;
  if (count == 0) return 0;
  touched_ = true;
  const std::int64_t payload = message.payload;
  const std::uint32_t* const positions = p.positions_.data() + begin;
  const std::int16_t* const weights = p.weights_.data() + begin;
  if (p.without_gaps_[source]) {
    std::int64_t* const sums = sums_.data() + positions[0];
    for (std::uint64_t k = 0; k < count; ++k) sums[k] += weights[k] * payload;
  } else {
    for (std::uint64_t k = 0; k < count; ++k) sums_[positions[k]] += weights[k] * payload;
  }
  return count;
}

}  // namespace retrograde::loihi2
