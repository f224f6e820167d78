#include <retrograde/engine/sequential/observer.hpp>
#include <retrograde/engine/windowed/complete_tape.hpp>
#include <retrograde/engine/windowed/linear_readout.hpp>

namespace retrograde {

namespace {

std::uint64_t count_deliveries(const Network& network, const WindowFeed& feed,
                               const SpikeTrain& train, const Trial& trial) {
  const Time end = trial.duration;
  const NeuronId first = network.populations()[feed.source].first;
  std::uint64_t count = 0;
  for (std::size_t k = 0; k < train.times.size(); ++k) {
    if (trial.is_muted(first + train.sources[k])) continue;
    const WindowRow row = row_of(network, feed, train.sources[k]);
    if (train.times[k] + feed.max_delay < end) {
      count += row.size;
      continue;
    }
    for (std::size_t s = 0; s < row.size; ++s) count += train.times[k] + row.delay[s] < end;
  }
  return count;
}

// On a device `integrate` of engine/device/forward_pass.hpp.
void integrate(const Network& network, const WindowReadout& readout, const TimeWeight& weighting,
               const std::vector<SpikeTrain>& trains, const Trial& trial, Tape& tape) {
  const Population& population = network.populations()[readout.population];
  const LinearReadout linear(network, readout.population, weighting, tape.duration);
  double* integrals = tape.voltage_integrals.data() + population.first;
  double h[LinearReadout::most], r[LinearReadout::most];
  for (const WindowFeed& feed : readout.feeds) {
    const SpikeTrain& train = trains[feed.source];
    const NeuronId first = network.populations()[feed.source].first;
    for (std::size_t k = 0; k < train.times.size(); ++k) {
      if (trial.is_muted(first + train.sources[k])) continue;
      const WindowRow all = row_of(network, feed, train.sources[k]);
      for (std::size_t base = 0; base < all.size; base += LinearReadout::most) {
        const WindowRow row = all.part(base, LinearReadout::most);
        linear.respond(train.times[k], row, h, r);
        for (std::size_t s = 0; s < row.size; ++s)
          integrals[row.target ? row.target[s] : row.first_target + s] += row.weight[s] * h[s];
      }
    }
  }
  for (std::uint32_t n = 0; n < population.size; ++n)
    integrals[n] += linear.of_start(n, start_of(tape.initial.get(), population.first + n));
}

}  // namespace

bool is_linear(const Readout& readout) {
  return !readout.trace && readout.kind == Readout::Kind::voltage_integral &&
         readout.weighting.has_closed_form();
}

void complete_tape(const Network& network, const WindowPlan& plan, const Trial& trial,
                   const std::vector<SpikeTrain>& trains, const Readout& readout,
                   std::span<const Probe> probes, std::vector<Recording>* recordings, Tape& tape) {
  for (const WindowLayer& layer : plan.layers)
    for (const WindowFeed& feed : layer.feeds)
      tape.deliveries += count_deliveries(network, feed, trains[feed.source], trial);
  bool linear = !tape.voltage_integrals.empty();
  for (const WindowReadout& r : plan.readouts) {
    for (const WindowFeed& feed : r.feeds)
      tape.deliveries += count_deliveries(network, feed, trains[feed.source], trial);
    if (linear || r.population != readout.population || !is_linear(readout)) continue;
    tape.voltage_integrals.assign(network.neuron_count(), 0.0);
    integrate(network, r, readout.weighting, trains, trial, tape);
    linear = true;
  }
  if (recordings || !linear)
    observe(network, linear ? Readout{} : readout, probes, tape, recordings);
}

}  // namespace retrograde
