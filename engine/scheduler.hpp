// The exact machines of the engine by the names a user gives them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <retrograde/engine/machine.hpp>

namespace retrograde {

class Device;  // device/device.hpp

// What a user asks for: one of the two machines, or whichever is faster for the trial at hand.
enum class Scheduler : std::uint8_t { automatic, sequential, windowed };

inline constexpr std::array schedulers = {Scheduler::automatic, Scheduler::sequential,
                                          Scheduler::windowed};

constexpr std::string_view name(Scheduler scheduler) {
  constexpr std::array<std::string_view, schedulers.size()> names = {"automatic", "sequential",
                                                                     "windowed"};
  return names[static_cast<std::size_t>(scheduler)];
}

// The machine for a network, which outlives it. Throws NetworkError if windowed is wanted and
// impossible. O(synapses) unless sequential: make one for many trials. With a `device` it is the
// windowed machine there, and NetworkError where that is impossible or another one is wanted.
std::unique_ptr<const Machine> make_machine(const Network& network,
                                            Scheduler scheduler = Scheduler::automatic,
                                            const std::shared_ptr<Device>& device = nullptr);

// One trial, by a machine made for it alone.
Tape run(const Network& network, const Trial& trial, const RunOptions& options = {},
         std::span<const Probe> probes = {}, std::vector<Recording>* recordings = nullptr);

}  // namespace retrograde
