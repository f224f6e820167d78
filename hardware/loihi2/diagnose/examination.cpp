#include <algorithm>
#include <array>
#include <cstdlib>
#include <fmt/format.h>
#include <utility>

#include <retrograde/hardware/loihi2/diagnose/examination.hpp>

namespace retrograde::loihi2 {

namespace {

std::string_view text(Rounding rounding) {
  return rounding == Rounding::down      ? "down (floor)"
         : rounding == Rounding::nearest ? "to the nearest"
                                         : "toward zero";
}

class Examination {
 public:
  Examination(const ChipNetwork& network, const Deliveries& deliveries, const Sent& sent,
              NeuronId neuron, const NeuronRules& rules, const CapturedNeuron& record,
              std::uint32_t steps, const RuleBreak& broken)
      : network_(network),
        deliveries_(deliveries),
        sent_(sent),
        neuron_(neuron),
        rules_(rules),
        record_(record),
        broken_(broken),
        steps_(steps),
        a_(deliveries.inputs(neuron, sent, steps_)) {
    const std::int32_t u = value_at(record.u, broken.step), v = value_at(record.v, broken.step);
    // Where u was not recorded its difference shows in v.
    if (u != unknown)
      missing_input_ = u - broken.u;
    else if (v != unknown && broken.message == 0 && !broken.message_differs)
      missing_input_ = v - broken.v;
  }

  // Earlier ones are preferred among those that explain as much.
  Explanation best() {
    overflows();
    roundings();
    thresholds();
    resets();
    synapses();
    projections();
    decays();
    biases();
    best_.steps = steps_;
    if (best_.cause == Cause::unexplained) best_.text = unexplained();
    return best_;
  }

 private:
  // Keeps an explanation that reaches further than those before it; one of the same cause that
  // reaches as far joins it.
  void offer(Cause cause, const NeuronRules& rules, const std::vector<std::int64_t>& a,
             const std::string& text, const std::optional<SynapseRef>& synapse = {}) {
    const std::optional<RuleBreak> next = first_break(rules, a, record_);
    const std::uint32_t reach = next ? next->step : steps_;
    if (reach <= broken_.step || reach < best_.explained) return;
    if (reach == best_.explained && best_.cause != Cause::unexplained) {
      if (cause != best_.cause || !synapse || best_.synapses.empty()) return;
      if (std::count(best_.synapses.begin(), best_.synapses.end(), *synapse) > 0) return;
      best_.text += "; or " + text;
      best_.synapses.push_back(*synapse);
      return;
    }
    best_ = {cause, text, {}, reach, steps_};
    if (synapse) best_.synapses.push_back(*synapse);
  }
  void offer(Cause cause, const NeuronRules& rules, const std::string& text) {
    offer(cause, rules, a_, text);
  }

  std::string unexplained() const {
    std::string text = "no known rule, parameter or synapse explains this step";
    const auto residual = [&](const char* what, bool differs, std::int32_t shown,
                              std::int64_t right) {
      if (!differs) return;
      const std::int64_t more = shown - right;
      text += fmt::format("; the rules make {} of {}, the record has {} ({:+}{})", right, what,
                          shown, more, more % 64 == 0 ? fmt::format(" = 64 x {}", more / 64) : "");
    };
    residual("u", broken_.u_differs, value_at(record_.u, broken_.step), broken_.u);
    residual("v", broken_.v_differs, value_at(record_.v, broken_.step), broken_.v);
    if (broken_.message_differs)
      text += fmt::format("; v reaches {} and vth x 64 is {}", broken_.v_compared,
                          std::int64_t{rules_.neuron.vth} << state_shift);
    return text;
  }

  void overflows() {
    constexpr std::array all = {Overflow::keep, Overflow::lava_wrap, Overflow::twos_complement,
                                Overflow::saturate};
    for (const Overflow o : all) {
      const auto instead = [&](Overflow usual, const char* what) {
        return fmt::format(
            "{} leaves its register here, and the record has {} where the rules "
            "have {}",
            what, name(o), name(usual));
      };
      NeuronRules rules = rules_;
      rules.semantics.u = o;
      if (o != Overflow::keep) offer(Cause::u_overflow, rules, instead(rules_.semantics.u, "u"));
      rules = rules_;
      rules.semantics.v = o;
      if (o != Overflow::keep) offer(Cause::v_overflow, rules, instead(rules_.semantics.v, "v"));
      rules = rules_;
      rules.semantics.a = o;
      offer(Cause::input_overflow, rules, instead(rules_.semantics.a, "the input of the step"));
    }
  }

