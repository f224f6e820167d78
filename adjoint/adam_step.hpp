// A step of Adam (Kingma & Ba, ICLR 2015) for single numbers: what is to be taken from a value, of the
// moments m and v of its gradient g.
//
//   m := beta1 m + (1 - beta1) g     v := beta2 v + (1 - beta2) g^2
//   rate m' / (sqrt(v') + epsilon)   m', v': corrected for beginning at 0, n steps ago
#pragma once

#include <cmath>

namespace retrograde {

class AdamStep {
 public:
  // Of step `steps`, the first is 1.
  AdamStep(double beta1, double beta2, double epsilon, double steps)
      : beta1_(beta1),
        beta2_(beta2),
        epsilon_(epsilon),
        correction1_(1.0 / (1.0 - std::pow(beta1, steps))),
        correction2_(1.0 / (1.0 - std::pow(beta2, steps))) {}

  double operator()(double rate, double gradient, double& m, double& v) const {
    m = beta1_ * m + (1.0 - beta1_) * gradient;
    v = beta2_ * v + (1.0 - beta2_) * gradient * gradient;
    return rate * (m * correction1_) / (std::sqrt(v * correction2_) + epsilon_);
  }

 private:
  double beta1_, beta2_, epsilon_, correction1_, correction2_;
};

}  // namespace retrograde
