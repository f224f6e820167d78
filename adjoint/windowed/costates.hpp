// The costates of one neuron on its way back through windows. Compiled for the GPU too
// (adjoint/device).
#pragma once

#include <cstddef>

#include <retrograde/engine/windowed/compensated.hpp>
#include <retrograde/engine/windowed/short_flow.hpp>
#include <retrograde/events/host_device.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// As adjoint/neuron/cuba_lif.hpp has them; without time constants and bias only the first two.
struct Costates {
  double p_v = 0.0, p_i = 0.0, m_v = 0.0, m_i = 0.0, s_i = 0.0;
};

// What the way back over s ms is made of: e^(-rate s) for both rates and, in full, the divided
// differences of the exponential that FullCostate is written in.
struct WayBack {
  double mem, syn, mem_syn, mem_mem_syn, mem_syn_syn;
};

[[gnu::always_inline]] RETROGRADE_HOST_DEVICE inline WayBack way_back(bool full, double rate_slow,
                                                                      double rate_gap,
                                                                      double fall_mem,
                                                                      double fall_syn, Time s) {
  const double slow = short_exp(rate_slow * s), phi = short_phi(rate_gap * s), p = s * phi;
  WayBack w{slow * (1.0 - fall_mem * p), slow * (1.0 - fall_syn * p), slow * p, 0.0, 0.0};
  if (full) {
    const double second = short_second(rate_gap * s), other = phi - second;
    const double square = slow * s * s;
    w.mem_mem_syn = square * (fall_mem > 0.0 ? other : second);
    w.mem_syn_syn = square * (fall_mem > 0.0 ? second : other);
  }
  return w;
}

// s ms back, which do `w`.
template <bool full>
RETROGRADE_HOST_DEVICE inline void flow(const WayBack& w, double rate_mem, Time s, Costates& c) {
  if (full) {
    c.s_i = c.s_i * w.syn + c.p_i * s * w.syn + rate_mem * c.p_v * w.mem_syn_syn;
    c.m_i =
        c.m_i * w.syn + rate_mem * (c.m_v * w.mem_syn + c.p_v * w.mem_mem_syn) - c.p_v * w.mem_syn;
    c.m_v = c.m_v * w.mem + c.p_v * s * w.mem;
  }
  c.p_i = c.p_i * w.syn + c.p_v * rate_mem * w.mem_syn;
  c.p_v *= w.mem;
}

template <bool full>
RETROGRADE_HOST_DEVICE inline void flow(const ShortFlow& f, Time s, Costates& c,
                                        double& bias_integral) {
  if (full) bias_integral += c.p_v * s * short_phi(f.rate_mem * s);
  flow<full>(way_back(full, f.rate_slow, f.rate_gap, f.fall_mem, f.fall_syn, s), f.rate_mem, s, c);
}

// A whole window of s ms in a stiff layer: the same by increments in compensated sums.
template <bool full>
RETROGRADE_HOST_DEVICE inline void flow_stiff(const ShortFlow& f, double fall_mem, double fall_syn,
                                              Time s, Costates& c, Costates& low,
                                              double& bias_integral, double& bias_low) {
  const WayBack w = way_back(full, f.rate_slow, f.rate_gap, f.fall_mem, f.fall_syn, s);
  if (full) {
    add_compensated(
        c.s_i, low.s_i,
        c.p_i * s * w.syn + f.rate_mem * c.p_v * w.mem_syn_syn - (c.s_i + low.s_i) * fall_syn);
    add_compensated(c.m_i, low.m_i,
                    f.rate_mem * (c.m_v * w.mem_syn + c.p_v * w.mem_mem_syn) - c.p_v * w.mem_syn -
                        (c.m_i + low.m_i) * fall_syn);
    add_compensated(c.m_v, low.m_v, c.p_v * s * w.mem - (c.m_v + low.m_v) * fall_mem);
    add_compensated(bias_integral, bias_low, c.p_v * s * short_phi(f.rate_mem * s));
  }
  add_compensated(c.p_i, low.p_i, c.p_v * (f.rate_mem * w.mem_syn) - (c.p_i + low.p_i) * fall_syn);
  add_compensated(c.p_v, low.p_v, -(c.p_v + low.p_v) * fall_mem);
}

