#include <fmt/format.h>

#include <retrograde/engine/neuron/crossing.hpp>
#include <retrograde/engine/voltage_readout.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

VoltageReadout::VoltageReadout(const Network& network, const Readout& readout, Tape& tape)
    : network_(network),
      readout_(readout),
      tape_(tape),
      integrals_(readout.kind == Readout::Kind::voltage_integral),
      maxima_(readout.kind == Readout::Kind::voltage_maximum) {
  if (!integrals_ && !maxima_ && !readout.trace) return;
  const Population& p = network.populations()[readout.population];
  if ((maxima_ || readout.trace) && p.model != Model::cuba_li)
    throw NetworkError(p.name,
                       "it has a threshold, but its voltage is to be read at single instants; read "
                       "a cuba_li population that this one projects to");
  first_ = p.first;
  last_ = p.first + p.size;
  if (integrals_) tape.voltage_integrals.assign(network.neuron_count(), 0.0);
  if (maxima_) {
    tape.voltage_maxima.assign(network.neuron_count(), {});
    arrivals_.assign(p.size, 0);
  }
}

void VoltageReadout::take_down(NeuronId n, const Membrane& membrane, Time to) {
  const CubaLif& constants = network_.neuron(n);
  if (integrals_)
    tape_.voltage_integrals[n] +=
        membrane.integral(constants, to, readout_.weighting, tape_.duration);
  if (!maxima_) return;
  // Candidates: a maximum inside the stretch, and its end. Its beginning was the end before.
  VoltageMaximum& top = tape_.voltage_maxima[n];
  const auto consider = [&](Time s) {
    const double v = constants.flow(membrane.state, s).v;
    if (v > top.v)
      top = {v, membrane.time + s, VoltageMaximum::nobody, 0, 0.0, arrivals_[n - first_]};
  };
  const Time h = to - membrane.time;
  if (const Time s = next_maximum(constants, membrane.state, h); s != never) consider(s);
  consider(h);
}

// A maximum at this very instant belongs to the arrival until which V rises: to the last such one
// of several at once.
void VoltageReadout::meet_arrival(NeuronId n, const Membrane& membrane, SpikeId spike,
                                  SynapseId synapse) {
  VoltageMaximum& top = tape_.voltage_maxima[n];
  const double slope = network_.neuron(n).slope(membrane.state);
  if (top.time == membrane.time && membrane.time > 0.0 && slope > 0.0) {
    top.spike = spike;
    top.synapse = synapse;
    top.slope = slope;
  }
  ++arrivals_[n - first_];
}

}  // namespace retrograde
