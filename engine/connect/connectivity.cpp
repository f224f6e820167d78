#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/engine/connect/connectivity.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Hardly ever are there more.
double most_of(double expected) { return expected + 6.0 * std::sqrt(expected) + 16.0; }

}  // namespace

std::vector<SynapseSpec> list_synapses(const ProjectionEnds& ends, const Connectivity& connectivity,
                                       NeuronRange wanted, SynapseValues weights,
                                       SynapseValues delays, Random chance, std::uint64_t most,
                                       std::uint64_t& count) {
  const auto pairs = static_cast<double>(connectivity.pairs);
  const double share = static_cast<double>(wanted.end - wanted.begin) / ends.to.size;
  count = 0;
  std::vector<SynapseSpec> synapses;
  synapses.reserve(static_cast<std::size_t>(
      std::min({pairs, most_of(connectivity.density * pairs), static_cast<double>(most)}) * share));
  const auto visit = [&](std::uint32_t source, std::uint32_t target) {
    const double weight = weights.next(source, target), delay = delays.next(source, target);
    if (connectivity.density < 1.0 && !(chance.uniform() < connectivity.density)) return;
    if (std::isnan(weight) || (!connectivity.autapses && source == target)) return;
    if (count >= most)
      throw LimitError("synapses", static_cast<double>(most), static_cast<double>(count + 1),
                       fmt::format("{} -> {} has more than {} synapses; choose fewer",
                                   ends.from.name, ends.to.name, most));
    ++count;
    if (wanted.holds(target)) synapses.push_back({source, target, weight, delay});
  };
  if (connectivity.connect == Connect::one_to_one) {
    for (std::uint32_t n = 0; n < ends.from.size; ++n) visit(n, n);
  } else {
    for (std::uint32_t t = 0; t < ends.to.size; ++t)
      for (std::uint32_t s = 0; s < ends.from.size; ++s) visit(s, t);
  }
  return synapses;
}

}  // namespace retrograde
