#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

#include <retrograde/engine/exact/exact_neuron.hpp>

namespace retrograde {

namespace {

using Real = boost::multiprecision::cpp_bin_float_quad;

// A maximum this close to the threshold, of the terms of V, is at it: tau_mem = 2 tau_syn and one
// arrival of weight 4 reach a threshold of 1 exactly, and 113 bits say so but for their rounding.
constexpr double tie = 0x1p-104;

class WideNeuron {
 public:
  struct State {
    Real v, i;
  };

  explicit WideNeuron(const CubaLif& n)
      : n_(n),
        rate_mem_(Real(1) / n.tau_mem),
        rate_syn_(Real(1) / n.tau_syn),
        gap_(rate_syn_ - rate_mem_) {}

  Real decayed(const Real& i, const Real& s) const { return i * exp(-rate_syn_ * s); }

  State flow(const State& x, const Real& s) const {
    const bool slow_mem = gap_ > 0;
    const Real slow = exp(-(slow_mem ? rate_mem_ : rate_syn_) * s);
    if (gap_ == 0)
      return {n_.bias + (x.v - n_.bias) * slow + x.i * rate_mem_ * s * slow, x.i * slow};
    const Real fall = -expm1(-abs(gap_) * s), fast = slow * (1 - fall);
    const Real kernel = rate_mem_ * slow * fall / abs(gap_);
    return {n_.bias + (x.v - n_.bias) * (slow_mem ? slow : fast) + x.i * kernel,
            x.i * (slow_mem ? fast : slow)};
  }

  Real drift(const State& x) const { return n_.bias - x.v + x.i; }  // tau_mem dV/dt

  // V is at the threshold or above it by rounding, and rises.
  bool fires_at_once(const State& x) const {
    const State clipped = clip(x);
    return clipped.v == n_.v_threshold && drift(clipped) > 0;
  }

  // Whether V clearly stays below the threshold for s ms: below the tangent at x, which bounds it up
  // to its maximum, or below what bias and I can lift it to.
  bool stays_below(const State& x, const Real& s) const {
    const auto v = static_cast<double>(x.v), i = static_cast<double>(x.i);
    const double rise = (n_.bias - v + i) * n_.rate_mem * static_cast<double>(s);
    const double lift = std::fmax(v, n_.bias) + std::fmax(i, 0.0) * n_.peak;
    const double top = std::fmin(std::fmax(v, v + rise), lift);
    const double size = std::fabs(v) + std::fabs(i) + std::fabs(n_.bias);
    return n_.bias < n_.v_threshold && top + 1e-9 * size < n_.v_threshold;
  }

  // The first s in [0, h] at which V reaches the threshold from below; -1: none. The cases of
  // engine/neuron/crossing.hpp. `end` is the state at h.
  Real crossing(const State& start, const State& end, const Real& h) const {
    const State x = clip(start);
    const Real slope = drift(x), none = -1;
    if (x.v == n_.v_threshold && slope > 0) return 0;
    if (n_.bias <= n_.v_threshold && slope <= 0) return none;
    const Real turn = extremum(x, slope);
    Real low = 0, high = h;
    if (slope > 0 && turn >= 0 && turn <= h) {
      // bias - v_threshold first: exact where they are equal.
      const Real excess = (Real(n_.bias) - n_.v_threshold) + decayed(x.i, turn);
      if (abs(excess) <= tie * (abs(x.v) + abs(x.i) + n_.v_threshold)) return turn;
      if (excess < 0) return none;
      high = turn;
    } else {
      if (slope > 0 && turn < 0 && n_.bias <= n_.v_threshold) return none;
      if (slope <= 0 && (turn < 0 || turn >= h)) return none;
      if (slope <= 0) low = turn;
      if (end.v < n_.v_threshold) return none;
    }
    return root(x, low, high);
  }

 private:
  State clip(const State& x) const {
    return {x.v > n_.v_threshold ? Real(n_.v_threshold) : x.v, x.i};
  }

