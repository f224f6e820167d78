#include <algorithm>
#include <cstddef>
#include <vector>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_cross_entropy.hpp>

namespace retrograde {

namespace {

class VoltageCrossEntropy final : public Loss {
 public:
  explicit VoltageCrossEntropy(const VoltageCrossEntropySpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "voltage_cross_entropy"; }
  Readout readout() const override {
    return {Readout::Kind::voltage_integral, spec_.population, spec_.weighting};
  }
  bool goes_in_steps() const override { return true; }

  StepLoss evaluate_steps(const Network& network, const VoltageSteps& voltages,
                          int label) const override {
    check_label(population_of(network, readout()), label);
    const std::size_t points = voltages.points();
    const Time duration = voltages.step * static_cast<double>(points);
    const double scale = spec_.gain / spec_.weighting.span(duration);
    std::vector<double> weight(points), sigma(voltages.neurons, 0.0);
    for (std::size_t n = 0; n < points; ++n) {
      const Time t = std::min(voltages.step * static_cast<double>(n + 1), duration);
      weight[n] = spec_.weighting.kind() < TimeWeight::Kind::window
                      ? scale * voltages.step * spec_.weighting.at(t, duration)
                      : scale * spec_.weighting.in_step(t, voltages.step, duration);
      for (std::uint32_t j = 0; j < voltages.neurons; ++j)
        sigma[j] += weight[n] * voltages.at(n)[j];
    }
    StepLoss loss;
    loss.decision = argmax(sigma);
    loss.value = cross_entropy(sigma, label);
    loss.gradient.reserve(voltages.v.size());
    for (const double w : weight)
      for (const double d : sigma) loss.gradient.push_back(w * d);
    return loss;
  }

 private:
  LossValue measure(const Network& network, const Population& p, const Tape& tape,
                    int label) const override {
    check_label(p, label);
    const double scale = spec_.gain / spec_.weighting.span(tape.duration);
    std::vector<double> sigma;
    for (const double integral : voltage_integrals_of(p, tape)) sigma.push_back(scale * integral);
    LossValue loss;
    loss.value = cross_entropy(sigma, label);
    loss.integrals.assign(network.neuron_count(), 0.0);
    for (std::uint32_t j = 0; j < p.size; ++j) loss.integrals[p.first + j] = scale * sigma[j];
    return loss;
  }

  VoltageCrossEntropySpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const VoltageCrossEntropySpec& spec) {
  return std::make_unique<VoltageCrossEntropy>(spec);
}

}  // namespace retrograde
