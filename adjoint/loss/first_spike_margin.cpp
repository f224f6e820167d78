#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/first_spike_margin.hpp>
#include <retrograde/adjoint/loss/first_spikes.hpp>

namespace retrograde {

namespace {

class FirstSpikeMargin final : public Loss {
 public:
  explicit FirstSpikeMargin(const FirstSpikeMarginSpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "first_spike_margin"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population}; }

 private:
  LossValue measure(const Network&, const Population& p, const Tape& tape,
                    int label) const override {
    check_label(p, label);
    const FirstSpikes first(p, tape);
    const auto l = static_cast<std::size_t>(label);
    const double per_scale = 1.0 / spec_.scale;
    LossValue loss;
    loss.spike_times.assign(tape.spikes.size(), 0.0);
    for (std::size_t j = 0; j < p.size; ++j) {
      if (j == l) continue;
      const double miss = (first.time(j) - first.time(l) - spec_.margin) * per_scale;
      loss.value += 0.5 * miss * miss;
      first.add_gradient(j, miss * per_scale, loss.spike_times);
      first.add_gradient(l, -miss * per_scale, loss.spike_times);
    }
    return loss;
  }

  FirstSpikeMarginSpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const FirstSpikeMarginSpec& spec) {
  return std::make_unique<FirstSpikeMargin>(spec);
}

}  // namespace retrograde
