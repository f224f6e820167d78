// Two captures held against each other: where they part first, and why as far as it can be told.
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
#include <vector>

#include <retrograde/hardware/loihi2/diagnose/divergence.hpp>
#include <retrograde/hardware/loihi2/diagnose/held_record.hpp>
#include <retrograde/hardware/loihi2/diagnose/paired.hpp>

namespace retrograde::loihi2 {

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
// out, larger ones refused. O(values compared + synaptic operations), and once what examine takes
// (examination.hpp) at a divergence.
CaptureDiff compare(const CapturedRun& a, const CapturedRun& b,
                    const std::vector<std::string>& only = {});

}  // namespace retrograde::loihi2