  void roundings() {
    for (const Rounding r : {Rounding::down, Rounding::nearest}) {
      NeuronRules u = rules_, v = rules_, both = rules_;
      u.u_rounding = both.u_rounding = v.v_rounding = both.v_rounding = r;
      const auto rounded = [&](const char* what) {
        return fmt::format("the decay of {} is rounded {} instead of toward zero", what, text(r));
      };
      offer(Cause::decay_rounding, both, rounded("u and v"));
      offer(Cause::decay_rounding, u, rounded("u"));
      offer(Cause::decay_rounding, v, rounded("v"));
    }
  }

  void thresholds() {
    if (!rules_.spiking) return;
    NeuronRules rules = rules_;
    rules.fires_at_threshold = true;
    offer(Cause::threshold_comparison, rules,
          fmt::format("v is exactly vth x 64 = {}, and the record fires with v >= vth instead of v "
                      "> vth",
                      64 * std::int64_t{rules_.neuron.vth}));
    if (record_.messages.empty()) return;
    // Any threshold between the largest v that did not fire and the smallest that did.
    const std::vector<ThresholdView> views = seen_by_threshold(rules_, a_, record_);
    std::int64_t silent = std::numeric_limits<std::int64_t>::min(),
                 fired = std::numeric_limits<std::int64_t>::max();
    for (std::uint32_t t = rules_.begin; t < steps_; ++t)
      if (record_.messages[t] != 0)
        fired = std::min(fired, views[t].v);
      else if (views[t].free)
        silent = std::max(silent, views[t].v);
    const std::int64_t usual = std::int64_t{rules_.neuron.vth} << state_shift;
    if (silent >= fired) return;
    rules = rules_;
    // As near to the usual one as can be.
    rules.extra_threshold = std::clamp(usual, silent, fired - 1) - usual;
    offer(Cause::threshold, rules,
          fired == std::numeric_limits<std::int64_t>::max()
              ? fmt::format("the record does not fire at v = {}: its threshold is at least that, "
                            "vth x 64 is {}",
                            silent, usual)
              : fmt::format("the record has another threshold: it fires at v = {} and not at {}, "
                            "vth x 64 is {}",
                            fired, silent, usual));
  }

  void resets() {
    for (std::int32_t delay = 1; delay <= refractory_delay_limit && rules_.spiking; ++delay) {
      NeuronRules rules = rules_;
      rules.neuron.refractory_delay = delay;
      offer(Cause::refractory, rules,
            fmt::format("the record has a refractory delay of {} instead of {}", delay,
                        rules_.neuron.refractory_delay));
    }
    NeuronRules rules = rules_;
    rules.reset = Reset::by_threshold;
    offer(Cause::reset, rules, "a spike lowers v by the threshold instead of clearing it");
    rules.reset = Reset::none;
    offer(Cause::reset, rules, "a spike does not reset v");
    rules = rules_;
    rules.resets_u = true;
    offer(Cause::reset, rules, "a spike clears u as well as v");
    if (rules_.reset_interval > 0) {
      rules = rules_;
      rules.reset_interval = 0;
      offer(Cause::periodic_reset, rules,
            fmt::format("the periodic reset, every {} steps, is not there", rules_.reset_interval));
    }
  }

  std::string name_of(const SynapseRef& r) const {
    const ChipProjection& p = network_.projections[r.projection];
    const ChipSynapse& s = p.synapses[r.synapse];
    return fmt::format("{} [{}, {}]", p.name, s.target, s.source);
  }

  // The input that would make the step right, less what arrived; none: it is no whole input.
  std::optional<std::int64_t> missing_input() const {
    if (!missing_input_ || *missing_input_ % 64 != 0 || *missing_input_ == 0) return std::nullopt;
    return *missing_input_ / 64;
  }

  // Where u was not recorded, a weight may have shown in v only later, at the end of a refractory
  // period. v is linear in it but for rounding: solved from one other weight, and tried around
  // that.
  void hidden_weights() {
    const std::uint32_t t = broken_.step;
    const std::int32_t v = value_at(record_.v, t);
    if (value_at(record_.u, t) != unknown || v == unknown || broken_.message_differs) return;
    constexpr std::int64_t other = 100, around = 4;
    for (const SynapseRef& r : deliveries_.synapses(neuron_)) {
      const ChipSynapse& s = network_.projections[r.projection].synapses[r.synapse];
      DeliveryChange change{r.projection, r.synapse, s.weight + other, s.delay};
      const std::int64_t moved =
          seen_by_threshold(rules_, deliveries_.inputs(neuron_, sent_, steps_, change), record_)[t]
              .v -
          broken_.v_compared;
      if (moved == 0) continue;
      const std::int64_t solved = s.weight + (v - broken_.v_compared) * other / moved;
      for (std::int64_t w = solved - around; w <= solved + around; ++w) {
        if (w == s.weight || w < -256 || w > 255) continue;
        change.weight = w;
        offer_weight(r, change);
      }
    }
  }

