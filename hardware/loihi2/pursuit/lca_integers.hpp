// The integers of a pursuit on the chip (chip_lca.hpp): what neurons and weights are made of, before
// there is a network of them.
#pragma once

#include <vector>

#include <retrograde/hardware/loihi2/model/pursuit/lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/chip_lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_weights.hpp>

namespace retrograde::loihi2 {

struct LcaIntegers {
  double scale = 1.0;
  std::vector<Lca> coefficients;
  std::vector<LcaResidual> residual;  // of two layers
  // Onto coefficients: of one layer from each other, of two from the residual.
  LcaWeights feedforward;
  LcaWeights feedback;  // of two layers: onto the residual
};

// The real weights behind them: h (1 - D^T D), or D without h.
Matrix competition(const PursuitProblem& problem, double step);
// lambda of each coefficient. Throws DeploymentError for groups and codes of one sign.
Vector thresholds(const PursuitProblem& problem);

// Throws as put_on_chip does.
LcaIntegers lca_integers(const PursuitProblem& problem, const Vector& signal,
                         const ChipLcaOptions& options);

}  // namespace retrograde::loihi2
