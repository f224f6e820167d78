#include <cmath>

#include <retrograde/hardware/spike_distance.hpp>

namespace retrograde {

double spike_distance(std::span<const Time> a, std::span<const Time> b, Time tau) {
  // f - g jumps by +1 or -1 and decays in between; a stretch that begins at d and lasts s
  // contributes d^2 (1 - e^(-2 s/tau)).
  double sum = 0.0, d = 0.0;
  Time last = 0.0;
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const bool from_a = j == b.size() || (i < a.size() && a[i] <= b[j]);
    const Time t = from_a ? a[i++] : b[j++];
    const double e = std::exp(-(t - last) / tau);
    sum += d * d * (1.0 - e * e);
    d = d * e + (from_a ? 1.0 : -1.0);
    last = t;
  }
  return sum + d * d;
}

}  // namespace retrograde
