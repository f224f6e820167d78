#include <algorithm>
#include <cmath>

#include <retrograde/engine/pursuit/lca_neurons.hpp>

namespace retrograde {

LcaNeurons::LcaNeurons(const Penalty& penalty, Vector drives, const EventLcaState& start)
    : drive(std::move(drives)),
      offset(start.potential - drive),
      low(Vector::Constant(drive.size(), -never)),
      high(Vector::Constant(drive.size(), never)),
      sent(start.sent),
      penalty_(penalty),
      reference_(start.sent),
      enters_(penalty.groups.count()),
      active_(static_cast<std::size_t>(penalty.groups.count())) {
  // The potentials of which what was sent is the code: before the shrinkage of the group, and of
  // coefficients that are not 0 before the threshold.
  for (Eigen::Index g = 0; g < penalty.groups.count(); ++g) {
    const Eigen::Index first = penalty.groups.begin(g), size = penalty.groups.size(g);
    const double norm = sent.segment(first, size).norm();
    active_[static_cast<std::size_t>(g)] = norm > 0.0 || penalty.l2(g) == 0.0;
    for (Eigen::Index i = first; i < first + size; ++i)
      if (sent(i) != 0.0)
        reference_(i) += penalty.l2(g) * sent(i) / norm + std::copysign(penalty.l1(g), sent(i));
  }
}

double LcaNeurons::largest_change_due() const {
  return (penalty_.shrunk(drive) - sent).lpNorm<Eigen::Infinity>();
}

void LcaNeurons::set_theta(double theta) {
  theta_ = theta;
  for (Eigen::Index g = 0; g < penalty_.groups.count(); ++g) {
    enters_(g) = penalty_.l2(g) + theta * std::sqrt(static_cast<double>(penalty_.groups.size(g)));
    target(g);
  }
}

double LcaNeurons::switches(Eigen::Index group, double before) {
  if (penalty_.l2(group) == 0.0) return never;
  const Eigen::Index first = penalty_.groups.begin(group);
  const bool silent = active_[static_cast<std::size_t>(group)] == 0;
  return 1.0 / switching_.next(penalty_, group, silent ? enters_(group) : penalty_.l2(group),
                               drive.data() + first, offset.data() + first, silent, 1.0 / before);
}

LcaEvent LcaNeurons::next(Eigen::Index group, double before) {
  LcaEvent event{never, LcaEvent::switches};
  const auto offer = [&](double growth, Eigen::Index neuron) {
    if (growth >= before) return;
    before = growth;
    event = {growth, neuron};
  };
  offer(switches(group, before), LcaEvent::switches);
  if (active_[static_cast<std::size_t>(group)] == 0) return event;
  const Eigen::Index first = penalty_.groups.begin(group), size = penalty_.groups.size(group);
  for (Eigen::Index i = first; i < first + size; ++i) {
    // Its drive leads it over one of its two potentials; at once, if it is there already.
    const double over = drive[i] > high[i] ? drive[i] - high[i] : low[i] - drive[i];
    if (!(over > 0.0)) continue;
    const double left = drive[i] > high[i] ? -offset[i] : offset[i];
    if (left <= over)
      offer(1.0, i);
    else if (left < before * over)
      offer(left / over, i);
  }
  return event;
}

double LcaNeurons::calm(Eigen::Index group) const {
  const Eigen::Index first = penalty_.groups.begin(group), size = penalty_.groups.size(group);
  const double l1 = penalty_.l1(group), l2 = penalty_.l2(group);
  const bool silent = active_[static_cast<std::size_t>(group)] == 0;
  // Neurons have nothing to send while their drives lead them nowhere else.
  double calm = never;
  for (Eigen::Index i = first; i < first + size && !silent; ++i)
    calm = std::min({calm, high[i] - drive[i], drive[i] - low[i]});
  if (l2 == 0.0 || calm <= 0.0) return calm;
  // |v| of the drive; on the way to it from the potential |v| is less by |d| at most. Whatever is said,
  // the potential goes no farther from that way than the drive has been moved, for that is convex.
  double square = 0.0, distance = 0.0;
  for (Eigen::Index i = first; i < first + size; ++i) {
    const double c = drive[i];
    const double v = std::max((penalty_.non_negative ? c : std::fabs(c)) - l1, 0.0);
    square += v * v;
    distance += offset[i] * offset[i];
  }
  // The silent region is convex: nobody leaves it whose drive is inside.
  if (silent) return enters_(group) - std::sqrt(square);
  return std::min(calm, std::sqrt(square) - std::sqrt(distance) - l2);
}

bool LcaNeurons::happen(Eigen::Index group, const LcaEvent& event, Vector& change) {
  const Eigen::Index first = penalty_.groups.begin(group), size = penalty_.groups.size(group);
  char& active = active_[static_cast<std::size_t>(group)];
  reference_.segment(first, size) = drive.segment(first, size) + offset.segment(first, size);
  if (event.neuron == LcaEvent::switches) {
    active = active == 0;
  } else {
    // It is there to the last bit, whatever rounding says, unless it has been beyond already.
    double& u = reference_(event.neuron);
    if (drive(event.neuron) > high(event.neuron))
      u = event.growth > 1.0 ? high(event.neuron) : std::fmax(u, high(event.neuron));
    else
      u = event.growth > 1.0 ? low(event.neuron) : std::fmin(u, low(event.neuron));
  }
  target(group);

  Vector& code = change;
  code = reference_.segment(first, size);
  if (active == 0)
    code.setZero();
  else
    penalty_.shrink(group, code.data());
  // At the boundary of silence there is no code, but what rounding leaves.
  if (code.lpNorm<Eigen::Infinity>() <= 1e-9 * theta_) code.setZero();
  code -= sent.segment(first, size);
  sent.segment(first, size) += code;
  return (code.array() != 0.0).any();
}

bool LcaNeurons::coded(Eigen::Index group) const {
  return (sent.segment(penalty_.groups.begin(group), penalty_.groups.size(group)).array() != 0.0)
      .any();
}

void LcaNeurons::target(Eigen::Index group) {
  const Eigen::Index first = penalty_.groups.begin(group), size = penalty_.groups.size(group);
  const bool silent = active_[static_cast<std::size_t>(group)] == 0;
  const double l1 = penalty_.l1(group);
  // A step back to 0 is one, rounding leaves no coefficient of its own size.
  const double step = theta_ * (1.0 + 1e-9);
  const bool thresholded = l1 > 0.0 || penalty_.non_negative;
  for (Eigen::Index i = first; i < first + size; ++i) {
    const double u = reference_(i);
    if (silent) {
      low(i) = -never;
      high(i) = never;
    } else if (!thresholded) {
      low(i) = u - theta_;
      high(i) = u + theta_;
    } else if (u > l1) {  // v = u - l1 moves by theta, or is back at 0
      low(i) = u - l1 > step ? u - theta_ : l1;
      high(i) = u + theta_;
    } else if (u < -l1 && !penalty_.non_negative) {
      low(i) = u - theta_;
      high(i) = -l1 - u > step ? u + theta_ : -l1;
    } else {
      low(i) = penalty_.non_negative ? -never : -l1 - theta_;
      high(i) = l1 + theta_;
    }
  }
}

}  // namespace retrograde
