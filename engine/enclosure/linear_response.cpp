#include <cmath>

#include <retrograde/engine/enclosure/linear_response.hpp>

namespace retrograde {

namespace {

constexpr double slack = 1e-12;  // relative, of a time on the grid

}  // namespace

LinearResponse::LinearResponse(const CubaLif& neuron, const TimeWeight& weighting, Time duration,
                               Time grid)
    : neuron_(neuron), weighting_(weighting), duration_(duration), grid_(grid) {
  neuron_.bias = 0.0;
  if (!(grid > 0.0)) return;
  const auto last = static_cast<std::size_t>(std::floor(duration / grid * (1.0 + slack)));
  points_.assign(last + 1, 0.0);
  const CubaLif::Propagator p = neuron_.propagator(grid);
  double of_voltage = 0.0;  // P(n + 1)
  for (std::size_t n = last; n-- > 0;) {
    const Time point = std::fmin(static_cast<double>(n + 1) * grid, duration);
    of_voltage = grid * weighting.at(point, duration) + of_voltage * p.mem;
    points_[n] = p.kernel * of_voltage + p.syn * points_[n + 1];
  }
}

double LinearResponse::most(Time first) const {
  return grid_ > 0.0 ? at_point(std::floor(first / grid_)) : at(first);
}

double LinearResponse::least(Time last) const {
  return grid_ > 0.0 ? at_point(std::ceil(last / grid_)) : at(last);
}

double LinearResponse::of_bias(double bias) const {
  if (bias == 0.0) return 0.0;
  CubaLif biased = neuron_;
  biased.bias = bias;
  if (!(grid_ > 0.0))
    return biased.integral({}, duration_, weighting_.stretch(0.0, duration_, duration_));
  double sum = 0.0;
  for (std::size_t n = 1; n < points_.size(); ++n) {
    const Time point = std::fmin(static_cast<double>(n) * grid_, duration_);
    sum += grid_ * weighting_.at(point, duration_) * biased.flow({}, point).v;
  }
  return sum;
}

double LinearResponse::at(Time t) const {
  if (!(t < duration_)) return 0.0;
  return neuron_.integral({0.0, 1.0}, duration_ - t, weighting_.stretch(t, duration_, duration_));
}

double LinearResponse::at_point(double point) const {
  if (!(point < static_cast<double>(points_.size()))) return 0.0;
  return points_[point > 0.0 ? static_cast<std::size_t>(point) : 0];
}

}  // namespace retrograde
