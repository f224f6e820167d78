#include <algorithm>
#include <utility>

#include <retrograde/scenarios/data/stimuli/relay.hpp>

namespace retrograde {

namespace {

class Relay final : public Stimulus {
 public:
  explicit Relay(RelaySpec spec) : spec_(std::move(spec)) {}

  std::vector<Spike> draw(const Drawing& drawing) const override {
    std::vector<Spike> spikes;
    auto next = drawing.source.begin();
    for (std::uint32_t n = 0; n < spec_.size; ++n) {
      Random random = drawing.stream(n);
      const std::size_t from = spikes.size();
      if (spec_.source_size == 1) next = drawing.source.begin();
      const NeuronId heard = spec_.source_size == 1 ? 0 : n;
      for (; next != drawing.source.end() && next->neuron == heard; ++next) {
        if (spec_.probability < 1.0 && random.uniform() >= spec_.probability) continue;
        Time t = next->time + spec_.delay.of(n);
        if (spec_.jitter > 0.0) t += spec_.jitter * random.normal();
        if (t >= 0.0 && t < drawing.duration) spikes.push_back({t, n});
      }
      put_in_order(spikes, from);
    }
    return spikes;
  }

  double expected(Time /*duration*/, double source) const override {
    return source * spec_.probability * (spec_.source_size == 1 ? spec_.size : 1.0);
  }
  // Of its own; what it passes on may be drawn.
  bool fixed() const override { return spec_.probability == 1.0 && spec_.jitter == 0.0; }
  std::optional<std::uint32_t> relays() const override { return spec_.source; }

 private:
  RelaySpec spec_;
};

}  // namespace

std::shared_ptr<const Stimulus> make_stimulus(RelaySpec spec) {
  return std::make_shared<Relay>(std::move(spec));
}

}  // namespace retrograde
