#include <algorithm>
#include <numeric>

#include <retrograde/engine/network/incoming.hpp>
#include <retrograde/engine/parallel.hpp>

namespace retrograde {

namespace {

// Targets that one task handles: what it writes next lies in the cache.
constexpr std::uint32_t targets_together = 1 << 16;

// body(k, source, target) over the synapses that reach targets [begin, end): of each row a stretch.
template <typename Body>
void for_each_into(const Projection& p, std::uint32_t begin, std::uint32_t end, const Body& body) {
  const std::uint32_t* const targets = p.targets.data();
  for (std::uint32_t i = 0; i + 1 < p.rows.size(); ++i) {
    SynapseId k = p.rows[i];
    const SynapseId last = p.rows[i + 1];
    if (begin > 0)
      k = static_cast<SynapseId>(std::lower_bound(targets + k, targets + last, begin) - targets);
    for (; k < last && targets[k] < end; ++k) body(k, i, targets[k]);
  }
}

}  // namespace

IncomingSynapses incoming_synapses(const Projection& projection, std::uint32_t targets) {
  IncomingSynapses result;
  result.begin.assign(std::size_t{targets} + 1, 0);
  result.positions.resize(projection.size);
  result.sources.resize(projection.size);
  // Each task finds its part of each row, so that nobody waits for another.
  const auto for_each_block = [&](const auto& body) {
    for_each_trial(targets / targets_together + 1, [&](std::size_t task) {
      const auto begin = static_cast<std::uint32_t>(task * targets_together);
      body(begin, begin + std::min(targets_together, targets - begin));
    });
  };
  for_each_block([&](std::uint32_t begin, std::uint32_t end) {
    for_each_into(projection, begin, end,
                  [&](SynapseId, std::uint32_t, std::uint32_t j) { ++result.begin[j + 1]; });
  });
  std::partial_sum(result.begin.begin(), result.begin.end(), result.begin.begin());
  for_each_block([&](std::uint32_t begin, std::uint32_t end) {
    std::vector<SynapseId> next(result.begin.begin() + begin, result.begin.begin() + end);
    for_each_into(projection, begin, end, [&](SynapseId k, std::uint32_t i, std::uint32_t j) {
      const SynapseId at = next[j - begin]++;
      result.positions[at] = k;
      result.sources[at] = i;
    });
  });
  return result;
}

}  // namespace retrograde
