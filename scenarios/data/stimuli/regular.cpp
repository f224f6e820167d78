#include <algorithm>
#include <cmath>
#include <utility>

#include <retrograde/scenarios/data/stimuli/regular.hpp>

namespace retrograde {

namespace {

// Where the spikes of one neuron may be, and how they are moved.
struct Window {
  Time start, end, jitter;
  std::uint32_t neuron;

  void add(Time t, Random& random, std::vector<Spike>& spikes) const {
    if (jitter > 0.0) t += jitter * random.normal();
    if (t >= start && t < end) spikes.push_back({t, neuron});
  }
};

// begin(k) of instants at equal distances that may matter, each told to `take`.
template <typename Take>
void for_each_regular(Time start, Time end, Time phase, Time every, const Take& take) {
  for (double k = 0.0;; k += 1.0) {
    const Time t = start + phase + k * every;
    if (!(t < end)) break;
    take(t);
  }
}

double count_of(Time start, Time end, Time phase, Time every) {
  return std::max(0.0, std::ceil((end - start - phase) / every));
}

class Regular final : public Stimulus {
 public:
  explicit Regular(RegularSpec spec) : spec_(std::move(spec)) {}

  std::vector<Spike> draw(const Drawing& drawing) const override {
    std::vector<Spike> spikes;
    const Time end = std::min(spec_.stop, drawing.duration);
    for (std::uint32_t n = 0; n < spec_.size; ++n) {
      Random random = drawing.stream(n);
      const std::size_t from = spikes.size();
      const Time every = spec_.every.of(n);
      const Time phase = spec_.phase ? spec_.phase->of(n) : random.uniform(0.0, every);
      const Window window{spec_.start, end, spec_.jitter, n};
      for_each_regular(spec_.start, end, phase, every,
                       [&](Time t) { window.add(t, random, spikes); });
      put_in_order(spikes, from);
    }
    return spikes;
  }

  bool fixed() const override { return spec_.phase && spec_.jitter == 0.0; }
  double expected(Time duration, double /*source*/) const override {
    double sum = 0.0;
    for (std::uint32_t n = 0; n < spec_.size; ++n)
      sum += count_of(spec_.start, std::min(spec_.stop, duration),
                      spec_.phase ? spec_.phase->of(n) : 0.0, spec_.every.of(n));
    return sum;
  }

 private:
  RegularSpec spec_;
};

class Bursts final : public Stimulus {
 public:
  explicit Bursts(BurstSpec spec) : spec_(std::move(spec)) {}

  std::vector<Spike> draw(const Drawing& drawing) const override {
    std::vector<Spike> spikes;
    const Time end = std::min(spec_.stop, drawing.duration);
    for (std::uint32_t n = 0; n < spec_.size; ++n) {
      Random random = drawing.stream(n);
      const std::size_t from = spikes.size();
      const Window window{spec_.start, end, spec_.jitter, n};
      for_each_begin(n, end, random, [&](Time begin) {
        for (std::uint32_t k = 0; k < spec_.spikes; ++k)
          window.add(begin + k * spec_.interval, random, spikes);
      });
      put_in_order(spikes, from);
    }
    return spikes;
  }

  bool fixed() const override { return spec_.every && spec_.phase && spec_.jitter == 0.0; }
  double expected(Time duration, double /*source*/) const override {
    const Time end = std::min(spec_.stop, duration);
    double bursts = 0.0;
    for (std::uint32_t n = 0; n < spec_.size; ++n)
      bursts += spec_.every ? count_of(spec_.start, end, spec_.phase ? spec_.phase->of(n) : 0.0,
                                       spec_.every->of(n))
                            : std::max(0.0, end - spec_.start) * spec_.rate.of(n);
    return bursts * spec_.spikes;
  }

 private:
  template <typename Take>
  void for_each_begin(std::uint32_t n, Time end, Random& random, const Take& take) const {
    if (spec_.every) {
      const Time every = spec_.every->of(n);
      const Time phase = spec_.phase ? spec_.phase->of(n) : random.uniform(0.0, every);
      for_each_regular(spec_.start, end, phase, every, take);
      return;
    }
    const double rate = spec_.rate.of(n);
    if (!(rate > 0.0)) return;
    for (Time t = spec_.start + exponential(random) / rate; t < end;
         t += exponential(random) / rate)
      take(t);
  }

  BurstSpec spec_;
};

}  // namespace

std::shared_ptr<const Stimulus> make_stimulus(RegularSpec spec) {
  return std::make_shared<Regular>(std::move(spec));
}

std::shared_ptr<const Stimulus> make_stimulus(BurstSpec spec) {
  return std::make_shared<Bursts>(std::move(spec));
}

}  // namespace retrograde
