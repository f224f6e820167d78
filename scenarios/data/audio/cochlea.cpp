#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <fmt/format.h>
#include <numbers>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/cochlea.hpp>

namespace retrograde {

namespace {

using std::numbers::pi;

// Of the membrane (cochlea.hpp, 1).
constexpr double stiffness = 1e8, decay = 3, tension = 3500, mass = 0.05;

constexpr std::size_t stages = 4;
constexpr double high_pass = 20;        // Hz
constexpr double lowest_quality = 0.8;  // with a peak of its own (above sqrt(1/2))

// One of the four resonances: out = in + a1 out_1 - a2 out_2.
struct Resonance {
  double a1, a2;
};

// Width of the auditory filter of people at a frequency (Hz), as a rectangle (cochlea.hpp, 2).
double rectangular_width(double frequency) { return 24.7 * (4.37 * frequency / 1000 + 1); }

// Four resonances of quality q are rectangle_of_four / q of their frequency wide, as a rectangle.
constexpr double rectangle_of_four = 0.491;

Resonance resonance_at(const Cochlea& cochlea, double frequency) {
  const double quality = std::max(lowest_quality, cochlea.sharpness * rectangle_of_four *
                                                      frequency / rectangular_width(frequency));
  const double w = 2 * pi * frequency / cochlea.rate, damping = w / (2 * quality);
  const double radius = std::exp(-damping);
  const double turn = std::sqrt(std::max(0.0, w * w - damping * damping));
  return {2 * radius * std::cos(turn), radius * radius};
}

double gain_of(const Resonance& stage, double w) {
  const std::complex<double> z = std::polar(1.0, -w);
  const double one = std::abs(1.0 / (1.0 - stage.a1 * z + stage.a2 * z * z));
  return one * one * one * one;
}

// Where the filter responds most (radians per sample).
double peak_of(const Resonance& stage) {
  // |H| is largest where |1 - a1 z + a2 z^2| is least: cos(w) = a1 (1 + a2) / (4 a2).
  const double c = stage.a1 * (1 + stage.a2) / (4 * stage.a2);
  return c >= 1 ? 0 : c <= -1 ? pi : std::acos(c);
}

// What a sine of amplitude 1 at the peak comes to, before the four resonances.
double height_of(const Cochlea& cochlea, const Resonance& stage) {
  return cochlea.gain / gain_of(stage, peak_of(stage));
}

// Transmitter in silence.
struct Pools {
  double q, c, w;
};
Pools at_rest(const Cochlea& e) {
  const double k = e.g * e.A / (e.A + e.B);
  const double c = e.y * k / (e.l * k + e.y * (e.l + e.r));
  return {c * (e.l + e.r) / k, c, c * e.r / e.x};
}

// One register, in the notation of GCC and Clang.
using Vector = double __attribute__((vector_size(sizeof(Lanes))));

// Filters and hair cells of some channels.
class Places {
 public:
  Places(const Cochlea& cochlea, std::span<const double> frequencies, std::size_t first)
      : dt_(1 / cochlea.rate), a_(cochlea.A), b_(cochlea.B) {
    for (int k = 0; k < static_cast<int>(ear_lanes); ++k) {
      const double f =
          frequencies[std::min(first + static_cast<std::size_t>(k), frequencies.size() - 1)];
      const Resonance stage = resonance_at(cochlea, f);
      a1_[k] = stage.a1;
      a2_[k] = stage.a2;
      height_[k] = height_of(cochlea, stage);
    }
    const double lost = cochlea.l + cochlea.r;
    keep_ = std::exp(-lost * dt_);
    gained_ = (1 - keep_) / lost;
    g_ = cochlea.g;
    y_ = cochlea.y * dt_;
    r_ = cochlea.r * dt_;
    x_ = cochlea.x * dt_;
    const Pools rest = at_rest(cochlea);
    q_ = rest.q - Vector{};
    c_ = rest.c - Vector{};
    w_ = rest.w - Vector{};
  }

