#include <utility>
#include <vector>

#include <retrograde/engine/distributed/neuron_shares.hpp>
#include <retrograde/engine/network/with_synapses.hpp>

namespace retrograde {

NeuronRange NeuronShares::of(int rank, Model model, std::uint32_t size) const {
  if (model->is_input()) return {};
  if (!model->fires()) return rank == 0 ? NeuronRange{0, size} : NeuronRange{};
  const auto bound = [&](int r) {
    return static_cast<std::uint32_t>(std::uint64_t{size} * static_cast<std::uint64_t>(r) /
                                      static_cast<std::uint64_t>(ranks_));
  };
  return {bound(rank), bound(rank + 1)};
}

// The first rank whose end, size (rank + 1) / ranks rounded down, lies above n.
int NeuronShares::owner(const Population& population, std::uint32_t n) const {
  if (population.model->is_input() || !population.model->fires()) return 0;
  const auto ranks = static_cast<std::uint64_t>(ranks_);
  return static_cast<int>(((std::uint64_t{n} + 1) * ranks - 1) / population.size);
}

int NeuronShares::owner(const Network& network, NeuronId neuron) const {
  const Population& population = network.populations()[network.population_of(neuron)];
  return owner(population, neuron - population.first);
}

Network part_of(const Network& whole, const NeuronShares& shares) {
  std::vector<std::vector<SynapseSpec>> synapses;
  for (const Projection& projection : whole.projections()) {
    synapses.push_back(synapses_of(whole, projection));
    const NeuronRange own = shares.own(whole.populations()[projection.target]);
    std::erase_if(synapses.back(), [&](const SynapseSpec& s) { return !own.holds(s.target); });
  }
  return with_synapses(whole, std::move(synapses));
}

}  // namespace retrograde
