// How large a weight unit is. The weights into a neuron and its threshold share one scale; so one
// scale per population will do, but a neuron with small weights next to one with large weights then
// has few of the 256 steps left. Groups of neurons with scales of their own keep them. The cores of
// the chip hold eight groups each.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace retrograde::loihi2 {

inline constexpr double lowest_weight = -128.0, highest_weight = 127.0;

enum class Scaling : std::uint8_t {
  largest,       // any real scale
  power_of_two,  // as published (ml_genn_netx 37c1c35): P = percentile of the positive weights or
                 // of the negated others (zeros among them), whichever is larger; scale =
                 // 2^(floor(log2 P) - 6)
};

// The scale that makes the largest magnitude, or the percentile of magnitudes other than 0, the
// largest integer; 0 if all weights are 0. Pruned synapses, whose weight is 0, do not count except
// as published. O(weights log weights).
double weight_scale(std::span<const double> weights, Scaling scaling, double clip_percentile);

// Raises the scales that neurons ask for (0: any) to those of at most `groups` groups, such that
// the sum of squared scales, and with it the power of the rounding errors, is least among
// partitions of the sorted scales at up to 256 places. O(neurons log neurons).
std::vector<double> grouped(std::vector<double> scales, std::uint32_t groups);

}  // namespace retrograde::loihi2
