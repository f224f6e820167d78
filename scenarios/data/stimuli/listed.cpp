#include <algorithm>
#include <utility>

#include <retrograde/scenarios/data/stimuli/listed.hpp>

namespace retrograde {

namespace {

class Listed final : public Stimulus {
 public:
  explicit Listed(ListedSpec spec) : trials_(std::move(spec.trials)), first_(spec.first_trial) {}
  std::vector<Spike> draw(const Drawing& drawing) const override {
    return trials_[fixed() ? 0 : drawing.trial - first_];
  }
  double expected(Time /*duration*/, double /*source*/) const override {
    std::size_t most = 0;
    for (const auto& spikes : trials_) most = std::max(most, spikes.size());
    return static_cast<double>(most);
  }
  bool fixed() const override { return trials_.size() == 1; }
  std::optional<std::uint64_t> trials() const override {
    return fixed() ? std::nullopt : std::optional<std::uint64_t>(trials_.size());
  }
  std::optional<Spike> beyond(Time duration, const TrialRange& of) const override {
    for (std::uint64_t k = 0; k < trials_.size(); ++k) {
      if (!fixed() && (first_ + k < of.begin || first_ + k >= of.end)) continue;
      const auto late =
          std::ranges::find_if(trials_[k], [&](const Spike& s) { return !(s.time < duration); });
      if (late != trials_[k].end()) return *late;
    }
    return std::nullopt;
  }

 private:
  std::vector<std::vector<Spike>> trials_;
  std::uint64_t first_;
};

}  // namespace

std::shared_ptr<const Stimulus> make_stimulus(ListedSpec spec) {
  for (std::vector<Spike>& spikes : spec.trials)
    std::erase_if(spikes,
                  [&](const Spike& s) { return s.time < spec.start || !(s.time < spec.stop); });
  return std::make_shared<Listed>(std::move(spec));
}

}  // namespace retrograde
