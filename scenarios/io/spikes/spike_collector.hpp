// A file of spikes while it is read, whatever its format: what is collected, checked, and what columns and
// arrays are called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/scenarios/io/spikes/spike_file.hpp>

namespace retrograde {

inline constexpr std::uint32_t most_recorded_trials = 100'000;
inline constexpr std::uint64_t largest_recorded_neuron = std::uint64_t{1} << 53;
inline constexpr Time latest_recorded = 1e12;  // ms; that a trial ends, and before which spikes are

class SpikeCollector {
 public:
  // Both outlive it.
  SpikeCollector(const std::string& file, const SpikeReading& reading)
      : reading_(reading), result_{file, {}} {}

  const std::string& file() const { return result_.file; }
  const SpikeReading& reading() const { return reading_; }

  // The position of a population, which it becomes where it is not there yet. Throws LimitError.
  std::size_t population(const std::string& name);
  void size(std::size_t population, std::uint32_t neurons) {
    result_.populations[population].size = neurons;
  }
  void duration(Time of_trial) { result_.durations.push_back(of_trial); }
  void senders() { result_.senders = true; }
  // Values that have been checked. Throws LimitError.
  void add(std::size_t population, std::uint64_t neuron, Time time, std::uint32_t trial);

  // Ms that 1 is. `said`: what the file says; `usual`: where nobody does. Throws FormatError.
  double unit(std::optional<double> said, std::optional<double> usual) const;

  // Throws FormatError for what does not go together.
  SpikeFile end();

 private:
  const SpikeReading& reading_;
  SpikeFile result_;
  std::map<std::string, std::size_t, std::less<>> positions_;
  std::uint64_t spikes_ = 0;
};

// What columns and arrays of neurons are called; `sender` is NEST's.
bool names_neurons(std::string_view name);
bool names_senders(std::string_view name);
// Times, and their unit in ms where the name says it: time_s.
bool names_times(std::string_view name, std::optional<double>* unit);
bool names_trials(std::string_view name);

}  // namespace retrograde
