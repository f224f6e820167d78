// The derivative of a function of which only values can be had: five-point differences, fourth
// order (Fornberg 1988), at steps that shrink by 4, in the manner of Ridders (1982). A long step
// leaves the error of the formula, a short one the rounding of the function; the pair of steps that
// agrees best decides, and how far apart its two differences are says how good it is.
//
// The same five values tell a smooth function from one with a kink at x: what the differences to
// the right are more than those to the left falls as the third power of the step where the function
// is smooth, and stays where it has a kink. Where it does neither, as if the steps straddle a kink
// nearby, the difference is not used.
#pragma once

#include <functional>
#include <limits>

namespace retrograde {

struct Difference {
  double value = std::numeric_limits<double>::quiet_NaN();       // NaN: no two steps could be used
  double uncertainty = std::numeric_limits<double>::infinity();  // of the value
  bool kink = false;   // no value because the derivatives to the left and to the right differ
  bool rough = false;  // no value because the differences of several steps contradict each other
};

// The function may be evaluated in [lower, upper). It is NaN where its value has nothing to do with
// the one at x: a step that meets such a place is not used. One side alone does not show a kink
// right beside x, so for differences to one side the function is given again, NaN beyond any kink.
struct DifferenceProblem {
  std::function<double(double)> f, one_sided;
  double x, at_x;  // where, and f there
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();
  double step = 1e-3;       // the longest; the shortest is 4^6 times smaller
  double tolerance = 1e-7;  // relative to max(1, |value|): half a jump of the derivative below it
                            // is none
};

// Central where the range allows it, else to one side. Up to 28 values.
Difference differentiate(const DifferenceProblem& problem);

}  // namespace retrograde
