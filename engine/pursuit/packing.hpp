// Grassmannian packing: subspaces of a space that keep as far from each other as they can, and the
// dictionary whose groups are orthonormal bases of them. Two subspaces meet at as many principal
// angles as they have dimensions; the cosines are the singular values of D_g^T D_h. Far is either
//
//   chordal    their root mean square is small, |D_g^T D_h|_F / sqrt(m)
//   spectral   the largest is small, the block coherence |D_g^T D_h|_2 (coherence.hpp)
//
// Alternating projection of the Gram matrix, between those whose blocks are as wanted (1 on the
// diagonal, cosines at most so large off it) and those of tight frames, D D^T = (n m / d) 1, which
// the best chordal packings are. Sources: Tropp, Dhillon, Heath, Strohmer 2005 (doi
// 10.1109/TIT.2004.839492); Dhillon, Heath, Strohmer, Tropp 2008 (doi
// 10.1080/10586458.2008.10129018).
#pragma once

#include <cstdint>

#include <retrograde/engine/pursuit/dictionary.hpp>

namespace retrograde {

enum class PackingDistance : std::uint8_t { chordal, spectral };

struct PackingSpec {
  Eigen::Index dimension = 100;  // of the space
  Eigen::Index subspaces = 75;
  Eigen::Index each = 4;  // dimensions of a subspace
  PackingDistance distance = PackingDistance::chordal;
  double wanted = 0.0;  // cosine of any two, by that distance; 0: the least possible
  std::uint32_t iterations = 300;
  std::uint64_t seed = 1;
};

// No packing has smaller cosines, by either distance: the simplex bound, sqrt((n m - d) / (d (n -
// 1))) for n subspaces of m dimensions in d; 0 where the space has room for all of them.
double least_cosine(const PackingSpec& spec);

// The atoms, subspace after subspace. Deterministic. Throws UsageError for subspaces that do not fit
// the space, for less than two, and for a wanted cosine outside [0, 1).
Matrix packing(const PackingSpec& spec);

}  // namespace retrograde
