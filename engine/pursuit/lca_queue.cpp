// LCA by a queue: each group holds at the instant of what reached it last.
#include <algorithm>
#include <cmath>
#include <deque>

#include <retrograde/engine/pursuit/lca_scheduler.hpp>
#include <retrograde/events/queue.hpp>

namespace retrograde {

namespace {

class Queue final : public LcaScheduler {
 public:
  Queue(const Penalty& penalty, LcaNeurons neurons, const LcaConnections& connections, Time tau,
        Time delay)
      : LcaScheduler(std::move(neurons)),
        groups_(penalty.groups),
        connections_(connections),
        tau_(tau),
        delay_(delay),
        since_(static_cast<std::size_t>(groups_.count()), 0.0),
        next_(static_cast<std::size_t>(groups_.count()), {never, LcaEvent::switches}),
        expected_(static_cast<NeuronId>(groups_.count())) {}

  std::optional<LcaStep> step() override {
    // What arrives comes before what is sent at the same instant (events/order.hpp).
    while (!under_way_.empty() && under_way_.front().time <= expected_.time()) {
      now_ = under_way_.front().time;
      arrive(under_way_.front().group, under_way_.front().change, Reach::others);
      under_way_.pop_front();
    }
    if (expected_.empty()) return {};
    now_ = expected_.time();
    const NeuronId sender = expected_.neuron();
    const auto group = static_cast<Eigen::Index>(sender);
    neurons_.offset.segment(groups_.begin(group), groups_.size(group)) *=
        1.0 / next_[sender].growth;
    since_[sender] = now_;
    LcaStep step{now_, group, neurons_.happen(group, next_[sender], change_), 0};
    if (!step.message) {
      plan(sender);
      return step;
    }
    arrive(sender, change_, delay_ > 0.0 ? Reach::itself : Reach::all);
    if (delay_ > 0.0) under_way_.push_back({now_ + delay_, sender, change_});
    for (const std::uint32_t reached : connections_.reached[sender])
      step.reached += static_cast<std::uint64_t>(groups_.size(reached));
    return step;
  }

  void set_theta(double theta) override {
    neurons_.set_theta(theta);
    for (std::uint32_t g = 0; g < next_.size(); ++g) {
      bring(g);
      plan(g);
    }
  }

  Vector potential() const override {
    Vector u(neurons_.drive.size());
    for (Eigen::Index i = 0; i < u.size(); ++i) {
      const auto g = static_cast<std::size_t>(groups_.of(i));
      u(i) = neurons_.drive(i) + neurons_.offset(i) * std::exp(-(now_ - since_[g]) / tau_);
    }
    return u;
  }

 private:
  enum class Reach { all, itself, others };
  struct Message {
    Time time;  // of its arrival
    std::uint32_t group;
    Vector change;
  };

  void bring(std::uint32_t group) {
    if (since_[group] == now_) return;
    neurons_.offset.segment(groups_.begin(group), groups_.size(group)) *=
        std::exp(-(now_ - since_[group]) / tau_);
    since_[group] = now_;
  }

  void plan(std::uint32_t group) {
    next_[group] = neurons_.next(group);
    const double growth = next_[group].growth;
    expected_.expect(group, growth == never ? never : now_ + tau_ * std::log(growth));
  }

  // A message of `sender` reaches whom it concerns.
  void arrive(std::uint32_t sender, const Vector& change, Reach reach) {
    const auto concerns = [&](std::uint32_t group) {
      return reach == Reach::all || (reach == Reach::itself) == (group == sender);
    };
    for (const std::uint32_t group : connections_.reached[sender])
      if (concerns(group)) bring(group);
    const Eigen::Index first = groups_.begin(sender);
    for (Eigen::Index j = 0; j < change.size(); ++j)
      for (SparseMatrix::InnerIterator weight(connections_.competition, first + j); weight;
           ++weight) {
        if (!concerns(static_cast<std::uint32_t>(groups_.of(weight.row())))) continue;
        const double inhibition = weight.value() * change(j);
        neurons_.drive(weight.row()) -= inhibition;
        neurons_.offset(weight.row()) += inhibition;
      }
    for (const std::uint32_t group : connections_.reached[sender])
      if (concerns(group)) plan(group);
  }

  const Groups& groups_;
  const LcaConnections& connections_;
  const Time tau_, delay_;
  Time now_ = 0.0;
  std::vector<Time> since_;        // per group, when its drive and offset hold
  std::vector<LcaEvent> next_;     // per group
  EmissionQueue expected_;         // of groups
  std::deque<Message> under_way_;  // one delay, so in the order in which they were sent
  Vector change_;
};

}  // namespace

LcaConnections lca_connections(const Penalty& penalty, const SparseMatrix& competition) {
  const Groups& groups = penalty.groups;
  LcaConnections connections{competition, {}};
  connections.reached.resize(static_cast<std::size_t>(groups.count()));
  for (Eigen::Index g = 0; g < groups.count(); ++g) {
    std::vector<std::uint32_t>& reached = connections.reached[static_cast<std::size_t>(g)];
    reached.assign(1, static_cast<std::uint32_t>(g));
    for (Eigen::Index j = groups.begin(g); j < groups.begin(g) + groups.size(g); ++j)
      for (SparseMatrix::InnerIterator weight(connections.competition, j); weight; ++weight)
        reached.push_back(static_cast<std::uint32_t>(groups.of(weight.row())));  // NOLINT
    std::sort(reached.begin(), reached.end());
    reached.erase(std::unique(reached.begin(), reached.end()), reached.end());
    reached.shrink_to_fit();
  }
  return connections;
}

std::unique_ptr<LcaScheduler> lca_by_queue(const Penalty& penalty, LcaNeurons neurons,
                                           const LcaConnections& connections, Time tau,
                                           Time delay) {
  return std::make_unique<Queue>(penalty, std::move(neurons), connections, tau, delay);
}

}  // namespace retrograde
