// Sums that 32 bits do not hold: those of projections that carry payloads of lca neurons, whose
// products alone take 32 bits. Kept in 64 bits until they are shifted when a step ends (synapse.hpp);
// what 32 bits do not hold then saturates (model/pursuit/lca.hpp).
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/activity.hpp>
#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde::loihi2 {

// Whether sums of the payloads that such neurons send are wide.
constexpr bool payloads_are_wide(ChipModel source) {
  return source == ChipModel::lca || source == ChipModel::lca_residual;
}

// Whether a projection's sums are wide. `projection` is one of `network`.
bool sums_are_wide(const ChipNetwork& network, const ChipProjection& projection);

// The synapses of one such projection by source. Immutable.
class WideProjection {
 public:
  WideProjection(const ChipNetwork& network, const ChipProjection& projection);

  std::uint32_t target() const { return target_; }  // population
  std::uint32_t port() const { return port_; }

  // What was sent over it in a step of one run.
  class Sums {
   public:
    explicit Sums(const WideProjection& projection)
        : projection_(&projection), sums_(projection.width_ * projection.delays_, 0) {}

    // Adds a message of any neuron. Returns the number of synapses.
    std::uint64_t add(const ChipSpike& message);
    // Calls visit(delay, target, sum) for what is not 0, shifted, and forgets it.
    template <typename Visit>
    void settle(const Visit& visit) {
      if (!touched_) return;
      touched_ = false;
      for (std::uint32_t delay = 0; delay < projection_->delays_; ++delay)
        for (std::uint32_t k = 0; k < projection_->width_; ++k) {
          std::int64_t& sum = sums_[std::size_t{delay} * projection_->width_ + k];
          if (const std::int64_t value = shifted(sum, projection_->exponent_); value != 0)
            visit(delay, k, value);
          sum = 0;
        }
    }

   private:
    const WideProjection* projection_;
    std::vector<std::int64_t> sums_;  // [delay][target]
    bool touched_ = false;
  };

 private:
  std::uint32_t target_ = 0, port_ = 0;
  NeuronId first_ = 0;        // of the sources
  std::uint32_t width_ = 0;   // targets
  std::uint32_t delays_ = 1;  // the longest, and one more
  int exponent_ = 0;
  // By source, and one past the end; whether its positions follow each other without gaps.
  std::vector<std::uint64_t> begin_;
  std::vector<char> without_gaps_;
  std::vector<std::uint32_t> positions_;  // delay * width + target
  std::vector<std::int16_t> weights_;
};

}  // namespace retrograde::loihi2
