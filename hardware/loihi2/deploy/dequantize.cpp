#include <algorithm>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/dynamics.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>

namespace retrograde::loihi2 {

namespace {

NetworkError mismatch(const std::string& where) {
  return {where, "the chip network was made from another network"};
}

void check_shape(const ChipNetwork& chip, const Network& original) {
  if (chip.neuron_count() != original.neuron_count() ||
      chip.populations.size() != original.populations().size() ||
      chip.projections.size() != original.projections().size())
    throw mismatch("network");
  for (std::size_t p = 0; p < chip.populations.size(); ++p)
    if (chip.populations[p].size != original.populations()[p].size ||
        chip.populations[p].model != original.populations()[p].model)
      throw mismatch(chip.populations[p].name);
  for (std::size_t k = 0; k < chip.projections.size(); ++k) {
    const ChipProjection& projection = chip.projections[k];
    const Projection& from = original.projections()[k];
    bool same = projection.synapses.size() == from.size && projection.source == from.source &&
                projection.target == from.target;
    for (SynapseId s = 0; same && s < from.size; ++s)
      same = projection.synapses[s].source == from.source_of(s) &&
             projection.synapses[s].target == from.targets[s];
    if (!same) throw mismatch(projection.name);
  }
}

// The values of the original, and in their place what the integers stand for.
class Dequantizer {
 public:
  Dequantizer(const ChipNetwork& chip, const Network& original)
      : chip_(chip),
        original_(original),
        values_(original.parameters().begin(), original.parameters().end()),
        gains_(chip.neuron_count(), 0.0) {}

  Network run() {
    for (const ChipPopulation& population : chip_.populations)
      if (population.model != Model::input) take_neurons(population);
    for (std::size_t k = 0; k < chip_.projections.size(); ++k)
      take_synapses(chip_.projections[k], original_.projections()[k].first);
    // The chip's delays are all in its synapses.
    for (NeuronId n = 0; n < chip_.neuron_count(); ++n)
      at(ParameterKind::axonal_delay, n) = at(ParameterKind::dendritic_delay, n) = 0.0;
    return original_.with_parameters(std::move(values_));
  }

 private:
  double& at(ParameterKind kind, std::size_t index) {
    return values_[original_.layout().offset(kind) + index];
  }

  void take_neurons(const ChipPopulation& population) {
    for (NeuronId n = population.first; n < population.first + population.size; ++n) {
      const CubaLif& neuron = chip_.neurons[n];
      const double scale = population.scale(n - population.first);
      double& tau_mem = at(ParameterKind::tau_mem, n);
      double& tau_syn = at(ParameterKind::tau_syn, n);
      tau_mem = represented_tau(neuron.dv, chip_.step, tau_mem);
      tau_syn = represented_tau(neuron.du + 1, chip_.step, tau_syn);
      gains_[n] = Arrival(original_, n, tau_mem, tau_syn, chip_.step).gain();
      if (population.model == ChipModel::cuba_lif) {
        at(ParameterKind::t_ref, n) =
            neuron.refractory_delay == 1
                ? 0.0
                : (neuron.refractory_delay - chip_.spike_phase) * chip_.step;
        at(ParameterKind::v_threshold, n) = neuron.vth * scale;
      }
      const double share =
          neuron.dv > 0 ? neuron.dv / 4096.0 : share_of_step(original_, n, chip_.step);
      at(ParameterKind::bias, n) = static_cast<double>(neuron.bias()) * scale / 64.0 / share;
    }
  }

  void take_synapses(const ChipProjection& projection, SynapseId first) {
    const ChipPopulation& source = chip_.populations[projection.source];
    const ChipPopulation& target = chip_.populations[projection.target];
    const double phase = source.model == Model::input ? 0.0 : chip_.spike_phase;
    for (std::size_t s = 0; s < projection.synapses.size(); ++s) {
      const ChipSynapse& synapse = projection.synapses[s];
      at(ParameterKind::weight, first + s) = projection.weight_units(s) *
                                             target.scale(synapse.target) /
                                             gains_[target.first + synapse.target];
      const double steps = 1.0 + synapse.delay + source.lag - target.lag - phase;
      at(ParameterKind::delay, first + s) = std::max(steps, 0.0) * chip_.step;
    }
  }

  const ChipNetwork& chip_;
  const Network& original_;
  std::vector<double> values_;
  std::vector<double> gains_;  // by neuron
};

}  // namespace

Network dequantize(const ChipNetwork& chip, const Network& original) {
  check(chip);
  check_shape(chip, original);
  return Dequantizer(chip, original).run();
}

}  // namespace retrograde::loihi2
