#include <algorithm>
#include <cmath>
#include <numbers>

#include <retrograde/scenarios/data/audio/loudness.hpp>

namespace retrograde {

namespace {

constexpr double level_seconds = 0.01;  // of one piece whose level is taken

double energy(const double* begin, const double* end) {
  double sum = 0;
  for (const double* x = begin; x != end; ++x) sum += *x * *x;
  return sum;
}

void cut_silence(Sound& sound, double silence, Time margin) {
  const auto piece = std::max<std::size_t>(1, static_cast<std::size_t>(sound.rate * level_seconds));
  const std::size_t size = sound.samples.size(), pieces = (size + piece - 1) / piece;
  std::vector<double> levels(pieces);
  for (std::size_t k = 0; k < pieces; ++k) {
    const double* begin = sound.samples.data() + k * piece;
    const std::size_t count = std::min(piece, size - k * piece);
    levels[k] = energy(begin, begin + count) / static_cast<double>(count);
  }
  const double floor =
      *std::max_element(levels.begin(), levels.end()) * std::pow(10, -silence / 10);
  const auto loud = [&](double level) { return level >= floor; };
  const auto first = std::find_if(levels.begin(), levels.end(), loud) - levels.begin();
  const auto last = levels.rend() - std::find_if(levels.rbegin(), levels.rend(), loud);
  const auto kept = static_cast<std::size_t>(sound.rate * margin / 1000.0);
  const std::size_t begin = static_cast<std::size_t>(first) * piece;
  const std::size_t end = std::min(size, static_cast<std::size_t>(last) * piece + kept);
  sound.samples.erase(sound.samples.begin() + static_cast<std::ptrdiff_t>(end),
                      sound.samples.end());
  sound.samples.erase(
      sound.samples.begin(),
      sound.samples.begin() + static_cast<std::ptrdiff_t>(begin > kept ? begin - kept : 0));
}

void fade_ends(Sound& sound, Time fade) {
  const std::size_t size = sound.samples.size();
  const std::size_t length =
      std::min(size / 2, static_cast<std::size_t>(sound.rate * fade / 1000.0));
  for (std::size_t k = 0; k < length; ++k) {
    const double phase =
        std::numbers::pi * (static_cast<double>(k) + 0.5) / static_cast<double>(length);
    const double weight = 0.5 - 0.5 * std::cos(phase);
    sound.samples[k] *= weight;
    sound.samples[size - 1 - k] *= weight;
  }
}

}  // namespace

Sound prepared(Sound sound, const Loudness& loudness) {
  const double* data = sound.samples.data();
  if (energy(data, data + sound.samples.size()) <= 0) return sound;
  if (loudness.silence > 0) cut_silence(sound, loudness.silence, loudness.margin);
  fade_ends(sound, loudness.fade);
  data = sound.samples.data();
  const double all = energy(data, data + sound.samples.size());
  if (all <= 0) return sound;
  const double gain = loudness.rms / std::sqrt(all / static_cast<double>(sound.samples.size()));
  for (double& x : sound.samples) x *= gain;
  return sound;
}

}  // namespace retrograde
