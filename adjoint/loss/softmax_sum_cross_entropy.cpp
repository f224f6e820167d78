#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/cross_entropy.hpp>
#include <retrograde/adjoint/loss/softmax_sum_cross_entropy.hpp>
#include <retrograde/adjoint/loss/voltage_panels.hpp>

namespace retrograde {

namespace {

// In place of logits.
void take_softmax(std::vector<double>& x) {
  const double top = *std::max_element(x.begin(), x.end());
  double sum = 0.0;
  for (double& each : x) sum += each = std::exp(each - top);
  for (double& each : x) each /= sum;
}

// Of the softmax p at one instant, where q is dL/dS: (p_k (q_k - sum_j q_j p_j)), in place of p.
void take_derivative(const std::vector<double>& q, std::vector<double>& p) {
  double mean = 0.0;
  for (std::size_t k = 0; k < p.size(); ++k) mean += q[k] * p[k];
  for (std::size_t k = 0; k < p.size(); ++k) p[k] *= q[k] - mean;
}

// The softmax at instants that count so many units each.
struct Instants {
  std::vector<Time> times;
  std::vector<double> units;
  std::vector<std::vector<double>> p;

  void add(Time time, double unit, std::vector<double> softmax) {
    times.push_back(time);
    units.push_back(unit);
    p.push_back(std::move(softmax));
  }
  std::vector<double> sum(std::size_t neurons) const {
    std::vector<double> s(neurons, 0.0);
    for (std::size_t n = 0; n < p.size(); ++n)
      for (std::size_t j = 0; j < neurons; ++j) s[j] += units[n] * p[n][j];
    return s;
  }
};

class SoftmaxSumCrossEntropy final : public Loss {
 public:
  explicit SoftmaxSumCrossEntropy(const SoftmaxSumCrossEntropySpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "softmax_sum_cross_entropy"; }
  // Where nothing but a readout decides, on a chip, it is the largest mean of V.
  Readout readout() const override {
    return {Readout::Kind::voltage_integral, spec_.population, {}, true};
  }
  bool goes_in_steps() const override { return true; }

  StepLoss evaluate_steps(const Network& network, const VoltageSteps& voltages,
                          int label) const override {
    check_label(population_of(network, readout()), label);
    Instants instants;
    for (std::size_t n = 0; n < voltages.points(); ++n) {
      std::vector<double> x;
      for (const double v : voltages.at(n)) x.push_back(spec_.gain * v);
      take_softmax(x);
      instants.add(voltages.step * static_cast<double>(n + 1), voltages.step / spec_.unit,
                   std::move(x));
    }
    std::vector<double> s = instants.sum(voltages.neurons);
    StepLoss loss;
    loss.decision = argmax(s);
    loss.value = cross_entropy(s, label);
    loss.gradient.reserve(voltages.v.size());
    for (std::size_t n = 0; n < instants.p.size(); ++n) {
      take_derivative(s, instants.p[n]);
      for (const double d : instants.p[n])
        loss.gradient.push_back(spec_.gain * instants.units[n] * d);
    }
    return loss;
  }

 private:
  LossValue measure(const Network& network, const Population& p, const Tape& tape,
                    int label) const override {
    check_without_threshold(p, name());
    check_label(p, label);
    Instants instants;
    integrate_voltages(network, p, tape,
                       {name(), spec_.gain, take_softmax,
                        [&](Time time, double weight, const std::vector<double>& softmax) {
                          instants.add(time, weight / spec_.unit, softmax);
                        }});
    std::vector<double> s = instants.sum(p.size);
    LossValue loss;
    loss.decision = argmax(s);
    loss.value = cross_entropy(s, label);
    for (std::size_t n = 0; n < instants.p.size(); ++n) {
      take_derivative(s, instants.p[n]);
      for (std::uint32_t j = 0; j < p.size; ++j)
        loss.samples.push_back(
            {instants.times[n], p.first + j, spec_.gain * instants.units[n] * instants.p[n][j]});
    }
    return loss;
  }

  SoftmaxSumCrossEntropySpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const SoftmaxSumCrossEntropySpec& spec) {
  return std::make_unique<SoftmaxSumCrossEntropy>(spec);
}

}  // namespace retrograde
