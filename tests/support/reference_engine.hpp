// A second engine, in 56 digits, to judge the first one by. It reads topology and parameter values
// from a Network and shares nothing else with engine/ and adjoint/: other formulas, another search
// for spikes, another event loop, nothing optimised away that could be wrong.
//
// Linear neurons (cuba_lif, cuba_li, alif) are one system of linear equations,
//
//   y' = -a y + a sum I_r        y = V - bias, a = 1/tau_mem
//   I' = -b I (exponential)      I' = -b I + b H, H' = -b H (alpha)      I' = 0 (step: b = 0)
//   A' = -A/tau_adapt
//
// whose flow is written with the functions phi_k of exponential integrators (Hochbruck and
// Ostermann, Acta Numerica 19, 2010), as in phi_1(x) = (e^x - 1)/x with x = (b - a) s: they have no
// singularity, so that equal and nearly equal time constants are no case of their own.
//
// with V held at v_reset during the refractory period; alif adds A to the threshold, where each
// spike adds `adaptation` to A. qif: see QuadraticDynamics. A spike arrives after the axonal delay
// of its neuron, the delay of the synapse and the dendritic delay of the receiving neuron.
//
// The next spike is found by a march that cannot pass it. Let f be V minus the threshold, linear in
// the state. All parts of the state relax, so the state at s bounds f'' from above for good: f'' <=
// m. If f < 0, the zero of f + f' h + m h^2/2 is a step that is always safe, and next to a crossing
// it converges as Newton's iteration does. The march runs in double as far as f stays below -1e-9
// of its terms, which is 10^6 rounding errors, and in 56 digits from there.
//
// tests/validation/reference_engine.cpp holds these formulas against Taylor series of the
// equations above.
#pragma once

#include <array>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/trial.hpp>

namespace retrograde::test {

using Wide = boost::multiprecision::number<boost::multiprecision::cpp_bin_float<56>,
                                           boost::multiprecision::et_off>;

inline double exponential(double x) { return std::exp(x); }

// e^x at half the cost of Boost's: x - n ln 2 is halved eight times, its series taken, e^x - 1
// doubled eight times.
inline Wide exponential(const Wide& x) {
  constexpr int halvings = 8, terms = 18;
  static const Wide ln2 = log(Wide(2));
  static const auto reciprocal = [] {
    std::array<Wide, terms + 1> list;  // 1 / k!
    list[0] = 1;
    for (int k = 1; k <= terms; ++k) list[k] = list[k - 1] / k;
    return list;
  }();
  const auto n = std::lround(static_cast<double>(x) / 0.6931471805599453);
  const Wide r = ldexp(Wide(x - n * ln2), -halvings);
  Wide less_one = 0;
  for (int k = terms; k > 0; --k) less_one = (less_one + reciprocal[k]) * r;
  for (int k = 0; k < halvings; ++k) less_one *= less_one + 2;
  return ldexp(Wide(1 + less_one), static_cast<int>(n));
}

inline constexpr std::size_t most_receptors = 4;

// Numbers per component of a linear neuron: its state (with one = 1), or the coefficients of a
// linear functional of it.
template <typename T>
struct Linear {
  T one{0}, y{0}, a{0};
  std::array<T, most_receptors> i{}, h{};
};

template <typename T>
struct LinearDynamics {
  std::size_t receptors = 1;
  std::array<bool, most_receptors> alpha{};
  bool adapts = false;
  T mem{1}, adapt{1};                   // rates (1/ms)
  std::array<T, most_receptors> syn{};  // rates (1/ms)

