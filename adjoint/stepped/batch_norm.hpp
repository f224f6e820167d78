// Batch normalisation (Ioffe & Szegedy, ICML 2015) of what arrives at the neurons of a population, A,
// over the points of a trial and the trials of a batch:
//
//   gain (A - mean) / sqrt(var + epsilon) + offset
//
// per neuron. What is constant in it acts on V as a bias that the same constant arrivals would come
// to; so it is the factor and the bias alone that a network needs when it is judged, from running
// means and variances: `folded`. A factor below 0 turns the signs of all synapses that reach a neuron.
//
// Learned by Adam beside the parameters of the network. Populations that reach themselves have none:
// what arrives at all points has to be known before the first of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <retrograde/adjoint/stepped/step_batch.hpp>
#include <retrograde/adjoint/stepped/stepped_spec.hpp>

namespace retrograde {

class BatchNorm final : public StepNormaliser {
 public:
  // `plan` outlives this. Throws NetworkError: a population that reaches itself, or with signals and
  // spikes both.
  BatchNorm(const Network& network, const StepPlan& plan, const BatchNormSpec& spec);

  bool none() const { return populations_.empty(); }
  std::vector<StepScaling> scale(std::uint32_t population, std::span<const StepChunk> chunks,
                                 std::size_t points) override;
  void back(std::uint32_t population, std::span<StepChunk> chunks, std::size_t points) override;

  // One step of Adam down the mean gradient over so many trials of the last pass; the running means
  // and variances follow its batch.
  void step(double factor, std::optional<double> momentum, std::size_t trials);
  std::vector<double> state() const;
  // Throws InternalError for a state of another network.
  void restore(std::span<const double> state);
  Network folded(const Network& network) const;

 private:
  struct Normalised {
    std::uint32_t population = 0;
    bool held = false;                                       // what is normalised: signals
    std::vector<double> gain, offset;                        // learned
    std::vector<double> mean, variance;                      // running
    std::vector<double> gain_m, gain_v, offset_m, offset_v;  // moments
    // Of the last pass.
    std::vector<double> batch_mean, batch_variance, gain_gradient, offset_gradient;
    double count = 0.0;  // points times trials
  };
  Normalised* find(std::uint32_t population);
  double constant_kernel(const Normalised& n, std::uint32_t k) const;
  // All that a state holds, in its order.
  template <typename Self, typename Visit>
  static void visit(Self& self, const Visit& each);

  const StepPlan& plan_;
  BatchNormSpec spec_;
  std::vector<Normalised> populations_;
  double steps_ = 0.0;
};

}  // namespace retrograde
