#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_maximum_cross_entropy.hpp>

namespace retrograde {

namespace {

class VoltageMaximumCrossEntropy final : public Loss {
 public:
  explicit VoltageMaximumCrossEntropy(const VoltageMaximumCrossEntropySpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "voltage_maximum_cross_entropy"; }
  Readout readout() const override { return {Readout::Kind::voltage_maximum, spec_.population}; }
  bool goes_in_steps() const override { return true; }

  // The first of equal maxima; V(0) = 0, on which nothing depends, is a candidate.
  StepLoss evaluate_steps(const Network& network, const VoltageSteps& voltages,
                          int label) const override {
    check_label(population_of(network, readout()), label);
    constexpr std::size_t start = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> place(voltages.neurons, start);
    std::vector<double> top(voltages.neurons, 0.0), sigma;
    for (std::size_t k = 0; k < voltages.v.size(); ++k)
      if (const std::size_t j = k % voltages.neurons; voltages.v[k] > top[j]) {
        top[j] = voltages.v[k];
        place[j] = k;
      }
    StepLoss loss;
    loss.decision = argmax(top);
    for (const double v : top) sigma.push_back(spec_.gain * v);
    loss.value = cross_entropy(sigma, label);
    loss.gradient.assign(voltages.v.size(), 0.0);
    for (std::uint32_t j = 0; j < voltages.neurons; ++j)
      if (place[j] != start) loss.gradient[place[j]] = spec_.gain * sigma[j];
    return loss;
  }

 private:
  LossValue measure(const Network&, const Population& p, const Tape& tape,
                    int label) const override {
    check_without_threshold(p, name());
    check_label(p, label);
    const auto maxima = voltage_maxima_of(p, tape);
    std::vector<double> sigma;
    for (const VoltageMaximum& top : maxima) sigma.push_back(spec_.gain * top.v);
    LossValue loss;
    loss.value = cross_entropy(sigma, label);
    for (std::uint32_t j = 0; j < p.size; ++j) {
      const VoltageMaximum& top = maxima[j];
      const double d = spec_.gain * sigma[j];
      loss.samples.push_back({top.time, p.first + j, d});
      if (top.spike != VoltageMaximum::nobody)
        loss.deliveries.push_back({top.spike, top.synapse, d * top.slope});
    }
    std::stable_sort(loss.samples.begin(), loss.samples.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    return loss;
  }

  VoltageMaximumCrossEntropySpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const VoltageMaximumCrossEntropySpec& spec) {
  return std::make_unique<VoltageMaximumCrossEntropy>(spec);
}

}  // namespace retrograde