  // e^(-rate_mem s) phi_k((rate_syn - rate_mem) s) for k = 1, 2, where mem and syn are the decays
  // over s; series where the difference would cancel.
  static std::array<T, 2> phi(const T& x, const T& mem, const T& syn) {
    if (abs_of(x) >= T(0.1)) return {(mem - syn) / x, (mem - syn - x * syn) / (x * x)};
    static const auto reciprocal = [] {
      std::array<T, 40> list;  // 1 / k
      for (int k = 1; k < 40; ++k) list[k] = T(1) / k;
      return list;
    }();
    T one = 0, two = 0, term = syn;  // x^n / (n + 1)!, x^n / (n + 2)!
    for (int n = 1; abs_of(term) > std::numeric_limits<T>::epsilon() * abs_of(one); ++n) {
      one += term;
      term *= reciprocal[n + 1];
      two += term;
      term *= x;
    }
    return {one, two};
  }

  // The state s later if V is free.
  Linear<T> flow(const Linear<T>& x, const T& s) const {
    const T decay = exponential(-mem * s);
    Linear<T> z = held(x, s);
    z.y = x.y * decay;
    for (std::size_t r = 0; r < receptors; ++r) {
      if (x.i[r] == 0 && x.h[r] == 0) continue;
      const auto [one, two] = phi((syn[r] - mem) * s, decay, exponential(-syn[r] * s));
      z.y += mem * s * (x.i[r] * one + syn[r] * s * x.h[r] * two);
    }
    return z;
  }

  // The state s later if V is held.
  Linear<T> held(const Linear<T>& x, const T& s) const {
    Linear<T> z = x;
    if (adapts) z.a = x.a * exponential(-adapt * s);
    for (std::size_t r = 0; r < receptors; ++r) {
      if (x.i[r] == 0 && x.h[r] == 0) continue;
      const T decay = exponential(-syn[r] * s);
      z.i[r] = decay * (x.i[r] + syn[r] * s * x.h[r]);
      z.h[r] = decay * x.h[r];
    }
    return z;
  }

  T value(const Linear<T>& f, const Linear<T>& x) const {
    T sum = f.one * x.one + f.y * x.y + f.a * x.a;
    for (std::size_t r = 0; r < receptors; ++r) sum += f.i[r] * x.i[r] + f.h[r] * x.h[r];
    return sum;
  }

  // The functional that is the time derivative of f along the flow.
  Linear<T> slope(const Linear<T>& f) const {
    Linear<T> d;
    d.y = -mem * f.y;
    d.a = -adapt * f.a;
    for (std::size_t r = 0; r < receptors; ++r) {
      d.i[r] = mem * f.y - syn[r] * f.i[r];
      if (alpha[r]) d.h[r] = syn[r] * (f.i[r] - f.h[r]);
    }
    return d;
  }

  // A bound of f from above on the whole flow after x. H and A decay to 0; I follows H and y
  // follows the currents, so neither leaves the range of where it is and what it follows.
  T at_most(const Linear<T>& f, const Linear<T>& x) const {
    const auto above = [](const T& v) { return v > 0 ? v : T(0); };
    const auto below = [](const T& v) { return v < 0 ? v : T(0); };
    T sum = f.one * x.one, high = above(x.y), low = below(x.y);
    const auto add = [&](const T& c, const T& least, const T& most) {
      if (c != 0) sum += c * (c > 0 ? most : least);
    };
    add(f.a, below(x.a), above(x.a));
    for (std::size_t r = 0; r < receptors; ++r) {
      const T most = above(x.i[r] > x.h[r] ? x.i[r] : x.h[r]);
      const T least = below(x.i[r] < x.h[r] ? x.i[r] : x.h[r]);
      add(f.i[r], least, most);
      add(f.h[r], below(x.h[r]), above(x.h[r]));
      high += most;
      low += least;
    }
    add(f.y, low, high);
    return sum;
  }

  // The sum of the magnitudes of the terms of f, now and later.
  T scale(const Linear<T>& f, const Linear<T>& x) const {
    T sum = abs_of(f.one * x.one) + abs_of(f.a * x.a), y = abs_of(x.y);
    for (std::size_t r = 0; r < receptors; ++r) {
      const T current = abs_of(x.i[r]) + abs_of(x.h[r]);
      sum += (abs_of(f.i[r]) + abs_of(f.h[r])) * current;
      y += current;
    }
    return sum + abs_of(f.y) * y;
  }

