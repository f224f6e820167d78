#include <algorithm>
#include <utility>

#include <retrograde/adjoint/train/dropout.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/events/random.hpp>

namespace retrograde {

Dropout::Dropout(const Network& network, std::vector<double> probability, std::uint64_t seed)
    : neurons_(network.neuron_count()), seed_(seed) {
  if (std::all_of(probability.begin(), probability.end(), [](double p) { return p == 0.0; }))
    return;
  if (probability.size() != network.populations().size())
    throw InternalError("Dropout: probabilities of another network");
  for (std::size_t p = 0; p < probability.size(); ++p) {
    const Population& population = network.populations()[p];
    if (!(probability[p] >= 0.0 && probability[p] < 1.0))
      throw InternalError("Dropout: a probability is not in [0, 1)");
    if (probability[p] > 0.0)
      dropped_.push_back({population.first, population.size, probability[p]});
  }
  for (const double p : probability) factor_.push_back(1.0 / (1.0 - p));
}

Trial Dropout::muted(Trial trial, std::uint32_t epoch, std::size_t index) const {
  if (none()) return trial;
  Random random(seed_, "dropout", (std::uint64_t{epoch} << 32) + index);
  trial.muted.resize(neurons_, 0);
  for (const Range& range : dropped_)
    for (NeuronId n = range.first; n < range.first + range.size; ++n)
      if (random.uniform() < range.probability) trial.muted[n] = 1;
  return trial;
}

Network Dropout::scaled(const Network& network) const {
  std::vector<double> values(network.parameters().begin(), network.parameters().end());
  scale_gradient(network, values);
  return network.with_parameters(std::move(values));
}

// Weights come first in the flat vector.
void Dropout::scale_gradient(const Network& network, std::vector<double>& gradient) const {
  if (none()) return;
  for (const Projection& p : network.projections())
    for (SynapseId s = p.first; s < p.first + p.size; ++s) gradient[s] *= factor_[p.source];
}

}  // namespace retrograde
