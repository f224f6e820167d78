// LCA by one clock: drives and offsets of all neurons hold at the same instant.
//
// After a message everybody has something else to do, but hardly anybody sooner than all others, and
// most have nothing to do at all. So a group is looked at again only when what has been said since
// might have moved its drive out of where it has nothing to do (LcaNeurons::calm), and a root is
// found only for who comes before the soonest so far.
#include <cmath>

#include <retrograde/engine/pursuit/lca_scheduler.hpp>

namespace retrograde {

namespace {

// Of theta: more than rounding leaves of any sum of messages here.
constexpr double margin = 1e-6;

class OneClock final : public LcaScheduler {
 public:
  OneClock(const Penalty& penalty, LcaNeurons neurons, const LcaBroadcast& connections, Time tau)
      : LcaScheduler(std::move(neurons)),
        groups_(penalty.groups),
        connections_(connections),
        tau_(tau),
        calm_until_(static_cast<std::size_t>(groups_.count()), 0.0),
        inhibition_(connections.competition.rows()) {}

  std::optional<LcaStep> step() override {
    const Next next = soonest();
    if (next.event.growth == never) return {};
    if (next.event.growth > 1.0) {
      neurons_.offset *= 1.0 / next.event.growth;
      now_ += tau_ * std::log(next.event.growth);
    }
    LcaStep step{now_, next.group, neurons_.happen(next.group, next.event, change_), 0};
    if (!step.message) return step;
    const auto columns =
        connections_.competition.middleCols(groups_.begin(next.group), groups_.size(next.group));
    inhibition_.noalias() = columns * change_;
    neurons_.drive -= inhibition_;
    neurons_.offset += inhibition_;
    said_ += connections_.reach(next.group) * change_.norm();
    step.reached = static_cast<std::uint64_t>(inhibition_.size());
    return step;
  }

  void set_theta(double theta) override {
    neurons_.set_theta(theta);
    said_ = 0.0;
    margin_ = margin * theta;
    calm_until_.assign(calm_until_.size(), 0.0);
  }
  Vector potential() const override { return neurons_.potential(); }

 private:
  struct Next {
    Eigen::Index group;
    LcaEvent event;
  };

  // Who comes first needs no logarithm.
  Next soonest() {
    Next next{0, {never, LcaEvent::switches}};
    for (std::size_t k = 0; k < calm_until_.size(); ++k) {
      if (said_ < calm_until_[k]) continue;
      const auto group = static_cast<Eigen::Index>(k);
      const double calm = neurons_.calm(group) - margin_;
      if (calm > 0.0) {
        calm_until_[k] = said_ + calm;
        continue;
      }
      const LcaEvent event = neurons_.next(group, next.event.growth);
      if (event.growth < next.event.growth) next = {group, event};
    }
    return next;
  }

  const Groups& groups_;
  const LcaBroadcast& connections_;
  const Time tau_;
  Time now_ = 0.0;
  // How far messages may have moved the drive of any group but their sender's; up to where each group
  // has nothing to do. A sender had something to do, so it is looked at again anyhow.
  double said_ = 0.0, margin_ = 0.0;
  std::vector<double> calm_until_;
  Vector inhibition_, change_;
};

}  // namespace

LcaBroadcast lca_broadcast(const Penalty& penalty, Matrix competition) {
  const Groups& groups = penalty.groups;
  Vector reach = Vector::Zero(groups.count());
  for (Eigen::Index from = 0; from < groups.count(); ++from)
    for (Eigen::Index to = 0; to < groups.count(); ++to) {
      if (to == from) continue;
      const auto weights = competition.block(groups.begin(to), groups.begin(from), groups.size(to),
                                             groups.size(from));
      reach(from) = std::fmax(reach(from), weights.norm());
    }
  return {std::move(competition), std::move(reach)};
}

std::unique_ptr<LcaScheduler> lca_by_one_clock(const Penalty& penalty, LcaNeurons neurons,
                                               const LcaBroadcast& connections, Time tau) {
  return std::make_unique<OneClock>(penalty, std::move(neurons), connections, tau);
}

}  // namespace retrograde
