#include <algorithm>
#include <cmath>
#include <utility>

#include <retrograde/scenarios/data/trials/event_shape.hpp>
#include <retrograde/scenarios/data/trials/rate_free.hpp>

namespace retrograde {

namespace {

// The start of the bin of t, never behind t.
Time bin_start(Time t, Time bin) {
  const double k = std::floor(t / bin);
  return k * bin > t ? (k - 1) * bin : k * bin;
}

// Of equal events in order the first stays.
void remove_repeated(EventSample& sample) {
  std::size_t kept = 0;
  for (std::size_t k = 0; k < sample.times.size(); ++k) {
    if (kept > 0 && sample.times[kept - 1] == sample.times[k] &&
        sample.units[kept - 1] == sample.units[k])
      continue;
    sample.times[kept] = sample.times[k];
    sample.units[kept] = sample.units[k];
    ++kept;
  }
  sample.times.resize(kept);
  sample.units.resize(kept);
}

}  // namespace

EventSample shaped(EventSample sample, const EventShape& shape) {
  // The events are in order of time.
  const auto end = std::lower_bound(sample.times.begin(), sample.times.end(), shape.duration);
  const auto count = static_cast<std::size_t>(end - sample.times.begin());
  sample.times.resize(count);
  sample.units.resize(count);
  for (std::uint32_t& unit : sample.units) unit /= shape.merge;
  if (shape.backward) sample = backward(std::move(sample), shape.duration);
  if (shape.equal_counts > 0)
    sample = equal_counts(sample, shape.inputs(), shape.equal_counts, shape.duration);
  if (shape.bin > 0)
    for (Time& t : sample.times) t = bin_start(t, shape.bin);
  put_in_order(sample);
  if (shape.bin > 0) remove_repeated(sample);
  return sample;
}

Trial to_trial(EventSample sample, const EventShape& shape, NeuronId first) {
  sample = shaped(std::move(sample), shape);
  Trial trial{shape.duration, std::vector<Spike>(sample.times.size())};
  for (std::size_t k = 0; k < sample.times.size(); ++k)
    trial.inputs[k] = {sample.times[k], first + sample.units[k]};
  return trial;
}

}  // namespace retrograde
