#include <cstring>
#include <string>

#include <retrograde/engine/trial/timeline.hpp>
#include <retrograde/events/error.hpp>
#include <retrograde/scenarios/read/scenario.hpp>
#include <retrograde/scenarios/run/timeline/timeline_of.hpp>

#include "tests/fuzz/targets.hpp"

namespace retrograde::fuzz {

namespace {

// Small enough for thousands of scenarios a second; every limit is there to be met.
constexpr ScenarioLimits limits{.populations = 100,
                                .projections = 100,
                                .neurons = 2'000,
                                .synapses = 20'000,
                                .pairs = 50'000,
                                .chosen_pairs = 200'000,
                                .samples = 100'000,
                                .input_spikes = 10'000,
                                .trials = 1'000};

bool same_bits(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

bool same_start(const Trial& a, const Trial& b) {
  if (!a.initial || !b.initial) return !a.initial && !b.initial;
  return same_bits(a.initial->v, b.initial->v) && same_bits(a.initial->i[0], b.initial->i[0]);
}

// What happens in the first trial; nothing where the network cannot be so.
std::vector<Time> instants_of(const Scenario& s) {
  try {
    const Trial trial = eventful(s.trial, 0, s, s.network);
    return trial.timeline ? trial.timeline->instants() : std::vector<Time>{};
  } catch (const ScenarioError&) {
    return {};
  }
}

}  // namespace

void scenario(std::span<const std::uint8_t> bytes) {
  Scenario first;
  try {
    first = parse_scenario(std::string(bytes.begin(), bytes.end()), "fuzz.toml", {}, limits);
  } catch (const Error&) {
    return;
  }
  const Scenario second = parse_scenario(resolved_text(first), "another.toml", {}, limits);
  if (first.seed != second.seed || first.name != second.name ||
      !same_bits(first.network.parameters(), second.network.parameters()) ||
      first.learning.learned != second.learning.learned ||
      first.trial.inputs != second.trial.inputs || !same_start(first.trial, second.trial) ||
      instants_of(first) != instants_of(second))
    throw InternalError("the resolved scenario is another one");
}

}  // namespace retrograde::fuzz