  void offer_weight(const SynapseRef& r, const DeliveryChange& change) {
    const ChipSynapse& s = network_.projections[r.projection].synapses[r.synapse];
    offer(Cause::weight, rules_, deliveries_.inputs(neuron_, sent_, steps_, change),
          fmt::format("{}: the record adds {} where the weight is {}{}", name_of(r), change.weight,
                      s.weight, change.weight == 0 ? ", as if there were no synapse" : ""),
          r);
  }

  void synapses() {
    hidden_weights();
    const std::optional<std::int64_t> missing = missing_input();
    if (!missing) return;
    const std::uint32_t t = broken_.step;
    const std::vector<Delivery> here = deliveries_.in_step(neuron_, sent_, t);
    for (const Delivery& delivery : here) {
      const ChipProjection& p = network_.projections[delivery.from.projection];
      const ChipSynapse& s = p.synapses[delivery.from.synapse];
      for (const std::int64_t weight : weights_that_add(*missing, delivery, here)) {
        offer_weight(delivery.from,
                     {delivery.from.projection, delivery.from.synapse, weight, s.delay});
      }
    }
    delays(*missing);
    lost(*missing, here);
  }

  // Stored weights with which the delivery would add `missing` more in its step.
  std::vector<std::int64_t> weights_that_add(std::int64_t missing, const Delivery& delivery,
                                             const std::vector<Delivery>& here) const {
    const ChipProjection& p = network_.projections[delivery.from.projection];
    const ChipSynapse& s = p.synapses[delivery.from.synapse];
    std::int64_t slot = 0;
    for (const Delivery& other : here)
      if (other.from.projection == delivery.from.projection) {
        const ChipSynapse& o = p.synapses[other.from.synapse];
        if (o.delay == s.delay) slot += std::int64_t{o.weight} * other.payload;
      }
    std::vector<std::int64_t> weights;
    const std::int64_t usual = shifted(slot, p.format.exponent);
    for (std::int64_t w = -256; w <= 255; ++w)
      if (w != s.weight &&
          shifted(slot + (w - s.weight) * delivery.payload, p.format.exponent) == usual + missing)
        weights.push_back(w);
    // Nearest first: the sum of a slot loses low bits, so that several look alike.
    std::stable_sort(weights.begin(), weights.end(), [&](std::int64_t x, std::int64_t y) {
      return std::abs(x - s.weight) < std::abs(y - s.weight);
    });
    return weights;
  }

  void delays(std::int64_t missing) {
    const std::uint32_t t = broken_.step;
    for (const SynapseRef& r : deliveries_.synapses(neuron_)) {
      const ChipProjection& p = network_.projections[r.projection];
      const ChipSynapse& s = p.synapses[r.synapse];
      const std::vector<SentMessage>& sent = sent_[network_.populations[p.source].first + s.source];
      const auto arriving = [&](std::uint32_t delay) -> std::int64_t {
        for (const SentMessage& m : sent)
          if (std::uint64_t{m.step} + 1 + delay == t) return p.message_bits > 0 ? m.payload : 1;
        return 0;
      };
      if (sent.empty()) continue;
      const std::int64_t now = arriving(s.delay);
      for (std::uint32_t delay = 0; delay <= delay_limit; ++delay) {
        const std::int64_t then = arriving(delay);
        if (delay == s.delay || now == then) continue;
        // A shift that loses bits may take one more or less.
        const std::int64_t more = shifted((then - now) * s.weight, p.format.exponent);
        if (std::abs(more - missing) > (p.format.exponent < 0 ? 1 : 0)) continue;
        const DeliveryChange change{r.projection, r.synapse, s.weight, delay};
        offer(Cause::delay, rules_, deliveries_.inputs(neuron_, sent_, steps_, change),
              fmt::format("{}: the record delivers {} steps {}, with a delay of {} instead of {}",
                          name_of(r), delay > s.delay ? delay - s.delay : s.delay - delay,
                          delay > s.delay ? "later" : "earlier", delay, s.delay),
              r);
      }
    }
  }

  // A delivery that failed once: the synapse is right otherwise.
  void lost(std::int64_t missing, const std::vector<Delivery>& here) {
    std::vector<std::int64_t> without = a_;
    without[broken_.step] += missing;
    for (const Delivery& delivery : here) {
      const ChipProjection& p = network_.projections[delivery.from.projection];
      const ChipSynapse& s = p.synapses[delivery.from.synapse];
      if (shifted(s.weight * delivery.payload, p.format.exponent) == -missing)
        offer(Cause::lost_delivery, rules_, without,
              fmt::format("{}: the message of step {} has not arrived, others do",
                          name_of(delivery.from), delivery.sent),
              delivery.from);
    }
  }

