#include <algorithm>
#include <utility>

#include <retrograde/scenarios/data/stimuli/listed.hpp>

namespace retrograde {

namespace {

class Listed final : public Stimulus {
 public:
  explicit Listed(std::vector<Spike> spikes) : spikes_(std::move(spikes)) {}
  std::vector<Spike> draw(const Drawing& /*drawing*/) const override { return spikes_; }
  double expected(Time /*duration*/, double /*source*/) const override {
    return static_cast<double>(spikes_.size());
  }
  bool fixed() const override { return true; }
  std::optional<Spike> beyond(Time duration) const override {
    const auto late = std::find_if(spikes_.begin(), spikes_.end(),
                                   [&](const Spike& s) { return !(s.time < duration); });
    return late == spikes_.end() ? std::nullopt : std::optional(*late);
  }

 private:
  std::vector<Spike> spikes_;
};

}  // namespace

std::shared_ptr<const Stimulus> make_stimulus(ListedSpec spec) {
  std::erase_if(spec.spikes,
                [&](const Spike& s) { return s.time < spec.start || !(s.time < spec.stop); });
  return std::make_shared<Listed>(std::move(spec.spikes));
}

}  // namespace retrograde