  // When dV/dt is 0, from x on; -1: never (engine/neuron/crossing.cpp).
  Real extremum(const State& x, const Real& slope) const {
    if (x.i == 0) return -1;
    const Real q = slope / (rate_syn_ * x.i), r = q * gap_;
    if (q < 0) return -1;
    if (gap_ == 0) return q;
    if (r <= 0.5) return -log1p(-r) / gap_;
    const Real left = (rate_mem_ * x.i + (x.v - n_.bias) * gap_) / (rate_syn_ * x.i);
    return left > 0 ? Real(-log(left) / gap_) : Real(-1);
  }

  // V rises from below the threshold at `low` to or above it at `high`: Newton in a bracket.
  Real root(const State& x, Real low, Real high) const {
    Real s = low, last = high - low;
    for (int k = 0; k < 400; ++k) {
      const State at = flow(x, s);
      const Real f = at.v - n_.v_threshold;
      if (f == 0) return s;
      (f < 0 ? low : high) = s;
      const Real slope = rate_mem_ * drift(at);
      Real next = slope > 0 ? Real(s - f / slope) : low;
      if (!(next > low && next < high) || 2 * abs(next - s) > last) next = (low + high) / 2;
      last = abs(next - s);
      s = next;
      if (last <= ldexp(s, -105) || high - low <= ldexp(high, -108)) break;
    }
    return s;
  }

  CubaLif n_;
  Real rate_mem_, rate_syn_, gap_;
};

}  // namespace

Time lifetime(const CubaLif& n, double weight) {
  const double size = std::fmax(std::fabs(weight) / n.v_threshold, 1.0);
  return (95.0 + std::log(size)) / n.rate_slow;
}

Time Verdict::at() const {
  if (spike == never) return never;
  return std::fmax(std::fmin(spike, std::nextafter(before, -never)), after);
}

Verdict next_spike_exactly(const CubaLif& n, Time last, std::span<const ExactDelivery> deliveries,
                           Time from, Time horizon, const MembraneState& start) {
  const WideNeuron neuron(n);
  WideNeuron::State x{start.v, start.i};
  Verdict verdict;
  Time t = 0.0;
  auto next = deliveries.begin();
  const auto meet = [&] {
    verdict.after = std::fmax(verdict.after, next->met);
    ++next;
  };

  if (last >= 0.0) {  // I goes on, whatever V does
    t = last + n.t_ref;
    if (!(t < horizon)) return verdict;
    x.v = n.v_reset;
    if (x.i != 0) x.i = neuron.decayed(x.i, Real(t));
    while (next != deliveries.end() && next->time <= t) {
      if (t - next->time < lifetime(n, next->weight))
        x.i += neuron.decayed(next->weight, Real(t) - next->time);
      meet();
    }
  }

  for (;;) {
    const bool more = next != deliveries.end() && next->time < horizon;
    const Time until = more ? next->time : horizon;
    if (more && from - until > lifetime(n, next->weight)) {  // long forgotten
      meet();
      continue;
    }
    if (until > t) {
      const Real h = Real(until) - t;
      const WideNeuron::State y = neuron.flow(x, h);
      if (!(until < from) && !neuron.stays_below(x, h)) {
        const Real s = neuron.crossing(x, y, h);
        const Time spike = s < 0 ? never : static_cast<Time>(Real(t) + s);
        if (spike < until) {
          verdict.spike = spike;
          if (more) verdict.before = next->met;
          return verdict;
        }
      }
      x = y;
      t = until;
    }
    if (!more) return verdict;
    while (next != deliveries.end() && next->time == until) {
      x.i += next->weight;
      meet();
    }
    if (neuron.fires_at_once(x)) {
      verdict.spike = until;
      if (next != deliveries.end()) verdict.before = next->met;
      return verdict;
    }
  }
}

namespace {

// A neuron on its way through deliveries and changes.
class ChangedNeuron {
 public:
  ChangedNeuron(const CubaLif& neuron, Time last, std::span<const ExactDelivery> deliveries,
                std::span<const ExactChange> changes, Time from, Time horizon,
                const MembraneState& start)
      : model_(&neuron),
        wide_(neuron),
        last_(last),
        from_(from),
        horizon_(horizon),
        delivery_(deliveries.begin()),
        deliveries_end_(deliveries.end()),
        change_(changes.begin()),
        changes_end_(changes.end()),
        x_{start.v, start.i},
        release_(last >= 0.0 ? never : 0.0) {}

