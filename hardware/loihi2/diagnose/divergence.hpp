// Where two captures part first, and why as far as it can be told.
//
// Both are compared in causal order: step after step, within a step inputs first and then
// population after population. What both recorded is compared, and nothing else. Two differences
// are conventions and no divergence:
//   a shift      a whole population runs k steps later on one side: steps counted from 1, or
//                another latency of its layer. The comparison goes on with the population moved
//   a counter    v shows the refractory counter on one side and 0 on the other (semantics.hpp)
//
// With the network, both records are held against the rules: every step is recomputed from the
// record's own state before it and from what the record's own sources sent, so that a first wrong
// step is told from one that inherits. At the divergence the side that breaks the rules is
// examined: its whole record is followed again under each rule that others have (neuron_rules.hpp),
// each nearby value of a parameter, each synapse with another weight or delay; what explains most
// steps is the cause. Models other than cuba_lif and cuba_li are compared and not examined.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <retrograde/hardware/loihi2/diagnose/arrivals.hpp>
#include <retrograde/hardware/loihi2/diagnose/cause.hpp>
#include <retrograde/hardware/loihi2/diagnose/held_record.hpp>

namespace retrograde::loihi2 {

// What was compared of a population that both have.
struct PairedPopulation {
  std::string name;
  std::uint32_t a = 0, b = 0;                // index in the captures
  std::uint32_t size = 0;                    // neurons that both have
  std::int32_t shift = 0;                    // steps by which B runs later
  std::uint64_t messages = 0, u = 0, v = 0;  // values compared
  std::uint64_t differing = 0;               // values that differ, counters aside
  std::uint64_t counters = 0;                // refractory counters shown by one side only
};

struct Divergence {
  std::uint32_t population = 0;  // index in CaptureDiff::populations
  std::uint32_t neuron = 0;
  std::uint32_t step = 0, step_b = 0;  // of A and of B; apart by the shift of the population
  bool messages_differ = false, u_differs = false, v_differs = false;
  // What the rules say about the neuron in this step, for a side that could be held against them.
  bool examined_a = false, examined_b = false;
  bool wrong_a = false, wrong_b = false;
  // Where the network is known; sent in steps of the side.
  std::vector<Arrival> arrivals_a, arrivals_b;
  std::vector<Explanation> why;  // of the wrong sides, A first; else one
};

struct CaptureDiff {
  std::vector<PairedPopulation> populations;  // in causal order
  std::vector<std::string> only_a, only_b;    // populations
  std::uint32_t steps = 0;                    // the longest run of steps that both have
  std::optional<Divergence> first;
  // The first step of each side that breaks the rules of its network; none also where there is no
  // network.
  std::optional<BrokenRule> broken_a, broken_b;
  bool checked_a = false, checked_b = false;  // held against the rules
  std::vector<std::string> notes;             // what was assumed or could not be done
};

// `only`: the populations to compare; empty: all. Throws NetworkError where the two have nothing in
// common, and for a capture that does not belong to its network: unknown populations of it are left
// out, larger ones refused. O(values compared + synaptic operations), and once O(synapses x 64 x
// steps) at a divergence.
CaptureDiff compare(const CapturedRun& a, const CapturedRun& b,
                    const std::vector<std::string>& only = {});

}  // namespace retrograde::loihi2
