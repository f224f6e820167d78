#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>

#include <retrograde/scenarios/data/stimuli/rescaled.hpp>

namespace retrograde {

namespace {

class Rescaled final : public Stimulus {
 public:
  explicit Rescaled(RescaledSpec spec) : spec_(std::move(spec)) {}

  std::vector<Spike> draw(const Drawing& drawing) const override {
    std::vector<Spike> spikes = spec_.stimulus->draw(drawing);
    if (spec_.factor < 1.0) {
      std::erase_if(spikes, Thinning{spec_, drawing, spec_.factor, false});
      return spikes;
    }
    double left = spec_.factor - 1.0;
    for (int copy = 1; left > 0.0; ++copy, left -= 1.0) {
      Drawing again = drawing;
      again.purpose = fmt::format("{}/{}/{}", drawing.purpose, spec_.name, copy);
      std::vector<Spike> more = spec_.stimulus->draw(again);
      std::erase_if(more, Thinning{spec_, again, std::fmin(left, 1.0), true});
      spikes.insert(spikes.end(), more.begin(), more.end());
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
  std::optional<std::uint32_t> relays() const override { return spec_.stimulus->relays(); }
  bool memoryless() const override { return spec_.stimulus->memoryless(); }
  std::optional<std::uint64_t> trials() const override { return spec_.stimulus->trials(); }
  std::optional<Spike> beyond(Time duration, const TrialRange& of) const override {
    return spec_.stimulus->beyond(duration, of);
  }

 private:
  // Which spikes go, one after the other: those in the stretch but for a share, and outside of it all of
  // a copy and none of the stimulus itself.
  struct Thinning {
    const RescaledSpec& spec;
    const Drawing& drawing;
    double kept;
    bool copy;
    std::uint64_t k = 0;

    bool operator()(const Spike& s) {
      ++k;
      if (s.time < spec.from || !(s.time < spec.until)) return copy;
      if (kept >= 1.0) return false;
      Random random(drawing.seed, drawing.purpose + "/" + spec.name + "/kept",
                    drawing.trial << 32 | s.neuron, k);
      return !(random.uniform() < kept);
    }
  };

  RescaledSpec spec_;
};

}  // namespace

std::shared_ptr<const Stimulus> make_stimulus(RescaledSpec spec) {
  return std::make_shared<Rescaled>(std::move(spec));
}

}  // namespace retrograde
