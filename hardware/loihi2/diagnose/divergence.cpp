#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/diagnose/divergence.hpp>
#include <retrograde/hardware/loihi2/diagnose/reason.hpp>

namespace retrograde::loihi2 {

namespace {

// Populations that both have, in causal order: inputs first where a network says which those are,
// else in the order of A.
std::vector<PairedPopulation> paired(const CapturedRun& a, const CapturedRun& b) {
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
        count += Both{value_at(x.*list, t), value_at(y.*list, t + shift)}.differ();
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
std::int32_t move_of_source(const HeldRecord& held, const Arrival& arrival,
                            const std::vector<std::int32_t>& moves) {
  const ChipNetwork& network = *held.network();
  const auto p =
      held.capture().find(network.populations[network.population_of(arrival.source)].name);
  return p ? moves[*p] : 0;
}

// Of a neuron, by the network of either side; 0: not known.
std::int32_t refractory_delay(const HeldRecord& a, std::uint32_t pa, const HeldRecord& b,
                              std::uint32_t pb, std::uint32_t neuron) {
  for (const auto& [held, p] : {std::pair(&a, pa), std::pair(&b, pb)})
    if (const auto q = held->in_network(p))
      return held->network()
          ->neurons[held->network()->populations[*q].first + neuron]
          .refractory_delay;
  return 0;
}

}  // namespace

CaptureDiff compare(const CapturedRun& a, const CapturedRun& b,
                    const std::vector<std::string>& only) {
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
    HeldRecord as_a(a), as_b(b);
    as_a.collect_messages(as_b, true, unused);
    as_b.collect_messages(as_a, false, unused);
    if (as_a.broken(checked_a) && !as_b.broken(checked_b) && checked_b)
      for (const PairedPopulation& p : diff.populations) {
        move_a[p.a] = p.shift;
        move_b[p.b] = 0;
      }
  }
  const Capture of_a = moved(a.capture, move_a), of_b = moved(b.capture, move_b);
  HeldRecord held_a({of_a, a.network, a.semantics}), held_b({of_b, b.network, b.semantics});

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
