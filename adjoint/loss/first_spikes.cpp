#include <retrograde/adjoint/loss/first_spikes.hpp>

namespace retrograde {

FirstSpikes::FirstSpikes(const Population& population, const Tape& tape)
    : tape_(tape), spike_(population.size, silent) {
  for (std::size_t k = 0; k < tape.spikes.size(); ++k) {
    const NeuronId n = tape.spikes[k].neuron;
    if (n >= population.first && n < population.first + population.size &&
        spike_[n - population.first] == silent)
      spike_[n - population.first] = k;
  }
}

}  // namespace retrograde
