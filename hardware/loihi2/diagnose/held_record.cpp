#include <fmt/format.h>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/diagnose/examination.hpp>
#include <retrograde/hardware/loihi2/diagnose/held_record.hpp>

namespace retrograde::loihi2 {

HeldRecord::HeldRecord(const CapturedRun& run) : run_(run) {
  if (!run.network) return;
  const ChipNetwork& network = *run.network;
  for (const CapturedPopulation& p : run.capture.populations)
    for (const ChipPopulation& q : network.populations)
      if (p.name == q.name && p.neurons.size() > q.size)
        throw NetworkError(
            p.name, fmt::format("the trace has neuron {} of it and the network {} neurons; give "
                                "the network that ran, or correct the trace",
                                p.neurons.size() - 1, q.size));
}

std::optional<std::uint32_t> HeldRecord::in_network(std::uint32_t p) const {
  if (!network()) return std::nullopt;
  for (std::uint32_t q = 0; q < network()->populations.size(); ++q)
    if (network()->populations[q].name == population(p).name) return q;
  return std::nullopt;
}

void HeldRecord::collect_messages(const HeldRecord& other, bool is_a,
                                  std::vector<std::string>& notes) {
  if (!network()) return;
  sent_.assign(network()->neuron_count(), {});
  sent_known_.assign(network()->neuron_count(), false);
  for (const ChipPopulation& q : network()->populations) {
    const auto own = run_.capture.find(q.name), others = other.run_.capture.find(q.name);
    bool borrowed = false;
    for (std::uint32_t k = 0; k < q.size; ++k) {
      const auto messages =
          [k](const HeldRecord& held,
              const std::optional<std::uint32_t>& p) -> const std::vector<std::int32_t>* {
        if (!p || k >= held.population(*p).neurons.size()) return nullptr;
        const auto& list = held.population(*p).neurons[k].messages;
        return list.empty() ? nullptr : &list;
      };
      const std::vector<std::int32_t>* list = messages(*this, own);
      if (!list && (list = messages(other, others))) borrowed = true;
      if (!list) continue;
      sent_known_[q.first + k] = true;
      for (std::uint32_t t = 0; t < list->size(); ++t)
        if ((*list)[t] != 0) sent_[q.first + k].push_back({t, (*list)[t]});
    }
    if (borrowed)
      notes.push_back(fmt::format(
          "messages of {} were not recorded on side {}; those of side {} are taken for them",
          q.name, is_a ? "A" : "B", is_a ? "B" : "A"));
  }
  deliveries_.emplace(*network());
}

std::optional<NeuronRules> HeldRecord::rules(std::uint32_t p, std::uint32_t neuron) const {
  const auto q = in_network(p);
  if (!q) return std::nullopt;
  for (const SynapseRef& r : deliveries_->synapses(id(*q, neuron))) {
    const ChipProjection& projection = network()->projections[r.projection];
    if (!sent_known_[network()->populations[projection.source].first +
                     projection.synapses[r.synapse].source])
      return std::nullopt;
  }
  auto rules = rules_of(*network(), *q, neuron, run_.semantics);
  if (rules) rules->begin = population(p).begin;
  return rules;
}

std::optional<RuleBreak> HeldRecord::first_break(std::uint32_t p, std::uint32_t neuron,
                                                 const NeuronRules& rules) const {
  const NeuronId n = id(*in_network(p), neuron);
  return loihi2::first_break(rules, deliveries_->inputs(n, sent_, population(p).end),
                             population(p).neurons[neuron]);
}

std::vector<Delivery> HeldRecord::deliveries(std::uint32_t p, std::uint32_t neuron,
                                             std::uint32_t step) const {
  const auto q = in_network(p);
  return q ? deliveries_->in_step(id(*q, neuron), sent_, step) : std::vector<Delivery>{};
}

Explanation HeldRecord::examine(std::uint32_t p, std::uint32_t neuron, const NeuronRules& rules,
                                const RuleBreak& broken) const {
  return loihi2::examine(*network(), *deliveries_, sent_, id(*in_network(p), neuron), rules,
                         population(p).neurons[neuron], population(p).end, broken);
}

std::optional<BrokenRule> HeldRecord::broken(bool& checked) const {
  std::optional<BrokenRule> first;
  if (!network()) return first;
  for (std::uint32_t p = 0; p < run_.capture.populations.size(); ++p)
    for (std::uint32_t k = 0; k < population(p).neurons.size(); ++k) {
      if (population(p).neurons[k].empty()) continue;
      const auto followed = rules(p, k);
      if (!followed) continue;
      checked = true;
      const auto at = first_break(p, k, *followed);
      if (at && (!first || at->step < first->step)) first = BrokenRule{p, k, at->step};
    }
  return first;
}

NeuronId HeldRecord::id(std::uint32_t q, std::uint32_t neuron) const {
  return network()->populations[q].first + neuron;
}

}  // namespace retrograde::loihi2
