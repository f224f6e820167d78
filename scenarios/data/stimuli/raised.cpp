#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/scenarios/data/stimuli/raised.hpp>

namespace retrograde {

namespace {

class Raised final : public Stimulus {
 public:
  explicit Raised(RaisedSpec spec) : spec_(std::move(spec)) {}

  std::vector<Spike> draw(const Drawing& drawing) const override {
    std::vector<Spike> spikes = spec_.stimulus->draw(drawing);
    double left = spec_.factor - 1.0;
    for (int copy = 1; left > 0.0; ++copy, left -= 1.0) {
      Drawing again = drawing;
      again.purpose = fmt::format("{}/{}/{}", drawing.purpose, spec_.name, copy);
      add(spec_.stimulus->draw(again), std::fmin(left, 1.0), again, spikes);
    }
    std::ranges::sort(spikes, [](const Spike& a, const Spike& b) {
      return a.neuron != b.neuron ? a.neuron < b.neuron : a.time < b.time;
    });
    spikes.erase(std::unique(spikes.begin(), spikes.end()), spikes.end());
    return spikes;
  }
  double expected(Time duration, double source) const override {
    const double until = spec_.stimulus->expected(std::fmin(duration, spec_.until), source);
    const double from = spec_.stimulus->expected(std::fmin(duration, spec_.from), source);
    return spec_.stimulus->expected(duration, source) + (spec_.factor - 1.0) * (until - from);
  }
  bool memoryless() const override { return true; }

 private:
  // Of a copy those spikes that lie in the stretch, each with that probability.
  void add(const std::vector<Spike>& copy, double probability, const Drawing& drawing,
           std::vector<Spike>& spikes) const {
    std::uint64_t k = 0;
    for (const Spike& s : copy) {
      ++k;
      if (s.time < spec_.from || !(s.time < spec_.until)) continue;
      if (probability < 1.0) {
        Random random(drawing.seed, drawing.purpose + "/kept", drawing.trial << 32 | s.neuron, k);
        if (!(random.uniform() < probability)) continue;
      }
      spikes.push_back(s);
    }
  }

  RaisedSpec spec_;
};

}  // namespace

std::shared_ptr<const Stimulus> make_stimulus(RaisedSpec spec) {
  return std::make_shared<Raised>(std::move(spec));
}

}  // namespace retrograde