// The costates of neurons whose time constants are apart, as sums of two exponentials: s ms before
// the window's end, with a = rate_mem, b = rate_syn, c = b - a and gain = a / c,
//
//   p_i = A e^(-b s) + B e^(-a s)             p_v = B e^(-a s) / gain
//   s_i = (S + s A) e^(-b s) + R e^(-a s)     m_i = M e^(-b s) + (N + s B) e^(-a s)
//
// which are the divided differences of WayBack written out; close to a = b they would cancel.
struct Exponentials {
  double a, b, s, r, m, n;

  RETROGRADE_HOST_DEVICE Exponentials(const Costates& c, double gain, double per_gap)
      : a(c.p_i - gain * c.p_v), b(gain * c.p_v), s(0.0), r(b * per_gap), m(0.0), n(0.0) {
    s = c.s_i - r;
    n = gain * c.m_v - r - c.p_v * per_gap;
    m = c.m_i - n;
  }
};

// What a neuron leaves in the lane of a window: all costates, of which Exponentials make six, or p_v and
// p_i alone. Where an event disturbs the window, not a number stands first.
template <bool full>
inline constexpr std::size_t lane_stride = full ? 8 : 2;
template <bool full>
inline constexpr std::size_t lane_entries = full ? 6 : 2;  // that are used

template <bool full>
RETROGRADE_HOST_DEVICE inline void write_lane(const Costates& c, bool apart, double gain,
                                              double per_gap, double* lane) {
  if (apart) {
    const Exponentials e(c, gain, per_gap);
    lane[0] = e.a;
    lane[1] = e.b;
    if constexpr (full) {
      lane[2] = e.s;
      lane[3] = e.r;
      lane[4] = e.m;
      lane[5] = e.n;
    }
  } else {
    lane[0] = c.p_v;
    lane[1] = c.p_i;
    if constexpr (full) {
      lane[2] = c.m_v;
      lane[3] = c.m_i;
      lane[4] = c.s_i;
    }
  }
}

// What an arrival reads from the costates that it meets: dL/dweight, dL/dt, and what it adds to the sums
// that the gradients of the time constants are made of; the last two only in full.
struct ArrivalReads {
  double to_weight, to_time, to_tau_mem, to_tau_syn;
};

// In a window that the target goes through undisturbed, s ms before its end; c are the entries of its lane.
template <bool full, bool apart>
[[gnu::always_inline]] RETROGRADE_HOST_DEVICE inline ArrivalReads read_lane(
    double rate_mem, double rate_syn, double rate_slow, double rate_gap, double fall_mem,
    double fall_syn, double weight, Time s, double c0, double c1, double c2, double c3, double c4,
    double c5) {
  ArrivalReads reads{};
  if constexpr (apart) {
    const double syn = short_exp(rate_syn * s), mem = short_exp(rate_mem * s);
    const double of_syn = c0 * syn, of_mem = c1 * mem;
    reads.to_weight = of_syn + of_mem;
    reads.to_time = weight * (rate_syn * of_syn + rate_mem * of_mem);
    if constexpr (full) {
      reads.to_tau_syn = weight * (syn * c2 + s * of_syn + mem * c3);
      reads.to_tau_mem = weight * (syn * c4 + mem * c5 + s * of_mem);
    }
  } else {
    const WayBack w = way_back(full, rate_slow, rate_gap, fall_mem, fall_syn, s);
    const double p_v = c0, p_i = c1;
    reads.to_weight = p_i * w.syn + p_v * (rate_mem * w.mem_syn);
    reads.to_time = weight * (rate_syn * reads.to_weight - rate_mem * (p_v * w.mem));
    if constexpr (full) {
      const double m_v = c2, m_i = c3, s_i = c4;
      reads.to_tau_syn = weight * (s_i * w.syn + p_i * s * w.syn + rate_mem * p_v * w.mem_syn_syn);
      reads.to_tau_mem =
          weight *
          (m_i * w.syn + rate_mem * (m_v * w.mem_syn + p_v * w.mem_mem_syn) - p_v * w.mem_syn);
    }
  }
  return reads;
}

// In a disturbed one, s ms before the end of the stretch, where the costates are c.
template <bool full>
RETROGRADE_HOST_DEVICE inline ArrivalReads read_stretch(const ShortFlow& f, double weight, Time s,
                                                        Costates c) {
  double unused = 0.0;
  flow<full>(f, s, c, unused);
  ArrivalReads reads{c.p_i, weight * (f.rate_syn * c.p_i - f.rate_mem * c.p_v), 0.0, 0.0};
  if constexpr (full) {
    reads.to_tau_mem = weight * c.m_i;
    reads.to_tau_syn = weight * c.s_i;
  }
  return reads;
}

}  // namespace retrograde
