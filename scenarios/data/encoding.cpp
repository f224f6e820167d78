#include <algorithm>
#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/data/encoding.hpp>

namespace retrograde {

namespace {

[[noreturn]] void reject(const char* key, const std::string& message) {
  throw ScenarioError("encoding", 0, 0, key, message);
}

Trial finish(Trial trial, std::size_t values, const LatencyEncoding& encoding) {
  if (encoding.bias_time) {
    trial.inputs.push_back({*encoding.bias_time, static_cast<NeuronId>(encoding.first + values)});
  }
  std::sort(trial.inputs.begin(), trial.inputs.end());
  return trial;
}

}  // namespace

void check(const LatencyEncoding& e) {
  // Written so that NaN fails every test.
  if (!(e.duration > 0) || e.duration == never) {
    reject("duration",
           fmt::format("{} ms is no length of a trial: give a positive time", e.duration));
  }
  if (!(e.t_early >= 0)) {
    reject("t_early",
           fmt::format("{} ms lies before the trial begins: choose 0 ms or later", e.t_early));
  }
  if (!(e.t_late >= e.t_early)) {
    reject("t_late", fmt::format("{} ms lies before t_early = {} ms", e.t_late, e.t_early));
  }
  if (!(e.t_late < e.duration)) {
    reject("t_late",
           fmt::format("{} ms is not before the end of the trial at {} ms: make the trial "
                       "longer or the inputs earlier",
                       e.t_late, e.duration));
  }
  if (e.bias_time && !(*e.bias_time >= 0 && *e.bias_time < e.duration)) {
    reject("bias_time",
           fmt::format("{} ms is not within the trial of {} ms", *e.bias_time, e.duration));
  }
  if (!(e.threshold >= 0 && e.threshold < 1)) {
    reject("threshold", fmt::format("{} is not an intensity from 0 to below 1", e.threshold));
  }
}

std::uint32_t input_count(std::size_t values, const LatencyEncoding& encoding) {
  return static_cast<std::uint32_t>(values) + (encoding.bias_time ? 1 : 0);
}

Trial encode_features(std::span<const double> features, const LatencyEncoding& encoding) {
  Trial trial;
  trial.duration = encoding.duration;
  trial.inputs.reserve(features.size() + 1);
  const Time range = encoding.t_late - encoding.t_early;
  for (std::size_t i = 0; i < features.size(); ++i) {
    trial.inputs.push_back(
        {encoding.t_early + features[i] * range, static_cast<NeuronId>(encoding.first + i)});
  }
  return finish(std::move(trial), features.size(), encoding);
}

Trial encode_image(std::span<const std::uint8_t> pixels, const LatencyEncoding& encoding) {
  const Time range = encoding.t_late - encoding.t_early;
  const auto intensity = [](std::uint8_t byte) { return byte / 255.0; };
  const auto visible = [&](std::uint8_t byte) {
    return byte > 0 && intensity(byte) > encoding.threshold;
  };
  Trial trial;
  trial.duration = encoding.duration;
  trial.inputs.reserve(
      static_cast<std::size_t>(std::count_if(pixels.begin(), pixels.end(), visible)) + 1);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    if (!visible(pixels[i])) continue;
    trial.inputs.push_back({encoding.t_early + (1.0 - intensity(pixels[i])) * range,
                            static_cast<NeuronId>(encoding.first + i)});
  }
  return finish(std::move(trial), pixels.size(), encoding);
}

}  // namespace retrograde
