// When a group of neurons of an LCA becomes active or falls silent (event_lca.hpp), in closed form.
//
// Between events u = c + d s with s = e^(-(t - t0) / tau) falling from 1 to 0. A group switches where
// v, its potentials after the threshold of each coefficient, are as long as what holds them:
//
//   v_i = sign(u_i) max(|u_i| - l1, 0)       (of u_i < 0 it is 0, where codes are not negative)
//   q(s) = |v|^2 - held^2 = A s^2 + 2 B s + C
//
// in which A, B, C are constant while no u_i passes l1; q is convex in s with a continuous slope. So a
// silent group leaves at most once, and an active one enters only where q falls. Without l1 that is
// one quadratic, else one between each two of at most 2 n instants at which a u_i passes l1.
#pragma once

#include <Eigen/Core>
#include <vector>

#include <retrograde/engine/pursuit/penalty.hpp>

namespace retrograde {

// The largest s in (0, 1] at which the group with drive `c` and offset `d` = u - c becomes active
// (`silent` is true) or silent; 0: never, or not before s has fallen to `least`. 1 too, if it is
// already there. O(n), O(n^2 log n) with l1.
//
// That it is not before `least` takes no root: a convex q that is not above 0 at both ends of
// [least, 1] is not above 0 between them, and one that does not fall with s at `least` is nowhere
// lower from there to 1.
class Switching {
 public:
  double next(const Penalty& penalty, Eigen::Index group, double held, const double* c,
              const double* d, bool silent, double least = 0.0);

 private:
  std::vector<double> kinks_;  // where a u_i passes l1, latest s last; kept for its memory
};

}  // namespace retrograde