  void projections() {
    for (std::uint32_t k = 0; k < network_.projections.size(); ++k) {
      const ChipProjection& p = network_.projections[k];
      if (network_.populations[p.target].first > neuron_ ||
          neuron_ >= network_.populations[p.target].first + network_.populations[p.target].size)
        continue;
      DeliveryChange change{k};
      change.exponent = p.format.exponent;
      change.message_bits = p.message_bits > 0 ? 0 : 32;
      offer(Cause::payload, rules_, deliveries_.inputs(neuron_, sent_, steps_, change),
            fmt::format("{}: the record {}", p.name,
                        p.message_bits > 0 ? "takes every message for 1 and ignores its payload"
                                           : "multiplies weights by the payload of the message"));
      change.message_bits = p.message_bits;
      for (int exponent = -8; exponent <= 7; ++exponent) {
        if (exponent == p.format.exponent) continue;
        change.exponent = exponent;
        offer(Cause::weight_exponent, rules_, deliveries_.inputs(neuron_, sent_, steps_, change),
              fmt::format("{}: the record has a weight exponent of {} instead of {}", p.name,
                          exponent, p.format.exponent));
      }
    }
  }

  // Every value that makes this step right, the nearest first.
  void decays() {
    const std::int32_t u = value_at(record_.u, broken_.step), v = value_at(record_.v, broken_.step);
    for (std::int32_t distance = 1; distance < decay_one; ++distance)
      for (const std::int32_t sign : {-1, 1}) {
        NeuronRules rules = rules_;
        rules.neuron.du += sign * distance;
        if (rules.neuron.du >= 0 && rules.neuron.du < decay_one && broken_.u_before != 0 &&
            (u == unknown || fitted(decayed(broken_.u_before, rules.neuron.du + 1) + 64 * broken_.a,
                                    rules_.semantics.u, state_bits) == u))
          offer(Cause::u_decay, rules,
                fmt::format("u decays with du = {} instead of {}", rules.neuron.du,
                            rules_.neuron.du));
        rules = rules_;
        rules.neuron.dv += sign * distance;
        if (rules.neuron.dv >= 0 && rules.neuron.dv < decay_one && broken_.v_before != 0 &&
            (v == unknown || broken_.message_differs || broken_.message != 0 ||
             decayed(broken_.v_before, rules.neuron.dv) -
                     decayed(broken_.v_before, rules_.neuron.dv) ==
                 v - broken_.v))
          offer(Cause::v_decay, rules,
                fmt::format("v decays with dv = {} instead of {}", rules.neuron.dv,
                            rules_.neuron.dv));
      }
  }

  void biases() {
    const std::int32_t v = value_at(record_.v, broken_.step);
    if (v == unknown || !broken_.v_differs || broken_.message_differs || broken_.message != 0)
      return;
    NeuronRules rules = rules_;
    rules.extra_bias = v - broken_.v;
    offer(Cause::bias, rules,
          fmt::format("v gains {} more in every step: a bias of {} instead of {}", rules.extra_bias,
                      rules_.neuron.bias() + rules.extra_bias, rules_.neuron.bias()));
  }

  const ChipNetwork& network_;
  const Deliveries& deliveries_;
  const Sent& sent_;
  NeuronId neuron_;
  const NeuronRules& rules_;
  const CapturedNeuron& record_;
  const RuleBreak& broken_;
  std::uint32_t steps_;
  std::vector<std::int64_t> a_;
  std::optional<std::int64_t> missing_input_;  // in units of u
  Explanation best_;
};

}  // namespace

std::optional<NeuronRules> rules_of(const ChipNetwork& network, std::uint32_t population,
                                    std::uint32_t neuron, const Semantics& semantics) {
  const ChipPopulation& p = network.populations[population];
  if (!p.model.has_cuba_neurons()) return std::nullopt;
  NeuronRules rules;
  rules.neuron = network.neurons[p.first + neuron];
  rules.spiking = p.model == ChipModel::cuba_lif;
  rules.semantics = semantics;
  rules.begin = p.lag;
  rules.reset_interval = p.reset_interval;
  rules.reset_offset = p.reset_offset;
  return rules;
}

Explanation examine(const ChipNetwork& network, const Deliveries& deliveries, const Sent& sent,
                    NeuronId neuron, const NeuronRules& rules, const CapturedNeuron& record,
                    std::uint32_t steps, const RuleBreak& broken) {
  return Examination(network, deliveries, sent, neuron, rules, record, steps, broken).best();
}

}  // namespace retrograde::loihi2