  // Goes on to the next sample.
  void next(double sample) {
    Vector x = sample * height_;
    for (std::size_t s = 0; s < stages; ++s) {
      const Vector out = x + a1_ * one_[s] - a2_ * two_[s];
      two_[s] = one_[s];
      one_[s] = out;
      x = out;
    }
    const Vector open = x + a_;
    const Vector u = open > 0.0 ? open : Vector{};
    const Vector released = g_ * u / (u + b_) * q_;
    const Vector again = x_ * w_;
    q_ += y_ * (1.0 - q_) + again - dt_ * released;
    w_ += r_ * c_ - again;
    c_ = keep_ * c_ + gained_ * released;
  }
  const Vector& cleft() const { return c_; }

 private:
  Vector a1_{}, a2_{}, height_{};
  Vector one_[stages]{}, two_[stages]{};
  Vector q_{}, c_{}, w_{};
  double dt_, a_, b_, keep_ = 0, gained_ = 0, g_ = 0, y_ = 0, r_ = 0, x_ = 0;
};

}  // namespace

void check(const Cochlea& e) {
  const auto refuse = [](const char* key, const std::string& why) {
    throw ScenarioError("front end", 0, 0, key, why);
  };
  if (e.channels < 1 || e.channels > most_cochlea_channels)
    refuse("channels",
           fmt::format("{} channels; 1 to {} can be", e.channels, most_cochlea_channels));
  if (!(e.lowest > 0 && e.lowest < e.highest && e.highest <= e.rate / 2))
    refuse("lowest",
           fmt::format("a range from {} to {} Hz; it has to rise from above 0 to {} Hz at "
                       "most, half of the rate",
                       e.lowest, e.highest, e.rate / 2));
  for (const auto& [key, value] : {std::pair{"gain", e.gain},
                                   {"sharpness", e.sharpness},
                                   {"A", e.A},
                                   {"B", e.B},
                                   {"g", e.g},
                                   {"y", e.y},
                                   {"l", e.l},
                                   {"r", e.r},
                                   {"x", e.x},
                                   {"h", e.h}})
    if (!(value > 0) || !std::isfinite(value))
      refuse(key, fmt::format("{}; it has to be above 0", value));
}

std::vector<double> channel_frequencies(const Cochlea& cochlea) {
  const auto place = [](double f) {
    const double w = 2 * pi * f;
    return std::log(stiffness / (tension + mass * w * w)) / decay;
  };
  const double begin = place(cochlea.highest), end = place(cochlea.lowest);
  std::vector<double> frequencies(cochlea.channels);
  for (std::uint32_t k = 0; k < cochlea.channels; ++k) {
    const double share = cochlea.channels == 1 ? 0.5 : k / (cochlea.channels - 1.0);
    const double c = begin + share * (end - begin);
    frequencies[k] = std::sqrt((stiffness * std::exp(-decay * c) - tension) / mass) / (2 * pi);
  }
  return frequencies;
}

std::vector<double> without_drift(std::span<const double> sound, double rate) {
  const double keep = std::exp(-2 * pi * high_pass / rate);
  std::vector<double> out(sound.size());
  double mean = 0;
  for (std::size_t k = 0; k < sound.size(); ++k) {
    out[k] = sound[k] - mean;
    mean += (1 - keep) * (sound[k] - mean);
  }
  return out;
}

void fibre_rates(const Cochlea& cochlea, std::span<const double> frequencies, std::size_t first,
                 std::span<const double> sound, std::vector<Lanes>& rates) {
  Places places(cochlea, frequencies, first);
  const std::size_t each = cochlea.samples_per_frame, frames = (sound.size() + each - 1) / each;
  rates.resize(frames);
  const double scale = cochlea.h / static_cast<double>(each);
  for (std::size_t f = 0; f < frames; ++f) {
    Vector sum{};
    for (std::size_t k = f * each; k < (f + 1) * each; ++k) {
      places.next(k < sound.size() ? sound[k] : 0.0);
      sum += places.cleft();
    }
    const Vector mean = scale * sum;
    for (std::size_t k = 0; k < ear_lanes; ++k) rates[f].of[k] = mean[static_cast<int>(k)];
  }
}

double spontaneous_rate(const Cochlea& cochlea) { return cochlea.h * at_rest(cochlea).c; }

double filter_gain(const Cochlea& cochlea, double resonance, double frequency) {
  const Resonance stage = resonance_at(cochlea, resonance);
  return height_of(cochlea, stage) * gain_of(stage, 2 * pi * frequency / cochlea.rate);
}

}  // namespace retrograde
