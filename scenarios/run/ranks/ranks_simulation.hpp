// One trial of one large network over several ranks (engine/distributed): that all have opened the same
// scenario and the same trial, and what those do that do not lead.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <retrograde/engine/distributed/spike_exchange.hpp>
#include <retrograde/engine/machine.hpp>
#include <retrograde/engine/ranks/ranks.hpp>
#include <retrograde/scenarios/read/scenario.hpp>

namespace retrograde {

// What is run, of which a rank has a part (scenarios/read/part.hpp).
struct OpenedSimulation {
  Scenario scenario;
  Trial trial;
};

// Rank 0 meets the others, which open the same. Throws UsageError for what ranks do not share, and
// RankError, which names the rank, where one could not open it or has opened something else.
void meet(Ranks& ranks, const OpenedSimulation& opened);

// What came of it, on rank 0 whole.
struct RankedRun {
  Tape tape;
  std::vector<Recording> recordings;
  std::uint64_t synapses = 0;  // of the whole network
  double seconds = 0.0;        // of the trial, wall clock
  ExchangeStatistics exchange;
};

// Rank 0 runs the trial with those that it has met. Throws as a machine does, and UsageError where one
// process would choose the sequential scheduler, whose bits ranks do not have.
RankedRun run_over(Ranks& ranks, const OpenedSimulation& opened, const RunOptions& options);

// Any other rank, until rank 0 leaves. `open` opens what rank 0 has; what it throws is told to rank 0.
void follow_simulation(Ranks& ranks,
                       const std::function<std::unique_ptr<OpenedSimulation>()>& open);

}  // namespace retrograde
