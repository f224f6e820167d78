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

std::int32_t entry(const std::vector<std::int32_t>& list, std::uint32_t step) {
  return step < list.size() ? list[step] : unknown;
}

// Calls seen(break, free) for every step; a true result ends it.
template <typename Seen>
void follow(const NeuronRules& rules, const std::vector<std::int64_t>& a,
            const CapturedNeuron& record, const Seen& seen) {
  const CubaLif& n = rules.neuron;
  const std::int64_t threshold = (std::int64_t{n.vth} << state_shift) + rules.extra_threshold;
  std::int64_t u = 0, v = 0;
  std::int32_t refractory = 0;
  for (std::uint32_t t = rules.begin; t < a.size(); ++t) {
    if (rules.reset_interval > 0 &&
        (std::uint64_t{t} + 1) % rules.reset_interval == rules.reset_offset % rules.reset_interval)
      u = v = refractory = 0;
    const std::int32_t message = entry(record.messages, t), shown_u = entry(record.u, t),
                       shown_v = entry(record.v, t);
    RuleBreak at;
    at.step = t;
    at.a = a[t];
    at.u_before = u;
    at.v_before = v;
    at.u = fitted(decayed(u, n.du + 1, rules.u_rounding) +
                      fitted(a[t], rules.semantics.a, input_bits) * (1 << state_shift),
                  rules.semantics.u, state_bits);
    // A u that the spike has cleared is not the one that v was made of.
    const std::int64_t current = shown_u == unknown || rules.resets_u ? at.u : shown_u;
    at.v = fitted(decayed(v, n.dv, rules.v_rounding) + current + n.bias() + rules.extra_bias,
                  rules.semantics.v, state_bits);
    at.v_compared = at.v;
    if (refractory > 0) --refractory;
    const bool free = refractory == 0;
    if (!free) {
      at.v = 0;
    } else if (rules.spiking &&
               (at.v > threshold || (rules.fires_at_threshold && at.v == threshold))) {
      at.message = 1;
    }
    const auto reset = [&](std::int64_t compared) {
      return rules.reset == Reset::none           ? compared
             : rules.reset == Reset::by_threshold ? compared - threshold
                                                  : 0;
    };
    if (at.message != 0) {
      at.v = reset(at.v);
      refractory = n.refractory_delay;
      if (rules.resets_u) at.u = 0;
    }

    at.message_differs = message != unknown && message != at.message;
    at.u_differs = shown_u != unknown && shown_u != at.u;
    const bool counter = shown_v == refractory_unit * refractory && refractory > 0;
    at.v_differs = shown_v != unknown && shown_v != at.v && !(counter && at.v == 0);

    // What the record says is true from here on.
    u = shown_u != unknown ? shown_u : at.u;
    v = shown_v != unknown && !(counter && at.v == 0) ? shown_v : at.v;
    if (at.message_differs) {
      refractory = message != 0 ? n.refractory_delay : 0;
      if (shown_v == unknown) v = message != 0 ? reset(at.v_compared) : at.v_compared;
      if (message != 0 && shown_v == refractory_unit * refractory) v = 0;
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
