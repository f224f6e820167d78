#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/exchange/nir/signal.hpp>

namespace retrograde::nir {

namespace {

// For each output of one dimension, where in the input its window starts; -1 and so on: in the padding.
struct Axis {
  std::int64_t in, out, kernel, stride, dilation, pad;

  std::int64_t at(std::int64_t position, std::int64_t k) const {
    return position * stride - pad + k * dilation;
  }
  bool holds(std::int64_t x) const { return x >= 0 && x < in; }
  // Pairs of output and kernel element that lie on the input.
  std::uint64_t pairs() const {
    std::uint64_t count = 0;
    for (std::int64_t k = 0; k < kernel; ++k) {
      // at >= 0 and at <= in - 1
      const std::int64_t shift = k * dilation - pad;
      const std::int64_t low = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
      const std::int64_t high = in - 1 - shift < 0 ? -1 : (in - 1 - shift) / stride;
      count +=
          static_cast<std::uint64_t>(std::max<std::int64_t>(0, std::min(high, out - 1) - low + 1));
    }
    return count;
  }
};

Axis axis_of(const Convolution& c, std::size_t d) {
  Axis a{static_cast<std::int64_t>(c.in[d + 1]),
         0,
         static_cast<std::int64_t>(c.kernel[d]),
         c.stride[d],
         c.dilation[d],
         c.pad_before[d]};
  const std::int64_t room =
      a.in + c.pad_before[d] + c.pad_after[d] - a.dilation * (a.kernel - 1) - 1;
  a.out = room < 0 ? 0 : room / a.stride + 1;
  return a;
}

// Of a convolution of one dimension, the missing rows.
constexpr Axis single{1, 1, 1, 1, 1, 0};

}  // namespace

std::uint64_t size_of(const Shape& shape) {
  constexpr std::uint64_t most = std::uint64_t{1} << 53;
  std::uint64_t size = 1;
  for (const std::uint64_t extent : shape) {
    if (extent != 0 && size > most / extent) return most;
    size *= extent;
  }
  return size;
}

Signal identity(const Shape& shape) {
  Signal signal{shape, {}, false};
  const auto size = static_cast<std::uint32_t>(size_of(shape));
  signal.entries.reserve(size);
  for (std::uint32_t k = 0; k < size; ++k) signal.entries.push_back({k, k, 1.0, 0.0});
  return signal;
}

Shape shape_of(const Convolution& c) {
  Shape shape = {c.out_channels};
  for (std::size_t d = 0; d < c.kernel.size(); ++d) {
    const std::int64_t out = axis_of(c, d).out;
    if (out == 0) return {};
    shape.push_back(static_cast<std::uint64_t>(out));
  }
  return shape;
}

std::uint64_t entries_of(const Convolution& c) {
  std::uint64_t pairs = c.weights.empty() ? 1 : c.in[0] / c.groups;
  for (std::size_t d = 0; d < c.kernel.size(); ++d) {
    const std::uint64_t more = axis_of(c, d).pairs();
    if (more != 0 && pairs > std::numeric_limits<std::uint64_t>::max() / more)
      return std::numeric_limits<std::uint64_t>::max();
    pairs *= more;
  }
  if (pairs >
      std::numeric_limits<std::uint64_t>::max() / std::max<std::uint64_t>(c.out_channels, 1))
    return std::numeric_limits<std::uint64_t>::max();
  return pairs * c.out_channels;
}

SignalMatrix unrolled(const Convolution& c) {
  const bool flat = c.kernel.size() == 1;
  const Axis rows = flat ? single : axis_of(c, 0), columns = axis_of(c, flat ? 0 : 1);
  const auto in_channels = static_cast<std::int64_t>(c.in[0]),
             out_channels = static_cast<std::int64_t>(c.out_channels);
  const bool pooled = c.weights.empty();
  const std::int64_t per_group = pooled ? 1 : in_channels / static_cast<std::int64_t>(c.groups);
  const std::int64_t out_per_group =
      pooled ? 1 : out_channels / static_cast<std::int64_t>(c.groups);

  SignalMatrix matrix{static_cast<std::uint32_t>(size_of(c.in)), shape_of(c), {}};
  matrix.entries.reserve(entries_of(c));
  std::uint32_t target = 0;
  for (std::int64_t o = 0; o < out_channels; ++o)
    for (std::int64_t y = 0; y < rows.out; ++y)
      for (std::int64_t x = 0; x < columns.out; ++x, ++target)
        // In the order of the sources.
        for (std::int64_t i = 0; i < per_group; ++i)
          for (std::int64_t j = 0; j < rows.kernel; ++j)
            for (std::int64_t k = 0; k < columns.kernel; ++k) {
              const std::int64_t row = rows.at(y, j), column = columns.at(x, k);
              if (!rows.holds(row) || !columns.holds(column)) continue;
              const std::int64_t channel = o / out_per_group * per_group + i;
              const std::int64_t source = (channel * rows.in + row) * columns.in + column;
              const std::int64_t w = ((o * per_group + i) * rows.kernel + j) * columns.kernel + k;
              matrix.entries.push_back(
                  {static_cast<std::uint32_t>(source), target,
                   pooled ? c.constant : c.weights[static_cast<std::size_t>(w)], 0.0});
            }
  return matrix;
}

bool apply(Signal& signal, SignalMatrix matrix, std::uint64_t most) {
  const auto check = [most](std::uint64_t count) {
    if (count > most)
      throw LimitError("synapses", static_cast<double>(most), static_cast<double>(count),
                       fmt::format("the graph has more than {} synapses", most));
  };
  const bool plain = !signal.weighted && signal.entries.size() == matrix.sources &&
                     std::all_of(signal.entries.begin(), signal.entries.end(), [](const Entry& e) {
                       return e.source == e.target && e.delay == 0.0;
                     });
  signal.shape = matrix.shape;
  signal.weighted = true;
  if (plain) {
    check(matrix.entries.size());
    signal.entries = std::move(matrix.entries);
    return true;
  }

  // The entries of each signal that comes in.
  std::vector<std::size_t> begin(std::size_t{matrix.sources} + 1, 0);
  for (const Entry& e : signal.entries) ++begin[e.target + 1];
  for (std::size_t k = 0; k < matrix.sources; ++k) begin[k + 1] += begin[k];

  // Row by row of the matrix; `place` says where in the row a source is.
  constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
  std::uint32_t sources = 0;
  for (const Entry& e : signal.entries) sources = std::max(sources, e.source + 1);
  std::vector<std::size_t> place(sources, nowhere);
  std::vector<Entry> result;
  for (std::size_t k = 0; k < matrix.entries.size();) {
    const std::uint32_t target = matrix.entries[k].target;
    const std::size_t row = result.size();
    for (; k < matrix.entries.size() && matrix.entries[k].target == target; ++k) {
      const Entry& outer = matrix.entries[k];
      for (std::size_t e = begin[outer.source]; e < begin[outer.source + 1]; ++e) {
        const Entry& inner = signal.entries[e];
        const double weight = outer.weight * inner.weight, delay = outer.delay + inner.delay;
        std::size_t& at = place[inner.source];
        if (at == nowhere) {
          at = result.size();
          result.push_back({inner.source, target, weight, delay});
          check(result.size());
        } else if (result[at].delay != delay) {
          return false;
        } else {
          result[at].weight += weight;
        }
      }
    }
    for (std::size_t e = row; e < result.size(); ++e) place[result[e].source] = nowhere;
    std::sort(result.begin() + static_cast<std::ptrdiff_t>(row), result.end(),
              [](const Entry& a, const Entry& b) { return a.source < b.source; });
  }
  signal.entries = std::move(result);
  return true;
}

}  // namespace retrograde::nir
