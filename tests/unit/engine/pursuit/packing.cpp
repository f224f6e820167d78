// Packings. References: the simplex bound, which the 6 diagonals of the icosahedron reach (cosine 1 /
// sqrt 5); the figures of arXiv:2205.08955's dictionary as an independent program packed it (block
// coherence 0.316, mutual 0.272, largest eigenvalue 3.000, after 300 iterations).
#include <catch2/catch.hpp>
#include <cmath>

#include <retrograde/engine/pursuit/coherence.hpp>
#include <retrograde/engine/pursuit/packing.hpp>
#include <retrograde/events/error.hpp>

using namespace retrograde;

TEST_CASE("six lines of three dimensions are packed as the diagonals of the icosahedron") {
  for (const PackingDistance distance : {PackingDistance::chordal, PackingDistance::spectral}) {
    const PackingSpec spec{3, 6, 1, distance, 0.0, 2000, 4};
    CHECK(least_cosine(spec) == Approx(1.0 / std::sqrt(5.0)).epsilon(1e-14));
    const Coherence found = coherence(packing(spec), Groups::equal(6, 1));
    CHECK(found.mutual == Approx(1.0 / std::sqrt(5.0)).epsilon(1e-6));
    CHECK(found.block == Approx(found.mutual).epsilon(1e-12));
  }
}

TEST_CASE("a packing is of orthonormal blocks, farther apart than it began, and the same again") {
  PackingSpec spec{20, 12, 3, PackingDistance::spectral, 0.0, 100, 7};
  const Groups groups = Groups::equal(36, 3);
  const Matrix atoms = packing(spec);
  const Coherence packed = coherence(atoms, groups);
  CHECK(packed.defect < 1e-13);
  CHECK(packed.block >= least_cosine(spec));
  CHECK(atoms == packing(spec));

  // Each distance makes smaller what it speaks of, and both are better than what they began with.
  spec.distance = PackingDistance::chordal;
  const Coherence chordal = coherence(packing(spec), groups);
  spec.iterations = 0;
  const Coherence random = coherence(packing(spec), groups);
  CHECK(packed.block < chordal.block);
  CHECK(chordal.block < random.block);
  CHECK(random.defect < 1e-13);
  spec.seed = 8;
  CHECK(packing(spec) != atoms);
}

TEST_CASE("the dictionary of the published experiment is as far apart as its own program made it",
          "[slow]") {
  const Matrix atoms = packing({.iterations = 60});
  const Coherence found = coherence(atoms, Groups::equal(300, 4));
  CHECK(found.block == Approx(0.316).margin(0.02));
  CHECK(found.mutual == Approx(0.272).margin(0.02));
  CHECK(found.defect < 1e-13);
  CHECK(Dictionary(atoms).largest_eigenvalue() == Approx(3.0).margin(0.02));
}

TEST_CASE("subspaces for which there is room are orthogonal, those that cannot be are refused") {
  const Coherence found = coherence(packing({12, 3, 4}), Groups::equal(12, 4));
  CHECK(found.mutual < 1e-13);
  CHECK(least_cosine({12, 3, 4}) == 0.0);
  CHECK_THROWS_AS(packing({3, 2, 4}), UsageError);
  CHECK_THROWS_AS(packing({3, 1, 2}), UsageError);
  CHECK_THROWS_AS(packing({.wanted = 1.0}), UsageError);
  CHECK_THROWS_AS(packing({.wanted = -0.1}), UsageError);
}
