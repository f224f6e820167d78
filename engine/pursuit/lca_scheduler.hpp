// Who finds out which event of an LCA comes next (event_lca.hpp), and tells those that it concerns.
// Two ways, held together by tests: by one clock, where everybody hears everything at once and the
// soonest is sought among those that what was said may concern; and by a queue, where an event concerns
// those few that a connection reaches, or later ones.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <retrograde/engine/pursuit/lca_neurons.hpp>

namespace retrograde {

struct LcaStep {
  Time time;
  Eigen::Index group;
  bool message;           // whether it sent anything
  std::uint64_t reached;  // neurons
};

class LcaScheduler {
 public:
  virtual ~LcaScheduler() = default;
  LcaScheduler(const LcaScheduler&) = delete;
  LcaScheduler& operator=(const LcaScheduler&) = delete;

  // The next event of a group, with what it causes at once; none: nothing is due. Of events at one
  // instant that of the lower group comes first.
  virtual std::optional<LcaStep> step() = 0;
  virtual void set_theta(double theta) = 0;
  virtual Vector potential() const = 0;  // now

  const LcaNeurons& neurons() const { return neurons_; }

 protected:
  explicit LcaScheduler(LcaNeurons neurons) : neurons_(std::move(neurons)) {}
  LcaNeurons neurons_;
};

// D^T D - 1, all of it, and how far at most a message of length 1 of each group moves the drive of
// another group: the largest Frobenius norm of a block. At most O(neurons (1 + neurons of a group)) an
// event.
struct LcaBroadcast {
  Matrix competition;
  Vector reach;
};
LcaBroadcast lca_broadcast(const Penalty& penalty, Matrix competition);

std::unique_ptr<LcaScheduler> lca_by_one_clock(const Penalty& penalty, LcaNeurons neurons,
                                               const LcaBroadcast& connections, Time tau);

// The same of connections that may be few, and who is reached by each group, ascending, itself
// included. O(neurons reached (1 + neurons of a group) + groups reached log(groups)) an event.
struct LcaConnections {
  SparseMatrix competition;
  std::vector<std::vector<std::uint32_t>> reached;
};
LcaConnections lca_connections(const Penalty& penalty, const SparseMatrix& competition);

std::unique_ptr<LcaScheduler> lca_by_queue(const Penalty& penalty, LcaNeurons neurons,
                                           const LcaConnections& connections, Time tau, Time delay);

}  // namespace retrograde
