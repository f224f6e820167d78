#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

constexpr double most_samples = 1e8;  // of all probes together; of V and I each

void check_probes(const Network& network, std::span<const Probe> probes, Time duration) {
  double samples = 0.0;
  for (std::size_t p = 0; p < probes.size(); ++p) {
    const std::string where = fmt::format("probe {}", p);
    if (!(probes[p].interval > 0.0) || !std::isfinite(probes[p].interval))
      throw NetworkError(
          where, fmt::format("interval {} ms; it must be finite and above 0", probes[p].interval));
    for (const NeuronId n : probes[p].neurons)
      if (n >= network.neuron_count())
        throw NetworkError(where, fmt::format("neuron {} does not exist; the network has {}", n,
                                              network.neuron_count()));
    samples += std::fmax(1.0, static_cast<double>(probes[p].neurons.size())) *
               (1.0 + std::floor(duration / probes[p].interval));
    if (samples > most_samples)
      throw LimitError(
          "samples", most_samples, samples,
          fmt::format("{}: with it probes take {:.6g} samples of neurons, {:g} are taken at most; "
                      "choose a longer interval than {} ms, or fewer neurons",
                      where, samples, most_samples, probes[p].interval));
  }
}

}  // namespace

const Machine& Machine::chosen(Time, std::size_t) const { return *this; }

Tape Machine::run(const Trial& trial, const RunOptions& options, std::span<const Probe> probes,
                  std::vector<Recording>* recordings) const {
  check_trial(trial);
  check_probes(network(), probes, trial.duration);
  return run_checked(trial, options, probes, recordings);
}

void Machine::check_trial(const Trial& trial) const {
  const Network& n = network();
  check(
      trial, n.neuron_count(), [&](NeuronId neuron) { return n.is_input(neuron); },
      [&](NeuronId neuron) { return n.neuron_name(neuron); });
}

void Machine::run_all(std::size_t count, const std::function<Trial(std::size_t)>& trial,
                      const RunOptions& options,
                      const std::function<void(std::size_t, Tape)>& take) const {
  for_each_trial(count, [&](std::size_t k) { take(k, run(trial(k), options)); });
}

}  // namespace retrograde
