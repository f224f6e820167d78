#include <algorithm>
#include <fmt/format.h>
#include <numeric>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/audio/front_end.hpp>

namespace retrograde {

namespace {

// Changes whenever the same numbers give other spikes.
constexpr int front_end_version = 1;

EventSample in_order(std::vector<ChannelSpike> spikes) {
  std::sort(spikes.begin(), spikes.end(), [](const ChannelSpike& a, const ChannelSpike& b) {
    return a.time != b.time ? a.time < b.time : a.channel < b.channel;
  });
  EventSample sample;
  sample.times.reserve(spikes.size());
  sample.units.reserve(spikes.size());
  for (const ChannelSpike& spike : spikes) {
    sample.times.push_back(spike.time);
    sample.units.push_back(spike.channel);
  }
  return sample;
}

}  // namespace

std::string FrontEnd::description() const {
  const Cochlea& e = cochlea;
  return fmt::format(
      "auditory front end {} ({}): rms {} silence {} margin {} fade {}; channels {} from {} to {} "
      "at {} "
      "sharpness {} gain {}, A {} B {} g {} y {} l {} r {} x {} h {} frame {}; tau_mem {} tau_syn "
      "{} "
      "t_ref {} fibre_rest {} drive {} threshold {} tau_adapt {} adaptation {}; longest {}",
      front_end_version, sound_libraries(), loudness.rms, loudness.silence, loudness.margin,
      loudness.fade, e.channels, e.lowest, e.highest, e.rate, e.sharpness, e.gain, e.A, e.B, e.g,
      e.y, e.l, e.r, e.x, e.h, e.samples_per_frame, cell.tau_mem, cell.tau_syn, cell.t_ref,
      cell.fibre_rest, cell.drive, cell.threshold, cell.tau_adapt, cell.adaptation, longest);
}

void check(const FrontEnd& front_end) {
  check(front_end.cochlea);
  check(front_end.cell);
}

EventSample heard(const FrontEnd& front_end, Sound sound) {
  const Cochlea& cochlea = front_end.cochlea;
  sound = prepared(resampled(std::move(sound), cochlea.rate), front_end.loudness);
  if (front_end.longest > 0 && sound.seconds() * 1000 > front_end.longest)
    sound.samples.resize(static_cast<std::size_t>(front_end.longest * cochlea.rate / 1000));
  const std::vector<double> samples = without_drift(sound.samples, cochlea.rate);
  const std::vector<double> frequencies = channel_frequencies(cochlea);
  const double spontaneous = spontaneous_rate(cochlea);
  std::vector<Lanes> rates;
  std::vector<ChannelSpike> spikes, some;
  for (std::uint32_t first = 0; first < cochlea.channels; first += ear_lanes) {
    fibre_rates(cochlea, frequencies, first, samples, rates);
    some.clear();
    bushy_spikes(front_end.cell, spontaneous, cochlea.frame(), rates, some);
    for (const ChannelSpike& spike : some)
      if (first + spike.channel < cochlea.channels &&
          (front_end.longest <= 0 || spike.time < front_end.longest))
        spikes.push_back({spike.time, first + spike.channel});
  }
  return in_order(std::move(spikes));
}

}  // namespace retrograde
