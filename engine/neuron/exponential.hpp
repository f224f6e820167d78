// Divided differences of the exponential: the one family of functions from which every propagator
// of a linear neuron is made.
//
// exp_difference(x0..xn; t) is the divided difference of x -> e^(x t) at the nodes x0..xn. It
// equals the convolution of e^(x0 t) .. e^(xn t), so it is what a chain of n + 1 first-order
// filters with rates x0..xn does to a pulse: positive, symmetric in its nodes, smooth where nodes
// meet. With one node it is e^(x t); with two, (e^(x1 t) - e^(x0 t)) / (x1 - x0). Nodes in 1/ms, t
// >= 0 in ms; the result has the unit ms^n.
//
// Method: nodes at least 1/t apart are separated by the defining recursion, in which nothing
// cancels that matters; for nodes closer together the Taylor series about the smallest node has
// only positive terms. Relative error, equal nodes included: below 1e-14 for up to four nodes,
// 1e-13 for five, times 1 + |x t| with x the largest node, since the exponent itself is rounded
// (tests/unit/engine/exponential.cpp compares with 300 digits).
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace retrograde {

namespace detail {

// Nodes ascending.
template <std::size_t N>
double exp_difference_sorted(const std::array<double, N>& x, double t) {
  if constexpr (N == 1) {
    return std::exp(x[0] * t);
  } else if constexpr (N == 2) {
    const double d = x[1] - x[0];
    if (d == 0.0) return t * std::exp(x[0] * t);
    return std::exp(x[1] * t) * -std::expm1(-d * t) / d;
  } else {
    const double spread = x[N - 1] - x[0];
    if (spread * t > 1.0) {
      std::array<double, N - 1> low{}, high{};
      for (std::size_t k = 0; k + 1 < N; ++k) {
        low[k] = x[k];
        high[k] = x[k + 1];
      }
      return (exp_difference_sorted(high, t) - exp_difference_sorted(low, t)) / spread;
    }
    // sum over k of t^(n+k)/(n+k)! h_k(y), h_k the complete homogeneous polynomial of y_i = x_i -
    // x_0 >= 0. h[i] holds h_k(y_0..y_i); h_k(y_0..y_i) = h_k(y_0..y_(i-1)) + y_i
    // h_(k-1)(y_0..y_i).
    std::array<double, N> h;
    h.fill(1.0);
    double factor = 1.0;
    for (std::size_t k = 1; k < N; ++k) factor *= t / static_cast<double>(k);
    double sum = factor;
    for (std::size_t k = 1; k < 40; ++k) {
      h[0] = 0.0;
      for (std::size_t i = 1; i < N; ++i) h[i] = h[i - 1] + (x[i] - x[0]) * h[i];
      factor *= t / static_cast<double>(N - 1 + k);
      const double term = factor * h[N - 1];
      sum += term;
      if (term <= 1e-17 * sum) break;
    }
    return std::exp(x[0] * t) * sum;
  }
}

}  // namespace detail

template <typename... Node>
double exp_difference(double t, Node... nodes) {
  std::array<double, sizeof...(Node)> x{static_cast<double>(nodes)...};
  for (std::size_t i = 1; i < x.size(); ++i) {  // insertion sort: at most five nodes
    const double value = x[i];
    std::size_t j = i;
    for (; j > 0 && x[j - 1] > value; --j) x[j] = x[j - 1];
    x[j] = value;
  }
  return detail::exp_difference_sorted(x, t);
}

}  // namespace retrograde
