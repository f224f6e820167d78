#include <algorithm>
#include <cmath>

#include <retrograde/adjoint/stepped/dilated_kernel.hpp>

namespace retrograde {

namespace {

constexpr double smallest_tap = 1e-8;  // of the largest
constexpr double guard = 1e-7;         // of the sum that normalises

// Taps begin .. end of a kernel g with derivative dg by the delay, normalised.
template <typename Value, typename Slope>
void normalised(std::uint32_t begin, std::uint32_t end, double delay, const Value& g,
                const Slope& dg, Taps& taps) {
  taps.first = begin;
  taps.h.clear();
  taps.slope.clear();
  double sum = guard, slope_sum = 0.0;
  for (std::uint32_t l = begin; l <= end; ++l) {
    sum += g(l - delay);
    slope_sum += dg(l - delay);
  }
  for (std::uint32_t l = begin; l <= end; ++l) {
    const double h = g(l - delay) / sum;
    taps.h.push_back(static_cast<float>(h));
    taps.slope.push_back(static_cast<float>((dg(l - delay) - h * slope_sum) / sum));
  }
}

// Whole numbers within `reach` of a delay, at least one.
std::pair<std::uint32_t, std::uint32_t> around(double delay, double reach, std::uint32_t longest) {
  const double last = longest;
  const double begin = std::clamp(std::ceil(delay - reach), 0.0, last);
  const double end = std::clamp(std::floor(delay + reach), begin, last);
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

void make_bilinear(double delay, std::uint32_t longest, Taps& taps) {
  const double below = std::min(std::floor(delay), longest > 0 ? longest - 1.0 : 0.0);
  const double r = delay - below;
  taps.first = static_cast<std::uint32_t>(below);
  taps.h = {static_cast<float>(1.0 - r)};
  taps.slope = {-1.0f};
  if (longest == 0) return;
  taps.h.push_back(static_cast<float>(r));
  taps.slope.push_back(1.0f);
}

}  // namespace

double DilatedKernel::width(std::uint32_t epoch, std::uint32_t longest) const {
  const double from = begin > 0.0 ? begin : 0.5 * longest;
  const double epochs_of_change = std::floor(share * epochs);
  if (!(from > 0.0) || epoch >= epochs_of_change) return from > 0.0 ? end : 0.0;
  return from * std::pow(end / from, epoch / epochs_of_change);
}

void make_taps(KernelShape shape, double width, double delay, std::uint32_t longest, Taps& taps) {
  delay = std::clamp(delay, 0.0, static_cast<double>(longest));
  if (shape == KernelShape::bilinear) {
    make_bilinear(delay, longest, taps);
    return;
  }
  if (shape == KernelShape::gaussian) {
    const double s = width + 0.27, inverse = 1.0 / (s * s);
    const auto [begin, end] = around(delay, s * std::sqrt(-2.0 * std::log(smallest_tap)), longest);
    const auto g = [&](double x) { return std::exp(-0.5 * x * x * inverse); };
    normalised(
        begin, end, delay, g, [&](double x) { return g(x) * x * inverse; }, taps);
    return;
  }
  const double s = width + 1.0;
  const auto [begin, end] = around(delay, s, longest);
  const auto sign = [](double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0; };
  normalised(
      begin, end, delay, [&](double x) { return std::max(0.0, s - std::fabs(x)); },
      [&](double x) { return std::fabs(x) < s ? sign(x) : 0.0; }, taps);
}

void make_tap(double delay, std::uint32_t longest, Taps& taps) {
  const double nearest = std::clamp(std::floor(delay + 0.5), 0.0, static_cast<double>(longest));
  taps.first = static_cast<std::uint32_t>(nearest);
  taps.h = {1.0f};
  taps.slope = {0.0f};
}

}  // namespace retrograde
