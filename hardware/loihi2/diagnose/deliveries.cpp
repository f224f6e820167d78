#include <algorithm>
#include <tuple>

#include <retrograde/hardware/loihi2/diagnose/deliveries.hpp>
#include <retrograde/hardware/loihi2/emulator/wide_sums.hpp>
#include <retrograde/hardware/loihi2/model/pursuit/lca.hpp>

namespace retrograde::loihi2 {

namespace {

// Sums are kept modulo 2^32 (synapse.hpp), but for those of payloads of lca neurons: these are kept in
// full until they are shifted, and saturate where they come to what has arrived already.
std::int64_t kept(std::int64_t sum) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum));
}

// One synapse as it is asked about: changed or not.
struct Way {
  std::uint32_t projection, delay;
  NeuronId source;
  std::int64_t weight;
  int exponent;
  bool graded, wide;

  auto slot() const { return std::tie(projection, delay); }
  // What saturates depends on the order in which it arrives: what was sent first comes first, and
  // within a step what is wide comes last.
  auto arrival() const { return std::tuple(-std::int64_t{delay}, wide, projection); }
};

}  // namespace

Deliveries::Deliveries(const ChipNetwork& network)
    : network_(network), incoming_(network.neuron_count()) {
  for (std::uint32_t k = 0; k < network.projections.size(); ++k) {
    const ChipProjection& p = network.projections[k];
    if (p.port != 0) continue;
    const NeuronId first = network.populations[p.target].first;
    for (std::uint32_t s = 0; s < p.synapses.size(); ++s)
      incoming_[first + p.synapses[s].target].push_back({k, s});
  }
  for (std::vector<SynapseRef>& list : incoming_)
    std::stable_sort(list.begin(), list.end(), [&](const SynapseRef& a, const SynapseRef& b) {
      const auto key = [&](const SynapseRef& r) {
        return std::pair(r.projection, network.projections[r.projection].synapses[r.synapse].delay);
      };
      return key(a) < key(b);
    });
}

std::vector<std::int64_t> Deliveries::inputs(NeuronId neuron, const Sent& sent, std::uint32_t steps,
                                             const std::optional<DeliveryChange>& change) const {
  std::vector<Way> ways;
  ways.reserve(incoming_[neuron].size());
  for (const SynapseRef& r : incoming_[neuron]) {
    const ChipProjection& p = network_.projections[r.projection];
    const ChipSynapse& s = p.synapses[r.synapse];
    Way way{r.projection, s.delay,           network_.populations[p.source].first + s.source,
            s.weight,     p.format.exponent, p.message_bits > 0,
            false};
    if (change && change->projection == r.projection) {
      if (!change->synapse) {
        way.exponent = change->exponent;
        way.graded = change->message_bits > 0;
      } else if (*change->synapse == r.synapse) {
        way.weight = change->weight;
        way.delay = change->delay;
      }
    }
    way.wide = way.graded && payloads_are_wide(network_.populations[p.source].model);
    ways.push_back(way);
  }
  const bool wide = std::any_of(ways.begin(), ways.end(), [](const Way& way) { return way.wide; });
  if (wide || (change && change->synapse))
    std::stable_sort(ways.begin(), ways.end(), [&](const Way& a, const Way& b) {
      return wide ? a.arrival() < b.arrival() : a.slot() < b.slot();
    });

  // What one slot of the ring holds is shifted as a whole.
  std::vector<std::int64_t> total(steps, 0), slot(steps, 0);
  std::vector<std::uint32_t> touched;
  for (std::size_t k = 0; k < ways.size(); ++k) {
    const Way& way = ways[k];
    for (const SentMessage& m : sent[way.source]) {
      const std::uint64_t t = std::uint64_t{m.step} + 1 + way.delay;
      if (t >= steps) break;
      slot[t] += way.weight * (way.graded ? m.payload : 1);
      touched.push_back(static_cast<std::uint32_t>(t));
    }
    if (k + 1 < ways.size() && ways[k + 1].slot() == way.slot()) continue;
    for (const std::uint32_t t : touched) {
      const bool in_full = way.wide || way.exponent >= 0;
      const std::int64_t arrives = shifted(in_full ? slot[t] : kept(slot[t]), way.exponent);
      total[t] =
          way.wide ? std::clamp<std::int64_t>(total[t] + arrives, -lca_input_limit, lca_input_limit)
                   : kept(total[t] + arrives);
      slot[t] = 0;
    }
    touched.clear();
  }
  return total;
}

std::vector<Delivery> Deliveries::in_step(NeuronId neuron, const Sent& sent,
                                          std::uint32_t step) const {
  std::vector<Delivery> deliveries;
  for (const SynapseRef& r : incoming_[neuron]) {
    const ChipProjection& p = network_.projections[r.projection];
    const ChipSynapse& s = p.synapses[r.synapse];
    const NeuronId source = network_.populations[p.source].first + s.source;
    if (step < 1u + s.delay) continue;
    const std::uint32_t at = step - 1 - s.delay;
    const auto m =
        std::lower_bound(sent[source].begin(), sent[source].end(), at,
                         [](const SentMessage& x, std::uint32_t t) { return x.step < t; });
    if (m != sent[source].end() && m->step == at)
      deliveries.push_back({r, source, at, p.message_bits > 0 ? m->payload : 1});
  }
  return deliveries;
}

}  // namespace retrograde::loihi2
