// Dropout (Srivastava et al., JMLR 2014) of whole neurons, exact: for the time of a trial a dropped
// neuron is muted (engine/trial/trial.hpp). It fires, and its spikes do not leave, so no synapse
// that leaves it has a gradient. The weights of the synapses that leave a population with
// probability p are worth 1 / (1 - p) of what they are while training (inverted dropout), and so
// are their gradients; a network that is evaluated or deployed is taken as it is.
//
// The neurons of a trial are drawn by (seed, "dropout", epoch and trial) and nothing else.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/labelled_trials.hpp>

namespace retrograde {

class Dropout {
 public:
  // `probability` per population, in [0, 1); empty: no dropout, and everything below is for free.
  Dropout(const Network& network, std::vector<double> probability, std::uint64_t seed);

  bool none() const { return factor_.empty(); }
  // The trial with the neurons that are dropped in it. `epoch` and `index` are 0-based.
  Trial muted(Trial trial, std::uint32_t epoch, std::size_t index) const;
  // The network, which has these populations, with the weights that it is trained with.
  Network scaled(const Network& network) const;
  // From the gradient by these weights to that by its own.
  void scale_gradient(const Network& network, std::vector<double>& gradient) const;
  // By which a weight that leaves a population is multiplied.
  double factor(std::uint32_t population) const { return none() ? 1.0 : factor_[population]; }

 private:
  struct Range {
    NeuronId first;
    std::uint32_t size;
    double probability;
  };
  std::vector<Range> dropped_;
  NeuronId neurons_;
  std::uint64_t seed_;
  std::vector<double> factor_;  // per population
};

// Trials as a training with dropout shows them.
class DroppedTrials final : public LabelledTrials {
 public:
  // Both outlive this.
  DroppedTrials(const LabelledTrials& all, const Dropout& dropout) : all_(all), dropout_(dropout) {}
  std::size_t size() const override { return all_.size(); }
  Trial trial(std::size_t index) const override { return all_.trial(index); }
  int label(std::size_t index) const override { return all_.label(index); }
  Trial shown(std::size_t index, std::uint32_t epoch) const override {
    return dropout_.muted(all_.shown(index, epoch), epoch, index);
  }

 private:
  const LabelledTrials& all_;
  const Dropout& dropout_;
};

}  // namespace retrograde
