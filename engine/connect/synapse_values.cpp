#include <cmath>

#include <retrograde/engine/connect/synapse_values.hpp>

namespace retrograde {

double SynapseValues::next(std::uint32_t source, std::uint32_t target) {
  if (distribution_ && !by_pair_) return distribution_->draw(random_);
  return at(at_++, source, target);
}

double SynapseValues::at(std::uint64_t k) const {
  if (!distribution_) return values_[listed_ ? k : 0];
  Random random =
      distribution_->is_uniform() ? Random(seed_, purpose_, 0, k) : Random(seed_, purpose_, 1 + k);
  return distribution_->draw(random);
}

double SynapseValues::at(std::uint64_t k, std::uint32_t source, std::uint32_t target) const {
  if (function_) return function_(source, target);
  return profile_ ? profile_->at(grids_.distance(source, target)) : at(k);
}

bool SynapseValues::is_nan(std::size_t k) const { return listed_ && std::isnan(values_[k]); }

}  // namespace retrograde
