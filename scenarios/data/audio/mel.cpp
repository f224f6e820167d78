#include <algorithm>
#include <cmath>
#include <complex>
#include <fmt/format.h>
#include <kissfft/kissfft.hh>
#include <numbers>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/mel.hpp>

namespace retrograde {

namespace {

constexpr std::uint32_t most_bands = 1024, most_frames = 65'536, most_points = 65'536;

double mel_of(double f) { return 2595 * std::log10(1 + f / 700); }
double frequency_of(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

// Weights of the lines of a transform in each band, triangles that meet at their neighbours' peaks.
std::vector<std::vector<double>> bank(const MelFrames& mel) {
  const std::size_t lines = mel.transform / 2 + 1;
  const double top = mel_of(mel.rate / 2);
  const auto edge = [&](std::uint32_t k) { return frequency_of(top * k / (mel.bands + 1.0)); };
  std::vector<std::vector<double>> bands(mel.bands, std::vector<double>(lines));
  for (std::uint32_t b = 0; b < mel.bands; ++b) {
    const double low = edge(b), peak = edge(b + 1), high = edge(b + 2);
    for (std::size_t k = 0; k < lines; ++k) {
      const double f = static_cast<double>(k) * mel.rate / mel.transform;
      bands[b][k] = std::max(0.0, std::min((f - low) / (peak - low), (high - f) / (high - peak)));
    }
  }
  return bands;
}

std::vector<double> hann(std::size_t size) {
  std::vector<double> window(size);
  for (std::size_t k = 0; k < size; ++k)
    window[k] = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(k) /
                                     static_cast<double>(size));
  return window;
}

// Squared magnitudes of all lines of a real transform.
class Spectrum {
 public:
  explicit Spectrum(std::size_t size)
      : size_(size), fft_(size / 2, false), in_(size), out_(size / 2) {}
  double* input() { return in_.data(); }
  std::vector<double> power() {
    fft_.transform_real(in_.data(), out_.data());
    std::vector<double> lines(size_ / 2 + 1);
    // The first number holds the first and the last line, both real.
    lines.front() = out_[0].real() * out_[0].real();
    lines.back() = out_[0].imag() * out_[0].imag();
    for (std::size_t k = 1; k < size_ / 2; ++k) lines[k] = std::norm(out_[k]);
    return lines;
  }

 private:
  std::size_t size_;
  kissfft<double> fft_;
  std::vector<double> in_;
  std::vector<std::complex<double>> out_;
};

}  // namespace

void check(const MelFrames& mel) {
  const auto refuse = [](const char* key, const std::string& why) {
    throw ScenarioError("mel frames", 0, 0, key, why);
  };
  if (mel.bands < 1 || mel.bands > most_bands)
    refuse("bands", fmt::format("{} bands; 1 to {} can be", mel.bands, most_bands));
  if (mel.frames < 1 || mel.frames > most_frames)
    refuse("frames", fmt::format("{} frames; 1 to {} can be", mel.frames, most_frames));
  if (mel.transform < 4 || mel.transform % 2 != 0 || mel.transform > most_points)
    refuse("transform",
           fmt::format("{} points; an even number up to {} can be", mel.transform, most_points));
  for (const auto& [key, value] : {std::pair{"rate", mel.rate},
                                   {"window", mel.window},
                                   {"hop", mel.hop},
                                   {"floor", mel.floor},
                                   {"scale", mel.scale}})
    if (!(value > 0) || !std::isfinite(value))
      refuse(key, fmt::format("{}; it has to be above 0", value));
  if (mel.window * mel.rate / 1000 > mel.transform)
    refuse("window", fmt::format("{} ms are more than the {} points of a transform", mel.window,
                                 mel.transform));
}

std::vector<double> mel_frames(const MelFrames& mel, Sound sound) {
  sound = resampled(std::move(sound), mel.rate);
  std::vector<double>& x = sound.samples;
  for (std::size_t k = x.size(); k-- > 1;) x[k] -= mel.emphasis * x[k - 1];
  const auto size = static_cast<std::size_t>(mel.window * mel.rate / 1000);
  const auto hop = static_cast<std::size_t>(mel.hop * mel.rate / 1000);
  const std::vector<double> window = hann(size);
  const std::vector<std::vector<double>> bands = bank(mel);
  Spectrum spectrum(mel.transform);
  std::vector<double> energies;
  for (std::size_t f = 0; f < mel.frames && f * hop < x.size(); ++f) {
    std::fill_n(spectrum.input(), mel.transform, 0.0);
    for (std::size_t k = 0; k < size && f * hop + k < x.size(); ++k)
      spectrum.input()[k] = window[k] * x[f * hop + k];
    const std::vector<double> power = spectrum.power();
    for (const std::vector<double>& weights : bands) {
      double sum = 0;
      for (std::size_t k = 0; k < power.size(); ++k) sum += weights[k] * power[k];
      energies.push_back(sum);
    }
  }
  std::vector<double> frames(std::size_t{mel.frames} * mel.bands);
  const double loudest =
      energies.empty() ? 0.0 : *std::max_element(energies.begin(), energies.end());
  if (loudest <= 0) return frames;
  for (std::size_t k = 0; k < energies.size(); ++k)
    if (energies[k] > 0)
      frames[k] = mel.scale * std::max(0.0, mel.floor + 10 * std::log10(energies[k] / loudest));
  return frames;
}

}  // namespace retrograde
