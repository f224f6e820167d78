// Real weights as integers of the chip, for networks whose neurons take any number: mantissas as wide
// as the chip has them, and the exponent that undoes it.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/pursuit/dictionary.hpp>
#include <retrograde/hardware/loihi2/model/synapse.hpp>

namespace retrograde::loihi2 {

struct LcaWeights {
  WeightFormat format;           // exponent at least -8
  std::int32_t input_shift = 0;  // what of the exponent is left to the neuron
  Eigen::Matrix<std::int16_t, Eigen::Dynamic, Eigen::Dynamic> stored;  // [target, source]

  int exponent() const { return format.exponent - input_shift; }  // stored weight 2^exponent = w
};

// weights times 2^shift, whose mantissas are those of `weights`: trunc(w 2^-e), e the binary exponent
// of the largest |w| less 8, then as stored. Throws DeploymentError naming `where` for weights so small
// or large that no exponent and shift hold them, and for those that are not finite.
LcaWeights lca_weights(const Matrix& weights, int shift, const char* where);

}  // namespace retrograde::loihi2
