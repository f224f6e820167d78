#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/pursuit/packing.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

namespace {

using Eigen::Index;

void check(const PackingSpec& spec) {
  if (spec.each < 1 || spec.each > spec.dimension)
    throw UsageError(fmt::format("subspaces of {} dimensions do not fit a space of {}", spec.each,
                                 spec.dimension));
  if (spec.subspaces < 2)
    throw UsageError(
        fmt::format("{} subspaces have no distance to keep, give at least 2", spec.subspaces));
  if (!(spec.wanted >= 0.0 && spec.wanted < 1.0))
    throw UsageError(
        fmt::format("wanted is {}, it has to be a cosine from 0 to below 1", spec.wanted));
}

// The nearest basis to a block of full rank, its polar factor B (B^T B)^(-1/2): it spans the same
// subspace and prefers no atom.
Matrix orthonormal(const Matrix& block) {
  const Eigen::SelfAdjointEigenSolver<Matrix> square(block.transpose() * block);
  return block * square.operatorInverseSqrt();
}

Matrix random_subspaces(const PackingSpec& spec) {
  Matrix atoms(spec.dimension, spec.subspaces * spec.each);
  for (Index j = 0; j < atoms.cols(); ++j) {
    Random random(spec.seed, "packing", static_cast<std::uint64_t>(j));
    for (Index i = 0; i < atoms.rows(); ++i) atoms(i, j) = random.normal();
  }
  for (Index g = 0; g < spec.subspaces; ++g) {
    auto block = atoms.middleCols(g * spec.each, spec.each);
    block = orthonormal(block);
  }
  return atoms;
}

// The nearest block of singular values that are not too large in the root mean square.
void clip_chordal(Eigen::Ref<Matrix> block, double most) {
  const double norm = block.norm(), allowed = most * std::sqrt(static_cast<double>(block.cols()));
  if (norm > allowed) block *= allowed / norm;
}

// The nearest block without a larger one: B V min(1, most / s) V^T, with V and s of B^T B.
void clip_spectral(Eigen::Ref<Matrix> block, double most) {
  if (block.squaredNorm() <= most * most) return;  // none can be larger
  const Eigen::SelfAdjointEigenSolver<Matrix> square(block.transpose() * block);
  Vector gains = square.eigenvalues();
  for (Index i = 0; i < gains.size(); ++i)
    gains(i) = gains(i) > most * most ? most / std::sqrt(gains(i)) : 1.0;
  block = (block * square.eigenvectors() * gains.asDiagonal() * square.eigenvectors().transpose())
              .eval();
}

// The nearest Gram matrix whose blocks are as wanted.
void project_on_blocks(const PackingSpec& spec, double most, Matrix& gram) {
  const Index m = spec.each;
  const auto clip = spec.distance == PackingDistance::chordal ? clip_chordal : clip_spectral;
  for (Index g = 0; g < spec.subspaces; ++g) {
    for (Index h = 0; h < g; ++h) {
      clip(gram.block(g * m, h * m, m, m), most);
      gram.block(h * m, g * m, m, m) = gram.block(g * m, h * m, m, m).transpose();
    }
    gram.block(g * m, g * m, m, m).setIdentity();
  }
}

// The nearest Gram matrix of a tight frame, as the atoms that have it: of the largest eigenvalues,
// as many as the space has dimensions, each becomes the same.
Matrix project_on_tight_frames(const PackingSpec& spec, const Matrix& gram) {
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(gram);
  const double redundancy = static_cast<double>(gram.rows()) / static_cast<double>(spec.dimension);
  return std::sqrt(redundancy) * solver.eigenvectors().rightCols(spec.dimension).transpose();
}

}  // namespace

double least_cosine(const PackingSpec& spec) {
  const auto d = static_cast<double>(spec.dimension), n = static_cast<double>(spec.subspaces),
             m = static_cast<double>(spec.each);
  return std::sqrt(std::fmax(n * m - d, 0.0) / (d * (n - 1.0)));
}

Matrix packing(const PackingSpec& spec) {
  check(spec);
  Matrix atoms = random_subspaces(spec);
  if (atoms.cols() <= spec.dimension) {  // the space has room for all: orthogonal ones
    const Matrix all = Eigen::HouseholderQR<Matrix>(atoms).householderQ();
    return all.leftCols(atoms.cols());
  }
  const double most = spec.wanted > 0.0 ? spec.wanted : least_cosine(spec);
  for (std::uint32_t k = 0; k < spec.iterations; ++k) {
    Matrix gram = atoms.transpose() * atoms;
    project_on_blocks(spec, most, gram);
    atoms = project_on_tight_frames(spec, gram);
  }
  for (Index g = 0; g < spec.subspaces; ++g) {
    auto block = atoms.middleCols(g * spec.each, spec.each);
    block = orthonormal(block);
  }
  return atoms;
}

}  // namespace retrograde
