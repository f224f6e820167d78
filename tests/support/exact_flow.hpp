// A cuba_lif neuron in 113 bits, from the doubles that define it: engine/neuron/cuba_lif.hpp's solution, with
// 1/tau not rounded.
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>

#include <retrograde/engine/neuron/cuba_lif.hpp>

namespace retrograde::test {

using Quad = boost::multiprecision::cpp_bin_float_quad;

struct ExactState {
  Quad v = 0, i = 0;
};

inline ExactState exact_flow(const ExactState& x, const CubaLif& c, const Quad& s) {
  const Quad a = Quad(1) / c.tau_mem, b = Quad(1) / c.tau_syn, gap = b - a;
  const Quad mem = exp(-a * s), syn = exp(-b * s);
  const Quad kernel = gap == 0 ? Quad(a * s * mem) : Quad(a * mem * -expm1(-gap * s) / gap);
  return {c.bias + (x.v - c.bias) * mem + x.i * kernel, x.i * syn};
}

}  // namespace retrograde::test
