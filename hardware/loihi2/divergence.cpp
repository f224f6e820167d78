#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/divergence.hpp>
#include <retrograde/hardware/loihi2/examination.hpp>

namespace retrograde::loihi2 {

namespace {

// Farther than that an input is another one, and a population has not merely been shifted.
constexpr std::int32_t largest_shift = 64;

std::int32_t entry(const std::vector<std::int32_t>& list, std::int64_t step) {
  return step >= 0 && step < static_cast<std::int64_t>(list.size())
             ? list[static_cast<std::size_t>(step)]
             : unknown;
}

// Two values that both are known.
struct Both {
  std::int32_t a = unknown, b = unknown;
  explicit operator bool() const { return a != unknown && b != unknown; }
  bool differ() const { return *this && a != b; }
};

// A neuron that both sides have, on one count of steps.
struct PairedNeuron {
  const CapturedNeuron& a;
  const CapturedNeuron& b;

  Both messages(std::int64_t t) const { return {entry(a.messages, t), entry(b.messages, t)}; }
  Both u(std::int64_t t) const { return {entry(a.u, t), entry(b.u, t)}; }
  Both v(std::int64_t t) const { return {entry(a.v, t), entry(b.v, t)}; }
};

// One side with what is derived from it.
class Held {
 public:
  explicit Held(const DiffSide& side) : side_(side) {
    if (!side.network) return;
    const ChipNetwork& network = *side.network;
    for (const CapturedPopulation& p : side.capture.populations)
      for (const ChipPopulation& q : network.populations)
        if (p.name == q.name && p.neurons.size() > q.size)
          throw NetworkError(
              p.name, fmt::format("the trace has neuron {} of it and the network {} neurons; give "
                                  "the network that ran, or correct the trace",
                                  p.neurons.size() - 1, q.size));
  }

  const DiffSide& side() const { return side_; }
  const ChipNetwork* network() const { return side_.network; }
  const CapturedPopulation& population(std::uint32_t p) const {
    return side_.capture.populations[p];
  }
  // Index in the network of a population of the capture.
  std::optional<std::uint32_t> in_network(std::uint32_t p) const {
    if (!network()) return std::nullopt;
    for (std::uint32_t q = 0; q < network()->populations.size(); ++q)
      if (network()->populations[q].name == population(p).name) return q;
    return std::nullopt;
  }

