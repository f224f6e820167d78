#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <tuple>

#include <retrograde/hardware/loihi2/diagnose/reason.hpp>

namespace retrograde::loihi2 {

namespace {

// The divergence without any rule at hand: what the two values alone can tell.

bool at_end_of_register(const Both& x) {
  return std::max(std::abs(std::int64_t{x.a}), std::abs(std::int64_t{x.b})) >= v_limit;
}

Explanation from_u(const Both& u) {
  const std::int64_t d = std::int64_t{u.b} - u.a;
  if (std::abs(d) == 2 * state_limit)
    return {Cause::u_overflow, "u differs by 2^24: it wraps on one side only"};
  if (at_end_of_register(u))
    return {Cause::u_overflow, "u is at the end of its register on one side"};
  if (d % 64 == 0)
    return {Cause::weight,
            fmt::format("u differs by {} = 64 x {}: another weight, delay or message "
                        "arrived; which one, the network can tell",
                        d, d / 64)};
  if (std::abs(d) == 1)
    return {Cause::decay_rounding, "u differs by 1: its decay is rounded in another way"};
  return {Cause::u_decay,
          fmt::format("u differs by {}, which is no multiple of 64: it decays in another way", d)};
}

// By whichever side has recorded it.
bool fired(const Both& messages) {
  return (messages.a != unknown && messages.a != 0) || (messages.b != unknown && messages.b != 0);
}

// v is 0 on one side only, soon after a spike.
std::optional<Explanation> from_silence(const PairedNeuron& n, std::uint32_t t) {
  if (n.v(t).a != 0 && n.v(t).b != 0) return std::nullopt;
  for (std::uint32_t back = 1; back <= std::min<std::uint32_t>(t, refractory_delay_limit); ++back)
    if (fired(n.messages(t - back)))
      return Explanation{Cause::refractory,
                         fmt::format("v is 0 on one side only, {} steps after a spike: another "
                                     "refractory period",
                                     back)};
  return std::nullopt;
}

Explanation from_v(const PairedNeuron& n, std::uint32_t t) {
  const Both messages = n.messages(t), u = n.u(t), v = n.v(t);
  const std::int64_t d = std::int64_t{v.b} - v.a;
  if (std::abs(d) == 2 * state_limit || at_end_of_register(v))
    return {Cause::v_overflow, "v is at the end of its register on one side"};
  if (fired(messages))
    return {Cause::reset, fmt::format("after the spike v is {} and {}", v.a, v.b)};
  if (const auto silence = from_silence(n, t)) return *silence;
  if (u && std::abs(d) == 1)
    return {Cause::decay_rounding, "v differs by 1: its decay is rounded in another way"};
  if (!u && d % 64 == 0)
    return {Cause::weight,
            fmt::format("v differs by {} = 64 x {}: another weight, delay or message "
                        "arrived, if u was not different before",
                        d, d / 64)};
  return {Cause::bias, fmt::format("v differs by {}{}: its decay or bias is another one", d,
                                   u ? " though u is the same" : "")};
}

Explanation from_messages(const PairedNeuron& n, std::uint32_t t) {
  const Both messages = n.messages(t);
  if (messages.a != 0 && messages.b != 0)
    return {Cause::payload, fmt::format("the payloads are {} and {}", messages.a, messages.b)};
  const bool in_a = messages.a != 0;
  const auto& silent = in_a ? n.b.messages : n.a.messages;
  const char *fires = in_a ? "A" : "B", *other = in_a ? "B" : "A";
  for (std::int32_t k = 1; k <= largest_shift; ++k)
    for (const std::int32_t sign : {1, -1})
      if (const std::int32_t m = value_at(silent, std::int64_t{t} + std::int64_t{sign} * k);
          m != unknown && m != 0)
        return {Cause::unexplained,
                fmt::format("only side {} fires; the nearest spike of side {} is {} steps {}. "
                            "Registers or the network would tell why",
                            fires, other, k, sign > 0 ? "later" : "earlier")};
  return {Cause::unexplained,
          fmt::format("only side {} fires. Registers or the network would tell why", fires)};
}

Explanation from_values(const PairedNeuron& n, std::uint32_t t) {
  const bool messages_differ = n.messages(t).differ();
  if (n.u(t).differ()) return from_u(n.u(t));
  if (n.v(t).differ() && !messages_differ) return from_v(n, t);
  if (messages_differ) return from_messages(n, t);
  return {};
}

// An input that one side has and the other has not, or elsewhere.
Explanation from_input(const PairedNeuron& n, std::uint32_t t) {
  const Both m = n.messages(t);
  if (!m) return {Cause::unexplained, "an input whose spikes were not recorded on both sides"};
  if (m.a != 0 && m.b != 0)
    return {Cause::input_payload, fmt::format("its payload is {} and {}", m.a, m.b)};
  const bool in_a = m.a != 0;
  for (std::int32_t k = 1; k <= largest_shift; ++k)
    for (const std::int32_t sign : {1, -1}) {
      const std::int64_t at = std::int64_t{t} + std::int64_t{sign} * k;
      if (at < 0) continue;
      const Both there = n.messages(static_cast<std::uint32_t>(at));
      // A partner that the other side has no use for.
      if (there && there.differ() && (in_a ? there.b : there.a) != 0)
        return {Cause::input_shifted, fmt::format("side B has this input {} steps {}", k,
                                                  (sign > 0) == in_a ? "later" : "earlier")};
    }
  return in_a ? Explanation{Cause::input_missing, "side B has not got this input"}
              : Explanation{Cause::input_extra, "side B has an input that side A has not got"};
}

// Both follow the rules of networks that are not the same: how the neuron differs.

// Its fields that are not the same, in words.
std::vector<std::string> differing_fields(const ChipNetwork& x, const ChipNetwork& y,
                                          std::uint32_t in_x, std::uint32_t in_y,
                                          std::uint32_t neuron) {
  std::vector<std::string> parts;
  const CubaLif &m = x.neurons[x.populations[in_x].first + neuron],
                &n = y.neurons[y.populations[in_y].first + neuron];
  const auto field = [&](const char* what, std::int64_t in_a, std::int64_t in_b) {
    if (in_a != in_b) parts.push_back(fmt::format("{} is {} and {}", what, in_a, in_b));
  };
  field("du", m.du, n.du);
  field("dv", m.dv, n.dv);
  field("vth", m.vth, n.vth);
  field("the bias", m.bias(), n.bias());
  field("the refractory delay", m.refractory_delay, n.refractory_delay);
  const ChipPopulation &p = x.populations[in_x], &q = y.populations[in_y];
  field("the lag", p.lag, q.lag);
  field("the interval of resets", p.reset_interval, q.reset_interval);
  field("the first step of resets", p.reset_offset, q.reset_offset);
  return parts;
}

struct IncomingSynapse {
  SynapseRef at;
  std::int64_t weight;
  int exponent;
  int message_bits;
  int delay;
};
// By the names of its ends: projection, population and neuron that send.
using Incoming = std::map<std::tuple<std::string, std::string, std::uint32_t>, IncomingSynapse>;

Incoming synapses_onto(const ChipNetwork& network, std::uint32_t population, std::uint32_t neuron) {
  Incoming found;
  for (std::uint32_t k = 0; k < network.projections.size(); ++k) {
    const ChipProjection& p = network.projections[k];
    if (p.target != population) continue;
    for (std::uint32_t s = 0; s < p.synapses.size(); ++s)
      if (p.synapses[s].target == neuron)
        found[{p.name, network.populations[p.source].name, p.synapses[s].source}] = {
            {k, s}, p.synapses[s].weight, p.format.exponent, p.message_bits, p.synapses[s].delay};
  }
  return found;
}

// The synapses of A that are not so in B go to `synapses`; in words what differs, empty: nothing.
std::string differing_synapses(const Incoming& in_a, const Incoming& in_b,
                               std::vector<SynapseRef>& synapses) {
  std::uint64_t weights = 0, delays = 0;
  std::string example;
  const auto look = [&](const Incoming::key_type& ends, const IncomingSynapse& a,
                        const IncomingSynapse& b) {
    const bool weighs = std::ldexp(a.weight, a.exponent) != std::ldexp(b.weight, b.exponent) ||
                        a.message_bits != b.message_bits;
    weights += weighs;
    delays += a.delay != b.delay;
    if (!weighs && a.delay == b.delay) return false;
    if (example.empty())
      example = fmt::format("{} from {}[{}]: weight {} x 2^{} and {} x 2^{}, delay {} and {}",
                            std::get<0>(ends), std::get<1>(ends), std::get<2>(ends), a.weight,
                            a.exponent, b.weight, b.exponent, a.delay, b.delay);
    if (a.message_bits != b.message_bits && example.find("payloads") == std::string::npos)
      example += fmt::format(", payloads of {} and {} bits", a.message_bits, b.message_bits);
    return true;
  };
  // One that a side has not got weighs nothing there.
  const auto none = [](IncomingSynapse there) {
    there.weight = there.exponent = 0;
    return there;
  };
  for (const auto& [ends, a] : in_a) {
    const auto other = in_b.find(ends);
    if (look(ends, a, other == in_b.end() ? none(a) : other->second)) synapses.push_back(a.at);
  }
  for (const auto& [ends, b] : in_b)
    if (!in_a.contains(ends)) look(ends, none(b), b);
  if (example.empty()) return {};
  return fmt::format("{} weights and {} delays into it differ, such as {}", weights, delays,
                     example);
}

std::optional<Explanation> from_networks(const HeldRecord& a, const HeldRecord& b, std::uint32_t pa,
                                         std::uint32_t pb, std::uint32_t neuron) {
  if (!a.network() || !b.network() || a.network() == b.network()) return std::nullopt;
  const auto qa = a.in_network(pa), qb = b.in_network(pb);
  if (!qa || !qb) return std::nullopt;
  const ChipNetwork &x = *a.network(), &y = *b.network();
  Explanation why{Cause::networks_differ, {}};
  std::vector<std::string> parts = differing_fields(x, y, *qa, *qb, neuron);
  if (a.semantics() != b.semantics()) parts.emplace_back("registers overflow in another way");
  if (std::string synapses = differing_synapses(synapses_onto(x, *qa, neuron),
                                                synapses_onto(y, *qb, neuron), why.synapses);
      !synapses.empty())
    parts.push_back(std::move(synapses));
  if (parts.empty()) return std::nullopt;
  why.text = fmt::format("both sides follow their own network; {}", fmt::join(parts, "; "));
  return why;
}

}  // namespace

void explain(Divergence& first, const HeldRecord& a, const HeldRecord& b,
             const PairedPopulation& pair) {
  const PairedNeuron n{a.population(pair.a).neurons[first.neuron],
                       b.population(pair.b).neurons[first.neuron]};
  const auto is_input = [](const HeldRecord& held, std::uint32_t p) {
    const auto q = held.in_network(p);
    return q && held.network()->populations[*q].model == ChipModel::input;
  };
  if (is_input(a, pair.a) || is_input(b, pair.b)) {
    first.why.push_back(from_input(n, first.step));
    return;
  }
  const auto examine = [&](const HeldRecord& held, std::uint32_t p, bool& examined, bool& wrong,
                           std::vector<Delivery>& deliveries) {
    deliveries = held.deliveries(p, first.neuron, first.step);
    const auto rules = held.rules(p, first.neuron);
    examined = rules.has_value();
    if (!rules) return;
    const auto broken = held.first_break(p, first.neuron, *rules);
    wrong = broken && broken->step <= first.step;
    if (wrong) first.why.push_back(held.examine(p, first.neuron, *rules, *broken));
  };
  examine(a, pair.a, first.examined_a, first.wrong_a, first.deliveries_a);
  examine(b, pair.b, first.examined_b, first.wrong_b, first.deliveries_b);
  if (!first.why.empty()) return;

  if (auto why = from_networks(a, b, pair.a, pair.b, first.neuron))
    first.why.push_back(std::move(*why));
  else if (first.examined_a && first.examined_b)
    first.why.push_back(
        {Cause::inherited,
         "neither side breaks the rules here: its sources differ already, in what was not recorded "
         "on both sides"});
  else
    first.why.push_back(from_values(n, first.step));
}

}  // namespace retrograde::loihi2
