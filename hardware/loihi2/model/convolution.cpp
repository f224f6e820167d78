#include <algorithm>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/model/convolution.hpp>

namespace retrograde::loihi2 {

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
  return out.channels * group_in() * meetings(0) * meetings(1);
}

void check(const Convolution& c, const std::string& where) {
  const auto fail = [&](const std::string& what) { throw NetworkError(where, what); };
  // Products of sizes stay far within 64 bits.
  const auto size = [](const Convolution::Shape& s) {
    return static_cast<double>(s.channels) * static_cast<double>(s.height) *
           static_cast<double>(s.width);
  };
  constexpr double most = 1e9;
  if (size(c.in) > most || size(c.out) > most ||
      static_cast<double>(c.kernel[0]) * static_cast<double>(c.kernel[1]) > most ||
      static_cast<double>(std::max({c.stride[0], c.stride[1], c.padding[0], c.padding[1],
                                    c.dilation[0], c.dilation[1]})) > most)
    fail(fmt::format("a size beyond {:g}; give smaller ones", most));
  for (const int axis : {0, 1})
    if (c.kernel[axis] == 0 || c.stride[axis] == 0 || c.dilation[axis] == 0)
      fail("a kernel, stride or dilation of 0; each is 1 at least");
  if (c.groups == 0 || c.in.channels % c.groups != 0 || c.out.channels % c.groups != 0)
    fail(fmt::format("{} groups do not divide {} channels into {}", c.groups, c.in.channels,
                     c.out.channels));
  if (c.out.size() == 0 || c.extent(0) != c.out.height || c.extent(1) != c.out.width)
    fail(
        fmt::format("its output is {} x {}; with this input, kernel, stride, padding and dilation "
                    "it is {} x {}",
                    c.out.height, c.out.width, c.extent(0), c.extent(1)));
  // As doubles first: three sizes of up to 10^9 have no product in 64 bits.
  const double kernel = static_cast<double>(c.kernel[0]) * static_cast<double>(c.kernel[1]) *
                        static_cast<double>(c.group_in());
  constexpr double most_products = 1e15;
  if (kernel * size(c.out) > most_products)
    fail(fmt::format("{:g} products of kernel and output; give a smaller kernel or output",
                     kernel * size(c.out)));
  const std::uint64_t wanted = c.out.channels * c.group_in() * c.kernel[0] * c.kernel[1];
  if (c.weights.size() != wanted)
    fail(fmt::format("{} weights; a kernel of {} x {} from {} channels of a group to {} has {}",
                     c.weights.size(), c.kernel[0], c.kernel[1], c.group_in(), c.out.channels,
                     wanted));
  if (c.delays.size() != 1 && c.delays.size() != c.out.channels)
    fail(fmt::format("{} delays; give one, or one for each of {} channels", c.delays.size(),
                     c.out.channels));
}

}  // namespace retrograde::loihi2
