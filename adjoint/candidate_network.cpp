#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <tuple>
#include <utility>

#include <retrograde/adjoint/candidate_network.hpp>
#include <retrograde/engine/network/with_synapses.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// The candidates in the order in which their synapses will lie: by projection, then by how many
// before them have the same pair, then by pair.
struct Placed {
  std::uint32_t projection, nth, source, target;
  std::size_t candidate;

  auto place() const { return std::tie(projection, nth, source, target); }
};

std::vector<Placed> placed(std::span<const Candidate> candidates) {
  std::vector<Placed> all;
  all.reserve(candidates.size());
  for (std::size_t c = 0; c < candidates.size(); ++c)
    all.push_back({candidates[c].projection, 0, candidates[c].source, candidates[c].target, c});
  const auto pair = [](const Placed& a) { return std::tie(a.projection, a.source, a.target); };
  std::sort(all.begin(), all.end(), [&](const Placed& a, const Placed& b) {
    return pair(a) != pair(b) ? pair(a) < pair(b) : a.candidate < b.candidate;
  });
  for (std::size_t k = 1; k < all.size(); ++k)
    if (pair(all[k]) == pair(all[k - 1])) all[k].nth = all[k - 1].nth + 1;
  std::sort(all.begin(), all.end(),
            [](const Placed& a, const Placed& b) { return a.place() < b.place(); });
  return all;
}

}  // namespace

CandidateNetwork with_candidates(const Network& network, std::span<const Candidate> candidates) {
  CandidateNetwork result;
  result.synapses.resize(candidates.size());
  NetworkBuilder builder = with_neurons_of(network);
  for (const Projection& p : network.projections())
    builder.connect(p.source, p.target, synapses_of(network, p), p.name, p.receptor);
  const std::vector<Placed> all = placed(candidates);
  SynapseId next = network.synapse_count();
  for (std::size_t k = 0; k < all.size();) {
    const std::uint32_t projection = all[k].projection, nth = all[k].nth;
    if (projection >= network.projections().size())
      throw InternalError("with_candidates: no such projection");
    const Projection& p = network.projections()[projection];
    std::vector<SynapseSpec> synapses;
    for (; k < all.size() && all[k].projection == projection && all[k].nth == nth; ++k) {
      synapses.push_back({all[k].source, all[k].target, 0.0, candidates[all[k].candidate].delay});
      result.synapses[all[k].candidate] = next++;
    }
    // No user's name has a control character.
    builder.connect(p.source, p.target, std::move(synapses), fmt::format("{}\x1f{}", p.name, nth),
                    p.receptor);
  }
  result.network = std::move(builder).build();
  return result;
}

void CandidateNetwork::split(std::span<const double> gradient, const GradientLayout& without,
                             std::vector<double>& own, std::vector<double>& candidates) const {
  const GradientLayout layout(network.layout(), without.delays);
  own.resize(without.size());
  for (const ParameterKind kind : parameter_kinds)
    std::copy_n(gradient.begin() + static_cast<std::ptrdiff_t>(layout.offset(kind)),
                without.count(kind),
                own.begin() + static_cast<std::ptrdiff_t>(without.offset(kind)));
  candidates.resize(synapses.size());
  for (std::size_t c = 0; c < synapses.size(); ++c)
    candidates[c] = gradient[layout.offset(ParameterKind::weight) + synapses[c]];
}

}  // namespace retrograde
