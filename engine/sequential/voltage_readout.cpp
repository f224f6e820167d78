#include <fmt/format.h>

#include <retrograde/engine/sequential/voltage_readout.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

VoltageReadout::VoltageReadout(const Network& network, const Readout& readout, Tape& tape)
    : readout_(readout),
      tape_(tape),
      integrals_(readout.kind == Readout::Kind::voltage_integral),
      maxima_(readout.kind == Readout::Kind::voltage_maximum) {
  if (!integrals_ && !maxima_ && !readout.trace) return;
  const Population& p = population_of(network, readout);
  if (!p.model->has_voltage())
    throw NetworkError(p.name,
                       fmt::format("a readout of its voltage needs a model with a bounded voltage, "
                                   "which {} has not; choose cuba_li",
                                   name(p.model)));
  if ((maxima_ || readout.trace) && p.model->fires())
    throw NetworkError(p.name,
                       "it has a threshold, but its voltage is to be read at single instants; read "
                       "a cuba_li population that this one projects to");
  first_ = p.first;
  last_ = p.first + p.size;
  if (integrals_) tape.voltage_integrals.assign(network.neuron_count(), 0.0);
  if (maxima_) {
    tape.voltage_maxima.assign(network.neuron_count(), {});
    for (NeuronId n = first_; n < last_; ++n)
      tape.voltage_maxima[n].v = start_of(tape.initial.get(), n).v;
    arrivals_.assign(p.size, 0);
  }
}

void VoltageReadout::take_down(NeuronId n, const Membrane& membrane, Time to) {
  if (integrals_)
    tape_.voltage_integrals[n] +=
        membrane.integral(to, readout_.weighting, tape_.duration, scratch_);
  if (!maxima_) return;
  if (membrane.held()) {  // silenced: V stays, and goes on from there
    const Time until = std::fmin(membrane.release, to);
    offer(n, membrane.dynamics->voltage(membrane.index, membrane.x), membrane.time);
    if (!(until < to)) return;
    membrane.at(until, scratch_);
    const VoltagePeak on =
        membrane.dynamics->voltage_peak(membrane.index, scratch_.data(), to - until);
    offer(n, on.v, on.at == to - until ? to : until + on.at);
    return;
  }
  const Time h = to - membrane.time;
  const VoltagePeak peak = membrane.dynamics->voltage_peak(membrane.index, membrane.x, h);
  offer(n, peak.v, peak.at == h ? to : membrane.time + peak.at);
}

void VoltageReadout::offer(NeuronId n, double v, Time time) {
  VoltageMaximum& top = tape_.voltage_maxima[n];
  if (v > top.v) top = {v, time, VoltageMaximum::nobody, 0, 0.0, arrivals_[n - first_]};
}

// A maximum at this very instant belongs to the arrival until which V rises: to the last such one
// of several at once.
void VoltageReadout::meet_arrival(NeuronId n, const Membrane& membrane, SpikeId spike,
                                  SynapseId synapse) {
  VoltageMaximum& top = tape_.voltage_maxima[n];
  const double slope = membrane.dynamics->rise(membrane.index, membrane.x);
  if (top.time == membrane.time && membrane.time > 0.0 && slope > 0.0) {
    top.spike = spike;
    top.synapse = synapse;
    top.slope = slope;
  }
  ++arrivals_[n - first_];
}

}  // namespace retrograde
