// LCA by one clock: drives and offsets of all neurons hold at the same instant.
#include <cmath>

#include <retrograde/engine/pursuit/lca_scheduler.hpp>

namespace retrograde {

namespace {

class OneClock final : public LcaScheduler {
 public:
  OneClock(const Penalty& penalty, LcaNeurons neurons, const Matrix& competition, Time tau)
      : LcaScheduler(std::move(neurons)),
        groups_(penalty.groups),
        competition_(competition),
        tau_(tau),
        growth_(competition.rows()),
        inhibition_(competition.rows()) {
    for (Eigen::Index g = 0; g < groups_.count(); ++g)
      if (penalty.l2(g) > 0.0) switching_.push_back(g);  // NOLINT
  }

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
        competition_.middleCols(groups_.begin(next.group), groups_.size(next.group));
    inhibition_.noalias() = columns * change_;
    neurons_.drive -= inhibition_;
    neurons_.offset += inhibition_;
    step.reached = static_cast<std::uint64_t>(inhibition_.size());
    return step;
  }

  void set_theta(double theta) override { neurons_.set_theta(theta); }
  Vector potential() const override { return neurons_.potential(); }

 private:
  struct Next {
    Eigen::Index group;
    LcaEvent event;
  };

  // Who comes first needs no logarithm.
  Next soonest() {
    Next next{0, {never, LcaEvent::switches}};
    for (const Eigen::Index g : switching_) {
      const double growth = neurons_.switches(g);
      if (growth < next.event.growth) next = {g, {growth, LcaEvent::switches}};
    }
    for (Eigen::Index i = 0; i < growth_.size(); ++i) growth_[i] = neurons_.sends(i);
    const double least = growth_.minCoeff();
    if (least > next.event.growth || least == never) return next;
    Eigen::Index first = 0;
    while (growth_[first] != least) ++first;
    const Eigen::Index group = groups_.of(first);
    if (least < next.event.growth || group < next.group) next = {group, {least, first}};
    return next;
  }

  const Groups& groups_;
  const Matrix& competition_;
  const Time tau_;
  Time now_ = 0.0;
  std::vector<Eigen::Index> switching_;  // groups that can
  Vector growth_, inhibition_, change_;
};

}  // namespace

std::unique_ptr<LcaScheduler> lca_by_one_clock(const Penalty& penalty, LcaNeurons neurons,
                                               const Matrix& competition, Time tau) {
  return std::make_unique<OneClock>(penalty, std::move(neurons), competition, tau);
}

}  // namespace retrograde
