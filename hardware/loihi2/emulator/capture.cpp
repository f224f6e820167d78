#include <retrograde/hardware/loihi2/emulator/capture.hpp>

namespace retrograde::loihi2 {

std::optional<std::uint32_t> Capture::find(std::string_view name) const {
  for (std::uint32_t p = 0; p < populations.size(); ++p)
    if (populations[p].name == name) return p;
  return std::nullopt;
}

TraceOptions every_register(const ChipNetwork& network) {
  TraceOptions traced;
  for (const ChipPopulation& p : network.populations)
    if (p.model != ChipModel::input)
      for (NeuronId n = p.first; n < p.first + p.size; ++n) traced.neurons.push_back(n);
  return traced;
}

Capture captured(const ChipNetwork& network, const Emulation& emulation,
                 const TraceOptions& traced) {
  Capture capture;
  capture.steps = emulation.total_steps;
  std::vector<CapturedNeuron*> by_id;
  for (const ChipPopulation& p : network.populations) {
    CapturedNeuron silent;
    silent.messages.assign(capture.steps, 0);
    capture.populations.push_back(
        {p.name, std::vector(p.size, silent), p.lag, p.lag + emulation.steps});
  }
  for (CapturedPopulation& p : capture.populations)
    for (CapturedNeuron& n : p.neurons) by_id.push_back(&n);
  for (const ChipSpike& s : emulation.spikes) by_id[s.neuron]->messages[s.step] = s.payload;
  for (std::size_t k = 0; k < traced.neurons.size(); ++k) {
    by_id[traced.neurons[k]]->u = emulation.trace.u[k];
    by_id[traced.neurons[k]]->v = emulation.trace.v[k];
  }
  return capture;
}

}  // namespace retrograde::loihi2