  // What every neuron of the network sent, by this capture or, where it is silent about that, by
  // the other one.
  void collect_messages(const Held& other, bool is_a, std::vector<std::string>& notes) {
    if (!network()) return;
    sent_.assign(network()->neuron_count(), {});
    sent_known_.assign(network()->neuron_count(), false);
    for (const ChipPopulation& q : network()->populations) {
      const auto own = side_.capture.find(q.name), others = other.side_.capture.find(q.name);
      bool borrowed = false;
      for (std::uint32_t k = 0; k < q.size; ++k) {
        const auto messages =
            [k](const Held& held,
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
    arrivals_.emplace(*network());
  }

  // Rules of a neuron of the capture, if it can be held against them: the model is followed and
  // what its sources sent is known.
  std::optional<NeuronRules> rules(std::uint32_t p, std::uint32_t neuron) const {
    const auto q = in_network(p);
    if (!q) return std::nullopt;
    for (const SynapseRef& r : arrivals_->synapses(id(*q, neuron))) {
      const ChipProjection& projection = network()->projections[r.projection];
      if (!sent_known_[network()->populations[projection.source].first +
                       projection.synapses[r.synapse].source])
        return std::nullopt;
    }
    auto rules = rules_of(*network(), *q, neuron, side_.semantics);
    if (rules) rules->begin = population(p).begin;
    return rules;
  }
  std::optional<RuleBreak> first_break(std::uint32_t p, std::uint32_t neuron,
                                       const NeuronRules& rules) const {
    const NeuronId n = id(*in_network(p), neuron);
    return loihi2::first_break(rules, arrivals_->inputs(n, sent_, population(p).end),
                               population(p).neurons[neuron]);
  }
  std::vector<Arrival> arrivals(std::uint32_t p, std::uint32_t neuron, std::uint32_t step) const {
    const auto q = in_network(p);
    return q ? arrivals_->in_step(id(*q, neuron), sent_, step) : std::vector<Arrival>{};
  }
  Explanation examine(std::uint32_t p, std::uint32_t neuron, const NeuronRules& rules,
                      const RuleBreak& broken) const {
    return loihi2::examine(*network(), *arrivals_, sent_, id(*in_network(p), neuron), rules,
                           population(p).neurons[neuron], population(p).end, broken);
  }

  // The first step of the whole capture that breaks the rules.
  std::optional<BrokenRule> broken(bool& checked) const {
    std::optional<BrokenRule> first;
    if (!network()) return first;
    for (std::uint32_t p = 0; p < side_.capture.populations.size(); ++p)
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

 private:
  NeuronId id(std::uint32_t q, std::uint32_t neuron) const {
    return network()->populations[q].first + neuron;
  }

  DiffSide side_;
  Sent sent_;
  std::vector<char> sent_known_;
  std::optional<Arrivals> arrivals_;
};

// Populations that both have, in causal order: inputs first where a network says which those are,
// else in the order of A.
std::vector<PairedPopulation> paired(const DiffSide& a, const DiffSide& b) {
  std::vector<PairedPopulation> pairs;
  const auto add = [&](std::string_view name) {
    const auto in_a = a.capture.find(name), in_b = b.capture.find(name);
    if (!in_a || !in_b) return;
    for (const PairedPopulation& p : pairs)
      if (p.name == name) return;
    pairs.push_back(
        {std::string(name), *in_a, *in_b,
         static_cast<std::uint32_t>(std::min(a.capture.populations[*in_a].neurons.size(),
                                             b.capture.populations[*in_b].neurons.size()))});
  };
  if (const ChipNetwork* network = a.network ? a.network : b.network)
    for (const bool inputs : {true, false})
      for (const ChipPopulation& p : network->populations)
        if ((p.model == ChipModel::input) == inputs) add(p.name);
  for (const CapturedPopulation& p : a.capture.populations) add(p.name);
  return pairs;
}

// The steps of A that both sides have of a population.
std::pair<std::uint32_t, std::uint32_t> common(const CapturedPopulation& a,
                                               const CapturedPopulation& b, std::int32_t shift) {
  const std::int64_t begin = std::max<std::int64_t>(a.begin, std::int64_t{b.begin} - shift),
                     end = std::min<std::int64_t>(a.end, std::int64_t{b.end} - shift);
  return {static_cast<std::uint32_t>(std::max<std::int64_t>(begin, 0)),
          static_cast<std::uint32_t>(std::max<std::int64_t>(end, 0))};
}

std::uint64_t differences(const CapturedPopulation& a, const CapturedPopulation& b,
                          std::uint32_t size, std::int32_t shift) {
  std::uint64_t count = 0;
  const auto [begin, end] = common(a, b, shift);
  for (std::uint32_t k = 0; k < size; ++k) {
    const CapturedNeuron &x = a.neurons[k], &y = b.neurons[k];
    if (x.empty() || y.empty()) continue;
    for (std::int64_t t = begin; t < end; ++t)
      for (const auto list : {&CapturedNeuron::messages, &CapturedNeuron::u, &CapturedNeuron::v})
        count += Both{entry(x.*list, t), entry(y.*list, t + shift)}.differ();
  }
  return count;
}

// The first step in which a neuron shows anything but 0, by registers that both recorded.
std::int64_t awakening(const CapturedNeuron& own, const CapturedNeuron& other, std::uint32_t end) {
  std::int64_t first = -1;
  const auto look = [&](const std::vector<std::int32_t>& list, const std::vector<std::int32_t>& o) {
    if (o.empty()) return;
    for (std::uint32_t t = 0; t < std::min<std::size_t>(end, list.size()); ++t)
      if (list[t] != 0 && list[t] != unknown) {
        if (first < 0 || t < first) first = t;
        return;
      }
  };
  look(own.messages, other.messages);
  look(own.u, other.u);
  look(own.v, other.v);
  return first;
}

// Steps by which the whole population runs later in B: what four fifths of its neurons agree on
// about the first step that shows anything, if fewer than half as many values differ with it.
std::int32_t shift_of(const CapturedPopulation& a, const CapturedPopulation& b,
                      std::uint32_t size) {
  std::map<std::int64_t, std::uint32_t> votes;
  std::uint32_t awake = 0;
  for (std::uint32_t k = 0; k < size; ++k) {
    const std::int64_t in_a = awakening(a.neurons[k], b.neurons[k], a.end),
                       in_b = awakening(b.neurons[k], a.neurons[k], b.end);
    if (in_a < 0 || in_b < 0) continue;
    ++awake;
    ++votes[in_b - in_a];
  }
  if (awake == 0 || (awake == 1 && size > 1)) return 0;
  for (const auto& [shift, count] : votes)
    if (shift != 0 && std::abs(shift) <= largest_shift && 5 * count >= 4 * awake) {
      const auto moved = static_cast<std::int32_t>(shift);
      if (2 * differences(a, b, size, moved) < differences(a, b, size, 0)) return moved;
    }
  return 0;
}

// Whether v differs because one side shows 128 times the refractory counter and the other 0: in the
// step of a spike, and counting down after it.
class CounterView {
 public:
  // `delay`: what the counter starts with; 0: as the first spike shows it.
  explicit CounterView(std::int32_t delay) : delay_(delay) {}

  // Steps in their order.
  bool shown(const Both& v, const Both& messages) {
    const std::int32_t before = std::exchange(now_, 0);
    if (!v.differ() || (v.a != 0 && v.b != 0)) return false;
    const std::int32_t value = std::max(v.a, v.b);
    if (value <= 0 || value % refractory_unit != 0) return false;
    const std::int32_t count = value / refractory_unit;
    const auto sent = [](std::int32_t message) { return message != unknown && message != 0; };
    const bool spike = sent(messages.a) || sent(messages.b);
    if (spike && delay_ == 0 && count <= refractory_delay_limit) delay_ = count;
    if (count != (spike ? delay_ : before - 1)) return false;
    now_ = count;
    return true;
  }

 private:
  std::int32_t delay_;
  std::int32_t now_ = 0;  // 0: it does not count
};

// The divergence without any rule at hand: what the two values alone can tell.
Explanation from_values(const PairedNeuron& n, std::uint32_t t) {
  const Both messages = n.messages(t), u = n.u(t), v = n.v(t);
  if (u.differ()) {
    const std::int64_t d = std::int64_t{u.b} - u.a;
    if (std::abs(d) == 2 * state_limit)
      return {Cause::u_overflow, fmt::format("u differs by 2^24: it wraps on one side only")};
    if (std::max(std::abs(std::int64_t{u.a}), std::abs(std::int64_t{u.b})) >= v_limit)
      return {Cause::u_overflow, "u is at the end of its register on one side"};
    if (d % 64 == 0)
      return {Cause::weight,
              fmt::format("u differs by {} = 64 x {}: another weight, delay or message arrived; "
                          "which one, the network can tell",
                          d, d / 64)};
    if (std::abs(d) == 1)
      return {Cause::decay_rounding, "u differs by 1: its decay is rounded in another way"};
    return {Cause::u_decay, fmt::format("u differs by {}, which is no multiple of 64: it decays in "
                                        "another way",
                                        d)};
  }
  if (v.differ() && !messages.differ()) {
    const std::int64_t d = std::int64_t{v.b} - v.a;
    if (std::abs(d) == 2 * state_limit ||
        std::max(std::abs(std::int64_t{v.a}), std::abs(std::int64_t{v.b})) >= v_limit)
      return {Cause::v_overflow, "v is at the end of its register on one side"};
    if (messages.a != unknown && messages.a != 0)
      return {Cause::reset, fmt::format("after the spike v is {} and {}", v.a, v.b)};
    if (v.a == 0 || v.b == 0)
      for (std::uint32_t back = 1; back <= std::min<std::uint32_t>(t, refractory_delay_limit);
           ++back)
        if (const std::int32_t m = n.messages(t - back).a; m != unknown && m != 0)
          return {Cause::refractory, fmt::format("v is 0 on one side only, {} steps after a spike: "
                                                 "another refractory period",
                                                 back)};
    if (u && std::abs(d) == 1)
      return {Cause::decay_rounding, "v differs by 1: its decay is rounded in another way"};
    if (!u && d % 64 == 0)
      return {Cause::weight, fmt::format("v differs by {} = 64 x {}: another weight, delay or "
                                         "message arrived, if u was not different before",
                                         d, d / 64)};
    return {Cause::bias, fmt::format("v differs by {}{}: its decay or bias is another one", d,
                                     u ? " though u is the same" : "")};
  }
  if (messages.differ()) {
    if (messages.a != 0 && messages.b != 0)
      return {Cause::payload, fmt::format("the payloads are {} and {}", messages.a, messages.b)};
    for (std::int32_t k = 1; k <= largest_shift; ++k)
      for (const std::int32_t sign : {1, -1}) {
        const auto& silent = messages.a != 0 ? n.b.messages : n.a.messages;
        const std::int64_t at = std::int64_t{t} + std::int64_t{sign} * k;
        if (const std::int32_t m = entry(silent, at); m != unknown && m != 0)
          return {Cause::unexplained,
                  fmt::format("only side {} fires; the nearest spike of side {} is {} steps {}. "
                              "Registers or the network would tell why",
                              messages.a != 0 ? "A" : "B", messages.a != 0 ? "B" : "A", k,
                              sign > 0 ? "later" : "earlier")};
      }
    return {Cause::unexplained, fmt::format("only side {} fires. Registers or the network would "
                                            "tell why",
                                            messages.a != 0 ? "A" : "B")};
  }
  return {};
}

// An input that one side has and the other has not, or elsewhere.
Explanation from_input(const PairedNeuron& n, std::uint32_t t) {
  const Both m = n.messages(t);
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
std::optional<Explanation> from_networks(const Held& a, const Held& b, std::uint32_t pa,
                                         std::uint32_t pb, std::uint32_t neuron) {
  if (!a.network() || !b.network() || a.network() == b.network()) return std::nullopt;
  const auto qa = a.in_network(pa), qb = b.in_network(pb);
  if (!qa || !qb) return std::nullopt;
  const ChipNetwork &x = *a.network(), &y = *b.network();
  Explanation why{Cause::networks_differ, {}};
  std::vector<std::string> parts;
  const CubaLif &m = x.neurons[x.populations[*qa].first + neuron],
                &n = y.neurons[y.populations[*qb].first + neuron];
  const auto field = [&](const char* what, std::int64_t in_a, std::int64_t in_b) {
    if (in_a != in_b) parts.push_back(fmt::format("{} is {} and {}", what, in_a, in_b));
  };
  field("du", m.du, n.du);
  field("dv", m.dv, n.dv);
  field("vth", m.vth, n.vth);
  field("the bias", m.bias(), n.bias());
  field("the refractory delay", m.refractory_delay, n.refractory_delay);
  field("the lag", x.populations[*qa].lag, y.populations[*qb].lag);

  // Synapses by the names of their ends.
  using Ends = std::tuple<std::string, std::string, std::uint32_t>;
  const auto reaching = [&](const ChipNetwork& network, std::uint32_t population) {
    std::map<Ends, std::pair<SynapseRef, std::tuple<std::int64_t, int, int>>> found;
    for (std::uint32_t k = 0; k < network.projections.size(); ++k) {
      const ChipProjection& p = network.projections[k];
      if (p.target != population) continue;
      for (std::uint32_t s = 0; s < p.synapses.size(); ++s)
        if (p.synapses[s].target == neuron)
          found[{p.name, network.populations[p.source].name, p.synapses[s].source}] = {
              {k, s}, {p.synapses[s].weight, p.format.exponent, p.synapses[s].delay}};
    }
    return found;
  };
  const auto in_a = reaching(x, *qa), in_b = reaching(y, *qb);
  std::uint64_t weights = 0, delays = 0;
  std::string example;
  for (const auto& [ends, of_a] : in_a) {
    const auto other = in_b.find(ends);
    const auto& [weight, exponent, delay] = of_a.second;
    const auto [weight_b, exponent_b, delay_b] =
        other == in_b.end() ? std::tuple<std::int64_t, int, int>{0, 0, delay}
                            : other->second.second;
    const bool weighs = std::ldexp(weight, exponent) != std::ldexp(weight_b, exponent_b);
    weights += weighs;
    delays += delay != delay_b;
    if (!weighs && delay == delay_b) continue;
    why.synapses.push_back(of_a.first);
    if (example.empty())
      example = fmt::format("{} from {}[{}]: weight {} x 2^{} and {} x 2^{}, delay {} and {}",
                            std::get<0>(ends), std::get<1>(ends), std::get<2>(ends), weight,
                            exponent, weight_b, exponent_b, delay, delay_b);
  }
  if (!example.empty())
    parts.push_back(fmt::format("{} weights and {} delays into it differ, such as {}", weights,
                                delays, example));
  if (parts.empty()) return std::nullopt;
  why.text = fmt::format("both sides follow their own network; {}", fmt::join(parts, "; "));
  return why;
}

// Every population `moves[p]` steps later; what would come before step 0 is cut off.
Capture moved(const Capture& capture, const std::vector<std::int32_t>& moves) {
  Capture result = capture;
  for (std::size_t p = 0; p < moves.size(); ++p) {
    if (moves[p] == 0) continue;
    CapturedPopulation& population = result.populations[p];
    const auto at = [&](std::uint32_t step) {
      return static_cast<std::uint32_t>(std::max<std::int64_t>(std::int64_t{step} + moves[p], 0));
    };
    for (CapturedNeuron& n : population.neurons)
      for (const auto list : {&CapturedNeuron::messages, &CapturedNeuron::u, &CapturedNeuron::v}) {
        std::vector<std::int32_t>& values = n.*list;
        if (values.empty()) continue;
        const std::int32_t nothing = list == &CapturedNeuron::messages ? 0 : unknown;
        if (moves[p] > 0)
          values.insert(values.begin(), static_cast<std::size_t>(moves[p]), nothing);
        else
          values.erase(values.begin(),
                       values.begin() + std::min<std::ptrdiff_t>(
                                            -moves[p], static_cast<std::ptrdiff_t>(values.size())));
      }
    population.begin = at(population.begin);
    population.end = at(population.end);
  }
  return result;
}

// Of the population that sent it.
std::int32_t move_of_source(const Held& held, const Arrival& arrival,
                            const std::vector<std::int32_t>& moves) {
  const ChipNetwork& network = *held.network();
  const auto p =
      held.side().capture.find(network.populations[network.population_of(arrival.source)].name);
  return p ? moves[*p] : 0;
}

// Of a neuron, by the network of either side; 0: not known.
std::int32_t refractory_delay(const Held& a, std::uint32_t pa, const Held& b, std::uint32_t pb,
                              std::uint32_t neuron) {
  for (const auto& [held, p] : {std::pair(&a, pa), std::pair(&b, pb)})
    if (const auto q = held->in_network(p))
      return held->network()
          ->neurons[held->network()->populations[*q].first + neuron]
          .refractory_delay;
  return 0;
}

// Fills in the reasons. `first.step` is on the count of steps of both sides.
void explain(Divergence& first, const Held& a, const Held& b, const PairedPopulation& pair) {
  const PairedNeuron n{a.population(pair.a).neurons[first.neuron],
                       b.population(pair.b).neurons[first.neuron]};
  const auto is_input = [](const Held& held, std::uint32_t p) {
    const auto q = held.in_network(p);
    return q && held.network()->populations[*q].model == ChipModel::input;
  };
  if (is_input(a, pair.a) || is_input(b, pair.b)) {
    first.why.push_back(from_input(n, first.step));
    return;
  }
  const auto examine = [&](const Held& held, std::uint32_t p, bool& examined, bool& wrong,
                           std::vector<Arrival>& arrivals) {
    arrivals = held.arrivals(p, first.neuron, first.step);
    const auto rules = held.rules(p, first.neuron);
    examined = rules.has_value();
    if (!rules) return;
    const auto broken = held.first_break(p, first.neuron, *rules);
    wrong = broken && broken->step <= first.step;
    if (wrong) first.why.push_back(held.examine(p, first.neuron, *rules, *broken));
  };
  examine(a, pair.a, first.examined_a, first.wrong_a, first.arrivals_a);
  examine(b, pair.b, first.examined_b, first.wrong_b, first.arrivals_b);
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

}  // namespace

std::string_view name(Cause cause) {
  switch (cause) {
    case Cause::unexplained:
      return "unexplained";
    case Cause::input_missing:
      return "input_missing";
    case Cause::input_extra:
      return "input_extra";
    case Cause::input_shifted:
      return "input_shifted";
    case Cause::input_payload:
      return "input_payload";
    case Cause::weight:
      return "weight";
    case Cause::delay:
      return "delay";
    case Cause::lost_delivery:
      return "lost_delivery";
    case Cause::weight_exponent:
      return "weight_exponent";
    case Cause::payload:
      return "payload";
    case Cause::input_overflow:
      return "input_overflow";
    case Cause::u_overflow:
      return "u_overflow";
    case Cause::v_overflow:
      return "v_overflow";
    case Cause::decay_rounding:
      return "decay_rounding";
    case Cause::u_decay:
      return "u_decay";
    case Cause::v_decay:
      return "v_decay";
    case Cause::bias:
      return "bias";
    case Cause::threshold_comparison:
      return "threshold_comparison";
    case Cause::threshold:
      return "threshold";
    case Cause::refractory:
      return "refractory";
    case Cause::reset:
      return "reset";
    case Cause::periodic_reset:
      return "periodic_reset";
    case Cause::networks_differ:
      return "networks_differ";
    case Cause::inherited:
      return "inherited";
  }
  return {};
}

CaptureDiff compare(const DiffSide& a, const DiffSide& b, const std::vector<std::string>& only) {
  CaptureDiff diff;
  diff.populations = paired(a, b);
  if (!only.empty())
    std::erase_if(diff.populations, [&](const PairedPopulation& p) {
      return std::find(only.begin(), only.end(), p.name) == only.end();
    });
  for (const CapturedPopulation& p : a.capture.populations)
    if (!b.capture.find(p.name)) diff.only_a.push_back(p.name);
  for (const CapturedPopulation& p : b.capture.populations)
    if (!a.capture.find(p.name)) diff.only_b.push_back(p.name);

  // One count of steps for both: that of A, unless B is the one that follows the rules as it is.
  std::vector<std::int32_t> move_a(a.capture.populations.size(), 0),
      move_b(b.capture.populations.size(), 0);
  bool shifted = false;
  for (PairedPopulation& p : diff.populations) {
    p.shift = shift_of(a.capture.populations[p.a], b.capture.populations[p.b], p.size);
    shifted |= p.shift != 0;
    move_b[p.b] = -p.shift;
  }
  if (shifted) {
    std::vector<std::string> unused;
    bool checked_a = false, checked_b = false;
    Held as_a(a), as_b(b);
    as_a.collect_messages(as_b, true, unused);
    as_b.collect_messages(as_a, false, unused);
    if (as_a.broken(checked_a) && !as_b.broken(checked_b) && checked_b)
      for (const PairedPopulation& p : diff.populations) {
        move_a[p.a] = p.shift;
        move_b[p.b] = 0;
      }
  }
  const Capture of_a = moved(a.capture, move_a), of_b = moved(b.capture, move_b);
  Held held_a({of_a, a.network, a.semantics}), held_b({of_b, b.network, b.semantics});

  std::uint64_t values = 0;
  for (std::uint32_t i = 0; i < diff.populations.size(); ++i) {
    PairedPopulation& pair = diff.populations[i];
    const CapturedPopulation &in_a = of_a.populations[pair.a], &in_b = of_b.populations[pair.b];
    const auto [begin, end] = common(in_a, in_b, 0);
    if (end > begin) diff.steps = std::max(diff.steps, end - begin);
    for (std::uint32_t k = 0; k < pair.size; ++k) {
      const PairedNeuron n{in_a.neurons[k], in_b.neurons[k]};
      if (n.a.empty() || n.b.empty()) continue;
      CounterView counter(refractory_delay(held_a, pair.a, held_b, pair.b, k));
      for (std::uint32_t t = begin; t < end; ++t) {
        const Both messages = n.messages(t), u = n.u(t), v = n.v(t);
        const bool counts = counter.shown(v, messages), v_differs = v.differ() && !counts;
        pair.messages += static_cast<bool>(messages);
        pair.u += static_cast<bool>(u);
        pair.v += static_cast<bool>(v);
        pair.counters += counts;
        const int differing = messages.differ() + u.differ() + v_differs;
        pair.differing += static_cast<std::uint64_t>(differing);
        if (differing == 0 || (diff.first && diff.first->step <= t)) continue;
        diff.first.emplace();
        diff.first->population = i;
        diff.first->neuron = k;
        diff.first->step = t;
        diff.first->messages_differ = messages.differ();
        diff.first->u_differs = u.differ();
        diff.first->v_differs = v_differs;
      }
    }
    values += pair.messages + pair.u + pair.v;
  }
  if (values == 0)
    throw NetworkError("traces",
                       "no value of any neuron and step is known on both sides; the names of "
                       "populations have to be the same, and the same things recorded");

  held_a.collect_messages(held_b, true, diff.notes);
  held_b.collect_messages(held_a, false, diff.notes);
  const auto on_own_count = [](std::uint32_t step, std::int32_t move) {
    return static_cast<std::uint32_t>(std::int64_t{step} - move);
  };
  diff.broken_a = held_a.broken(diff.checked_a);
  diff.broken_b = held_b.broken(diff.checked_b);
  if (diff.broken_a)
    diff.broken_a->step = on_own_count(diff.broken_a->step, move_a[diff.broken_a->population]);
  if (diff.broken_b)
    diff.broken_b->step = on_own_count(diff.broken_b->step, move_b[diff.broken_b->population]);
  if (!diff.first) return diff;

  Divergence& first = *diff.first;
  const PairedPopulation& pair = diff.populations[first.population];
  explain(first, held_a, held_b, pair);
  for (Arrival& arrival : first.arrivals_a)
    arrival.sent = on_own_count(arrival.sent, move_of_source(held_a, arrival, move_a));
  for (Arrival& arrival : first.arrivals_b)
    arrival.sent = on_own_count(arrival.sent, move_of_source(held_b, arrival, move_b));
  const std::uint32_t step = first.step;
  first.step = on_own_count(step, move_a[pair.a]);
  first.step_b = on_own_count(step, move_b[pair.b]);
  return diff;
}

}  // namespace retrograde::loihi2
