#include <cstddef>
#include <vector>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_over_time_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_panels.hpp>

namespace retrograde {

namespace {

class VoltageOverTimeCrossEntropy final : public Loss {
 public:
  explicit VoltageOverTimeCrossEntropy(const VoltageOverTimeCrossEntropySpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "voltage_over_time_cross_entropy"; }
  Readout readout() const override {
    return {Readout::Kind::voltage_integral, spec_.population, {}, true};
  }
  bool goes_in_steps() const override { return true; }

  StepLoss evaluate_steps(const Network& network, const VoltageSteps& voltages,
                          int label) const override {
    check_label(population_of(network, readout()), label);
    const double w = 1.0 / static_cast<double>(voltages.points());  // step / T
    std::vector<double> sum(voltages.neurons, 0.0), x;
    StepLoss loss;
    loss.gradient.reserve(voltages.v.size());
    for (std::size_t n = 0; n < voltages.points(); ++n) {
      x.clear();
      for (std::uint32_t j = 0; j < voltages.neurons; ++j) {
        sum[j] += voltages.at(n)[j];
        x.push_back(spec_.gain * voltages.at(n)[j]);
      }
      loss.value += w * cross_entropy(x, label);
      for (const double d : x) loss.gradient.push_back(w * spec_.gain * d);
    }
    loss.decision = argmax(sum);
    return loss;
  }

 private:
  LossValue measure(const Network& network, const Population& p, const Tape& tape,
                    int label) const override {
    check_without_threshold(p, name());
    check_label(p, label);
    LossValue loss;
    // Of each node: softmax - target, and the cross-entropy after it.
    integrate_voltages(network, p, tape,
                       {name(), spec_.gain,
                        [label](std::vector<double>& x) {
                          const double entropy = cross_entropy(x, label);
                          x.push_back(entropy);
                        },
                        [&](Time time, double weight, const std::vector<double>& f) {
                          const double w = weight / tape.duration;
                          loss.value += w * f[p.size];
                          for (std::uint32_t j = 0; j < p.size; ++j)
                            loss.samples.push_back({time, p.first + j, w * spec_.gain * f[j]});
                        }});
    return loss;
  }

  VoltageOverTimeCrossEntropySpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const VoltageOverTimeCrossEntropySpec& spec) {
  return std::make_unique<VoltageOverTimeCrossEntropy>(spec);
}

}  // namespace retrograde
