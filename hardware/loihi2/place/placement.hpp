// Where on the mesh each core of a mapping lies: cores that exchange many spikes come close to each
// other, those that receive many from outside close to the entrance.
//
// The number that is made small is the sum over spikes of the links between routers they take.
// Cores are placed one after the other, each time the one that is tied most strongly to those
// already there, on the free slot that costs least; then pairs of slots are exchanged as long as
// that helps. That is a heuristic for the quadratic assignment problem; among equals the lower
// number wins, so the result is the same every time.
//
// Traffic is a full matrix: a chip has at most a few hundred cores, and layers that are dense make
// the graph dense as well.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/hardware/loihi2/emulator/emulator.hpp>
#include <retrograde/hardware/loihi2/place/mapping.hpp>

namespace retrograde::loihi2 {

// Spikes from core to core and from outside to each core.
struct Traffic {
  std::size_t cores = 0;
  std::vector<std::uint64_t> between;  // [from * cores + to]
  std::vector<std::uint64_t> from_outside;

  explicit Traffic(std::size_t core_count = 0)
      : cores(core_count), between(core_count * core_count, 0), from_outside(core_count, 0) {}
};

// Adds what the spikes of one run send.
void add_traffic(Traffic& traffic, const Mapping& mapping, const std::vector<ChipSpike>& spikes);
// What is sent when every neuron fires once: for networks without trials.
Traffic uniform_traffic(const Mapping& mapping);

// Gives every core a slot. Cores beyond those of one chip keep the order they have, and so does
// everything else then. O(cores^3) with a small constant.
void place(Mapping& mapping, const Mesh& mesh, const Traffic& traffic);

// Sum over spikes of the links between routers that they take.
std::uint64_t total_hops(const Mapping& mapping, const Traffic& traffic);

}  // namespace retrograde::loihi2
