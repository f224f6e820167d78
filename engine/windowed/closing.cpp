#include <cmath>

#include <retrograde/engine/windowed/closing.hpp>
#include <retrograde/engine/windowed/compensated.hpp>

namespace retrograde {

namespace {

// How high V gets in a window that it begins at v, i and, without what arrives, ends at free_v,
// free_i: below the tangents at both ends. `arriving`: what all positive arrivals add at most.
inline double bound_of(double v, double i, double free_v, double free_i, double bias, double rate,
                       Time window, double arriving) {
  const double from_start = v + rate * (bias - v + i) * window;
  const double from_end = free_v - rate * (bias - free_v + free_i) * window;
  const double inside = from_start < from_end ? from_start : from_end;
  const double ends = v > free_v ? v : free_v;
  const double rounding = 1e-12 * (std::fabs(v) + std::fabs(i) + std::fabs(bias));
  return (inside > ends ? inside : ends) + arriving * (1.0 + 1e-12) + rounding;
}

// Every array is a parameter of its own: only then GCC takes __restrict seriously.
void close(const WindowLayer& layer, std::size_t begin, std::size_t end,
           const double* __restrict lane, double v_of_m, double v_of_s, double i_of_s,
           double of_sums, const double* __restrict v0, const double* __restrict i0,
           double* __restrict v1, double* __restrict i1, const double* __restrict error_v0,
           const double* __restrict error_i0, double* __restrict error_v1,
           double* __restrict error_i1, double* __restrict bound) {
  const double* __restrict mem = layer.mem.data();
  const double* __restrict syn = layer.syn.data();
  const double* __restrict kernel = layer.kernel.data();
  const double* __restrict bias = layer.bias.data();
  const double* __restrict rate = layer.flows.rate_mem.data();
  const Time window = layer.window;
  const double size_of_m = std::fabs(v_of_m), size_of_s = std::fabs(v_of_s);
  for (std::size_t n = begin; n < end; ++n) {
    const double v = v0[n], i = i0[n];
    const double m = lane[4 * n], s = lane[4 * n + 1];
    const double size_m = lane[4 * n + 2], size_s = lane[4 * n + 3];
    const double off_v = of_sums * (size_of_m * size_m + size_of_s * size_s);
    const double free_v = bias[n] + (v - bias[n]) * mem[n] + i * kernel[n];
    const double free_i = i * syn[n];
    const double positive = 0.5 * (v_of_m * (m + size_m) + v_of_s * (s + size_s));
    bound[n] = bound_of(v, i, free_v, free_i, bias[n], rate[n], window, positive) + error_v0[n] +
               error_i0[n] + off_v;
    // As CubaLif::flow_rounded has it; rate window is 1/4 at most.
    const double sizes = std::fabs(v) + 2.0 * std::fabs(bias[n]) + 2.25 * std::fabs(i) * kernel[n];
    error_v1[n] = error_v0[n] * mem[n] + error_i0[n] * kernel[n] + 12.0 * 0x1p-53 * sizes + off_v;
    error_i1[n] = error_i0[n] * syn[n] + 8.0 * 0x1p-53 * std::fabs(i) + of_sums * (i_of_s * size_s);
    v1[n] = free_v + (v_of_m * m + v_of_s * s);
    i1[n] = free_i + i_of_s * s;
  }
}

// The same in a stiff layer, which has no frames: by increments in compensated sums.
void close_stiff(const WindowLayer& layer, std::size_t begin, std::size_t end, const Lane* lanes,
                 double of_sums, const LayerState& now, LayerState& next,
                 std::vector<double>& bound) {
  for (std::size_t n = begin; n < end; ++n) {
    const Lane& lane = lanes[n];
    const double v = now.v[n], i = now.i[n], bias = layer.bias[n];
    const double to_v = ((bias - v) - now.v_low[n]) * layer.fall_mem[n] + i * layer.kernel[n];
    const double to_i = -(i + now.i_low[n]) * layer.fall_syn[n];
    bound[n] = bound_of(v, i, v + to_v, i + to_i, bias, layer.flows.rate_mem[n], layer.window,
                        0.5 * (lane.m + lane.size_m)) +
               now.error_v[n] + now.error_i[n] + of_sums * lane.size_m;
    const double sizes =
        std::fabs(bias - v) * layer.fall_mem[n] + 2.25 * std::fabs(i) * layer.kernel[n];
    next.error_v[n] = now.error_v[n] * (1.0 - layer.fall_mem[n]) +
                      now.error_i[n] * layer.kernel[n] + 12.0 * 0x1p-53 * sizes +
                      of_sums * lane.size_m;
    next.error_i[n] = now.error_i[n] * (1.0 - layer.fall_syn[n]) + 8.0 * 0x1p-53 * std::fabs(to_i) +
                      of_sums * lane.size_s;
    next.v[n] = v;
    next.i[n] = i;
    next.v_low[n] = now.v_low[n];
    next.i_low[n] = now.i_low[n];
    add_compensated(next.v[n], next.v_low[n], to_v + lane.m);
    add_compensated(next.i[n], next.i_low[n], to_i + lane.s);
  }
}

}  // namespace

void close_window(const WindowLayer& layer, std::size_t begin, std::size_t end, const Lane* lanes,
                  const WindowWorth& worth, double of_sums, const LayerState& now, LayerState& next,
                  std::vector<double>& bound) {
  if (layer.stiff) return close_stiff(layer, begin, end, lanes, of_sums, now, next, bound);
  close(layer, begin, end, &lanes->m, worth.v_of_m, worth.v_of_s, worth.i_of_s, of_sums,
        now.v.data(), now.i.data(), next.v.data(), next.i.data(), now.error_v.data(),
        now.error_i.data(), next.error_v.data(), next.error_i.data(), bound.data());
}

}  // namespace retrograde
