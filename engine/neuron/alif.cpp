#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cmath>

#include <retrograde/engine/neuron/alif.hpp>

namespace retrograde {

namespace {

using Quad = boost::multiprecision::cpp_bin_float_quad;

// A linear function of the state: constant + (V - drive) of[0] + sum over k > 0 of x[k] of[k],
// the held current apart. In V - drive everything but the constant decays.
template <typename T>
struct Functional {
  T constant{};
  std::array<T, Alif<T>::max_state> of{};
};

// d/ds + rate, applied to a function of a state that follows the neuron's equations.
template <typename T>
Functional<T> differentiated(const Alif<T>& n, const Functional<T>& f, const T& rate) {
  Functional<T> g;
  g.constant = rate * f.constant;
  g.of[0] = (rate - n.rate_mem) * f.of[0];
  g.of[1] = (rate - n.rate_adapt) * f.of[1];
  for (std::size_t r = 0; r < n.receptor_count; ++r) {
    const auto& c = n.receptors[r];
    g.of[c.at] = (rate - c.rate) * f.of[c.at] + n.rate_mem * f.of[0];
    if (c.alpha) g.of[c.at + 1] = (rate - c.rate) * f.of[c.at + 1] + c.rate * f.of[c.at];
  }
  return g;
}

// The functions of isolation.hpp for f: each level without one more of the modes of the state x,
// down to one mode. Only modes that x has count.
template <typename T>
std::vector<Functional<T>> levels_of(const Alif<T>& n, const Functional<T>& f, const T* x) {
  std::vector<T> rates = {n.rate_mem};
  if (x[1] != 0 && f.of[1] != 0) rates.push_back(n.rate_adapt);
  for (std::size_t r = 0; r < n.receptor_count; ++r) {
    const auto& c = n.receptors[r];
    if (x[c.at] != 0 || (c.alpha && x[c.at + 1] != 0)) rates.push_back(c.rate);
    if (c.alpha && x[c.at + 1] != 0) rates.push_back(c.rate);
  }
  // The constant is one mode too, of rate 0; whichever is eliminated last leaves nothing.
  std::vector<Functional<T>> levels = {f};
  for (std::size_t k = 0; k < rates.size(); ++k) {
    levels.push_back(differentiated(n, levels.back(), rates[k]));
    if (k == 0) levels.push_back(differentiated(n, levels.back(), T(0)));
  }
  levels.pop_back();
  return levels;
}

// A state from x on, and linear functions of it.
template <typename T>
class Course {
 public:
  Course(const Alif<T>& neuron, const T* x) : n_(neuron) {
    std::copy_n(x, neuron.states, x_.begin());
    x_[0] -= neuron.drive(x);
  }

  // The sign of f at s, and where it changes: f, times e^(r s) if it has no constant, with r the
  // slowest rate in it. So the sign is right also where all of f is too small for its number type.
  T operator()(const Functional<T>& f, const T& s) const {
    const T shift = f.constant == 0 ? slowest(f) : T(0), a = shift - n_.rate_mem;
    T sum = f.constant;
    if (f.of[0] != 0) {  // all levels but the first do without V, which costs most
      T v = x_[0] * exp_difference(s, a);
      for (std::size_t r = 0; r < n_.receptor_count; ++r) {
        const auto& c = n_.receptors[r];
        if (!flows(c)) continue;
        const T b = shift - c.rate;
        v += n_.rate_mem * x_[c.at] * exp_difference(s, a, b);
        if (c.alpha) v += n_.rate_mem * c.rate * x_[c.at + 1] * exp_difference(s, a, b, b);
      }
      sum += f.of[0] * v;
    }
    if (adapts(f)) sum += f.of[1] * x_[1] * exp_difference(s, shift - n_.rate_adapt);
    for (std::size_t r = 0; r < n_.receptor_count; ++r) {
      const auto& c = n_.receptors[r];
      if (!flows(c) || !uses(f, c)) continue;
      T current = f.of[c.at] * x_[c.at];
      if (c.alpha) current += (f.of[c.at] * c.rate * s + f.of[c.at + 1]) * x_[c.at + 1];
      sum += current * exp_difference(s, shift - c.rate);
    }
    return sum;
  }

 private:
  static bool uses(const Functional<T>& f, const typename Alif<T>::Receptor& c) {
    return f.of[c.at] != 0 || (c.alpha && f.of[c.at + 1] != 0);
  }
  bool adapts(const Functional<T>& f) const { return f.of[1] != 0 && x_[1] != 0; }
  bool flows(const typename Alif<T>::Receptor& c) const {
    return x_[c.at] != 0 || (c.alpha && x_[c.at + 1] != 0);
  }
  T slowest(const Functional<T>& f) const {
    T rate(0);
    const auto offer = [&](const T& other) {
      if (rate == 0 || other < rate) rate = other;
    };
    if (f.of[0] != 0) offer(n_.rate_mem);
    if (adapts(f)) offer(n_.rate_adapt);
    for (std::size_t r = 0; r < n_.receptor_count; ++r) {
      const auto& c = n_.receptors[r];
      if (flows(c) && (f.of[0] != 0 || uses(f, c))) offer(c.rate);
    }
    return rate;
  }

