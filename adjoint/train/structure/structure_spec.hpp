// How the structure of a network is learned: which of the pairs of neurons that may have a synapse
// have one. The number of synapses is a budget, held exactly after every step; a rule takes synapses
// away and puts as many elsewhere.
//
// Two published rules and a combination of them are settings of the same switches:
//
//   DEEP R       Bellec et al., ICLR 2018, arXiv:1711.05136. Every synapse has a sign; one whose
//                weight crosses 0 is gone, and another, drawn at random, takes its place. L1 drift and
//                noise on the weights; the budget is that of the network
//   RigL         Evci et al., ICML 2020, arXiv:1911.11134. Now and then the smallest weights of a
//                projection, a share that shrinks along a cosine, give way to the synapses with the
//                largest gradient
//   DEEP R, RigL Meszaros et al., Front. Comput. Neurosci. 18:1460309 (2024), arXiv:2407.18917. Gone as in
//                DEEP R, grown by gradient: where growing lowers the loss most
//
// They are taken over Adam, which DEEP R and RigL do not ask for; RigL goes without a step of the
// optimiser where it rewires, here there is one in every batch.
#pragma once

#include <cstdint>
#include <vector>

#include <retrograde/events/time.hpp>

namespace retrograde {

// Who is taken away: nobody; whose weight has crossed 0, against its sign; the smallest weights.
enum class Removal : std::uint8_t { none, sign, magnitude };
// Who is put in its place: at random; the largest gradient; the most negative gradient of the
// magnitude under the synapse's sign.
enum class Growth : std::uint8_t { random, gradient, signed_gradient };
// Dale's principle is a sign per presynaptic neuron, shared by all its synapses.
enum class Signs : std::uint8_t { free, synapse, neuron };
// How many synapses each projection has: the same share of its pairs; a share proportional to
// (n_in + n_out) / (n_in n_out), n the sizes of its populations (Erdos-Renyi; Mocanu et al., Nature
// Communications 9:2383, 2018); or as many as it wins, of a budget of all.
enum class Budget : std::uint8_t { uniform, erdos_renyi, network };
// The delay of a grown synapse: that of its pair, given once and kept while the pair has no synapse;
// drawn anew; of those on a grid, the one whose gradient promises most.
enum class GrownDelay : std::uint8_t { pair, drawn, best };
// Where L1 pulls: in the gradient, before Adam scales it; or on the weights, after.
enum class L1Step : std::uint8_t { gradient, proximal };

struct StructureSpec {
  std::vector<char> projections;  // whose synapses these are, per projection
  Budget budget = Budget::uniform;
  double density = 1.0;  // share of their pairs that have a synapse, in (0, 1]
  Signs signs = Signs::free;
  double excitatory = 0.5;  // probability of a positive sign

  Removal removal = Removal::none;
  Growth growth = Growth::random;
  std::uint32_t every = 1;  // batches
  // Of magnitude: in batch t of those until the end, fraction / 2 (1 + cos(pi t / end)) of the
  // synapses.
  double fraction = 0.3;
  double until = 0.0;  // the end, in epochs

  double grown_weight = 0.0;  // size of the weight of a grown synapse, which has a sign even at 0
  bool keep_moments = false;  // Adam's, of pairs without a synapse; else a grown one begins without
  // A fault of a published program, for comparison: what has crossed 0 stays until the next batch,
  // beside the budget.
  bool keep_crossed = false;
  double l1 = 0.0;
  L1Step l1_step = L1Step::proximal;
  double temperature = 0.0;  // T of the noise sqrt(2 rate T) nu on each weight, nu standard normal

  GrownDelay delay = GrownDelay::pair;
  Time delay_min = 0.0, delay_max = 0.0;  // of drawn: [min, max); of best: min, min + step, .. max
  Time delay_step = 0.0;
  // Of growth by gradient: pairs that are looked at each time, drawn at random; 0: all.
  std::uint32_t sample = 0;

  bool dynamic() const { return removal != Removal::none; }
  bool by_gradient() const { return dynamic() && growth != Growth::random; }
};

// The published rules (fixed: a random choice that stays). What a rule says nothing of is as above.
enum class StructureRule : std::uint8_t { fixed, deep_r, rigl, deep_r_rigl };
void apply(StructureRule rule, StructureSpec& spec);

// The delays that are scanned.
std::vector<Time> grown_delays(const StructureSpec& spec);

}  // namespace retrograde
