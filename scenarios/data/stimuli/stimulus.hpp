// How the spikes of an input population come about: in each trial anew, from the seed, or always the
// same. A stimulus is const and may be asked from many threads. What it draws for one neuron in one
// trial depends on (seed, "spikes/" and the population's name, trial and neuron) and on nothing
// else.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <retrograde/events/random.hpp>
#include <retrograde/events/spike.hpp>
#include <retrograde/events/time.hpp>

namespace retrograde {

// A value of every neuron of a population: one for all, or one for each.
struct PerNeuron {
  std::vector<double> values = {0.0};
  double of(std::uint32_t neuron) const { return values[values.size() == 1 ? 0 : neuron]; }
};

// The trial that spikes are drawn for.
struct Drawing {
  std::uint64_t seed = 1;
  std::string purpose;      // "spikes/NAME"
  std::uint64_t trial = 0;  // counted through all of the scenario
  Time duration = 0;        // ms
  // Of the population whose spikes are passed on, where it is that kind of stimulus.
  std::span<const Spike> source = {};

  // The stream of a neuron, which counts within its population.
  Random stream(std::uint32_t neuron) const { return Random(seed, purpose, trial << 32 | neuron); }
};

// Trials of the scenario, counted through all of it: [begin, end).
struct TrialRange {
  std::uint64_t begin = 0, end = std::numeric_limits<std::uint64_t>::max();
};

class Stimulus {
 public:
  virtual ~Stimulus() = default;
  // The spikes of the trial, in [0, duration), neuron after neuron and ascending in each, no time
  // twice. Neurons count within the population. O(spikes + neurons), and what sorting those of a
  // neuron takes.
  virtual std::vector<Spike> draw(const Drawing& drawing) const = 0;
  // How many there will be, or how many are expected; `source` is that number of the population that
  // is passed on.
  virtual double expected(Time duration, double source) const = 0;
  // The population whose spikes it passes on, by its position among all; none: it makes its own.
  virtual std::optional<std::uint32_t> relays() const { return std::nullopt; }
  // Whether spikes come without regard to those before, so that copies laid over each other add their
  // rates.
  virtual bool memoryless() const { return false; }
  // Whether it is the same in all trials.
  virtual bool fixed() const { return false; }
  // How many trials it has spikes for, where that is a number: each is then another one.
  virtual std::optional<std::uint64_t> trials() const { return std::nullopt; }
  // A spike at or after that time in one of these trials, which could not hold it if they were this
  // short; none: all fit.
  virtual std::optional<Spike> beyond(Time /*duration*/, const TrialRange& /*of*/) const {
    return std::nullopt;
  }
};

// Exponential with mean 1, by comparisons of uniform numbers alone (von Neumann 1951): no logarithm,
// so the same bits on every platform. 4.3 words on average.
double exponential(Random& random);

// Spikes of neurons `begin` on, from position `from` of `spikes`: into ascending order, each time
// once.
void put_in_order(std::vector<Spike>& spikes, std::size_t from);

// Spikes into the order of (time, neuron), each once. O(n) where they are spread over the duration.
void sort_spikes(std::vector<Spike>& spikes, Time duration);

}  // namespace retrograde
