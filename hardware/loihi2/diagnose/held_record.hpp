// A capture held against the rules of the network that ran: every step of every neuron is
// recomputed from the record's own state before it and from what the record's own sources sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <retrograde/hardware/loihi2/diagnose/cause.hpp>
#include <retrograde/hardware/loihi2/diagnose/deliveries.hpp>
#include <retrograde/hardware/loihi2/diagnose/neuron_rules.hpp>
#include <retrograde/hardware/loihi2/emulator/capture.hpp>

namespace retrograde::loihi2 {

// A capture and what is known of the network behind it.
struct CapturedRun {
  const Capture& capture;
  const ChipNetwork* network = nullptr;  // null: unknown
  Semantics semantics = {};
};

struct BrokenRule {
  std::uint32_t population = 0, neuron = 0;  // of the side's capture
  std::uint32_t step = 0;
};

class HeldRecord {
 public:
  // Throws NetworkError where a population of the capture is larger than the network's.
  explicit HeldRecord(const CapturedRun& run);

  const Capture& capture() const { return run_.capture; }
  const ChipNetwork* network() const { return run_.network; }
  const Semantics& semantics() const { return run_.semantics; }
  const CapturedPopulation& population(std::uint32_t p) const {
    return run_.capture.populations[p];
  }
  // Index in the network of a population of the capture.
  std::optional<std::uint32_t> in_network(std::uint32_t p) const;

  // What every neuron of the network sent, by this capture or, where it is silent about that, by
  // the other one; before anything below is asked.
  void collect_messages(const HeldRecord& other, bool is_a, std::vector<std::string>& notes);

  // Rules of a neuron of the capture, if it can be held against them: the model is followed and
  // what its sources sent is known.
  std::optional<NeuronRules> rules(std::uint32_t p, std::uint32_t neuron) const;
  std::optional<RuleBreak> first_break(std::uint32_t p, std::uint32_t neuron,
                                       const NeuronRules& rules) const;
  // Nothing without a network.
  std::vector<Delivery> deliveries(std::uint32_t p, std::uint32_t neuron, std::uint32_t step) const;
  Explanation examine(std::uint32_t p, std::uint32_t neuron, const NeuronRules& rules,
                      const RuleBreak& broken) const;

  // The first step of the whole capture that breaks the rules; sets `checked` if any neuron could
  // be held against them.
  std::optional<BrokenRule> broken(bool& checked) const;

 private:
  NeuronId id(std::uint32_t q, std::uint32_t neuron) const;

  CapturedRun run_;
  Sent sent_;
  std::vector<char> sent_known_;
  std::optional<Deliveries> deliveries_;
};

}  // namespace retrograde::loihi2
