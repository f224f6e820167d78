#include <limits>

#include <retrograde/hardware/loihi2/place/placement.hpp>

namespace retrograde::loihi2 {

namespace {

constexpr std::uint32_t nobody = std::numeric_limits<std::uint32_t>::max();
constexpr int most_rounds = 50;  // of exchanges; a few are enough in practice

// Cores on slots, and what moving them would cost. Ties are symmetric: distances are.
class Board {
 public:
  Board(const Mesh& mesh, const Traffic& traffic)
      : mesh_(mesh),
        traffic_(traffic),
        core_at_(mesh.slots(), nobody),
        slot_of_(traffic.cores, nobody) {}

  std::uint64_t tie(std::uint32_t a, std::uint32_t b) const {
    return traffic_.between[a * traffic_.cores + b] + traffic_.between[b * traffic_.cores + a];
  }

  void fill() {
    for (std::size_t round = 0; round < traffic_.cores; ++round) {
      const std::uint32_t core = next();
      std::uint32_t best = nobody;
      std::uint64_t lowest = 0;
      for (std::uint32_t slot = 0; slot < mesh_.slots(); ++slot) {
        if (core_at_[slot] != nobody) continue;
        const std::uint64_t cost = cost_at(core, slot);
        if (best == nobody || cost < lowest) {
          best = slot;
          lowest = cost;
        }
      }
      put(core, best);
    }
  }

  // One pass over all pairs of slots; whether anything got better.
  bool improve() {
    bool better = false;
    for (std::uint32_t a = 0; a < mesh_.slots(); ++a)
      for (std::uint32_t b = a + 1; b < mesh_.slots(); ++b) {
        if (mesh_.tile(a) == mesh_.tile(b)) continue;
        const std::uint32_t first = core_at_[a], second = core_at_[b];
        if (first == nobody && second == nobody) continue;
        const std::uint64_t before = cost(first) + cost(second);
        exchange(a, b);
        if (cost(first) + cost(second) < before)
          better = true;
        else
          exchange(a, b);
      }
    return better;
  }

  std::uint32_t slot_of(std::uint32_t core) const { return slot_of_[core]; }

 private:
  void put(std::uint32_t core, std::uint32_t slot) {
    core_at_[slot] = core;
    if (core != nobody) slot_of_[core] = slot;
  }
  void exchange(std::uint32_t a, std::uint32_t b) {
    const std::uint32_t first = core_at_[a], second = core_at_[b];
    put(second, a);
    put(first, b);
  }

  // The core to place next: most strongly tied to what is there, the outside included.
  std::uint32_t next() const {
    std::uint32_t best = nobody;
    std::uint64_t strongest = 0;
    for (std::uint32_t core = 0; core < traffic_.cores; ++core) {
      if (slot_of_[core] != nobody) continue;
      std::uint64_t strength = traffic_.from_outside[core];
      for (std::uint32_t other = 0; other < traffic_.cores; ++other)
        if (slot_of_[other] != nobody) strength += tie(core, other);
      if (best == nobody || strength > strongest) {
        best = core;
        strongest = strength;
      }
    }
    return best;
  }

  std::uint64_t cost_at(std::uint32_t core, std::uint32_t slot) const {
    const Tile here = mesh_.tile(slot);
    std::uint64_t cost = traffic_.from_outside[core] * hops(entrance, here);
    for (std::uint32_t other = 0; other < traffic_.cores; ++other)
      if (other != core && slot_of_[other] != nobody)
        cost += tie(core, other) * hops(here, mesh_.tile(slot_of_[other]));
    return cost;
  }
  std::uint64_t cost(std::uint32_t core) const {
    return core == nobody ? 0 : cost_at(core, slot_of_[core]);
  }

  const Mesh& mesh_;
  const Traffic& traffic_;
  std::vector<std::uint32_t> core_at_, slot_of_;
};

}  // namespace

void add_traffic(Traffic& traffic, const Mapping& mapping, const std::vector<ChipSpike>& spikes) {
  for (const ChipSpike& spike : spikes) {
    const std::uint32_t from = mapping.core_of[spike.neuron];
    for (const Destination& d : mapping.destinations_of(spike.neuron)) {
      if (from == Mapping::no_core)
        ++traffic.from_outside[d.core];
      else
        ++traffic.between[from * traffic.cores + d.core];
    }
  }
}

Traffic uniform_traffic(const Mapping& mapping) {
  Traffic traffic(mapping.cores.size());
  std::vector<ChipSpike> all;
  for (NeuronId n = 0; n < mapping.core_of.size(); ++n) all.push_back({0, n});
  add_traffic(traffic, mapping, all);
  return traffic;
}

void place(Mapping& mapping, const Mesh& mesh, const Traffic& traffic) {
  if (mapping.cores.size() > mesh.slots()) return;
  Board board(mesh, traffic);
  board.fill();
  for (int round = 0; round < most_rounds && board.improve(); ++round) {
  }
  for (std::uint32_t core = 0; core < mapping.cores.size(); ++core) {
    mapping.cores[core].slot = board.slot_of(core);
    mapping.cores[core].tile = mesh.tile(mapping.cores[core].slot);
  }
}

std::uint64_t total_hops(const Mapping& mapping, const Traffic& traffic) {
  std::uint64_t total = 0;
  for (std::size_t to = 0; to < traffic.cores; ++to) {
    const Tile there = mapping.cores[to].tile;
    total += traffic.from_outside[to] * hops(entrance, there);
    for (std::size_t from = 0; from < traffic.cores; ++from)
      total += traffic.between[from * traffic.cores + to] * hops(mapping.cores[from].tile, there);
  }
  return total;
}

}  // namespace retrograde::loihi2
