#include <algorithm>
#include <vector>

#include <retrograde/adjoint/sequential/costate.hpp>
#include <retrograde/adjoint/sequential/observer.hpp>
#include <retrograde/adjoint/windowed/layer_back.hpp>
#include <retrograde/adjoint/windowed/windowed.hpp>
#include <retrograde/engine/windowed/linear_readout.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// `full`: with time constants and bias. On a device reverse_readout (adjoint/device/backward_pass.hpp).
void gather_linear(const Network& network, const WindowReadout& readout,
                   const TimeWeight& weighting, bool full, const Tape& tape,
                   const std::vector<TapeTrain>& trains, const std::vector<double>& integrals,
                   std::vector<double>& messages, Gradient& gradient) {
  const Population& population = network.populations()[readout.population];
  const NeuronId first = population.first;
  const LinearReadout linear(network, readout.population, weighting, tape.duration);
  const double* of_target = integrals.data() + first;
  const auto of = [&](ParameterKind kind) { return gradient.of(kind).data() + first; };
  double* dendritic = of(ParameterKind::dendritic_delay);
  double* tau_mem = of(ParameterKind::tau_mem);
  double* tau_syn = of(ParameterKind::tau_syn);
  const auto axonal = gradient.of(ParameterKind::axonal_delay);
  double h[LinearReadout::most], r[LinearReadout::most];
  double by_tau_mem[LinearReadout::most], by_tau_syn[LinearReadout::most];
  double unasked[LinearReadout::most] = {};  // what delays would get
  for (const WindowFeed& feed : readout.feeds) {
    const TapeTrain& train = trains[feed.source];
    for (std::size_t k = 0; k < train.times.size(); ++k) {
      if (tape.spikes[train.ids[k]].muted) continue;
      const WindowRow all = row_of(network, feed, train.sources[k]);
      double message = 0.0;
      for (std::size_t base = 0; base < all.size; base += LinearReadout::most) {
        const WindowRow row = all.part(base, LinearReadout::most);
        if (full)
          linear.respond(train.times[k], row, h, r, by_tau_mem, by_tau_syn);
        else
          linear.respond(train.times[k], row, h, r);
        double* to_weight = gradient.of(ParameterKind::weight).data() + row.first;
        const std::span<double> delays = gradient.of(ParameterKind::delay);
        double* to_delay = delays.empty() ? unasked : delays.data() + row.first;
        for (std::size_t s = 0; s < row.size; ++s) {
          const std::uint32_t j =
              row.target ? row.target[s] : row.first_target + static_cast<std::uint32_t>(s);
          const double g = of_target[j] * row.weight[s] *
                           (linear.rate_syn(j) * h[s] - linear.rate_mem(j) * r[s]);
          to_weight[s] += of_target[j] * h[s];
          to_delay[s] += g;
          dendritic[j] += g;
          message += g;
          if (full) {
            tau_mem[j] += of_target[j] * row.weight[s] * by_tau_mem[s];
            tau_syn[j] += of_target[j] * row.weight[s] * by_tau_syn[s];
          }
        }
      }
      messages[train.ids[k]] += message;
      axonal[tape.spikes[train.ids[k]].neuron] += message;
    }
  }
  for (std::uint32_t n = 0; n < population.size; ++n) {
    const LinearReadout::OwnSlopes slopes =
        linear.own_slopes(n, start_of(tape.initial.get(), first + n));
    if (!gradient.initial_v.empty())
      gradient.initial_v[first + n] += of_target[n] * slopes.by_initial_v;
    if (!full) continue;
    of(ParameterKind::bias)[n] += of_target[n] * slopes.by_bias;
    tau_mem[n] += of_target[n] * slopes.by_tau_mem;
    tau_syn[n] += of_target[n] * slopes.by_tau_syn;
  }
}

bool any(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return v != 0.0; });
}