  // Marches from `s` as long as f + margin < 0: the first zero of f + margin in (s, horizon), or a
  // place before it where f + 2 margin >= 0; nothing if there is none. Pre: f <= 0 at s.
  std::optional<T> march(const Linear<T>& f, const Linear<T>& start, T s, const T& horizon,
                         const T& margin, const T& tolerance) const {
    using std::sqrt;
    const Linear<T> first = slope(f), second = slope(first);
    for (int steps = 0; steps < 100000; ++steps) {
      const Linear<T> x = flow(start, s);
      const T at = value(f, x) + margin;
      if (at + margin >= 0) return s;
      if (at_most(f, x) + margin <= 0) return std::nullopt;
      const T rise = value(first, x), bend = at_most(second, x);
      T h;
      if (bend <= 0) {
        if (rise <= 0) return std::nullopt;
        h = -at / rise;
      } else {
        const T root = sqrt(rise * rise - 2 * bend * at);
        h = rise > 0 ? T(-2 * at / (rise + root)) : T((root - rise) / bend);
      }
      s += h;
      if (s >= horizon) return std::nullopt;
      if (h <= tolerance * (1 + s)) return s;
    }
    throw std::logic_error("reference engine: the march to a spike does not end");
  }

  template <typename U>
  LinearDynamics<U> as() const {
    LinearDynamics<U> d;
    d.receptors = receptors;
    d.alpha = alpha;
    d.adapts = adapts;
    d.mem = static_cast<U>(mem);
    d.adapt = static_cast<U>(adapt);
    for (std::size_t r = 0; r < receptors; ++r) d.syn[r] = static_cast<U>(syn[r]);
    return d;
  }

 private:
  static T abs_of(const T& v) { return v < 0 ? T(-v) : v; }
};

template <typename U, typename T>
Linear<U> as(const Linear<T>& x) {
  Linear<U> z;
  z.one = static_cast<U>(x.one);
  z.y = static_cast<U>(x.y);
  z.a = static_cast<U>(x.a);
  for (std::size_t r = 0; r < most_receptors; ++r) {
    z.i[r] = static_cast<U>(x.i[r]);
    z.h[r] = static_cast<U>(x.h[r]);
  }
  return z;
}

// A time before which f does not reach 0, for sure, and just before which it nearly does; nothing
// if it does not reach 0 within the horizon.
inline std::optional<double> lower_bound(const LinearDynamics<double>& dynamics,
                                         const Linear<double>& f, const Linear<double>& x,
                                         double horizon) {
  // The margin is also wide enough for f and x, which were rounded to doubles.
  return dynamics.march(f, x, 0.0, horizon * (1 + 1e-12), 1e-9 * dynamics.scale(f, x), 0.0);
}

// The first zero of f from below in (from, horizon). Pre: f <= 0 up to `from`.
inline std::optional<Wide> first_zero(const LinearDynamics<Wide>& dynamics, const Linear<Wide>& f,
                                      const Linear<Wide>& x, const Wide& from,
                                      const Wide& horizon) {
  static const Wide tolerance("1e-46");
  return dynamics.march(f, x, from, horizon, 0, tolerance);
}

// The quadratic neuron, tau_mem V' = V (V - k) + I with k = tau_mem/(2 tau_syn), as the linear
// equation behind it: with the time sigma = (1 - e^(-t/(2 tau_syn))) 2 tau_syn/tau_mem,
// V = -e^(-t/(2 tau_syn)) (du/dsigma)/u and d^2u/dsigma^2 = -I(0) u. V is infinite where u = 0.
struct QuadraticDynamics {
  struct State {
    Wide u{1}, slope{0};  // at sigma = 0, up to a common factor: V = -slope/u
    Wide i{0};
  };
  Wide mem{1}, fade{1};  // 1/tau_mem, 1/(2 tau_syn)

