// What s ms do to a cuba_lif neuron when s is short, s <= short_flow_limit / max(rate_mem,
// rate_syn): the propagator of cuba_lif.hpp by polynomials, good to three units in the last place,
// from additions and multiplications alone, so that a loop over it becomes SIMD without the help
// of a library (bench/README.md compares).
//
// With the slower of the two rates, gap = |rate_syn - rate_mem| and phi(x) = (1 - e^-x)/x:
//
//   slow = e^(-rate_slow s)      fast = slow (1 - gap s phi(gap s))
//   K    = rate_mem s slow phi(gap s)
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/events/host_device.hpp>

namespace retrograde {

inline constexpr double short_flow_limit = 0.25;

// a b + c in one rounding where the processor has an instruction for it, in two where it has not.
RETROGRADE_HOST_DEVICE inline double multiply_add(double a, double b, double c) {
#ifdef __CUDA_ARCH__
  return fma(a, b, c);
#elif defined(__FMA__)
  return __builtin_fma(a, b, c);
#else
  return a * b + c;
#endif
}

namespace detail {

// Interpolation at the nine Chebyshev nodes of [0, 1/4], computed with 60 digits: relative errors
// 2e-16 and 3e-17. Both are 1 at 0.
inline constexpr std::array<double, 9> exp_coefficients = {1.0,
                                                           -0x1.ffffffffffe5dp-1,
                                                           0x1.ffffffffea2f3p-2,
                                                           -0x1.5555554e52d24p-3,
                                                           0x1.555553131c4b1p-5,
                                                           -0x1.1110a843abc0ep-7,
                                                           0x1.6c00633f32e51p-10,
                                                           -0x1.9d4e828ea2e3dp-13,
                                                           0x1.6f5a116993682p-16};
inline constexpr std::array<double, 9> phi_coefficients = {1.0,
                                                           -0x1.ffffffffffffep-2,
                                                           0x1.5555555554ce3p-3,
                                                           -0x1.55555554a3c4cp-5,
                                                           0x1.111110b8207cfp-7,
                                                           -0x1.6c16959de0c5ep-10,
                                                           0x1.a00e4475e29c1p-13,
                                                           -0x1.9e5a34fb16151p-16,
                                                           0x1.4ecda9b0da864p-19};

// (x - 1 + e^-x)/x^2, likewise: 6e-18.
inline constexpr std::array<double, 9> second_coefficients = {0.5,
                                                              -0x1.5555555555555p-3,
                                                              0x1.555555555523dp-5,
                                                              -0x1.11111110d003cp-7,
                                                              0x1.6c16c12aee6d8p-10,
                                                              -0x1.a019e18a97d5dp-13,
                                                              0x1.a011697e95e19p-16,
                                                              -0x1.7096a01d2554ep-19,
                                                              0x1.0e47b3625674fp-22};

// Even and odd powers apart: half the wait for the one before.
[[gnu::always_inline]] RETROGRADE_HOST_DEVICE inline double polynomial(
    const std::array<double, 9>& c, double x) {
  const double square = x * x;
  double even = multiply_add(c[8], square, c[6]);
  double odd = multiply_add(c[7], square, c[5]);
  even = multiply_add(even, square, c[4]);
  odd = multiply_add(odd, square, c[3]);
  even = multiply_add(even, square, c[2]);
  odd = multiply_add(odd, square, c[1]);
  even = multiply_add(even, square, c[0]);
  return multiply_add(odd, x, even);
}

}  // namespace detail

// e^-x and (1 - e^-x)/x for 0 <= x <= short_flow_limit.
[[gnu::always_inline]] RETROGRADE_HOST_DEVICE inline double short_exp(double x) {
  constexpr auto coefficients = detail::exp_coefficients;
  return detail::polynomial(coefficients, x);
}
[[gnu::always_inline]] RETROGRADE_HOST_DEVICE inline double short_phi(double x) {
  constexpr auto coefficients = detail::phi_coefficients;
  return detail::polynomial(coefficients, x);
}
// (x - 1 + e^-x)/x^2 in the same range: the divided difference of the exponential at (0, 0, -x).
// That at (0, -x, -x) is short_phi(x) - short_second(x).
[[gnu::always_inline]] RETROGRADE_HOST_DEVICE inline double short_second(double x) {
  constexpr auto coefficients = detail::second_coefficients;
  return detail::polynomial(coefficients, x);
}

struct ShortFlow {
  double rate_mem = 0.0, rate_syn = 0.0, rate_slow = 0.0, rate_gap = 0.0;
  double fall_mem = 0.0, fall_syn = 0.0;  // rate_gap for the faster of the two, 0 for the slower

  ShortFlow() = default;
  RETROGRADE_HOST_DEVICE explicit ShortFlow(const CubaLif& n)
      : rate_mem(n.rate_mem),
        rate_syn(n.rate_syn),
        rate_slow(n.rate_slow),
        rate_gap(n.rate_gap),
        fall_mem(n.rate_mem > n.rate_syn ? n.rate_gap : 0.0),
        fall_syn(n.rate_mem > n.rate_syn ? 0.0 : n.rate_gap) {}

  RETROGRADE_HOST_DEVICE CubaLif::Propagator propagator(Time s) const {
    const double slow = short_exp(rate_slow * s), p = s * short_phi(rate_gap * s);
    return {slow * (1.0 - fall_mem * p), slow * (1.0 - fall_syn * p), slow * (rate_mem * p)};
  }
};

// The same of many neurons, an array per constant.
struct ShortFlows {
  std::vector<double> rate_mem, rate_syn, rate_slow, rate_gap, fall_mem, fall_syn;

  void add(const ShortFlow& f) {
    rate_mem.push_back(f.rate_mem);
    rate_syn.push_back(f.rate_syn);
    rate_slow.push_back(f.rate_slow);
    rate_gap.push_back(f.rate_gap);
    fall_mem.push_back(f.fall_mem);
    fall_syn.push_back(f.fall_syn);
  }
  ShortFlow operator[](std::size_t n) const {
    ShortFlow f;
    f.rate_mem = rate_mem[n];
    f.rate_syn = rate_syn[n];
    f.rate_slow = rate_slow[n];
    f.rate_gap = rate_gap[n];
    f.fall_mem = fall_mem[n];
    f.fall_syn = fall_syn[n];
    return f;
  }
};

}  // namespace retrograde