  const Alif<T>& n_;
  std::array<T, Alif<T>::max_state> x_{};
};

// Smallest zero of the gap in [0, end]; negative: none. `undecided` is set where a decision falls
// within rounding of `magnitude`.
template <typename T>
T first_zero(const Alif<T>& n, const T* x, const T& end, double magnitude, bool* undecided) {
  Functional<T> gap;
  gap.constant = n.drive(x) - n.v_threshold;
  gap.of[0] = T(1);
  gap.of[1] = T(-1);
  const auto levels = levels_of(n, gap, x);
  const Course<T> course(n, x);
  const auto f = [&](std::size_t level, const T& s) { return course(levels[level], s); };
  std::vector<T> cuts = isolated_zeros<T>(f, 1, levels.size(), end);
  cuts.push_back(end);
  T low = 0, at_low = f(0, low);
  for (const T& high : cuts) {
    const T at_high = f(0, high);
    if (std::fabs(static_cast<double>(at_high)) <= 1e-14 * magnitude) *undecided = true;
    if (at_high >= 0) {
      if (!(at_low < 0)) return low;
      return detail::bracketed_zero<T>([&](const T& s) { return f(0, s); }, low, high, at_low,
                                       at_high);
    }
    low = high;
    at_low = at_high;
  }
  return T(-1);
}

// The same neuron with wider constants, exactly.
Alif<Quad> widened(const Alif<double>& n) {
  NeuronValues<Quad> values;
  values.values.fill(Quad(1));  // time constants; their inverses are set below
  values.receptors = std::span(n.shapes).first(n.shape_count);
  values.fires = n.fires;
  Alif<Quad> wide(values);
  wide.rate_mem = n.rate_mem;
  wide.rate_adapt = n.rate_adapt;
  wide.v_threshold = n.v_threshold;
  wide.v_reset = n.v_reset;
  wide.bias = n.bias;
  wide.adaptation = n.adaptation;
  for (std::size_t r = 0; r < n.receptor_count; ++r) wide.receptors[r].rate = n.receptors[r].rate;
  return wide;
}

}  // namespace

template <>
Time Alif<double>::next_spike(const double* x0, Time horizon) const {
  if (!fires) return never;
  std::array<double, max_state> x{};
  std::copy_n(x0, states, x.begin());
  // Where V can get at most: drive + what is left of V + the peaks of the currents.
  const double to = drive(x.data());
  double bound = std::fmax(x[0] - to, 0.0),
         magnitude = std::fabs(x[0]) + std::fabs(to) + std::fabs(x[1]) + v_threshold;
  for (std::size_t r = 0; r < receptor_count; ++r) {
    const Receptor& c = receptors[r];
    bound += std::fmax(x[c.at], 0.0) * c.peak;
    magnitude += std::fabs(x[c.at]);
    if (!c.alpha) continue;
    bound += std::fmax(x[c.at + 1], 0.0) * c.alpha_peak;
    magnitude += std::fabs(x[c.at + 1]);
  }
  if (to + bound < (v_threshold + std::fmin(x[1], 0.0)) * (1.0 - 1e-12)) return never;

  const double excess = gap(x.data());
  if (excess >= 0.0) {  // above the threshold only by rounding, or at it
    if (slope(x.data()) > 0.0) return 0.0;
    x[0] -= excess;
  }
  bool undecided = false;
  const double s = first_zero<double>(*this, x.data(), horizon, magnitude, &undecided);
  if (!undecided) return s < 0.0 ? never : s;
  Alif<Quad> wide = widened(*this);
  std::array<Quad, max_state> y{};
  for (std::size_t k = 0; k < states; ++k) y[k] = x[k];
  if (held != 0) {  // the double that acts
    wide.bias = to;
    y[held] = y[held + 1] = 0;
  }
  bool ignored = false;
  const Quad exact = first_zero<Quad>(wide, y.data(), Quad(horizon), magnitude, &ignored);
  return exact < 0 ? never : static_cast<double>(exact);
}

template <>
VoltagePeak Alif<double>::voltage_peak(const double* x, Time s) const {
  Functional<double> voltage;
  voltage.of[0] = 1.0;
  const auto levels = levels_of(*this, differentiated(*this, voltage, 0.0), x);
  const Course<double> course(*this, x);
  const auto f = [&](std::size_t level, double t) { return course(levels[level], t); };
  std::vector<double> candidates = isolated_zeros<double>(f, 0, levels.size(), s);
  candidates.push_back(s);
  VoltagePeak best{x[0], 0.0};
  for (const double t : candidates) {
    std::array<double, max_state> y{};
    std::copy_n(x, states, y.begin());
    flow(y.data(), t);
    if (y[0] > best.v) best = {y[0], t};
  }
  return best;
}

}  // namespace retrograde
