#include <algorithm>
#include <utility>

#include <retrograde/events/error.hpp>
#include <retrograde/hardware/loihi2/diagnose/capture_diff.hpp>
#include <retrograde/hardware/loihi2/diagnose/reason.hpp>

namespace retrograde::loihi2 {

namespace {

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

// Of the population that sent it.
std::int32_t move_of_source(const HeldRecord& held, const Delivery& delivery,
                            const std::vector<std::int32_t>& moves) {
  const ChipNetwork& network = *held.network();
  const auto p =
      held.capture().find(network.populations[network.population_of(delivery.source)].name);
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

// Steps by which the populations of each capture are moved, so that both are on one count.
struct Moves {
  std::vector<std::int32_t> a, b;
};

void keep_only(std::vector<PairedPopulation>& pairs, const std::vector<std::string>& only) {
  if (only.empty()) return;
  std::erase_if(pairs, [&](const PairedPopulation& p) {
    return std::find(only.begin(), only.end(), p.name) == only.end();
  });
}

std::vector<std::string> missing_in(const Capture& other, const Capture& capture) {
  std::vector<std::string> names;
  for (const CapturedPopulation& p : capture.populations)
    if (!other.find(p.name)) names.push_back(p.name);
  return names;
}

// Is B the one that follows the rules as it is, and A the one that runs earlier?
bool a_is_shifted(const CapturedRun& a, const CapturedRun& b) {
  std::vector<std::string> unused;
  bool checked_a = false, checked_b = false;
  HeldRecord as_a(a), as_b(b);
  as_a.collect_messages(as_b, true, unused);
  as_b.collect_messages(as_a, false, unused);
  return as_a.broken(checked_a) && !as_b.broken(checked_b) && checked_b;
}

// Finds the shifts. The count is that of A, unless `a_is_shifted`.
Moves align(const CapturedRun& a, const CapturedRun& b, std::vector<PairedPopulation>& pairs) {
  Moves moves{std::vector<std::int32_t>(a.capture.populations.size(), 0),
              std::vector<std::int32_t>(b.capture.populations.size(), 0)};
  bool shifted = false;
  for (PairedPopulation& p : pairs) {
    p.shift = shift_of(a.capture.populations[p.a], b.capture.populations[p.b], p.size);
    shifted |= p.shift != 0;
    moves.b[p.b] = -p.shift;
  }
  if (shifted && a_is_shifted(a, b))
    for (const PairedPopulation& p : pairs) {
      moves.a[p.a] = p.shift;
      moves.b[p.b] = 0;
    }
  return moves;
}

// Compares one neuron over steps begin .. end - 1; a difference earlier than the first so far
// becomes the first.
void compare_neuron(PairedPopulation& pair, const PairedNeuron& n, CounterView counter,
                    std::uint32_t begin, std::uint32_t end, const Divergence& here,
                    std::optional<Divergence>& first) {
  for (std::uint32_t t = begin; t < end; ++t) {
    const Both messages = n.messages(t), u = n.u(t), v = n.v(t);
    const bool counts = counter.shown(v, messages), v_differs = v.differ() && !counts;
    pair.messages += static_cast<bool>(messages);
    pair.u += static_cast<bool>(u);
    pair.v += static_cast<bool>(v);
    pair.counters += counts;
    const int differing = messages.differ() + u.differ() + v_differs;
    pair.differing += static_cast<std::uint64_t>(differing);
    if (differing == 0 || (first && first->step <= t)) continue;
    first = here;
    first->step = t;
    first->messages_differ = messages.differ();
    first->u_differs = u.differ();
    first->v_differs = v_differs;
  }
}

// Counts what both recorded and what of it differs, and finds the first that does.
void compare_values(const HeldRecord& a, const HeldRecord& b, CaptureDiff& diff) {
  std::uint64_t values = 0;
  for (std::uint32_t i = 0; i < diff.populations.size(); ++i) {
    PairedPopulation& pair = diff.populations[i];
    const CapturedPopulation &in_a = a.population(pair.a), &in_b = b.population(pair.b);
    const auto [begin, end] = common_steps(in_a, in_b, 0);
    if (end > begin) diff.steps = std::max(diff.steps, end - begin);
    for (std::uint32_t k = 0; k < pair.size; ++k) {
      const PairedNeuron n{in_a.neurons[k], in_b.neurons[k]};
      if (n.a.empty() || n.b.empty()) continue;
      const CounterView counter(refractory_delay(a, pair.a, b, pair.b, k));
      Divergence here;
      here.population = i;
      here.neuron = k;
      compare_neuron(pair, n, counter, begin, end, here, diff.first);
    }
    values += pair.messages + pair.u + pair.v;
  }
  if (values == 0)
    throw NetworkError("traces",
                       "no value of any neuron and step is known on both sides; the names of "
                       "populations have to be the same, and the same things recorded");
}

std::uint32_t on_own_count(std::uint32_t step, std::int32_t move) {
  return static_cast<std::uint32_t>(std::int64_t{step} - move);
}

// The first broken rule of one side, on that side's own count of steps.
std::optional<BrokenRule> broken_rule(const HeldRecord& held,
                                      const std::vector<std::int32_t>& moves, bool& checked) {
  std::optional<BrokenRule> broken = held.broken(checked);
  if (broken) broken->step = on_own_count(broken->step, moves[broken->population]);
  return broken;
}

// Each side's steps back on its own count.
void undo_moves(Divergence& first, const PairedPopulation& pair, const HeldRecord& a,
                const HeldRecord& b, const Moves& moves) {
  for (Delivery& d : first.deliveries_a)
    d.sent = on_own_count(d.sent, move_of_source(a, d, moves.a));
  for (Delivery& d : first.deliveries_b)
    d.sent = on_own_count(d.sent, move_of_source(b, d, moves.b));
  const std::uint32_t step = first.step;
  first.step = on_own_count(step, moves.a[pair.a]);
  first.step_b = on_own_count(step, moves.b[pair.b]);
}

}  // namespace

CaptureDiff compare(const CapturedRun& a, const CapturedRun& b,
                    const std::vector<std::string>& only) {
  // What both have.
  CaptureDiff diff;
  diff.populations = paired(a.capture, b.capture, a.network ? a.network : b.network);
  keep_only(diff.populations, only);
  diff.only_a = missing_in(b.capture, a.capture);
  diff.only_b = missing_in(a.capture, b.capture);

  // Both on one count of steps.
  const Moves moves = align(a, b, diff.populations);
  const Capture of_a = moved(a.capture, moves.a), of_b = moved(b.capture, moves.b);
  HeldRecord held_a({of_a, a.network, a.semantics}), held_b({of_b, b.network, b.semantics});

  // Each other, and the rules.
  compare_values(held_a, held_b, diff);
  held_a.collect_messages(held_b, true, diff.notes);
  held_b.collect_messages(held_a, false, diff.notes);
  diff.broken_a = broken_rule(held_a, moves.a, diff.checked_a);
  diff.broken_b = broken_rule(held_b, moves.b, diff.checked_b);

  // Why.
  if (diff.first) {
    const PairedPopulation& pair = diff.populations[diff.first->population];
    explain(*diff.first, held_a, held_b, pair);
    undo_moves(*diff.first, pair, held_a, held_b, moves);
  }
  return diff;
}

}  // namespace retrograde::loihi2
