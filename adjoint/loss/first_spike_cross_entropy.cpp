#include <cmath>
#include <vector>

#include <retrograde/adjoint/loss/checks.hpp>
#include <retrograde/adjoint/loss/cross_entropy.hpp>
#include <retrograde/adjoint/loss/first_spike_cross_entropy.hpp>
#include <retrograde/adjoint/loss/first_spikes.hpp>

namespace retrograde {

namespace {

class FirstSpikeCrossEntropy final : public Loss {
 public:
  explicit FirstSpikeCrossEntropy(const FirstSpikeCrossEntropySpec& spec) : spec_(spec) {}
  std::string_view name() const override { return "first_spike_cross_entropy"; }
  Readout readout() const override { return {Readout::Kind::first_spike, spec_.population}; }

 private:
  LossValue measure(const Network&, const Population& p, const Tape& tape,
                    int label) const override {
    check_label(p, label);
    const FirstSpikes first(p, tape);
    std::vector<double> sigma(p.size);
    for (std::uint32_t j = 0; j < p.size; ++j) sigma[j] = -first.time(j) / spec_.tau0;
    LossValue loss;
    loss.value = cross_entropy(sigma, label);
    const auto l = static_cast<std::size_t>(label);
    // Without alpha there is no late term, also where its exponential would overflow.
    const double late =
        spec_.alpha == 0.0 ? 0.0 : spec_.alpha * std::exp(first.time(l) / spec_.tau1);
    loss.value += late - spec_.alpha;
    loss.spike_times.assign(tape.spikes.size(), 0.0);
    for (std::size_t j = 0; j < p.size; ++j) {
      double d = -sigma[j] / spec_.tau0;
      if (j == l) d += late / spec_.tau1;
      first.add_gradient(j, d, loss.spike_times);
    }
    return loss;
  }

  FirstSpikeCrossEntropySpec spec_;
};

}  // namespace

std::unique_ptr<Loss> make_loss(const FirstSpikeCrossEntropySpec& spec) {
  return std::make_unique<FirstSpikeCrossEntropy>(spec);
}

}  // namespace retrograde
