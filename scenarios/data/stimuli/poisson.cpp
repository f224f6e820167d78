#include <algorithm>
#include <utility>

#include <retrograde/scenarios/data/stimuli/poisson.hpp>

namespace retrograde {

namespace {

class Poisson final : public Stimulus {
 public:
  explicit Poisson(PoissonSpec spec) : spec_(std::move(spec)) {}

  std::vector<Spike> draw(const Drawing& drawing) const override {
    std::vector<Spike> spikes;
    spikes.reserve(static_cast<std::size_t>(1.01 * expected(drawing.duration, 0.0)) + 16);
    for (std::uint32_t n = 0; n < spec_.size; ++n) {
      const std::size_t from = spikes.size();
      draw_neuron(n, drawing, spikes);
      put_in_order(spikes, from);
    }
    return spikes;
  }

  bool memoryless() const override { return true; }
  double expected(Time duration, double /*source*/) const override {
    double sum = 0.0;
    for (std::size_t p = 0; p < spec_.pieces.size(); ++p) {
      const double length = std::max(0.0, end_of(p, duration) - begin_of(p));
      for (const double rate : spec_.pieces[p].rate.values)
        sum += length * rate * (spec_.pieces[p].rate.values.size() == 1 ? spec_.size : 1.0);
    }
    return sum;
  }

 private:
  Time begin_of(std::size_t piece) const { return std::max(spec_.pieces[piece].from, spec_.start); }
  Time end_of(std::size_t piece, Time duration) const {
    const Time next = piece + 1 < spec_.pieces.size() ? spec_.pieces[piece + 1].from : never;
    return std::min({next, spec_.stop, duration});
  }

  void draw_neuron(std::uint32_t n, const Drawing& drawing, std::vector<Spike>& spikes) const {
    Random random = drawing.stream(n);
    double left = exponential(random);  // of the integral, to the next spike
    for (std::size_t p = 0; p < spec_.pieces.size(); ++p) {
      const Time end = end_of(p, drawing.duration);
      const double rate = spec_.pieces[p].rate.of(n);
      Time t = begin_of(p);
      if (!(rate > 0.0) || !(t < end)) continue;
      for (;;) {
        const Time next = t + left / rate;
        if (!(next < end)) break;
        spikes.push_back({next, n});
        t = next;
        left = exponential(random);
      }
      left = std::max(0.0, left - (end - t) * rate);
    }
  }

  PoissonSpec spec_;
};

}  // namespace

std::shared_ptr<const Stimulus> make_stimulus(PoissonSpec spec) {
  return std::make_shared<Poisson>(std::move(spec));
}

}  // namespace retrograde
