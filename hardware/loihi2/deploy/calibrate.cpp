#include <algorithm>
#include <cmath>
#include <span>

#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/deploy/calibrate.hpp>
#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/spike_distance.hpp>

namespace retrograde::loihi2 {

namespace {

// What the chip is held against: trials, and what the exact network makes of them.
struct Reference {
  std::vector<Trial> trials;
  std::vector<Tape> tapes;
  Readout readout;

  Reference(const Machine& exact, const LabelledTrials& set, const RunOptions& options)
      : trials(set.size()), tapes(set.size()), readout(options.readout) {
    for_each_trial(set.size(), [&](std::size_t k) {
      trials[k] = set.trial(k);
      tapes[k] = exact.run(trials[k], options);
    });
  }
};

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

// How far a chip network is from the exact one.
class Yardstick {
 public:
  Yardstick(const Network& network, const Reference& set, const Semantics& semantics)
      : network_(network), set_(set), semantics_(semantics), times_(set.trials.size()) {
    double values = 0.0, sum = 0.0, squares = 0.0;
    for (std::size_t k = 0; k < set.trials.size(); ++k) {
      times_[k].resize(network.neuron_count());
      for (const TapeSpike& s : set.tapes[k].spikes) {
        if (network.is_input(s.neuron)) continue;
        times_[k][s.neuron].push_back(s.time);
        ++spikes_;
      }
      for (const double x : read(set.tapes[k])) {
        values += 1.0;
        sum += x;
        squares += x * x;
      }
    }
    if (values > 0.0) variance_ = squares - sum * sum / values;
  }

  double deviation(const ChipNetwork& chip) const {
    const Emulator emulator(chip, semantics_);
    std::vector<double> distances(set_.trials.size()), errors(set_.trials.size());
    for_each_trial(set_.trials.size(), [&](std::size_t k) {
      EmulationOptions options;
      options.readout = set_.readout;
      const Emulation run = emulator.run(set_.trials[k], options);
      std::vector<std::vector<Time>> times(network_.neuron_count());
      for (const ChipSpike& s : run.spikes)
        if (!network_.is_input(s.neuron)) times[s.neuron].push_back(emulator.time_of(s));
      for (NeuronId n = 0; n < network_.neuron_count(); ++n)
        distances[k] += spike_distance(times_[k][n], times[n], distance_steps * chip.step);
      const std::vector<double> exact = read(set_.tapes[k]);
      const std::vector<double>& all =
          run.voltage_maxima.empty() ? run.voltage_integrals : run.voltage_maxima;
      for (std::size_t j = 0; j < exact.size(); ++j) {
        const double error = all[first_read() + j] - exact[j];
        errors[k] += error * error;
      }
    });
    double distance = 0.0, error = 0.0;
    for (const double d : distances) distance += d;
    for (const double e : errors) error += e;
    return distance / std::max(spikes_, 1.0) + (variance_ > 0.0 ? error / variance_ : 0.0);
  }

 private:
  NeuronId first_read() const { return network_.populations()[set_.readout.population].first; }
  // The voltages that the readout looks at; none for one of spikes.
  std::vector<double> read(const Tape& tape) const {
    std::vector<double> values;
    if (tape.voltage_integrals.empty() && tape.voltage_maxima.empty()) return values;
    const NeuronId first = first_read();
    for (NeuronId n = first; n < first + network_.populations()[set_.readout.population].size; ++n)
      values.push_back(tape.voltage_maxima.empty() ? tape.voltage_integrals[n]
                                                   : tape.voltage_maxima[n].v);
    return values;
  }

