// A delay as a kernel of taps: "dilated convolution with learnable spacings" (Hammouamri, Khalfaoui-
// Hassani, Masquelier, ICLR 2024, arXiv:2306.17670). A synapse of weight w whose delay is d steps, a
// real number, brings w h_l of what was sent l steps ago, l = 0 .. longest:
//
//   h_l = g_l / (sum g + 1e-7)
//   gaussian   g_l = exp(-((l - d) / s)^2 / 2)    s = width + 0.27
//   triangle   g_l = max(0, s - |l - d|)          s = width + 1
//   bilinear   h_l = 1 - r and r at the two whole numbers beside d, r its fraction; no width
//
// and d has a derivative. Width begins at `begin` and is multiplied after each of the first epochs,
// epochs times `share` rounded down, by the same factor, so that it ends at `end`, where it stays:
// published are half the longest delay, 0.23 and a quarter. Networks are judged and deployed with
// delays rounded to whole steps: one tap.
#pragma once

#include <cstdint>
#include <vector>

namespace retrograde {

enum class KernelShape : std::uint8_t { gaussian, triangle, bilinear };

struct DilatedKernel {
  KernelShape shape = KernelShape::gaussian;
  double begin = 0.0, end = 0.23;  // widths in steps; begin 0: half the longest delay
  double share = 0.25;             // of the epochs, in which it shrinks
  std::uint32_t epochs = 1;        // announced
  // Width in an epoch (0-based) for a projection with that longest delay.
  double width(std::uint32_t epoch, std::uint32_t longest) const;
};

// Taps of one delay: h_l and dh_l/dd for l = first .. first + h.size() - 1. Those below 1e-8 of the
// largest are left out.
struct Taps {
  std::uint32_t first = 0;
  std::vector<float> h, slope;  // 1, 1/step
};
void make_taps(KernelShape shape, double width, double delay, std::uint32_t longest, Taps& taps);
// One tap at the nearest whole step.
void make_tap(double delay, std::uint32_t longest, Taps& taps);

}  // namespace retrograde
