#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

#include <retrograde/engine/pursuit/coherence.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

using Eigen::Index;

double spectral_norm(const Matrix& block) {
  const Eigen::SelfAdjointEigenSolver<Matrix> square(block.transpose() * block,
                                                     Eigen::EigenvaluesOnly);
  return std::sqrt(std::fmax(square.eigenvalues()(square.eigenvalues().size() - 1), 0.0));
}

void check_guarantee(double block_coherence, Index k, double disturbance, const Vector& weights) {
  if (!(block_coherence >= 0.0))
    throw UsageError(
        fmt::format("a block coherence of {} is not a number from 0", block_coherence));
  if (!(disturbance >= 0.0))
    throw UsageError(fmt::format("a disturbance of {} is not a length", disturbance));
  if (k < 1 || k > weights.size())
    throw UsageError(fmt::format("{} active groups of {}: give 1 to all", k, weights.size()));
  for (Index g = 0; g < weights.size(); ++g)
    if (!(weights(g) > 0.0))
      throw UsageError(
          fmt::format("group {} has the weight {}; weights have to be above 0", g, weights(g)));
}

// `on` is the largest weight of an active group, `off` the smallest of another one.
GroupGuarantee promised(double mu, Index k, double eta, double on, double off) {
  const auto active = static_cast<double>(k);
  const double rest = 1.0 - (active - 1.0) * mu;
  if (rest > 0.0 && eta * (1.0 + mu) + active * mu * on < rest * off)
    return {true, (eta + on) / rest};
  return {false, std::numeric_limits<double>::infinity()};
}

}  // namespace

Coherence coherence(const Matrix& atoms, const Groups& groups) {
  if (groups.coefficients() != atoms.cols())
    throw UsageError(fmt::format("groups of {} coefficients do not fit {} atoms",
                                 groups.coefficients(), atoms.cols()));
  Coherence found;
  const Matrix unit = normalised(atoms);
  for (Index j = 0; j < atoms.cols(); ++j) {
    const Vector cosines = unit.leftCols(j).transpose() * unit.col(j);
    for (Index i = 0; i < j; ++i) {
      const double cosine = std::fabs(cosines(i));
      found.mutual = std::fmax(found.mutual, cosine);
      if (groups.of(i) != groups.of(j)) found.between = std::fmax(found.between, cosine);
    }
  }
  // Of groups of one the norm of a block is the product of two atoms, without a solver.
  if (groups.count() == groups.coefficients()) {
    for (Index j = 0; j < atoms.cols(); ++j) {
      if (j > 0)
        found.block = std::fmax(
            found.block, (atoms.leftCols(j).transpose() * atoms.col(j)).lpNorm<Eigen::Infinity>());
      found.defect = std::fmax(found.defect, std::fabs(atoms.col(j).squaredNorm() - 1.0));
    }
    return found;
  }
  for (Index g = 0; g < groups.count(); ++g) {
    const auto one = atoms.middleCols(groups.begin(g), groups.size(g));
    for (Index h = 0; h < g; ++h) {
      const auto other = atoms.middleCols(groups.begin(h), groups.size(h));
      found.block = std::fmax(found.block, spectral_norm(one.transpose() * other));
    }
    Matrix square = one.transpose() * one;
    square.diagonal().array() -= 1.0;
    found.defect = std::fmax(found.defect, spectral_norm(square));
  }
  return found;
}

GroupGuarantee group_guarantee(double block_coherence, Index k, double disturbance,
                               const Vector& weights) {
  check_guarantee(block_coherence, k, disturbance, weights);
  // Where every group is active there is none off them to be held back.
  const double off =
      k < weights.size() ? weights.minCoeff() : std::numeric_limits<double>::infinity();
  return promised(block_coherence, k, disturbance, weights.maxCoeff(), off);
}

GroupGuarantee group_guarantee(double block_coherence, const std::vector<Index>& active,
                               double disturbance, const Vector& weights) {
  check_guarantee(block_coherence, static_cast<Index>(active.size()), disturbance, weights);
  double on = 0.0, off = std::numeric_limits<double>::infinity();
  for (const Index g : active)
    if (g < 0 || g >= weights.size() || std::count(active.begin(), active.end(), g) > 1)
      throw UsageError(
          fmt::format("active group {} is none of {}, or named twice", g, weights.size()));
  for (Index g = 0; g < weights.size(); ++g) {
    if (std::find(active.begin(), active.end(), g) != active.end())
      on = std::fmax(on, weights(g));
    else
      off = std::fmin(off, weights(g));
  }
  return promised(block_coherence, static_cast<Index>(active.size()), disturbance, on, off);
}

double guaranteed_margin(const GroupGuarantee& guarantee, Index k, const Vector& lengths) {
  if (k < 1 || k > lengths.size())
    throw UsageError(fmt::format("{} active groups of {}: give 1 to all", k, lengths.size()));
  Vector sorted = lengths.cwiseAbs();
  std::sort(sorted.data(), sorted.data() + sorted.size(), std::greater<>());
  double sum = 0.0;
  for (Index g = 0; g < k; ++g) sum += sorted(g);
  return guarantee.delta * sum;
}

}  // namespace retrograde
