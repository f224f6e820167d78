#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <retrograde/scenarios/show/text/diff.hpp>

namespace retrograde {

namespace {

using loihi2::Capture;
using loihi2::CaptureDiff;
using loihi2::CapturedNeuron;
using loihi2::ChipNetwork;
using loihi2::Delivery;
using loihi2::Divergence;
using loihi2::Explanation;
using loihi2::PairedPopulation;
using loihi2::unknown;

std::string cell(const std::vector<std::int32_t>& list, std::int64_t step) {
  const std::int32_t value = loihi2::value_at(list, step);
  return value == unknown ? "-" : fmt::format("{}", value);
}

std::string neuron_name(const std::string& population, std::uint32_t neuron) {
  return fmt::format("{}[{}]", population, neuron);
}

std::string differing(const Divergence& d) {
  std::vector<const char*> what;
  if (d.messages_differ) what.push_back("spike");
  if (d.u_differs) what.push_back("u");
  if (d.v_differs) what.push_back("v");
  return fmt::format("{}", fmt::join(what, ", "));
}

// What one side has to do with the rules.
std::string verdict(const DiffSide& side, bool checked,
                    const std::optional<loihi2::BrokenRule>& broken) {
  if (!checked) return {};
  if (!broken) return "follows the rules of its network in every step";
  return fmt::format(
      "follows the rules of its network up to {} in step {}",
      neuron_name(side.capture->populations[broken->population].name, broken->neuron),
      broken->step);
}

struct DeliveryText {
  std::string source, synapse;
  std::int64_t added;  // to u, if nothing else shares its slot
};
DeliveryText text_of(const ChipNetwork& network, const Delivery& delivery) {
  const loihi2::ChipProjection& p = network.projections[delivery.from.projection];
  const loihi2::ChipSynapse& s = p.synapses[delivery.from.synapse];
  return {network.neuron_name(delivery.source),
          fmt::format("weight {}{}{}, delay {}", s.weight,
                      p.format.exponent != 0 ? fmt::format(" x 2^{}", p.format.exponent) : "",
                      delivery.payload != 1 ? fmt::format(" x {}", delivery.payload) : "", s.delay),
          64 * loihi2::shifted(s.weight * delivery.payload, p.format.exponent)};
}

void print_deliveries(const char* side, const ChipNetwork* network,
                      const std::vector<Delivery>& deliveries) {
  if (!network) return;
  fmt::print("\narrived in this step, on side {}{}\n", side, deliveries.empty() ? ": nothing" : "");
  constexpr std::size_t most = 12;
  for (std::size_t k = 0; k < std::min(deliveries.size(), most); ++k) {
    const DeliveryText text = text_of(*network, deliveries[k]);
    fmt::print("  {:<16} sent in step {:<5} {}: {:+} to u\n", text.source, deliveries[k].sent,
               text.synapse, text.added);
  }
  if (deliveries.size() > most) fmt::print("  and {} more\n", deliveries.size() - most);
}

void print_only(const std::vector<std::string>& names, const char* side) {
  if (!names.empty()) fmt::print("only side {} has {}\n", side, fmt::join(names, ", "));
}

std::string reach_text(const Explanation& why) {
  if (why.steps == 0 || why.cause == loihi2::Cause::unexplained) return {};
  return why.explained >= why.steps
             ? fmt::format(" This explains the neuron's whole record, {} steps.", why.steps)
             : fmt::format(" This explains its record up to step {} of {}.", why.explained,
                           why.steps);
}

void print_steps(const Diff& diff) {
  const CaptureDiff& d = *diff.steps;
  fmt::print("\n{:<16} {:>8} {:>6} {:>10} {:>10} {:>10} {:>10}\n", "population", "neurons", "shift",
             "messages", "u", "v", "differing");
  for (const PairedPopulation& p : d.populations)
    fmt::print("{:<16} {:>8} {:>6} {:>10} {:>10} {:>10} {:>10}\n", p.name, p.size, p.shift,
               p.messages, p.u, p.v, p.differing);
  print_only(d.only_a, "A");
  print_only(d.only_b, "B");
  for (const std::string& note : d.notes) fmt::print("{}\n", note);
  for (const PairedPopulation& p : d.populations) {
    if (p.counters > 0)
      fmt::print(
          "convention: v of {} shows the refractory counter, 128 and its multiples, on one "
          "side in {} steps and 0 on the other\n",
          p.name, p.counters);
    if (p.shift != 0)
      fmt::print(
          "shift: the whole population {} runs {} step{} {} on side B; compared with it "
          "moved\n",
          p.name, std::abs(p.shift), std::abs(p.shift) == 1 ? "" : "s",
          p.shift > 0 ? "later" : "earlier");
  }
  for (const auto& [name, side, checked, broken] :
       {std::tuple("A", &diff.a, d.checked_a, &d.broken_a),
        std::tuple("B", &diff.b, d.checked_b, &d.broken_b)})
    if (const std::string text = verdict(*side, checked, *broken); !text.empty())
      fmt::print("side {} {}\n", name, text);

  if (!d.first) {
    const bool shifted = std::any_of(d.populations.begin(), d.populations.end(),
                                     [](const PairedPopulation& p) { return p.shift != 0; });
    fmt::print("\n{}\n", shifted ? "no divergence but the shift" : "no divergence");
    return;
  }
  const Divergence& first = *d.first;
  const PairedPopulation& p = d.populations[first.population];
  fmt::print("\nfirst divergence: {} in step {}{}: {}\n", neuron_name(p.name, first.neuron),
             first.step,
             first.step == first.step_b ? "" : fmt::format(" ({} of side B)", first.step_b),
             differing(first));
  for (std::size_t k = 0; k < first.why.size(); ++k) {
    const Explanation& why = first.why[k];
    const bool of_a = first.wrong_a && k == 0;
    const std::string side =
        first.wrong_a || first.wrong_b ? fmt::format(" of side {}", of_a ? "A" : "B") : "";
    fmt::print("cause{}: {}\n  {}.{}\n", side, name(why.cause), why.text, reach_text(why));
  }
  if (first.examined_a && first.examined_b && first.wrong_a != first.wrong_b)
    fmt::print("side {} does here what the rules say\n", first.wrong_a ? "B" : "A");

  const CapturedNeuron &a = diff.a.neuron(p.a, first.neuron), &b = diff.b.neuron(p.b, first.neuron);
  fmt::print("\n{:>9} {:>8} {:>10} {:>10}   {:>8} {:>10} {:>10}\n", "step", "A: spike", "u", "v",
             "B: spike", "u", "v");
  for (std::int64_t t = -steps_around; t <= steps_around; ++t) {
    const std::int64_t in_a = first.step + t, in_b = first.step_b + t;
    if (in_a < 0 || in_b < 0 || in_a >= diff.a.capture->steps || in_b >= diff.b.capture->steps)
      continue;
    fmt::print("{} {:>7} {:>8} {:>10} {:>10}   {:>8} {:>10} {:>10}\n", t == 0 ? ">" : " ", in_a,
               cell(a.messages, in_a), cell(a.u, in_a), cell(a.v, in_a), cell(b.messages, in_b),
               cell(b.u, in_b), cell(b.v, in_b));
  }
  print_deliveries("A", diff.network_a, first.deliveries_a);
  if (first.deliveries_a.size() != first.deliveries_b.size() || diff.network_a != diff.network_b)
    print_deliveries("B", diff.network_b, first.deliveries_b);
}

std::string reached(const std::optional<double>& share) {
  if (!share) return "is not known";
  return *share >= 1.0 ? "reaches its threshold"
                       : fmt::format("comes to {:.1f} % of its threshold", 100.0 * *share);
}

void print_cause(const Diff& diff, const UnmatchedSpike& first) {
  const loihi2::SpikeCause& cause = *diff.cause;
  if ((diff.a.run ? diff.a.run : diff.b.run)->trained.tuning)
    fmt::print("the chip side is fine-tuned: its weights and delays include what that changed\n");
  const bool exact_has_it = first.on_a == (diff.a.kind == DiffSide::Kind::exact);
  fmt::print("within the tolerance V {} exactly, and v {} on the chip\n",
             reached(cause.exact_reach), reached(cause.chip_reach));
  fmt::print("\non the way to the chip, each approximation alone and added to those before it:\n");
  const auto does = [&](bool as_on_chip) {
    return as_on_chip == exact_has_it ? "no spike" : "spike";
  };
  std::vector<std::string> alone;
  std::string last;
  bool added = false;
  for (const loihi2::ApproximationTest& test : cause.tests) {
    if (test.alone) alone.emplace_back(name(test.approximation));
    if (test.added && !added) last = name(test.approximation);
    added = test.added;
    fmt::print("  {:<20} {:<9} {:<9}{}\n", name(test.approximation), does(test.alone),
               does(test.added),
               test.nearest ? fmt::format(" alone, the nearest at {:.4g} ms", *test.nearest) : "");
  }
  if (!alone.empty())
    fmt::print("cause: {}, enough alone{}\n", fmt::join(alone, "; "),
               alone.size() > 1 ? ", each of them" : "");
  else
    fmt::print("cause: none alone; added up they are enough from {} on\n", last);
  if (cause.collisions > 0)
    fmt::print("{} input spike{} of its sources shared a step with another and were lost\n",
               cause.collisions, cause.collisions == 1 ? "" : "s");
  if (cause.delays_moved > 0)
    fmt::print("{} delay{} into it differ{} by more than half a step\n", cause.delays_moved,
               cause.delays_moved == 1 ? "" : "s", cause.delays_moved == 1 ? "s" : "");
  if (cause.sources.empty()) return;
  const Network& network = (diff.a.run ? diff.a.run : diff.b.run)->trained.network;
  fmt::print("\nlast arrivals before it{}\n  {:<16} {:>12} {:>12} {:>9} {:>12} {:>12}\n",
             cause.sources.size() > cause.sources_alone
                 ? fmt::format(", on the chip {:+.3f} ms on average", cause.mean_shift)
                 : "",
             "from", "exact (ms)", "chip (ms)", "shift", "weight", "chip");
  for (const loihi2::SourceShift& s : cause.sources)
    fmt::print("  {:<16} {:>12.4f} {:>12} {:>9} {:>12.5g} {:>12.5g}\n",
               network.neuron_name(s.source), s.exact,
               s.chip ? fmt::format("{:.4f}", *s.chip) : "-",
               s.chip ? fmt::format("{:+.3f}", *s.chip - s.exact) : "-", s.weight, s.chip_weight);
}

void print_times(const Diff& diff) {
  const SpikeMatch& m = *diff.times;
  fmt::print("\n{:<16} {:>8} {:>10} {:>10} {:>10} {:>12} {:>10} {:>10}\n", "population", "neurons",
             "spikes A", "spikes B", "matched", "B - A (ms)", "rms", "largest");
  for (const MatchedPopulation& p : m.populations)
    fmt::print("{:<16} {:>8} {:>10} {:>10} {:>10} {:>12} {:>10} {:>10}\n", p.name, p.neurons,
               p.spikes_a, p.spikes_b, p.matched, p.matched ? fmt::format("{:+.3f}", p.mean) : "-",
               p.matched ? fmt::format("{:.3f}", p.deviation) : "-",
               p.matched ? fmt::format("{:.3f}", p.largest) : "-");
  print_only(m.only_a, "A");
  print_only(m.only_b, "B");
  if (!m.first) {
    fmt::print("\nevery spike has a partner within {:g} ms\n", m.tolerance);
    return;
  }
  const UnmatchedSpike& first = *m.first;
  fmt::print(
      "\nfirst spike without a partner within {:g} ms: {} at {:.6g} ms on side {}; the "
      "nearest of side {} {}\n",
      m.tolerance, neuron_name(m.populations[first.population].name, first.neuron), first.time,
      first.on_a ? "A" : "B", first.on_a ? "B" : "A",
      first.nearest ? fmt::format("is at {:.6g} ms", *first.nearest) : "is nowhere");
  if (diff.cause) print_cause(diff, first);
}

}  // namespace

bool Diff::equal() const {
  if (times) return !times->first;
  return !steps->first && std::none_of(steps->populations.begin(), steps->populations.end(),
                                       [](const PairedPopulation& p) { return p.shift != 0; });
}

void print_diff(const Diff& diff) {
  fmt::print("A: {}\nB: {}\n", diff.a.label, diff.b.label);
  if (!diff.trial.empty()) fmt::print("{}\n", diff.trial);
  if (diff.steps)
    print_steps(diff);
  else
    print_times(diff);
}

}  // namespace retrograde
