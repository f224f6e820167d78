#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include <retrograde/adjoint/loss/silence_margin.hpp>
#include <retrograde/engine/margin/trial_margins.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

class WithSilenceMargin final : public Loss {
 public:
  WithSilenceMargin(std::unique_ptr<Loss> loss, const SilenceMarginSpec& spec)
      : loss_(std::move(loss)), spec_(spec) {}
  std::string_view name() const override { return loss_->name(); }
  Readout readout() const override { return loss_->readout(); }

 private:
  LossValue measure(const Network& network, const Population&, const Tape& tape,
                    int label) const override {
    LossValue value = loss_->evaluate(network, tape, label);
    for (const SilenceMargin& silence : trial_margins(network, tape, false).silences) {
      const double above = silence.v - spec_.level;
      // On a tape in steps V passes the threshold before its spike: that is no silence.
      if (!(above > 0.0) || !(silence.below > 0.0)) continue;
      if (silence.fixed)
        throw NetworkError(
            network.neuron_name(silence.neuron),
            fmt::format("v_reset = {:g} is above the level of {:g} from which silence "
                        "pays; raise the level, or lower v_reset",
                        silence.v, spec_.level));
      add(silence, above, value);
    }
    std::stable_sort(value.samples.begin(), value.samples.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    return value;
  }

  void add(const SilenceMargin& silence, double above, LossValue& value) const {
    const double by_v = spec_.strength * above;
    value.value += 0.5 * by_v * above;
    value.samples.push_back({silence.time, silence.neuron, by_v});
    for (const SilenceMargin::Arrival& a : silence.arrivals)
      value.deliveries.push_back({a.spike, a.synapse, by_v * a.slope});
  }

  std::unique_ptr<Loss> loss_;
  SilenceMarginSpec spec_;
};

}  // namespace

std::unique_ptr<Loss> with_silence_margin(std::unique_ptr<Loss> loss,
                                          const SilenceMarginSpec& spec) {
  return std::make_unique<WithSilenceMargin>(std::move(loss), spec);
}

}  // namespace retrograde
