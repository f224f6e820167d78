#include <algorithm>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/network/outgoing.hpp>

namespace retrograde {

std::uint32_t Projection::source_of(SynapseId k) const {
  return static_cast<std::uint32_t>(std::upper_bound(rows.begin(), rows.end(), k) - rows.begin() -
                                    1);
}

SynapseId Projection::joining(std::uint32_t i, std::uint32_t j) const {
  if (dense) return static_cast<SynapseId>(i * (size / (rows.size() - 1)) + j);
  const auto begin = targets.begin() + rows[i], end = targets.begin() + rows[i + 1];
  const auto found = std::lower_bound(begin, end, j);
  return found != end && *found == j ? static_cast<SynapseId>(found - targets.begin()) : size;
}

SynapseId Projection::joining_end(std::uint32_t i, SynapseId k) const {
  SynapseId end = k + 1;
  while (multapses && end < rows[i + 1] && targets[end] == targets[k]) ++end;
  return end;
}

SynapseIds::Iterator::Iterator(const SynapseIds& ids) : ids_(&ids) { enter(); }

void SynapseIds::Iterator::enter() {
  while (s_ == end_ && next_ < ids_->from_.size()) {
    const Projection& p = ids_->projections_[ids_->from_[next_++]];
    s_ = p.first + p.rows[ids_->source_];
    end_ = p.first + p.rows[ids_->source_ + 1];
  }
}

Synapse OutgoingSynapses::operator[](std::size_t k) const {
  return network_->synapse(source_, order_[k]);
}

}  // namespace retrograde
