// Why a neuron's record breaks the rules in some step: every explanation that is known is tried on
// the whole record.
#pragma once

#include <retrograde/hardware/loihi2/diagnose/cause.hpp>
#include <retrograde/hardware/loihi2/diagnose/deliveries.hpp>
#include <retrograde/hardware/loihi2/diagnose/neuron_rules.hpp>
#include <retrograde/hardware/loihi2/emulator/capture.hpp>

namespace retrograde::loihi2 {

// Rules of a neuron; none for models that are not followed.
std::optional<NeuronRules> rules_of(const ChipNetwork& network, std::uint32_t population,
                                    std::uint32_t neuron, const Semantics& semantics);

// `broken` is the first break of `record`, which has `steps` steps, under `rules` and the inputs
// that `deliveries` makes of `sent`. At worst, where u was not recorded,
// O(synapses of the neuron x messages that reach it).
Explanation examine(const ChipNetwork& network, const Deliveries& deliveries, const Sent& sent,
                    NeuronId neuron, const NeuronRules& rules, const CapturedNeuron& record,
                    std::uint32_t steps, const RuleBreak& broken);

}  // namespace retrograde::loihi2
