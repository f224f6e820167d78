// The neurons of an LCA between events (event_lca.hpp), whoever finds out which event comes next.
//
// Of each neuron the drive c, the offset d = u - c of its potential from it, and the two potentials,
// low <= u <= high, at which it makes its group send: infinite for those of silent groups. Drive and
// offset of a group hold at an instant that the scheduler knows.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/pursuit/event_lca.hpp>
#include <retrograde/engine/pursuit/switching.hpp>

namespace retrograde {

// What a group does next: in `growth` = e^((t - t0) / tau), at least 1; infinite: nothing.
struct LcaEvent {
  static constexpr Eigen::Index switches = -1;

  double growth;
  Eigen::Index neuron;  // that has moved by theta; `switches`: the group becomes active or silent
};

class LcaNeurons {
 public:
  // At rest at `start`, or silent at 0, with the drives D^T x - (D^T D - 1) a^ of the start.
  LcaNeurons(const Penalty& penalty, Vector drive, const EventLcaState& start);

  // How far the code is from what the drives ask for: the largest change of a coefficient that is
  // due.
  double largest_change_due() const;
  // From now on this counts as a move; where no neuron has sent, nothing else changes.
  void set_theta(double theta);

  // What the group does next, if that is at a growth below `before`; else its growth is infinite.
  LcaEvent next(Eigen::Index group, double before = never);
  // How far the drive of the group may move, whichever way and whenever, before the group has
  // anything to do; 0 or less: it may have now.
  double calm(Eigen::Index group) const;

  // `group`, brought to the instant of `event`, does it. `change` becomes that of its code; false: it
  // is none.
  bool happen(Eigen::Index group, const LcaEvent& event, Vector& change);

  Vector potential() const { return drive + offset; }
  bool coded(Eigen::Index group) const;  // has a coefficient that is not 0

  Vector drive, offset, low, high;
  Vector sent;  // a^

 private:
  void target(Eigen::Index group);  // low and high
  // The growth at which it switches, if that is below `before`. Groups without l2 do not.
  double switches(Eigen::Index group, double before);

  const Penalty& penalty_;
  double theta_ = 0.0;
  Vector reference_;          // u^: the potentials when the group sent last
  Vector enters_;             // |v_g| at which a silent group becomes active
  std::vector<char> active_;  // per group
  Switching switching_;
};

}  // namespace retrograde