// Readouts, which come after all layers: those with a short form in it, the others event by event.
void reverse_readouts(const Network& network, const WindowPlan& plan, const Tape& tape,
                      const std::vector<TapeTrain>& trains, const LossValue& loss,
                      const Readout& readout, const BackwardOptions& options,
                      std::vector<double>& messages, Gradient& gradient) {
  std::vector<std::uint32_t> observed;
  for (const WindowReadout& r : plan.readouts) {
    const Population& p = network.populations()[r.population];
    const bool integrals =
        !loss.integrals.empty() && any(std::span(loss.integrals).subspan(p.first, p.size));
    const bool samples = std::any_of(loss.samples.begin(), loss.samples.end(), [&](const auto& s) {
      return s.neuron >= p.first && s.neuron < p.first + p.size;
    });
    if (!integrals && !samples) continue;
    if (!samples && readout.weighting.has_closed_form())
      gather_linear(network, r, readout.weighting, options.neuron_parameters, tape, trains,
                    loss.integrals, messages, gradient);
    else
      observed.push_back(r.population);
  }
  if (observed.empty()) return;
  const std::vector<double> heard =
      reverse_observed(network, tape, loss, readout, options, observed, gradient);
  for (SpikeId k = 0; k < messages.size(); ++k) messages[k] += heard[k];
}

// What is left of the messages is the gradient of the inputs.
void reverse_inputs(const Network& network, const Tape& tape, const LossValue& loss,
                    const std::vector<double>& messages, Gradient& gradient) {
  gradient.input_times.clear();
  for (SpikeId k = 0; k < tape.spikes.size(); ++k) {
    const TapeSpike& spike = tape.spikes[k];
    if (!network.is_input(spike.neuron)) continue;
    const double g = messages[k] + (loss.spike_times.empty() ? 0.0 : loss.spike_times[k]);
    require_finite(spike.neuron, spike.time, g);
    gradient.input_times.push_back(g);
  }
}

}  // namespace

bool sees_spikes_only(const Network& network, const LossValue& loss) {
  const auto fires = [&](NeuronId n) { return network.model_of(n)->fires(); };
  for (const LossValue::Sample& sample : loss.samples)
    if (fires(sample.neuron)) return false;
  for (NeuronId n = 0; n < loss.integrals.size(); ++n)
    if (loss.integrals[n] != 0.0 && fires(n)) return false;
  return true;
}

BackwardStatistics backward_windowed(const WindowedMachine& machine, const Tape& tape,
                                     const LossValue& loss, const Readout& readout,
                                     const BackwardOptions& options, Gradient& gradient) {
  const Network& network = machine.network();
  const WindowPlan& plan = machine.plan();
  if (!gradient.fits(network.layout()))
    throw InternalError("backward_windowed: the gradient has not the layout of the network");
  if (!tape.payloads.empty())
    throw NetworkError("trial",
                       "its input spikes carry payloads, which the windowed backward pass does not "
                       "know; choose the sequential scheduler");
  gradient.input_payloads.clear();
  if (!sees_spikes_only(network, loss))
    throw NetworkError("loss",
                       "it depends on the voltage of neurons that fire, which the windowed "
                       "backward pass does not follow; choose the sequential scheduler");

  BackwardStatistics statistics;
  statistics.deliveries = tape.deliveries;
  const std::vector<TapeTrain> trains = trains_of(network, tape);
  std::vector<double> messages(tape.spikes.size(), 0.0);
  reverse_readouts(network, plan, tape, trains, loss, readout, options, messages, gradient);
  for (auto layer = plan.layers.rbegin(); layer != plan.layers.rend(); ++layer)
    reverse_layer(network, *layer, tape, trains, loss, options, messages, gradient,
                  statistics.grazing);
  reverse_inputs(network, tape, loss, messages, gradient);
  statistics.grazing.spike_ties = count_spike_ties(network, tape);
  return statistics;
}

}  // namespace retrograde