  const Network& network_;
  const Reference& set_;
  Semantics semantics_;
  std::vector<std::vector<std::vector<Time>>> times_;  // [trial][neuron]
  double spikes_ = 0.0, variance_ = 0.0;
};

std::vector<double> scales_of(const ChipNetwork& chip) {
  std::vector<double> scales;
  for (const ChipPopulation& p : chip.populations)
    for (std::uint32_t j = 0; j < p.size; ++j) scales.push_back(p.scale(j));
  return scales;
}

// The largest exponent with which a, u and v of the trials fill at most a quarter of their
// registers.
int fitting_exponent(const Network& network, const QuantizeOptions& options, const Reference& set,
                     const Semantics& semantics) {
  constexpr double room = 4.0;
  const Emulator emulator(quantize(network, options).chip, semantics);
  std::vector<double> filled(set.trials.size(), 0.0);
  for_each_trial(set.trials.size(), [&](std::size_t k) {
    for (const PopulationActivity& p : emulator.run(set.trials[k]).populations) {
      const auto fill = [&](const Extent& extent, int bits) {
        if (extent.min > extent.max) return;
        const double most = static_cast<double>(std::max(-extent.min, extent.max));
        filled[k] = std::max(filled[k], std::ldexp(most, 1 - bits));
      };
      fill(p.a, input_bits);
      fill(p.u, state_bits);
      fill(p.v, state_bits);
    }
  });
  double most = 1.0 / (room * 128.0);
  for (const double f : filled) most = std::max(most, f);
  for (const CubaLif& neuron : emulator.network().neurons)
    if (neuron.vth < vth_limit) most = std::max(most, neuron.vth / (room * vth_limit));
  return std::clamp(static_cast<int>(std::floor(std::log2(1.0 / (room * most)))), 0, 7);
}

// Goes from one choice to the next that deviates less.
class Search {
 public:
  Search(const Network& network, const Yardstick& yardstick, const QuantizeOptions& options)
      : network_(network), yardstick_(yardstick) {
    const std::size_t populations = network.populations().size();
    best_.options = options;
    best_.options.threshold_drop.assign(populations, 0.0);
    const ChipNetwork plain = quantize(network, best_.options).chip;
    best_.options.scales = scales_of(plain);
    best_.clip_percentile.assign(populations, options.clip_percentile);
    best_.fraction.assign(populations, 0.0);
    best_.deviation = best_.deviation_without = yardstick.deviation(plain);
  }

  const Calibration& best() const { return best_; }

  // `rise`: by population, the mean rise of V in one step before a spike; empty: none are lowered.
  void lower_thresholds(const std::vector<double>& rise) {
    for (std::size_t p = 0; p < rise.size(); ++p) {
      if (rise[p] == 0.0) continue;
      for (const double fraction :
           {0.0, 1.0 / 16, 1.0 / 8, 3.0 / 16, 1.0 / 4, 3.0 / 8, 1.0 / 2, 3.0 / 4}) {
        QuantizeOptions candidate = best_.options;
        candidate.threshold_drop[p] = rise[p] * fraction;
        if (candidate.threshold_drop == best_.options.threshold_drop) continue;
        try {
          if (is_better(candidate)) best_.fraction[p] = fraction;
        } catch (const DeploymentError&) {
          break;  // the threshold would fall below one weight unit
        }
      }
    }
  }

  void clip_weights() {
    for (const double percent : {99.9, 99.5, 99.0, 98.0, 96.0, 93.0, 90.0}) {
      QuantizeOptions clipped = best_.options;
      clipped.scales.clear();
      clipped.clip_percentile = percent;
      std::vector<double> scales;
      try {
        scales = scales_of(quantize(network_, clipped).chip);
      } catch (const DeploymentError&) {
        break;  // a threshold beyond its field; smaller percentiles make it larger still
      }
      for (std::size_t p = 0; p < network_.populations().size(); ++p) {
        const Population& population = network_.populations()[p];
        if (population.model == Model::input) continue;
        QuantizeOptions candidate = best_.options;
        std::copy_n(scales.begin() + population.first, population.size,
                    candidate.scales.begin() + population.first);
        if (candidate.scales != best_.options.scales && is_better(candidate))
          best_.clip_percentile[p] = percent;
      }
    }
  }

 private:
  // Takes the candidate if it is.
  bool is_better(const QuantizeOptions& candidate) {
    const double deviation = yardstick_.deviation(quantize(network_, candidate).chip);
    if (!(deviation < best_.deviation)) return false;
    best_.options = candidate;
    best_.deviation = deviation;
    return true;
  }

  const Network& network_;
  const Yardstick& yardstick_;
  Calibration best_;
};

}  // namespace

Calibration calibrate(const Machine& exact, const QuantizeOptions& options,
                      const LabelledTrials& trials, const RunOptions& run_options,
                      const CalibrationChoices& choices, const Semantics& semantics) {
  const Network& network = exact.network();
  const Reference set(exact, trials, run_options);
  const Yardstick yardstick(network, set, semantics);
  QuantizeOptions start = options;
  if (choices.exponent) start.weight_exponent = fitting_exponent(network, options, set, semantics);
  Search search(network, yardstick, start);
  if (search.best().deviation == 0.0) return search.best();

  // The grid of time costs more than that of weights, and would drown what clipping changes.
  const std::vector<double> rise =
      choices.thresholds ? mean_rise(network, options.step, set.tapes) : std::vector<double>();
  search.lower_thresholds(rise);
  if (choices.clipping) {
    search.clip_weights();
    search.lower_thresholds(rise);
  }
  return search.best();
}

}  // namespace retrograde::loihi2
