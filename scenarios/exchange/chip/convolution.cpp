#include <retrograde/scenarios/exchange/chip/convolution.hpp>

namespace retrograde {

namespace {

std::uint64_t along(const Convolution::Shape& shape, int axis) {
  return axis == 0 ? shape.height : shape.width;
}

}  // namespace

std::uint64_t Convolution::extent(int axis) const {
  const std::uint64_t reach = dilation[axis] * (kernel[axis] - 1) + 1,
                      room = along(in, axis) + 2 * padding[axis];
  return room < reach ? 0 : (room - reach) / stride[axis] + 1;
}

std::uint64_t Convolution::meetings(int axis) const {
  std::uint64_t count = 0;
  for (std::uint64_t to = 0; to < along(out, axis); ++to)
    for (std::uint64_t k = 0; k < kernel[axis]; ++k) {
      const std::uint64_t at = to * stride[axis] + k * dilation[axis];
      count += at >= padding[axis] && at - padding[axis] < along(in, axis);
    }
  return count;
}

std::uint64_t Convolution::synapses() const {
  return out.channels * (in.channels / groups) * meetings(0) * meetings(1);
}

std::vector<loihi2::ChipSynapse> Convolution::unrolled(
    const std::vector<std::int32_t>& weights) const {
  std::vector<loihi2::ChipSynapse> result;
  result.reserve(synapses());
  const std::uint64_t group_in = in.channels / groups, group_out = out.channels / groups;
  std::uint32_t target = 0;
  for (std::uint64_t o = 0; o < out.channels; ++o)
    for (std::uint64_t y = 0; y < out.height; ++y)
      for (std::uint64_t x = 0; x < out.width; ++x, ++target)
        for (std::uint64_t c = 0; c < group_in; ++c) {
          const std::uint64_t channel = o / group_out * group_in + c;
          for (std::uint64_t i = 0; i < kernel[0]; ++i) {
            // Below 0 it wraps and is beyond the end.
            const std::uint64_t row = y * stride[0] + i * dilation[0] - padding[0];
            if (row >= in.height) continue;
            for (std::uint64_t j = 0; j < kernel[1]; ++j) {
              const std::uint64_t column = x * stride[1] + j * dilation[1] - padding[1];
              if (column >= in.width) continue;
              const std::uint64_t source = (channel * in.height + row) * in.width + column;
              const std::uint64_t weight = ((o * group_in + c) * kernel[0] + i) * kernel[1] + j;
              result.push_back({static_cast<std::uint32_t>(source), target,
                                static_cast<std::int16_t>(weights[weight]), 0});
            }
          }
        }
  return result;
}

}  // namespace retrograde
