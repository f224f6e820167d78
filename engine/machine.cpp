#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/parallel.hpp>
#include <retrograde/engine/trial/timeline.hpp>
#include <retrograde/events/error.hpp>

namespace retrograde {

namespace {

// Of all probes together; one of more than V and I counts as several.
constexpr double most_samples = 1e8;

void check_instants(const std::string& where, const Probe& probe) {
  if (!probe.times.empty()) {
    const bool fine = std::isfinite(probe.times.back()) && probe.times.front() >= 0.0 &&
                      std::is_sorted(probe.times.begin(), probe.times.end());
    if (!fine) throw NetworkError(where, "its times must be finite, 0 or above, and ascending");
    return;
  }
  if (!(probe.interval > 0.0) || !std::isfinite(probe.interval))
    throw NetworkError(
        where, fmt::format("interval {} ms; it must be finite and above 0", probe.interval));
  if (!(probe.from >= 0.0) || !std::isfinite(probe.from) || !(probe.to >= probe.from))
    throw NetworkError(where,
                       fmt::format("it goes from {} to {} ms; the first must be finite and 0 "
                                   "or above, the second not below it",
                                   probe.from, probe.to));
}

void check_neurons(const std::string& where, const Probe& probe, const Network& network) {
  for (const NeuronId n : probe.neurons) {
    if (n >= network.neuron_count())
      throw NetworkError(where, fmt::format("neuron {} does not exist; the network has {}", n,
                                            network.neuron_count()));
    const Population& population = network.populations()[network.population_of(n)];
    for (const std::uint32_t receptor : probe.receptors)
      if (!population.model->is_input() && receptor >= population.receptors.size())
        throw NetworkError(where, fmt::format("receptor {} does not exist; {} has {}", receptor,
                                              population.name, population.receptors.size()));
  }
}

double sample_count(const Probe& probe, Time duration) {
  const double instants =
      probe.times.empty()
          ? 1.0 + std::floor(std::fmax(0.0, std::fmin(probe.to, duration) - probe.from) /
                             probe.interval)
          : static_cast<double>(probe.times.size());
  return instants * std::fmax(1.0, static_cast<double>(probe.neurons.size())) *
         std::fmax(1.0, 0.5 * static_cast<double>(probe.quantities()));
}

void check_probes(const Network& network, std::span<const Probe> probes, Time duration) {
  double samples = 0.0;
  for (std::size_t p = 0; p < probes.size(); ++p) {
    const std::string where = fmt::format("probe {}", p);
    check_instants(where, probes[p]);
    check_neurons(where, probes[p], network);
    samples += sample_count(probes[p], duration);
    if (samples > most_samples)
      throw LimitError(
          "samples", most_samples, samples,
          fmt::format("{}: with it probes take {:.6g} samples of neurons, {:g} are taken at most; "
                      "choose {}, or fewer neurons",
                      where, samples, most_samples,
                      probes[p].times.empty()
                          ? fmt::format("a longer interval than {} ms", probes[p].interval)
                          : std::string("fewer times")));
  }
}

// Of a trial of this network; Trial says what of it there is.
void check_initial(const Network& network, const InitialState& initial) {
  const auto check_size = [&](const std::vector<double>& values) {
    if (!values.empty() && values.size() != network.neuron_count())
      throw NetworkError("trial", fmt::format("an initial state of {} neurons, and the network has "
                                              "{}; give one of all, or none",
                                              values.size(), network.neuron_count()));
  };
  check_size(initial.v);
  for (const std::vector<double>& values : initial.i) check_size(values);
  for (NeuronId n = 0; n < network.neuron_count(); ++n) {
    const Population& p = network.populations()[network.population_of(n)];
    const NeuronStart start = initial.of(n);
    const auto fail = [&](const std::string& message) {
      throw NetworkError(network.neuron_name(n), message);
    };
    for (std::size_t r = 0; r < max_receptors; ++r) {
      if (start.i[r] == 0.0) continue;
      if (!(std::fabs(start.i[r]) <= largest_amplitude))
        fail(fmt::format("initial current {}; it must be finite", start.i[r]));
      if (r >= p.receptors.size() || !(p.model->has_receptors() || p.has(ParameterKind::tau_syn)))
        fail(fmt::format("it has no current of receptor {} to begin with", r + 1));
    }
    if (start.v == 0.0) continue;
    if (!(std::fabs(start.v) <= largest_amplitude))
      fail(fmt::format("initial V {}; it must be finite", start.v));
    if (p.model->is_input()) fail("it is an input and has no V to begin with");
    const double threshold = network.parameter(ParameterKind::v_threshold, n);
    if (p.model->fires() && p.has(ParameterKind::v_threshold) && !(start.v < threshold))
      fail(fmt::format("initial V {} is at its threshold {} or above; begin below", start.v,
                       threshold));
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
  if (trial.initial) check_initial(n, *trial.initial);
  if (trial.timeline) check(*trial.timeline, n);
}

void Machine::run_all(std::size_t count, const std::function<Trial(std::size_t)>& trial,
                      const RunOptions& options,
                      const std::function<void(std::size_t, Tape)>& take) const {
  for_each_trial(count, [&](std::size_t k) { take(k, run(trial(k), options)); });
}

}  // namespace retrograde
