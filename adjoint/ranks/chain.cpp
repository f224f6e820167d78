#include <algorithm>
#include <cmath>

#include <retrograde/adjoint/ranks/chain.hpp>

namespace retrograde {

namespace {

// How many numbers travel together. A vector of P numbers takes about R + P / p steps over R ranks,
// each of the time of one message and of p numbers. Where a message costs as much as a thousand
// numbers, that is shortest at p = sqrt(1000 P / R) (docs/clusters.md).
std::size_t piece_of(std::size_t size, std::size_t ranks) {
  const double shortest =
      std::sqrt(1000.0 * static_cast<double>(size) / static_cast<double>(ranks));
  return std::clamp<std::size_t>(static_cast<std::size_t>(shortest), 1024, 32768);
}

template <typename Number>
void add_pieces(Ranks& ranks, const Chain& chain, std::span<std::vector<Number>> own) {
  std::vector<Number>& sum = own.front();
  const std::size_t piece_size = piece_of(sum.size(), chain.line().size());
  std::vector<Number> came(chain.before() ? std::min(piece_size, sum.size()) : 0);
  for (std::size_t begin = 0; begin < sum.size(); begin += piece_size) {
    const std::size_t size = std::min(piece_size, sum.size() - begin);
    const std::span<Number> piece = std::span(sum).subspan(begin, size);
    if (chain.before()) {
      ranks.receive(*chain.before(), std::as_writable_bytes(std::span(came).first(size)));
      for (std::size_t k = 0; k < size; ++k) piece[k] = came[k] + piece[k];
    }
    for (const std::vector<Number>& other : own.subspan(1))
      for (std::size_t k = 0; k < size; ++k) piece[k] += other[begin + k];
    if (chain.after()) ranks.send(*chain.after(), std::as_bytes(piece));
  }
  ranks.sent();
}

}  // namespace

Chain::Chain(const Ranks& ranks, std::size_t count)
    : rank_(ranks.rank()), size_(ranks.size()), count_(count) {
  for (int place = 0; place < size_; ++place) {
    const int rank = (place + 1) % size_;
    if (share(rank).size() > 0) line_.push_back(rank);
  }
  const auto here = std::find(line_.begin(), line_.end(), rank_);
  if (here == line_.end()) return;
  if (here != line_.begin()) before_ = *(here - 1);
  if (here + 1 != line_.end()) after_ = *(here + 1);
}

void add_along(Ranks& ranks, const Chain& chain, std::span<std::vector<double>> own) {
  add_pieces(ranks, chain, own);
}

void add_along(Ranks& ranks, const Chain& chain, std::vector<std::uint64_t>& own) {
  add_pieces(ranks, chain, std::span(&own, 1));
}

}  // namespace retrograde
