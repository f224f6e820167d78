#include <utility>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/spike_time_target.hpp>

namespace retrograde {

namespace {

class SpikeTimeTarget final : public Loss {
 public:
  explicit SpikeTimeTarget(SpikeTimeTargetSpec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return "spike_time_target"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population}; }

 private:
  LossValue measure(const Network&, const Population& p, const Tape& tape, int) const override {
    check_count(p, spec_.targets.size(), "targets");
    LossValue loss;
    loss.spike_times.assign(tape.spikes.size(), 0.0);
    std::vector<std::size_t> seen(p.size, 0);
    const double per_scale = 1.0 / spec_.scale;
    for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
      const TapeSpike& s = tape.spikes[k];
      if (s.neuron < p.first || s.neuron >= p.first + p.size) continue;
      const std::size_t j = s.neuron - p.first;
      if (seen[j] == spec_.targets[j].size()) continue;
      const double miss = (s.time - spec_.targets[j][seen[j]++]) * per_scale;
      loss.value += 0.5 * miss * miss;
      loss.spike_times[k] = miss * per_scale;
    }
    for (std::size_t j = 0; j < p.size; ++j)
      for (std::size_t k = seen[j]; k < spec_.targets[j].size(); ++k) {
        const double miss = (tape.duration - spec_.targets[j][k]) * per_scale;
        loss.value += 0.5 * miss * miss;
      }
    return loss;
  }

  SpikeTimeTargetSpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const SpikeTimeTargetSpec& spec) {
  return std::make_unique<SpikeTimeTarget>(spec);
}

}  // namespace retrograde