  Verdict next_spike() {
    for (;;) {
      const Time until = next_instant();
      if (flow(until)) return verdict_;
      if (!(until < horizon_)) return verdict_;
      const bool changed = change();
      const bool met = deliver();
      if (!(last_ < 0.0) && t_ == last_) let_go();
      const bool high = changed && x_.v >= model_->v_threshold;
      if (!(release_ > t_) && !(t_ < from_) && (high || (met && wide_.fires_at_once(x_)))) {
        verdict_.spike = t_;
        bound();
        return verdict_;
      }
    }
  }

 private:
  Time next_instant() const {
    Time next = horizon_;
    if (delivery_ != deliveries_end_) next = std::fmin(next, delivery_->time);
    if (change_ != changes_end_) next = std::fmin(next, change_->at);
    if (!(last_ < t_)) next = std::fmin(next, std::fmax(last_, t_));
    if (release_ > t_) next = std::fmin(next, release_);
    return next;
  }

  // To `until`; true if the neuron fires on the way.
  bool flow(Time until) {
    if (!(until > t_)) return false;
    const Real h = Real(until) - t_;
    if (release_ > t_) {
      x_.i = wide_.decayed(x_.i, h);
    } else {
      const WideNeuron::State y = wide_.flow(x_, h);
      if (!(until < from_) && !wide_.stays_below(x_, h)) {
        const Real s = wide_.crossing(x_, y, h);
        const Time spike = s < 0 ? never : static_cast<Time>(Real(t_) + s);
        if (spike < until) {
          verdict_.spike = spike;
          bound();
          return true;
        }
      }
      x_ = y;
    }
    t_ = until;
    return false;
  }

  // What comes next bounds the spike.
  void bound() {
    if (delivery_ != deliveries_end_) verdict_.before = delivery_->met;
    if (change_ != changes_end_) verdict_.before = std::fmin(verdict_.before, change_->at);
  }

  bool change() {
    bool changed = false;
    for (; change_ != changes_end_ && change_->at == t_; ++change_) {
      model_ = change_->model;
      wide_ = WideNeuron(*model_);
      verdict_.after = std::fmax(verdict_.after, t_);
      changed = true;
      if (!(change_->held_until > t_)) continue;
      if (!(last_ < t_)) continue;  // its last spike is still to come, and puts V anew
      x_.v = model_->v_reset;
      release_ = std::fmax(release_, change_->held_until);
    }
    return changed;
  }

  bool deliver() {
    bool met = false;
    for (; delivery_ != deliveries_end_ && delivery_->time == t_; ++delivery_) {
      x_.i += delivery_->weight;
      verdict_.after = std::fmax(verdict_.after, delivery_->met);
      met = true;
    }
    return met;
  }

  // After the last spike.
  void let_go() {
    x_.v = model_->v_reset;
    release_ = last_ + model_->t_ref;
    last_ = -never;
  }

  const CubaLif* model_;
  WideNeuron wide_;
  Time last_;  // -never: V is free of it
  const Time from_, horizon_;
  std::span<const ExactDelivery>::iterator delivery_;
  const std::span<const ExactDelivery>::iterator deliveries_end_;
  std::span<const ExactChange>::iterator change_;
  const std::span<const ExactChange>::iterator changes_end_;
  WideNeuron::State x_;
  Time t_ = 0.0;
  Time release_;  // V is held until then; never: until the last spike, whatever V was before
  Verdict verdict_;
};

}  // namespace

Verdict next_spike_through_changes(const CubaLif& neuron, Time last,
                                   std::span<const ExactDelivery> deliveries,
                                   std::span<const ExactChange> changes, Time from, Time horizon,
                                   const MembraneState& start) {
  return ChangedNeuron(neuron, last, deliveries, changes, from, horizon, start).next_spike();
}

}  // namespace retrograde