  State flow(const State& x, const Wide& s) const {
    const Wide e = exponential(-fade * s), sigma = (1 - e) * mem / fade;
    Wide even = 1, odd = sigma;  // u for u, slope = 1, 0 and 0, 1
    if (x.i > 0) {
      const Wide w = sqrt(x.i), angle = w * sigma;
      even = cos(angle);
      odd = sin(angle) / w;
    } else if (x.i < 0) {
      const Wide w = sqrt(-x.i), angle = w * sigma;
      even = cosh(angle);
      odd = sinh(angle) / w;
    }
    return {x.u * even + x.slope * odd, (x.slope * even - x.i * x.u * odd) * e, x.i * e * e};
  }
  // V held at -infinity.
  State held(const State& x, const Wide& s) const {
    return {0, 1, x.i * exponential(-2 * fade * s)};
  }

  // When u reaches 0 again.
  std::optional<Wide> next_spike(const State& x) const {
    Wide sigma;
    if (x.i > 0) {
      const Wide w = sqrt(x.i);
      sigma = atan2(Wide(x.u * w), Wide(-x.slope)) / w;
    } else if (x.i == 0) {
      if (x.u == 0 || x.slope >= 0) return std::nullopt;
      sigma = -x.u / x.slope;
    } else {
      const Wide w = sqrt(-x.i);
      if (x.u == 0 || x.u * w >= -x.slope) return std::nullopt;
      sigma = atanh(Wide(-x.u * w / x.slope)) / w;
    }
    const Wide gone = sigma * fade / mem;
    if (gone >= 1) return std::nullopt;
    return -log1p(Wide(-gone)) / fade;
  }
};

// The values that a run depends on, to be nudged: parameters in the layout of the network, and
// Trial::inputs' times.
struct Values {
  std::vector<Wide> parameters, input_times, payloads;  // payloads: empty: all are 1
};

// What happened. Voltages are those of linear neurons.
class ReferenceRun {
 public:
  struct Maximum {
    Wide time, voltage;
  };

  // Spike times of a neuron, ascending (ms).
  const std::vector<Wide>& spikes(NeuronId n) const { return spikes_[n]; }
  const Wide& duration() const { return duration_; }
  // Where both fire the same number of times, neuron by neuron, a difference of their losses is a
  // derivative.
  bool fires_like(const ReferenceRun& other) const {
    for (std::size_t n = 0; n < spikes_.size(); ++n)
      if (spikes_[n].size() != other.spikes_[n].size()) return false;
    return true;
  }

  // V just before whatever happens at that time.
  Wide voltage(NeuronId n, const Wide& time) const {
    const Trace& trace = traces_[n];
    for (const Piece& p : trace.pieces)
      if (time <= p.end) return trace.bias + state_in(trace, p, time).y;
    throw std::logic_error("reference engine: voltage after the end");
  }

  // Integral of e^(-t/tau_weight) V(t) dt over the run, or of V for tau_weight = never. Every
  // equation gives its own integral from its values at both ends: with W = e^(-g t),
  // (a + g) int W y = [W y]_begin - [W y]_end + a sum int W I_r, and so on.
  Wide integral(NeuronId n, double tau_weight) const {
    const Trace& trace = traces_[n];
    const LinearDynamics<Wide>& d = trace.dynamics;
    const Wide g = tau_weight == never ? Wide(0) : 1 / Wide(tau_weight);
    Wide sum = 0, begin = 1;
    Linear<Wide> change;  // sum of [W x]_begin - [W x]_end
    for (const Piece& p : trace.pieces) {
      const Wide end = g == 0 ? Wide(1) : exponential(-g * p.end);
      const Wide area = g == 0 ? Wide(p.end - p.begin) : Wide((begin - end) / g);
      if (p.held) {
        sum += (trace.bias + p.start.y) * area;
      } else {
        sum += trace.bias * area;
        change.y += begin * p.start.y - end * p.finish.y;
        for (std::size_t r = 0; r < d.receptors; ++r) {
          if (d.syn[r] == 0) {  // a step: I does not change
            change.y += d.mem * p.start.i[r] * area;
            continue;
          }
          change.i[r] += begin * p.start.i[r] - end * p.finish.i[r];
          change.h[r] += begin * p.start.h[r] - end * p.finish.h[r];
        }
      }
      begin = end;
    }
    for (std::size_t r = 0; r < d.receptors; ++r)
      if (d.syn[r] != 0)
        change.y +=
            d.mem * (change.i[r] + d.syn[r] * change.h[r] / (d.syn[r] + g)) / (d.syn[r] + g);
    return sum + change.y / (d.mem + g);
  }

