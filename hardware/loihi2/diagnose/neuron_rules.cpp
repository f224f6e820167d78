#include <retrograde/hardware/loihi2/diagnose/neuron_rules.hpp>

namespace retrograde::loihi2 {

namespace {

std::int64_t decayed(std::int64_t x, std::int64_t d, Rounding rounding) {
  const std::int64_t product = x * (decay_one - d);
  switch (rounding) {
    case Rounding::down:
      return product >> 12;
    case Rounding::nearest:
      return (product + decay_one / 2) >> 12;
    case Rounding::toward_zero:
      break;
  }
  return loihi2::decayed(x, d);
}

// What a neuron takes from one step to the next.
struct Followed {
  std::int64_t u = 0, v = 0;
  std::int32_t refractory = 0;
};

std::int64_t threshold_of(const NeuronRules& rules) {
  return (std::int64_t{rules.neuron.vth} << state_shift) + rules.extra_threshold;
}

// v after a spike that saw `compared`.
std::int64_t after_spike(const NeuronRules& rules, std::int64_t compared) {
  return rules.reset == Reset::none           ? compared
         : rules.reset == Reset::by_threshold ? compared - threshold_of(rules)
                                              : 0;
}

// One step by the rules, from a state and an input; `shown_u` is what the record has for the new u.
// Counts the refractory period.
RuleBreak by_rules(const NeuronRules& rules, Followed& state, std::uint32_t t, std::int64_t a,
                   std::int32_t shown_u) {
  const CubaLif& n = rules.neuron;
  RuleBreak at;
  at.step = t;
  at.a = a;
  at.u_before = state.u;
  at.v_before = state.v;
  at.u = fitted(decayed(state.u, n.du + 1, rules.u_rounding) +
                    fitted(a, rules.semantics.a, input_bits) * (1 << state_shift),
                rules.semantics.u, state_bits);
  // A u that the spike has cleared is not the one that v was made of.
  const std::int64_t current = shown_u == unknown || rules.resets_u ? at.u : shown_u;
  at.v = fitted(decayed(state.v, n.dv, rules.v_rounding) + current + n.bias() + rules.extra_bias,
                rules.semantics.v, state_bits);
  at.v_compared = at.v;
  if (state.refractory > 0) --state.refractory;
  const std::int64_t threshold = threshold_of(rules);
  if (state.refractory > 0) {
    at.v = 0;
  } else if (rules.spiking &&
             (at.v > threshold || (rules.fires_at_threshold && at.v == threshold))) {
    at.message = 1;
    at.v = after_spike(rules, at.v);
    if (rules.resets_u) at.u = 0;
  }
  return at;
}

// Calls seen(break, free) for every step; a true result ends it.
template <typename Seen>
void follow(const NeuronRules& rules, const std::vector<std::int64_t>& a,
            const CapturedNeuron& record, const Seen& seen) {
  Followed state;
  for (std::uint32_t t = rules.begin; t < a.size(); ++t) {
    if (rules.reset_interval > 0 &&
        (std::uint64_t{t} + 1) % rules.reset_interval == rules.reset_offset % rules.reset_interval)
      state = {};
    const std::int32_t message = value_at(record.messages, t), shown_u = value_at(record.u, t),
                       shown_v = value_at(record.v, t);

    // By the rules, and against the record.
    RuleBreak at = by_rules(rules, state, t, a[t], shown_u);
    const bool free = state.refractory == 0;
    if (at.message != 0) state.refractory = rules.neuron.refractory_delay;
    const bool counter =
        state.refractory > 0 && at.v == 0 && shown_v == refractory_unit * state.refractory;
    at.message_differs = message != unknown && message != at.message;
    at.u_differs = shown_u != unknown && shown_u != at.u;
    at.v_differs = shown_v != unknown && shown_v != at.v && !counter;

    // What the record says is true from here on.
    state.u = shown_u != unknown ? shown_u : at.u;
    state.v = shown_v != unknown && !counter ? shown_v : at.v;
    if (at.message_differs) {
      state.refractory = message != 0 ? rules.neuron.refractory_delay : 0;
      if (shown_v == unknown)
        state.v = message != 0 ? after_spike(rules, at.v_compared) : at.v_compared;
      if (message != 0 && shown_v == refractory_unit * state.refractory) state.v = 0;
    }
    if (seen(at, free)) return;
  }
}

}  // namespace

std::optional<RuleBreak> first_break(const NeuronRules& rules, const std::vector<std::int64_t>& a,
                                     const CapturedNeuron& record) {
  std::optional<RuleBreak> found;
  follow(rules, a, record, [&](const RuleBreak& at, bool) {
    if (at.u_differs || at.v_differs || at.message_differs) found = at;
    return found.has_value();
  });
  return found;
}

std::vector<ThresholdView> seen_by_threshold(const NeuronRules& rules,
                                             const std::vector<std::int64_t>& a,
                                             const CapturedNeuron& record) {
  std::vector<ThresholdView> views(a.size(), {0, false});
  follow(rules, a, record, [&](const RuleBreak& at, bool free) {
    views[at.step] = {at.v_compared, free};
    return false;
  });
  return views;
}

}  // namespace retrograde::loihi2
