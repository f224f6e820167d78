#include <cmath>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/pursuit/lca.hpp>
#include <retrograde/hardware/loihi2/pursuit/lca_weights.hpp>

namespace retrograde::loihi2 {

namespace {

constexpr int least_exponent = -8, most_exponent = 7;  // of a projection
constexpr int mantissa_bits = 8;

}  // namespace

LcaWeights lca_weights(const Matrix& weights, int shift, const char* where) {
  if (!weights.allFinite())
    throw DeploymentError(where, "weight", "a weight is not finite; check the dictionary");
  const double largest = weights.cwiseAbs().maxCoeff();
  int exponent = 0;
  if (largest > 0.0) std::frexp(largest, &exponent);
  exponent -= mantissa_bits;

  std::vector<std::int32_t> mantissas(static_cast<std::size_t>(weights.size()));
  for (Eigen::Index k = 0; k < weights.size(); ++k)
    mantissas[static_cast<std::size_t>(k)] =
        static_cast<std::int32_t>(std::ldexp(weights(k), -exponent));

  LcaWeights result;
  result.format.sign = sign_mode_of(mantissas);
  const int total = exponent + shift;
  if (total > most_exponent || total < least_exponent - lca_input_shift_limit)
    throw DeploymentError(
        where, "weight exponent",
        fmt::format("the largest weight is {}, which asks for an exponent of {}; {} to {} are "
                    "possible, scale the dictionary",
                    largest, total, least_exponent - lca_input_shift_limit, most_exponent));
  result.format.exponent = std::max(total, least_exponent);
  result.input_shift = result.format.exponent - total;
  result.stored.resize(weights.rows(), weights.cols());
  for (Eigen::Index k = 0; k < weights.size(); ++k)
    result.stored(k) = static_cast<std::int16_t>(
        stored_weight(mantissas[static_cast<std::size_t>(k)], result.format));
  return result;
}

}  // namespace retrograde::loihi2