  // The largest V in [from, to]: ends of pieces and zeros of V', found as spikes are.
  Maximum maximum(NeuronId n, const Wide& from, const Wide& to) const {
    const Trace& trace = traces_[n];
    const LinearDynamics<Wide>& d = trace.dynamics;
    Linear<Wide> voltage, falling;
    voltage.y = 1;
    const Linear<Wide> rising = d.slope(voltage);
    falling.y = -1;
    falling = d.slope(falling);
    std::optional<Maximum> best;
    const auto offer = [&](const Wide& time, const Wide& y) {
      if (!best || trace.bias + y > best->voltage) best = {time, trace.bias + y};
    };
    for (const Piece& p : trace.pieces) {
      if (p.end < from || p.begin > to) continue;
      Wide time = p.begin > from ? p.begin : from;
      const Wide last = p.end < to ? p.end : to;
      Linear<Wide> x = state_in(trace, p, time);
      offer(time, x.y);
      offer(last, state_in(trace, p, last).y);
      // Two turns of V closer than this differ by less than the last digit.
      static const Wide blink("1e-26");
      while (!p.held && time < last) {
        const bool rises = d.value(rising, x) > 0;
        const Linear<Wide>& f = rises ? falling : rising;
        const auto bound =
            lower_bound(d.as<double>(), as<double>(f), as<double>(x), double(last - time));
        if (!bound) break;
        // Less than that is no more seen in V.
        static const Wide level("-1e-53"), tolerance("1e-46");
        const auto turn = d.march(f, x, *bound, last - time, level, tolerance);
        if (!turn) break;
        if (rises) offer(time + *turn, d.flow(x, *turn).y);
        x = d.flow(x, *turn + blink);
        time += *turn + blink;
      }
    }
    return best.value();
  }

 private:
  friend class ReferenceEngine;
  struct Piece {  // between two events of a neuron, V free or held
    Wide begin, end;
    Linear<Wide> start, finish;
    bool held;
  };
  struct Trace {
    LinearDynamics<Wide> dynamics;
    Wide bias;
    std::vector<Piece> pieces;
  };
  static Linear<Wide> state_in(const Trace& trace, const Piece& p, const Wide& time) {
    return p.held ? trace.dynamics.held(p.start, time - p.begin)
                  : trace.dynamics.flow(p.start, time - p.begin);
  }

  Wide duration_;
  std::vector<std::vector<Wide>> spikes_;
  std::vector<Trace> traces_;
};

class ReferenceEngine {
 public:
  ReferenceEngine(const Network& network, const Trial& trial) : network_(network), trial_(trial) {
    outgoing_.resize(network.neuron_count());
    for (const Projection& p : network.projections())
      for (SynapseId k = 0; k < p.size; ++k)
        outgoing_[network.populations()[p.source].first + p.source_of(k)].push_back(
            {network.populations()[p.target].first + p.targets[k], p.first + k, p.receptor});
  }

  Values values() const {
    Values v;
    for (const double value : network_.parameters()) v.parameters.emplace_back(value);
    for (const Spike& s : trial_.inputs) v.input_times.emplace_back(s.time);
    for (const double payload : trial_.payloads) v.payloads.emplace_back(payload);
    return v;
  }

