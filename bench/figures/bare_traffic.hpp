// The memory traffic that no engine with delays can do without, and nothing else: for every spike
// and synapse, spike time + delay -> slot of the window in which it arrives, and three sums of that
// slot and the target grow. It knows no neuron and no exponential; the spikes come from a tape. The
// yardstick of the fast engine.
//
// The separate-array form: the three sums are arrays of their own. Single precision, while the
// engine computes in double. Processors hold a load back behind a store whose address has the same
// lowest 12 bits ("4K aliasing"), so it matters where the three arrays lie: at the same place
// within a page, as large arrays come from the allocator, or staggered, so that no two of them
// alias.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/engine/network/network.hpp>
#include <retrograde/engine/trial/tape.hpp>

namespace retrograde::bench {

class BareTraffic {
 public:
  enum class Placement : std::uint8_t { same, staggered };

  // The spikes of the tape over the synapses of the network, in windows of that many ms.
  BareTraffic(const Network& network, const Tape& tape, Placement placement, Time window = 1.0);
  BareTraffic(BareTraffic&&) = default;  // its lanes point into themselves
  BareTraffic& operator=(BareTraffic&&) = default;

  // One pass over all spikes; returns the deliveries. O(deliveries).
  std::uint64_t run();

  // What a pass left behind, so that a test can compare it and no compiler drop it.
  double sum() const;

 private:
  // The three sums per slot and neuron of a population.
  struct Lanes {
    std::size_t size = 0;
    std::vector<float> sums;
    float *a = nullptr, *b = nullptr, *c = nullptr;  // in there
  };
  struct Row {
    std::size_t first;
    std::uint32_t size;
  };
  // Synapses of a projection, source by source.
  struct Feed {
    std::uint32_t target;
    std::vector<float> delay, weight;
    std::vector<std::uint32_t> targets;  // empty: consecutive
    std::vector<Row> rows;
  };
  struct Event {
    float time, a, b, c;
    std::uint32_t population, source;
  };

  float rate_;
  int mask_;
  std::vector<Lanes> lanes_;                         // per population
  std::vector<std::vector<std::uint32_t>> leaving_;  // per population, its feeds
  std::vector<Feed> feeds_;
  std::vector<Event> events_;
};

}  // namespace retrograde::bench
