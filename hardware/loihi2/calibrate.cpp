#include <retrograde/engine/batch.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/calibrate.hpp>
#include <retrograde/hardware/loihi2/emulator.hpp>

namespace retrograde::loihi2 {

namespace {

// Mean over the spikes of each population of dV/dt just before the spike, times the step.
std::vector<double> mean_rise(const Network& network, Time step, const std::vector<Tape>& tapes) {
  const std::size_t populations = network.populations().size();
  std::vector<double> sum(populations, 0.0), spikes(populations, 0.0);
  for (const Tape& tape : tapes)
    for (const TapeSpike& s : tape.spikes) {
      if (network.is_input(s.neuron)) continue;
      const std::uint32_t p = network.population_of(s.neuron);
      sum[p] += s.slope * step;
      spikes[p] += 1.0;
    }
  for (std::size_t p = 0; p < populations; ++p) sum[p] = spikes[p] > 0.0 ? sum[p] / spikes[p] : 0.0;
  return sum;
}

std::uint64_t count_difference(const Network& network, const Emulator& emulator, const Trial& trial,
                               const Tape& tape) {
  std::vector<std::int64_t> counts(network.neuron_count(), 0);
  for (const TapeSpike& s : tape.spikes) ++counts[s.neuron];
  for (const ChipSpike& s : emulator.run(trial).spikes) --counts[s.neuron];
  std::uint64_t difference = 0;
  for (NeuronId n = 0; n < network.neuron_count(); ++n)
    if (network.model_of(n) == Model::cuba_lif)
      difference += static_cast<std::uint64_t>(counts[n] < 0 ? -counts[n] : counts[n]);
  return difference;
}

}  // namespace

Calibration calibrate(const Network& network, const QuantizeOptions& options,
                      const std::vector<Trial>& trials, const std::vector<Tape>& tapes) {
  if (trials.size() != tapes.size()) throw InternalError("calibrate: one tape per trial is needed");
  const std::vector<double> rise = mean_rise(network, options.step, tapes);
  Calibration best;
  for (int eighths = 0; eighths <= 6; ++eighths) {
    QuantizeOptions candidate = options;
    const double fraction = eighths / 8.0;
    candidate.threshold_drop = rise;
    for (double& drop : candidate.threshold_drop) drop *= fraction;
    const Emulator emulator(quantize(network, candidate).chip);
    std::vector<std::uint64_t> differences(trials.size());
    for_each_trial(trials.size(), [&](std::size_t k) {
      differences[k] = count_difference(network, emulator, trials[k], tapes[k]);
    });
    std::uint64_t difference = 0;
    for (const std::uint64_t d : differences) difference += d;
    if (eighths == 0) best.difference_without = difference;
    if (eighths == 0 || difference < best.difference) {
      best.options = candidate;
      best.fraction = fraction;
      best.difference = difference;
    }
  }
  return best;
}

}  // namespace retrograde::loihi2
