// A convolution as the synapses that it stands for. Axes are (channels, height, width), operations
// correlations, as in PyTorch: with H the height,
//   out[o, y, x] += kernel[o, c, i, j] in[c', y stride - padding + i dilation, x ..]
// where c' is channel c of the group that o belongs to.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <retrograde/hardware/loihi2/model/chip_network.hpp>

namespace retrograde {

struct Convolution {
  struct Shape {
    std::uint64_t channels = 0, height = 0, width = 0;
    std::uint64_t size() const { return channels * height * width; }
    friend bool operator==(const Shape&, const Shape&) = default;
  };
  Shape in, out;
  std::uint64_t groups = 1;
  // (height, width)
  std::array<std::uint64_t, 2> kernel{}, stride{1, 1}, padding{0, 0}, dilation{1, 1};

  // What `out` has to be in that direction (0: height); 0: the kernel does not fit the input.
  std::uint64_t extent(int axis) const;
  // Weights of the kernel times places where it is applied, those outside of the input included.
  std::uint64_t products() const {
    return out.size() * (in.channels / groups) * kernel[0] * kernel[1];
  }
  std::uint64_t synapses() const;  // that it unrolls into

  // By target. `weights` are (out channels, channels of a group, height, width).
  std::vector<loihi2::ChipSynapse> unrolled(const std::vector<std::int32_t>& weights) const;

 private:
  // How many elements of the kernel lie inside the input, summed over the outputs along an axis.
  std::uint64_t meetings(int axis) const;
};

}  // namespace retrograde
