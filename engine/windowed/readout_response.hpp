// What one arrival adds to the weighted voltage integral of a readout, and the slopes of that: the
// formulas of linear_readout.hpp. Compiled for the GPU too (engine/device).
#pragma once

#include <retrograde/engine/neuron/exp_nonpositive.hpp>
#include <retrograde/engine/windowed/short_flow.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// Of one neuron: rates (1/ms) as ShortFlow has them, and 1/A, 1/B (ms).
struct ResponseRates {
  double rate_mem, rate_syn, rate_slow, rate_gap, fall_mem, fall_syn, span_mem, span_syn;
};

// Of the weighting: its rate (0 unless exponential) and, at the end of the trial, level and fall.
struct ResponseWeight {
  double rate, level, fall;
  Time end;
};

struct Response {
  double h, r;                    // of weight 1
  double by_tau_mem, by_tau_syn;  // of h; only if `full`
};

// `weighed`: the weighting has a rate.
template <bool weighed, bool full>
[[gnu::always_inline]] RETROGRADE_HOST_DEVICE inline Response respond(const ResponseRates& n,
                                                                      const ResponseWeight& weight,
                                                                      Time arrival) {
  const double rate = weighed ? weight.rate : 0.0, level = weight.level, fall = weight.fall;
  const double left = weight.end - arrival;
  const double s = left > 0.0 ? left : 0.0;
  const double slow = exp_nonpositive(-(n.rate_slow + rate) * s);
  const double z = n.rate_gap * s;
  const double near = short_phi(z < short_flow_limit ? z : 0.0);
  const double far = (1.0 - exp_nonpositive(-z)) / (z < short_flow_limit ? 1.0 : z);
  const double p = s * (z < short_flow_limit ? near : far);
  const double both = slow * p;                                           // [-A,-B]
  const double one = (1.0 - slow * (1.0 - n.fall_mem * p)) * n.span_mem;  // [-A,0]
  const double one_fall = (s - one) * n.span_mem;                         // [-A,0,0]
  const double two = (one - both) * n.span_syn;                           // [-A,-B,0]
  const double two_fall = (one_fall - two) * n.span_syn;                  // [-A,-B,0,0]
  const double scale = weighed ? exp_nonpositive(-rate * arrival) : 1.0;
  Response response{};
  response.r = scale * (level * one + fall * one_fall);
  response.h = scale * n.rate_mem * (level * two + fall * two_fall);
  if constexpr (full) {
    const double a = n.rate_mem, b = n.rate_syn;
    // [-A,-A] .. of the faster and the slower rate, and [-A,-A,-B] and [-A,-B,-B] of both.
    const double mem_mem = s * slow * (1.0 - n.fall_mem * p);
    const double syn_syn = s * slow * (1.0 - n.fall_syn * p);
    const double z_safe = z < short_flow_limit ? 1.0 : z;
    const double second =
        z < short_flow_limit ? short_second(z < short_flow_limit ? z : 0.0) : (1.0 - far) / z_safe;
    const double other = (z < short_flow_limit ? near : far) - second, square = slow * s * s;
    const double mem_mem_syn = square * (n.fall_mem > 0.0 ? other : second);
    const double mem_syn_syn = square * (n.fall_mem > 0.0 ? second : other);
    const double syn_one = (1.0 - slow * (1.0 - n.fall_syn * p)) * n.span_syn;  // [-B,0]
    const double mem_mem_0 = (one - mem_mem) * n.span_mem;
    const double syn_syn_0 = (syn_one - syn_syn) * n.span_syn;
    const double mem_mem_syn_0 = (mem_mem_0 - mem_mem_syn) * n.span_syn;
    const double mem_syn_syn_0 = (syn_syn_0 - mem_syn_syn) * n.span_mem;
    const double mem_mem_0_0 = (one_fall - mem_mem_0) * n.span_mem;
    const double syn_syn_0_0 = ((s - syn_one) * n.span_syn - syn_syn_0) * n.span_syn;
    const double mem_mem_syn_0_0 = (mem_mem_0_0 - mem_mem_syn_0) * n.span_syn;
    const double mem_syn_syn_0_0 = (syn_syn_0_0 - mem_syn_syn_0) * n.span_mem;
    response.by_tau_mem =
        -a * a * (response.h / a - scale * a * (level * mem_mem_syn_0 + fall * mem_mem_syn_0_0));
    response.by_tau_syn = b * b * scale * a * (level * mem_syn_syn_0 + fall * mem_syn_syn_0_0);
  }
  return response;
}

}  // namespace retrograde
