#include <algorithm>
#include <cmath>
#include <cstddef>

#include <retrograde/adjoint/loss/cross_entropy.hpp>

namespace retrograde {

double cross_entropy(std::vector<double>& x, int label) {
  const auto l = static_cast<std::size_t>(label);
  const double top = *std::max_element(x.begin(), x.end());
  const double wanted = x[l] - top;
  double others = 0.0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    x[k] = std::exp(x[k] - top);
    if (k != l) others += x[k];
  }
  const double sum = x[l] + others;
  for (double& value : x) value /= sum;
  x[l] = -others / sum;
  return wanted == 0.0 ? std::log1p(others) : std::log(sum) - wanted;
}

}  // namespace retrograde