  ReferenceRun run() const { return run(values()); }

  ReferenceRun run(const Values& values) const {
    const NeuronId count = network_.neuron_count();
    const Wide end = trial_.duration;
    ReferenceRun result;
    result.duration_ = end;
    result.spikes_.resize(count);
    result.traces_.resize(count);
    std::vector<Neuron> neurons;
    for (NeuronId n = 0; n < count; ++n)
      neurons.push_back(make_neuron(values, n, result.traces_[n]));
    for (Neuron& n : neurons) n.expect(end);

    struct Event {
      const Edge* edge;  // none: an input spike
      NeuronId neuron;
      Wide payload;
    };
    std::multimap<Wide, Event> events;
    for (std::size_t k = 0; k < trial_.inputs.size(); ++k)
      events.insert({values.input_times[k],
                     {nullptr, trial_.inputs[k].neuron,
                      values.payloads.empty() ? Wide(1) : values.payloads[k]}});
    const auto fire = [&](NeuronId n, const Wide& time, const Wide& payload) {
      result.spikes_[n].push_back(time);
      const Wide leaves = time + value(values, ParameterKind::axonal_delay, n);
      for (const Edge& e : outgoing_[n])
        events.insert({leaves + value(values, ParameterKind::delay, e.synapse) +
                           value(values, ParameterKind::dendritic_delay, e.target),
                       {&e, e.target, payload}});
    };
    std::size_t emissions = 0;
    for (;;) {
      Neuron* emitter = nullptr;
      for (Neuron& n : neurons)
        if (n.next && (!emitter || *n.next < *emitter->next)) emitter = &n;
      const bool arrives = !events.empty() && (!emitter || events.begin()->first <= *emitter->next);
      const Wide time = arrives ? events.begin()->first : emitter ? *emitter->next : end;
      if (time >= end) break;
      if (arrives) {
        const Event event = events.begin()->second;
        events.erase(events.begin());
        if (!event.edge) {
          fire(event.neuron, time, event.payload);
        } else {
          Neuron& n = neurons[event.neuron];
          n.advance(time);
          n.receive(event.edge->receptor,
                    value(values, ParameterKind::weight, event.edge->synapse) * event.payload);
          n.expect(end);
        }
      } else if (!emitter->certain) {
        emitter->settle(end);
      } else {
        if (++emissions > 100000) throw std::logic_error("reference engine: runaway activity");
        emitter->advance(time);
        emitter->reset();
        emitter->expect(end);
        fire(static_cast<NeuronId>(emitter - neurons.data()), time, 1);
      }
    }
    for (Neuron& n : neurons) n.advance(end);
    return result;
  }

 private:
  struct Edge {
    NeuronId target;
    SynapseId synapse;
    std::size_t receptor;
  };

  struct Neuron {
    LinearDynamics<Wide> dynamics;
    LinearDynamics<double> coarse;
    Linear<Wide> excess;  // V minus the threshold
    Wide reset_y, t_ref, adaptation;
    bool fires = false;
    std::vector<ReferenceRun::Piece>* pieces = nullptr;
    std::optional<QuadraticDynamics> quadratic;  // instead of all of the above but t_ref

    Linear<Wide> x;
    QuadraticDynamics::State q;
    Wide time = 0, release = 0;
    // When it fires if nothing more arrives; a lower bound of that until it is certain.
    std::optional<Wide> next;
    bool certain = false;

