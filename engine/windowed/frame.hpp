// Co-moving sums: what is under way to neurons that share their time constants, counted as of one
// instant, the base, so that an arrival costs no exponential.
//
// With a = rate_mem, b = rate_syn and gain = a / (b - a), an arrival of weight w at t adds
//
//   w e^(a (t - base)) to M          w e^(b (t - base)) to S
//
// and at T, when all of it has arrived, that is worth
//
//   V = gain (M e^(-a (T - base)) - S e^(-b (T - base)))          I = S e^(-b (T - base))
//
// because K(s) = gain (e^(-a s) - e^(-b s)). The exponentials of t = spike + delay are those of the
// spike times those of the delay: the former are made once per spike, the latter once per network.
//
// V is a difference, and loses `gain` units in the last place of w to it: time constants that are
// nearly equal have no frame (largest_gain). Exponents stay below frame_reach and
// longest_growth, so nothing overflows; after frame_reach time constants the base moves on.
#pragma once

#include <cmath>
#include <cstddef>

#include <retrograde/engine/neuron/cuba_lif.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// The neurons of one population within a layer.
struct WindowFrame {
  std::size_t begin = 0, end = 0;
  bool apart = false;      // the time constants of each of them are not nearly equal
  bool co_moving = false;  // they share the rates below, and have a frame
  double rate_mem = 0.0, rate_syn = 0.0, gain = 0.0;
};

RETROGRADE_HOST_DEVICE inline double gain_of(const CubaLif& n) {
  return n.rate_mem / (n.rate_syn - n.rate_mem);
}

// Of |gain|: time constants apart by a quarter at least.
inline constexpr double largest_gain = 4.0;
// Of the faster time constant: how far instants lie from the base, and how long delays are.
inline constexpr double frame_reach = 200.0, longest_growth = 300.0;

// e^(rate t), however large rate t is to a relative error of 4 units of rounding: what the product
// rounds is made good.
RETROGRADE_HOST_DEVICE inline double growth(double rate, Time t) {
  const double x = rate * t, rest = std::fma(rate, t, -x), e = std::exp(x);
  return e + e * rest;
}

// What sums of a window are worth at its end: V = v_of_m M + v_of_s S, I = i_of_s S. Without a frame
// sums are of what arrivals are worth already.
struct WindowWorth {
  double v_of_m = 1.0, v_of_s = 0.0, i_of_s = 1.0;

  RETROGRADE_HOST_DEVICE WindowWorth(const WindowFrame& frame, Time end_from_base) {
    if (!frame.co_moving) return;
    i_of_s = growth(frame.rate_syn, -end_from_base);
    v_of_s = -frame.gain * i_of_s;
    v_of_m = frame.gain * growth(frame.rate_mem, -end_from_base);
  }
};

}  // namespace retrograde
