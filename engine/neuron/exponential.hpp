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
// (tests/unit/engine/neuron/exponential.cpp compares with 300 digits). T is double, or any number type
// with exp and expm1: wider ones, and numbers with derivatives, whose derivatives are right where
// nodes meet as well.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

namespace retrograde {

// Rounding unit of a number type: of wide ones as their numeric_limits say, of double for doubles
// and for numbers made of doubles.
template <typename T>
constexpr double epsilon_of() {
  constexpr int digits = std::numeric_limits<T>::is_specialized
                             ? std::numeric_limits<T>::digits
                             : std::numeric_limits<double>::digits;
  double e = 1.0;
  for (int k = 1; k < digits; ++k) e /= 2.0;
  return e;
}

namespace detail {

// Nodes ascending.
template <std::size_t N, typename T>
T exp_difference_sorted(const std::array<T, N>& x, const T& t) {
  using std::exp, std::expm1;
  if constexpr (N == 1) {
    return exp(x[0] * t);
  } else {
    const T spread = x[N - 1] - x[0];
    if constexpr (N == 2 && std::is_same_v<T, double>) {  // the series would do, but this is faster
      if (spread == 0.0) return t * exp(x[0] * t);
      return exp(x[1] * t) * -expm1(-spread * t) / spread;
    }
    if (spread * t > 1.0) {
      if constexpr (N == 2) {
        return exp(x[1] * t) * -expm1(-spread * t) / spread;
      } else {
        std::array<T, N - 1> low{}, high{};
        for (std::size_t k = 0; k + 1 < N; ++k) {
          low[k] = x[k];
          high[k] = x[k + 1];
        }
        return (exp_difference_sorted(high, t) - exp_difference_sorted(low, t)) / spread;
      }
    }
    // sum over k of t^(n+k)/(n+k)! h_k(y), h_k the complete homogeneous polynomial of y_i = x_i -
    // x_0 >= 0. h[i] holds h_k(y_0..y_i); h_k(y_0..y_i) = h_k(y_0..y_(i-1)) + y_i
    // h_(k-1)(y_0..y_i).
    std::array<T, N> h;
    h.fill(T(1.0));
    T factor(1.0);
    for (std::size_t k = 1; k < N; ++k) factor = factor * (t / static_cast<double>(k));
    T sum = factor;
    constexpr double small = std::is_same_v<T, double> ? 1e-17 : epsilon_of<T>() / 16;
    for (std::size_t k = 1; k < 60; ++k) {
      h[0] = T(0.0);
      for (std::size_t i = 1; i < N; ++i) h[i] = h[i - 1] + (x[i] - x[0]) * h[i];
      factor = factor * (t / static_cast<double>(N - 1 + k));
      const T term = factor * h[N - 1];
      sum = sum + term;
      if (term <= small * sum) break;
    }
    return exp(x[0] * t) * sum;
  }
}

}  // namespace detail

// Common type of the time and the nodes.
template <typename Time_, typename... Node>
auto exp_difference(const Time_& t, const Node&... nodes) {
  using T = std::common_type_t<Time_, Node...>;
  std::array<T, sizeof...(Node)> x{T(nodes)...};
  for (std::size_t i = 1; i < x.size(); ++i) {  // insertion sort: at most five nodes
    const T value = x[i];
    std::size_t j = i;
    for (; j > 0 && x[j - 1] > value; --j) x[j] = x[j - 1];
    x[j] = value;
  }
  return detail::exp_difference_sorted<sizeof...(Node), T>(x, T(t));
}

}  // namespace retrograde
