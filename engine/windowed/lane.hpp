// What is under way to one neuron in one window, and what it does to the neuron when the window is closed.
// Compiled for the GPU too (engine/device).
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include <retrograde/engine/windowed/compensated.hpp>
#include <retrograde/engine/windowed/frame.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// M and S of a co-moving frame (frame.hpp), or what it is worth for V and I at the window's end; and
// the same without signs.
struct alignas(32) Lane {
  double m = 0.0, s = 0.0, size_m = 0.0, size_s = 0.0;

  RETROGRADE_HOST_DEVICE void add(double to_m, double to_s) {
    m += to_m;
    s += to_s;
    size_m += std::fabs(to_m);
    size_s += std::fabs(to_s);
  }

#ifndef __CUDACC__
  using Two [[gnu::vector_size(16)]] = double;

  // All entries at once.
  void add(Two both) {
    using Four [[gnu::vector_size(32), gnu::may_alias]] = double;
    using Bits [[gnu::vector_size(32)]] = std::int64_t;
    constexpr std::int64_t all_but_sign = std::numeric_limits<std::int64_t>::max();
    constexpr Bits kept{-1, -1, all_but_sign, all_but_sign};
    const Four twice = __builtin_shufflevector(both, both, 0, 1, 0, 1);
    *reinterpret_cast<Four*>(this) += reinterpret_cast<Four>(reinterpret_cast<Bits>(twice) & kept);
  }
#endif
};

// A neuron at the end of a window in which nothing resets it, and how high V gets on the way at most,
// but for the times of spikes that were off.
struct Closed {
  double v, i, error_v, error_i, bound;
};

// What a window does to a neuron: e^(-rate window) for both rates, K(window), and what V rests at.
struct WindowFlow {
  double mem, syn, kernel, bias, rate_mem;
};

// How high V gets in a window that it begins at v, i and, without what arrives, ends at free_v,
// free_i: below the tangents at both ends. `arriving`: what all positive arrivals add at most.
RETROGRADE_HOST_DEVICE inline double bound_of(double v, double i, double free_v, double free_i,
                                              double bias, double rate, Time window,
                                              double arriving) {
  const double from_start = v + rate * (bias - v + i) * window;
  const double from_end = free_v - rate * (bias - free_v + free_i) * window;
  const double inside = from_start < from_end ? from_start : from_end;
  const double ends = v > free_v ? v : free_v;
  const double rounding = 1e-12 * (std::fabs(v) + std::fabs(i) + std::fabs(bias));
  return (inside > ends ? inside : ends) + arriving * (1.0 + 1e-12) + rounding;
}

// The lane of the window is worth `worth`; its sums may be `of_sums` times their terms off.
RETROGRADE_HOST_DEVICE inline Closed close_neuron(const WindowFlow& flow, Time window, double v,
                                                  double i, double error_v, double error_i,
                                                  double m, double s, double size_m, double size_s,
                                                  const WindowWorth& worth, double of_sums) {
  const double off_v =
      of_sums * (std::fabs(worth.v_of_m) * size_m + std::fabs(worth.v_of_s) * size_s);
  const double free_v = flow.bias + (v - flow.bias) * flow.mem + i * flow.kernel;
  const double free_i = i * flow.syn;
  const double positive = 0.5 * (worth.v_of_m * (m + size_m) + worth.v_of_s * (s + size_s));
  Closed c;
  c.bound = bound_of(v, i, free_v, free_i, flow.bias, flow.rate_mem, window, positive) + error_v +
            error_i + off_v;
  // As CubaLif::flow_rounded has it; rate window is 1/4 at most.
  const double sizes =
      std::fabs(v) + 2.0 * std::fabs(flow.bias) + 2.25 * std::fabs(i) * flow.kernel;
  c.error_v = error_v * flow.mem + error_i * flow.kernel + 12.0 * 0x1p-53 * sizes + off_v;
  c.error_i = error_i * flow.syn + 8.0 * 0x1p-53 * std::fabs(i) + of_sums * (worth.i_of_s * size_s);
  c.v = free_v + (worth.v_of_m * m + worth.v_of_s * s);
  c.i = free_i + worth.i_of_s * s;
  return c;
}

// The same in a stiff layer, which has no frames: by increments in compensated sums, whose low parts
// come and go in v_low and i_low.
RETROGRADE_HOST_DEVICE inline Closed close_stiff_neuron(const WindowFlow& flow, double fall_mem,
                                                        double fall_syn, Time window, double v,
                                                        double i, double error_v, double error_i,
                                                        const Lane& lane, double of_sums,
                                                        double& v_low, double& i_low) {
  const double bias = flow.bias;
  const double to_v = ((bias - v) - v_low) * fall_mem + i * flow.kernel;
  const double to_i = -(i + i_low) * fall_syn;
  Closed c;
  c.bound = bound_of(v, i, v + to_v, i + to_i, bias, flow.rate_mem, window,
                     0.5 * (lane.m + lane.size_m)) +
            error_v + error_i + of_sums * lane.size_m;
  const double sizes = std::fabs(bias - v) * fall_mem + 2.25 * std::fabs(i) * flow.kernel;
  c.error_v = error_v * (1.0 - fall_mem) + error_i * flow.kernel + 12.0 * 0x1p-53 * sizes +
              of_sums * lane.size_m;
  c.error_i = error_i * (1.0 - fall_syn) + 8.0 * 0x1p-53 * std::fabs(to_i) + of_sums * lane.size_s;
  c.v = v;
  c.i = i;
  add_compensated(c.v, v_low, to_v + lane.m);
  add_compensated(c.i, i_low, to_i + lane.s);
  return c;
}

}  // namespace retrograde
