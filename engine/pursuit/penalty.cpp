#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/pursuit/penalty.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

Groups::Groups(const std::vector<Eigen::Index>& sizes) {
  if (sizes.empty()) throw UsageError("a code needs at least one group of coefficients");
  first_.reserve(sizes.size() + 1);
  first_.push_back(0);
  for (const Eigen::Index size : sizes) {
    const auto group = static_cast<Eigen::Index>(first_.size()) - 1;
    if (size < 1)
      throw UsageError(
          fmt::format("group {} has {} coefficients, it needs at least 1", group, size));
    of_.insert(of_.end(), static_cast<std::size_t>(size), group);
    first_.push_back(first_.back() + size);
  }
}

Groups Groups::equal(Eigen::Index size, Eigen::Index each) {
  if (each < 1 || size < 1 || size % each != 0)
    throw UsageError(fmt::format("{} coefficients do not divide into groups of {}", size, each));
  return Groups(std::vector<Eigen::Index>(static_cast<std::size_t>(size / each), each));
}

Vector Groups::norms(const Vector& code) const {
  Vector norms(count());
  for (Eigen::Index g = 0; g < count(); ++g) norms(g) = code.segment(begin(g), size(g)).norm();
  return norms;
}

Penalty Penalty::equal(Groups groups, double l1, double l2, bool non_negative) {
  const Eigen::Index count = groups.count();
  return {std::move(groups), Vector::Constant(count, l1), Vector::Constant(count, l2),
          non_negative};
}

double Penalty::value(const Vector& code) const {
  double sum = 0.0;
  for (Eigen::Index g = 0; g < groups.count(); ++g) {
    const auto part = code.segment(groups.begin(g), groups.size(g));
    if (l1(g) != 0.0) sum += l1(g) * part.lpNorm<1>();
    if (l2(g) != 0.0) sum += l2(g) * part.norm();
  }
  return sum;
}

Vector Penalty::shrunk(const Vector& u, double step) const {
  Vector code = u;
  for (Eigen::Index g = 0; g < groups.count(); ++g) shrink(g, code.data() + groups.begin(g), step);
  return code;
}

void Penalty::shrink(Eigen::Index group, double* u, double step) const {
  const Eigen::Index size = groups.size(group);
  const double soft = step * l1(group), hold = step * l2(group);
  // Coefficient by coefficient, and what is left of the group.
  double square = 0.0;
  for (Eigen::Index i = 0; i < size; ++i) {
    if (non_negative && u[i] < 0.0) u[i] = 0.0;
    if (soft > 0.0) u[i] = std::copysign(std::fmax(std::fabs(u[i]) - soft, 0.0), u[i]);
    square += u[i] * u[i];
  }
  if (hold == 0.0) return;
  // The group as a whole.
  const double norm = std::sqrt(square);
  const double gain = norm > hold ? 1.0 - hold / norm : 0.0;
  for (Eigen::Index i = 0; i < size; ++i) u[i] *= gain;
}

}  // namespace retrograde
