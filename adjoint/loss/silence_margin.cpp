#include <algorithm>
#include <utility>

#include <retrograde/adjoint/loss/silence_margin.hpp>
#include <retrograde/engine/margin/trial_margins.hpp>

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
    for (const SilenceMargin& silence : trial_margins(network, tape, false).silences)
      add(network, silence, value);
    std::stable_sort(value.samples.begin(), value.samples.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    return value;
  }

  void add(const Network& network, const SilenceMargin& silence, LossValue& value) const {
    const double threshold = network.parameter(ParameterKind::v_threshold, silence.neuron);
    const double way = threshold - network.parameter(ParameterKind::v_reset, silence.neuron);
    const double u = silence.below / way, missing = 1.0 - u / spec_.share;
    if (!(missing > 0.0)) return;
    value.value += 0.5 * spec_.strength * missing * missing;
    const double by_u = -spec_.strength * missing / spec_.share;
    const auto direct = [&](ParameterKind kind, double gradient) {
      value.direct.push_back({network.layout().offset(kind) + silence.neuron, gradient});
    };
    direct(ParameterKind::v_threshold, by_u * (1.0 - u) / way);
    direct(ParameterKind::v_reset, by_u * u / way);
    if (silence.fixed) return;
    const double by_v = -by_u / way;
    value.samples.push_back({silence.time, silence.neuron, by_v});
    if (silence.spike)
      value.deliveries.push_back({*silence.spike, silence.synapse, by_v * silence.slope});
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
