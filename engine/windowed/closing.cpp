#include <retrograde/engine/windowed/closing.hpp>

namespace retrograde {

namespace {

// Every array is a parameter of its own: only then GCC takes __restrict seriously.
void close(const WindowLayer& layer, std::size_t begin, std::size_t end,
           const double* __restrict lane, const WindowWorth& worth, double of_sums,
           const double* __restrict v0, const double* __restrict i0, double* __restrict v1,
           double* __restrict i1, const double* __restrict error_v0,
           const double* __restrict error_i0, double* __restrict error_v1,
           double* __restrict error_i1, double* __restrict bound) {
  const double* __restrict mem = layer.mem.data();
  const double* __restrict syn = layer.syn.data();
  const double* __restrict kernel = layer.kernel.data();
  const double* __restrict bias = layer.bias.data();
  const double* __restrict rate = layer.flows.rate_mem.data();
  const Time window = layer.window;
  const WindowWorth of_lanes = worth;  // which nothing here can change
  for (std::size_t n = begin; n < end; ++n) {
    const Closed c = close_neuron({mem[n], syn[n], kernel[n], bias[n], rate[n]}, window, v0[n],
                                  i0[n], error_v0[n], error_i0[n], lane[4 * n], lane[4 * n + 1],
                                  lane[4 * n + 2], lane[4 * n + 3], of_lanes, of_sums);
    bound[n] = c.bound;
    error_v1[n] = c.error_v;
    error_i1[n] = c.error_i;
    v1[n] = c.v;
    i1[n] = c.i;
  }
}

// The same in a stiff layer.
void close_stiff(const WindowLayer& layer, std::size_t begin, std::size_t end, const Lane* lanes,
                 double of_sums, const LayerState& now, LayerState& next,
                 std::vector<double>& bound) {
  for (std::size_t n = begin; n < end; ++n) {
    next.v_low[n] = now.v_low[n];
    next.i_low[n] = now.i_low[n];
    const Closed c = close_stiff_neuron(
        {layer.mem[n], layer.syn[n], layer.kernel[n], layer.bias[n], layer.flows.rate_mem[n]},
        layer.fall_mem[n], layer.fall_syn[n], layer.window, now.v[n], now.i[n], now.error_v[n],
        now.error_i[n], lanes[n], of_sums, next.v_low[n], next.i_low[n]);
    bound[n] = c.bound;
    next.error_v[n] = c.error_v;
    next.error_i[n] = c.error_i;
    next.v[n] = c.v;
    next.i[n] = c.i;
  }
}

}  // namespace

void close_window(const WindowLayer& layer, std::size_t begin, std::size_t end, const Lane* lanes,
                  const WindowWorth& worth, double of_sums, const LayerState& now, LayerState& next,
                  std::vector<double>& bound) {
  if (layer.stiff) return close_stiff(layer, begin, end, lanes, of_sums, now, next, bound);
  close(layer, begin, end, &lanes->m, worth, of_sums, now.v.data(), now.i.data(), next.v.data(),
        next.i.data(), now.error_v.data(), now.error_i.data(), next.error_v.data(),
        next.error_i.data(), bound.data());
}

}  // namespace retrograde
