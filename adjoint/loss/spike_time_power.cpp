#include <cmath>
#include <utility>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/spike_time_power.hpp>

namespace retrograde {

namespace {

class SpikeTimePower final : public Loss {
 public:
  explicit SpikeTimePower(SpikeTimePowerSpec spec) : spec_(std::move(spec)) {}
  std::string_view name() const override { return "spike_time_power"; }
  Readout readout() const override {
    const auto kind =
        spec_.integral.empty() ? Readout::Kind::first_spike : Readout::Kind::voltage_integral;
    return {kind, spec_.population, spec_.weighting};
  }

 private:
  LossValue measure(const Network& network, const Population& p, const Tape& tape,
                    int) const override {
    LossValue loss;
    if (!spec_.coefficient.empty()) add_spikes(p, tape, loss);
    if (!spec_.integral.empty()) add_integrals(network, p, tape, loss);
    return loss;
  }

  void add_spikes(const Population& p, const Tape& tape, LossValue& loss) const {
    check_count(p, spec_.coefficient.size(), "coefficients");
    loss.spike_times.assign(tape.spikes.size(), 0.0);
    for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
      const TapeSpike& s = tape.spikes[k];
      if (s.neuron < p.first || s.neuron >= p.first + p.size) continue;
      const double c = spec_.coefficient[s.neuron - p.first];
      if (c == 0.0) continue;
      const double t = s.time / spec_.scale;
      loss.value += c * std::pow(t, spec_.power);
      loss.spike_times[k] = c * spec_.power * std::pow(t, spec_.power - 1.0) / spec_.scale;
    }
  }

  void add_integrals(const Network& network, const Population& p, const Tape& tape,
                     LossValue& loss) const {
    check_count(p, spec_.integral.size(), "integrals");
    const auto integrals = voltage_integrals_of(p, tape);
    loss.integrals.assign(network.neuron_count(), 0.0);
    for (std::uint32_t j = 0; j < p.size; ++j) {
      loss.value += spec_.integral[j] * integrals[j];
      loss.integrals[p.first + j] = spec_.integral[j];
    }
  }

  SpikeTimePowerSpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const SpikeTimePowerSpec& spec) {
  return std::make_unique<SpikeTimePower>(spec);
}

}  // namespace retrograde
