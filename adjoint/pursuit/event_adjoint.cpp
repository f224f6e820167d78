#include <cmath>
#include <fmt/format.h>

#include <retrograde/adjoint/pursuit/event_adjoint.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/queue.hpp>

namespace retrograde {

namespace {

// A group on the support: a range of it, and J there.
struct ActiveGroup {
  Eigen::Index begin, size;
  double gain;  // m; 1 of a group without l2, of which n may be 0
  Time since;   // when its lambdas were `at_`
};

class AdjointNetwork {
 public:
  AdjointNetwork(const PursuitProblem& problem, const Vector& code, const Vector& p, double theta);

  // Until rest. Returns the number of messages.
  std::uint64_t run(std::uint64_t most_messages);
  const Vector& sent() const { return sent_; }
  Time time() const { return time_; }

 private:
  // Where the lambdas of a group go: J of the drive.
  void aim(const ActiveGroup& group);
  // What they are at `time`.
  void flow(ActiveGroup& group, Time time);
  // When one of them will have moved by theta.
  void expect(NeuronId g);
  void send(NeuronId g);

  double theta_;
  Time time_ = 0.0;
  Matrix coupling_;  // D_S^T D_S - 1
  Vector direction_, drive_, target_, at_, sent_;
  std::vector<ActiveGroup> groups_;
  EmissionQueue queue_{0};
};

Matrix active_atoms(const PursuitProblem& problem, const std::vector<Eigen::Index>& support) {
  const auto size = static_cast<Eigen::Index>(support.size());
  Matrix active(problem.dictionary.dimension(), size);
  std::visit(
      [&](const auto& atoms) {
        for (Eigen::Index i = 0; i < size; ++i)
          active.col(i) = atoms.col(support[static_cast<std::size_t>(i)]);
      },
      problem.dictionary.atoms());
  return active;
}

AdjointNetwork::AdjointNetwork(const PursuitProblem& problem, const Vector& code, const Vector& p,
                               double theta)
    : theta_(theta) {
  const std::vector<Eigen::Index> support = support_of(problem.penalty, code);
  const auto size = static_cast<Eigen::Index>(support.size());
  const Matrix active = active_atoms(problem, support);
  coupling_ = active.transpose() * active - Matrix::Identity(size, size);
  drive_ = Vector(size);
  direction_ = Vector(size);
  for (Eigen::Index i = 0; i < size; ++i) {
    direction_(i) = code(support[static_cast<std::size_t>(i)]);
    drive_(i) = p(support[static_cast<std::size_t>(i)]);
  }
  target_ = at_ = sent_ = Vector::Zero(size);
  const Penalty& penalty = problem.penalty;
  groups_.reserve(support.size());
  for (Eigen::Index begin = 0, end = 0; begin < size; begin = end) {
    const Eigen::Index g = penalty.groups.of(support[static_cast<std::size_t>(begin)]);
    end = begin;
    while (end < size && penalty.groups.of(support[static_cast<std::size_t>(end)]) == g) ++end;
    const double norm = direction_.segment(begin, end - begin).norm(), hold = penalty.l2(g);
    // Without weights a group is on the support even where its code is 0.
    if (norm > 0.0) direction_.segment(begin, end - begin) /= norm;
    groups_.push_back({begin, end - begin, hold > 0.0 ? norm / (norm + hold) : 1.0, 0.0});
  }
  queue_ = EmissionQueue(static_cast<NeuronId>(groups_.size()));
  for (NeuronId g = 0; g < groups_.size(); ++g) {
    aim(groups_[g]);
    expect(g);
  }
}

void AdjointNetwork::aim(const ActiveGroup& group) {
  const auto drive = drive_.segment(group.begin, group.size);
  const auto n = direction_.segment(group.begin, group.size);
  target_.segment(group.begin, group.size) =
      group.gain * drive + (1.0 - group.gain) * n.dot(drive) * n;
}

void AdjointNetwork::flow(ActiveGroup& group, Time time) {
  const double kept = std::exp(group.since - time);
  for (Eigen::Index i = group.begin; i < group.begin + group.size; ++i)
    at_(i) = target_(i) + (at_(i) - target_(i)) * kept;
  group.since = time;
}

void AdjointNetwork::expect(NeuronId g) {
  const ActiveGroup& group = groups_[g];
  double soonest = never;
  for (Eigen::Index i = group.begin; i < group.begin + group.size; ++i) {
    const double sign = target_(i) > sent_(i) ? 1.0 : -1.0;
    const double to = sign * (target_(i) - sent_(i)), from = sign * (at_(i) - sent_(i));
    if (to <= theta_) continue;
    // from -> to along an exponential, through theta.
    soonest = std::fmin(soonest, std::fmax(std::log((to - from) / (to - theta_)), 0.0));
  }
  queue_.expect(g, soonest == never ? never : group.since + soonest);
}

void AdjointNetwork::send(NeuronId g) {
  flow(groups_[g], time_);
  const Eigen::Index begin = groups_[g].begin, size = groups_[g].size;
  const Vector change = at_.segment(begin, size) - sent_.segment(begin, size);
  sent_.segment(begin, size) = at_.segment(begin, size);
  drive_ -= coupling_.middleCols(begin, size) * change;
  for (NeuronId h = 0; h < groups_.size(); ++h) {
    flow(groups_[h], time_);
    aim(groups_[h]);
    expect(h);
  }
}

std::uint64_t AdjointNetwork::run(std::uint64_t most_messages) {
  std::uint64_t messages = 0;
  for (; !queue_.empty(); ++messages) {
    if (messages == most_messages)
      throw NumericalError(fmt::format(
          "the adjoint network has not come to rest after {} messages; take a larger theta than {} "
          "or atoms of length 1, or solve for the gradient instead",
          messages, theta_));
    time_ = queue_.time();
    send(queue_.neuron());
  }
  return messages;
}

}  // namespace

EventAdjointResult pursuit_gradient_by_events(const PursuitProblem& problem, const Vector& code,
                                              const Vector& p, double theta,
                                              std::uint64_t most_messages) {
  require_code(problem, code, p);
  if (!(theta > 0.0) || !std::isfinite(theta))
    throw UsageError(fmt::format("theta is {}, it has to be above 0", theta));
  AdjointNetwork network(problem, code, p, theta);
  EventAdjointResult result;
  result.messages = network.run(most_messages);
  result.time = network.time();
  Vector lambda = Vector::Zero(code.size());
  const std::vector<Eigen::Index> support = support_of(problem.penalty, code);
  for (std::size_t i = 0; i < support.size(); ++i)
    lambda(support[i]) = network.sent()(static_cast<Eigen::Index>(i));
  result.gradient = gradient_of_lambda(problem, code, std::move(lambda));
  return result;
}

}  // namespace retrograde