    void advance(const Wide& to) {
      if (time < release) move(to < release ? to : release, true);
      if (time < to) move(to, false);
    }
    void move(const Wide& to, bool held) {
      if (quadratic) {
        q = held ? quadratic->held(q, to - time) : quadratic->flow(q, to - time);
      } else if (pieces) {
        const Linear<Wide> z = held ? dynamics.held(x, to - time) : dynamics.flow(x, to - time);
        pieces->push_back({time, to, x, z, held});
        x = z;
      }
      time = to;
    }
    void receive(std::size_t receptor, const Wide& weight) {
      if (quadratic) {
        q.i += weight;
      } else if (dynamics.alpha[receptor]) {
        static const Wide e = exponential(Wide(1));
        x.h[receptor] += e * weight;
      } else {
        x.i[receptor] += weight;
      }
    }
    void reset() {
      if (quadratic) {
        q.u = 0;
        q.slope = 1;
      } else {
        x.y = reset_y;
        x.a += adaptation;
      }
      release = time + t_ref;
    }

    void expect(const Wide& end) {
      next.reset();
      certain = false;
      const Wide from = time < release ? release : time;
      if (from >= end) return;
      if (quadratic) {
        const auto spike = quadratic->next_spike(from > time ? quadratic->held(q, from - time) : q);
        if (spike) next = from + *spike;
        certain = true;
      } else if (fires) {
        Linear<double> z = as<double>(x);
        if (from > time) z = coarse.held(z, static_cast<double>(from - time));
        const auto bound =
            lower_bound(coarse, as<double>(excess), z, static_cast<double>(end - from));
        if (bound) next = from + *bound;
      }
    }
    void settle(const Wide& end) {
      const Wide from = time < release ? release : time;
      const Linear<Wide> z = from > time ? dynamics.held(x, from - time) : x;
      const auto zero = first_zero(dynamics, excess, z, *next - from, end - from);
      next.reset();
      if (zero) next = from + *zero;
      certain = true;
    }
  };

  const Wide& value(const Values& values, ParameterKind kind, std::size_t index) const {
    return values.parameters[network_.layout().offset(kind) + index];
  }

  Neuron make_neuron(const Values& values, NeuronId n, ReferenceRun::Trace& trace) const {
    Neuron neuron;
    const Model model = network_.model_of(n);
    if (model == Model::input) return neuron;
    const auto of = [&](ParameterKind kind) { return value(values, kind, n); };
    neuron.t_ref = of(ParameterKind::t_ref);
    if (model == Model::qif) {
      neuron.quadratic =
          QuadraticDynamics{1 / of(ParameterKind::tau_mem), 1 / (2 * of(ParameterKind::tau_syn))};
      return neuron;
    }
    constexpr ParameterKind tau_syn[] = {ParameterKind::tau_syn, ParameterKind::tau_syn_2,
                                         ParameterKind::tau_syn_3, ParameterKind::tau_syn_4};
    const auto& receptors = network_.populations()[network_.population_of(n)].receptors;
    LinearDynamics<Wide>& d = neuron.dynamics;
    d.mem = 1 / of(ParameterKind::tau_mem);
    d.receptors = receptors.size();
    for (std::size_t r = 0; r < d.receptors; ++r) {
      d.syn[r] = receptors[r] == SynapseShape::step ? Wide(0) : Wide(1 / of(tau_syn[r]));
      d.alpha[r] = receptors[r] == SynapseShape::alpha;
    }
    d.adapts = model == Model::alif;
    if (d.adapts) {
      d.adapt = 1 / of(ParameterKind::tau_adapt);
      neuron.adaptation = of(ParameterKind::adaptation);
    }
    const Wide bias = of(ParameterKind::bias);
    neuron.coarse = d.as<double>();
    neuron.fires = model != Model::cuba_li;
    neuron.excess.one = bias - of(ParameterKind::v_threshold);
    neuron.excess.y = 1;
    neuron.excess.a = -1;
    neuron.reset_y = of(ParameterKind::v_reset) - bias;
    neuron.x.one = 1;
    neuron.x.y = -bias;
    trace.dynamics = d;
    trace.bias = bias;
    neuron.pieces = &trace.pieces;
    return neuron;
  }

  const Network& network_;
  const Trial& trial_;
  std::vector<std::vector<Edge>> outgoing_;  // per neuron
};

}  // namespace retrograde::test
