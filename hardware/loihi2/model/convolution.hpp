// A convolution: synapses whose weights are those of one kernel, wherever it is applied, kept once. Axes
// are (channels, height, width) in C order, operations correlations, as in PyTorch: with H the height,
//   out[o, y, x] += kernel[o, c, i, j] in[c', y stride - padding + i dilation, x ..]
// where c' is channel c of the group that o belongs to.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace retrograde::loihi2 {

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
  // As stored: (out channels, channels of a group, height, width).
  std::vector<std::int16_t> weights;
  // Steps, without the step of latency: one for all, or by out channel.
  std::vector<std::uint8_t> delays = {0};

  friend bool operator==(const Convolution&, const Convolution&) = default;

  std::uint64_t group_in() const { return in.channels / groups; }
  std::uint64_t group_out() const { return out.channels / groups; }
  std::uint8_t delay(std::uint64_t out_channel) const {
    return delays[delays.size() == 1 ? 0 : out_channel];
  }
  // Where the weight from channel c of a group to out channel o lies.
  std::uint64_t weight_index(std::uint64_t o, std::uint64_t c, std::uint64_t i,
                             std::uint64_t j) const {
    return ((o * group_in() + c) * kernel[0] + i) * kernel[1] + j;
  }

  // What `out` has to be in that direction (0: height); 0: the kernel does not fit the input.
  std::uint64_t extent(int axis) const;
  // Weights of the kernel times places where it is applied, those outside of the input included.
  std::uint64_t products() const {
    return out.size() * (in.channels / groups) * kernel[0] * kernel[1];
  }
  std::uint64_t synapses() const;  // that it stands for

  // Calls visit(source, index of the weight) for what reaches a target.
  template <typename Visit>
  void for_each_source(std::uint64_t target, const Visit& visit) const {
    const std::uint64_t x = target % out.width, y = target / out.width % out.height,
                        o = target / out.width / out.height;
    for (std::uint64_t c = 0; c < group_in(); ++c) {
      const std::uint64_t channel = o / group_out() * group_in() + c;
      for (std::uint64_t i = 0; i < kernel[0]; ++i) {
        // Below 0 it wraps and is beyond the end.
        const std::uint64_t row = y * stride[0] + i * dilation[0] - padding[0];
        if (row >= in.height) continue;
        for (std::uint64_t j = 0; j < kernel[1]; ++j) {
          const std::uint64_t column = x * stride[1] + j * dilation[1] - padding[1];
          if (column >= in.width) continue;
          visit((channel * in.height + row) * in.width + column, weight_index(o, c, i, j));
        }
      }
    }
  }

  // Calls visit(i, j, y, x) for the places (y, x) of the output that a source reaches with element (i, j) of
  // the kernel; every out channel of its group is reached there.
  template <typename Visit>
  void for_each_place(std::uint64_t source, const Visit& visit) const {
    const std::uint64_t column = source % in.width + padding[1],
                        row = source / in.width % in.height + padding[0];
    const auto meets = [this](std::uint64_t at, std::uint64_t element, int axis,
                              std::uint64_t length, std::uint64_t& place) {
      const std::uint64_t reach = element * dilation[axis];
      if (reach > at || (at - reach) % stride[axis] != 0) return false;
      place = (at - reach) / stride[axis];
      return place < length;
    };
    std::uint64_t y = 0, x = 0;
    for (std::uint64_t i = 0; i < kernel[0]; ++i) {
      if (!meets(row, i, 0, out.height, y)) continue;
      for (std::uint64_t j = 0; j < kernel[1]; ++j)
        if (meets(column, j, 1, out.width, x)) visit(i, j, y, x);
    }
  }

 private:
  // How many elements of the kernel lie inside the input, summed over the outputs along an axis.
  std::uint64_t meetings(int axis) const;
};

// Throws NetworkError, naming `where`, unless shapes, groups, weights and delays belong together.
void check(const Convolution& convolution, const std::string& where);

}  // namespace retrograde::loihi2
