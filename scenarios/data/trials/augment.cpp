#include <cmath>
#include <utility>

#include <retrograde/events/random.hpp>
#include <retrograde/scenarios/data/trials/augment.hpp>

namespace retrograde {

namespace {

// Keeps the events for which `keep(k)` holds.
template <typename Keep>
void filter(EventSample& sample, const Keep& keep) {
  std::size_t kept = 0;
  for (std::size_t k = 0; k < sample.times.size(); ++k) {
    if (!keep(k)) continue;
    sample.times[kept] = sample.times[k];
    sample.units[kept] = sample.units[k];
    ++kept;
  }
  sample.times.resize(kept);
  sample.units.resize(kept);
}

// Moves all units; those that leave 0 .. units - 1 are dropped.
void move_units(EventSample& sample, std::int64_t by, std::uint32_t units) {
  const auto inside = [&](std::int64_t unit) { return unit >= 0 && unit < units; };
  filter(sample, [&](std::size_t k) { return inside(sample.units[k] + by); });
  for (std::uint32_t& unit : sample.units) unit = static_cast<std::uint32_t>(unit + by);
}

struct Centre {
  double unit = 0;
  Time time = 0;
};

Centre centre_of(const EventSample& sample) {
  Centre centre;
  for (std::size_t k = 0; k < sample.times.size(); ++k) {
    centre.unit += sample.units[k];
    centre.time += sample.times[k];
  }
  const auto count = static_cast<double>(sample.times.size());
  return {centre.unit / count, centre.time / count};
}

// Moves a sample in units and in time, and keeps each spike with probability 1/2.
EventSample moved_half(EventSample sample, std::int64_t units_by, Time time_by, std::uint32_t units,
                       Random& random) {
  for (Time& t : sample.times) t += time_by;
  // Drawn for every spike, so that a number belongs to a spike and not to those that stay.
  filter(sample, [&](std::size_t k) { return (random.bits() >> 63) == 0 && sample.times[k] >= 0; });
  move_units(sample, units_by, units);
  return sample;
}

}  // namespace

EventSample augmented(EventSample sample, const Augmentation& how, std::uint32_t units,
                      const Showing& showing) {
  if (how.shift > 0) {
    Random random(showing.seed, "augment/shift", showing.entity());
    const auto drawn = static_cast<std::int64_t>(random.index(2 * std::uint64_t{how.shift} + 1));
    move_units(sample, drawn - how.shift, units);
  }
  if (how.dilation > 0) {
    Random random(showing.seed, "augment/dilation", showing.entity());
    const double factor = random.uniform(1 - how.dilation, 1 + how.dilation);
    for (Time& t : sample.times) t *= factor;
  }
  if (how.jitter > 0) {
    Random random(showing.seed, "augment/jitter", showing.entity());
    for (Time& t : sample.times) t = std::abs(t + random.normal(0.0, how.jitter));
  }
  if (how.deletion > 0) {
    Random random(showing.seed, "augment/deletion", showing.entity());
    filter(sample, [&](std::size_t) { return random.uniform() >= how.deletion; });
  }
  put_in_order(sample);
  return sample;
}

EventSample blended(const EventSample& a, const EventSample& b, std::uint32_t units,
                    const Showing& showing) {
  if (a.times.empty()) return b;
  if (b.times.empty()) return a;
  const Centre of_a = centre_of(a), of_b = centre_of(b);
  const auto half_units = static_cast<std::int64_t>(std::llround((of_b.unit - of_a.unit) / 2));
  const Time half_time = (of_b.time - of_a.time) / 2;
  Random random(showing.seed, "augment/blend", showing.entity());
  EventSample result = moved_half(a, half_units, half_time, units, random);
  const EventSample other = moved_half(b, -half_units, -half_time, units, random);
  result.times.insert(result.times.end(), other.times.begin(), other.times.end());
  result.units.insert(result.units.end(), other.units.begin(), other.units.end());
  put_in_order(result);
  return result;
}

}  // namespace retrograde
