#include <cmath>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/certify/certificate.hpp>
#include <retrograde/hardware/loihi2/deploy/dynamics.hpp>
#include <retrograde/hardware/loihi2/deploy/quantize.hpp>
#include <retrograde/hardware/loihi2/emulator/time_grid.hpp>

namespace retrograde::loihi2 {

namespace {

// What is added to the delays of the network of the integers, so that they count from the point at
// which a spike is noticed, the end of its step. On a way with lags that may be before it is.
std::vector<Time> from_noticing(const ChipNetwork& chip, const Network& represented) {
  std::vector<Time> shift(represented.synapse_count());
  for (std::size_t k = 0; k < chip.projections.size(); ++k) {
    const ChipProjection& projection = chip.projections[k];
    const ChipPopulation &from = chip.populations[projection.source],
                         &to = chip.populations[projection.target];
    // An input is sent at the beginning of its step.
    const double latency = from.model == ChipModel::input ? 1.0 : 0.0;
    const double ahead = static_cast<double>(from.lag) - static_cast<double>(to.lag);
    for (std::size_t s = 0; s < projection.synapses.size(); ++s) {
      const SynapseId id = represented.projections()[k].first + static_cast<SynapseId>(s);
      shift[id] = (latency + projection.synapses[s].delay + ahead) * chip.step -
                  represented.total_delay(id);
    }
  }
  return shift;
}

// What rounding toward zero is as a bias, in the unit of V.
double lost_by_rounding(const CubaLif& neuron, const std::string& where, double scale) {
  if (neuron.dv == 0 || neuron.du + 1 == decay_one)
    throw DeploymentError(
        where, "decay",
        "neurons that do not leak, or whose current lasts no step, are not enclosed");
  if (neuron.refractory_delay > 1)
    throw DeploymentError(where, "refractory_delay", "refractory delays are not enclosed");
  const double of_u = 4096.0 / (neuron.du + 1);
  return (1.0 + of_u) * 4096.0 / neuron.dv * scale / 64.0;
}

}  // namespace

Certificate::Certificate(const Network& network, const ChipNetwork& chip)
    : network_(dequantize(chip, network)), step_(chip.step) {
  uncertainty_.shift = from_noticing(chip, network_);
  uncertainty_.late = uncertainty_.grid = chip.step;
  uncertainty_.bias.assign(chip.neuron_count(), 0.0);
  for (const ChipPopulation& p : chip.populations) {
    if (p.model == ChipModel::input) continue;
    for (std::uint32_t k = 0; k < p.size; ++k) {
      const NeuronId n = p.first + k;
      uncertainty_.bias[n] = lost_by_rounding(chip.neurons[n], chip.neuron_name(n), p.scale(k));
      const auto gain = [&](const Network& of) {
        return Arrival(of, n, network_.parameter(ParameterKind::tau_mem, n),
                       network_.parameter(ParameterKind::tau_syn, n), chip.step)
            .gain();
      };
      if (gain(network) != gain(network_))
        throw DeploymentError(chip.neuron_name(n), "decay",
                              "its decays miss its time constants by more than a hundredth, so the "
                              "chip samples no neuron that could be enclosed");
    }
  }
}

Enclosure Certificate::enclose(const Trial& trial, const Readout& readout) const {
  const GriddedInputs inputs = on_grid(trial, step_);
  Trial sent;
  sent.duration = inputs.steps * step_ * (1.0 + 1e-12);  // its last point is read
  for (const ChipSpike& s : inputs.spikes) sent.inputs.push_back({s.step * step_, s.neuron});
  sort_inputs(sent);
  return retrograde::enclose(network_, sent, uncertainty_, readout);
}

}  // namespace retrograde::loihi2
