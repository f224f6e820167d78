// Quadrature of voltages between two events, where a closed form is out of reach.
//
// Between two events V is a sum of exponentials e^(-r s), s ms from the first, with rates r up to
// `fastest`. Panels of [0, h] that begin 8/fastest long and then double resolve every such sum to
// rounding error with 15 Gauss-Legendre nodes each, whatever its rates are: on [0, 8/r] the error
// of e^(-r s) is below 2^30/30! = 4e-24 of its largest value, and on [s, 2 s] below e^(-1.5 z)
// (z/4)^30/30! with z = r s, at most 4e-25.
#pragma once

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cstddef>

#include <retrograde/engine/neuron/time_weight.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// Calls visit(begin, end) for the panels of [0, h] in ascending order, none longer than `longest`.
template <typename Visit>
void for_each_panel(Time h, double fastest, Time longest, const Visit& visit) {
  Time length = 8.0 / fastest;
  for (Time begin = 0.0; begin < h; length *= 2.0) {
    length = std::min(length, longest);
    const Time end = std::min(begin + length, h);
    visit(begin, end);
    begin = end;
  }
}

// Calls visit(s, w) for nodes of [0, h] in ascending order: the integral of the sigmoid weight
// (engine/neuron/time_weight.hpp) of a trial of `duration` ms times a voltage f(s) is the sum of w f(s)
// times the weight at the node. On half a trial the sigmoid is analytic within an ellipse of
// semi-axes that sum to 5.5, and 5.5^-30 = 6e-23. The nodes follow from the times of the events
// alone: a backward pass that takes the same ones is the exact adjoint of the sum.
template <typename Visit>
void for_each_node(Time h, double fastest, Time duration, const Visit& visit) {
  using Rule = boost::math::quadrature::gauss<double, 15>;
  const auto& x = Rule::abscissa();  // of the upper half; the first is 0, the middle
  const auto& w = Rule::weights();
  for_each_panel(h, fastest, 0.5 * duration, [&](Time begin, Time end) {
    const Time middle = 0.5 * (begin + end), half = 0.5 * (end - begin);
    for (std::size_t k = x.size(); k-- > 1;) visit(middle - half * x[k], half * w[k]);
    visit(middle, half * w[0]);
    for (std::size_t k = 1; k < x.size(); ++k) visit(middle + half * x[k], half * w[k]);
  });
}

// The same for any weighting without a closed form, over the h ms from `from` on: visit(s, w, weight),
// where the sum of w * weight * f(s) is the integral of the weighting times f.
template <typename Visit>
void for_each_weighted_node(Time from, Time h, double fastest, const TimeWeight& weighting,
                            Time duration, const Visit& visit) {
  if (weighting.kind() == TimeWeight::Kind::instant) {
    if (weighting.holds_instant(from, from + h, duration))
      visit(std::min(h, weighting.end(duration) - from), 1.0, 1.0);
    return;
  }
  if (weighting.kind() == TimeWeight::Kind::window) {
    const Time begin = std::max(0.0, weighting.from() - from),
               end = std::min(h, weighting.end(duration) - from);
    if (begin < end)
      for_each_node(end - begin, fastest, duration,
                    [&](Time s, double w) { visit(begin + s, w, 1.0); });
    return;
  }
  for_each_node(h, fastest, duration,
                [&](Time s, double w) { visit(s, w, weighting.at(from + s, duration)); });
}

}  // namespace retrograde
